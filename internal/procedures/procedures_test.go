package procedures

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/medlem-register/medlem"
	"github.com/medlem-register/medlem/internal/policy"
)

// pack returns the files of a pack, or of the standard policy for "".
func pack(t testing.TB, name string) map[string][]byte {
	t.Helper()
	if name != "" {
		files, ok := policy.Pack(name)
		if !ok {
			t.Fatalf("no pack %s", name)
		}
		for _, o := range policy.Undecided(files) {
			if o.Key() == "organisation.yaml:/contact" { // no site without it
				files, _ = policy.Decide(files, map[string]string{o.Key(): "medlem@prove.example"})
			}
		}
		return files
	}
	files := map[string][]byte{}
	names, err := fs.Glob(medlem.Policies, "policies/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if files[path.Base(n)], err = medlem.Policies.ReadFile(n); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func noHelp(string) []Command { return nil }

func assembled(t testing.TB, files map[string][]byte) *Site {
	t.Helper()
	site, err := Assemble(Input{Policies: files, Day: "2026-11-22", Commands: noHelp})
	if err != nil {
		t.Fatal(err)
	}
	return site
}

func data[T any](t testing.TB, site *Site, name string) T {
	t.Helper()
	var v T
	for _, f := range site.Files {
		if f.Name == "data/"+name+".json" {
			if err := json.Unmarshal(f.Body, &v); err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	t.Fatalf("no data/%s.json", name)
	return v
}

// Every value of every pack has its place in the file, and words in each language
// of the site where it is an id; every value that is open is so, and warned about.
func TestValues(t *testing.T) {
	for _, name := range append(policy.Packs(), "") {
		t.Run("pack "+name, func(t *testing.T) {
			files := pack(t, name)
			site := assembled(t, files)
			v := data[valuesJSON](t, site, "policy")
			if len(v.Values) < 200 || len(v.Absent) < 50 {
				t.Fatalf("%d values, %d absent", len(v.Values), len(v.Absent))
			}
			lines := map[string][]string{}
			for file, text := range files {
				lines[file] = strings.Split(string(text), "\n")
			}
			open := 0
			for p, x := range v.Values {
				if x.Line < 1 || x.Line > len(lines[x.File]) {
					t.Fatalf("%s: line %d of %s", p, x.Line, x.File)
				}
				if s, ok := x.Value.(string); ok && x.Text == nil && !strings.Contains(lines[x.File][x.Line-1], s) && !strings.ContainsAny(s, "\n\"'") && !strings.Contains(lines[x.File][x.Line-1], ">") {
					t.Errorf("%s: line %d of %s does not say %q", p, x.Line, x.File, s)
				}
				if x.Open {
					open++
				}
				for _, l := range site.Languages {
					if x.Text != nil && x.Text[l] == "" {
						t.Errorf("%s: nothing in %s", p, l)
					}
				}
			}
			if want := len(policy.Undecided(files)); len(site.Warnings) != want || want > 0 && open == 0 {
				t.Errorf("%d warnings, %d open values, %d undecided", len(site.Warnings), open, want)
			}
			for _, p := range v.Absent {
				if _, ok := v.Values[p]; ok && p != "lists.purposes" {
					t.Errorf("%s is there and absent", p)
				}
			}
			for p, unit := range unitsOf {
				if _, ok := v.Values[p]; ok && v.Values[p].Unit != unit && !v.Values[p].Open {
					t.Errorf("%s counts %q", p, v.Values[p].Unit)
				}
			}
			if name == "" {
				for p, want := range map[string]string{
					"access.offices.member-officer.scope": "her own unit", "lists.purposes.mailing.columns": "",
					"fields.fields.email.legal-basis": "",
				} {
					x, ok := v.Values[p]
					if ok && (x.Text["en"] == "" || want != "" && x.Text["en"] != want) {
						t.Errorf("%s is %q", p, x.Text["en"])
					}
				}
			}
		})
	}
}

// A site is a function of its input.
func TestSameBytes(t *testing.T) {
	a, b := assembled(t, pack(t, "dkf")), assembled(t, pack(t, "dkf"))
	if len(a.Files) != len(b.Files) {
		t.Fatalf("%d files, then %d", len(a.Files), len(b.Files))
	}
	for i := range a.Files {
		if a.Files[i].Name != b.Files[i].Name || !bytes.Equal(a.Files[i].Body, b.Files[i].Body) || a.Files[i].Edited != b.Files[i].Edited {
			t.Errorf("%s differs", a.Files[i].Name)
		}
	}
}

// A strict site refuses what is not decided, with its place; none is made where
// nobody is named to turn to.
func TestRefusals(t *testing.T) {
	files := pack(t, "posk")
	_, err := Assemble(Input{Policies: files, Day: "2026-11-22", Commands: noHelp, Strict: true})
	var open *OpenError
	if !errors.As(err, &open) || len(open.Open) != len(policy.Undecided(files)) {
		t.Errorf("%v", err)
	}
	files["organisation.yaml"] = bytes.Replace(files["organisation.yaml"], []byte("contact: info@posk.se"), []byte("contact: not_stated"), 1)
	if _, err := Assemble(Input{Policies: files, Day: "2026-11-22", Commands: noHelp}); !errors.Is(err, ErrNoContact) {
		t.Errorf("no contact: %v", err)
	}
	files["organisation.yaml"] = []byte("name: [")
	var faults *PolicyError
	if _, err := Assemble(Input{Policies: files, Day: "2026-11-22", Commands: noHelp}); !errors.As(err, &faults) {
		t.Errorf("malformed: %v", err)
	}
}

// The organisation's own pages take the place of built-in ones; what a site cannot
// have is refused by its path.
func TestOwnPages(t *testing.T) {
	own := func(files map[string][]byte) (*Site, error) {
		return Assemble(Input{Policies: pack(t, ""), Site: files, Day: "2026-11-22", Commands: noHelp})
	}
	site, err := own(map[string][]byte{"README.md": []byte("for us"), "content/sv/_index.md": []byte("own"), "static/logo.png": []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range site.Files {
		got[f.Name] = string(f.Body)
	}
	if got["content/sv/_index.md"] != "own" || got["static/logo.png"] != "x" || got["README.md"] != "" {
		t.Errorf("%d files", len(got))
	}
	for _, name := range []string{"data/policy.json", "layouts/home.html", "content/xx/_index.md"} {
		if _, err := own(map[string][]byte{name: []byte("x")}); err == nil || !strings.Contains(err.Error(), "site/"+name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRecord(t *testing.T) {
	for _, bad := range []string{"", "day 2026-11-22\n", "day 2026-13-22\nmain 0000000000000000000000000000000000000000\n", "day 2026-11-22\nmain x\n", "day 2026-11-22\nmain 0000000000000000000000000000000000000000\nmore\n"} {
		if _, _, err := ParseRecord([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
