package check_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/register"
)

// warned fails unless the report has no findings and exactly these warnings,
// each "rule: the beginning of its message".
func warned(t testing.TB, r *check.Report, want ...string) {
	t.Helper()
	if len(r.Findings) > 0 {
		t.Errorf("a recommendation refuses: rules %q", rules(r))
	}
	var got []string
	for _, f := range r.Warnings {
		got = append(got, f.Rule+": "+f.Message)
	}
	ok := len(got) == len(want)
	for i := range min(len(got), len(want)) {
		ok = ok && strings.HasPrefix(got[i], want[i])
	}
	if !ok {
		t.Errorf("warnings\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What the policy recommends is said and refuses nothing: to whoever brings it,
// once, and of the register as it stands.
func TestRecommendations(t *testing.T) {
	w := newOfficeWorld(t)
	w.main("sec", files{grantPath("liv", "asker"): grantFile("treasurer", today, "")}, msg("grant", "asker"))
	second := files{grantPath("ola", "asker"): grantFile("treasurer", today, "")}
	const two = `grant/recommended: 2 officers hold the office "treasurer" on 2026-03-05: the policy recommends at most 1`
	warned(t, w.draft("rut").add(second, msg("grant", "asker")).check(), two)
	s := w.mainSpec("sec", second, msg("grant", "asker"))
	warned(t, w.direct(s), two)
	w.head = w.write(s)
	warned(t, w.all(w.treeOf(w.head)), two)
	// Whoever changes something else hears nothing of it.
	warned(t, w.draft("rut").add(files{grantPath("ola", "karasjok"): nil}, msg("revoke", "karasjok")).check())
	// Nor does an officer who verifies what is past.
	warned(t, w.verify(officeTemplate().head))

	// A condition on a grant that the change brings.
	w = newOfficeWorld(t)
	p := w.helper("eve", "asker").with(func(g *access.Grant) { g.Position = "it" })
	warned(t, p.propose(nil), "grant/recommended: Somebody of member service is preferred")
	warned(t, w.helper("liv", "asker").propose(nil))
}

// An office that nobody holds any more is a warning, where it is not the one that
// merges.
func TestVacant(t *testing.T) {
	w := newOfficeWorld(t)
	w.main("sec", changedPolicy(w, "access.yaml", "    may: [read, add, edit, move, request]\n    seats: {min: 0, max: 2}", "    may: [read, add, edit, move, request]\n    seats: {min: 1, max: 2}"), msg("policy", "national"))
	warned(t, w.draft("rut").add(files{grantPath("liv", "akershus"): nil}, msg("revoke", "akershus")).check(),
		`grant/recommended: 0 officers hold the office "region-officer" on 2026-03-05: the policy wants 1`)
	warned(t, w.draft("rut").add(files{grantPath("kari", "asker"): nil}, msg("revoke", "asker")).check())
}

// Seats that depend on the number of members: two of them, no second officer; with
// three, one more; and when there are two again, both stay, and nobody new comes.
func TestSeatsByMembers(t *testing.T) {
	w := newOfficeWorld(t)
	first := files{grantPath("liv", "asker"): grantFile("member-officer", today, "")}
	second := files{grantPath("ola", "asker"): grantFile("member-officer", today, "")}
	w.main("sec", first, msg("grant", "asker"))
	r := w.draft("rut").add(second, msg("grant", "asker")).check()
	want(t, r, "grant/seats")
	if m := r.Findings[0].Message; !strings.Contains(m, "2 where unit.members > 2") || !strings.Contains(m, "has 2 active members") {
		t.Errorf("the message does not say what it depends on: %s", m)
	}
	fresh := register.NewRecordID()
	w.main("sec", files{memberPath("asker", fresh): sealed()}, msg("add", "asker"))
	want(t, w.draft("rut").add(second, msg("grant", "asker")).check())
	w.main("sec", second, msg("grant", "asker"))
	w.main("sec", files{memberPath("asker", fresh): nil, tombPath("asker", "2026", fresh): tombFile(today)}, msg("erase", "asker"))
	warned(t, w.all(w.treeOf(w.head)), `grant/recommended: 2 officers hold the office "member-officer" on 2026-03-05, one too many: they stay`)
	change := files{grantPath("ola", "asker"): nil, grantPath("sig", "asker"): grantFile("member-officer", today, "")}
	want(t, w.draft("rut").add(change, msg("grant", "asker")).check(), "grant/seats")
	want(t, w.draft("rut").add(files{grantPath("ola", "asker"): nil}, msg("revoke", "asker")).check())

	// What an organisation writes instead of 2 is what is enforced and said.
	w.main("sec", changedPolicy(w, "access.yaml", "unit.members > 2", "unit.members > 1"), msg("policy", "national"))
	warned(t, w.all(w.treeOf(w.head)))
	want(t, w.draft("rut").add(change, msg("grant", "asker")).check())

	// Where one too many is a fault, it is one without anybody's doing.
	w.main("sec", changedPolicy(w, "access.yaml", "[{max: 2, when: unit.members > 1}], falling-back: keep", "[{max: 2, when: unit.members > 2}], falling-back: end"), msg("policy", "national"))
	want(t, w.all(w.treeOf(w.head)), "grant/seats")
}

// A grant that ends soon is said so, in the office's own notice.
func TestEndsSoon(t *testing.T) {
	w := newOfficeWorld(t)
	p := w.helper("eve", "asker").put(nil)
	for _, x := range []struct {
		day  register.Day
		want bool
	}{{p.g.Until.Add(-31), false}, {p.g.Until.Add(-30), true}, {p.g.Until, true}, {p.g.Until.Add(1), false}} {
		w.now = x.day.Time()
		r := w.whole(check.All(w.repo, w.loader, w.head, w.options()))
		if got := slices.ContainsFunc(r.Warnings, func(f check.Finding) bool { return f.Rule == "grant/ends-soon" }); got != x.want {
			t.Errorf("on %s warned: %v, want %v", x.day, got, x.want)
		}
	}
}

// What the law may have against a policy is said when the policy changes, and of
// the register as it stands; it refuses nothing.
func TestLintsWarn(t *testing.T) {
	w := newWorld(t)
	fs := files{"policies/organisation.yaml": append(w.content("policies/organisation.yaml"), "sensitivity: politics\n"...)}
	r := w.draft("rut").add(fs, msg("policy", "national")).check()
	if len(r.Findings) > 0 || !slices.ContainsFunc(r.Warnings, func(f check.Finding) bool {
		return f.Rule == "policy/lint" && f.Path == "policies/fields.yaml" && f.Line > 0 && strings.Contains(f.Message, "2016/679")
	}) {
		t.Errorf("rules %q, warnings %+v", rules(r), r.Warnings)
	}
	all := w.all(w.tree(w.treeOf(w.head), fs))
	if len(all.Findings) > 0 || len(all.Warnings) != len(r.Warnings) {
		t.Errorf("of the register as it stands: rules %q, warnings %+v", rules(all), all.Warnings)
	}
}

// A document that was left behind when its grant went is told of.
func TestForgottenDocument(t *testing.T) {
	w := newOfficeWorld(t)
	p := w.helper("eve", "asker").put(nil)
	w.main("sec", files{grantPath("eve", "asker"): nil}, msg("revoke", "asker"))
	warned(t, w.all(w.treeOf(w.head)), "scope/evidence: no grant of the unit names this document")
	w.main("sec", files{evidencePath("asker", p.g.Evidence[0].ID): nil}, msg("erase", "asker"))
	warned(t, w.all(w.treeOf(w.head)))
}

// ATTACK: a stolen key, or a slip, that takes everybody's access away at once. At
// stake: nobody who can stop it. Proves: grant/removal, whether the grants go, end,
// or lose their office, in a proposal and on main; a few may always go.
func TestAttackRemoval(t *testing.T) {
	many := func(w *world) {
		fs := files{}
		for i, who := range []string{"eve", "liv", "sig", "tor"} {
			unit := []register.UnitID{"lillestrom", "karasjok", "asker", "lillestrom"}[i]
			fs[grantPath(who, unit)] = grantFile([]string{"member-officer", "chair", "chair", "chair"}[i], today, "")
		}
		fs[officerPath("eve")] = officerOf("eve").Encode()
		w.main("sec", fs, register.Message("grant", 4, "asker"))
		w.later(24 * time.Hour)
		w.main("sec", nil, register.Message("readers", 0, "national"))
	}
	gone := func(n int) files {
		fs := files{}
		for _, g := range []string{grantPath("eve", "lillestrom"), grantPath("liv", "karasjok"), grantPath("sig", "asker"), grantPath("tor", "lillestrom")}[:n] {
			fs[g] = nil
		}
		return fs
	}
	proposed := func(n int) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			many(w)
			return w.draft("rut").add(gone(n), register.Message("revoke", n, "lillestrom")).check()
		}
	}
	runOffices(t, []attack{
		{"three of seven", one("grant/removal"), proposed(2), proposed(3)},
		{"on main", one("grant/removal"), nil, func(w *world) *check.Report {
			many(w)
			return w.direct(w.mainSpec("sec", gone(4), register.Message("revoke", 4, "lillestrom")))
		}},
		{"ended, not removed", one("grant/removal"), nil, func(w *world) *check.Report {
			many(w)
			fs := files{}
			for path := range gone(3) {
				p, err := register.ParsePath(path)
				w.must(err)
				g := *grantOf(w, nameOf(p.Handle), p.Unit)
				g.Ended = w.day().Add(-1)
				fs[path] = g.Encode()
			}
			return w.draft("rut").add(fs, register.Message("revoke", 3, "lillestrom")).check()
		}},
		{"their office that opens nothing any more", one("grant/removal"), nil, func(w *world) *check.Report {
			many(w)
			fs := changedPolicy(w, "access.yaml", "    may: [read, add, edit, close, reopen, request]", "    may: [request]")
			return w.draft("sig").add(fs, msg("policy", "national")).check()
		}},
	})
}
