package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	chrome "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/medlem-register/medlem/internal/slow"
)

// Where a visitor's browser finds the site and the drop: names that lead to this
// machine, and nowhere else.
const (
	siteAddress = "https://prove.example/register/"
	dropAddress = "https://drop.prove.example/in"
)

// visitor is somebody at her browser: Chromium, in front of a site in a folder, with its
// _headers, and of a drop. What the console or a content policy complains of fails the
// test, but for answers that are no pages where a test says so.
type visitor struct {
	t    testing.TB
	ctx  context.Context
	dir  string // the site
	home string // where files are saved

	mu      sync.Mutex
	trace   []string // what left the browser: addresses, headers, bodies
	dropped [][]byte
	refused bool // answers of 404 are expected
}

func newVisitor(t testing.TB, dir string) *visitor {
	t.Helper()
	slow.Test(t)
	chromium := slow.Tool(t, "chromium")
	v := &visitor{t: t, dir: dir, home: t.TempDir()}
	server := httptest.NewTLSServer(http.HandlerFunc(v.serve))
	t.Cleanup(server.Close)
	to := server.Listener.Addr().String()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("ignore-certificate-errors", true),
		chromedp.Flag("host-resolver-rules", "MAP prove.example "+to+", MAP drop.prove.example "+to+", MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.UserDataDir(t.TempDir()))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, done := chromedp.NewContext(allocator)
	t.Cleanup(done)
	v.ctx = ctx
	v.check(chromedp.Listen(ctx, v.listen))
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	v.check(err)
	_, err = chromedp.CallBrowser(ctx, chrome.SetDownloadBehavior, chrome.SetDownloadBehaviorParams{Behavior: chrome.SetDownloadBehaviorBehaviorAllow, DownloadPath: v.home})
	v.check(err)
	_, err = chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `addEventListener("securitypolicyviolation", e => console.error("content policy: " + e.violatedDirective + " " + e.blockedURI))`})
	v.check(err)
	return v
}

func (v *visitor) check(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

// serve is the host of the site, and the drop.
func (v *visitor) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	v.mu.Lock()
	v.trace = append(v.trace, fmt.Sprint(r.Method, " ", r.Host, r.RequestURI, " ", r.Header, string(body)))
	v.mu.Unlock()
	if r.Host == "drop.prove.example" {
		v.drop(w, r, body)
		return
	}
	name := strings.TrimPrefix(r.URL.EscapedPath(), "/register/")
	if name == "" || strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	headers, _ := os.ReadFile(filepath.Join(v.dir, "_headers"))
	rule := ""
	for line := range strings.Lines(string(headers)) {
		line = strings.TrimRight(line, "\n")
		if !strings.HasPrefix(line, " ") {
			rule = strings.TrimSuffix(line, "*")
		} else if key, value, _ := strings.Cut(strings.TrimSpace(line), ": "); strings.HasPrefix("/"+name, rule) {
			w.Header().Set(key, value)
		}
	}
	content, err := os.ReadFile(filepath.Join(v.dir, filepath.FromSlash(path.Clean("/"+name))))
	w.Header().Set("Content-Type", map[string]string{".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".txt": "text/plain; charset=utf-8"}[path.Ext(name)])
	if err != nil {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		content, _ = os.ReadFile(filepath.Join(v.dir, "404.html"))
	}
	_, _ = w.Write(content)
}

func (v *visitor) drop(w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Allow-Headers", "content-type")
	if r.Method == http.MethodOptions {
		return
	}
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/octet-stream" || r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" {
		v.t.Errorf("the drop got a %s with %v", r.Method, r.Header)
	}
	v.mu.Lock()
	v.dropped = append(v.dropped, body)
	v.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

func (v *visitor) listen(ev any) {
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		text := fmt.Sprint(ev.Request.URL, ev.Request.Headers)
		for _, e := range ev.Request.PostDataEntries {
			text += fmt.Sprint(e.Bytes)
		}
		v.mu.Lock()
		v.trace = append(v.trace, text)
		v.mu.Unlock()
	case *runtime.EventExceptionThrown:
		v.t.Errorf("exception: %s %v", ev.ExceptionDetails.Text, ev.ExceptionDetails.Exception)
	case *runtime.EventConsoleAPICalled:
		if len(ev.Args) > 0 {
			v.t.Errorf("console: %s", ev.Args[0].Value)
		}
	case *log.EventEntryAdded:
		v.mu.Lock()
		expected := v.refused && strings.Contains(ev.Entry.Text, "status of 404")
		v.mu.Unlock()
		if ev.Entry.Level == "error" && !expected && !strings.HasSuffix(ev.Entry.URL, "/favicon.ico") {
			v.t.Errorf("log: %s %s", ev.Entry.Text, ev.Entry.URL)
		}
	}
}

// missing is for what asks for pages that are not there.
func (v *visitor) missing(fn func()) {
	set := func(on bool) {
		v.mu.Lock()
		v.refused = on
		v.mu.Unlock()
	}
	set(true)
	fn()
	set(false)
}

// sent is everything that left the browser so far.
func (v *visitor) sent() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return strings.Join(v.trace, "\n")
}

// taken is the one file that the drop got since it was last asked, as one on disk.
func (v *visitor) taken(w *world, name string) string {
	v.t.Helper()
	v.mu.Lock()
	got := v.dropped
	v.dropped = nil
	v.mu.Unlock()
	if len(got) != 1 || len(got[0]) == 0 {
		v.t.Fatalf("the drop got %d files", len(got))
	}
	return w.write(name, string(got[0]))
}

func (v *visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.ctx, time.Minute)
	defer stop()
	v.check(chromedp.Do(ctx, steps...))
}

