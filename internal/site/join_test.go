package site

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
)

// joiningPages is the policy file of an organisation with members' pages and a public
// joining form for its branches.
const joiningPages = `mail: medlem@prove.example
drop: https://drop.prove.example/in
lock-after: 5
consents: [newsletter]
joining:
  levels: [branch]
  fields: [given, family, born, email, phone, street, postcode, city, language, newsletter]
`

// newsletterField is the field of the one consent that the form asks for.
const newsletterField = `
  - key: newsletter
    name: {sv: Jag vill ha nyhetsbrevet, da: Jeg vil have nyhedsbrevet, nb: Jeg vil ha nyhetsbrevet, en: I want the newsletter}
    type: yesno
    category: other
    purpose: contact
    legal-basis: consent
`

// joining is a site with the joining form and the officers' page.
type joining struct {
	out      *built
	identity *age.HybridIdentity // of the unit asker; the others' are nobody's
}

// makeJoining is the site of the standard policies with joiningPages; each is built
// once. What is sent goes to drop; "" nowhere.
func makeJoining(t testing.TB, drop string) *joining {
	t.Helper()
	v, _ := joiningSites.LoadOrStore(drop, sync.OnceValue(func() *joining { return buildJoining(t, drop) }))
	if j := v.(func() *joining)(); j != nil {
		return j
	}
	t.Fatal("the site was not built")
	return nil
}

var joiningSites sync.Map

func buildJoining(t testing.TB, drop string) *joining {
	t.Helper()
	j := &joining{identity: hybrid(t)}
	files := packFiles(t, "standard")
	withJoining(files)
	spec, out := proseSpec(t, files)
	var pages map[string]any
	if err := json.Unmarshal(spec.Files[pagesData].Body, &pages); err != nil {
		t.Fatal(err)
	}
	pages["drop"] = drop // of a test, not https
	var units []any
	recipients := ""
	for _, u := range pages["offices"].(map[string]any)["units"].([]any) {
		u := u.(map[string]any)
		if u["level"] != "branch" {
			continue
		}
		to := hybrid(t)
		if u["id"] == "asker" {
			to = j.identity
		}
		units = append(units, map[string]any{"id": u["id"], "name": u["name"], "recipient": to.Recipient().String()})
		recipients += fmt.Sprintf("%s %s\n", u["id"], to.Recipient())
	}
	pages["joining"].(map[string]any)["units"] = units
	body, err := json.Marshal(pages)
	if err != nil {
		t.Fatal(err)
	}
	if err := Build(spec.with(map[string]string{pagesData: string(body), "static/join/recipients.txt": recipients})); err != nil {
		t.Fatal(err)
	}
	j.out = out
	return j
}

// withJoining gives the standard policies the form.
func withJoining(files map[string][]byte) {
	const first = "\n  - key: given\n"
	fields := string(files["fields.yaml"])
	files["fields.yaml"] = []byte(strings.Replace(fields, first, newsletterField+first[1:], 1))
	files["pages.yaml"] = []byte(joiningPages)
}

