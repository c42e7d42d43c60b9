package site

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/medlem-register/medlem/internal/slow"
)

// axe is the test of accessibility that runs in the page; npm ci in tools/bundle
// fetches it.
const axe = "../../tools/bundle/node_modules/axe-core/axe.min.js"

// browser starts Chromium, and serves a site to it with its headers. What the page's
// console or its content policy says fails the test.
func browser(t *testing.T, out *built) (context.Context, string) {
	t.Helper()
	slow.Test(t)
	chromium := slow.Tool(t, "chromium")
	policy := regexp.MustCompile(`Content-Security-Policy: (.*)`).FindStringSubmatch(out.files["_headers"])[1]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/register/")
		if name == "" || strings.HasSuffix(name, "/") {
			name += "index.html"
		}
		body, ok := out.files[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", map[string]string{".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".txt": "text/plain; charset=utf-8"}[path.Ext(name)])
		fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, done := chromedp.NewContext(allocator)
	t.Cleanup(done)
	err := chromedp.Listen(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("exception: %s", ev.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			if _, ok := quiet.Load(t.Name()); !ok && ev.Entry.Level == "error" && !strings.HasSuffix(ev.Entry.URL, "/favicon.ico") && !strings.HasSuffix(ev.Entry.URL, ".age") {
				t.Errorf("log: %s %s", ev.Entry.Text, ev.Entry.URL)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return ctx, server.URL + "/register/"
}

// kinds are a page of each kind.
var kinds = []string{
	"", "procedures/", "procedures/access/", "procedures/appointing/", "procedures/lists/", "procedures/dues/", "procedures/joining/", "procedures/retention/", "procedures/control/", "procedures/sendings/",
	"offices/", "retention/", "processing/", "information/", "gdpr/", "changes/", "contact/", "downloads/", "training/", "training/login/",
	"tasks/", "tasks/list/", "guides/", "guides/county-user/", "rules/", "rules/draw/", "rules/draw/until/", "help/", "help/medlem-add/",
}

// axeRun gives what axe-core finds, a line each.
const axeRun = `axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => r.violations.map(v => v.id + ": " +
	v.nodes.map(n => n.html.slice(0, 150) + " (" + (n.any[0] || n.all[0] || n.none[0] || {}).message + ")").slice(0, 3).join(" | ")))`

// No kind of page has a fault that axe-core finds, in light and dark, on a narrow
// screen and a wide one; and none scrolls sideways. Pictures of them go to the folder
// MEDLEM_SITE_OUT, if there is one.
func TestBrowserAccessibility(t *testing.T) {
	slow.Test(t)
	script, err := os.ReadFile(axe)
	if err != nil {
		t.Fatal("no axe-core: run npm ci --ignore-scripts in tools/bundle")
	}
	out := prose(t, "neitileu")
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{320, 1280} {
			t.Run(fmt.Sprintf("%s-%d", scheme, width), func(t *testing.T) {
				ctx, base := browser(t, out)
				media(t, ctx, "", "prefers-color-scheme", scheme)
				for _, kind := range append(slices.Clone(kinds), "../404.html") {
					do(t, ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(base+"nb/"+kind))
					if evaluate[bool](t, ctx, `for (const d of document.querySelectorAll("details")) d.open = true; document.documentElement.scrollWidth > innerWidth`) {
						t.Errorf("%s: scrolls sideways", kind)
					}
					evaluate[int](t, ctx, string(script)+";0")
					faults := evaluate[[]string](t, ctx, axeRun)
					if kind == "" && width == 320 { // it does find what is wrong
						broken := evaluate[[]string](t, ctx, `document.querySelector("main").append(document.createElement("img")); `+axeRun)
						if len(broken) != len(faults)+1 {
							t.Fatalf("a picture without a text: %q", broken)
						}
					}
					for _, f := range faults {
						t.Errorf("%s: %s", kind, f)
					}
					if dir := os.Getenv("MEDLEM_SITE_OUT"); dir != "" {
						picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
						if err != nil {
							t.Fatal(err)
						}
						name := strings.NewReplacer("../", "", ".html", "", "/", "-").Replace(strings.Trim("home/"+kind, "/"))
						if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%s-%d.png", name, scheme, width)), picture, 0o644); err != nil {
							t.Fatal(err)
						}
					}
				}
			})
		}
	}
}

// The guide of every office of every pack fits two pages of paper, and the sheet of
// tasks one.
func TestBrowserGuides(t *testing.T) {
	sheets := regexp.MustCompile(`/Type\s*/Page[^s]`)
	for _, name := range sites() {
		out := prose(t, name)
		ctx, base := browser(t, out)
		for file := range out.files {
			most := 0
			switch {
			case strings.Contains(file, "/guides/") && strings.Count(file, "/") == 3:
				most = 2
			case strings.HasSuffix(file, "/tasks/index.html"):
				most = 1
			default:
				continue
			}
			if err := chromedp.Do(ctx, chromedp.Navigate(base+strings.TrimSuffix(file, "index.html"))); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if n := len(sheets.FindAll(pdf, -1)); n == 0 || n > most {
				t.Errorf("%s %s: %d pages of paper, at most %d", name, file, n, most)
			}
		}
	}
}

// The search finds a page by a part of a word, and with the letters of the
// neighbouring language; the box is not there without JavaScript, and nothing is
// loaded for it before somebody uses it.
func TestBrowserSearch(t *testing.T) {
	out := prose(t, "neitileu")
	ctx, base := browser(t, out)
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	find := chromedp.CSS("#find")
	if err := chromedp.Do(ctx, chromedp.Navigate(base+"nb/procedures/lists/"), chromedp.WaitVisible(find)); err != nil {
		t.Fatal(err)
	}
	before, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`performance.getEntriesByType("resource").some(e => e.name.includes("search"))`))
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.SendKeys(find, "makuler"), chromedp.WaitVisible(chromedp.CSS("#found li a"))); err != nil {
		t.Fatal(err)
	}
	first, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("#found li a").getAttribute("href")`))
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.SendKeys(find, "qqzzxw")); err != nil {
		t.Fatal(err)
	}
	none, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("#found p")))
	if err != nil {
		t.Fatal(err)
	}
	if before {
		t.Error("the search was loaded before anybody asked for it")
	}
	if first != "/register/nb/procedures/lists/" {
		t.Errorf("found %s first", first)
	}
	if !strings.HasPrefix(none, "Ingen treff") {
		t.Errorf("nothing found: %q", none)
	}
	if !strings.Contains(out.files["nb/index.html"], `<div class="find" role="search" hidden`) {
		t.Error("the box is seen without JavaScript")
	}
}
