package access

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

// The oracle knows the register as a flat list of what was done, and answers from
// first principles: it goes through every officer, every unit and every grant, and
// asks each condition in turn. It shares no code with the package but the files
// that both are made from.

// oracleUnit is a unit of the oracle's organisation.
type oracleUnit struct {
	id, level, under string
	agreement        bool
}

var oracleUnits = []oracleUnit{
	{"national", "national", "", false},
	{"akershus", "region", "national", false}, {"finnmark", "region", "national", false},
	{"asker", "branch", "akershus", true}, {"lillestrom", "branch", "akershus", false},
	{"karasjok", "branch", "finnmark", true}, {"tana", "branch", "finnmark", false},
	{"direct", "branch", "national", true}, // a branch without a region
}

// oracleOffice is an office of one of the oracle's policies.
type oracleOffice struct {
	id, level, scope string
	reads            bool
	max, more, over  int  // more seats where a unit has over so many members; 0 none
	document         bool // it asks for minutes, signed by the officer
	factor           bool // it asks for a second factor
	guide            int  // major version of the guide to acknowledge; 0 none
	guideBy          string
	extra            bool // it has an exception that adds a seat
}

type oraclePolicy struct {
	offices    []oracleOffice
	agreements bool // branches need a processor agreement
}

// oracleGrant is a grant as the oracle remembers it.
type oracleGrant struct {
	unit, officer, office string
	from, until, ended    string
	document, signed      bool
	factor, attested      bool
	guide                 int
	read                  bool // she has acknowledged the guide
	exception, approved   bool
}

type oracleWorld struct {
	policy  oraclePolicy
	grants  []oracleGrant // one at most of an officer in a unit
	known   map[string]bool
	members map[string]int
}

func (w *oracleWorld) office(id string) (oracleOffice, bool) {
	for _, o := range w.policy.offices {
		if o.id == id {
			return o, true
		}
	}
	return oracleOffice{}, false
}

func oracleUnitOf(id string) oracleUnit {
	for _, u := range oracleUnits {
		if u.id == id {
			return u
		}
	}
	return oracleUnit{}
}

// holds tells whether the grant gives its office on the day.
func (w *oracleWorld) holds(g oracleGrant, day string) bool {
	o, ok := w.office(g.office)
	u := oracleUnitOf(g.unit)
	last := "9999-12-31"
	if g.until != "" {
		last = g.until
	}
	if g.ended != "" {
		last = g.ended
	}
	if !ok || !w.known[g.officer] || o.level != u.level || day < g.from || day > last {
		return false
	}
	if w.policy.agreements && u.level == "branch" && !u.agreement {
		return false
	}
	if o.document && (!g.document || !g.signed) || o.factor && (!g.factor || !g.attested) {
		return false
	}
	if g.exception && (!o.extra || !g.approved) {
		return false
	}
	if o.guide > 0 {
		enough := g.guide >= o.guide || o.guideBy != "" && day <= o.guideBy
		if !g.read || g.guide == 0 || !enough {
			return false
		}
	}
	return true
}

// reads tells whether an officer reads a unit on the day.
func (w *oracleWorld) reads(officer, unit, day string) bool {
	for _, g := range w.grants {
		if g.officer != officer || !w.holds(g, day) {
			continue
		}
		o, _ := w.office(g.office)
		below := false
		for u := oracleUnitOf(unit); u.id != ""; u = oracleUnitOf(u.under) {
			below = below || u.id == g.unit
		}
		if o.reads && (o.scope == "all" || o.scope == "subtree" && below || o.scope == "own" && g.unit == unit) {
			return true
		}
	}
	return false
}

// seats returns how many hold an office in a unit, and how many may.
func (w *oracleWorld) seats(unit, office, day string) (held, most int) {
	o, _ := w.office(office)
	most = o.max
	if o.more > 0 && w.members[unit] > o.over {
		most = o.more
	}
	for _, g := range w.grants {
		if g.unit == unit && g.office == office && w.holds(g, day) {
			held++
			if g.exception {
				most++
			}
		}
	}
	return held, most
}

