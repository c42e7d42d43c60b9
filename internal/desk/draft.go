package desk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// A draft is a chain of signed commits on a ref of this copy, one for each thing
// that the officer did. Its records are sealed under keys derived from a secret
// of its own, which lies beside them in an envelope, sealed to the secretariat
// and to her: nothing about a draft is kept anywhere else.

// layer is one's own changes that main does not have: the draft or a submitted
// proposal.
type layer struct {
	ref      string
	topic    string
	status   Status
	base     gitstore.ID // the commit of main that it started from
	head     gitstore.ID
	secret   seal.Key
	envelope register.Path
	changes  []gitstore.Change
}

// DraftError says that the draft does not open any more, or is not whole.
type DraftError struct{ Err error }

func (e *DraftError) Error() string { return "your draft does not open: " + e.Err.Error() }
func (e *DraftError) Unwrap() error { return e.Err }

// layers returns the submitted proposals, then the draft. A draft that does not open is
// left out, with a warning: what main has is shown without it.
func (d *Desk) layers() ([]*layer, error) {
	if d.id == nil {
		return nil, nil
	}
	refs, err := d.repo.Refs(submittedRefs)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(refs)+1)
	for n := range refs {
		names = append(names, n)
	}
	slices.Sort(names)
	var out []*layer
	for _, n := range names {
		l, err := d.layer(n, refs[n])
		if err != nil {
			return nil, err
		}
		l.status, l.topic = Submitted, strings.TrimPrefix(n, submittedRefs)
		out = append(out, l)
	}
	l, err := d.wholeDraft()
	if err != nil {
		if !d.closed {
			d.closed = true
			d.warn(Warning{Kind: WarnDraft, Err: err})
		}
		return out, nil
	}
	if l != nil {
		out = append(out, l)
	}
	return out, nil
}

// draft returns the draft, or nil. Its errors are of type *DraftError.
func (d *Desk) draft() (*layer, error) {
	head, ok, err := d.repo.Ref(draftRef)
	if err == nil && !ok {
		return nil, nil
	}
	var l *layer
	if err == nil {
		l, err = d.layer(draftRef, head)
	}
	if err != nil {
		return nil, &DraftError{err}
	}
	l.status = Draft
	return l, nil
}

// wholeDraft is draft, and reads each of its files once.
func (d *Desk) wholeDraft() (*layer, error) {
	l, err := d.draft()
	if err != nil || l == nil || l.head == d.whole {
		return l, err
	}
	for _, c := range l.changes {
		if c.New.ID.IsZero() {
			continue
		}
		if _, _, err := d.repo.Object(c.New.ID); err != nil {
			return nil, &DraftError{err}
		}
	}
	d.whole = l.head
	return l, nil
}

// DraftClosed tells whether there is a draft that did not open.
func (d *Desk) DraftClosed() bool { return d.closed }

// layer reads the changes from main's history to head and opens their envelope.
func (d *Desk) layer(ref string, head gitstore.ID) (*layer, error) {
	l := &layer{ref: ref, head: head}
	var err error
	if l.base, l.changes, err = proposalDiff(d.repo, d.head, head); err != nil {
		return nil, err
	}
	var env gitstore.ID
	if l.envelope, env, err = envelopeOf(l.changes); err != nil {
		return nil, err
	}
	if env.IsZero() {
		return l, nil // it brings nothing sealed
	}
	if l.secret, err = d.openEnvelope(env); err != nil {
		return nil, err
	}
	return l, nil
}

// proposalDiff returns the commit of main that head started from and what head
// changes against it.
func proposalDiff(r gitstore.Reader, main, head gitstore.ID) (gitstore.ID, []gitstore.Change, error) {
	bases, err := gitstore.MergeBases(r, main, head)
	if err != nil {
		return gitstore.ZeroID, nil, err
	}
	if len(bases) != 1 {
		return gitstore.ZeroID, nil, fmt.Errorf("%d common ancestors with main: want one", len(bases))
	}
	from, err := gitstore.ReadCommit(r, bases[0])
	if err != nil {
		return gitstore.ZeroID, nil, err
	}
	to, err := gitstore.ReadCommit(r, head)
	if err != nil {
		return gitstore.ZeroID, nil, err
	}
	var out []gitstore.Change
	err = gitstore.Diff(r, from.Tree, to.Tree, func(c gitstore.Change) error {
		if len(out) == changesLimit {
			return fmt.Errorf("more than %d changes in one proposal", changesLimit)
		}
		out = append(out, c)
		return nil
	})
	return bases[0], out, err
}

