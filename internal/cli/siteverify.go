package cli

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/procedures"
)

// Bounds of what is fetched from a live site.
const (
	fetchWithin  = 30 * time.Second // for one file
	fetchAtOnce  = 4
	sitemapLimit = 16 << 20 // bytes
	locLimit     = 100_000  // addresses that are read from sitemaps
)

func (a *app) siteVerifyCommand() *cobra.Command {
	var o siteFlags
	c := a.build(command{
		use:   "verify URL",
		short: a.tr("compare a live site with a fresh build, byte for byte"),
		long: a.tr("Builds the site anew from the register that is here, for the day and the commit that the live site says it is of, fetches every file of it, and compares. " +
			"It lists what differs, what is missing, and what the live site's own list of pages has besides. Somebody who changes the pages on the server is found by this. " +
			"The live site must have been built with the same version of medlem. " +
			"Members' own pages and officers' views are sealed anew in each build, and cannot be compared; with --views it looks whether each member's page that you could make is there and opens."),
		example:  "medlem site verify https://example.org/register/",
		codes:    "134",
		findings: a.tr("the live site differs"),
		on:       true,
		min:      1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			if !o.views {
				return a.siteVerify(c.Context(), args[0], o, nil)
			}
			return a.at(withKey, func(s *session) error { return s.siteVerify(c.Context(), args[0], o, s) })
		},
	})
	c.Flags().BoolVar(&o.views, "views", false, a.tr("also look for the members' own pages; this needs your key"))
	return c
}

type siteVerifyJSON struct {
	URL     string   `json:"url"`
	Day     string   `json:"day"`
	Main    string   `json:"main"`
	Current bool     `json:"current"` // it is of main as it is here
	Files   int      `json:"files"`
	Differ  []string `json:"differ"`
	Missing []string `json:"missing"`
	Beyond  []string `json:"beyond"`

	Views *foundViews `json:"views,omitempty"`
}

// siteVerify compares a live site; with the members' pages where opens is not nil.
func (a *app) siteVerify(ctx context.Context, address string, o siteFlags, opens *session) error {
	base, err := a.baseURL(address)
	if err != nil {
		return err
	}
	in, err := a.siteInput(o)
	if err != nil {
		return err
	}
	here := in.Head
	get := newFetcher(base)
	// The record says what to compare with; that it lies would be found, since it
	// is compared like any other file.
	b, err := get.file(ctx, procedures.RecordName, recordLimit)
	switch {
	case err == nil:
		day, id, err := procedures.ParseRecord(b)
		if err == nil {
			in.Day, in.Head = day, id
			err = onMain(in.Repo, here, id)
		}
		if err != nil {
			return refused(a.tr("the live site does not say which state of this register it was built of"), a.tr("it may be another register's, or of a newer main: run medlem sync"))
		}
	case !errors.Is(err, errNotThere):
		return &failure{exitRead, a.tr("the site at {{.URL}} does not answer", "URL", base), err.Error()}
	}
	files, _, err := a.siteFiles(ctx, in, base, false)
	if err != nil {
		return err
	}
	out := siteVerifyJSON{URL: base, Day: string(in.Day), Main: in.Head.String(), Current: in.Head == here, Files: len(files)}
	if err := out.compare(ctx, get, files); err != nil {
		return &failure{exitRead, a.tr("the site at {{.URL}} does not answer", "URL", base), err.Error()}
	}
	bad := len(out.Differ) + len(out.Missing) + len(out.Beyond)
	if opens != nil {
		if out.Views, err = opens.findViews(ctx, get); err != nil {
			return &failure{exitRead, a.tr("the site at {{.URL}} does not answer", "URL", base), err.Error()}
		}
		bad += len(out.Views.Missing) + len(out.Views.Wrong)
	}
	err = a.result(out, func(w io.Writer) {
		for _, n := range out.Differ {
			fmt.Fprintln(w, a.tr("differs: {{.Path}}", "Path", cell(n)))
		}
		for _, n := range out.Missing {
			fmt.Fprintln(w, a.tr("missing: {{.Path}}", "Path", cell(n)))
		}
		for _, n := range out.Beyond {
			fmt.Fprintln(w, a.tr("not of the build: {{.Path}}", "Path", cell(n)))
		}
		a.printFoundViews(w, out.Views)
		if bad == 0 {
			fmt.Fprintln(w, a.trn(out.Files, "{{.N}} file is what it should be, of {{.Day}}.", "{{.N}} files are what they should be, of {{.Day}}.", "Day", out.Day))
		}
		if !out.Current {
			fmt.Fprintln(w, a.tr("The register has changed since: it may be published anew."))
		}
	})
	if err == nil && bad > 0 {
		return errFindings
	}
	return err
}

