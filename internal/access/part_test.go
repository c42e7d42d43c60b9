package access

import (
	"slices"
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
