package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/chromedp"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/seal"
)

// typed is a secret as somebody types it from a letter.
func typed(secret string) string {
	return " " + strings.ToUpper(strings.ReplaceAll(strings.ReplaceAll(secret, "-", " "), "0", "o"))
}

// Rule P04: who comes with her key sees her own page, opened in her browser; with
// another key nothing is shown; and what leaves the browser meanwhile holds neither
// what stands on the page nor what opens it.
func TestP04OwnPage(t *testing.T) {
	s := startVisit(t)
	s.open(s.site + "nb/")
	s.click(`nav.sections a[href$="/me/"]`)
	s.until("the locked page", `!document.querySelector("form.unlock").hidden`)
	input := chromedp.CSS("#secret")

	// By the link: nothing of it stays in the address.
	s.open(s.site + "me/#" + s.own.secret)
	s.unlocked()
	if at := s.get(`location.href`); at != s.site+"me/" {
		t.Errorf("the address is still %s", strings.ReplaceAll(at, s.own.secret, "SECRET"))
	}
	if n := s.get(`String(history.length) + " " + history.state + " " + localStorage.length + " " + sessionStorage.length + " " + document.cookie`); !strings.HasSuffix(n, " null 0 0 ") {
		t.Errorf("something was kept: %s", n)
	}
	if got := s.get(`document.activeElement.tagName + " " + document.activeElement.textContent + " | " + document.title`); !strings.HasPrefix(got, "H1 Åse "+ownName+" | ") || strings.Contains(strings.Split(got, "|")[1], ownName) {
		t.Errorf("focus and title: %s", got)
	}
	s.click(`#page > p [data-act="lock"]`)
	s.said("locked")

	// By typing it, with capitals, spaces and look-alikes; a link pasted into the same window.
	s.do(chromedp.SendKeys(input, typed(s.own.secret)+"\n"))
	s.unlocked()
	s.click(`#page > p [data-act="lock"]`)
	s.get(`location.hash = "` + s.own.secret + `"`)
	s.unlocked()
	s.until("the address without it", `!location.hash`)

	// Cut, mistyped, and the old one.
	wrong := []byte(s.own.secret)
	if wrong[0]++; wrong[0] > 'h' || wrong[0] == ':' {
		wrong[0] = '2'
	}
	s.expectRefusals()
	for text, key := range map[string]string{s.own.secret[:20]: "cut", string(wrong): "mistyped", seal.NewViewSecret(): "old"} {
		s.open(s.site + "me/#" + text)
		s.said(key)
		if s.get(`location.hash`) != "" {
			t.Errorf("%s: it stays in the address", key)
		}
	}
	s.do(chromedp.Navigate(s.site+"me/"), chromedp.SendKeys(input, "\n"))
	s.said("none")

	trace := s.sent()
	if !strings.Contains(trace, s.own.file) {
		t.Fatal("the trace does not hold what was fetched")
	}
	s.mustNotHold("the trace", trace)
}

// mustNotHold fails if a text holds anything of the member or what opens her page.
func (s *visit) mustNotHold(what, text string) {
	s.t.Helper()
	for _, canary := range []string{ownName, "ase.kanarifugl", "400 00 001", "ringer etter", s.own.secret, strings.ReplaceAll(s.own.secret, "-", ""), s.own.secret[:14], "AGE-SECRET"} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(canary)) {
			at := strings.Index(strings.ToLower(text), strings.ToLower(canary))
			s.t.Errorf("%s holds %.6s… at %d", what, canary, at)
		}
	}
	if at := recordKey.FindStringIndex(text); at != nil {
		s.t.Errorf("%s holds a record key at %d", what, at[0])
	}
}

// recordKey is the beginning of a record key: so much of it that nothing sealed, which is
// in base64, has it by chance.
var recordKey = regexp.MustCompile(`mrk1[02-9ac-hj-np-z]{12}`)

