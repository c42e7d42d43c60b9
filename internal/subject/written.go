package subject

import (
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// Holder is an office in a unit.
type Holder struct {
	Office string
	Of     register.UnitID
}

// Writing is what one commit of main did to a record: where what is kept about a
// member comes from (GDPR art. 15(1)(g)). It names nobody.
type Writing struct {
	Day     register.Day
	Act     string // a verb: add, edit, move, close, reopen or reschedule
	Unit    register.UnitID
	By      []Holder // the offices of whoever wrote it, or passed on what was asked for
	Asked   bool     // it was asked for, in a request of hers or of an officer's, and the secretariat carried it out
	Fields  []string // those that its author says it changes, sorted; nil: that is not said
	Version int      // of the record, from 1; commits that moved the file alone have that of before
}

// Written returns what was done to a record, the first first, from main's history to
// head. It needs no key, and none would help: what stood in older versions is gone with
// their keys. It believes what stands there, as Follow does.
func Written(repo gitstore.Reader, head gitstore.ID, id register.RecordID) ([]Writing, error) {
	r := &recent{Reader: repo}
	loader := access.NewLoader(r)
	var chain []*gitstore.Commit
	for at := head; !at.IsZero(); {
		if len(chain) == gitstore.HistoryLimit {
			return nil, fmt.Errorf("follow main: %w: more than %d commits", gitstore.ErrLimit, gitstore.HistoryLimit)
		}
		c, err := gitstore.ReadCommit(r, at)
		if err != nil {
			return nil, fmt.Errorf("follow main: %w", err)
		}
		chain = append(chain, c)
		at = gitstore.ZeroID
		if len(c.Parents) > 0 {
			at = c.Parents[0]
		}
	}
	slices.Reverse(chain)
	on := make(map[gitstore.ID]bool, len(chain))
	for _, c := range chain {
		on[c.ID] = true
	}
	var out []Writing
	version, last := 0, gitstore.ZeroID
	for i, c := range chain {
		was := gitstore.ZeroID
		if i > 0 {
			was = chain[i-1].Tree
		}
		from, to, err := touched(r, was, c.Tree, id)
		if err != nil {
			return nil, fmt.Errorf("follow main: commit %s: %w", c.ID, err)
		}
		if to.Kind == register.Unknown {
			continue
		}
		e, _, err := gitstore.Find(r, c.Tree, to.String())
		if err != nil {
			return nil, err
		}
		if e.ID != last {
			version, last = version+1, e.ID
		}
		w := Writing{Day: register.DayOf(c.Committer.When), Act: actOf(from, to), Unit: to.Unit, Version: version}
		before := c.Tree
		if i > 0 {
			before = chain[i-1].Tree
		}
		if err := w.author(r, loader, c, on, before, id); err != nil {
			return nil, fmt.Errorf("follow main: commit %s: %w", c.ID, err)
		}
		out = append(out, w)
	}
	return out, nil
}

// touched returns where a record was and where it is after a commit that touched it;
// to is zero where the commit did not, or took it away.
func touched(r gitstore.Reader, was, is gitstore.ID, id register.RecordID) (from, to register.Path, err error) {
	err = gitstore.Diff(r, was, is, func(x gitstore.Change) error {
		p, err := register.ParsePath(x.Path)
		if err != nil || p.ID != id || p.Kind != register.Member && p.Kind != register.Closed {
			return nil
		}
		if !x.Old.ID.IsZero() {
			from = p
		}
		if !x.New.ID.IsZero() {
			to = p
		}
		return nil
	})
	return from, to, err
}

// actOf is what becomes of a record that goes from one path to another.
func actOf(from, to register.Path) string {
	switch {
	case from.Kind == register.Unknown:
		return "add"
	case from.Unit != to.Unit:
		return "move"
	case from.Kind == register.Member && to.Kind == register.Closed:
		return "close"
	case from.Kind == register.Closed && to.Kind == register.Member:
		return "reopen"
	case from != to:
		return "reschedule"
	}
	return "edit"
}

// author finds whose work a commit took in: the secretariat's, who signed it, or that
// of whoever made the proposal that it merged. on is main, and before the tree in
// which her offices are looked up.
func (w *Writing) author(r gitstore.Reader, loader *access.Loader, c *gitstore.Commit, on map[gitstore.ID]bool, before gitstore.ID, id register.RecordID) error {
	who, day := register.Handle(c.Author.Name), w.Day
	if len(c.Parents) > 1 {
		w.Asked = true
		for at, n := c.Parents[1], 0; !on[at] && n < gitstore.HistoryLimit; n++ {
			p, err := gitstore.ReadCommit(r, at)
			if err != nil {
				return err
			}
			if len(p.Parents) != 1 {
				return fmt.Errorf("a proposal that does not begin on main was merged")
			}
			who, day = register.Handle(p.Author.Name), min(register.DayOf(p.Committer.When), w.Day)
			up, err := gitstore.ReadCommit(r, p.Parents[0])
			if err != nil {
				return err
			}
			if from, to, err := touched(r, up.Tree, p.Tree, id); err != nil {
				return err
			} else if from.Kind != register.Unknown || to.Kind != register.Unknown {
				w.Asked = false
				w.says(p.Message)
			}
			at = p.Parents[0]
		}
	}
	s, err := loader.At(before)
	if err != nil || s.Policy == nil {
		return err
	}
	for _, g := range s.Grants(who, day) {
		h := Holder{g.Office, g.Unit}
		if !slices.Contains(w.By, h) {
			w.By = append(w.By, h)
		}
	}
	return nil
}

// says adds the fields that a message declares.
func (w *Writing) says(message string) {
	said, err := register.ParseMessage(message)
	if err != nil {
		return // verify refuses it; nothing follows from it
	}
	w.Fields = append(w.Fields, said.Fields...)
	slices.Sort(w.Fields)
	w.Fields = slices.Compact(w.Fields)
}
