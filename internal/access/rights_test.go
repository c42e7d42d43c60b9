package access

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

const spring, summer = register.Day("2026-03-15"), register.Day("2026-07-01")

// may is the story's question: who may do what, where, when.
func may(t *testing.T, s *State, name string, act policy.Act, unit register.UnitID, day register.Day, want bool) {
	t.Helper()
	if got := s.May(handle(name), act, unit, day); got != want {
		t.Errorf("%s may %s in %s on %s: %v, want %v", name, act, unit, day, got, want)
	}
}

func reads(t *testing.T, s *State, unit register.UnitID, day register.Day, names ...string) {
	t.Helper()
	want := []register.Handle{register.Recovery}
	for _, n := range names {
		want = append(want, handle(n))
	}
	slices.Sort(want)
	got := s.Readers(unit, day)
	if !slices.Equal(got, want) {
		t.Errorf("readers of %s on %s: %s, want %s", unit, day, got, want)
	}
	for _, n := range []string{"sec", "kari", "ola", "liv", "tor"} {
		if in := slices.Contains(s.InScope(handle(n), day), unit); in != slices.Contains(names, n) && s.Units[unit] != nil {
			t.Errorf("%s has %s in scope on %s: %v", n, unit, day, in)
		}
	}
}

func TestStory(t *testing.T) {
	x := newTree(t)

	// The register begins with the secretariat alone.
	x.grant("sec", "secretariat", "national", "2026-01-01", "")
	x.put("data/asker/keyring.yaml", (&KeyringFile{Serial: 1, SHA256: digest, Readers: []register.Handle{register.Recovery}}).Encode())
	s := x.sound()
	for _, u := range []register.UnitID{"national", "akershus", "asker", "karasjok"} {
		for _, act := range policy.Acts {
			may(t, s, "sec", act, u, spring, true)
			may(t, s, "kari", act, u, spring, false)
		}
	}
	reads(t, s, "asker", spring, "sec")
	may(t, s, "sec", policy.ActRead, "asker", "2025-12-31", false) // not before her grant
	may(t, s, "sec", policy.ActRead, "oslo", spring, false)        // not where no unit is

	// Kari becomes membership officer of Asker until the end of June.
	x.grant("kari", "member-officer", "asker", "2026-03-01", "2026-06-30")
	s = x.sound()
	may(t, s, "kari", policy.ActEdit, "asker", spring, true)
	may(t, s, "kari", policy.ActEdit, "asker", "2026-02-28", false)
	may(t, s, "kari", policy.ActEdit, "asker", "2026-06-30", true)
	may(t, s, "kari", policy.ActEdit, "asker", summer, false)
	may(t, s, "kari", policy.ActClose, "asker", spring, false)
	may(t, s, "kari", policy.ActGrant, "asker", spring, false)
	may(t, s, "kari", policy.ActRead, "lillestrom", spring, false)
	may(t, s, "kari", policy.ActRead, "akershus", spring, false)
	may(t, s, "kari", policy.ActRead, "national", spring, false)
	reads(t, s, "asker", spring, "sec", "kari")
	reads(t, s, "asker", summer, "sec")

	// Liv, of the region, reaches its branches and no others.
	x.grant("liv", "region-officer", "akershus", "2026-01-01", "")
	s = x.sound()
	may(t, s, "liv", policy.ActMove, "asker", spring, true)
	may(t, s, "liv", policy.ActMove, "lillestrom", spring, true)
	may(t, s, "liv", policy.ActRead, "akershus", spring, true)
	may(t, s, "liv", policy.ActRead, "karasjok", spring, false)
	may(t, s, "liv", policy.ActRead, "finnmark", spring, false)
	may(t, s, "liv", policy.ActRead, "national", spring, false)
	may(t, s, "liv", policy.ActMerge, "asker", spring, false)
	reads(t, s, "asker", spring, "sec", "kari", "liv")
	reads(t, s, "karasjok", spring, "sec")

	// Ola is chair of Karasjok; Tor keeps its money, and may look only.
	x.grant("ola", "chair", "karasjok", "2026-01-01", "")
	x.grant("tor", "treasurer", "karasjok", "2026-01-01", "")
	s = x.sound()
	may(t, s, "ola", policy.ActClose, "karasjok", spring, true)
	may(t, s, "ola", policy.ActEdit, "asker", spring, false)
	may(t, s, "tor", policy.ActRead, "karasjok", spring, true)
	may(t, s, "tor", policy.ActRequest, "karasjok", spring, true)
	may(t, s, "tor", policy.ActEdit, "karasjok", spring, false)
	if gs := s.Grants(handle("tor"), spring); len(gs) != 1 || gs[0].Unit != "karasjok" {
		t.Errorf("Tor's grants: %v", gs)
	}
	if os := s.Offices(handle("sec"), "karasjok", spring); len(os) != 1 || os[0].ID != "secretariat" {
		t.Errorf("the secretariat's offices in Karasjok: %v", os)
	}

	// Kari's grant is revoked: nothing of it is left on that day.
	x.revoke("kari", "asker")
	s = x.sound()
	may(t, s, "kari", policy.ActRead, "asker", spring, false)
	reads(t, s, "asker", spring, "sec", "liv")
	if gs := s.Grants(handle("kari"), spring); len(gs) != 0 {
		t.Errorf("Kari's grants: %v", gs)
	}
}

