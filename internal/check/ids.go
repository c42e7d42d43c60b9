package check

import (
	"fmt"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// ledger says which ids a tree holds: where a member's record lies, and which
// records were erased.
type ledger struct {
	at     map[register.RecordID]register.Path   // members and closed records
	draws  map[register.Path]register.Path       // receipts, by their paths without the day; only in an index, which lists everything
	erased map[register.RecordID]register.UnitID // by their tombstones

	activities map[register.RecordID]register.Path
}

func newLedger() *ledger {
	return &ledger{at: map[register.RecordID]register.Path{}, draws: map[register.Path]register.Path{}, erased: map[register.RecordID]register.UnitID{}, activities: map[register.RecordID]register.Path{}}
}

// lookUp finds ids in every unit of a tree. It reads only the folders that may
// hold one of them, so that the cost of a few ids does not follow the number of
// members; with every id wanted (nil) it lists the whole tree.
func lookUp(r gitstore.Reader, tree gitstore.ID, want map[register.RecordID]bool) (*ledger, error) {
	l := newLedger()
	if want != nil && len(want) == 0 {
		return l, nil
	}
	data, ok, err := gitstore.Find(r, tree, "data")
	if err != nil || !ok || data.Mode != gitstore.ModeDir {
		return l, wrapLookUp(err)
	}
	firsts := map[string]bool{}
	for id := range want {
		firsts[string(id[:1])] = true
	}
	units, err := gitstore.ReadTree(r, data.ID)
	if err != nil {
		return nil, wrapLookUp(err)
	}
	for _, u := range units {
		if _, err := register.ParseUnitID(u.Name); err != nil || u.Mode != gitstore.ModeDir {
			continue
		}
		if err := l.unit(r, u, want, firsts); err != nil {
			return nil, wrapLookUp(err)
		}
	}
	return l, nil
}

func wrapLookUp(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("look for ids: %w", err)
}

func (l *ledger) unit(r gitstore.Reader, unit gitstore.Entry, want map[register.RecordID]bool, firsts map[string]bool) error {
	kinds, err := gitstore.ReadTree(r, unit.ID)
	if err != nil {
		return err
	}
	for _, k := range kinds {
		if k.Mode != gitstore.ModeDir || k.Name != "members" && k.Name != "erase" && k.Name != "erased" && k.Name != "activities" {
			continue
		}
		folders, err := gitstore.ReadTree(r, k.ID)
		if err != nil {
			return err
		}
		for _, f := range folders {
			if f.Mode != gitstore.ModeDir || k.Name == "members" && want != nil && !firsts[f.Name] {
				continue
			}
			if err := l.folder(r, "data/"+unit.Name+"/"+k.Name+"/"+f.Name+"/", f.ID, want); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *ledger) folder(r gitstore.Reader, prefix string, tree gitstore.ID, want map[register.RecordID]bool) error {
	files, err := gitstore.ReadTree(r, tree)
	if err != nil {
		return err
	}
	for _, e := range files {
		if len(e.Name) < idLength || want != nil && !want[register.RecordID(e.Name[:idLength])] {
			continue
		}
		if p, err := register.ParsePath(prefix + e.Name); err == nil {
			l.add(p)
		}
	}
	return nil
}

// idLength is the number of characters of an id, with which file names begin.
const idLength = 13

// undated is the path of a draw without its day.
func undated(p register.Path) register.Path {
	p.Day = ""
	return p
}

func (l *ledger) add(p register.Path) {
	switch p.Kind {
	case register.Member, register.Closed:
		l.at[p.ID] = p
	case register.Activity:
		l.activities[p.ID] = p
	case register.Draw:
		l.draws[undated(p)] = p
	case register.Tombstone:
		l.erased[p.ID] = p.Unit
	}
}

// apply moves the ledger over a step.
func (l *ledger) apply(s *step) {
	for _, c := range s.changes {
		if c.removed() && l.at[c.p.ID] == c.p {
			delete(l.at, c.p.ID)
		}
		if c.removed() && l.activities[c.p.ID] == c.p {
			delete(l.activities, c.p.ID)
		}
	}
	for _, c := range s.changes {
		if c.added() {
			l.add(c.p)
		}
	}
}

// addedIDs are the ids under which the step brings something that was not there.
// An envelope's is left out: it never comes to main, and nearly every proposal
// would be looked up in every unit for it.
func (s *step) addedIDs(into map[register.RecordID]bool) {
	for _, c := range s.changes {
		if c.p.ID != "" && c.added() && c.p.Kind != register.Envelope {
			into[c.p.ID] = true
		}
	}
}
