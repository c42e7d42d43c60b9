package access

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

// oracleRun does each thing twice: to the register's files, and to the oracle's
// memory.
type oracleRun struct {
	t       *testing.T
	x       *tree
	r       *rand.Rand
	w       *oracleWorld
	handles map[string]register.Handle
}

func (o *oracleRun) policy(organisation string, p oraclePolicy) {
	o.w.policy = p
	o.x.put("policies/access.yaml", []byte(p.text()))
	o.x.put("policies/organisation.yaml", []byte(p.organisation(organisation)))
}

func (o *oracleRun) officer(name string, known bool) {
	o.w.known[name] = known
	h := o.handles[name]
	path := "data/officers/" + string(h) + ".yaml"
	if !known {
		o.x.put(path, nil)
		return
	}
	seed := byte(slices.Index(oracleOfficers, name) + 1)
	o.x.put(path, (&Officer{Handle: h, Signing: signingKey(seed), Recipients: []string{actors["kari"].Recipient()}}).Encode())
}

func (o *oracleRun) grant(g oracleGrant) {
	o.w.grants = slices.DeleteFunc(o.w.grants, func(x oracleGrant) bool { return x.unit == g.unit && x.officer == g.officer })
	o.w.grants = append(o.w.grants, g)
	o.x.give(g.file(o.handles))
}

func (o *oracleRun) drop(i int) {
	g := o.w.grants[i]
	o.w.grants = slices.Delete(o.w.grants, i, i+1)
	o.x.put(register.Path{Kind: register.Grant, Unit: register.UnitID(g.unit), Handle: o.handles[g.officer]}.String(), nil)
}

// random is a grant around a day, of any office in any unit, with any part of what
// it needs.
func (o *oracleRun) random(day register.Day) oracleGrant {
	yes := func() bool { return o.r.IntN(5) > 0 }
	u := oracleUnits[o.r.IntN(len(oracleUnits))]
	var fitting []string
	for _, of := range o.w.policy.offices {
		if of.level == u.level || o.r.IntN(12) == 0 {
			fitting = append(fitting, of.id)
		}
	}
	fitting = append(fitting, "king") // which no policy has
	g := oracleGrant{unit: u.id, officer: oracleOfficers[o.r.IntN(len(oracleOfficers))], office: fitting[o.r.IntN(len(fitting))],
		from: string(day.Add(o.r.IntN(90) - 60)), document: yes(), signed: yes(), factor: yes(), attested: yes(), guide: o.r.IntN(4), read: yes(),
		exception: !yes(), approved: yes()}
	if o.r.IntN(3) == 0 {
		g.until = string(register.Day(g.from).Add(o.r.IntN(300)))
	}
	return g
}

// complete adds to a grant what it lacks, or ends it early.
func (o *oracleRun) complete(i int, day register.Day) {
	g := o.w.grants[i]
	switch o.r.IntN(6) {
	case 0:
		g.document, g.signed = true, true
	case 1:
		g.factor, g.attested = true, true
	case 2:
		g.guide, g.read = 3, true
	case 3:
		g.approved = true
	default:
		last := string(day.Add(o.r.IntN(30) - 1))
		if last >= g.from && (g.until == "" || last < g.until) {
			g.ended = last
		}
	}
	o.grant(g)
}

// handOver gives an office to a successor from a day on, and ends whose grants the
// state says must end; then there are no more than the oracle has seats for. It
// returns how many predecessors there were.
func (o *oracleRun) handOver(day register.Day) int {
	g := o.random(day)
	for _, held := range o.w.grants {
		if o.w.holds(held, string(day)) && held.officer != g.officer {
			g.unit, g.office = held.unit, held.office // the oldest one's
			break
		}
	}
	g.document, g.signed, g.factor, g.attested, g.guide, g.read, g.approved = true, true, true, true, 3, true, true
	g.from, g.until, g.exception = string(day), "", false
	before := o.x.sound()
	o.grant(g)
	after := o.x.sound()
	file := g.file(o.handles)
	active := after.Activated(before, day)
	if !o.w.holds(g, string(day)) {
		if slices.ContainsFunc(active, func(a *Grant) bool { return a.ID() == file.ID() }) {
			o.t.Errorf("a grant of %s in %s is activated that gives nothing", g.office, g.unit)
		}
		return 0
	}
	held, most := o.w.seats(g.unit, g.office, string(day))
	holders, n, err := after.Predecessors(file, day)
	if want := max(held-most, 0); err != nil || n > want || n < want && n != len(holders) {
		o.t.Errorf("%d predecessors of %d too many, %v", n, want, err)
		return 0
	}
	for _, p := range holders[:n] {
		i := slices.IndexFunc(o.w.grants, func(x oracleGrant) bool {
			return o.handles[x.officer] == p.Handle && x.unit == string(p.Unit)
		})
		if i < 0 || o.w.grants[i].office != g.office || o.w.grants[i].officer == g.officer || !o.w.holds(o.w.grants[i], string(day)) {
			o.t.Errorf("%s is no predecessor of %s", p.ID(), file.ID())
			return 0
		}
		o.drop(i)
	}
	if held, most := o.w.seats(g.unit, g.office, string(day)); held > most && n < len(holders) {
		o.t.Errorf("after the hand-over %d of %d hold %s in %s", held, most, g.office, g.unit)
	}
	return n
}

// readers compares who reads a unit, officer by officer, and returns how many
// officers do.
func (o *oracleRun) readers(unit string, day register.Day, s *State, when string) int {
	o.t.Helper()
	want := []register.Handle{register.Recovery}
	for _, name := range oracleOfficers {
		if o.w.reads(name, unit, string(day)) {
			want = append(want, o.handles[name])
		}
	}
	slices.Sort(want)
	if got := s.Readers(register.UnitID(unit), day); !slices.Equal(got, want) {
		o.t.Fatalf("%s: %s is read by %s; the oracle says %s", when, unit, got, want)
	}
	return len(want) - 1
}

// effect compares what a step did to the readers with the difference of the two
// states' readers, in both directions; the rest is the policy's business.
func (o *oracleRun) effect(before, after *State, day register.Day) {
	o.t.Helper()
	e, err := EffectOf(before, after, day)
	if err != nil {
		o.t.Fatal(err)
	}
	var want []ReaderChange
	records := 0
	for _, u := range oracleUnits {
		id, n := register.UnitID(u.id), len(want)
		was, is := before.Readers(id, day), after.Readers(id, day)
		for _, name := range oracleOfficers {
			h := o.handles[name]
			if slices.Contains(was, h) != slices.Contains(is, h) {
				want = append(want, ReaderChange{id, h, slices.Contains(is, h)})
			}
		}
		if len(want) > n {
			records += len(o.x.records[id])
		}
	}
	slices.SortFunc(want, func(a, b ReaderChange) int {
		return GrantID{a.Unit, a.Handle}.compare(GrantID{b.Unit, b.Handle})
	})
	if !slices.Equal(e.Readers, want) || e.Records != records {
		o.t.Fatalf("effect %v over %d records, want %v over %d", e.Readers, e.Records, want, records)
	}
}