// ATTACK: a scanner of mail rewrites # as %23, so that the host is asked for a path
// that is not there. The page of what is not there repairs her address, and no other,
// and asks for nothing that has the secret in it.
func TestRepairedLink(t *testing.T) {
	s := startVisit(t)
	s.expectRefusals()
	for _, link := range []string{"me/%23", "me%23", "me/index.html%23", "me/%2523"} {
		s.open(s.site + link + s.own.secret)
		s.unlocked()
		if at := s.get(`location.href`); at != s.site+"me/" {
			t.Errorf("%s: the address is still there", link)
		}
	}
	for _, link := range []string{"me/x/" + s.own.secret, "nope/%23" + s.own.secret, "me/%23" + s.own.secret + "/x", "me/%23https://elsewhere.example/" + s.own.secret} {
		s.open(s.site + link)
		s.until("the page of what is not there", `document.querySelector("h1") !== null`)
		time.Sleep(100 * time.Millisecond)
		if s.get(`String(!!document.getElementById("locked"))`) == "true" {
			t.Errorf("%s was taken for a link", strings.ReplaceAll(link, s.own.secret, "…"))
		}
	}
	asked := 0 // once by each link as it was rewritten, and never again
	for _, r := range s.trace {
		if strings.HasPrefix(r, "/register/") && strings.Contains(strings.SplitN(r, "map[", 2)[0], s.own.secret) {
			asked++
		}
	}
	if asked != 8 {
		t.Errorf("the secret was asked for %d times", asked)
	}
}

// lockedAgain fails unless nothing of the page is left in the document.
func (s *visit) lockedAgain(how string) {
	s.t.Helper()
	s.until("the locked page ("+how+")", `!document.getElementById("page") && !document.getElementById("locked").hidden`)
	s.mustNotHold("the document, "+how, s.get(`document.documentElement.outerHTML + document.title + [...document.querySelectorAll("input")].map(i => i.value).join(" ")`))
	if s.get(`document.title`) != "Din egen side – Folkerørsla Prøve" {
		s.t.Errorf("%s: the title is %q", how, s.get(`document.title`))
	}
}

// The page locks itself when nobody touches it, also where the machine slept, and when
// it is left; what is touched stays open.
func TestLocks(t *testing.T) {
	s := startVisit(t)
	// A minute is 400 ms.
	s.script(`{ const now = Date.now, start = now(), later = setTimeout; Date.now = () => start + (now() - start) * 150; window.setTimeout = (f, ms) => later(f, ms / 150);
		window.sleep = ms => { const was = Date.now; Date.now = () => was() + ms } }`)
	s.open(s.site + "me/#" + s.own.secret)
	s.unlocked()
	begun := time.Now()
	for time.Since(begun) < 3500*time.Millisecond { // more than its 7 minutes
		s.do(chromedp.KeyEvent("\t"))
		time.Sleep(100 * time.Millisecond)
	}
	if s.get(`String(!!document.getElementById("page"))`) != "true" {
		t.Error("it was locked while somebody used it")
	}
	s.said("idle")
	s.lockedAgain("idle")
	if text := s.get(`document.querySelector("#locked [data-status]").textContent`); !strings.Contains(text, " 7 minutter") {
		t.Errorf("it says %q", text)
	}

	s.open(s.site + "me/#" + s.own.secret)
	s.unlocked()
	at := `; String(!!document.getElementById("page"))` // at once, before any timer
	if s.get(`sleep(3600e3); document.dispatchEvent(new Event("visibilitychange"))`+at) != "false" {
		t.Error("it is open after a sleep")
	}
	s.lockedAgain("after a sleep")

	s.open(s.site + "me/#" + s.own.secret)
	s.unlocked()
	if s.get(`window.kept = [...document.querySelectorAll("#page h1, #page td, #page input, #page textarea")]; dispatchEvent(new PageTransitionEvent("pagehide", {persisted: true}))`+at) != "false" {
		t.Error("it is open when it is left")
	}
	s.lockedAgain("hidden")
	if left := s.get(`kept.length + " " + kept.map(e => e.textContent + (e.type === "checkbox" ? "" : e.value || "")).join("")`); !strings.HasSuffix(left, " ") || len(left) > 4 {
		t.Errorf("what was taken out still holds %d characters", len(left))
	}

	s.open(s.site + "me/#" + s.own.secret)
	s.unlocked()
	s.do(chromedp.Navigate(s.site+"nb/"), chromedp.NavigateBack())
	s.lockedAgain("come back")
}

