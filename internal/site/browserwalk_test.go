package site

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// What axe-core cannot see: walking through pages by the keyboard alone, text set
// wider, colours of the reader's own, paper, and pages without their script.

// walked is what has the focus: which of the page's stops, and how it is seen.
type walked struct {
	At    int    // of all that can have it, -1 for none
	Says  string // for messages
	Seen  bool   // an outline of two points or more, within the window
	Skips bool   // it is the link to the content
}

const (
	stopsJS = `window.stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
		.filter(e => e.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}) && e.getClientRects().length > 0 && !e.disabled); stops.length`
	focusJS = `(() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
		return {At: stops.indexOf(e), Says: e.outerHTML.slice(0, 80), Skips: e.matches(".skip"),
			Seen: s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 && r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth} })()`
)

func evaluate[T any](t *testing.T, ctx context.Context, js string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%.60s: %v", js, err)
	}
	return v
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func media(t *testing.T, ctx context.Context, medium string, features ...string) {
	t.Helper()
	p := emulation.SetEmulatedMediaParams{Media: medium}
	for i := 0; i < len(features); i += 2 {
		p.Features = append(p.Features, &emulation.MediaFeature{Name: features[i], Value: features[i+1]})
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, p); err != nil {
		t.Fatal(err)
	}
}

// Each page is gone through with the tabulator: first comes the link that skips what
// is the same everywhere, then all that can be used, in the page's order; each is
// seen to have the focus, nothing keeps it, and nothing is left out.
func TestBrowserKeyboard(t *testing.T) {
	ctx, base := browser(t, prose(t, "neitileu"))
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	defer cancel()
	media(t, ctx, "", "prefers-reduced-motion", "reduce") // or what has the focus is still on its way
	for _, width := range []int64{1280, 320} {
		for _, kind := range []string{"", "procedures/lists/", "tasks/", "guides/county-user/", "rules/draw/until/", "help/medlem-add/", "downloads/", "contact/"} {
			do(t, ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(base+"nb/"+kind))
			n := evaluate[int](t, ctx, stopsJS)
			seen := map[int]bool{}
			last := -1
			for i := range n + 5 {
				do(t, ctx, chromedp.KeyEvent("\t"))
				w := evaluate[walked](t, ctx, focusJS)
				if w.At < 0 {
					break // out of the page
				}
				if i == 0 && !w.Skips {
					t.Errorf("%s: first comes %s", kind, w.Says)
				}
				if !w.Seen {
					t.Errorf("%s, %d points: not seen to have the focus: %s", kind, width, w.Says)
				}
				if seen[w.At] {
					break // round again
				}
				if w.At < last {
					t.Errorf("%s: %s comes out of its order", kind, w.Says)
				}
				seen[w.At], last = true, w.At
			}
			if len(seen) != n || n < 20 {
				t.Errorf("%s, %d points: %d of %d are come to", kind, width, len(seen), n)
			}
		}
	}
	do(t, ctx, chromedp.EmulateViewport(1280, 800), chromedp.Navigate(base+"nb/procedures/lists/"), chromedp.KeyEvent("\t"), chromedp.KeyEvent("\r"))
	if !evaluate[bool](t, ctx, `document.activeElement.id === "main"`) {
		t.Error("the link to the content does not lead there")
	}
	do(t, ctx, chromedp.Focus(chromedp.CSS("#find")), chromedp.SendKeys(chromedp.CSS("#find"), "makuler"), chromedp.WaitVisible(chromedp.CSS("#found li a")), chromedp.KeyEvent("\t"))
	if !evaluate[bool](t, ctx, `document.activeElement === document.querySelector("#found li a")`) {
		t.Error("what was found does not come next")
	}
	do(t, ctx, chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS("main h1")))
	do(t, ctx, chromedp.Focus(chromedp.CSS("#find")), chromedp.SendKeys(chromedp.CSS("#find"), "liste"), chromedp.WaitVisible(chromedp.CSS("#found li a")), chromedp.KeyEvent("\u001b"))
	if !evaluate[bool](t, ctx, `document.getElementById("found").hidden`) {
		t.Error("Escape does not close what was found")
	}
}