func hybrid(t testing.TB) *age.HybridIdentity {
	t.Helper()
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// The form asks for what the policy names, with the right kind of field, and says
// beside it who answers for the information, what it is for and on which basis; in
// every language, and at the root. It may send to the drop and nowhere else.
func TestJoiningForm(t *testing.T) {
	j := makeJoining(t, "https://drop.prove.example/in")
	page := j.out.files["nb/join/index.html"]
	if page == "" || j.out.files["join/index.html"] != page {
		t.Fatal("no form, or another at the root")
	}
	for _, want := range []string{
		`connect-src 'self' https://drop.prove.example;`, `<option value="karasjok">Kárášjohka</option>`,
		`<input type="email" id="f-email" name="email" data-type="email" maxlength="100" autocomplete="email"`,
		`<input type="date" id="f-born" name="born"`, `autocomplete="given-name"`, `autocomplete="postal-code"`,
		`<select id="f-language" name="language"`, `<input type="checkbox" id="f-newsletter" name="newsletter" aria-describedby="f-newsletter-help">`,
		`<span class="must">(må fylles ut)</span>`, `id="f-given-error"`, `data-policy="fields.fields.newsletter.legal-basis"`, `data-policy="organisation.name"`,
		`<a href="/register/nb/information/">`, `<a href="mailto:medlem@prove.example">`, `<form class="ask" hidden novalidate`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, lang := range []string{"sv", "da", "en"} {
		if other := j.out.files[lang+"/join/index.html"]; strings.Count(other, `data-field="`) != strings.Count(page, `data-field="`) || strings.Contains(other, "må fylles ut") {
			t.Errorf("%s: another form, or another language", lang)
		}
	}
	if n := strings.Count(page, `type="checkbox"`); n != 1 {
		t.Errorf("%d boxes: one consent at most", n)
	}
	if strings.Contains(page, "age1pq1") {
		t.Error("the page itself says which unit was wanted, by what it fetches")
	}
	if !strings.Contains(j.out.files["nb/index.html"], `href="/register/nb/join/"`) {
		t.Error("the home page does not lead there")
	}
	spec, out := testSpec(t)
	if err := Build(spec.with(map[string]string{pagesData: `{"drop": "", "mail": "", "lock": 5}`})); err != nil {
		t.Fatal(err)
	}
	for name := range out.files {
		if strings.Contains(name, "join/") {
			t.Errorf("%s, where no unit has a form", name)
		}
	}
}

// Before the first keyring is sealed no unit has a recipient: then the page says where
// to write instead.
func TestJoiningWithoutRecipients(t *testing.T) {
	files := packFiles(t, "standard")
	withJoining(files)
	spec, out := proseSpec(t, files)
	if err := Build(spec); err != nil {
		t.Fatal(err)
	}
	page := out.files["en/join/index.html"]
	if strings.Contains(page, "<form") || !strings.Contains(page, `<a href="mailto:medlem@prove.example">`) {
		t.Error("a form that nobody could open")
	}
}

// The officers' page names the units and the offices that can have a page, which are
// public, and no search engine and no store keeps it.
func TestOfficePage(t *testing.T) {
	j := makeJoining(t, "https://drop.prove.example/in")
	page := j.out.files["nb/office/index.html"]
	if page == "" || j.out.files["office/index.html"] != page {
		t.Fatal("no page, or another at the root")
	}
	for _, want := range []string{`<option value="asker" data-level="branch">Asker</option>`, `<option value="treasurer" data-level="branch">`, `<meta name="robots" content="noindex">`, `connect-src 'self'; base-uri`, `type="password"`, `autocomplete="current-password"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	for name, body := range j.out.files {
		if strings.HasSuffix(name, "sitemap.xml") && regexp.MustCompile(`/register/(\w\w/)?office/`).MatchString(body) {
			t.Errorf("%s names a locked page", name)
		}
	}
	if !regexp.MustCompile(`\n/office/\*\n  Cache-Control: no-store`).MatchString(j.out.files["_headers"]) {
		t.Error("_headers lets the officers' page be kept")
	}
}

// What is fetched to fill in the form is at most 12 kB of script, compressed; 60 kB to
// open an officer's page.
func TestJoiningBudget(t *testing.T) {
	j := makeJoining(t, "https://drop.prove.example/in")
	for script, limit := range map[string]int{"join": 12 << 10, "office": 60 << 10} {
		found := false
		for name, body := range j.out.files {
			if strings.HasPrefix(name, "js/"+script+".") {
				found = true
				t.Logf("%s: %d bytes", script, compressed(body))
				if n := compressed(body); n > limit {
					t.Errorf("%s: %d bytes, more than %d", name, n, limit)
				}
			}
		}
		if !found {
			t.Errorf("no %s.js", script)
		}
	}
}

// TestWriteJoining builds the site with the joining form into the folder
// MEDLEM_SITE_OUT, to be looked at.
func TestWriteJoining(t *testing.T) {
	dir := os.Getenv("MEDLEM_SITE_OUT")
	if dir == "" {
		t.Skip("set MEDLEM_SITE_OUT=DIR to look at the site")
	}
	for file, body := range makeJoining(t, "").out.files {
		to := filepath.Join(dir, "joining", "register", filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
