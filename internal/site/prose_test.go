package site

import (
	"bytes"
	"cmp"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlem-register/medlem"
	"github.com/medlem-register/medlem/internal/handout"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/procedures"
	"github.com/medlem-register/medlem/internal/sitepipe"
)

// The built-in pages, with the policies of the packs and the standard ones
// ("standard"): five organisations that differ in nearly everything.

// commandsOfPages are those that tasks and topics name.
var commandsOfPages = []string{"sync", "find", "show", "edit", "status", "submit", "undo", "add", "close", "draw", "labels", "letters", "key"}

func commands(string) []procedures.Command {
	var out []procedures.Command
	for _, c := range commandsOfPages {
		out = append(out, procedures.Command{Name: "medlem " + c, Use: "medlem " + c, Short: "one command", Long: "What it does.", Example: "medlem " + c})
	}
	return out
}

// packFiles are the policy files of a pack, with somebody to turn to.
func packFiles(t testing.TB, name string) map[string][]byte {
	t.Helper()
	if name != "standard" {
		files, ok := policy.Pack(name)
		if !ok {
			t.Fatalf("no pack %q", name)
		}
		for _, o := range policy.Undecided(files) {
			switch o.Key() {
			case "organisation.yaml:/contact":
				files, _ = policy.Decide(files, map[string]string{o.Key(): "medlem@prove.example"})
			case "organisation.yaml:/name":
				files, _ = policy.Decide(files, map[string]string{o.Key(): "Foreningen Prøve"})
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

// proseSpec is the site of policy files.
func proseSpec(t testing.TB, files map[string][]byte) (Spec, *built) {
	t.Helper()
	s, err := procedures.Assemble(procedures.Input{Policies: files, Day: testDay, Commands: commands})
	if err != nil {
		t.Fatal(err)
	}
	out := &built{files: map[string]string{}}
	spec := Spec{Options: sitepipe.Options{BaseURL: "https://prove.example/register/", Day: testDay, Languages: s.Languages, Title: s.Title}, Theme: Theme(), Files: map[string]Source{}, Warn: out.warn, Emit: out.emit}
	for _, f := range s.Files {
		spec.Files[f.Name] = Source{Body: f.Body, Edited: f.Edited}
	}
	return spec, out
}

// prose is a pack's site; each is built once.
func prose(t testing.TB, name string) *built {
	t.Helper()
	v, _ := proseSites.LoadOrStore(name, sync.OnceValues(func() (*built, error) {
		spec, out := proseSpec(t, packFiles(t, name))
		return out, Build(spec)
	}))
	out, err := v.(func() (*built, error))()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var proseSites sync.Map

func sites() []string { return append(policy.Packs(), "standard") }

// Every page of every pack reads as if written for it: no part without content, no
// word of the files in the place of one of the language, no number that is not the
// policy's, no link that leads nowhere.
func TestProse(t *testing.T) {
	link := regexp.MustCompile(`href="(?:https://prove\.example)?(/[^"#]*)`)
	faults := map[string]*regexp.Regexp{
		"a heading without text":     regexp.MustCompile(`</h2>\s*(?:<h2|<section|</div>|<p class="next")`),
		"an empty cell":              regexp.MustCompile(`<t[dh][^>]*>\s*</t[dh]>`),
		"what no reader should see":  regexp.MustCompile(`no value|HAHAHUGO|\{\{|map\[|<nil>|>not_stated<`),
		"a word of the policy files": regexp.MustCompile(`>(?:use|paper|digital|subtree|below|each-unit|required|prefer|avoid|renewal|claims|appointee|[a-z]+(?:, [a-z]+)* and letter)</data>`),
	}
	for _, name := range sites() {
		t.Run(name, func(t *testing.T) {
			out := prose(t, name)
			papers := handouts(out)
			pages := 0
			for file, body := range out.files {
				if path.Ext(file) != ".html" || file == "index.html" {
					continue
				}
				pages++
				for what, re := range faults {
					if m := re.FindStringIndex(body); m != nil {
						t.Errorf("%s: %s: %q", file, what, body[max(0, m[0]-60):min(len(body), m[1]+30)])
					}
				}
				if strings.Contains(file, "/procedures/") {
					if m := unmarked(body); m != "" {
						t.Errorf("%s: a number that is not the policy's: %q", file, m)
					}
				}
				for _, m := range link.FindAllStringSubmatch(body, -1) {
					to, ok := strings.CutPrefix(m[1], "/register/")
					if to == "" || strings.HasSuffix(to, "/") {
						to += "index.html"
					}
					if _, is := out.files[to]; !ok || !is && !papers[to] && !strings.Contains(file, "404") {
						t.Errorf("%s: leads to %s, which is not there", file, m[1])
					}
				}
			}
			if pages < 60 {
				t.Errorf("only %d pages", pages)
			}
		})
	}
}

// handouts are the PDFs that pages say they have, which medlem makes of them when
// they are rendered.
func handouts(out *built) map[string]bool {
	all := map[string]bool{}
	for _, body := range out.files {
		if at := handout.Of([]byte(body)); at != "" {
			all[strings.TrimPrefix(at, "/register/")] = true
		}
	}
	return all
}

// The built-in pages of the four languages are the same pages, ask for the same
// values under the same conditions, and name the same rules and commands.
func TestProseAlike(t *testing.T) {
	shape := regexp.MustCompile(`\{\{[%<] .*? [%>]\}\}|(?m)^(?:procedure|rules|topic|help|commands|weight):.*$|\]\(/[a-z/-]*\)|^## |^\d\. `)
	shapes := map[string]map[string][]string{}
	for _, l := range []string{"nb", "sv", "da", "en"} {
		shapes[l] = map[string][]string{}
		root := filepath.Join("..", "procedures", "content", l)
		err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(filepath.Join(root, name))
			shapes[l][name] = shape.FindAllString(string(b), -1)
			return err
		})
		if err != nil || len(shapes[l]) < 30 {
			t.Fatalf("%s: %d pages: %v", l, len(shapes[l]), err)
		}
	}
	for _, l := range []string{"sv", "da", "en"} {
		for name, want := range shapes["nb"] {
			got, ok := shapes[l][name]
			if !ok {
				t.Errorf("%s: no %s", l, name)
			}
			if slices.Sort(want); !slices.Equal(sorted(got), want) {
				t.Errorf("%s/%s: %q\nnb: %q", l, name, sorted(got), want)
			}
		}
		if len(shapes[l]) != len(shapes["nb"]) {
			t.Errorf("%s has %d pages, nb %d", l, len(shapes[l]), len(shapes["nb"]))
		}
	}
}

func sorted[T cmp.Ordered](in []T) []T { slices.Sort(in); return in }

// A procedure page of every pack is within its budget, with its search and
// without.
func TestProseBudget(t *testing.T) {
	const page, search = 30 << 10, 55 << 10 // bytes, compressed
	for _, name := range sites() {
		out := prose(t, name)
		for file, body := range out.files {
			if !strings.Contains(file, "/procedures/") {
				continue
			}
			lang, _, _ := strings.Cut(file, "/")
			size, more := compressed(body), compressed(out.files[lang+"/search.json"])
			for other, b := range out.files {
				if !strings.Contains(body, "/"+other+`"`) {
					continue
				}
				switch {
				case strings.HasPrefix(other, "js/search"):
					more += compressed(b)
				case path.Ext(other) == ".css" || path.Ext(other) == ".js":
					size += compressed(b)
				}
			}
			if size > page || size+more > search || more < 5<<10 {
				t.Errorf("%s %s: %d bytes, with search %d", name, file, size, size+more)
			}
		}
	}
}

// TestWriteProse builds the sites of the packs into the folder MEDLEM_SITE_OUT, to
// be looked at.
func TestWriteProse(t *testing.T) {
	dir := os.Getenv("MEDLEM_SITE_OUT")
	if dir == "" {
		t.Skip("set MEDLEM_SITE_OUT=DIR to look at the sites of the packs")
	}
	for _, name := range sites() {
		spec, out := proseSpec(t, packFiles(t, name))
		spec.Options.BaseURL = "http://127.0.0.1:8431/"
		if err := Build(spec); err != nil {
			t.Fatal(err)
		}
		for file, body := range out.files {
			to := filepath.Join(dir, name, filepath.FromSlash(file))
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(to, []byte(body), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The PDFs of every pack and language: the guide of each office on two pages at
// most, the tasks on one, the text on data protection on two; each says what its
// page says, has its title and language, and is the same bytes each time.
func TestHandouts(t *testing.T) {
	sheets, day := regexp.MustCompile(`/Type /Page\n`), time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for _, name := range sites() {
		out := prose(t, name)
		made := 0
		for file, body := range out.files {
			at := handout.Of([]byte(body))
			if at == "" {
				continue
			}
			made++
			pdf, err := handout.Make([]byte(body), day)
			if err != nil {
				t.Fatalf("%s %s: %v", name, file, err)
			}
			most := 2
			if strings.HasSuffix(file, "/tasks/index.html") {
				most = 1
			}
			if n := len(sheets.FindAll(pdf, -1)); n == 0 || n > most {
				t.Errorf("%s %s: %d pages of paper, at most %d", name, file, n, most)
			}
			locale := regexp.MustCompile(`<html lang="([^"]*)"`).FindStringSubmatch(body)[1]
			if !bytes.Contains(pdf, []byte("/Lang ("+locale+")")) || !bytes.Contains(pdf, []byte("/Title (")) {
				t.Errorf("%s %s: no title, or not in %s", name, file, locale)
			}
			if again, err := handout.Make([]byte(body), day); err != nil || !bytes.Equal(pdf, again) {
				t.Errorf("%s %s: other bytes the second time: %v", name, file, err)
			}
		}
		offices := bytes.Count(packFiles(t, name)["access.yaml"], []byte("\n    scope: "))
		if languages := map[bool]int{true: 4, false: 1}[name == "standard"]; made != (offices+2)*languages {
			t.Errorf("%s: %d handouts for %d offices", name, made, offices)
		}
	}
}
