package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/seal/agetest"
	"github.com/medlem-register/medlem/internal/slow"
)

// The whole story, in a browser and with the commands: a stranger joins by the public
// form; the new member opens her page with her letter, corrects, consents, confirms and
// leaves; her officer finds her on the page of the office until the office is ended.
// Nothing that leaves a browser meanwhile holds what is written or what opens it, and no
// content policy is broken.
func TestPagesStory(t *testing.T) {
	slow.Test(t)
	slow.Tool(t, "pdftotext")
	t.Parallel()
	siteTools(t)
	w := newWorld(t)
	w.officer("kari", "asker", "member-officer")
	w.officer("astrid", "asker", "chair")
	w.pages()
	w.run("sec", "add", "--unit", "asker", "--set", "given=Åse", "--set", "family=Plantemor", "--set", "email=aase@planted.example")
	w.run("sec", "add", "--unit", "karasjok", "--set", "given=Øyvør", "--set", "family=Kanarifugl", "--set", "email=oyvor@planted.example")
	out := w.at("out")
	build := func() string { t.Helper(); return w.run("sec", "site", "build", out, "--views") }
	build()
	v := newVisitor(t, out)

	w.published(out)

	// Two strangers, one of whom has the name and address of somebody in another branch:
	// the officer who takes their files in is told the same of both.
	stranger := v.joins(w, "stranger.age", map[string]string{"given": "Eivind", "family": "Storås", "email": "eivind@planted.example", "phone": "400 00 777", "street": "Bakken 1", "postcode": "1384", "city": "Asker"})
	joins := v.joins(w, "join.age", map[string]string{"given": "Øyvør", "family": "Kanarifugl", "email": "oyvor@planted.example", "phone": "400 00 123", "street": "Kvitdalsvegen 3", "postcode": "1384", "city": "Asker"})
	told := func(file, name string) string {
		topic := regexp.MustCompile(`asker-[a-z2-7]{13}`)
		return topic.ReplaceAllString(strings.ReplaceAll(w.run("kari", "inbox", "add", file), name, "NAME"), "TOPIC")
	}
	w.run("kari", "sync")
	if a, b := told(stranger, "Eivind Storås"), told(joins, "Øyvør Kanarifugl"); a != b || !strings.Contains(a, "NAME: please become a member in Asker") {
		t.Errorf("the officer is told %q, and %q", a, b)
	}
	if said := w.refused("sec", "inbox", "add", joins); !strings.Contains(said, "taken in before") {
		t.Errorf("a file is taken twice: %q", said)
	}
	n := w.judged(map[string][]string{
		"Eivind Storås":    {"Eivind Storås: please become a member in Asker", "anybody can send it"},
		"Øyvør Kanarifugl": {"Øyvør Kanarifugl: please become a member in Asker", "likely the same person as Øyvør Kanarifugl", "Kvitdalsvegen 3", "in her own words: Traff dere på torget", "anybody can send it"},
	})
	w.run("sec", "reject", n["Eivind Storås"], "--reason", "nobody by that name")
	if said := w.refused("sec", "merge", n["Øyvør Kanarifugl"]); !strings.Contains(said, "likely registered already") {
		t.Errorf("merge says %q", said)
	}
	said := w.run("sec", "merge", n["Øyvør Kanarifugl"], "--keep-duplicates")
	named := regexp.MustCompile(`The new member is ([a-z2-7]{13})\.`).FindStringSubmatch(said)
	if named == nil {
		t.Fatalf("merge says %q", said)
	}
	id := named[1]
	if got := build(); !strings.Contains(got, "3 members' own pages") {
		t.Errorf("the site was built with %q", got)
	}

	w.published(out)

	// Her page, by the link of her letter.
	link := w.letter("Kanarifugl")
	secret := link[strings.IndexByte(link, '#')+1:]
	v.open(link)
	v.unlocked("me")
	for _, s := range []string{"Øyvør Kanarifugl", "+47 400 00 123", "Kvitdalsvegen 3", "Asker"} {
		if !strings.Contains(v.get(`document.getElementById("page").textContent`), s) {
			t.Errorf("her page does not show %q", s)
		}
	}
	if v.get(`location.href + document.documentElement.innerHTML.includes("`+secret+`")`) != siteAddress+"me/false" {
		t.Error("the secret stays in the address or in the page")
	}
	v.write("#own-phone", "400 00 321")
	v.asks("correct", "sent")
	corrects := v.taken(w, "correct.age")
	v.click(`form[data-request="consent"] [name=newsletter]`)
	v.asks("consent", "sent")
	consents := v.taken(w, "consent.age")
	v.asks("confirm", "sent")
	confirms := v.taken(w, "confirm.age")
	w.takes(corrects, "From the member herself, Øyvør Kanarifugl", "+47 400 00 123", "+47 400 00 321")
	w.takes(consents, "From the member herself, Øyvør Kanarifugl", "Newsletter", "yes")
	w.takes(confirms, "what is kept is right")
	build()
	v.open(link)
	v.unlocked("me")
	for field, want := range map[string]string{"Telefon": "+47 400 00 321", "Nyhetsbrev": "ja", "Bekreftet": ""} {
		got := v.get(`[...document.querySelectorAll("#page tbody tr")].find(r => r.cells[0].textContent === "` + field + `")?.cells[1].textContent ?? "none"`)
		if got == "none" || !strings.Contains(got, want) {
			t.Errorf("the page made anew has %s: %s", field, got)
		}
	}

	// Her page in one file, from a disk; what it saves is taken in too.
	w.run("sec", "page", id, "--out", w.at("hers.html"))
	v.open("file://" + w.at("hers.html"))
	v.until("the form", `!document.querySelector("form.unlock").hidden`)
	v.write("#secret", seal.NewViewSecret()+"\n")
	v.says("#locked [data-status]", "other")
	v.write("#secret", secret+"\n")
	v.unlocked("me")
	v.asks("copy", "saved")
	v.click(`form[data-request="copy"] a[download]`)
	w.takes(v.saved("medlem.age"), "From the member herself, Øyvør Kanarifugl", "copy")

	// Her officer finds her.
	w.run("kari", "sync")
	v.opens("asker", "member-officer", w.at("kari.key"))
	v.unlocked("office")
	v.write("[data-search]", "oeyvoer KANARI")
	v.until("one of two", `document.querySelectorAll("[data-list] tbody tr").length === 1`)
	if got := v.get(`document.querySelector("[data-list] tbody tr th").innerText`); got != "Øyvør Kanarifugl" {
		t.Errorf("found %q", got)
	}
	v.click(`[data-act="lock"]`)
	v.until("the locked page", `!document.querySelector("article.office") && !document.getElementById("locked").hidden`)
	v.opens("asker", "chair", w.at("kari.key"))
	v.says("#locked [data-status]", "no-reader")

	// The officer is removed, and another has the office.
	w.run("sec", "revoke", "asker", w.handle("kari"))
	w.officer("liv", "asker", "member-officer")
	build()
	v.opens("asker", "member-officer", w.at("liv.key"))
	v.unlocked("office")
	v.opens("asker", "member-officer", w.at("kari.key"))
	v.says("#locked [data-status]", "no-reader")
	files, err := filepath.Glob(filepath.Join(out, "office", "*", "*.age"))
	if err != nil || len(files) != 3 {
		t.Errorf("%d pages of offices: %v", len(files), err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := agetest.Age(t, nil, b, "-d", "-i", w.at("kari.key")); err == nil {
			t.Errorf("the removed officer opens %s", filepath.Base(name))
		}
		if _, err := agetest.Age(t, nil, b, "-d", "-i", w.at("liv.key")); (err == nil) != strings.HasSuffix(name, "asker/member-officer.age") {
			t.Errorf("%s and the officer who has the office: %v", filepath.Base(name), err)
		}
	}

	// She leaves.
	v.open(link)
	v.unlocked("me")
	v.click(`form[data-request="close"] [name=sure]`)
	v.asks("close", "sent")
	v.until("the receipt", `/\d{1,2}\. \S+ 20\d\d/.test(document.querySelector("[data-receipt]").innerText)`)
	if got := w.takes(v.taken(w, "close.age"), "please end the membership"); !strings.Contains(got, "1 ended") {
		t.Errorf("merge says %q", got)
	}
	page, err := seal.PageName(secret)
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(out, page))
	if err != nil {
		t.Fatal(err)
	}
	gone := func(when string) {
		t.Helper()
		build()
		if _, err := os.Stat(filepath.Join(out, page)); err == nil {
			t.Errorf("%s: she has a page", when)
		}
		v.missing(func() {
			v.open(link)
			v.says("#locked [data-status]", "old")
		})
	}
	gone("closed")
	w.run("sec", "close", id, "--reason", "left", "--erase-now")
	w.run("sec", "erase", id)
	gone("erased")
	if _, err := agetest.Age(t, []string{"AGE_PASSPHRASE=" + secret}, before, "-d", "-j", "batchpass"); err != nil {
		t.Errorf("an old copy opens no more with her letter, which docs/site.md says it does: %v", err)
	}

	trace := strings.ToLower(v.sent())
	if !strings.Contains(trace, page) || !strings.Contains(trace, "post drop.prove.example/in") || !strings.Contains(trace, "office/asker/member-officer.age") {
		t.Error("the trace does not hold what was asked for")
	}
	for what, canary := range map[string]string{
		"a name": "kanarifugl", "a given name": "øyvør", "an address": "oyvor@", "a street": "kvitdal", "a number": "400 00", "digits": "40000321", "her words": "torget",
		"another member": "plantemor", "a stranger": "storås", "her number": id, "the secret": secret, "the secret without hyphens": strings.ReplaceAll(secret, "-", ""), "half the secret": secret[:14],
		"a key of a request": "mrk1", "an identity": "age-secret", "what she asks": "newsletter",
	} {
		if strings.Contains(trace, strings.ToLower(canary)) {
			t.Errorf("what left the browser holds %s", what)
		}
	}
	mark := v.get(`fetch("https://drop.prove.example/in", {method: "POST", headers: {"Content-Type": "application/octet-stream"}, body: "a canary"}).then(() => "sent")`)
	if mark != "sent" || !strings.Contains(v.sent(), "a canary") {
		t.Error("the trace does not hold what is sent: the test could not fail")
	}
}
