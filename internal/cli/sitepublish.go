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
			"With --to it goes to a folder, or to another repository, where the commit is not signed and names nobody. Where the same site lies there already, nothing is done."),
		example: "medlem site publish --strict\nmedlem site publish --to ssh://git@example.org/pages.git",
		codes:   "134",
		run:     func(c *cobra.Command, _ []string) error { return a.sitePublish(c.Context(), o, to, ref) },
	})
	f := c.Flags()
	f.StringVar(&to, "to", "", a.tr("a folder, or the address of a repository, to `PUBLISH` to (default: the register's server)"))
	f.StringVar(&ref, "ref", "pages", a.tr("the `NAME` of the ref in the repository of --to"))
	f.StringVar(&o.url, "url", "", a.tr("the `ADDRESS` at which the site will lie (default: site in organisation.yaml)"))
	f.BoolVar(&o.strict, "strict", false, a.tr("fail where a review is overdue, or something is not decided"))
	return c
}

// refName is what --ref takes: one that git takes too, and never main or a
// proposal.
var refName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

func (a *app) sitePublish(ctx context.Context, o siteFlags, to, ref string) error {
	if !refName.MatchString(ref) || "refs/heads/"+ref == register.Main {
		return usageError(a.tr("--ref: not the name of a ref for a site"), a.tr("write a-z, 0-9 and hyphens; not main"))
	}
	if to == "" {
		return a.at(withKey, func(s *session) error {
			if !s.Secretary() {
				return desk.ErrSecretariat
			}
			return s.publishSite(ctx, o, register.Pages, func(files map[string][]byte, day register.Day) (gitstore.ID, error) {
				return s.Publish(ctx, files, day)
			})
		})
	}
	if plainFolder(to) {
		return a.siteBuild(ctx, to, o)
	}
	remote, err := gitstore.NewRemote(to)
	if err != nil {
		return usageError(err.Error(), "")
	}
	return a.publishSite(ctx, o, remote.String(), func(files map[string][]byte, day register.Day) (gitstore.ID, error) {
		return desk.PublishTo(ctx, remote, "refs/heads/"+ref, files, day)
	})
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

func (a *app) publishSite(ctx context.Context, o siteFlags, to string, put func(files map[string][]byte, day register.Day) (gitstore.ID, error)) error {
	in, err := a.siteInput(o)
	if err != nil {
		return err
	}
	files, base, err := a.siteFiles(ctx, in, o.url, false)
	if err != nil {
		return err
	}
	id, err := put(files, in.Day)
	if err != nil {
		return err
	}
	out := siteJSON{URL: base, Day: in.Day, Main: in.Head.String(), Files: len(files), To: to, Commit: id.String()}
	return a.result(out, func(w io.Writer) {
		fmt.Fprintln(w, a.trn(len(files), "{{.N}} file is published.", "{{.N}} files are published.", "To", to))
		fmt.Fprintln(w, a.tr("medlem site verify {{.URL}} compares what is read there with this.", "URL", base))
	})
}
