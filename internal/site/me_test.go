package site

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	hers "github.com/medlem-register/medlem/internal/view"
)

// own is the site of an organisation whose members have pages of their own, and one
// invented member with hers.
type own struct {
	out      *built
	secret   string // hers
	file     string // where her page lies
	sealed   []byte
	single   string // her page in one file
	identity *age.HybridIdentity
	key      func(id register.RecordID) seal.Key // under which she seals a request
}

// Of the invented member.
const (
	ownUnit = register.UnitID("asker")
	ownID   = register.RecordID("m4k7aaaaaaaaa")
	ownName = "Kanarifugl" // nobody else has it
)

// makeOwn builds the site and seals her page; drop may be "".
func makeOwn(t testing.TB, drop string) *own {
	t.Helper()
	var err error
	o := &own{secret: seal.NewViewSecret()}
	if o.identity, err = age.GenerateHybridIdentity(); err != nil {
		t.Fatal(err)
	}
	if o.file, err = seal.PageName(o.secret); err != nil {
		t.Fatal(err)
	}
	o.key = func(id register.RecordID) seal.Key {
		k, err := seal.ViewKey(o.secret, "request", ownUnit, id)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	spec, out := testSpec(t)
	pages := map[string]any{}
	if err := json.Unmarshal(spec.Files[pagesData].Body, &pages); err != nil {
		t.Fatal(err)
	}
	pages["drop"] = drop
	changed, _ := json.Marshal(pages)
	recipients := fmt.Sprintf("aker age1pq1other\n%s %s\n", ownUnit, o.identity.Recipient())
	spec = spec.with(map[string]string{pagesData: string(changed), "static/join/recipients.txt": recipients})
	if err := Build(spec); err != nil {
		t.Fatal(err)
	}
	o.out = out

	p := herPolicy(t, nil)
	p.Pages.Drop = drop // of a test, not https
	m := hers.New(hers.Options{Policy: p, Day: testDay, Recipients: map[register.UnitID]string{ownUnit: o.identity.Recipient().String()}})
	shared, err := m.Shared("https://prove.example/register/")
	if err != nil {
		t.Fatal(err)
	}
	spec = spec.with(map[string]string{shared.Name: string(shared.Body)})
	templates, err := OpenTemplates(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer templates.Close()
	html := executed(t, templates, hers.Template, m.Of(ownSubject()))
	if o.sealed, err = seal.SealPage(o.secret, []byte(html)); err != nil {
		t.Fatal(err)
	}
	m.Single = true
	alone, err := seal.SealPage(o.secret, []byte(executed(t, templates, hers.Template, m.Of(ownSubject()))))
	if err != nil {
		t.Fatal(err)
	}
	o.single = executed(t, templates, "single", map[string]any{"lang": "nb", "sealed": base64.StdEncoding.EncodeToString(alone)})
	return o
}

func executed(t testing.TB, templates *Templates, name string, data any) string {
	t.Helper()
	b, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	if err := json.Unmarshal(b, &values); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := templates.Execute(&out, "nb", name, values); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// ownSubject is the invented member.
func ownSubject() hers.Subject {
	return herSubject(map[string]record.Value{
		"given": record.Text("Åse"), "family": record.Text("Kanarifugl"), "phone": record.Text("+47 400 00 001"),
		"email": record.Text("ase.kanarifugl@example.org"), "note": record.Text("ringer etter seks"), "country": record.Text("NO"),
	})
}

// Pages are locked pages' only where the organisation has them; then they stand at
// the root too, in its own language, and no search engine and no store keeps them.
func TestLockedPages(t *testing.T) {
	o := makeOwn(t, "https://drop.example/in")
	page := o.out.files["nb/me/index.html"]
	if page == "" || o.out.files["me/index.html"] != page || o.out.files["404.html"] != o.out.files["nb/404.html"] {
		t.Fatal("no page at the root, or another than the organisation's own language has")
	}
	for _, want := range []string{
		`connect-src 'self' https://drop.example; base-uri`, `<meta name="robots" content="noindex">`, `data-pages="/register/me/"`,
		`<template data-text="cut">`, `<h1>Din egen side</h1>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if !strings.Contains(o.out.files["nb/index.html"], `<a href="/register/nb/me/">Din egen side</a>`) {
		t.Error("the home page does not lead there")
	}
	if strings.Contains(o.out.files["nb/index.html"], "drop.example") {
		t.Error("a page that sends nothing may send")
	}
	for name, body := range o.out.files {
		if strings.HasSuffix(name, "sitemap.xml") && strings.Contains(body, "/me/") {
			t.Errorf("%s names a locked page", name)
		}
	}
	headers := o.out.files["_headers"]
	for _, want := range []string{"connect-src 'self' https://drop.example;", "\n/me/*\n  Cache-Control: no-store\n  X-Robots-Tag: noindex\n", "\n/sv/me/*\n"} {
		if !strings.Contains(headers, want) {
			t.Errorf("_headers: no %q", want)
		}
	}
	spec, out := testSpec(t)
	delete(spec.Files, pagesData)
	if err := Build(spec); err != nil {
		t.Fatal(err)
	}
	for name, body := range out.files {
		if strings.HasSuffix(name, "me/index.html") || strings.Contains(body, "me.js") || strings.Contains(body, "/me/") {
			t.Errorf("%s, in a site without such pages", name)
		}
	}
	for _, bad := range []string{`{"drop": "javascript:alert(1)"}`, `{"drop": "https://x.example; script-src *"}`, `[]`} {
		if err := Build(spec.with(map[string]string{pagesData: bad})); err == nil || !strings.Contains(err.Error(), pagesData) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// What opening a member's page takes is at most 12 kB compressed; what sending takes
// beside, 45.
func TestScriptBudget(t *testing.T) {
	o := makeOwn(t, "")
	for script, limit := range map[string]int{"me": 12 << 10, "passkey": 12 << 10, "intake": 45 << 10, "repair": 1 << 10} {
		found := false
		for name, body := range o.out.files {
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