// What was shown is gone from the memory of the page when it is locked.
func TestLockForgets(t *testing.T) {
	s := startVisit(t)
	var heap bytes.Buffer
	err := chromedp.Listen(s.ctx, func(ev any) {
		if ev, ok := ev.(*heapprofiler.EventAddHeapSnapshotChunk); ok {
			s.mu.Lock()
			heap.WriteString(ev.Chunk)
			s.mu.Unlock()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	look := func() (name, secret bool) {
		s.mu.Lock()
		heap.Reset()
		s.mu.Unlock()
		for range 3 {
			if _, err := chromedp.Call(s.ctx, heapprofiler.CollectGarbage, struct{}{}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := chromedp.Call(s.ctx, heapprofiler.TakeHeapSnapshot, heapprofiler.TakeHeapSnapshotParams{}); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return strings.Contains(heap.String(), ownName), strings.Contains(heap.String(), s.own.secret)
	}
	s.open(s.site + "me/#" + s.own.secret)
	s.unlocked()
	s.get(`window.kept = document.querySelector("#page h1").textContent; ""`)
	if name, _ := look(); !name {
		t.Fatal("a name that the page holds is not found")
	}
	s.get(`delete window.kept; ""`)
	s.click(`#page > p [data-act="lock"]`)
	s.said("locked")
	time.Sleep(500 * time.Millisecond)
	if name, secret := look(); name || secret {
		t.Errorf("memory of the locked page: name %t, secret %t", name, secret)
	}
}

// A passkey is made only when she asks, opens the page at the next visit, and is
// forgotten when she asks; what is stored opens nothing without it.
func TestPasskey(t *testing.T) {
	s := startVisit(t)
	s.open(s.site + "me/#" + s.own.secret)
	s.authenticator()
	s.unlocked()
	if s.get(`String(document.querySelector('[data-act="forget"]').hidden) + localStorage.length`) != "true0" {
		t.Error("something to forget before anything was made")
	}
	s.click(`[data-act="passkey"]`)
	s.until("a passkey", `!document.querySelector('[data-act="forget"]').hidden`)
	kept := s.get(`JSON.stringify(localStorage)`)
	s.mustNotHold("the storage", kept)
	if sealed := strings.Fields(strings.Trim(kept, `{}"`)); len(sealed) < 2 {
		t.Errorf("the storage holds %d words", len(sealed))
	}
	s.do(chromedp.Reload())
	s.until("the button", `!document.querySelector("[data-passkey]").hidden`)
	s.click(`[data-act="use-passkey"]`)
	s.unlocked()
	s.click(`[data-act="forget"]`)
	s.until("it to be forgotten", `document.querySelector('[data-act="forget"]').hidden && localStorage.length === 0`)
	s.do(chromedp.Reload())
	s.until("the locked page", `!document.getElementById("page") && !document.querySelector("form.unlock").hidden`)
	if s.get(`String(document.querySelector("[data-passkey]").hidden)`) != "true" {
		t.Error("a passkey is offered that was forgotten")
	}
	s.mustNotHold("the trace", s.sent())
}

// opened opens a blob as her unit does, and the request in it as whoever proves that it
// is hers.
func (s *visit) opened(blob []byte) *record.Request {
	s.t.Helper()
	text, err := seal.OpenBlob(blob, []age.Identity{s.own.identity})
	if err != nil {
		s.t.Fatal(err)
	}
	cover, ok, err := record.DecodeCover(text)
	if err != nil || !ok || cover.Unit != ownUnit || cover.Member != ownID {
		s.t.Fatalf("cover: %t, %v", ok, err)
	}
	canonical, err := record.EncodeCover(cover)
	if err != nil || !bytes.Equal(canonical, text) {
		s.t.Errorf("the cover is not written as the program writes it: %v", err)
	}
	inner, err := seal.Open(s.own.key(cover.ID), cover.Sealed)
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := record.DecodeRequest(inner)
	if err != nil {
		s.t.Fatal(err)
	}
	if canonical, err := record.EncodeRequest(r); err != nil || !bytes.Equal(canonical, inner) {
		s.t.Errorf("the request is not written as the program writes it: %v", err)
	}
	if r.ID != cover.ID || r.Unit != ownUnit || r.Member != ownID || r.From != record.FromMember {
		s.t.Error("the request says to be another's")
	}
	return r
}

// submit presses the button of a form and waits for the text of that key.
func (s *visit) submit(kind, key string) {
	s.t.Helper()
	s.click(`form[data-request="` + kind + `"] button[type="submit"]`)
	s.until(kind+" "+key, `(() => { const f = document.querySelector('form[data-request="`+kind+`"]'), want = document.querySelector('#page template[data-text="`+key+`"]').content.textContent.trim();
		return !f.ariaBusy && f.querySelector("[data-status]").textContent.trim().startsWith(want.slice(0, 25)) })()`)
}

// Each form of the page sends what it says, sealed to her unit and under her secret;
// every blob has the same size; what is sent twice goes once.
func TestRequests(t *testing.T) {
	s := startVisit(t)
	s.open(s.site + "me/#" + s.own.secret)
	s.unlocked()
	s.submit("correct", "nothing")
	if loaded := s.get(`String(performance.getEntriesByType("resource").filter(e => e.name.includes("intake")).length)`); loaded != "1" {
		t.Errorf("intake.js was loaded %s times", loaded)
	}
	s.get(`(() => { const f = document.querySelector('form[data-request="correct"]').elements;
		f.email.value = "  ny.adresse@example.org "; f.phone.value = ""; f.note.value = "Linje \"en\" \\ \r\n\r\n\r\nto\u200b";
		[...f.offices.options].forEach((o, i) => o.selected = i < 2); f.photo.value = "true" })()||""`)
	s.submit("correct", "sent")
	s.submit("correct", "sent") // once more, unchanged
	s.get(`document.querySelector('form[data-request="consent"] [name=newsletter]').checked = false; ""`)
	s.submit("consent", "sent")
	s.submit("confirm", "sent")
	s.submit("copy", "sent")
	s.get(`(() => { const f = document.querySelector('form[data-request="close"]').elements; f.note.value = "Takk for meg"; f.sure.checked = true })()||""`)
	s.submit("close", "sent")
	blobs := s.drop.taken()
	if len(blobs) != 5 {
		t.Fatalf("%d blobs", len(blobs))
	}
	var got []*record.Request
	for _, b := range blobs {
		if len(b) != seal.BlobSize {
			t.Errorf("a blob of %d bytes", len(b))
		}
		got = append(got, s.opened(b))
	}
	values := map[string]string{}
	for _, x := range got[0].Set {
		values[x.Key] = x.Value.String()
		if x.Value.IsList() {
			values[x.Key] = strings.Join(x.Value.List(), ",")
		}
	}
	if got[0].Kind != record.RequestCorrect || values["email"] != "ny.adresse@example.org" || values["photo"] != "true" || values["note"] != "Linje \"en\" \\\n\nto" || strings.Count(values["offices"], ",") != 1 || len(values) != 4 || strings.Join(got[0].Clear, ",") != "phone" {
		t.Errorf("correct: set %d, clear %q", len(values), got[0].Clear)
	}
	if c := got[1]; c.Kind != record.RequestCorrect || len(c.Set) != 1 || c.Set[0].Key != "newsletter" || c.Set[0].Value.String() != "false" || !c.Set[0].Plain || len(c.Clear) != 0 {
		t.Errorf("consent: %+v", c.Set)
	}
	if got[2].Kind != record.RequestConfirm || got[3].Kind != record.RequestCopy {
		t.Errorf("%s, %s", got[2].Kind, got[3].Kind)
	}
	if c := got[4]; c.Kind != record.RequestClose || c.Reason != "left" || c.Note != "Takk for meg" {
		t.Errorf("close: %s %q", c.Kind, c.Reason)
	}
	s.mustNotHold("the trace", s.sent())
	for _, canary := range []string{"ny.adresse", "takk for meg"} {
		if strings.Contains(strings.ToLower(s.sent()), canary) {
			t.Errorf("the trace holds %q", canary)
		}
	}
}

// Where the drop answers nothing good, she saves what she wrote as a file and mails it.
// Pressing twice sends once, and locking meanwhile leaves nothing behind.
func TestUnsentRequests(t *testing.T) {
	s := startVisit(t)
	s.expectRefusals()
	s.open(s.site + "me/#" + s.own.secret)
	s.unlocked()
	s.drop.set(http.StatusServiceUnavailable, nil)
	s.submit("copy", "unsent")
	if said := s.get(`document.querySelector('form[data-request="copy"] [data-status]').textContent`); !strings.Contains(said, "inn@prove.example") {
		t.Errorf("it does not say where to mail the file: %q", said)
	}
	s.click(`form[data-request="copy"] a[download="medlem.age"]`)
	var file []byte
	for end := time.Now().Add(10 * time.Second); len(file) == 0 && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		file, _ = os.ReadFile(filepath.Join(s.downloads, "medlem.age"))
	}
	if r := s.opened(file); r.Kind != record.RequestCopy {
		t.Errorf("the file holds %q", r.Kind)
	}

	wait := make(chan struct{})
	s.drop.set(http.StatusNoContent, wait)
	before := len(s.drop.taken())
	s.get(`for (let i = 0; i < 3; i++) document.querySelector('form[data-request="confirm"]').requestSubmit(); ""`)
	for end := time.Now().Add(10 * time.Second); len(s.drop.taken()) == before && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	s.click(`#page > p [data-act="lock"]`)
	s.lockedAgain("while sending")
	close(wait)
	time.Sleep(200 * time.Millisecond)
	s.lockedAgain("when the answer came")
	if n := len(s.drop.taken()) - before; n != 1 {
		t.Errorf("sent %d times", n)
	}
}

// Her page in one file works from a disk: one script and one style by their hashes,
// nothing is asked for, and what she writes is saved.
func TestSingleFile(t *testing.T) {
	s := startVisit(t)
	page := s.own.single
	script := page[strings.LastIndex(page, "<script>")+8 : strings.LastIndex(page, "</script>")]
	sum := sha256.Sum256([]byte(script))
	if strings.Count(page, "<script") != 1 || !strings.Contains(html.UnescapeString(page), "script-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"';") {
		t.Error("not one script, by its hash")
	}
	file := filepath.Join(t.TempDir(), "side.html")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	s.mustNotHold("the file", strings.Replace(page, script, "", 1))
	s.open("file://" + file)
	s.until("the form", `!document.querySelector("form.unlock").hidden`)
	input := chromedp.CSS("#secret")
	s.do(chromedp.SendKeys(input, seal.NewViewSecret()+"\n"))
	s.said("other")
	s.get(`document.getElementById("secret").value = ""`)
	s.do(chromedp.SendKeys(input, s.own.secret[:30]+"\n"))
	s.said("cut")
	s.picture("single-locked")
	s.get(`document.getElementById("secret").value = ""`)
	s.do(chromedp.SendKeys(input, typed(s.own.secret)+"\n"))
	s.unlocked()
	s.submit("copy", "saved")
	s.click(`form[data-request="copy"] a[download="medlem.age"]`)
	var saved []byte
	for end := time.Now().Add(10 * time.Second); len(saved) == 0 && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		saved, _ = os.ReadFile(filepath.Join(s.downloads, "medlem.age"))
	}
	if r := s.opened(saved); r.Kind != record.RequestCopy {
		t.Errorf("the file holds %q", r.Kind)
	}
	s.click(`#page > p [data-act="lock"]`)
	s.said("locked")
	for _, r := range s.trace {
		if !strings.HasPrefix(r, "file://") && !strings.HasPrefix(r, "about:") && !strings.HasPrefix(r, "blob:null/") && !strings.HasPrefix(r, "data:image/svg") { // pictures of the browser's own boxes
			t.Errorf("asked for %.60s", r)
		}
	}
	if len(s.drop.taken()) != 0 {
		t.Error("something was sent")
	}
}
