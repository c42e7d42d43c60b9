package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

// paper is an appointment on its way from hand to hand.
type paper struct {
	ap *desk.Appointment
	h  *held             // the grant that it would make, with what is there so far
	by map[string]signed // by what is signed
	in bool              // its documents lie in the register
}

type signed struct{ who, as string }

// appoint begins an appointment in a branch; nil where nobody could sign it.
func (f *federation) appoint(office, exception string) *paper {
	unit := f.one(branches)
	who := f.one(officers)
	day := f.day()
	was := f.m.grants[unit+" "+who]
	if len(but(f.m.holders("board", unit, day), who)) < 2 || f.secretary(who) == "" || was != nil && was.office == office {
		return nil
	}
	for _, p := range f.papers {
		if p.h.unit == unit && p.h.who == who {
			return nil
		}
	}
	h := &held{unit: unit, who: who, office: office, from: day, has: map[string]bool{}, extra: exception != "", factor: f.m.post(office).factor}
	t := desk.Terms{Office: office, Exception: exception}
	if f.m.post(office).everyone {
		t.Meeting, t.Met, t.Names = "board-meeting", day, []register.Handle{}
		h.names = []string{who}
		for _, x := range but(f.m.withAccess(unit, day), who) {
			if f.m.grants[unit+" "+x].office != office && !f.chance(4) {
				h.names, t.Names = append(h.names, x), append(t.Names, f.handle(x))
			}
		}
		slices.Sort(h.names)
	}
	o := desk.AppointOptions{Unit: register.UnitID(unit), Handle: f.handle(who), Terms: t}
	if f.m.shown[who] == "" {
		o.Officer = desk.OfficerOf(f.ids[who])
	}
	ap, err := desk.Appoint(f.state(), day, o)
	if err != nil {
		return nil // the office asks for nothing that could be written there
	}
	p := &paper{ap: ap, h: h, by: map[string]signed{}}
	h.paper = p
	f.papers = append(f.papers, p)
	return p
}

// missing is what the office asks for and the paper has not, documents first.
func (f *federation) missing(p *paper) []string {
	post := f.m.post(p.h.office)
	want := slices.Clone(post.needs)
	if p.h.extra {
		want = append(want, "reason", "exception approved")
	}
	if post.factor && p.h.factor {
		want = append(want, "factor attested")
	}
	want = slices.DeleteFunc(want, func(w string) bool { return p.h.has[w] })
	if p.h.guide < post.guide {
		want = append(want, "guide acknowledged")
	}
	slices.SortStableFunc(want, func(a, b string) int { return len(strings.Fields(a))/2 - len(strings.Fields(b))/2 })
	return want
}

// add brings one of the things that are missing. It is false where nobody can now.
func (f *federation) add(p *paper, what string) bool {
	words := strings.Fields(what)
	if len(words) == 1 {
		f.serial++
		doc, err := desk.NewDocument(what, "txt", fmt.Appendf(nil, "What was agreed and decided, number %d.", f.serial))
		f.must(err)
		f.must(p.ap.Attach(f.state(), f.day(), []*desk.Document{doc}))
		p.h.has[what] = true
		return true
	}
	if doc := map[string]string{"exception": "reason"}[words[0]]; p.h.has[words[0]] == false && doc == "" && words[0] != "guide" && words[0] != "factor" || doc != "" && !p.h.has[doc] {
		return false
	}
	who, as := f.signer(p, what)
	if who == "" {
		return false
	}
	state := f.state()
	if p.ap.Guide = ""; f.m.post(p.h.office).guide > 0 {
		p.ap.Guide = fmt.Sprintf("%d.0", f.m.post(p.h.office).guide)
	}
	can, _, err := p.ap.Endorsements(desk.EndorseOptions{Handle: f.handle(who), State: state, Day: f.day(), As: as, Attest: words[1] == access.ActAttested, Factor: "passphrase"})
	f.must(err)
	can = slices.DeleteFunc(can, func(e desk.Endorsement) bool { return e.Matter != words[0] || e.Act != words[1] })
	if len(can) != 1 {
		f.t.Fatalf("%s: %s cannot have %s as %s", f.what, who, what, as)
	}
	if err := p.ap.Sign(f.ids[who].Signer(), f.ids[who].Ages(), f.handle(who), can, f.day()); err != nil {
		f.did["not opened by a signer"]++ // it was sealed to an identity that she has destroyed, or before she could sign
		return false
	}
	if what == "guide acknowledged" {
		p.h.guide = f.m.post(p.h.office).guide
		return true
	}
	p.h.has[what], p.by[what] = true, signed{who, as}
	return true
}