// A grant gives nothing where the office is of another level, unknown, or the
// officer has no file.
func TestGrantsThatGiveNothing(t *testing.T) {
	x := newTree(t)
	x.grant("sec", "secretariat", "national", "2026-01-01", "")
	x.grant("kari", "secretariat", "asker", "2026-01-01", "") // an office of the top, claimed in a branch
	x.grant("ola", "king", "asker", "2026-01-01", "")
	x.grant("liv", "chair", "oslo", "2026-01-01", "") // a unit that is not
	s := x.sound()
	for _, name := range []string{"kari", "ola", "liv"} {
		for _, act := range policy.Acts {
			for _, u := range []register.UnitID{"national", "asker", "oslo"} {
				may(t, s, name, act, u, spring, false)
			}
		}
		if s.MayMerge(handle(name), spring) {
			t.Errorf("%s may merge", name)
		}
	}
	x.grant("tor", "treasurer", "asker", "2026-01-01", "")
	x.put("data/officers/"+string(handle("tor"))+".yaml", nil)
	reads(t, x.sound(), "asker", spring, "sec") // nothing can be sealed to somebody without recipients
}

func TestSecretariat(t *testing.T) {
	x := newTree(t)
	x.grant("sec", "secretariat", "national", "2026-01-01", "")
	x.grant("liv", "secretariat", "national", "2026-06-01", "")
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	s := x.sound()
	if got := s.Secretariat(spring); !slices.Equal(got, []register.Handle{handle("sec")}) {
		t.Errorf("the secretariat in spring: %s", got)
	}
	both := []register.Handle{handle("sec"), handle("liv")}
	slices.Sort(both)
	if got := s.Secretariat(summer); !slices.Equal(got, both) {
		t.Errorf("the secretariat in summer: %s", got)
	}
	if !s.MayMerge(handle("sec"), spring) || s.MayMerge(handle("liv"), spring) || s.MayMerge(handle("kari"), summer) {
		t.Error("MayMerge differs from Secretariat")
	}

	// A proposal's secret goes to the secretariat and its author, each once.
	want := s.Recipients([]register.Handle{handle("sec")})
	if got := s.EnvelopeRecipients(handle("sec"), spring); !slices.Equal(got, want) || len(got) != 1 {
		t.Errorf("%d recipients of the secretariat's own envelope", len(got))
	}
	got := s.EnvelopeRecipients(handle("kari"), summer)
	for _, name := range []string{"sec", "liv", "kari"} {
		if !slices.Contains(got, actors[name].Recipient()) {
			t.Errorf("%s cannot open Kari's envelope", name)
		}
	}
	if len(got) != 3 {
		t.Errorf("%d recipients of Kari's envelope, want 3", len(got))
	}
}

func TestRecipients(t *testing.T) {
	x := newTree(t)
	s := x.sound()
	got := s.Recipients([]register.Handle{handle("kari"), register.Recovery, "o-aaaaaaaaaa"})
	if want := []string{actors["kari"].Recipient(), actors["recovery"].Recipient()}; !slices.Equal(got, want) {
		t.Error("recipients are not those of the readers, in their order")
	}
	x.put("data/officers/recovery.yaml", nil)
	if got := x.state().Recipients([]register.Handle{register.Recovery}); len(got) != 0 {
		t.Errorf("%d recipients of a recovery identity that is not there", len(got))
	}
}

func TestFieldRight(t *testing.T) {
	x := newTree(t)
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	x.grant("tor", "treasurer", "asker", "2026-01-01", "")
	s := x.sound()
	for _, c := range []struct {
		name string
		unit register.UnitID
		want policy.Right
	}{{"kari", "asker", policy.Edit}, {"tor", "asker", policy.Read}, {"kari", "karasjok", policy.Hidden}, {"ola", "asker", policy.Hidden}} {
		if got := s.FieldRight(handle(c.name), "given", c.unit, spring); got != c.want {
			t.Errorf("%s has right %d over a field in %s, want %d", c.name, got, c.unit, c.want)
		}
	}
}

// An office without scope may ask in its own unit, and nothing else anywhere: not
// where it is granted, not above, not below.
func TestScopeNone(t *testing.T) {
	x := newTree(t)
	b, err := os.ReadFile("testdata/policies/access.yaml")
	if err != nil {
		t.Fatal(err)
	}
	none := bytes.Replace(b, []byte("scope: subtree\n    may: [read, add, edit, move, request]"), []byte("scope: none\n    may: [request]"), 1)
	if bytes.Equal(none, b) {
		t.Fatal("the policies have another office of the region")
	}
	x.put("policies/access.yaml", none)
	x.grant("sec", "secretariat", "national", "2026-01-01", "")
	x.grant("liv", "region-officer", "akershus", "2026-03-01", "2026-06-30")
	x.put("data/asker/keyring.yaml", (&KeyringFile{Serial: 1, SHA256: digest, Readers: []register.Handle{register.Recovery}}).Encode())
	s := x.sound()
	for _, u := range []register.UnitID{"national", "akershus", "asker", "karasjok"} {
		for _, act := range policy.Acts {
			may(t, s, "liv", act, u, spring, act == policy.ActRequest && u == "akershus")
			may(t, s, "liv", act, u, summer, false)
		}
		reads(t, s, u, spring, "sec")
		if got := s.FieldRight(handle("liv"), "given", u, spring); got != policy.Hidden {
			t.Errorf("a right to a field in %s: %v", u, got)
		}
	}
}
