package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) verifyCommand() *cobra.Command {
	var all bool
	var genesis string
	c := a.build(command{
		use:   "verify",
		short: a.tr("verify the register's history, without a key"),
		long: a.tr("Verifies that every change of the register was signed by somebody who was allowed to make it at that time, and that nothing was slipped in. " +
			"It begins after what was verified here last; with --all, or in a copy that was made otherwise, at the beginning. " +
			"The first commit is trusted by its id alone: compare it with what the secretariat gives out, or give it with --genesis."),
		example:  "medlem verify --all --genesis 4f0c…",
		codes:    "13",
		findings: a.tr("something in the history breaks the rules, or it begins with something else"),
		run:      func(*cobra.Command, []string) error { return a.verify(all, strings.ToLower(genesis)) },
	})
	c.Flags().BoolVar(&all, "all", false, a.tr("verify everything, from the first commit"))
	c.Flags().StringVar(&genesis, "genesis", "", a.tr("what the register must begin with, the 40 characters `ID` from the secretariat"))
	return c
}

func (a *app) verify(all bool, genesis string) error {
	if genesis != "" {
		if _, err := gitstore.ParseID(genesis); err != nil {
			return usageError(a.tr("--genesis: not an id of 40 characters"), "")
		}
	}
	dir, err := a.registerDir()
	if err != nil {
		return err
	}
	var from gitstore.ID
	if isOwnCopy(dir) {
		err := a.at(noKey, func(s *session) error {
			var trusted gitstore.ID
			if trusted, from = s.Verified(); genesis == "" && !trusted.IsZero() {
				genesis = trusted.String()
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	_, repo, err := a.repository()
	if err != nil {
		return err
	}
	defer repo.Close()
	if all {
		from = gitstore.ZeroID
	}
	return a.verifyFrom(dir, repo, from, genesis)
}

// verifyFrom verifies what comes after a commit. trusted is the id that the
// register must begin with, "" where nobody knows it.
func (a *app) verifyFrom(dir string, repo *gitstore.Repo, from gitstore.ID, trusted string) error {
	k := &checker{app: a, dir: dir, repo: repo, loader: access.NewLoader(repo),
		options: check.Options{Now: a.Now(), Day: register.DayOf(a.Now())}}
	defer repo.Remember()() // the whole chain is read for its first commit, and again to verify it
	head, err := mainOf(repo)
	if err != nil {
		return k.explained(err)
	}
	first, err := genesisOf(repo, head)
	if err != nil {
		return k.explained(err)
	}
	if trusted != "" && first.String() != trusted {
		return refused(a.tr("this register begins with {{.ID}}, not with what it should", "ID", first), a.tr("do not use it, and tell the secretariat"))
	}
	r := &check.Report{}
	if from != head {
		if k.options.Keyrings, err = k.keyrings(head); err != nil {
			return err
		}
		progress := a.progress()
		k.options.Progress = func(done, total int) { progress("verifying", done, total) }
		if r, err = check.Verify(repo, k.loader, from, head, k.options); err != nil {
			return k.explained(err)
		}
	}
	out := struct {
		Genesis string     `json:"genesis"`
		From    string     `json:"from,omitempty"`
		Head    string     `json:"head"`
		Check   jsonReport `json:"check"`
	}{Genesis: first.String(), Head: head.String(), Check: reportJSON(r, ReportOptions{})}
	if !from.IsZero() {
		out.From = from.String()
	}
	err = a.result(out, func(w io.Writer) {
		switch {
		case from == head:
			fmt.Fprintln(w, a.tr("Nothing has come in since this copy was verified last. --all verifies everything."))
		case len(r.Findings) > 0:
			_ = WriteReport(w, r, "text", ReportOptions{Color: a.Color})
		default:
			fmt.Fprintln(w, a.trn(r.Commits, "{{.N}} signature verified, {{.Paths}} files looked at: everything is in order.",
				"{{.N}} signatures verified, {{.Paths}} files looked at: everything is in order.", "Paths", r.Paths))
		}
		for _, n := range r.Notes {
			if len(r.Findings) == 0 {
				fmt.Fprintln(w, n)
			}
		}
		fmt.Fprintln(w, a.tr("The register begins with {{.Genesis}}.", "Genesis", first))
	})
	if err == nil && len(r.Findings) > 0 {
		return errFindings
	}
	return err
}

// genesisOf follows first parents to the first commit.
func genesisOf(repo *gitstore.Repo, head gitstore.ID) (gitstore.ID, error) {
	for {
		c, err := gitstore.ReadCommit(repo, head)
		if err != nil {
			return head, err
		}
		if len(c.Parents) == 0 {
			return head, nil
		}
		head = c.Parents[0]
	}
}