// changesLimit is the largest number of files that one proposal may change.
const changesLimit = 100_000

func envelopeOf(cs []gitstore.Change) (register.Path, gitstore.ID, error) {
	var path register.Path
	var id gitstore.ID
	for _, c := range cs {
		p, err := register.ParsePath(c.Path)
		if err != nil || p.Kind != register.Envelope || c.New.ID.IsZero() {
			continue
		}
		if !id.IsZero() {
			return path, id, errors.New("the proposal has more than one envelope")
		}
		path, id = p, c.New.ID
	}
	return path, id, nil
}

func (d *Desk) openEnvelope(id gitstore.ID) (seal.Key, error) {
	if d.id == nil {
		return seal.Key{}, ErrNoIdentity
	}
	file, err := d.repo.Blob(id, seal.EnvelopeLimit)
	if err != nil {
		return seal.Key{}, err
	}
	return seal.OpenEnvelope(file, d.id.Ages())
}

// draftCommit adds one commit to the draft, starting it where there is none.
// build returns the files to write, given the draft's secret; ops are the changes
// of records among them.
func (d *Desk) draftCommit(verb string, n int, unit register.UnitID, ops []op, build func(secret seal.Key) (map[string][]byte, error)) error {
	return d.draftSaying(d.declaring(register.Message(verb, n, unit), ops), unit, build)
}

// draftSaying is draftCommit with a message that is ready.
func (d *Desk) draftSaying(msg string, unit register.UnitID, build func(secret seal.Key) (map[string][]byte, error)) error {
	me, err := d.officer()
	if err != nil {
		return err
	}
	l, err := d.wholeDraft()
	if err != nil {
		return err
	}
	b, err := d.repo.Begin()
	if err != nil {
		return err
	}
	defer b.Abort()
	when := d.now().UTC().Truncate(time.Second)
	start := l == nil
	if start {
		l = &layer{head: d.head}
	}
	parent, err := gitstore.ReadCommit(d.repo, l.head)
	if err != nil {
		return err
	}
	if when.Before(parent.Committer.When) {
		when = parent.Committer.When.UTC()
	}
	fresh := l.secret == (seal.Key{})
	if fresh {
		l.secret = seal.NewKey()
	}
	files, err := build(l.secret)
	if err != nil {
		return err
	}
	if fresh && sealsAnything(files) {
		if !start {
			return errors.New("your draft holds a change of your own keys: submit it first (medlem submit)")
		}
		env, err := seal.SealEnvelope(l.secret, d.state.EnvelopeRecipients(me, d.Today()))
		if err != nil {
			return err
		}
		files[register.Path{Kind: register.Envelope, Unit: unit, ID: register.NewRecordID()}.String()] = env
	}
	tree, err := d.writeFiles(b, parent.Tree, files)
	if err != nil {
		return err
	}
	if tree == parent.Tree {
		return ErrNothing
	}
	head, err := b.Commit(d.spec(me, tree, []gitstore.ID{l.head}, when, msg))
	if err != nil {
		return err
	}
	if err := b.Close(); err != nil {
		return err
	}
	old := l.head
	if start {
		old = gitstore.ZeroID
	}
	if err := d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: draftRef, Old: old, New: head}}); err != nil {
		return err
	}
	d.whole = head
	return nil
}

func sealsAnything(files map[string][]byte) bool {
	for path, b := range files {
		if p, err := register.ParsePath(path); err == nil && p.Kind.Sealed() && b != nil {
			return true
		}
	}
	return false
}

// Undo takes back the last thing in the draft and says what it was. It reads the draft's
// commits alone: what is damaged in it may be what is taken back.
func (d *Desk) Undo() (verb string, n int, unit register.UnitID, err error) {
	head, ok, err := d.repo.Ref(draftRef)
	if err == nil && !ok {
		return "", 0, "", ErrNothing
	}
	var c *gitstore.Commit
	var bases []gitstore.ID
	if err == nil {
		c, err = gitstore.ReadCommit(d.repo, head)
	}
	if err == nil {
		bases, err = gitstore.MergeBases(d.repo, d.head, head)
	}
	if err != nil {
		return "", 0, "", &DraftError{err}
	}
	up := gitstore.RefUpdate{Name: draftRef, Old: head}
	if len(c.Parents) == 1 && !slices.Contains(bases, c.Parents[0]) {
		up.New = c.Parents[0]
	}
	if err := d.repo.UpdateRefs([]gitstore.RefUpdate{up}); err != nil {
		return "", 0, "", err
	}
	if _, err := fmt.Sscanf(c.Message, "%s %d in %s", &verb, &n, &unit); err != nil {
		return "", 0, "", fmt.Errorf("undo: %w", err)
	}
	return verb, n, unit, nil
}

