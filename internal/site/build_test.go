package site

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// build4 is what the test site becomes; it is built once.
func build4(t testing.TB) *built {
	t.Helper()
	testSite.once.Do(func() {
		var spec Spec
		spec, testSite.out = testSpec(t)
		testSite.err = Build(spec)
	})
	if testSite.err != nil {
		t.Fatal(testSite.err)
	}
	return testSite.out
}

var testSite struct {
	once sync.Once
	out  *built
	err  error
}

// Every page has a title, a language, a description and the policy that blocks
// everything foreign; nothing inline; what it refers to is there, and is what its
// integrity attribute says.
func TestPages(t *testing.T) {
	out := build4(t)
	pages := 0
	link := regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	whole := regexp.MustCompile(`(?:href|src)="/register/([^"]+)" integrity="sha256-([^"]+)"`)
	for name, body := range out.files {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		pages++
		for what, re := range map[string]string{
			"language":    `<html lang="[a-z]{2}-[A-Z]{2}">`,
			"title":       `<title>[^<]{3,}</title>`,
			"description": `<meta name="description" content="[^"]{10,}">`,
			"policy":      `<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;|<meta http-equiv="Content-Security-Policy" content="default-src 'none'`,
		} {
			if !regexp.MustCompile(re).MatchString(body) {
				t.Errorf("%s has no %s", name, what)
			}
		}
		for _, m := range link.FindAllStringSubmatch(body, -1) {
			to := html.UnescapeString(m[1])
			to = strings.TrimPrefix(to, "https://prove.example")
			to, _, _ = strings.Cut(to, "#")
			switch {
			case to == "" || strings.HasPrefix(to, "mailto:"):
				continue
			case !strings.HasPrefix(to, "/register/"):
				t.Errorf("%s refers to %q", name, m[1])
				continue
			}
			file := strings.TrimPrefix(to, "/register/")
			if file == "" || strings.HasSuffix(file, "/") {
				file += "index.html"
			}
			if _, ok := out.files[file]; !ok && !strings.Contains(name, "404") {
				t.Errorf("%s refers to %q, which is not there", name, m[1])
			}
		}
		for _, m := range whole.FindAllStringSubmatch(body, -1) {
			sum := sha256.Sum256([]byte(out.files[m[1]]))
			if base64.StdEncoding.EncodeToString(sum[:]) != html.UnescapeString(m[2]) {
				t.Errorf("%s: %s is not what its integrity attribute says", name, m[1])
			}
		}
	}
	if pages < 60 {
		t.Fatalf("only %d pages", pages)
	}
	if !strings.Contains(out.files["_headers"], "frame-ancestors 'none'") {
		t.Error("no _headers")
	}
}

// A value stands in each language's words, marked with its path; what nobody has
// decided is seen to be so; what the policy does not say is not there.
func TestValues(t *testing.T) {
	out := build4(t)
	for name, wants := range map[string][]string{
		"nb/procedures/retention/index.html": {`data-policy="retention.reasons.left.keep">3 måneder</data>`, `>1 måned</data>`, `<caption>Hvor lenge opplysninger lagres`, `<td data-title="Lagres">`},
		"sv/procedures/retention/index.html": {`data-policy="retention.reasons.left.keep">3 månader</data>`},
		"da/procedures/lists/index.html":     {`class="policy open" value="not_stated" data-policy="lists.destroy-after">ikke besluttet</data>`, `>den dag, listen bruges</data>`},
		"en/procedures/lists/index.html":     {`policies/lists.yaml, line 34`, `<a class="rule" href="/register/en/rules/draw/overdue/">draw/overdue</a>`, `datetime="2026-10-12">12 October 2026`, `3fa22fa9b7d1`},
		"sv/offices/index.html":              {`<strong class="missing">Saknas</strong>`, `Ledigt`},
		"en/changes/index.html":              {`<del>6</del> → <ins>3</ins>`},
		"nb/rules/grant/seat-taken/index.html": {
			`<p class="lead">Vervet er besatt av noen andre</p>`, `Avslutt den forrige først`, `<a href="/register/nb/procedures/access/">Tilgang</a>`,
		},
		"en/help/medlem-list/index.html": {`medlem list --unit asker`, `<code>--purpose</code>`},
	} {
		for _, want := range wants {
			if !strings.Contains(out.files[name], want) {
				t.Errorf("%s: no %q", name, want)
			}
		}
	}
	if strings.Contains(out.files["en/procedures/lists/index.html"], "This part is not shown") {
		t.Error("a block stands though the policy does not say it")
	}
}

