package desk

import (
	"maps"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// history follows main from its first commit: in which units each record was,
// and which identities could open the keyrings of each unit meanwhile.
type history struct {
	d    *Desk
	prev *access.State
	tree gitstore.ID

	// present: the identities that open each unit's keyring as of the last commit.
	present map[register.UnitID]map[Reader]bool
	// living: for each record that is not erased, every identity that ever could
	// open a keyring with a key to it.
	living map[register.RecordID]*life
	erased []*ErasureStatus
	// forgotten: how many of those are known to be forgotten by the server, from the first.
	forgotten int
}

type life struct {
	units  map[register.UnitID]*stay
	opened map[Reader]bool
}

// stay is a record's time in a unit, whose keyring has a key to it, and afterwards keys to
// what it was until it is sealed without them.
type stay struct {
	gone  bool         // the record is there no more
	until register.Day // the last day on which a keyring may be sealed with the key of an older version
	holds bool         // there are requests that may name it: whoever reads the unit counts for ever
}

func newHistory(d *Desk) *history {
	return &history{d: d, present: map[register.UnitID]map[Reader]bool{}, living: map[register.RecordID]*life{}}
}

// add follows one commit.
func (h *history) add(c *gitstore.Commit) error {
	s, err := h.d.loader.At(c.Tree)
	if err != nil {
		return err
	}
	day := register.DayOf(c.Committer.When)
	changed := h.readers(s, day)
	for _, l := range h.living {
		for u := range changed {
			if x := l.units[u]; x != nil && (!x.gone || x.holds || day <= x.until) {
				maps.Copy(l.opened, h.present[u])
			}
		}
	}
	keep := s.Policy.Retention.KeepVersions
	if h.prev != nil {
		keep = max(keep, h.prev.Policy.Retention.KeepVersions)
	}
	var left []register.Path
	came := map[register.RecordID][]register.UnitID{}
	authors, err := h.envelopeReaders(c, s)
	if err != nil {
		return err
	}
	err = gitstore.Diff(h.d.repo, h.tree, c.Tree, func(x gitstore.Change) error {
		if !strings.HasPrefix(x.Path, "data/") {
			return nil
		}
		p, err := register.ParsePath(x.Path)
		if err != nil {
			return nil // verify refuses it; there is nothing to follow here
		}
		record := p.Kind == register.Member || p.Kind == register.Closed || p.Kind == register.Activity
		if l := h.living[p.ID]; record && l != nil && !x.Old.ID.IsZero() && l.units[p.Unit] != nil {
			st := l.units[p.Unit]
			st.until = max(st.until, day.Add(keep))
		}
		switch {
		case record && x.New.ID.IsZero():
			left = append(left, p)
		case record:
			h.here(p)
			came[p.ID] = append(came[p.ID], p.Unit)
			maps.Copy(h.living[p.ID].opened, authors)
		case p.Kind == register.Tombstone && !x.New.ID.IsZero():
			return h.gone(p, x.New.ID, c.ID)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range left {
		if slices.Contains(came[p.ID], p.Unit) || h.living[p.ID] == nil {
			continue // closed or reopened; or erased
		}
		_, requests, err := gitstore.Find(h.d.repo, c.Tree, "data/"+string(p.Unit)+"/requests")
		if err != nil {
			return err
		}
		st := h.living[p.ID].units[p.Unit]
		st.gone, st.holds = true, st.holds || requests
	}
	if c.ID == h.d.local.forgotten {
		h.forgotten = len(h.erased)
	}
	h.prev, h.tree = s, c.Tree
	return nil
}

// readers brings present up to date, which is who opens a unit's keyring or its
// tokens, and returns the units that changed.
func (h *history) readers(s *access.State, day register.Day) map[register.UnitID]bool {
	changed := map[register.UnitID]bool{}
	for u, st := range s.Units {
		if st.Keyring == nil {
			continue
		}
		if h.prev != nil && h.prev.Units[u] != nil && h.prev.Units[u].Keyring != nil &&
			h.prev.Units[u].Keyring.SHA256 == st.Keyring.SHA256 {
			continue
		}
		now := map[Reader]bool{}
		who := st.Keyring.Readers
		if st.Keyring.Tokens != "" {
			who = slices.Concat(who, s.TokenReaders(day))
		}
		for _, handle := range who {
			for _, r := range s.Recipients([]register.Handle{handle}) {
				now[Reader{handle, access.RecipientID(r)}] = true
			}
		}
		if !maps.Equal(now, h.present[u]) {
			h.present[u], changed[u] = now, true
		}
	}
	return changed
}

// envelopeReaders returns who could open what a merged proposal held before the
// merge sealed it anew: its author and the secretariat, with the recipients of
// the day on which it was made and of the day on which it was merged.
func (h *history) envelopeReaders(c *gitstore.Commit, s *access.State) (map[Reader]bool, error) {
	if len(c.Parents) != 2 {
		return nil, nil
	}
	last, err := gitstore.ReadCommit(h.d.repo, c.Parents[1])
	if err != nil {
		return nil, err
	}
	states := []*access.State{s, h.prev}
	bases, err := gitstore.MergeBases(h.d.repo, c.Parents[0], c.Parents[1])
	if err != nil {
		return nil, err
	}
	for _, b := range bases {
		base, err := gitstore.ReadCommit(h.d.repo, b)
		if err != nil {
			return nil, err
		}
		at, err := h.d.loader.At(base.Tree)
		if err != nil {
			return nil, err
		}
		states = append(states, at)
	}
	out := map[Reader]bool{}
	for _, at := range states {
		who := append(at.Secretariat(register.DayOf(last.Committer.When)), register.Handle(last.Author.Name))
		for _, handle := range who {
			for _, r := range at.Recipients([]register.Handle{handle}) {
				out[Reader{handle, access.RecipientID(r)}] = true
			}
		}
	}
	return out, nil
}

func (h *history) here(p register.Path) {
	l := h.living[p.ID]
	if l == nil {
		l = &life{units: map[register.UnitID]*stay{}, opened: map[Reader]bool{}}
		h.living[p.ID] = l
	}
	x := l.units[p.Unit]
	if x == nil {
		x = &stay{gone: true}
		l.units[p.Unit] = x
	}
	if x.gone {
		x.gone = false
		maps.Copy(l.opened, h.present[p.Unit])
	}
}

func (h *history) gone(p register.Path, blob, commit gitstore.ID) error {
	b, err := h.d.repo.Blob(blob, register.FlatLimit)
	if err != nil {
		return err
	}
	t, err := access.ParseTombstone(b)
	if err != nil {
		return err
	}
	st := &ErasureStatus{ID: p.ID, Unit: p.Unit, Day: t.Day, Commit: commit}
	if l := h.living[p.ID]; l != nil {
		for r := range l.opened {
			st.Waiting = append(st.Waiting, r)
		}
		delete(h.living, p.ID)
	}
	h.erased = append(h.erased, st)
	return nil
}

// statuses takes out who has stated to have destroyed the identity, and asks the
// server what it still holds.
func (h *history) statuses() ([]*ErasureStatus, error) {
	done := map[string]bool{}
	if h.prev != nil {
		for _, o := range h.prev.Officers {
			for _, r := range o.Retired {
				done[string(o.Handle)+r.Recipient] = true
			}
		}
		if h.prev.Recovery != nil {
			for _, r := range h.prev.Recovery.Retired {
				done[string(register.Recovery)+r.Recipient] = true
			}
		}
	}
	fate := h.d.fates()
	for i, st := range h.erased {
		st.Waiting = slices.DeleteFunc(st.Waiting, func(r Reader) bool { return done[string(r.Handle)+r.Recipient] })
		slices.SortFunc(st.Waiting, func(a, b Reader) int {
			return strings.Compare(string(a.Handle)+a.Recipient, string(b.Handle)+b.Recipient)
		})
		if st.Server = fate(st); st.Server == ServerUnknown && i < h.forgotten {
			st.Server = ServerForgotten
		}
	}
	return h.erased, nil
}
