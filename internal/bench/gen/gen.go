// Package gen makes registers of any size for the benchmark: invented members,
// a full set of officers, signed commits, sealed keyrings. What it makes is
// sound by every rule: medlem verify and medlem check --all accept it.
//
// Use [New] for a register on a bare server, [Register.Clone] for an officer's
// copy of it, and [Register.Propose] for a proposal that waits there.
package gen

import (
	"fmt"
	"os/exec"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sign"
)

// Shape says how large a register is.
type Shape struct {
	Branches int       // units with members; regions and the national unit come on top
	Records  int       // divided over the branches, evenly
	First    int       // members of the first branch, if it is to have its own number
	Work     int       // commits of daily work after the imports
	Days     int       // over which they are spread
	Years    int       // of grants: offices ask for documents and a guide, and each has a new officer every year
	Pack     bool      // under the largest pack's policies; else under the standard ones
	Lists    bool      // with lists that the secretariat may take out, of every field that records have here
	Now      time.Time // when the last of it was done
}

// branchesEach is the number of branches of a region.
const branchesEach = 20

// Branch is a unit with members, and the officers who serve it. With those of
// the region, the secretariat and the recovery recipient, its keyring has eight
// readers.
type Branch struct {
	Unit      register.UnitID
	Chair     *identity.Identity
	Keeper    *identity.Identity // the member-officer
	Treasurer *identity.Identity
	Members   []register.RecordID
}

// Register is a register on a bare server.
type Register struct {
	Server    string // the folder of the bare repository
	Secretary *identity.Identity
	Branches  []*Branch

	repo  *gitstore.Repo
	when  time.Time   // of the last commit
	head  gitstore.ID // of main
	tree  gitstore.ID
	state *access.State // officers and grants as of the last commit
	rings keyrings
	ids   map[register.Handle]*identity.Identity
}

// New makes a register at dir, which must not be there. Its history is the
// commit that begins it, one import for each branch, and then the years.
func New(dir string, s Shape) (*Register, error) {
	if out, err := exec.Command("git", "init", "--quiet", "--bare", "--initial-branch=main", dir).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("git init: %w: %s", err, out)
	}
	repo, err := gitstore.Open(dir)
	if err != nil {
		return nil, err
	}
	// A commit a second, as a walk of history wants to see them.
	r := &Register{Server: dir, repo: repo, when: s.Now.UTC().Truncate(time.Second).Add(-time.Duration(s.Branches) * time.Second), ids: map[register.Handle]*identity.Identity{}}
	if err := r.fill(s); err != nil {
		repo.Close()
		return nil, fmt.Errorf("make a register of %d records: %w", s.Records, err)
	}
	return r, nil
}

// Close closes the files of the server's repository.
func (r *Register) Close() error { return r.repo.Close() }

// Units is the number of units, regions and the national one included.
func (r *Register) Units() int { return len(r.state.Policy.Units) }

// fill writes everything as one pack.
func (r *Register) fill(s Shape) error {
	b, err := r.repo.Begin()
	if err != nil {
		return err
	}
	defer b.Abort()
	end := r.when
	r.when = end.AddDate(0, 0, -s.Years*year)
	if s.Work > 0 {
		r.when = end.AddDate(0, 0, -s.Days)
	}
	start := r.when
	if err := r.begin(b, s); err != nil {
		return err
	}
	for i, n := range s.members() {
		r.when = r.when.Add(time.Second)
		if err := r.enter(b, r.Branches[i], n); err != nil {
			return err
		}
	}
	if s.Years > 0 {
		if err := r.handOvers(b, start, s.Years); err != nil {
			return err
		}
		r.when = end
	}
	if s.Work > 0 {
		if err := r.dailyWork(b, s, end); err != nil {
			return err
		}
	}
	ups := []gitstore.RefUpdate{{Name: register.Main, New: r.head}}
	for _, k := range r.rings {
		id, err := r.keyringCommit(b, k)
		if err != nil {
			return err
		}
		ups = append(ups, gitstore.RefUpdate{Name: register.KeyringRef(k.ring.Unit), New: id})
	}
	if err := b.Close(); err != nil {
		return err
	}
	return r.repo.UpdateRefs(ups)
}

// members is how many each branch has.
func (s Shape) members() []int {
	out := make([]int, s.Branches)
	rest, from := s.Records, 0
	if s.First > 0 {
		out[0], rest, from = s.First, rest-s.First, 1
	}
	for i := from; i < len(out); i++ {
		out[i] = rest*(i-from+1)/(len(out)-from) - rest*(i-from)/(len(out)-from)
	}
	return out
}

// commit lays files over main's tree, nil removes one, and moves main there; a merge
// has another parent beside main.
func (r *Register) commit(b *gitstore.Builder, message string, files map[string][]byte, merged ...gitstore.ID) error {
	tree, err := write(b, r.tree, files)
	if err != nil {
		return err
	}
	var parents []gitstore.ID
	if !r.head.IsZero() {
		parents = append(parents, r.head)
	}
	head, err := b.Commit(r.spec(r.Secretary, tree, append(parents, merged...), message))
	if err != nil {
		return err
	}
	r.head, r.tree = head, tree
	return nil
}

func write(b *gitstore.Builder, root gitstore.ID, files map[string][]byte) (gitstore.ID, error) {
	edits := make([]gitstore.Edit, 0, len(files))
	for path, content := range files {
		if content == nil {
			edits = append(edits, gitstore.Edit{Path: path})
			continue
		}
		id, err := b.Blob(content)
		if err != nil {
			return root, err
		}
		edits = append(edits, gitstore.Edit{Path: path, ID: id})
	}
	return b.Tree(root, edits)
}

func (r *Register) spec(by *identity.Identity, tree gitstore.ID, parents []gitstore.ID, message string) gitstore.CommitSpec {
	return gitstore.CommitSpec{Tree: tree, Parents: parents, Name: string(by.Handle()), Email: by.Handle().Email(), When: r.when, Message: message,
		Sign: func(payload []byte) ([]byte, error) { return sign.Armor(payload, by.Signer()) }}
}

func (r *Register) day() register.Day { return register.DayOf(r.when) }
