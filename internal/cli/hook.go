package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// hookRefsLimit is the number of refs that one push may move.
const hookRefsLimit = 10_000

func (a *app) hookCommand() *cobra.Command {
	c := a.build(command{
		use:      "server-hook",
		short:    "judge a push, as git's pre-receive hook",
		long:     "Reads from the standard input which refs a push would move, as git gives them to a pre-receive hook, and refuses the push unless the register's rules allow all of it. It needs no key.",
		example:  "exec medlem server-hook",
		codes:    "13",
		findings: "the push is refused",
		formats:  []string{"text"},
		run: func(*cobra.Command, []string) error {
			a.texts = newTexts("en") // of the server, whoever pushes
			return a.hook()
		},
	})
	c.Hidden = true
	return c
}

// push is a push that is being judged.
type push struct {
	*app
	repo   *gitstore.Repo
	loader *access.Loader
	moves  []gitstore.RefUpdate
	main   gitstore.ID // before the push; zero in an empty register
	state  *access.State
	bad    bool
}

func (a *app) hook() error {
	moves, err := readMoves(a.in)
	if err != nil {
		return err
	}
	dir := a.dir
	if dir == "" {
		dir = "." // git runs a hook in the repository
	}
	repo, err := gitstore.OpenInHook(dir)
	if err != nil {
		return err
	}
	defer repo.Close()
	p := &push{app: a, repo: repo, loader: access.NewLoader(repo), moves: moves}
	if p.main, _, err = repo.Ref(register.Main); err != nil {
		return err
	}
	if !p.main.IsZero() {
		if p.state, err = p.stateAt(p.main); err != nil {
			return err
		}
	}
	for _, m := range moves {
		if err := p.judge(m); err != nil {
			return err
		}
	}
	if p.bad {
		return errFindings
	}
	return nil
}

// readMoves reads git's lines: old id, new id, ref.
func readMoves(r *bufio.Reader) ([]gitstore.RefUpdate, error) {
	var out []gitstore.RefUpdate
	for {
		line, err := readLine(r)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read what is pushed: %w", err)
		}
		f := strings.Split(string(line), " ")
		if len(f) != 3 || len(out) == hookRefsLimit {
			return nil, usageError("what is pushed cannot be read", "git runs this command as its pre-receive hook")
		}
		m := gitstore.RefUpdate{Name: f[2]}
		var err2 error
		if m.Old, err = gitstore.ParseID(f[0]); err == nil {
			m.New, err2 = gitstore.ParseID(f[1])
		}
		if err != nil || err2 != nil {
			return nil, usageError("what is pushed cannot be read", "git runs this command as its pre-receive hook")
		}
		out = append(out, m)
	}
}

func (p *push) stateAt(commit gitstore.ID) (*access.State, error) {
	c, err := gitstore.ReadCommit(p.repo, commit)
	if err != nil {
		return nil, err
	}
	return p.loader.At(c.Tree)
}

func (p *push) refuse(m gitstore.RefUpdate, msg, hint string) {
	p.bad = true
	fmt.Fprintf(p.Stderr, "error: %s: %s\n", oneLine(m.Name), oneLine(msg))
	if hint != "" {
		fmt.Fprintf(p.Stderr, "hint: %s\n", hint)
	}
}

// refuseFindings refuses what a check found fault with.
func (p *push) refuseFindings(m gitstore.RefUpdate, r *check.Report) error {
	if len(r.Findings) == 0 {
		return nil
	}
	p.refuse(m, "refused by the register's rules", "")
	return WriteReport(p.Stderr, r, "text", ReportOptions{})
}