// Every number on a procedure page comes from the policy, or is the date of an
// edit, a review or the build, or a version.
func TestEveryNumberHasAPath(t *testing.T) {
	out := build4(t)
	seen := 0
	for name, body := range out.files {
		if !strings.Contains(name, "/procedures/") {
			continue
		}
		seen += strings.Count(body, "data-policy=")
		if m := unmarked(body); m != "" {
			t.Errorf("%s: a number that is not the policy's: %q", name, m)
		}
	}
	if seen < 100 {
		t.Fatalf("only %d values", seen)
	}
}

// unmarked is the first number of a page that does not come from the policy, with
// what stands around it.
func unmarked(body string) string {
	text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(marked.ReplaceAllString(body, ""), "")
	return regexp.MustCompile(`.{0,30}\d.{0,30}`).FindString(html.UnescapeString(text))
}

var marked = regexp.MustCompile(`(?s)<data [^>]*data-policy="[^"]+"[^>]*>.*?</data>|<time .*?</time>|<(?:code|span) class="stamp">.*?</(?:code|span)>|<head>.*?</head>|<p class="banner".*?</p>|<footer.*?</footer>`)

// What is wrong with an organisation's files is told by place.
func TestComplaints(t *testing.T) {
	const page = "content/en/procedures/new.md"
	for _, c := range []struct{ name, body, want string }{
		{"unknown value", "---\ntitle: New\n---\n\n{{< policy \"fees.nope\" >}}\n", page + `:5:1: the policy has no "fees.nope"`},
		{"unknown condition", "---\ntitle: New\n---\n{{% when \"lists.nope\" %}}x{{% /when %}}\n", page + `:4: no policy has "lists.nope"`},
		{"condition without end", "---\ntitle: New\n---\n{{% when \"lists.password\" %}}x\n", page + `: a when has no end`},
		{"unknown rule", "---\ntitle: New\n---\n{{< rule \"no/such\" >}}\n", page + `:4:1: there is no rule "no/such"`},
		{"unknown table", "---\ntitle: New\n---\n{{< table \"nope\" >}}\n", page + `:4:1: there is no table "nope"`},
		{"unknown procedure", "---\ntitle: New\nprocedure: nope\n---\nx\n", `unknown procedure "nope"`},
		{"film of another server", "---\ntitle: New\n---\n{{< youtube abc >}}\n", page + `:4:1: pages load nothing from other servers`},
		{"image of another server", "---\ntitle: New\n---\n![x](https://elsewhere.example/x.png)\n", `there is no image "https://elsewhere.example/x.png"`},
		{"HTML", "---\ntitle: New\n---\n<script>alert(1)</script>\n", page},
		{"malformed head", "---\ntitle: [New\n---\n", page},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec, _ := testSpec(t)
			err := Build(spec.with(map[string]string{page: c.body}))
			if err == nil {
				t.Fatal("built")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
	// None of these is left in what the next build is judged by.
	spec, _ := testSpec(t)
	if err := Build(spec); err != nil {
		t.Error(err)
	}
}

// An overdue review warns, with the place, and fails a strict build. One that
// becomes due after the build is left to the script of the page.
func TestOverdue(t *testing.T) {
	out := build4(t)
	if len(out.warnings) != 4 || out.warnings[0] != "content/da/procedures/retention.md: the review of the procedure was due on 2026-06-01" {
		t.Errorf("warnings: %q", out.warnings)
	}
	if page := out.files["nb/procedures/retention/index.html"]; !strings.Contains(page, `id="overdue" data-due="2026-06-01"><strong>`) {
		t.Error("no banner on an overdue page")
	}
	if page := out.files["nb/procedures/lists/index.html"]; !strings.Contains(page, `id="overdue" data-due="2027-03-09" hidden>`) {
		t.Error("no hidden banner on a page that is not overdue")
	}
	spec, _ := testSpec(t)
	spec.Options.Strict = true
	if err := Build(spec); err == nil || !strings.Contains(err.Error(), "content/sv/procedures/retention.md: the review of the procedure was due on 2026-06-01: review it") {
		t.Errorf("strict: %v", err)
	}
}

// Two builds of the same input, at different times, give the same bytes; the day
// is the only clock.
func TestDeterministic(t *testing.T) {
	spec, first := testSpec(t)
	spec = spec.with(map[string]string{"content/en/later.md": "---\ntitle: Later\ndate: 2099-01-01\n---\nx\n", "content/en/ended.md": "---\ntitle: Ended\nexpiryDate: 2020-01-01\n---\nx\n"})
	if err := Build(spec); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1100 * time.Millisecond)
	second := &built{files: map[string]string{}}
	spec.Emit, spec.Warn = second.emit, second.warn
	if err := Build(spec); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(first.files, second.files) || !slices.Equal(first.warnings, second.warnings) {
		for name, body := range first.files {
			if second.files[name] != body {
				t.Errorf("%s differs", name)
			}
		}
		t.Fatal("two builds differ")
	}
	for _, name := range []string{"en/later/index.html", "en/ended/index.html"} {
		if first.files[name] == "" {
			t.Errorf("%s was left out: that depends on the day of the build", name)
		}
	}
	year := time.Now().UTC().Format("2006-01-02")
	for name, body := range first.files {
		if year != testDay && strings.Contains(body, year) {
			t.Errorf("%s has today's date", name)
		}
	}
	if n := strings.Count(first.files["sv/sitemap.xml"], "<lastmod>"); n == 0 || !strings.Contains(first.files["sv/offices/index.html"], `datetime="2026-03-09">9 mars 2026`) {
		t.Error("a page does not say when it was last edited")
	}
	err := fs.WalkDir(Theme(), "layouts", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(Theme(), name)
		if m := regexp.MustCompile(`\{[^}]*(?:[^.$\w]now|\b(?:time\.Now|getenv|readFile|readDir|GetRemote))\b`).Find(b); m != nil {
			t.Errorf("%s: %s", name, m)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The theme says everything in its four languages, and in the nearest of them
// where an organisation has another; an organisation may say it in other words.
func TestLanguages(t *testing.T) {
	keys := func(l string) []string {
		b, err := fs.ReadFile(Theme(), "i18n/"+l+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]any{}
		if err := yaml.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		return slices.Sorted(maps.Keys(m))
	}
	for _, l := range []string{"sv", "da", "nb"} {
		if !slices.Equal(keys(l), keys("en")) {
			t.Errorf("%s and en have not the same texts", l)
		}
	}
	used := regexp.MustCompile(`i18n "([a-z_]+)"`)
	err := fs.WalkDir(Theme(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(Theme(), name)
		for _, m := range used.FindAllSubmatch(b, -1) {
			if !slices.Contains(keys("en"), string(m[1])) {
				t.Errorf("%s: no text %q", name, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	out := build4(t)
	page := out.files["sv/procedures/access/index.html"]
	for _, want := range []string{
		`<a href="/register/nb/procedures/access/" lang="nb-NO" hreflang="nb-NO">Norsk bokmål</a>`,
		`hreflang="sv-SE" aria-current="true">Svenska</a>`,
		`<a href="/register/da/" lang="da-DK" hreflang="da-DK">Dansk</a><span class="unseen"> (bara startsidan)</span>`, // not in Danish
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	spec, out := testSpec(t)
	spec.Options.Languages = []string{"nn"}
	spec = spec.with(map[string]string{"content/nn/_index.md": "---\ntitle: Heim\n---\n", "i18n/nn.yaml": "tagline: Rutinar for medlemsregisteret\n"})
	if err := Build(spec); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Rutinar for medlemsregisteret", "Gå til innholdet"} {
		if !strings.Contains(out.files["nn/index.html"], want) {
			t.Errorf("nn: no %q", want)
		}
	}
}

// A procedure page with everything that it loads is at most 30 kB compressed.
func TestBudget(t *testing.T) {
	const limit = 30 << 10 // bytes
	out := build4(t)
	page := out.files["nb/procedures/lists/index.html"]
	size := compressed(page)
	for name, body := range out.files {
		if ext := path.Ext(name); (ext == ".css" || ext == ".js") && strings.Contains(page, name) {
			size += compressed(body)
		}
	}
	if size > limit || size < 1<<10 {
		t.Errorf("%d bytes", size)
	}
	t.Logf("%d bytes", size)
}

func compressed(s string) int {
	var n counter
	w := gzip.NewWriter(&n)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return int(n)
}

type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

// What the search looks through is there in each language.
func TestSearchIndex(t *testing.T) {
	out := build4(t)
	var pages []struct{ URL, Title, Summary, Text string }
	if err := json.Unmarshal([]byte(out.files["da/search.json"]), &pages); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, p := range pages {
		found = found || p.URL == "/register/da/procedures/lists/" && strings.Contains(p.Text, "14 dage")
	}
	if !found {
		t.Errorf("%d pages, and not the lists'", len(pages))
	}
}
