package breach

import (
	"fmt"
	"slices"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/subject"
)

// walker follows main from its first commit, and keeps of every unit what its keyring
// opens and whether it is sealed to an identity that counts.
type walker struct {
	r      gitstore.Reader
	loader *access.Loader
	loss   Loss

	chain   []step
	days    []register.Day // of each commit; never decreasing
	at      map[gitstore.ID]int
	state   *access.State // of the last commit that changed her access or the policy
	states  []dated       // as far as she could open proposals by them
	keys    []keyed       // her recipients, over time
	last    []string      // those of main's last commit
	retired map[string]register.Day
	keep    int  // days that the policy keeps older versions
	crossed bool // the time of the loss has begun

	units  map[register.UnitID]*unit
	opened map[gitstore.ID]*opening
	made   register.Day
}

// step is what is kept of a commit of main.
type step struct {
	id, tree, merged gitstore.ID // merged: the head of the proposal; zero for none
	when             time.Time
	verb             string
	unit             register.UnitID
}

type dated struct {
	from  int
	state *access.State
}

type keyed struct {
	from       int
	recipients []string // access.RecipientID
}

func newWalker(repo gitstore.Reader, l Loss) *walker {
	repo = subject.Recent(repo)
	return &walker{r: repo, loader: access.NewLoader(repo), loss: l, at: map[gitstore.ID]int{}, retired: map[string]register.Day{},
		units: map[register.UnitID]*unit{}, opened: map[gitstore.ID]*opening{}}
}

// follow reads the first-parent chain that ends at head.
func (w *walker) follow(head gitstore.ID) error {
	for id := head; !id.IsZero(); {
		if len(w.chain) == gitstore.HistoryLimit {
			return fmt.Errorf("follow main: %w: more than %d commits", gitstore.ErrLimit, gitstore.HistoryLimit)
		}
		c, err := gitstore.ReadCommit(w.r, id)
		if err != nil {
			return fmt.Errorf("follow main: %w", err)
		}
		s := step{id: id, tree: c.Tree, when: c.Committer.When}
		if m, err := register.ParseMessage(c.Message); err == nil {
			s.verb, s.unit = m.Verb, m.Unit
		}
		if len(c.Parents) > 1 {
			s.merged = c.Parents[1]
		}
		w.chain = append(w.chain, s)
		id = gitstore.ZeroID
		if len(c.Parents) > 0 {
			id = c.Parents[0]
		}
	}
	slices.Reverse(w.chain)
	for k := range w.chain {
		w.at[w.chain[k].id] = k
	}
	if err := w.statements(); err != nil {
		return fmt.Errorf("follow main: %w", err)
	}
	for k := range w.chain {
		if err := w.step(k); err != nil {
			return fmt.Errorf("follow main: commit %s: %w", w.chain[k].id, err)
		}
	}
	w.cross()
	last, err := w.loader.At(w.chain[len(w.chain)-1].tree)
	if err != nil {
		return fmt.Errorf("follow main: %w", err)
	}
	w.state = last
	return nil
}

// statements reads which identities she has, and which she stated to have destroyed: these
// are appended and never removed, so main's last commit has them all.
func (w *walker) statements() error {
	e, ok, err := gitstore.Find(w.r, w.chain[len(w.chain)-1].tree, w.officerPath())
	if err != nil || !ok {
		return err
	}
	o, err := w.officer(e.ID)
	if err != nil {
		return err
	}
	for _, r := range o.Retired {
		w.retired[r.Recipient] = r.Day
	}
	w.last = recipientIDs(o)
	return nil
}

func recipientIDs(o *access.Officer) []string {
	var ids []string
	for _, r := range o.Recipients {
		ids = append(ids, access.RecipientID(r))
	}
	return ids
}

func (w *walker) officerPath() string {
	kind := register.Officer
	if w.loss.Handle == register.Recovery {
		kind = register.RecoveryFile
	}
	return register.Path{Kind: kind, Handle: w.loss.Handle}.String()
}

func (w *walker) officer(id gitstore.ID) (*access.Officer, error) {
	_, b, err := w.r.Object(id)
	if err != nil {
		return nil, err
	}
	o, err := access.ParseOfficer(b, seal.RecipientShape)
	if err != nil {
		return nil, fmt.Errorf("read the file of officer %s: %w", w.loss.Handle, err)
	}
	return o, nil
}

