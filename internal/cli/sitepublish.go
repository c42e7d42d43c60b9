package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) sitePublishCommand() *cobra.Command {
	var o siteFlags
	var to, ref string
	c := a.build(command{
		use:   "publish",
		short: a.tr("build the site and put it where it is read"),
		long: a.tr("Builds the site and puts it on the register's server, as a ref pages that holds the present site and no history; the server takes it from the secretariat alone. " +
			"With --to it goes to a folder, or to another repository, where the commit is not signed and names nobody. Where the same site lies there already, nothing is done. " +
			"With --views it also has the page of every active member whom you may read, each sealed under her own secret, and the officers' views; these are sealed anew and sent each time. " +
			"Without it, those that are published already stay as they are, which needs no key; --no-views takes them away."),
		example: "medlem site publish --strict\nmedlem site publish --views --to ssh://git@example.org/pages.git",
		codes:   "134",
		run:     func(c *cobra.Command, _ []string) error { return a.sitePublish(c.Context(), o, to, ref) },
	})
	f := c.Flags()
	f.StringVar(&to, "to", "", a.tr("a folder, or the address of a repository, to `PUBLISH` to (default: the register's server)"))
	f.StringVar(&ref, "ref", "pages", a.tr("the `NAME` of the ref in the repository of --to"))
	f.StringVar(&o.url, "url", "", a.tr("the `ADDRESS` at which the site will lie (default: site in organisation.yaml)"))
	f.BoolVar(&o.strict, "strict", false, a.tr("fail where a review is overdue, or something is not decided"))
	a.viewsFlag(c, &o)
	f.BoolVar(&o.noViews, "no-views", false, a.tr("take away the members' own pages and the officers' views that are published"))
	return c
}

// refName is what --ref takes: one that git takes too, and never main or a
// proposal.
var refName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

func (a *app) sitePublish(ctx context.Context, o siteFlags, to, ref string) error {
	if !refName.MatchString(ref) || "refs/heads/"+ref == register.Main {
		return usageError(a.tr("--ref: not the name of a ref for a site"), a.tr("write a-z, 0-9 and hyphens; not main"))
	}
	if o.views && o.noViews {
		return usageError(a.tr("--views and --no-views do not go together"), "")
	}
	if to != "" && plainFolder(to) {
		o.keep = !o.noViews && !o.views
		return a.siteBuild(ctx, to, o)
	}
	if to == "" || o.views {
		return a.at(withKey, func(s *session) error { return s.sitePublishOpen(ctx, o, to, ref) })
	}
	remote, err := gitstore.NewRemote(to)
	if err != nil {
		return usageError(err.Error(), "")
	}
	return a.publishSite(ctx, o, remote.String(), nil, func(x desk.Pages, day register.Day) (gitstore.ID, error) {
		return desk.PublishTo(ctx, remote, "refs/heads/"+ref, x, day)
	})
}

// sitePublishOpen publishes what takes a key: to the register's server, or with the
// sealed files.
func (s *session) sitePublishOpen(ctx context.Context, o siteFlags, to, ref string) error {
	put := func(x desk.Pages, day register.Day) (gitstore.ID, error) { return s.Publish(ctx, x, day) }
	if to == "" {
		if to = register.Pages; !s.Secretary() {
			return desk.ErrSecretariat
		}
	} else {
		remote, err := gitstore.NewRemote(to)
		if err != nil {
			return usageError(err.Error(), "")
		}
		to = remote.String()
		put = func(x desk.Pages, day register.Day) (gitstore.ID, error) {
			return desk.PublishTo(ctx, remote, "refs/heads/"+ref, x, day)
		}
	}
	if !o.views {
		return s.publishSite(ctx, o, to, nil, put)
	}
	return s.publishSite(ctx, o, to, s, put)
}

// plainFolder tells whether --to is a folder, there or not, and no repository.
func plainFolder(to string) bool {
	if strings.Contains(to, "://") || strings.Contains(to, ":") && !filepath.IsAbs(to) {
		return false
	}
	if info, err := os.Stat(to); err == nil && !info.IsDir() {
		return false
	}
	return !isRepository(to)
}

// publishSite builds a site and puts it somewhere; with the sealed files where opens
// is not nil.
func (a *app) publishSite(ctx context.Context, o siteFlags, to string, opens *session, put func(desk.Pages, register.Day) (gitstore.ID, error)) error {
	in, err := a.siteInput(o)
	if err != nil {
		return err
	}
	site, base, err := a.assembled(in, o.url)
	if err != nil {
		return err
	}
	files, base, err := a.rendered(ctx, in, site, base, false)
	if err != nil {
		return err
	}
	pages := desk.Pages{Files: files}
	var n *viewCount
	switch {
	case opens != nil:
		vin, err := a.viewInput(in, site, base)
		if err != nil {
			return err
		}
		pages.More = func(put func(name string, body []byte) error) error {
			made, err := opens.sealedFiles(ctx, vin, put)
			n = &made
			return err
		}
	case !o.noViews:
		pages.Keep = &desk.Kept{}
	}
	id, err := put(pages, in.Day)
	if err != nil {
		return err
	}
	out := siteJSON{URL: base, Day: in.Day, Main: in.Head.String(), Files: len(files), To: to, Commit: id.String(), Views: n, Kept: keptOf(pages.Keep)}
	return a.result(out, func(w io.Writer) {
		fmt.Fprintln(w, a.trn(len(files), "{{.N}} file is published.", "{{.N}} files are published.", "To", to))
		a.printViews(w, n)
		a.printKept(w, out.Kept)
		fmt.Fprintln(w, a.tr("medlem site verify {{.URL}} compares what is read there with this.", "URL", base))
	})
}

// keptJSON says which sealed files stayed.
type keptJSON struct {
	Members int          `json:"members"`
	Offices int          `json:"offices"`
	Day     register.Day `json:"day,omitempty"` // on which they were made
	Dropped int          `json:"dropped"`
}

func keptOf(k *desk.Kept) *keptJSON {
	if k == nil || *k == (desk.Kept{}) {
		return nil
	}
	return &keptJSON{k.Members, k.Offices, k.Day, k.Dropped}
}

// printKept says what stayed of what was published before, and from when it is.
func (a *app) printKept(w io.Writer, k *keptJSON) {
	if k == nil {
		return
	}
	day := string(k.Day)
	if day == "" {
		day = a.tr("a day that is not known")
	}
	if k.Members > 0 {
		fmt.Fprintln(w, a.trn(k.Members, "{{.N}} member's own page stays as it was, of {{.Day}}.", "{{.N}} members' own pages stay as they were, of {{.Day}}.", "Day", day))
	}
	if k.Offices > 0 {
		fmt.Fprintln(w, a.trn(k.Offices, "{{.N}} officers' view stays as it was, of {{.Day}}.", "{{.N}} officers' views stay as they were, of {{.Day}}.", "Day", day))
	}
	if k.Dropped > 0 {
		a.warn(a.trn(k.Dropped, "{{.N}} file that lay among the sealed ones does not stay: it is not one, or no page of the site opens it", "{{.N}} files that lay among the sealed ones do not stay: they are none, or no page of the site opens them"), "")
	}
}