// spaced is the text spacing that readers may set (WCAG 2.2, 1.4.12).
const spaced = `{ const s = new CSSStyleSheet(); s.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }"); document.adoptedStyleSheets = [s] }`

// cut lists what is wider than the window, or cut off by its own box.
const cut = `[...document.querySelectorAll("body *")].filter(e => {
	if (!e.checkVisibility() || e.closest(".unseen, .skip, thead, caption, pre") || ![...e.childNodes].some(c => c.nodeType === 3 && c.data.trim())) return false;
	const text = document.createRange(), s = getComputedStyle(e);
	text.selectNodeContents(e);
	const r = text.getBoundingClientRect();
	if (r.right > innerWidth + 1 || r.left < -1) return true;
	return s.overflow !== "visible" && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1);
}).map(e => e.outerHTML.slice(0, 90))`

// At 400 per cent (320 points wide) and with the text set wide apart, nothing is cut
// off, and no page scrolls sideways.
func TestBrowserZoom(t *testing.T) {
	for _, pack := range []string{"neitileu", "standard"} {
		ctx, base := browser(t, prose(t, pack))
		for _, kind := range kinds {
			if pack == "standard" && strings.HasPrefix(kind, "guides/") && kind != "guides/" {
				kind = "guides/member-officer/"
			}
			do(t, ctx, chromedp.EmulateViewport(320, 256), chromedp.Navigate(base+"nb/"+kind))
			_ = evaluate[bool](t, ctx, spaced+`; for (const d of document.querySelectorAll("details")) d.open = true; true`)
			if evaluate[bool](t, ctx, `document.documentElement.scrollWidth > innerWidth`) {
				t.Errorf("%s %s: scrolls sideways", pack, kind)
			}
			for _, e := range evaluate[[]string](t, ctx, cut) {
				t.Errorf("%s %s: cut off: %s", pack, kind, e)
			}
		}
		if len(evaluate[[]string](t, ctx, `{ const p = document.createElement("p"); p.textContent = "x".repeat(200); p.style.whiteSpace = "nowrap"; document.querySelector("main").append(p) } `+cut)) == 0 {
			t.Error("what is too wide is not found")
		}
	}
}

// With the reader's own colours, or more contrast, what is known by a colour
// elsewhere is known by a line: where one is in the menu, what can be typed into,
// what belongs together.
func TestBrowserColours(t *testing.T) {
	ctx, base := browser(t, prose(t, "neitileu"))
	for _, scheme := range []string{"light", "dark"} {
		media(t, ctx, "", "forced-colors", "active", "prefers-color-scheme", scheme)
		do(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(base+"nb/procedures/"))
		if !evaluate[bool](t, ctx, `matchMedia("(forced-colors: active)").matches`) {
			t.Fatal("colours are not forced")
		}
		for what, js := range map[string]string{
			"the place in the menu":  `(() => { const c = e => getComputedStyle(e).borderBottomColor; const here = document.querySelector(".sections [aria-current]"), other = document.querySelector(".sections a:not([aria-current])"); return parseFloat(getComputedStyle(here).borderBottomWidth) >= 2 && c(here) !== c(other) })()`,
			"the language":           `(() => { const s = e => getComputedStyle(e); const here = document.querySelector(".languages [aria-current]"); return !here || parseFloat(s(here).borderTopWidth) >= 1 })()`,
			"the box of the search":  `parseFloat(getComputedStyle(document.getElementById("find")).borderTopWidth) >= 1`,
			"the edge of a card":     `parseFloat(getComputedStyle(document.querySelector(".cards li")).borderTopWidth) >= 1`,
			"text on its background": `[...document.querySelectorAll("p, a, h1, td")].every(e => getComputedStyle(e).color !== getComputedStyle(document.body).backgroundColor || !e.checkVisibility())`,
			"the focus":              `(() => { const a = document.querySelector("main a"); a.focus({focusVisible: true}); return parseFloat(getComputedStyle(a).outlineWidth) >= 2 && getComputedStyle(a).outlineColor !== getComputedStyle(document.body).backgroundColor })()`,
		} {
			if !evaluate[bool](t, ctx, js) {
				t.Errorf("%s: not seen: %s", scheme, what)
			}
		}
		media(t, ctx, "", "prefers-contrast", "more", "prefers-color-scheme", scheme)
		if !evaluate[bool](t, ctx, `getComputedStyle(document.querySelector(".lead, .small")).color === getComputedStyle(document.body).color`) {
			t.Errorf("%s: what is softer is as soft with more contrast", scheme)
		}
	}
	media(t, ctx, "")
}

