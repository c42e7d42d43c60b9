package cli

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"mime"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/gitstore"
)

const (
	servePort    = 1313            // where --port does not say
	pollEvery    = time.Second     // how often what a site is made of is looked at
	headerWithin = 5 * time.Second // for a request to be read
	changesPath  = "/.changes"     // where pages ask whether they have changed
)

func (a *app) siteServeCommand() *cobra.Command {
	var o siteFlags
	var port int
	c := a.build(command{
		use:   "serve",
		short: a.tr("show the site on this computer while it is written"),
		long: a.tr("Shows the site on this computer alone, from memory, and builds it anew when the policies, the pages or the register change; open pages load themselves again. " +
			"Where the folder of the register has a folder policies or site, those are shown in place of what is in force. It ends with Ctrl-C."),
		example: "medlem site serve --pages site",
		codes:   "13",
		formats: []string{"text"},
		on:      true,
		run: func(c *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt)
			defer stop()
			return a.siteServe(ctx, o, port)
		},
	})
	a.previewFlags(c, &o)
	c.Flags().IntVar(&port, "port", servePort, a.tr("the `PORT` to listen on; 0: any that is free"))
	return c
}

// liveSite is a site that is served from memory.
type liveSite struct {
	mu      sync.Mutex
	files   map[string][]byte
	changed chan struct{} // closed when files were replaced
}

func (a *app) siteServe(ctx context.Context, o siteFlags, port int) error {
	o = a.withWorkFolder(o)
	o.preview = true
	l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return &failure{exitRead, a.tr("port {{.Port}} is taken", "Port", port), a.tr("choose another: --port 0 takes any that is free")}
	}
	defer l.Close()
	base := "http://" + l.Addr().String() + "/"
	site := &liveSite{changed: make(chan struct{})}
	seen := a.fingerprint(o)
	if err := a.rebuild(ctx, site, o, base); err != nil {
		return err
	}
	// One page at a time reads what is here; requests from pages of other sites,
	// by another name of this machine, get nothing.
	s := &http.Server{Handler: site.handler(l.Addr().String()), ReadHeaderTimeout: headerWithin, BaseContext: func(net.Listener) context.Context { return ctx }}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	defer s.Close()
	fmt.Fprintln(a.Stdout, a.tr("The site is at {{.URL}} until you press Ctrl-C.", "URL", base))
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-tick.C:
		}
		now := a.fingerprint(o)
		if now == seen {
			continue
		}
		seen = now
		if err := a.rebuild(ctx, site, o, base); err != nil && ctx.Err() == nil {
			a.report(err) // the pages stay as they were
		}
	}
}

// withWorkFolder takes policies/ and site/ of the register's folder, where they
// are there.
func (a *app) withWorkFolder(o siteFlags) siteFlags {
	dir, err := a.registerDir()
	if err != nil {
		return o
	}
	for name, to := range map[string]*string{"policies": &o.policies, "site": &o.pages} {
		at := filepath.Join(dir, name)
		if info, err := os.Stat(at); err == nil && info.IsDir() && *to == "" {
			*to = at
		}
	}
	return o
}

func (a *app) rebuild(ctx context.Context, site *liveSite, o siteFlags, base string) error {
	in, err := a.siteInput(o)
	if err != nil {
		return err
	}
	files, _, err := a.siteFiles(ctx, in, base, true)
	for _, c := range a.opened {
		c.Close() // it was only read from
	}
	a.opened = nil
	if err != nil {
		return err
	}
	site.mu.Lock()
	defer site.mu.Unlock()
	site.files = files
	close(site.changed)
	site.changed = make(chan struct{})
	return nil
}

// fingerprint changes when what a site is made of does: main, or a file's size or
// time.
func (a *app) fingerprint(o siteFlags) [sha256.Size]byte {
	var b strings.Builder
	if dir, err := a.registerDir(); err == nil {
		if repo, err := gitstore.Open(dir); err == nil {
			id, _ := mainOf(repo)
			b.WriteString(id.String())
			repo.Close()
		}
	}
	for _, dir := range []string{o.policies, o.pages} {
		if dir == "" {
			continue
		}
		_ = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil // it is going just now; the next look sees it
			}
			if info, err := d.Info(); err == nil && !d.IsDir() {
				fmt.Fprintf(&b, "\n%s %d %d", p, info.Size(), info.ModTime().UnixNano())
			}
			return nil
		})
	}
	return sha256.Sum256([]byte(b.String()))
}

func (s *liveSite) handler(host string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		switch {
		case r.Host != host:
			http.Error(w, "not here", http.StatusMisdirectedRequest)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			http.Error(w, "only GET", http.StatusMethodNotAllowed)
		case r.URL.Path == changesPath:
			s.tell(w, r)
		default:
			s.file(w, r)
		}
	})
}

// tell sends one event when the site has changed.
func (s *liveSite) tell(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	changed := s.changed
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/event-stream")
	c := http.NewResponseController(w)
	if err := c.Flush(); err != nil {
		return
	}
	select {
	case <-changed:
		fmt.Fprint(w, "data: changed\n\n")
		_ = c.Flush()
	case <-r.Context().Done():
	}
}

func (s *liveSite) file(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.HasSuffix(r.URL.Path, "/") || name == "" {
		name = path.Join(name, "index.html")
	} else if _, ok := s.files[name+"/index.html"]; ok {
		http.Redirect(w, r, "/"+name+"/", http.StatusFound)
		return
	}
	body, ok := s.files[name]
	if !ok {
		body = s.files["404.html"]
		name = "404.html"
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write(body)
		return
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body)
	}
}
