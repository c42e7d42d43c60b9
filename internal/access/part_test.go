package access

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// A part must answer for its own units and officers as the whole does, and may
// never allow more.
func TestPart(t *testing.T) {
	x := newTree(t)
	x.grant("sec", "secretariat", "national", "2026-01-01", "")
	x.grant("liv", "region-officer", "akershus", "2026-01-01", "")
	x.grant("kari", "member-officer", "asker", "2026-01-01", "2026-06-30")
	x.grant("ola", "chair", "karasjok", "2026-01-01", "")
	all := x.sound()
	units := []register.UnitID{"national", "akershus", "finnmark", "asker", "lillestrom", "karasjok", "oslo"}
	for _, own := range []register.UnitID{"asker", "karasjok", "akershus", "oslo"} {
		for _, name := range []string{"sec", "liv", "kari", "ola", "tor"} {
			l := NewLoader(x.mem)
			p, err := l.Part(x.root, []register.UnitID{own}, []register.Handle{handle(name)})
			if err != nil {
				t.Fatal(err)
			}
			for _, day := range []register.Day{spring, summer} {
				for _, act := range policy.Acts {
					for _, u := range units {
						part, whole := p.May(handle(name), act, u, day), all.May(handle(name), act, u, day)
						if part && !whole || u == own && part != whole {
							t.Errorf("part of %s: %s may %s in %s on %s: %v, the whole says %v", own, name, act, u, day, part, whole)
						}
					}
				}
				if got, want := p.Readers(own, day), all.Readers(own, day); !slices.Equal(got, want) {
					t.Errorf("part of %s: readers %s, the whole says %s", own, got, want)
				}
				if got, want := p.EnvelopeRecipients(handle(name), day), all.EnvelopeRecipients(handle(name), day); !slices.Equal(got, want) {
					t.Errorf("part of %s: %d envelope recipients, the whole says %d", own, len(got), len(want))
				}
			}
			if h, ok := p.SignerOf(actors[name].Signer().PublicKey().Marshal()); !ok || h != handle(name) {
				t.Errorf("part of %s: the signature of %s is %q's", own, name, h)
			}
			if whole, err := l.At(x.root); err != nil || len(whole.Units) != len(all.Units) || len(whole.Officers) != len(all.Officers) {
				t.Errorf("the loader takes a part for the whole: %v", err)
			}
		}
	}
	p, err := x.l.Part(x.root, []register.UnitID{"asker"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.Units["karasjok"] != nil {
		t.Error("a part of Asker reads Karasjok")
	}
}

// What is decided about a unit of the part (its seats, who waits for what, whose
// successor somebody is, when its review is due) is as in the whole, also where
// the top unit has the say.
func TestPartDecides(t *testing.T) {
	for _, of := range []string{"unit", "all"} {
		x := demanding(t)
		x.amend("access.yaml", "    may: [read, request]\n    seats: {min: 0, max: 1}",
			`    may: [read, request]`+"\n"+`    seats: {min: 0, max: 1, more: [{max: 3, when: "unit.members > 4 && unit.officers > 1"}], falling-back: keep}`+"\n    lists-everyone: true")
		x.reviewRule(strings.Replace(twiceAYear, "of: unit", "of: "+of, 1))
		x.reviewed("national", "2026-02-01")
		x.reviewed("asker", "2026-03-01")
		x.give(complete("kari"))
		pending := complete("liv")
		without("minutes attested national")(pending)
		x.give(pending)
		x.grant("ola", "treasurer", "asker", "2026-02-01", "")
		x.grant("tor", "treasurer", "asker", "2026-03-01", "")
		x.grant("sec", "region-officer", "akershus", "2026-01-01", "")
		x.members("asker", 5, 1)
		x.members("karasjok", 9, 0)
		whole := x.sound()
		for _, own := range []register.UnitID{"asker", "karasjok", "akershus", "national"} {
			p, err := x.l.Part(x.root, []register.UnitID{own}, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, day := range []register.Day{"2026-01-15", spring, summer, "2026-09-01", "2027-03-01"} {
				answers := func(s *State) (out []string) {
					say := func(v ...any) { out = append(out, fmt.Sprintln(v...)) }
					for i := range s.Policy.Offices {
						o := s.Policy.Offices[i].ID
						c, seats, err := s.Crowding(nil, own, o, day)
						say(o, c, seats, err, names(s.Holders(own, o, day)))
					}
					due, late, ok := s.ReviewDue(own, day)
					at, asked := s.ReviewUnit(own)
					say("review", due, late, ok, at, asked)
					f, err := s.Facts(own, day)
					say("facts", f.Members, f.Officers, err)
					n, err := s.Records(own)
					say("records", n, err)
					if u := s.Units[own]; u != nil {
						for _, h := range sortedHandles(u.Grants) {
							g := u.Grants[h]
							before, n, err := s.Predecessors(g, day)
							say(g.ID(), s.Lacks(g, day), s.InForce(g, day), names(s.Unlisted(g, day)), s.ListedInVain(g, day), names(before), n, err)
						}
					}
					return out
				}
				if got, want := answers(p), answers(whole); !slices.Equal(got, want) {
					t.Errorf("reviews of %s, part of %s on %s:\n%s\nthe whole says\n%s", of, own, day, got, want)
				}
			}
		}
	}
}