// On paper there is what is to be read, in black on white whatever the screen is
// set to, with the address of the page; menus, search and keys are not.
func TestBrowserPrint(t *testing.T) {
	ctx, base := browser(t, prose(t, "neitileu"))
	media(t, ctx, "print", "prefers-color-scheme", "dark")
	for _, kind := range kinds {
		do(t, ctx, chromedp.EmulateViewport(700, 900), chromedp.Navigate(base+"nb/"+kind))
		if !evaluate[bool](t, ctx, `["nav.sections", ".languages", ".find", ".trail", ".skip", ".more", ".handout"].every(q => [...document.querySelectorAll(q)].every(e => !e.checkVisibility()))`) {
			t.Errorf("%s: menus are printed", kind)
		}
		if !evaluate[bool](t, ctx, `document.querySelector(".printed").checkVisibility() && document.querySelector(".printed").textContent.startsWith("https://prove.example/register/")`) {
			t.Errorf("%s: no address", kind)
		}
		if got := evaluate[[]string](t, ctx, `[getComputedStyle(document.body).color, getComputedStyle(document.querySelector("h1")).color, getComputedStyle(document.body).backgroundColor, getComputedStyle(document.documentElement).backgroundColor]`); got[0] != "rgb(0, 0, 0)" || got[1] != "rgb(0, 0, 0)" || slices.ContainsFunc(got[2:], func(c string) bool { return c != "rgb(255, 255, 255)" && c != "rgba(0, 0, 0, 0)" }) {
			t.Errorf("%s: printed in %q", kind, got)
		}
		if evaluate[bool](t, ctx, `document.documentElement.scrollWidth > innerWidth`) {
			t.Errorf("%s: wider than the paper", kind)
		}
		if pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize())); err != nil || len(pdf) < 5000 {
			t.Errorf("%s: %d bytes of paper: %v", kind, len(pdf), err)
		}
	}
}

// Without JavaScript every page says the same, all links and menus work, and what is
// folded can be unfolded; only the box of the search is not there.
func TestBrowserWithoutScripts(t *testing.T) {
	ctx, base := browser(t, prose(t, "neitileu"))
	off := func(v bool) {
		if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v}); err != nil {
			t.Fatal(err)
		}
	}
	const said = `document.querySelector("main").innerText + document.querySelector("footer").innerText`
	for _, kind := range kinds {
		off(false)
		do(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(base+"nb/"+kind))
		with := evaluate[string](t, ctx, said)
		if evaluate[bool](t, ctx, `document.querySelector(".find").hidden`) {
			t.Errorf("%s: no search with scripts", kind)
		}
		off(true)
		do(t, ctx, chromedp.Navigate(base+"nb/"+kind))
		if without := evaluate[string](t, ctx, said); without != with || len(with) < 200 {
			t.Errorf("%s: says something else without scripts", kind)
		}
		if !evaluate[bool](t, ctx, `document.querySelector(".find").hidden`) {
			t.Errorf("%s: the box is there without scripts", kind)
		}
	}
	do(t, ctx, chromedp.Navigate(base+"nb/procedures/lists/"), chromedp.Click(chromedp.CSS("details.sources summary")))
	if !evaluate[bool](t, ctx, `document.querySelector("details.sources").open`) {
		t.Error("what is folded stays so")
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(".sections a")), chromedp.WaitVisible(chromedp.CSS("main h1")))
	if at := evaluate[string](t, ctx, `location.pathname`); at != "/register/nb/procedures/" {
		t.Errorf("the menu leads to %s", at)
	}
}
