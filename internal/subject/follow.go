package subject

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// walker follows main from its first commit.
type walker struct {
	r      gitstore.Reader
	loader *access.Loader
	only   register.RecordID // the one record that is followed; "": all are

	chain []step         // main, the first commit first
	days  []register.Day // of each commit; never decreasing
	at    map[gitstore.ID]int32

	state  *access.State // of the last commit at which access changed
	turns  []turn        // of state, those still to come
	states []dated       // the last ones, state the last of them

	units   []*timeline
	unitOf  map[register.UnitID]int32
	merge   *timeline // who may merge
	handles map[register.Handle]int32
	seats   []seat
	seatOf  map[seat]int32
	records map[register.RecordID]*past
}

// step is what is kept of a commit of main.
type step struct {
	id, tree, merged gitstore.ID // merged: the head of the proposal; zero for none
	when             time.Time
}

// dated is a state and the first commit that has it.
type dated struct {
	from  int32
	state *access.State
}

// statesLimit is the number of states that are kept for the bases of proposals: one
// holds an entry for each unit.
const statesLimit = 64

// Follow reads the first-parent chain of main that ends at head. It believes what
// stands there: whoever calls it has verified main. The error is one of reading, or
// of a file that no verified main holds.
func Follow(repo gitstore.Reader, head gitstore.ID) (*Past, error) {
	return follow(repo, head, "")
}

// FollowOne is Follow for one record: it reads no folder that cannot hold it, and knows
// of no other.
func FollowOne(repo gitstore.Reader, head gitstore.ID, id register.RecordID) (*Past, error) {
	return follow(repo, head, id)
}

func follow(repo gitstore.Reader, head gitstore.ID, only register.RecordID) (*Past, error) {
	r := &recent{Reader: repo}
	w := &walker{r: r, loader: access.NewLoader(r), only: only, at: map[gitstore.ID]int32{}, unitOf: map[register.UnitID]int32{},
		handles: map[register.Handle]int32{}, seatOf: map[seat]int32{}, records: map[register.RecordID]*past{},
		merge: &timeline{open: map[holder]int{}}}
	for id := head; ; {
		if len(w.chain) == gitstore.HistoryLimit {
			return nil, fmt.Errorf("follow main: %w: more than %d commits", gitstore.ErrLimit, gitstore.HistoryLimit)
		}
		c, err := gitstore.ReadCommit(r, id)
		if err != nil {
			return nil, fmt.Errorf("follow main: %w", err)
		}
		s := step{id: id, tree: c.Tree, when: c.Committer.When}
		if len(c.Parents) > 1 {
			s.merged = c.Parents[1]
		}
		w.chain = append(w.chain, s)
		if len(c.Parents) == 0 {
			break
		}
		id = c.Parents[0]
	}
	slices.Reverse(w.chain)
	for k := range w.chain {
		w.at[w.chain[k].id] = int32(k)
	}
	for k := range w.chain {
		if err := w.step(int32(k)); err != nil {
			return nil, fmt.Errorf("follow main: commit %s: %w", w.chain[k].id, err)
		}
	}
	// Readers may be asked by many at once: nothing gets a number after this.
	w.seat(seat{})
	for _, u := range w.state.Units {
		for _, g := range u.Grants {
			w.holder(g)
		}
	}
	w.r, w.chain, w.at, w.states, w.loader = nil, nil, nil, nil, nil
	r.now, r.before, r.trees = nil, nil, nil // the last state keeps its reader
	return &Past{w: w}, nil
}

// change is what a commit did to who may do what.
type change struct {
	all    bool                     // the policy
	known  bool                     // who is an officer
	grants []register.Path          // that came, went or changed
	units  map[register.UnitID]bool // whose keyring has other readers
}