// signer is who can sign something of a paper, and as what.
func (f *federation) signer(p *paper, what string) (who, as string) {
	board := but(f.m.holders("board", p.h.unit, f.day()), p.h.who)
	secretariat := but(f.m.holders("secretariat", "national", f.day()), p.h.who)
	switch what {
	case "agreement signed branch":
		return f.one(board), "branch"
	case "agreement signed national", "exception approved":
		return f.one(secretariat), "national"
	case "minutes signed branch":
		return f.one(but(board, p.by["minutes attested"].who)), "branch"
	case "minutes attested":
		if f.chance(2) {
			return f.one(but(board, p.by["minutes signed branch"].who)), "branch"
		}
		return f.one(but(secretariat, p.by["minutes signed branch"].who)), "national"
	}
	return p.h.who, "appointee"
}

// hand gives the secretariat a paper. One that is refused is thrown away.
func (f *federation) hand(p *paper, replace bool) {
	sec := ""
	for _, x := range but(f.m.holders("secretariat", "national", f.day()), p.h.who) {
		can := true
		for _, kind := range p.ap.Documents() {
			_, err := p.ap.Document(kind, f.ids[x].Ages())
			can = can && err == nil
		}
		if can {
			sec = x
		}
	}
	if sec == "" {
		f.forget(p)
		return
	}
	f.before(sec)
	ap, err := desk.ParseAppointment(p.ap.Encode())
	f.must(err)
	o := desk.GrantOptions{Appointment: ap, Replace: replace}
	h := p.h.copy()
	was := f.m.grants[h.key()]
	late := h.from < f.day() && (was == nil || was.from != h.from) // nothing is written to have begun earlier
	if was != nil && was.paper == p {                              // the register keeps what it has of the same
		maps.Copy(h.has, was.has)
		h.guide = max(h.guide, was.guide)
	} else {
		was = nil
	}
	again := p.in && was == nil && h.has["reason"] // a reason is good for one grant
	if late || again || !f.good(p, was) {
		f.does(sec, false, func(d *desk.Desk) error { _, err := d.Grant(f.t.Context(), o); return err })
		f.forget(p)
		return
	}
	if !f.put(h, sec, o) {
		f.forget(p)
	}
	p.in = true
}

// good tells whether whoever has signed holds today what she signed as, where the
// register has not taken her signature already.
func (f *federation) good(p *paper, was *held) bool {
	for what, x := range p.by {
		if was != nil && was.has[what] {
			continue
		}
		if x.as == "branch" && !f.m.in(x.who, "board", p.h.unit, f.day()) || x.as == "national" && !f.m.in(x.who, "secretariat", "national", f.day()) {
			return false
		}
	}
	return true
}

func (f *federation) forget(p *paper) {
	f.papers = slices.DeleteFunc(f.papers, func(x *paper) bool { return x == p })
}

// handOver appoints an admin with everything that it takes. Her predecessor goes,
// and whoever she does not list.
func (f *federation) handOver() bool {
	p := f.appoint("admin", "")
	if p == nil {
		return false
	}
	for _, what := range f.missing(p) {
		if !f.add(p, what) {
			f.forget(p)
			return false
		}
	}
	f.hand(p, true)
	f.forget(p)
	return true
}

// appointPending appoints an admin with a part of what it takes.
func (f *federation) appointPending() bool {
	p := f.appoint("admin", "")
	if p == nil {
		return false
	}
	for _, what := range f.missing(p) {
		if !f.chance(3) {
			f.add(p, what)
		}
	}
	f.hand(p, f.chance(2))
	return true
}

// exception appoints one keeper more than there are seats, once it is approved.
func (f *federation) exception() bool {
	p := f.appoint("keeper", "extra")
	if p == nil {
		return false
	}
	for _, what := range f.missing(p) {
		if what == "reason" || !f.chance(3) {
			f.add(p, what)
		}
	}
	f.hand(p, f.chance(4))
	return true
}

// complete adds to an appointment what it lacks, most often all of it.
func (f *federation) complete() bool {
	if len(f.papers) == 0 {
		return false
	}
	p, did := f.papers[f.r.IntN(len(f.papers))], false
	for _, what := range f.missing(p) {
		if !f.chance(6) {
			did = f.add(p, what) || did
		}
	}
	if did {
		f.hand(p, !f.chance(4))
	}
	return did
}