// open loads a page, or a file, anew.
func (v *visitor) open(address string) {
	v.t.Helper()
	v.do(chromedp.Navigate("about:blank"), chromedp.Navigate(address))
}

// get evaluates a text in the page.
func (v *visitor) get(js string) string {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.ctx, time.Minute)
	defer stop()
	s, err := chromedp.Run(ctx, chromedp.Evaluate[string](js, chromedp.EvalAwaitPromise))
	v.check(err)
	return s
}

// until waits until js is true.
func (v *visitor) until(what, js string) {
	v.t.Helper()
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		if ok, err := chromedp.Run(v.ctx, chromedp.Evaluate[bool](js)); err == nil && ok {
			return
		}
	}
	v.t.Fatalf("%s never came: %s", what, v.get(`[...document.querySelectorAll("[data-status]")].map(e => e.innerText).join(" ") + document.querySelector("main").innerText.slice(0, 300)`))
}

// says waits until what stands there is the text that the page has by that key.
func (v *visitor) says(where, key string) {
	v.t.Helper()
	v.until(key, fmt.Sprintf(`(() => { const want = document.querySelector('template[data-text=%q]'), at = document.querySelector(%q);
		return !!want && !!at && at.innerText.trim().startsWith(want.content.textContent.trim().slice(0, 25)) })()`, key, where))
}

// write types into the field of a form, in place of what stood there.
func (v *visitor) write(field, text string) {
	v.t.Helper()
	v.get(fmt.Sprintf(`document.querySelector(%q).value = ""; ""`, field))
	v.do(chromedp.SendKeys(chromedp.CSS(field), text))
}

// click clicks on what was scrolled to: what is come near is laid out then, and moves.
func (v *visitor) click(what string) {
	v.t.Helper()
	v.get(fmt.Sprintf(`(async () => { for (let i = 0; i < 3; i++) { document.querySelector(%q)?.scrollIntoView({block: "center", behavior: "instant"}); await new Promise(done => requestAnimationFrame(() => setTimeout(done))) } return "" })()`, what))
	v.do(chromedp.Click(chromedp.CSS(what)))
}

// unlocked waits until a page of that kind is open.
func (v *visitor) unlocked(kind string) {
	v.t.Helper()
	v.until("the page", `!!document.querySelector("article.`+kind+` h1") && document.getElementById("locked").hidden`)
}

// asks sends a form of her page.
func (v *visitor) asks(kind, answer string) {
	v.t.Helper()
	form := `form[data-request="` + kind + `"]`
	v.click(form + ` button[type="submit"]`)
	v.says(form+" [data-status]", answer)
}

// saved is the file that the browser saved.
func (v *visitor) saved(name string) string {
	v.t.Helper()
	at := filepath.Join(v.home, name)
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if info, err := os.Stat(at); err == nil && info.Size() > 0 {
			return at
		}
	}
	v.t.Fatalf("%s was not saved", name)
	return ""
}

// opens chooses an officer's identity file for the page of an office.
func (v *visitor) opens(unit, office, identity string) {
	v.t.Helper()
	v.open(siteAddress + "office/#" + url.PathEscape(unit) + "/" + url.PathEscape(office))
	v.until("the form", `!document.querySelector("#locked form").hidden`)
	v.do(chromedp.SetUploadFiles(chromedp.CSS("#identity"), []string{identity}))
	v.click(`#locked form button[type="submit"]`)
}

// siteTools puts medlem-site where medlem finds it.
func siteTools(t testing.TB) {
	t.Helper()
	siteOnce.Do(func() {
		out, err := exec.Command("go", "build", "-o", filepath.Join(tools(t), "medlem-site"), "github.com/medlem-register/medlem/cmd/medlem-site").CombinedOutput()
		if err != nil {
			siteErr = fmt.Errorf("build medlem-site: %w\n%s", err, out)
		}
	})
	if siteErr != nil {
		t.Fatal(siteErr)
	}
}

var (
	siteOnce sync.Once
	siteErr  error
)
