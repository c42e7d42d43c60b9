package rules

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/procedures"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sitepipe"
)

// What of the site's rows lies in the data that its pages are made of. That the
// pages show it is proved where they are built, by the program's scripts.

// site puts together what the published pages are made of, as main stands.
func (w *world) site() (*procedures.Site, error) {
	return procedures.Assemble(procedures.Input{Repo: w.repo, Loader: access.NewLoader(w.repo), Head: w.head, Day: w.day(), Commands: func(string) []procedures.Command { return nil }})
}

// published reads one file of the site's data, and fails where any file names an
// officer.
func published[T any](w *world, name string) T {
	w.t.Helper()
	site, err := w.site()
	w.must(err)
	var out T
	found := false
	for _, f := range site.Files {
		if strings.HasSuffix(f.Name, "/allowed_signers.txt") {
			continue // keys by which a receipt is verified: a handle is nothing but the name of one
		}
		for h := range w.state().Officers {
			if strings.Contains(string(f.Body), string(h)) {
				w.t.Errorf("%s names an officer", f.Name)
			}
		}
		if f.Name == "data/"+name+".json" {
			found = true
			w.must(json.Unmarshal(f.Body, &out))
		}
	}
	if !found {
		w.t.Fatalf("no %s", name)
	}
	return out
}

type publishedOffices struct {
	Units []struct {
		ID      register.UnitID
		Offices []struct {
			ID             string
			Held, Min, Max int
			Since          register.Day
		}
	}
}

// D05: the published list of who holds which office where is what the register
// gives, by office and without names: whoever waits is not in it, and whoever is
// gone is gone from it.
func TestD05Published(t *testing.T) {
	w := open(t, "dkf")
	first := w.day()
	w.ok(w.grant("mette", "egeby", "chair").complete().put())
	w.ok(w.grant("bodil", secretariatUnit, "staff").complete().put())
	w.ok(w.grant("emil", "egeby", "extra-person").complete(access.MatterAppointment).put()) // waits
	compare := func(want map[string]int) {
		t.Helper()
		got := map[string]int{}
		units := 0
		for _, u := range published[publishedOffices](w, "offices").Units {
			units++
			for _, o := range u.Offices {
				if held := len(w.state().Holders(u.ID, o.ID, w.day())); held != o.Held {
					t.Errorf("%s %s: %d published, %d hold it", u.ID, o.ID, o.Held, held)
				}
				if (o.Since == "") != (o.Held == 0) {
					t.Errorf("%s %s: %d since %q", u.ID, o.ID, o.Held, o.Since)
				}
				if o.Held > 0 {
					got[string(u.ID)+" "+o.ID] = o.Held
				}
				if o.ID == "chair" && u.ID == "egeby" && o.Held == 1 && o.Since != first {
					t.Errorf("since %s, want %s", o.Since, first)
				}
			}
		}
		for key, n := range want {
			if got[key] != n {
				t.Errorf("%s: %d, want %d", key, got[key], n)
			}
			delete(got, key)
		}
		if units < 4 || len(got) > 0 {
			t.Errorf("%d units; also published: %v", units, got)
		}
	}
	office, _ := w.state().Policy.MergingOffice()
	sec := string(w.state().Policy.Root().ID) + " " + office.ID
	compare(map[string]int{sec: 1, "egeby chair": 1, secretariatUnit + " staff": 1})
	w.later(1)
	w.ok(w.commit("sec", files{register.Path{Kind: register.Grant, Unit: "egeby", Handle: handle("mette")}.String(): nil}, register.Message("revoke", 1, "egeby")))
	compare(map[string]int{sec: 1, secretariatUnit + " staff": 1})
}

type publishedHistory struct {
	Files map[string]struct {
		Edited  register.Day
		Version string
		By      map[string]string
	}
	Changes []struct {
		Day     register.Day
		Version string
		By      map[string]string
		File    string
		What    []struct {
			Path, Was, Is string
			Text          map[string]string
		}
	}
}

// P37: what changes in the policy is announced by itself: on which day, where, what
// it was and what it is, in words.
func TestP37News(t *testing.T) {
	// Here the office itself decides; that it is the board's matter is another row.
	w := open(t, "posk", "access.yaml: amend: {by: [national-board]} → amend: {by: [national-office]}")
	if h := published[publishedHistory](w, "history"); len(h.Changes) != 0 {
		t.Errorf("a register begins with news: %+v", h.Changes)
	}
	w.later(3)
	was := w.state().Policy.Reasons[0]
	day := w.day()
	w.ok(w.amend("retention.yaml: keep: " + strconv.Itoa(was.Keep) + " → keep: " + strconv.Itoa(was.Keep+1)))
	w.later(5)
	h := published[publishedHistory](w, "history")
	if len(h.Changes) != 1 || len(h.Changes[0].What) != 1 {
		t.Fatalf("%+v", h.Changes)
	}
	c, x := h.Changes[0], h.Changes[0].What[0]
	if c.Day != day || c.File != "retention.yaml" || c.Version != w.head.String()[:12] || x.Path != "retention.reasons."+was.ID+".keep" ||
		x.Was != strconv.Itoa(was.Keep) || x.Is != strconv.Itoa(was.Keep+1) || !strings.Contains(x.Text["sv"], was.Name["sv"]) || !strings.HasSuffix(x.Text["sv"], "sparas") {
		t.Errorf("%+v", c)
	}
}