// text returns access.yaml as this policy.
func (p oraclePolicy) text() string {
	out := "signers:\n  - {id: top, name: {en: Top}, offices: [secretariat], of: top}\noffices:\n"
	for _, o := range p.offices {
		may := "[request]"
		switch {
		case o.id == "secretariat":
			may = "[read, add, edit, move, close, reopen, request, merge, grant, policy, erase]"
		case o.reads:
			may = "[read, edit, request]"
		}
		seats := fmt.Sprintf("{min: 0, max: %d}", o.max)
		if o.more > 0 {
			seats = fmt.Sprintf("{min: 0, max: %d, more: [{max: %d, when: \"unit.members > %d\"}], falling-back: end}", o.max, o.more, o.over)
		}
		out += fmt.Sprintf("  - id: %s\n    name: {en: Office}\n    level: %s\n    scope: %s\n    may: %s\n    seats: %s\n", o.id, o.level, o.scope, may, seats)
		if o.document {
			out += "    evidence: [{id: minutes, name: {en: Minutes}, signed-by: [appointee]}]\n"
		}
		if o.extra {
			out += "    exceptions: [{id: extra, name: {en: Extra}, seats: 1, approved-by: [top]}]\n"
		}
		if o.factor {
			out += "    second-factor: [passphrase]\n"
		}
		if o.guide > 0 && o.guideBy != "" {
			out += fmt.Sprintf("    guide: {version: \"%d.0\", by: %s}\n", o.guide, o.guideBy)
		} else if o.guide > 0 {
			out += fmt.Sprintf("    guide: {version: \"%d.0\"}\n", o.guide)
		}
	}
	return out
}

func (p oraclePolicy) organisation(text string) string {
	head, _, _ := strings.Cut(text, "units:\n")
	out := head + "units:\n"
	for _, u := range oracleUnits {
		out += fmt.Sprintf("  - {id: %s, level: %s, name: Unit", u.id, u.level)
		if u.under != "" {
			out += ", under: " + u.under
		}
		if u.agreement && p.agreements {
			out += ", agreement: m4k7aaaaaaaaa " + digest
		}
		out += "}\n"
	}
	if p.agreements {
		out += "controller: national\nprocessor: {level: branch, agreement: required}\n"
	}
	return out
}

// randomPolicy changes every office a little.
func randomPolicy(r *rand.Rand) oraclePolicy {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	p := oraclePolicy{agreements: r.IntN(4) == 0}
	for _, o := range []oracleOffice{
		{id: "secretariat", level: "national", scope: "all", reads: true},
		{id: "clerk", level: "national", scope: pick("all", "own", "subtree"), reads: r.IntN(3) > 0},
		{id: "county", level: "region", scope: pick("own", "subtree", "none"), reads: r.IntN(3) > 0},
		{id: "chair", level: "branch", scope: pick("own", "subtree", "none"), reads: r.IntN(3) > 0},
		{id: "officer", level: pick("branch", "branch", "region"), scope: "own", reads: true},
	} {
		o.reads = o.reads && o.scope != "none"
		o.max = 1 + r.IntN(3)
		if r.IntN(2) == 0 {
			o.more, o.over = o.max+1, 1+r.IntN(4)
		}
		o.document, o.factor, o.extra = r.IntN(3) == 0, r.IntN(4) == 0, r.IntN(3) == 0
		if r.IntN(3) == 0 {
			o.guide = 1 + r.IntN(3)
			o.guideBy = pick("", "2026-06-30", "2027-06-30")
		}
		if o.id != "clerk" || r.IntN(5) > 0 {
			p.offices = append(p.offices, o)
		}
	}
	return p
}

