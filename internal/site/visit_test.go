package site

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
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
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/medlem-register/medlem/internal/slow"
)

// A visit is a member at her browser: Chromium, the site with its headers, and the
// drop. What the console or a content policy complains of fails the test, except the
// answers 404 that a test expects.
type visit struct {
	t         *testing.T
	ctx       context.Context
	own       *own
	site      string // its address
	drop      *dropServer
	downloads string

	mu      sync.Mutex
	trace   []string // each request: address, headers, body
	missing bool     // answers 404 are expected
}

// dropServer takes in what pages send.
type dropServer struct {
	*httptest.Server
	mu     sync.Mutex
	blobs  [][]byte
	status int           // that it answers
	wait   chan struct{} // it answers when this is closed; nil at once
}

func (d *dropServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Allow-Headers", "content-type")
	if r.Method == http.MethodOptions {
		return
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	d.mu.Lock()
	d.blobs = append(d.blobs, body)
	status, wait := d.status, d.wait
	d.mu.Unlock()
	if r.Header.Get("Content-Type") != "application/octet-stream" || r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" {
		status = http.StatusBadRequest
	}
	if wait != nil {
		<-wait
	}
	w.WriteHeader(status)
}

func (d *dropServer) set(status int, wait chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.status, d.wait = status, wait
}

// taken is what came in, oldest first.
func (d *dropServer) taken() [][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([][]byte(nil), d.blobs...)
}

// startVisit opens a browser in front of a site whose pages send to a drop.
func startVisit(t *testing.T) *visit {
	t.Helper()
	slow.Test(t)
	chromium := slow.Tool(t, "chromium")
	s := &visit{t: t, drop: &dropServer{status: http.StatusNoContent}, downloads: t.TempDir()}
	s.drop.Server = httptest.NewServer(s.drop)
	t.Cleanup(s.drop.Close)
	s.own = makeOwn(t, s.drop.URL+"/in")
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(server.Close)
	s.site = strings.Replace(server.URL, "127.0.0.1", "localhost", 1) + "/register/" // a passkey wants a name
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, done := chromedp.NewContext(allocator)
	t.Cleanup(done)
	s.ctx = ctx
	if err := chromedp.Listen(ctx, s.listen); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.CallBrowser(ctx, chrome.SetDownloadBehavior, chrome.SetDownloadBehaviorParams{Behavior: chrome.SetDownloadBehaviorBehaviorAllow, DownloadPath: s.downloads}); err != nil {
		t.Fatal(err)
	}
	s.script(`addEventListener("securitypolicyviolation", e => console.error("content policy: " + e.violatedDirective + " " + e.blockedURI))`)
	return s
}

// script runs in every page before all else, as if it were the browser's.
func (s *visit) script(source string) {
	s.t.Helper()
	if _, err := chromedp.Call(s.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source}); err != nil {
		s.t.Fatal(err)
	}
}

// serve is the host: the site's files, the sealed page, the headers of _headers.
func (s *visit) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	s.mu.Lock()
	s.trace = append(s.trace, fmt.Sprint(r.RequestURI, r.Header, string(body)))
	s.mu.Unlock()
	name := strings.TrimPrefix(r.URL.EscapedPath(), "/register/")
	if name == "" || strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	content, ok := s.own.out.files[name]
	if name == s.own.file {
		content, ok = string(s.own.sealed), true
	}
	rule := ""
	for line := range strings.Lines(s.own.out.files["_headers"]) {
		line = strings.TrimRight(line, "\n")
		if !strings.HasPrefix(line, " ") {
			rule = strings.TrimSuffix(line, "*")
		} else if key, value, _ := strings.Cut(strings.TrimSpace(line), ": "); strings.HasPrefix("/"+name, rule) {
			w.Header().Set(key, value)
		}
	}
	w.Header().Set("Content-Type", map[string]string{".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".png": "image/png", ".age": "application/octet-stream"}[path.Ext(name)])
	if !ok {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		content = s.own.out.files["404.html"]
	}
	fmt.Fprint(w, content)
}

// listen takes down what the browser asks for, and what it complains of.
func (s *visit) listen(ev any) {
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		text := fmt.Sprint(ev.Request.URL, ev.Request.Headers)
		for _, e := range ev.Request.PostDataEntries {
			text += fmt.Sprint(e.Bytes)
		}
		s.mu.Lock()
		s.trace = append(s.trace, text)
		s.mu.Unlock()
	case *runtime.EventExceptionThrown:
		s.t.Errorf("exception: %s %v", ev.ExceptionDetails.Text, ev.ExceptionDetails.Exception)
	case *runtime.EventConsoleAPICalled:
		if ev.Type == "error" && len(ev.Args) > 0 {
			s.t.Errorf("console: %s", ev.Args[0].Value)
		}
	case *log.EventEntryAdded:
		s.mu.Lock()
		missing := s.missing && strings.Contains(ev.Entry.Text, "status of ")
		s.mu.Unlock()
		if ev.Entry.Level == "error" && !missing && !strings.HasSuffix(ev.Entry.URL, "/favicon.ico") {
			s.t.Errorf("log: %s %s", ev.Entry.Text, ev.Entry.URL)
		}
	}
}

