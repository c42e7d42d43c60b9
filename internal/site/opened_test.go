package site

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/medlem-register/medlem/internal/slow"
)

// opened is what an opened page must be like on paper and in the reader's own colours.
type opened struct {
	ctx  context.Context
	kind string // "me", "office"
	says string // stands on it, in a cell of a table
}

// looks judges the page, and leaves pictures of it.
func (o opened) looks(t *testing.T, picture func(string)) {
	t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		media(t, o.ctx, "print", "prefers-color-scheme", scheme)
		do(t, o.ctx, chromedp.EmulateViewport(700, 900))
		text := evaluate[string](t, o.ctx, `document.getElementById("page").innerText`)
		if !strings.Contains(text, o.says) {
			t.Errorf("%s, %s: what stands on the page is not printed", o.kind, scheme)
		}
		for _, e := range evaluate[[]string](t, o.ctx, `[...document.querySelectorAll("#page :is(button, input, select, textarea), .top .find, .sections, .languages")].filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 80))`) {
			t.Errorf("%s, %s: printed: %s", o.kind, scheme, e)
		}
		for _, e := range evaluate[[]string](t, o.ctx, `[...document.querySelectorAll("#page :is(h1, h2, p, th, td, dd, li)")].filter(e => e.checkVisibility() && e.innerText).filter(e => { const c = getComputedStyle(e).color.match(/\d+/g).map(Number); return c[0] + c[1] + c[2] > 200 }).map(e => e.outerHTML.slice(0, 80) + getComputedStyle(e).color)`) {
			t.Errorf("%s, %s: not printed in black: %s", o.kind, scheme, e)
		}
		if evaluate[bool](t, o.ctx, `document.documentElement.scrollWidth > innerWidth`) {
			t.Errorf("%s: wider than the paper", o.kind)
		}
		picture(o.kind + "-print-" + scheme)
		media(t, o.ctx, "", "forced-colors", "active", "prefers-color-scheme", scheme)
		do(t, o.ctx, chromedp.EmulateViewport(1280, 900))
		for what, js := range map[string]string{
			"the edge of a button":   `[...document.querySelectorAll("#page button")].filter(e => e.checkVisibility()).every(e => parseFloat(getComputedStyle(e).borderTopWidth) >= 1)`,
			"the edge of a field":    `[...document.querySelectorAll("#page :is(input, select, textarea)")].every(e => e.type === "checkbox" || parseFloat(getComputedStyle(e).borderTopWidth) >= 1)`,
			"the focus":              `(() => { const b = document.querySelector("#page button"); b.focus({focusVisible: true}); const s = getComputedStyle(b); return parseFloat(s.outlineWidth) >= 2 && s.outlineColor !== getComputedStyle(document.body).backgroundColor })()`,
			"text on its background": `[...document.querySelectorAll("#page :is(p, th, td, button, label)")].every(e => !e.checkVisibility() || getComputedStyle(e).color !== getComputedStyle(document.body).backgroundColor)`,
		} {
			if !evaluate[bool](t, o.ctx, js) {
				t.Errorf("%s, %s: with the reader's own colours not seen: %s", o.kind, scheme, what)
			}
		}
		picture(o.kind + "-forced-" + scheme)
	}
	media(t, o.ctx, "")
}

// A member's opened page, and an officer's, are printed as what is to be read, in black
// on white whatever the screen is set to, without what is to be pressed; and all that can
// be used is seen in the reader's own colours.
func TestOpenedPages(t *testing.T) {
	slow.Test(t)
	t.Run("me", func(t *testing.T) {
		s := startVisit(t)
		s.t = t
		s.open(s.site + "me/#" + s.own.secret)
		s.unlocked()
		opened{s.ctx, "me", "+47 400 00 001"}.looks(t, s.picture)
	})
	t.Run("office", func(t *testing.T) {
		her := newOfficer(t)
		ctx, base := browser(t, sealedTo(t, makeJoining(t, "https://drop.prove.example/in").out, officeHTML(t, 12), her))
		to(t, ctx, base+"office/#asker/chair")
		choose(t, ctx, her.plain, "")
		until(t, ctx, openedHers)
		js[int](t, ctx, `document.querySelector("[data-list] details").open = true; 0`)
		opened{ctx, "office", "+47 400 00 007"}.looks(t, (&visit{t: t, ctx: ctx}).picture)
	})
}

// Whoever leaves an opened page and comes back with the browser's own buttons, back and
// then forward, finds it locked, also where the browser kept the page as it was.
func TestBackAndForward(t *testing.T) {
	s := startVisit(t)
	s.open(s.site + "nb/")
	s.do(chromedp.Navigate(s.site + "me/"))
	s.until("the locked page", `!document.querySelector("form.unlock").hidden`)
	s.get(`document.getElementById("secret").value = "` + s.own.secret + `"; document.querySelector("form.unlock").requestSubmit(); ""`)
	s.unlocked()
	step := func(where, path string) {
		t.Helper()
		s.get(`setTimeout(() => history.` + where + `()); ""`) // what the browser kept is not loaded, so nothing tells of it
		for end := time.Now().Add(10 * time.Second); s.get(`location.pathname`) != path; time.Sleep(30 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: not there", where)
			}
		}
	}
	step("back", "/register/nb/")
	s.mustNotHold("the page before", s.get(`document.documentElement.outerHTML`))
	step("forward", "/register/me/")
	s.lockedAgain("forward again")
	s.do(chromedp.Navigate(s.site + "nb/"))
	step("back", "/register/me/")
	s.lockedAgain("back again")
	if at := s.get(`location.href`); at != s.site+"me/" {
		t.Error("the address is another")
	}
}
