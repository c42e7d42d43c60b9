package access

import (
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// A protected unit is read by its own officers and the secretariat. Who reaches
// everything else above it, by a region or by an office of every unit that does not
// merge, has no right in it at all.
func TestProtectedUnit(t *testing.T) {
	x := newTree(t)
	x.put("data/asker/keyring.yaml", (&KeyringFile{Serial: 1, SHA256: digest, Readers: []register.Handle{register.Recovery}}).Encode())
	x.grant("sec", "secretariat", "national", "2026-01-01", "")
	x.grant("tor", "registrar", "national", "2026-01-01", "")
	x.grant("liv", "region-officer", "akershus", "2026-01-01", "")
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	s := x.sound()
	reads(t, s, "asker", spring, "sec", "tor", "liv", "kari")

	x.amend("organisation.yaml", "{id: asker, level: branch, name: Asker, under: akershus}", "{id: asker, level: branch, name: Asker, under: akershus, protected: true}")
	before := s
	s = x.sound()
	reads(t, s, "asker", spring, "sec", "kari")
	reads(t, s, "lillestrom", spring, "sec", "tor", "liv")
	for _, act := range policy.Acts {
		may(t, s, "liv", act, "asker", spring, false)
		may(t, s, "tor", act, "asker", spring, false)
	}
	may(t, s, "sec", policy.ActMove, "asker", spring, true)
	may(t, s, "kari", policy.ActEdit, "asker", spring, true)
	if s.FieldRight(handle("liv"), "given", "asker", spring) != policy.Hidden {
		t.Error("the region sees a field of a protected unit")
	}

	// Whoever changes the policy is shown who loses it.
	e, err := EffectOf(before, s, spring)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []string{"liv", "tor"} {
		if !slices.Contains(e.Lines(), "- asker "+string(handle(h))) {
			t.Errorf("the effect does not say that %s loses asker:\n%q", h, e.Lines())
		}
	}

	// An own office of the unit reaches it, of whatever scope.
	x.amend("access.yaml", "scope: own\n    may: [read, add, edit, request]", "scope: subtree\n    may: [read, add, edit, request]")
	reads(t, x.sound(), "asker", spring, "sec", "kari")
}
