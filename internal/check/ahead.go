package check

import (
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/sign"
)

const (
	aheadCommits  = 64    // of main, prepared before they are judged
	aheadProposal = 10    // commits of a proposal that are prepared
	aheadChanges  = 1_000 // changes of a commit that are looked for
	aheadFile     = 2_000 // bytes of the largest clear file that is read
)

// ahead prepares commits of main on other processors while those before them are
// judged: it verifies signatures, and reads the trees that differ, so that the
// repository remembers them. It judges nothing: what it cannot read, or leaves out, is
// read again where it is judged, and said there.
type ahead struct {
	repo   *gitstore.Repo
	ready  chan chan signatures // one for each commit of main, in their order
	stop   chan struct{}
	all    sync.WaitGroup
	signed signatures // of the commit that is judged now, and of the proposal that it merges
}

type signatures map[gitstore.ID]signature

// signature is what sign.Verify says of a commit.
type signature struct {
	key ssh.PublicKey
	err error
}

// lookAhead begins at the first commit of a chain.
func lookAhead(repo *gitstore.Repo, chain []gitstore.ID, workers int) *ahead {
	a := &ahead{repo: repo, ready: make(chan chan signatures, aheadCommits), stop: make(chan struct{})}
	slots := make(chan struct{}, workers)
	a.all.Go(func() {
		defer close(a.ready)
		for _, id := range chain {
			one := make(chan signatures, 1)
			select {
			case a.ready <- one:
			case <-a.stop:
				return
			}
			slots <- struct{}{}
			a.all.Go(func() {
				defer func() { <-slots }()
				one <- a.prepare(id)
			})
		}
	})
	return a
}

// end waits until nothing is read any more.
func (a *ahead) end() {
	close(a.stop)
	a.all.Wait()
}

// next goes on to the next commit of the chain.
func (a *ahead) next() { a.signed = <-<-a.ready }

// prepare reads a commit of main, what it changed, and the proposal that it merges.
func (a *ahead) prepare(id gitstore.ID) signatures {
	out := signatures{}
	c := a.read(id, out)
	if c == nil {
		return out
	}
	tree := gitstore.ZeroID
	if len(c.Parents) > 0 {
		if parent, err := gitstore.ReadCommit(a.repo, c.Parents[0]); err == nil {
			tree = parent.Tree
		}
	}
	a.warm(tree, c.Tree)
	if len(c.Parents) != 2 {
		return out
	}
	draft := a.read(c.Parents[1], out)
	for n := 1; draft != nil && len(draft.Parents) == 1 && n < aheadProposal; n++ {
		before, err := gitstore.ReadCommit(a.repo, draft.Parents[0])
		if err != nil {
			break
		}
		a.warm(before.Tree, draft.Tree)
		if len(before.Parents) == 0 || before.Author.Name == c.Author.Name {
			break // most likely main, where it began
		}
		draft = a.read(before.ID, out)
	}
	return out
}

// read verifies the signature of a commit; nil: it cannot be read.
func (a *ahead) read(id gitstore.ID, out signatures) *gitstore.Commit {
	c, err := gitstore.ReadCommit(a.repo, id)
	if err != nil {
		return nil
	}
	key, err := sign.Verify(c.Raw)
	out[id] = signature{key, err}
	return c
}

// warm reads what differs between two trees, and the clear files that access rests on.
func (a *ahead) warm(from, to gitstore.ID) {
	_ = gitstore.DiffAtMost(a.repo, from, to, aheadChanges, func(x gitstore.Change) error {
		if !x.New.ID.IsZero() && strings.HasSuffix(x.Path, ".yaml") {
			_, _ = a.repo.Blob(x.New.ID, aheadFile)
		}
		return nil
	})
}

// signature verifies the signature of a commit, unless that was done ahead.
func (r *run) signature(c *gitstore.Commit) (ssh.PublicKey, error) {
	if r.ahead != nil {
		if s, ok := r.ahead.signed[c.ID]; ok {
			return s.key, s.err
		}
	}
	return sign.Verify(c.Raw)
}