// file returns the grant as it is written. What is signed is not the point here.
func (g oracleGrant) file(handles map[string]register.Handle) *Grant {
	h := handles[g.officer]
	f := &Grant{Unit: register.UnitID(g.unit), Handle: h, Office: g.office,
		From: register.Day(g.from), Until: register.Day(g.until), Ended: register.Day(g.ended)}
	sign := func(matter, act, signer string) {
		f.Signatures = append(f.Signatures, Signature{matter, act, signer, h, "2026-01-01", []byte("x")})
	}
	if g.document {
		f.Evidence = []Evidence{{"minutes", "m4k7aaaaaaaaa", digest, digest}}
	}
	if g.signed {
		sign("minutes", ActSigned, "appointee")
	}
	if g.factor {
		f.Factor = "passphrase"
	}
	if g.attested {
		sign(MatterFactor, ActAttested, "appointee")
	}
	if g.guide > 0 {
		f.Guide = fmt.Sprintf("%d.3", g.guide)
	}
	if g.read {
		sign(MatterGuide, ActAcknowledged, "appointee")
	}
	if g.exception {
		f.Exception = "extra"
	}
	if g.approved {
		sign(MatterException, ActApproved, "top")
	}
	return f
}

var oracleOfficers = []string{"o1", "o2", "o3", "o4", "o5", "o6", "o7", "o8"}

// For random sequences of grants, with and without what they need, hand-overs,
// members, policies and days, the readers of every unit, the seats of every office
// and the effect of every step are what the oracle computes.
func TestOracle(t *testing.T) {
	const runs, steps = 12, 250
	read, vacant, crowded, followed := 0, 0, 0, 0
	for run := range runs {
		r := rand.New(rand.NewPCG(uint64(run), 7))
		x := newTree(t)
		organisation := x.policies["organisation.yaml"]
		handles := map[string]register.Handle{}
		w := &oracleWorld{known: map[string]bool{}, members: map[string]int{}}
		o := &oracleRun{t, x, r, w, handles}
		for i, name := range oracleOfficers {
			handles[name] = handleOf(byte(i + 1))
			o.officer(name, true)
		}
		o.policy(organisation, randomPolicy(r))
		day := register.Day("2026-01-01")
		before, last := x.sound(), register.Day("")
		for step := range steps {
			what := ""
			switch r.IntN(9) {
			case 0:
				o.policy(organisation, randomPolicy(r))
				what = "policy"
			case 1:
				day, what = day.Add(1+r.IntN(80)), "day"
			case 2:
				u := oracleUnits[r.IntN(len(oracleUnits))].id
				w.members[u] = r.IntN(7)
				x.members(register.UnitID(u), w.members[u], r.IntN(3))
				what = "members"
			case 3:
				name := oracleOfficers[r.IntN(len(oracleOfficers))]
				o.officer(name, !w.known[name] || r.IntN(3) > 0)
				what = "officer"
			case 4:
				what = "removed"
				if len(w.grants) > 0 {
					o.drop(r.IntN(len(w.grants)))
				}
			case 5:
				what = "completed"
				if len(w.grants) > 0 {
					o.complete(r.IntN(len(w.grants)), day)
				}
			case 6:
				what = "hand-over"
				followed += o.handOver(day)
			default:
				o.grant(o.random(day))
				what = "grant"
			}
			s := x.sound()
			at := func(d register.Day, s *State) {
				t.Helper()
				for _, u := range oracleUnits {
					read += o.readers(u.id, d, s, fmt.Sprintf("run %d, step %d, %s, on %s", run, step, what, d))
				}
			}
			at(day, s)
			at(day.Add(r.IntN(400)-200), s)
			for _, u := range oracleUnits {
				for _, of := range w.policy.offices {
					if of.level != u.level {
						continue
					}
					held, most := w.seats(u.id, of.id, string(day))
					got, err := s.Seats(register.UnitID(u.id), of.id, day)
					if err != nil || got.Held != held || got.Max != most {
						t.Fatalf("run %d, step %d, %s: %s in %s: %+v, %v; the oracle says %d of %d", run, step, what, of.id, u.id, got, err, held, most)
					}
					if held == 0 {
						vacant++
					} else if held > most {
						crowded++
					}
				}
			}
			o.effect(before, s, day)
			before, last = s, day
		}
		if last < "2027-06-30" {
			t.Errorf("run %d ends on %s: the guides' days are not reached", run, last)
		}
		if t.Failed() {
			return
		}
	}
	// A property that nothing exercises proves nothing.
	if read < runs*steps*5 || vacant == 0 || crowded == 0 || followed < 2*runs {
		t.Errorf("%d readers, %d offices vacant, %d crowded, %d hand-overs", read, vacant, crowded, followed)
	}
}
