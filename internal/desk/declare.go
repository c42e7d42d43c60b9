package desk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// DeclaredError is a refusal of a proposal that says of itself that it changes
// other fields than it does. The check, which cannot open records, judges rights
// by what is said.
type DeclaredError struct {
	Hidden []string // are changed, and not said to be
	Idle   []string // are said to be changed, and are not
}

func (e *DeclaredError) Error() string {
	var out []string
	if len(e.Hidden) > 0 {
		out = append(out, "it changes "+strings.Join(e.Hidden, ", ")+", which it does not say")
	}
	if len(e.Idle) > 0 {
		out = append(out, "it says that it changes "+strings.Join(e.Idle, ", ")+", which it does not")
	}
	return "the proposal does not say truly which fields it changes: " + strings.Join(out, "; ")
}

// changedFields returns the fields that differ between two records and whose
// change is declared, sorted: a membership's end is said by where the record lies.
func changedFields(was, is *record.Record) []string {
	if was == nil {
		was = &record.Record{Fields: map[string]record.Value{}}
	}
	out := slices.DeleteFunc(record.Diff(was, is), func(f string) bool { return f == record.Closed || f == record.Reason })
	slices.Sort(out)
	return out
}

// declaring adds to the message of a draft's commit which fields its ops change,
// where the policy asks for it.
func (d *Desk) declaring(msg string, ops []op) string {
	if !d.state.Policy.DeclareFields {
		return msg
	}
	var fields []string
	for _, o := range ops {
		fields = append(fields, changedFields(o.was, o.rec)...)
	}
	return register.WithFields(msg, fields)
}

// declared verifies that each commit of a proposal changes the fields that it says
// it changes, and no others. What is not so is the first result.
func (d *Desk) declared(r *Review) (*DeclaredError, error) {
	commits, err := gitstore.Between(d.repo, r.base, r.Proposal.Head, changesLimit)
	if err != nil {
		return nil, err
	}
	for _, c := range commits {
		said, err := register.ParseMessage(c.Message)
		if err != nil {
			return nil, err
		}
		if said.Fields == nil && !d.state.Policy.DeclareFields {
			continue
		}
		real, err := d.fieldsOf(r.base, r.secret, c, func(register.Path) bool { return true })
		if err != nil {
			return nil, err
		}
		e := &DeclaredError{without(real, said.Fields), without(said.Fields, real)}
		if len(e.Hidden)+len(e.Idle) > 0 {
			return e, nil
		}
	}
	return nil, nil
}

func without(list, others []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(others, s) })
}

// shortened is the message of a draft's commit from which changes were left out:
// it counts and names what is left.
func (d *Desk) shortened(l *layer, c *gitstore.Commit, keep func(register.Path) bool, edits []gitstore.Edit) (string, error) {
	said, err := register.ParseMessage(c.Message)
	if err != nil {
		return "", err
	}
	ids := map[register.RecordID]bool{}
	for _, e := range edits {
		if p, err := register.ParsePath(e.Path); err == nil && p.Kind != register.Envelope {
			ids[p.ID] = true
		}
	}
	msg := register.Message(said.Verb, len(ids), said.Unit)
	if said.Fields == nil {
		return msg, nil
	}
	fields, err := d.fieldsOf(l.base, l.secret, c, keep)
	return register.WithFields(msg, fields), err
}

// fieldsOf opens what a commit upon base, of a draft with the secret, changes and
// returns the fields that differ, sorted: of the paths that are to be kept.
func (d *Desk) fieldsOf(from gitstore.ID, secret seal.Key, c *gitstore.Commit, keep func(register.Path) bool) ([]string, error) {
	parent, err := gitstore.ReadCommit(d.repo, c.Parents[0])
	if err != nil {
		return nil, err
	}
	base, err := gitstore.ReadCommit(d.repo, from)
	if err != nil {
		return nil, err
	}
	gone, come := map[register.RecordID]gitstore.Change{}, map[register.RecordID]gitstore.Change{}
	err = gitstore.Diff(d.repo, parent.Tree, c.Tree, func(x gitstore.Change) error {
		p, err := register.ParsePath(x.Path)
		if err != nil || p.Kind != register.Member && p.Kind != register.Closed || !keep(p) {
			return err
		}
		if !x.Old.ID.IsZero() {
			gone[p.ID] = x
		}
		if !x.New.ID.IsZero() {
			come[p.ID] = x
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []string
	for id, x := range come {
		is, err := d.drafted(secret, x.Path, x.New.ID)
		if err != nil {
			return nil, err
		}
		var was *record.Record
		if g, ok := gone[id]; ok {
			if was, err = d.before(secret, base, g); err != nil {
				return nil, err
			}
		}
		out = append(out, changedFields(was, is)...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// drafted opens a record as a draft has it.
func (d *Desk) drafted(secret seal.Key, path string, blob gitstore.ID) (*record.Record, error) {
	p, err := register.ParsePath(path)
	if err != nil {
		return nil, err
	}
	file, err := d.repo.Blob(blob, seal.RecordLimit)
	if err != nil {
		return nil, err
	}
	return openRecord(d.state.Policy.Schema(), p, secret.Derive(seal.KindRecord, p.Unit, p.ID), file)
}

// before opens a record as it was before a commit of a proposal: as main had it,
// or as an earlier commit left it. Where nobody has the key to that any more, it
// is as main has it now.
func (d *Desk) before(secret seal.Key, base *gitstore.Commit, x gitstore.Change) (*record.Record, error) {
	e, ok, err := gitstore.Find(d.repo, base.Tree, x.Path)
	if err != nil {
		return nil, err
	}
	if !ok || e.ID != x.Old.ID {
		return d.drafted(secret, x.Path, x.Old.ID)
	}
	p, err := register.ParsePath(x.Path)
	if err != nil {
		return nil, err
	}
	was, _, err := d.openBase(p, x.Old.ID)
	if was != nil || err != nil {
		return was, err
	}
	m, err := d.present(p)
	if err != nil {
		return nil, fmt.Errorf("compare record %s: %w", p.ID, err)
	}
	return m.Record, nil
}
