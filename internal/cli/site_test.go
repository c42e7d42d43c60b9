package cli

import (
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/medlem-register/medlem"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/procedures"
	"github.com/medlem-register/medlem/internal/sitepipe"
	"github.com/medlem-register/medlem/internal/slow"
)

// rendered is a site as medlem-site makes it, and what it warned of.
func rendered(t *testing.T, program string, site *procedures.Site) (map[string]string, []string) {
	t.Helper()
	r, err := sitepipe.Start(t.Context(), program)
	if err != nil {
		t.Fatal(err)
	}
	var warnings []string
	r.Warn = func(text string) { warnings = append(warnings, text) }
	out := map[string]string{}
	err = r.Site(sitepipe.Options{BaseURL: "https://prove.example/register/", Day: "2026-11-22", Languages: site.Languages, Title: site.Title}, site.Files,
		func(name string, body []byte) error { out[name] = string(body); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return out, warnings
}

// sitePolicies are the files of a pack, or of the standard policy for "", with a
// contact.
func sitePolicies(t *testing.T, name string) map[string][]byte {
	t.Helper()
	if files, ok := policy.Pack(name); ok {
		for _, o := range policy.Undecided(files) {
			if o.Key() == "organisation.yaml:/contact" { // no site without it
				files, _ = policy.Decide(files, map[string]string{o.Key(): "medlem@prove.example"})
			}
		}
		return files
	}
	files := map[string][]byte{}
	for _, n := range policy.AllFiles() {
		if b, err := medlem.Policies.ReadFile("policies/" + n); err == nil {
			files[n] = b
		}
	}
	return files
}

var (
	link   = regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	anyID  = regexp.MustCompile(`\bo-[a-z2-7]{10}\b`)
	anchor = regexp.MustCompile(`\bid="([^"]+)"`)
)

// frameOfPages is what every page has.
var frameOfPages = map[string]*regexp.Regexp{
	"language":    regexp.MustCompile(`<html lang="[a-z]{2,3}-[A-Z]{2}">`),
	"title":       regexp.MustCompile(`<title>[^<]{3,}</title>`),
	"description": regexp.MustCompile(`<meta name="description" content="[^"]{10,}">`),
	"icon":        regexp.MustCompile(`<link rel="icon" type="image/png" sizes="32x32" href="/register/favicon.png">`),
	"heading":     regexp.MustCompile(`<h1[ >]`),
}

// The sites of the five packs and of the standard policy are built in their own
// languages, with their PDFs and templates, and nothing is wrong with them but what is not decided. All links lead
// somewhere, within the page too; no officer is named by her handle.
func TestPacksAreBuilt(t *testing.T) {
	slow.Test(t)
	program := filepath.Join(rendererDir(t, false), rendererName)
	a := newApp(Env{Stdin: strings.NewReader(""), Getenv: func(string) string { return "" }}, nil)
	for _, name := range append(policy.Packs(), "") {
		t.Run("pack "+name, func(t *testing.T) {
			site, err := procedures.Assemble(procedures.Input{Policies: sitePolicies(t, name), Day: "2026-11-22", Commands: a.commands, Places: desk.Places})
			if err != nil {
				t.Fatal(err)
			}
			out, warnings := rendered(t, program, site)
			for _, w := range warnings {
				// DKF's procedure says itself that it was to be read again years ago.
				if name != "dkf" || !strings.Contains(w, "the review of the procedure was due") {
					t.Errorf("warning: %s", w)
				}
			}
			papers := map[string][]byte{}
			for file, body := range out {
				papers[file] = []byte(body)
			}
			if err := a.handouts(papers, "https://prove.example/register/", "2026-11-22"); err != nil {
				t.Fatal(err)
			}
			for file, body := range papers {
				out[file] = string(body)
			}
			pages := 0
			for _, file := range slices.Sorted(maps.Keys(out)) {
				if !strings.HasSuffix(file, ".html") || file == "index.html" {
					continue
				}
				pages++
				for what, re := range frameOfPages {
					if !re.MatchString(out[file]) {
						t.Errorf("%s has no %s", file, what)
					}
				}
				if m := anyID.FindString(out[file]); m != "" && !strings.Contains(file, "/help/") && !strings.Contains(file, "/rules/") {
					t.Errorf("%s names %s", file, m)
				}
				for _, m := range link.FindAllStringSubmatch(out[file], -1) {
					to, at, _ := strings.Cut(strings.TrimPrefix(html.UnescapeString(m[1]), "https://prove.example"), "#")
					if strings.HasPrefix(to, "mailto:") || strings.HasPrefix(to, "https:") || strings.HasPrefix(file, "404") {
						continue
					}
					target := strings.TrimPrefix(to, "/register/")
					if to == "" {
						target = file
					} else if target == "" || strings.HasSuffix(target, "/") {
						target += "index.html"
					}
					body, ok := out[target]
					if !ok {
						t.Errorf("%s: %s leads nowhere", file, m[1])
					} else if at != "" && at != "main" && !slices.ContainsFunc(anchor.FindAllStringSubmatch(body, -1), func(a []string) bool { return html.UnescapeString(a[1]) == at }) {
						t.Errorf("%s: no %s in %s", file, at, target)
					}
				}
			}
			if pages < 100 {
				t.Errorf("only %d pages", pages)
			}
		})
	}
}

// Every command of the program, and every one below it, has a page of help in each
// language, with its flags; every task leads to the commands that it takes. The
// pages are as many as the commands: none is of a command that is gone.
func TestK06(t *testing.T) {
	slow.Test(t)
	a := newApp(Env{Stdin: strings.NewReader(""), Getenv: func(string) string { return "" }}, nil)
	site, err := procedures.Assemble(procedures.Input{Policies: sitePolicies(t, ""), Day: "2026-11-22", Commands: a.commands, Places: desk.Places})
	if err != nil {
		t.Fatal(err)
	}
	out, _ := rendered(t, filepath.Join(rendererDir(t, false), rendererName), site)
	if len(site.Languages) != 4 {
		t.Fatalf("%d languages", len(site.Languages))
	}
	for _, lang := range site.Languages {
		commands := 0
		var walk func(c *cobra.Command)
		walk = func(c *cobra.Command) {
			for _, sub := range c.Commands() {
				if sub.Hidden || sub.Name() == "help" {
					continue
				}
				commands++
				page := out[lang+"/help/"+strings.ReplaceAll(sub.CommandPath(), " ", "-")+"/index.html"]
				if !strings.Contains(page, html.EscapeString(sub.CommandPath())) {
					t.Errorf("%s: no page of %s", lang, sub.CommandPath())
				}
				sub.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
					if !f.Hidden && f.Name != "help" && !strings.Contains(page, "<code>--"+f.Name+"</code>") {
						t.Errorf("%s: the page of %s lacks --%s", lang, sub.CommandPath(), f.Name)
					}
				})
				walk(sub)
			}
		}
		walk((&app{Env: a.Env, texts: newTexts(lang)}).root())
		pages, tasks := 0, 0
		for file, body := range out {
			switch {
			case strings.HasPrefix(file, lang+"/help/medlem-"):
				pages++
			case strings.HasPrefix(file, lang+"/tasks/") && strings.Count(file, "/") == 3:
				if tasks++; !strings.Contains(body, `href="/register/`+lang+`/help/medlem-`) {
					t.Errorf("%s leads to no command", file)
				}
			}
		}
		if commands < 60 || pages != commands || tasks != 6 {
			t.Errorf("%s: %d commands, %d pages, %d tasks", lang, commands, pages, tasks)
		}
	}
}

// host serves a folder as a static host does, to the end of the script, and puts
// its address into a variable: host URL out.
func host(ts *testscript.TestScript, _ bool, args []string) {
	s := httptest.NewServer(http.FileServer(http.Dir(ts.MkAbs(args[1]))))
	ts.Defer(s.Close)
	ts.Setenv(args[0], s.URL+"/")
}