// step follows one commit.
func (w *walker) step(k int32) error {
	s := &w.chain[k]
	day := register.DayOf(s.when)
	if k > 0 {
		day = max(day, w.days[k-1])
		w.turns = w.pass(w.state, w.turns, k-1, day, w.line, func() *timeline { return w.merge })
	}
	w.days = append(w.days, day)
	was := gitstore.ZeroID
	if k > 0 {
		was = w.chain[k-1].tree
	}
	c := change{all: k == 0, units: map[register.UnitID]bool{}}
	var touched []*past
	err := gitstore.DiffExcept(w.r, was, s.tree, w.skips, func(x gitstore.Change) error {
		p, err := register.ParsePath(x.Path)
		if err != nil {
			return nil // verify refuses it; nothing follows from it
		}
		switch p.Kind {
		case register.Policy:
			c.all = true
		case register.Officer:
			c.known = c.known || x.Old.ID.IsZero() || x.New.ID.IsZero()
		case register.Grant:
			c.grants = append(c.grants, p)
		case register.Keyring:
			return w.keyring(p.Unit, x.New, k, &c)
		case register.Member, register.Closed:
			if w.only == "" || p.ID == w.only {
				touched = append(touched, w.record(p, x, k))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range touched {
		r.settle(w, k)
	}
	if err := w.accessAt(&c, k); err != nil {
		return err
	}
	if s.merged.IsZero() || k == 0 {
		return nil
	}
	return w.proposal(k)
}

// skips tells whether nothing that is followed lies in a folder.
func (w *walker) skips(folder string) bool {
	seg := strings.Split(strings.TrimSuffix(folder, "/"), "/")
	switch {
	case len(seg) == 1:
		return seg[0] != "data" && seg[0] != "policies"
	case seg[0] != "data":
		return false
	case len(seg) == 3:
		return seg[2] != "members" && seg[2] != "erase" && seg[2] != "grants"
	case len(seg) == 4 && seg[2] == "members" && w.only != "":
		return seg[3] != string(w.only[:1])
	}
	return false
}

// keyring takes over who reads a unit.
func (w *walker) keyring(u register.UnitID, e gitstore.Entry, k int32, c *change) error {
	t := w.line(u)
	if t == nil {
		t = &timeline{id: u, open: map[holder]int{}}
		w.unitOf[u] = int32(len(w.units))
		w.units = append(w.units, t)
	}
	t.reseals = append(t.reseals, k)
	var readers []register.Handle
	if !e.ID.IsZero() {
		typ, b, err := w.r.Object(e.ID)
		if err != nil {
			return err
		}
		if typ != gitstore.Blob {
			return fmt.Errorf("keyring.yaml of unit %q: not a file", u)
		}
		f, err := access.ParseKeyringFile(u, b)
		if err != nil {
			return fmt.Errorf("read keyring.yaml of unit %q: %w", u, err)
		}
		readers = slices.DeleteFunc(slices.Clone(f.Readers), func(h register.Handle) bool { return h == register.Recovery })
	}
	if !slices.Equal(readers, t.readers) {
		t.readers, c.units[u] = readers, true
	}
	return nil
}

// accessAt brings the timelines up to date after a commit.
func (w *walker) accessAt(c *change, k int32) error {
	if !c.all && !c.known && len(c.grants) == 0 && len(c.units) == 0 {
		return nil
	}
	before := w.state
	s, err := w.loader.At(w.chain[k].tree)
	if err != nil {
		return err
	}
	if s.Policy == nil {
		return fmt.Errorf("its policies cannot be read: %s: %s", s.Problems[0].Path, s.Problems[0].Msg)
	}
	at := instant{k, w.days[k]}
	w.state, w.turns = s, turns(s, at.day)
	if w.states = append(w.states, dated{k, s}); len(w.states) > statesLimit {
		w.states = slices.Delete(w.states, 0, 1)
	}
	for _, p := range c.grants {
		if c.all = c.all || reachesAll(before, p) || reachesAll(s, p); c.all {
			break
		}
		for _, u := range affected(s.Policy, p.Unit) {
			c.units[u] = true
		}
	}
	if c.all || c.known {
		w.merging(w.merge, s, at)
	}
	if c.all {
		for _, u := range w.units {
			w.read(u, s, at)
		}
		return nil
	}
	for u := range c.units {
		if t := w.line(u); t != nil {
			w.read(t, s, at)
		}
	}
	return nil
}

// stateAt is the state of a commit of main that was passed.
func (w *walker) stateAt(k int32) (*access.State, error) {
	for _, x := range slices.Backward(w.states) {
		if x.from <= k {
			return x.state, nil
		}
	}
	return w.loader.At(w.chain[k].tree)
}

func reachesAll(s *access.State, p register.Path) bool {
	u := s.Units[p.Unit]
	if u == nil || u.Grants[p.Handle] == nil {
		return false
	}
	o, ok := s.Policy.Office(u.Grants[p.Handle].Office)
	return ok && o.Scope == policy.ScopeAll
}

func (w *walker) line(u register.UnitID) *timeline {
	if i, ok := w.unitOf[u]; ok {
		return w.units[i]
	}
	return nil
}

func (w *walker) who(h register.Handle) int32 {
	i, ok := w.handles[h]
	if !ok {
		i = int32(len(w.handles))
		w.handles[h] = i
	}
	return i
}

func (w *walker) seat(s seat) int32 {
	i, ok := w.seatOf[s]
	if !ok {
		i = int32(len(w.seats))
		w.seats, w.seatOf[s] = append(w.seats, s), i
	}
	return i
}