// D01: a procedure shows when it was last changed and by whom: by her office, from
// main's signed history. A history that the secretariat did not sign shows nothing.
func TestD01LastEdited(t *testing.T) {
	w := open(t, "dkf")
	begun := register.DayOf(start)
	w.later(2)
	day := w.day()
	w.ok(w.commit("sec", files{"site/content/da/procedures/lists.md": []byte("---\ntitle: Lister\n---\n")}, register.Message("site", 1, w.state().Policy.Root().ID)))
	w.later(2)
	w.ok(w.grant("mette", "egeby", "chair").complete().put()) // changes no page
	office, _ := w.state().Policy.MergingOffice()
	files := published[publishedHistory](w, "history").Files
	for name, want := range map[string]register.Day{"content/da/procedures/lists.md": day, "policies/lists.yaml": begun} {
		f := files[name]
		if f.Edited != want || len(f.Version) != 12 || f.By["da"] != office.Name["da"] {
			t.Errorf("%s: %+v, want %s by %q", name, f, want, office.Name["da"])
		}
	}
	if f := files["content/da/_index.md"]; f.Edited != procedures.BuiltInDay || f.By != nil {
		t.Errorf("a built-in page: %+v", f)
	}
	tree := w.tree(w.treeOf(w.head), map[string][]byte{"site/content/da/planted.md": []byte("---\ntitle: x\n---\n")})
	w.head = w.write("mette", tree, register.Message("site", 1, w.state().Policy.Root().ID), w.head)
	if _, err := w.site(); !errors.Is(err, procedures.ErrUnsigned) {
		t.Errorf("a site was made of a main that the secretariat did not sign: %v", err)
	}
}

// K23: no site is made without a contact for questions.
func TestK23Contact(t *testing.T) {
	fs := packFiles(t, "kommed")
	line := slices.IndexFunc(strings.Split(string(fs["organisation.yaml"]), "\n"), func(l string) bool { return strings.HasPrefix(l, "contact:") })
	lines := strings.Split(string(fs["organisation.yaml"]), "\n")
	contact := lines[line]
	build := func() (*procedures.Site, error) {
		fs["organisation.yaml"] = []byte(strings.Join(lines, "\n"))
		return procedures.Assemble(procedures.Input{Policies: fs, Day: "2026-03-02", Commands: func(string) []procedures.Command { return nil }})
	}
	site, err := build()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(site.Files, func(f sitepipe.Frame) bool { return f.Name == "data/contact.json" })
	if i < 0 || !strings.Contains(string(site.Files[i].Body), strings.TrimSpace(strings.TrimPrefix(contact, "contact:"))) {
		t.Errorf("the contact is not published")
	}
	lines[line] = "contact: not_stated"
	if _, err := build(); !errors.Is(err, procedures.ErrNoContact) {
		t.Errorf("undecided: %v", err)
	}
	lines[line] = `contact: ""`
	var faults *procedures.PolicyError
	if _, err := build(); !errors.As(err, &faults) || !slices.ContainsFunc(faults.Problems, func(p policy.Problem) bool { return p.Path == "/contact" }) {
		t.Errorf("empty: %v", err)
	}
}

// P10: a unit whose last membership officer goes is published as one that lacks her, and
// no longer when there is another.
func TestP10Published(t *testing.T) {
	w := posk(t)
	const unit, office = "alvesta", "local-officer"
	held := func(want int, since register.Day) {
		t.Helper()
		for _, u := range published[publishedOffices](w, "offices").Units {
			for _, o := range u.Offices {
				if u.ID == unit && o.ID == office {
					if o.Held != want || o.Min != 1 || o.Since != since {
						t.Errorf("published: %+v, want %d of at least one, since %q", o, want, since)
					}
					return
				}
			}
		}
		t.Error("the office is not published")
	}
	held(0, "")
	w.ok(w.grant("ida", unit, office).complete().put())
	first := w.day()
	held(1, first)
	w.later(1)
	w.ok(w.revoke("ida", unit))
	held(0, "")
	w.later(1)
	w.ok(w.grant("nils", unit, office).complete().put())
	held(1, w.day())
}