// onMain refuses a commit that is not one of main's, from head backwards.
func onMain(r gitstore.Reader, head, id gitstore.ID) error {
	for at := head; ; {
		if at == id {
			return nil
		}
		c, err := gitstore.ReadCommit(r, at)
		if err != nil {
			return err
		}
		if len(c.Parents) == 0 {
			return errors.New("not a commit of main")
		}
		at = c.Parents[0]
	}
}

// compare fetches every file and notes what is not as it should be.
func (v *siteVerifyJSON) compare(ctx context.Context, get *fetcher, files map[string][]byte) error {
	v.Differ, v.Missing, v.Beyond = []string{}, []string{}, []string{}
	names := make(chan string)
	var mu sync.Mutex
	var failed error
	var wg sync.WaitGroup
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for range fetchAtOnce {
		wg.Go(func() {
			for name := range names {
				if name == "_headers" || name == ".nojekyll" { // hosts read them, and show them or not
					continue
				}
				b, err := get.file(ctx, name, int64(len(files[name])))
				mu.Lock()
				switch {
				case errors.Is(err, errNotThere):
					v.Missing = append(v.Missing, name)
				case errors.Is(err, errTooLong):
					v.Differ = append(v.Differ, name)
				case err != nil && failed == nil:
					failed = err
					stop()
				case err == nil && !bytes.Equal(b, files[name]):
					v.Differ = append(v.Differ, name)
				}
				mu.Unlock()
			}
		})
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		names <- name
	}
	close(names)
	wg.Wait()
	if failed != nil {
		return failed
	}
	v.Beyond = append(v.Beyond, get.beyond(ctx, files)...)
	for _, list := range [][]string{v.Differ, v.Missing, v.Beyond} {
		slices.Sort(list)
	}
	return nil
}

var (
	errNotThere = errors.New("it is not there")
	errTooLong  = errors.New("it is longer than it should be")
)

// fetcher gets the files of a live site.
type fetcher struct {
	base   string
	client *http.Client
}

func newFetcher(base string) *fetcher {
	return &fetcher{base, &http.Client{
		Timeout:       fetchWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// file gets a file of at most limit bytes. The page of a folder is asked for as
// readers do.
func (f *fetcher) file(ctx context.Context, name string, limit int64) ([]byte, error) {
	if path.Base(name) == "index.html" {
		name = strings.TrimSuffix(name, "index.html")
	}
	u, err := url.Parse(f.base)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.ResolveReference(&url.URL{Path: u.Path + name}).String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Cache-Control", "no-cache")
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		if resp.StatusCode >= 500 {
			return nil, fmt.Errorf("%s: %s", name, resp.Status)
		}
		return nil, errNotThere
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, errTooLong
	}
	return b, nil
}

// beyond lists the pages that the live site's own sitemaps name and the build
// does not have. What is linked from nowhere cannot be known.
func (f *fetcher) beyond(ctx context.Context, files map[string][]byte) []string {
	var out []string
	lists := []string{"sitemap.xml"}
	for name := range files {
		if path.Base(name) == "sitemap.xml" && name != "sitemap.xml" {
			lists = append(lists, name)
		}
	}
	left := locLimit
	for _, list := range lists {
		b, err := f.file(ctx, list, sitemapLimit)
		if err != nil {
			continue // it was compared above
		}
		for _, loc := range locations(b) {
			name, ok := strings.CutPrefix(loc, f.base)
			if left--; left < 0 || !ok {
				continue
			}
			if name == "" || strings.HasSuffix(name, "/") {
				name += "index.html"
			}
			if _, known := files[name]; known || slices.Contains(out, name) {
				continue
			}
			out = append(out, name)
		}
	}
	return out
}

// locations are the addresses in a sitemap, or in a list of sitemaps.
func locations(b []byte) []string {
	var out []string
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		t, err := d.Token()
		if err != nil {
			return out
		}
		if s, ok := t.(xml.StartElement); ok && s.Name.Local == "loc" {
			var text string
			if d.DecodeElement(&text, &s) == nil {
				out = append(out, strings.TrimSpace(text))
			}
		}
	}
}
