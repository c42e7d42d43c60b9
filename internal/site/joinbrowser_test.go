package site

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/slow"
)

// dropBox takes what pages send, as an organisation's would.
type dropBox struct {
	*httptest.Server
	mu     sync.Mutex
	got    [][]byte
	broken bool
}

func newDropBox(t *testing.T) *dropBox {
	d := &dropBox{}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
		if d.broken {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if r.Method == http.MethodOptions {
			return
		}
		b, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/octet-stream" || r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" {
			t.Errorf("%s with %v", r.Method, r.Header)
		}
		d.got = append(d.got, b)
	}))
	t.Cleanup(d.Close)
	return d
}

// taken empties the drop.
func (d *dropBox) taken() [][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	got := d.got
	d.got = nil
	return got
}

// js evaluates an expression, or a promise of one.
func js[T any](t testing.TB, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%.200s: %v", expression, err)
	}
	return v
}

// until waits until an expression holds, for 20 seconds at most.
func until(t testing.TB, ctx context.Context, expression string) {
	t.Helper()
	if !js[bool](t, ctx, `(async () => { for (let i = 0; i < 800; i++) { if (`+expression+`) return true; await new Promise((r) => setTimeout(r, 25)) } return false })()`) {
		t.Fatalf("never: %s\n%s", expression, js[string](t, ctx, `document.querySelector("main").innerText.slice(0, 600)`))
	}
}

// to loads a page anew.
func to(t testing.TB, ctx context.Context, url string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
}

