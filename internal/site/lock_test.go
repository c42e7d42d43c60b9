package site

import (
	"bytes"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gohugoio/hugo/config/allconfig"

	"github.com/medlem-register/medlem/internal/sitepipe"
)

// overTheme is the theme with some files put in place of its own.
func overTheme(t testing.TB, files map[string]string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(Theme(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(Theme(), name)
		out[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range files {
		out[name] = &fstest.MapFile{Data: []byte(body)}
	}
	return out
}

// ATTACK: a template reaches out of the site.
// At stake: what the machine that builds has, from its environment to its
// network. Proves that no template, the theme's own included, reads a variable, a
// file or an address, or runs a program.
func TestTemplatesReachNothing(t *testing.T) {
	t.Setenv("MEDLEM_CANARY", "canary-of-the-environment")
	for name, body := range map[string]string{
		"environment": `{{ getenv "MEDLEM_CANARY" }}`,
		"hugo's own":  `{{ getenv "HUGO_CANARY" }}`,
		"network":     `{{ with resources.GetRemote "https://prove.example/x.txt" }}{{ with .Err }}{{ errorf "%s" . }}{{ end }}{{ .Content }}{{ end }}`,
		"disk":        `{{ readFile "/etc/hostname" }}`,
		"folder":      `{{ range readDir "/etc" }}{{ .Name }}{{ end }}`,
		"program":     `{{ (resources.Get "css/site.css" | css.PostCSS).RelPermalink }}`,
		"data":        `{{ (resources.Get "/etc/hostname").Content }}`,
	} {
		t.Run(name, func(t *testing.T) {
			spec, out := testSpec(t)
			spec.Theme = overTheme(t, map[string]string{"layouts/home.html": "<p>" + body + "</p>"})
			// What is not in the site's memory is not there, which is no failure.
			if err := Build(spec); err == nil && out.files["en/index.html"] != "<p></p>" {
				t.Errorf("built: %.200s", out.files["en/index.html"])
			}
			for _, text := range out.files {
				if strings.Contains(text, "canary-of-the-environment") {
					t.Fatal("a page holds the environment")
				}
			}
		})
	}
}

// TestMain lets the test's own program be a renderer. Hugo looks at the arguments
// of a program for whether it is a test, and is another then.
func TestMain(m *testing.M) {
	if os.Getenv("MEDLEM_SITE_SERVES") != "" {
		if err := Serve(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// Variables that change what Hugo does are not read, not even where medlem-site
// has not dropped them.
func TestEnvironmentIsIgnored(t *testing.T) {
	var in bytes.Buffer
	spec, _ := testSpec(t)
	w := sitepipe.NewWriter(&in)
	frames := []sitepipe.Frame{options(spec.Options)}
	for name, f := range spec.Files {
		frames = append(frames, sitepipe.Frame{Kind: sitepipe.File, Name: name, Body: f.Body, Edited: f.Edited})
	}
	for _, f := range append(frames, sitepipe.Frame{Kind: sitepipe.Go}) {
		if err := w.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	_ = w.Flush()
	c := exec.Command(os.Args[0])
	c.Stdin = &in
	c.Env = append(os.Environ(), "MEDLEM_SITE_SERVES=1", "HUGO_TITLE=Another", "HUGO_BASEURL=https://elsewhere.example/", "HUGO_MINIFY_MINIFYOUTPUT=true",
		"HUGO_SECURITY_FUNCS_GETENV=.*", "HUGO_PARAMS_DAY=2001-01-01", "TZ=Asia/Tokyo", "LANG=de_DE.UTF-8")
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	want, files := build4(t), 0
	for r := sitepipe.NewReader(bytes.NewReader(out)); ; {
		f, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch f.Kind {
		case sitepipe.Error:
			t.Errorf("%s", f.Body)
		case sitepipe.File:
			files++
			if want.files[f.Name] != string(f.Body) {
				t.Errorf("%s is another", f.Name)
			}
		}
	}
	if files != len(want.files) {
		t.Errorf("%d files of %d", files, len(want.files))
	}
}

// badScript is what a minifier fails on.
const badScript = "<html><body><h1>canary-of-a-page</h1><script>var a = ;</script></body></html>"

// A failing transformer makes Hugo write the page to the temporary folder of the
// machine. Proves that none runs, whatever a configuration asks for, and that the
// folder stays empty; the twin, without the lock, leaves the page there.
func TestNoPageInTheTemporaryFolder(t *testing.T) {
	minify := func(c *allconfig.Config) { c.Minify.MinifyOutput = true }
	for name, c := range map[string]struct {
		lock func(*allconfig.Config)
		left bool
	}{
		"locked":   {func(c *allconfig.Config) { minify(c); lock(c) }, false},
		"unlocked": {func(c *allconfig.Config) { lock(c); minify(c) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("TMPDIR", dir)
			spec, _ := testSpec(t)
			spec.Theme = overTheme(t, map[string]string{"layouts/home.html": badScript})
			out := &output{names: map[string]bool{}, emit: func(string, []byte) error { return nil }}
			building.Lock()
			_ = build(spec, out, c.lock)
			building.Unlock()
			left, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			if (len(left) > 0) != c.left {
				t.Errorf("%d files in the temporary folder", len(left))
			}
		})
	}
}

// A page that the policy of the pages would block, or that loads from elsewhere,
// is not let out, whoever wrote it.
func TestNothingInline(t *testing.T) {
	for _, bad := range []string{
		`<script>x()</script>`, `<SCRIPT type=module>x()</script>`, `<style>p{}</style>`, `<p class="a" style="color:red">`,
		`<p onclick="x()">`, `<body
onload = x()>`, `<iframe srcdoc="x">`, `<img src="https://elsewhere.example/x.png">`, `<img src='//elsewhere.example/x.png'>`,
		`<script src="https://elsewhere.example/x.js"></script>`, `<img alt="" src=data:image/png;base64,xx>`,
		`<link rel="stylesheet" href="https://elsewhere.example/x.css">`, `<form method="post" action="https://elsewhere.example/">`,
	} {
		if checkPage("x/index.html", []byte("<!doctype html>"+bad)) == nil {
			t.Errorf("let out: %s", bad)
		}
	}
	for _, good := range []string{
		`<script type="module" src="/js/x.js" integrity="sha256-x"></script>`, `<img src="/x.png" alt="x">`, `<a href="https://elsewhere.example/">x</a>`,
		`<link rel="canonical" href="https://prove.example/">`, `<p>&lt;script&gt; style=x onclick=x</p>`, `<p data-style="x">`,
	} {
		if err := checkPage("x/index.html", []byte(good)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{`@import "x.css"`, `p { background: url(https://elsewhere.example/x.png) }`, `p{background:url( "//elsewhere.example/x" )}`} {
		if checkPage("css/own.css", []byte(bad)) == nil {
			t.Errorf("let out: %s", bad)
		}
	}
	spec, _ := testSpec(t)
	err := Build(spec.with(map[string]string{"assets/css/own.css": "p { background: url(https://elsewhere.example/x.png) }"}))
	if err == nil || !strings.Contains(err.Error(), "loads from another server") {
		t.Errorf("%v", err)
	}
}

// An organisation's files are pages, data, pictures, style and texts: no layout,
// no configuration, no script, nothing outside.
func TestSources(t *testing.T) {
	for _, name := range []string{
		"layouts/page.html", "hugo.yaml", "hugo.json", "config/x.yaml", "content", "content/en/_content.gotmpl", "content/en/x.html", "content/en/x.org",
		"assets/js/page.js", "assets/x.svg", "data/x.yaml", "data/x.csv", "static/x.html", "static/x.js", "static/_headers", "static/.htaccess", "i18n/nn.toml",
		"archetypes/x.md", "../content/x.md", "content/../hugo.json", "/content/x.md", "content//x.md", "content/x.md/", `content\x.md`, "content/en/..md/x.md.", "content/\x00.md", "CONTENT/x.md", "",
	} {
		if CheckSource(name) == nil {
			t.Errorf("%q is taken", name)
		}
	}
	for _, name := range []string{"content/nb/procedures/lists.md", "content/nb/om/bilde.PNG", "data/policy.json", "assets/css/own.css", "i18n/nn.yaml", "static/mal.xlsx", "content/nb/åpent.md"} {
		if err := CheckSource(name); err != nil {
			t.Error(err)
		}
	}
}

// A static file does not take the place of a page.
func TestStatic(t *testing.T) {
	spec, out := testSpec(t)
	spec = spec.with(map[string]string{"static/files/mal.csv": "a;b\n"})
	if err := Build(spec); err != nil {
		t.Fatal(err)
	}
	if out.files["files/mal.csv"] != "a;b\n" {
		t.Error("a static file is not there as it was")
	}
	spec = spec.with(map[string]string{"static/robots.txt": "x"})
	if err := Build(spec); err == nil || !strings.Contains(err.Error(), "robots.txt is made twice") {
		t.Errorf("%v", err)
	}
}

// Pages are looked through tag by tag, and what is found is what the expressions find in
// the whole page.
func TestCheckTags(t *testing.T) {
	parts := strings.Split("<|a|<p |<script|<style|<img |<link |>|> |x| src=| onload=|\tSTYLE =|srcdoc=|\"|'|https:|//|/js/x.js| rel=icon| rel=\"stylesheet\"| href=|</script>| on |=|form |\n", "|")
	r := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range 200_000 {
		var b strings.Builder
		for range 1 + r.IntN(12) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		page := []byte(b.String())
		want := inline.Match(page) || foreign.Match(page) || sheets.Match(page)
		if got := checkPage("x/index.html", page) != nil; got != want {
			t.Fatalf("%q: refused %t, want %t", page, got, want)
		}
		if want {
			found++
		}
	}
	if found < 1_000 {
		t.Errorf("only %d pages had anything", found)
	}
}