// counts tells whether an identity of hers was there still, or may have been, when the
// loss began. A recovery identity that took the place of another since then, and has it
// still, is the answer to the loss.
func (w *walker) counts(recipient string) bool {
	if day, ok := w.retired[recipient]; ok && day < w.loss.Since {
		return false
	}
	if w.loss.Handle != register.Recovery || !slices.Contains(w.last, recipient) {
		return true
	}
	came := slices.IndexFunc(w.keys, func(x keyed) bool { return slices.Contains(x.recipients, recipient) })
	return came < 1 || w.days[w.keys[came].from] < w.loss.Since
}

// alive tells whether what was sealed to her by main's commit k opens with an identity
// that counts.
func (w *walker) alive(k int) bool {
	for _, x := range slices.Backward(w.keys) {
		if x.from <= k {
			return slices.ContainsFunc(x.recipients, w.counts)
		}
	}
	return false
}

// within tells whether a day is one of the loss.
func (w *walker) within(day register.Day) bool {
	return day >= w.loss.Since && (w.loss.Until == "" || day <= w.loss.Until)
}

// changes is what a commit did.
type changes struct {
	gone, came []Version
	keeps      map[gitstore.ID]bool // those gone of which the keyring keeps the key for a while
	stays      map[gitstore.ID]bool // that came, also where they had been
	erased     map[register.RecordID]bool
	here       map[register.RecordID]bool // records that came
	keyrings   map[register.UnitID]gitstore.ID
	access     bool // the policy, or what she may
	policy     bool
}

func (w *walker) step(k int) error {
	s := &w.chain[k]
	day := register.DayOf(s.when)
	was := gitstore.ZeroID
	if k > 0 {
		was, day = w.chain[k-1].tree, max(day, w.days[k-1])
	}
	w.days = append(w.days, day)
	if day >= w.loss.Since {
		w.cross()
	}
	c := changes{keeps: map[gitstore.ID]bool{}, stays: map[gitstore.ID]bool{}, erased: map[register.RecordID]bool{}, here: map[register.RecordID]bool{}, keyrings: map[register.UnitID]gitstore.ID{}}
	if err := gitstore.Diff(w.r, was, s.tree, func(x gitstore.Change) error { return w.change(&c, x, k) }); err != nil {
		return err
	}
	w.records(&c, s, day)
	if c.access || c.policy || k == 0 {
		if err := w.accessAt(k); err != nil {
			return err
		}
	}
	for u, id := range c.keyrings {
		if err := w.keyring(u, id, &c, k); err != nil {
			return err
		}
	}
	if s.merged.IsZero() || k == 0 {
		return nil
	}
	return w.proposal(k)
}

// change takes in one path.
func (w *walker) change(c *changes, x gitstore.Change, k int) error {
	p, err := register.ParsePath(x.Path)
	if err != nil {
		return nil // verify refuses it; nothing follows from it
	}
	switch p.Kind {
	case register.Policy:
		c.policy = true
	case register.Officer, register.RecoveryFile:
		if p.Handle != w.loss.Handle {
			return nil
		}
		c.access = true
		if x.New.ID.IsZero() {
			w.keys = append(w.keys, keyed{k, nil})
			return nil
		}
		o, err := w.officer(x.New.ID)
		if err != nil {
			return err
		}
		w.keys = append(w.keys, keyed{k, recipientIDs(o)})
	case register.Grant:
		c.access = c.access || p.Handle == w.loss.Handle
	case register.Keyring:
		c.keyrings[p.Unit] = x.New.ID
	case register.Tombstone:
		c.erased[p.ID] = true
	}
	if !ofKeyring(p.Kind) {
		return nil
	}
	record := p.Kind == register.Member || p.Kind == register.Closed
	if !x.Old.ID.IsZero() {
		c.gone = append(c.gone, Version{p.Unit, p.ID, record, x.Old.ID})
		// An activity without somebody who is erased keeps nothing of before.
		c.keeps[x.Old.ID] = record || p.Kind == register.Activity && w.chain[k].verb != "erase"
	}
	if !x.New.ID.IsZero() {
		c.came = append(c.came, Version{p.Unit, p.ID, record, x.New.ID})
		c.stays[x.New.ID] = true
		c.here[p.ID] = true
	}
	return nil
}

// identities lists those that she ever had.
func (w *walker) identities() []Identity {
	var out []Identity
	for _, x := range w.keys {
		for _, id := range x.recipients {
			if !slices.ContainsFunc(out, func(i Identity) bool { return i.Recipient == id }) {
				out = append(out, Identity{id, w.days[x.from], w.retired[id], w.counts(id)})
			}
		}
	}
	return out
}