// DropDraft drops the whole draft, also one that does not open: of that, nothing comes
// back. It returns how many changes it held; opened is false where nobody can say.
func (d *Desk) DropDraft() (n int, opened bool, err error) {
	l, err := d.wholeDraft()
	if err == nil && l == nil {
		return 0, false, ErrNothing
	}
	if opened = err == nil; opened {
		_, n = d.subject(l)
	}
	head, ok, err := d.repo.Ref(draftRef)
	if err != nil { // the ref names nothing
		if err := os.Remove(filepath.Join(d.repo.Dir(), filepath.FromSlash(draftRef))); err != nil && !errors.Is(err, os.ErrNotExist) {
			return 0, false, err
		}
		head, ok, err = d.repo.Ref(draftRef)
	}
	if err == nil && ok {
		err = d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: draftRef, Old: head}})
	}
	d.closed = false
	return n, opened, err
}

// replay writes the draft's commits anew upon base, without the paths that keep
// refuses and with a fresh envelope for the recipients of today: after the
// secretariat's recipients changed, or after a record in it was erased. It
// returns how many changes it left out. An empty draft goes.
func (d *Desk) replay(l *layer, base gitstore.ID, keep func(register.Path) bool) (dropped int, err error) {
	me, err := d.officer()
	if err != nil {
		return 0, err
	}
	commits, err := gitstore.Between(d.repo, l.base, l.head, changesLimit)
	if err != nil {
		return 0, err
	}
	slices.Reverse(commits)
	b, err := d.repo.Begin()
	if err != nil {
		return 0, err
	}
	defer b.Abort()
	parent, err := gitstore.ReadCommit(d.repo, base)
	if err != nil {
		return 0, err
	}
	env, err := seal.SealEnvelope(l.secret, d.state.EnvelopeRecipients(me, d.Today()))
	if err != nil {
		return 0, err
	}
	envID, err := b.Blob(env)
	if err != nil {
		return 0, err
	}
	head, tree, when, first := base, parent.Tree, parent.Committer.When, true
	for _, c := range commits {
		was, err := gitstore.ReadCommit(d.repo, c.Parents[0])
		if err != nil {
			return 0, err
		}
		var edits []gitstore.Edit
		before := dropped
		err = gitstore.Diff(d.repo, was.Tree, c.Tree, func(x gitstore.Change) error {
			p, err := register.ParsePath(x.Path)
			if err != nil {
				return err
			}
			if p.Kind == register.Envelope {
				return nil
			}
			if !keep(p) {
				dropped++
				return nil
			}
			edits = append(edits, gitstore.Edit{Path: x.Path, ID: x.New.ID})
			return nil
		})
		if err != nil {
			return 0, err
		}
		if len(edits) == 0 {
			continue
		}
		msg := c.Message
		if dropped > before {
			if msg, err = d.shortened(l, c, keep, edits); err != nil {
				return 0, err
			}
		}
		if first && l.envelope.Kind == register.Envelope {
			edits = append(edits, gitstore.Edit{Path: envelopePath(l.envelope, edits), ID: envID})
		}
		first = false
		if tree, err = b.Tree(tree, edits); err != nil {
			return 0, err
		}
		if at := c.Committer.When; at.After(when) {
			when = at
		}
		if head, err = b.Commit(d.spec(me, tree, []gitstore.ID{head}, when.UTC(), msg)); err != nil {
			return 0, err
		}
	}
	up := gitstore.RefUpdate{Name: l.ref, Old: l.head}
	if head != base {
		if err := b.Close(); err != nil {
			return 0, err
		}
		up.New = head
	}
	return dropped, d.repo.UpdateRefs([]gitstore.RefUpdate{up})
}

// envelopePath is where the envelope of a draft that is written anew lies: beside
// the first sealed file, since what it lay beside before may have been left out.
func envelopePath(was register.Path, edits []gitstore.Edit) string {
	for _, e := range edits {
		if p, err := register.ParsePath(e.Path); err == nil && p.Kind.Sealed() && !e.ID.IsZero() {
			was.Unit = p.Unit
			break
		}
	}
	return was.String()
}