// looked runs axe over the page as it is, in light and dark, narrow and wide, and
// leaves pictures of it in MEDLEM_SITE_OUT, if that is set.
func looked(t testing.TB, ctx context.Context, name string) {
	t.Helper()
	script, err := os.ReadFile(axe)
	if err != nil {
		t.Fatal("no axe-core: run npm ci --ignore-scripts in tools/bundle")
	}
	js[int](t, ctx, string(script)+";0")
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{320, 1280} {
			if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}); err != nil {
				t.Fatal(err)
			}
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900)); err != nil {
				t.Fatal(err)
			}
			for _, f := range js[[]string](t, ctx, axeRun) {
				t.Errorf("%s, %s, %d points: %s", name, scheme, width, f)
			}
			if js[bool](t, ctx, `document.documentElement.scrollWidth > innerWidth`) {
				t.Errorf("%s, %d points: scrolls sideways", name, width)
			}
			if dir := os.Getenv("MEDLEM_SITE_OUT"); dir != "" {
				picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%s-%d.png", name, scheme, width)), picture, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// aMember and aStranger are two invented people; the first is a member.
var (
	aMember   = map[string]string{"given": "Åse", "family": "Kvåle", "born": "1950-05-17", "email": "aase@example.org", "phone": "400 00 001", "street": "Løkka 1", "postcode": "1384", "city": "Asker", "language": "nb"}
	aStranger = map[string]string{"given": "Ørjan Emanuel", "family": "Ødegård-Vestergaard", "born": "2001-02-03", "email": "o@example.no", "phone": "+46 70 000 00 02", "street": "Øvre Storgate 112 B", "postcode": "0155", "city": "Oslo", "language": "nb"}
)

// filled writes into the form and sends it.
func filled(t testing.TB, ctx context.Context, values map[string]string, more string) {
	t.Helper()
	script := ""
	for key, v := range values {
		script += fmt.Sprintf("document.getElementById(%q).value = %q;", "f-"+key, v)
	}
	js[int](t, ctx, script+more+`;document.querySelector("#join form").requestSubmit(); 0`)
}

// What is wrong with the form is said beside each field and in a list that gets the
// focus, and nothing is sent. What is right is sealed to the unit, sent once, opens
// with the unit's joining identity and holds what was written; then nothing of it is
// left in the page or the browser.
func TestBrowserJoining(t *testing.T) {
	slow.Test(t)
	drop := newDropBox(t)
	j := makeJoining(t, drop.URL+"/in")
	ctx, base := browser(t, j.out)
	ctx, cancel := context.WithTimeout(ctx, 100*time.Second)
	defer cancel()
	to(t, ctx, base+"join/#asker")
	if got := js[string](t, ctx, `document.getElementById("f-unit").value`); got != "asker" {
		t.Errorf("the address names asker, chosen is %q", got)
	}
	looked(t, ctx, "join-empty")
	filled(t, ctx, map[string]string{"unit": "", "given": "Ås3", "email": "aase@", "phone": "ring", "born": "2199-01-01"}, "")
	until(t, ctx, `!document.querySelector("[data-errors]").hidden`)
	if got := js[string](t, ctx, `document.activeElement.dataset.errors !== undefined ? [...document.querySelectorAll("[data-errors] a")].map((a) => a.hash).join(" ") : "no focus"`); got != "#f-unit #f-given #f-family #f-born #f-email #f-phone" {
		t.Errorf("the list of errors: %s", got)
	}
	if got := js[string](t, ctx, `document.getElementById("f-email-error").innerText + "|" + document.getElementById("f-email").getAttribute("aria-invalid") + "|" + document.getElementById("f-city").getAttribute("aria-invalid")`); got != "Dette er ingen e-postadresse. Den har én @ og et punktum etter, som navn@example.org.|true|null" {
		t.Errorf("beside the field: %s", got)
	}
	looked(t, ctx, "join-wrong")
	js[int](t, ctx, `document.querySelector('[data-errors] a[href="#f-email"]').click(); 0`)
	if !js[bool](t, ctx, `document.activeElement.id === "f-email"`) || len(drop.taken()) != 0 {
		t.Error("the list does not lead to the field, or something was sent")
	}

	filled(t, ctx, map[string]string{"unit": "asker"}, "")
	filled(t, ctx, aMember, `document.getElementById("f-newsletter").checked = true; document.getElementById("f-note").value = "Ring etter \"seks\".\n\n\n\nTakk"`)
	until(t, ctx, `!document.querySelector("[data-done]").hidden`)
	blobs := drop.taken()
	if len(blobs) != 1 || len(blobs[0]) != seal.BlobSize {
		t.Fatalf("%d blobs", len(blobs))
	}
	r := openedJoin(t, j, blobs[0])
	want := map[string]string{"newsletter": "true"}
	for key, v := range aMember {
		want[key] = v
	}
	for _, x := range r.Set {
		if want[x.Key] != x.Value.String() || x.Plain != (x.Key == "newsletter") {
			t.Errorf("field %s", x.Key)
		}
		delete(want, x.Key)
	}
	if len(want) != 0 || r.Unit != "asker" || r.Kind != record.RequestJoin || r.Note != "Ring etter \"seks\".\n\nTakk" {
		t.Errorf("not sent: %v; %s, %s", want, r.Unit, r.Kind)
	}
	looked(t, ctx, "join-sent")
	left := js[string](t, ctx, `document.documentElement.outerHTML + [...document.querySelectorAll("input, textarea")].map((e) => e.value).join(" ") + JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])`)
	for _, s := range []string{"Kvåle", "aase@example.org", "Løkka"} {
		if strings.Contains(left, s) {
			t.Errorf("the page still has %q", s)
		}
	}

	// The drop is down: the same blob as a file. Whoever leaves the page leaves nothing there.
	drop.mu.Lock()
	drop.broken = true
	drop.mu.Unlock()
	js[int](t, ctx, `const make = URL.createObjectURL; URL.createObjectURL = (b) => (window.kept = b, make(b)); document.querySelector('[data-act="again"]').click(); 0`)
	quietly(t, func() {
		filled(t, ctx, map[string]string{"unit": "asker"}, "")
		filled(t, ctx, aStranger, "")
		until(t, ctx, `document.querySelector("[data-file] a") !== null`)
	})
	file, err := base64.StdEncoding.DecodeString(js[string](t, ctx, `kept.arrayBuffer().then((b) => btoa(String.fromCharCode(...new Uint8Array(b))))`))
	if err != nil {
		t.Fatal(err)
	}
	if r := openedJoin(t, j, file); len(r.Set) != len(aStranger) {
		t.Errorf("the file has %d fields", len(r.Set))
	}
	if got := js[string](t, ctx, `document.querySelector("[data-file] a").download + " " + document.querySelector("[data-done] strong").innerText`); got != "medlem.age medlem@prove.example" {
		t.Errorf("the file: %s", got)
	}
	filledAgain := `document.querySelector('[data-act="again"]').click(); document.getElementById("f-given").value = "Kanarifugl"; dispatchEvent(new PageTransitionEvent("pagehide", {persisted: true})); document.getElementById("f-given").value`
	if got := js[string](t, ctx, filledAgain); got != "" {
		t.Error("whoever leaves the page leaves what was written")
	}
}

// quietly runs what makes the browser complain of a server that fails.
func quietly(t *testing.T, fn func()) {
	t.Helper()
	quiet.Store(t.Name(), true)
	defer quiet.Delete(t.Name())
	fn()
}

var quiet sync.Map

func openedJoin(t testing.TB, j *joining, blob []byte) *record.Request {
	t.Helper()
	text, err := seal.OpenBlob(blob, []age.Identity{j.identity})
	if err != nil {
		t.Fatal(err)
	}
	r, err := record.DecodeRequest(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// U04, B18: whoever writes a member's details into the joining form sees and causes
// exactly what whoever writes a stranger's does: the same requests, as many bytes
// long, in the same order, and the same answer on the page.
func TestU04Joining(t *testing.T) {
	slow.Test(t)
	drop := newDropBox(t)
	j := makeJoining(t, drop.URL+"/in")
	ctx, base := browser(t, j.out)
	ctx, cancel := context.WithTimeout(ctx, 100*time.Second)
	defer cancel()
	var mu sync.Mutex
	var requests []string // in their order; preflights, which run beside, at the end
	var preflights []string
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, func(ev any) {
		if ev, ok := ev.(*network.EventRequestWillBeSent); ok && !strings.HasPrefix(ev.Request.URL, "about:") {
			mu.Lock()
			defer mu.Unlock()
			r := fmt.Sprintf("%s %s %v", ev.Request.Method, ev.Request.URL, ev.Request.HasPostData)
			if ev.Request.Method == http.MethodOptions {
				preflights = append(preflights, r)
			} else {
				requests = append(requests, r)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	// seen is what somebody at the browser, or on the way to the servers, could compare.
	seen := func(values map[string]string) (string, []string) {
		mu.Lock()
		requests, preflights = nil, nil
		mu.Unlock()
		to(t, ctx, base+"join/#asker")
		filled(t, ctx, values, "")
		until(t, ctx, `!document.querySelector("[data-done]").hidden`)
		page := js[string](t, ctx, `document.querySelector("main").innerText + document.title + location.href + JSON.stringify({...localStorage})`)
		sizes := ""
		for _, b := range drop.taken() {
			sizes += fmt.Sprintf(" %d", len(b))
			if h, err := seal.Inspect(b); err != nil || len(h.Stanzas) != 1 {
				t.Errorf("%v", err)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		return page + sizes, slices.Concat(requests, preflights)
	}
	seen(aStranger) // what is fetched once is kept by the browser
	page1, requests1 := seen(aMember)
	page2, requests2 := seen(aStranger)
	if page1 != page2 {
		t.Errorf("the page tells the two apart:\n%s\n%s", page1, page2)
	}
	if !slices.Equal(requests1, requests2) || len(requests1) < 5 {
		t.Errorf("the requests tell the two apart:\n%q\n%q", requests1, requests2)
	}
	if !strings.HasPrefix(requests1[len(requests1)-1], "OPTIONS ") {
		t.Error("no preflight was seen")
	}
	posts := slices.DeleteFunc(slices.Clone(requests1), func(r string) bool { return !strings.HasPrefix(r, "POST ") })
	if len(posts) != 1 || posts[0] != "POST "+drop.URL+"/in true" {
		t.Errorf("sent: %q", posts)
	}
	for _, r := range requests1 {
		if strings.Contains(r, "asker") {
			t.Errorf("a request that names the unit: %s", r)
		}
	}
}