// expectRefusals lets answers of 404 and 5xx pass.
func (s *visit) expectRefusals() {
	s.mu.Lock()
	s.missing = true
	s.mu.Unlock()
}

// sent is everything that left the browser, one request after the other.
func (s *visit) sent() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := strings.Join(s.trace, "\n")
	for _, b := range s.drop.taken() {
		out += "\n" + string(b)
	}
	return out
}

func (s *visit) do(steps ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.ctx, 30*time.Second)
	defer stop()
	if err := chromedp.Do(ctx, steps...); err != nil {
		s.t.Fatal(err)
	}
}

// click clicks on what was scrolled to: what comes near is laid out then, and moves.
func (s *visit) click(what string) {
	s.t.Helper()
	s.get(fmt.Sprintf(`(async () => { for (let i = 0; i < 3; i++) { document.querySelector(%q)?.scrollIntoView({block: "center", behavior: "instant"}); await new Promise(done => requestAnimationFrame(() => setTimeout(done))) } return "" })()`, what))
	s.do(chromedp.Click(chromedp.CSS(what)))
}

// get evaluates a text in the page.
func (s *visit) get(js string) string {
	s.t.Helper()
	v, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](js, chromedp.EvalAwaitPromise))
	if err != nil {
		s.t.Fatalf("%s: %v", js, err)
	}
	return v
}

// until waits until js is true.
func (s *visit) until(what, js string) {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok, err := chromedp.Run(s.ctx, chromedp.Evaluate[bool](js)); err == nil && ok {
			return
		}
	}
	at, _ := chromedp.Run(s.ctx, chromedp.Evaluate[string](`location.href.replace(/[0-9a-z]{4}-.*/, "…") + " " + document.body.innerText.slice(0, 600)`))
	s.t.Fatalf("%s never came: %s", what, at)
}

func (s *visit) open(to string) {
	s.t.Helper()
	s.do(chromedp.Navigate("about:blank"), chromedp.Navigate(to))
}

func (s *visit) unlocked() {
	s.t.Helper()
	s.until("the page", `!!document.querySelector("#page h1") && document.getElementById("locked").hidden`)
}

// said waits until the locked page says the text of that key.
func (s *visit) said(key string) {
	s.t.Helper()
	s.until(key, `(() => { const l = document.getElementById("locked"); if (!l) return false; const want = l.querySelector('template[data-text="`+key+`"]').content.textContent.trim();
		return !l.hidden && !document.getElementById("page") && l.querySelector("[data-status]").textContent.trim().startsWith(want.slice(0, 30)) })()`)
}

// picture writes what is seen into the folder MEDLEM_SITE_OUT, if there is one.
func (s *visit) picture(name string) {
	s.t.Helper()
	dir := os.Getenv("MEDLEM_SITE_OUT")
	if dir == "" {
		return
	}
	b, err := chromedp.Run(s.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), b, 0o644)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// authenticator gives the browser a passkey device that says yes.
func (s *visit) authenticator() {
	s.t.Helper()
	if _, err := chromedp.Call(s.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		s.t.Fatal(err)
	}
	_, err := chromedp.Call(s.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Ctap2version: "ctap2_1", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, HasPrf: true, AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		s.t.Fatal(err)
	}
}
