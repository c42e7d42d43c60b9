package site

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/sitepipe"
	"github.com/medlem-register/medlem/internal/slow"
	views "github.com/medlem-register/medlem/internal/view"
)

// N42: in an officer's browser, without a network once the page is open, a member among
// twenty thousand is found by a part of her name within a second, from the last key to
// the rows that are laid out.
func TestN42BrowserSearch(t *testing.T) {
	slow.Test(t)
	her := newOfficer(t)
	html := officeHTML(t, views.OfficeRows)
	if len(html) > sitepipe.PageLimit {
		t.Fatalf("a page of %d bytes", len(html))
	}
	site := sealedTo(t, makeJoining(t, "https://drop.prove.example/in").out, html, her)
	ctx, base := browser(t, site)
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	to(t, ctx, base+"office/#asker/chair")
	choose(t, ctx, her.plain, "")
	until(t, ctx, openedHers)
	t.Logf("%d kB, open after %.0f ms", len(html)>>10, js[float64](t, ctx, `performance.getEntriesByName("unlock", "measure")[0].duration`))
	if got := js[string](t, ctx, `document.querySelectorAll("[data-list] tbody tr").length + " " + document.querySelector("[data-count]").innerText`); !strings.HasPrefix(got, "500 Viser 500 av 20000.") {
		t.Errorf("before anything is searched: %s", got)
	}
	delete(site.files, officeFile) // nothing more is fetched
	var took []time.Duration
	for _, c := range []struct {
		words string
		want  int
	}{{"aase kvale", 477}, {"ærl", 2857}, {"m19999@", 1}, {"qqzz", 0}, {"40019999", 1}, {"", 20000}, {"kv", 2858}} {
		words, want, said := c.words, c.want, fmt.Sprint(c.want)
		ms := js[float64](t, ctx, fmt.Sprintf(`(async () => { const input = document.querySelector("[data-search]"), list = document.querySelector("[data-list] tbody"); const start = performance.now();
			input.value = %q; input.dispatchEvent(new Event("input"));
			await new Promise((done) => { const seen = new MutationObserver(() => { seen.disconnect(); done() }); seen.observe(list, {childList: true}); setTimeout(done, 3000) });
			list.getBoundingClientRect(); await new Promise(requestAnimationFrame); return performance.now() - start })()`, words))
		took = append(took, time.Duration(ms*float64(time.Millisecond)).Round(time.Millisecond))
		if got := js[int](t, ctx, `document.querySelectorAll("[data-list] tbody tr").length`); got != min(want, 500) {
			t.Errorf("%q: %d rows stand there, want %d", words, got, min(want, 500))
		}
		if got := js[string](t, ctx, `document.querySelector("[data-count]").innerText`); want > 0 && !strings.Contains(got, said) {
			t.Errorf("%q: it says %q, want %s", words, got, said)
		}
	}
	slices.Sort(took)
	t.Logf("searches: %v", took)
	if took[len(took)-1] > time.Second {
		t.Errorf("the slowest took %v", took[len(took)-1])
	}
	// Locked, nothing of any row is left, also of those that stood in no list.
	js[int](t, ctx, `window.kept = [...document.querySelectorAll("[data-list] tbody tr")]; document.querySelector("[data-search]").value = "m7@"; document.querySelector("[data-search]").dispatchEvent(new Event("input")); 0`)
	until(t, ctx, `document.querySelectorAll("[data-list] tbody tr").length < 500`)
	js[int](t, ctx, `document.querySelector('[data-act="lock"]').click(); 0`)
	until(t, ctx, lockedAgain)
	if left := js[string](t, ctx, `kept.map((e) => e.textContent).join("")`); left != "" {
		t.Errorf("rows that stood in no list still say %d characters", len(left))
	}
}
