package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

type checkFlags struct {
	base, head string
	all        bool
}

func (a *app) checkCommand() *cobra.Command {
	var o checkFlags
	c := a.build(command{
		use:   "check --base REV --head REV | --all",
		short: a.tr("check a proposal, or the whole register, without a key"),
		long: a.tr("Checks what a proposal (--head) brings to the register (--base): who made it, whether her office reaches it, whether everything is sealed as it must be. " +
			"It opens nothing and needs no key. The rules, the policy and the officers are those of --base, never those of the proposal. " +
			"With --all it checks the register as it stands: also what time alone has made wrong, such as an erasure that is overdue.\n\n" +
			"It runs in any copy that has all refs (git clone --mirror). In GitHub Actions and GitLab CI the output has their form unless --format says otherwise."),
		example:  "medlem check --base main --head refs/heads/proposals/o-7k3fm2q4x6/asker-m4k7q2x5zt3ab\nmedlem check --all --on 2027-01-01",
		codes:    "13",
		findings: a.tr("findings"),
		formats:  ReportFormats,
		on:       true,
		run: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("format") {
				a.format = formatOfHost(a.Getenv)
			}
			return a.check(o)
		},
	})
	f := c.Flags()
	f.StringVar(&o.base, "base", "", a.tr("the register as it is, a `REV` such as main"))
	f.StringVar(&o.head, "head", "", a.tr("the proposal, a `REV`; with --all: what to check instead of what is here"))
	f.BoolVar(&o.all, "all", false, a.tr("check the whole register"))
	return c
}

// formatOfHost is the form that the continuous integration shows best. Gitea
// sets GitHub's variable too and shows none of its annotations.
func formatOfHost(getenv func(string) string) string {
	switch {
	case getenv("GITEA_ACTIONS") != "", getenv("FORGEJO_ACTIONS") != "":
		return "text"
	case getenv("GITHUB_ACTIONS") != "":
		return "github"
	case getenv("GITLAB_CI") != "":
		return "gitlab"
	}
	return "text"
}

func (a *app) check(o checkFlags) error {
	hint := a.tr("{{.Command}} --help shows how it is used", "Command", "medlem check")
	switch {
	case o.all && o.base != "":
		return usageError(a.tr("--base and --all do not go together"), hint)
	case !o.all && (o.base == "" || o.head == ""):
		return usageError(a.tr("say what to check: --base and --head, or --all"), hint)
	}
	day, err := a.today()
	if err != nil {
		return err
	}
	dir, repo, err := a.repository()
	if err != nil {
		return err
	}
	defer repo.Close()
	k := &checker{app: a, dir: dir, repo: repo, loader: access.NewLoader(repo),
		options: check.Options{Now: a.Now(), Day: day}}
	progress := a.progress()
	k.options.Progress = func(done, total int) { progress("checking", done, total) }
	var r *check.Report
	if o.all {
		r, err = k.all(o.head)
	} else {
		r, err = k.proposal(o.base, o.head)
	}
	if err != nil {
		return k.explained(err)
	}
	a.endProgress()
	if err := WriteReport(a.Stdout, r, a.format, ReportOptions{Color: a.Color, Site: k.site(o)}); err != nil {
		return err
	}
	if len(r.Findings) > 0 {
		return errFindings
	}
	return nil
}

// site is where the pages about rules lie, by the policy that judges; "" where it
// names none, or cannot be read.
func (k *checker) site(o checkFlags) string {
	id, err := k.here(o.head)
	if !o.all {
		id, err = k.resolve(o.base)
	}
	if err != nil {
		return ""
	}
	c, err := gitstore.ReadCommit(k.repo, id)
	if err != nil {
		return ""
	}
	p, err := k.loader.Policy(c.Tree)
	if err != nil {
		return ""
	}
	return rulesSite(p)
}

// checker runs checks on a copy of any kind.
type checker struct {
	*app
	dir     string
	repo    *gitstore.Repo
	loader  *access.Loader
	options check.Options
}

func (k *checker) proposal(base, head string) (*check.Report, error) {
	b, err := k.resolve(base)
	if err != nil {
		return nil, err
	}
	h, err := k.resolve(head)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{head, "refs/heads/" + head} {
		if strings.HasPrefix(name, register.Proposals) {
			k.options.HeadRef = name // also one that is malformed: the check says so
		}
	}
	return check.Proposal(k.repo, k.loader, b, h, k.options)
}

func (k *checker) all(head string) (*check.Report, error) {
	id, err := k.here(head)
	if err != nil {
		return nil, err
	}
	if k.options.Keyrings, err = k.keyrings(id); err != nil {
		return nil, err
	}
	return check.All(k.repo, k.loader, id, k.options)
}

// here is the commit that a check of the whole is about: the one named, what is
// checked out, or main in a copy where nothing is.
func (k *checker) here(head string) (gitstore.ID, error) {
	if head != "" {
		return k.resolve(head)
	}
	id, err := k.repo.Resolve("HEAD")
	if errors.Is(err, gitstore.ErrNotFound) {
		return k.resolve(register.Main)
	}
	return id, err
}

func (k *checker) resolve(rev string) (gitstore.ID, error) {
	id, err := k.repo.Resolve(rev)
	if errors.Is(err, gitstore.ErrNotFound) {
		return id, &failure{exitRead, k.tr("there is no {{.Rev}} in this copy", "Rev", quote(rev)),
			k.tr("fetch all refs (git clone --mirror), and write the ref in full, refs/heads/…")}
	}
	return id, err
}

// keyrings are the sealed keyrings that belong to a commit of main: in refs, in
// a folder on a share, or, in a copy that medlem keeps, those that its officer
// reads.
func (k *checker) keyrings(main gitstore.ID) (check.Keyrings, error) {
	c, err := gitstore.ReadCommit(k.repo, main)
	if err != nil {
		return nil, err
	}
	s, err := k.loader.At(c.Tree)
	if err != nil {
		return nil, err
	}
	if s.Policy != nil && s.Policy.Keyrings.Folder != "" {
		dir := desk.FolderOf(k.dir, s.Policy.Keyrings.Folder)
		if _, err := os.Stat(dir); err != nil {
			return nil, nil // the share is not within reach of this machine
		}
		return check.FolderKeyrings(dir, s), nil
	}
	if isOwnCopy(k.dir) {
		return some{check.FolderKeyrings(filepath.Join(k.repo.Dir(), "medlem", "keyrings"), s)}, nil
	}
	return check.RefKeyrings(k.repo), nil
}

// some are keyrings of which not all are here.
type some struct{ check.Keyrings }

func (some) Complete() bool { return false }

// explained adds what helps where a copy lacks something.
func (k *checker) explained(err error) error {
	var f *failure
	if errors.As(err, &f) {
		return err
	}
	if k.repo.Shallow() {
		return &failure{exitRead, err.Error(), k.tr("this copy's history is cut off: fetch it whole (git fetch --unshallow)")}
	}
	if errors.Is(err, check.ErrNoPolicy) || strings.Contains(err.Error(), "read main") {
		return &failure{exitRead, err.Error(), k.tr("--base must be a commit of the register's main")}
	}
	return err
}
