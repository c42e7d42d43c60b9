package check

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// officer judges a change of an officer's file. Her own recipients and
// statements she may change herself, whatever her grants are; everything else
// about an officer is granting.
func (r *run) officer(s *step, x *scope, c *change) []deed {
	grantor := deed{[]policy.Act{policy.ActGrant}, x.root(), []*change{c}}
	was, is := r.readOfficer(c.Old, c.p), r.readOfficer(c.New, c.p)
	switch {
	case is == nil:
		return []deed{grantor} // removed, or malformed and found so
	case was == nil:
		r.newOfficer(s, x, c, is)
		return introduced(s, c, grantor)
	}
	own := c.p.Handle == x.signer
	if x.merged.same(c) { // judged with the proposal
		if own || c.p.Handle == x.merged.author {
			return nil
		}
		return []deed{grantor}
	}
	if was.Signing != is.Signing && (x.state == nil || !x.state.MayMerge(x.signer, x.day)) {
		r.add(ruleSigningKey, s.at(c), "signing key changed")
	}
	if n := len(was.Retired); len(is.Retired) < n || !slices.Equal(was.Retired, is.Retired[:n]) {
		r.add(ruleStatement, s.at(c), "a statement was changed or removed")
	} else if len(is.Retired) > n && !own {
		r.add(ruleStatement, s.at(c), "a statement that another officer made")
	}
	if own {
		return nil
	}
	return []deed{grantor}
}

// newOfficer checks an officer's first file.
func (r *run) newOfficer(s *step, x *scope, c *change, o *access.Officer) {
	if want := register.HandleOf(o.SigningKey()); o.Handle != want {
		f := s.at(c)
		f.Line, f.Col = 2, 9
		r.add(ruleHandle, f, "the signing key is that of %s", want)
	}
	if len(o.Retired) > 0 && x.state != nil {
		r.add(ruleStatement, s.at(c), "a statement that another officer made")
	}
}

// introduced is what it takes to bring a new officer: the right to grant where
// she gets a grant in the same step, or else in the whole register.
func introduced(s *step, c *change, grantor deed) []deed {
	var ds []deed
	for i := range s.changes {
		if g := &s.changes[i]; g.p.Kind == register.Grant && g.p.Handle == c.p.Handle && g.added() {
			ds = append(ds, deed{grantor.acts, g.p.Unit, []*change{c}})
		}
	}
	if ds == nil {
		ds = []deed{grantor}
	}
	return ds
}

// grant judges what is written in a grant, beside the right to write it.
func (r *run) grant(s *step, x *scope, c *change) {
	if x.state == nil || x.merged.same(c) {
		return
	}
	was, is := r.readGrant(c.Old, c.p), r.readGrant(c.New, c.p)
	if is == nil {
		return // taken away, which is never too much
	}
	if c.p.Handle == x.signer && widened(was, is) {
		r.add(ruleSelf, s.at(c), "%s widens her own access", x.signer)
	}
	f := s.at(c)
	f.Line, f.Col = 3, 7
	if s.commit != nil && (was == nil || was.From != is.From) && is.From < dayOf(s.commit) {
		r.add(ruleBackdated, f, "begins on %s, written on %s", is.From, dayOf(s.commit))
	}
	if s.commit != nil && is.Ended != "" && (was == nil || was.Ended != is.Ended) && is.Ended < dayOf(s.commit).Add(-1) {
		r.add(ruleBackdated, f, "ended on %s, written on %s: it gave access until then", is.Ended, dayOf(s.commit))
	}
	if was != nil && was.Last() != "" && was.Last() < x.day && is.From <= was.Last() {
		r.add(ruleEnded, f, "the grant that ended on %s was rewritten", was.Last())
	}
}

// ends tells whether a change takes access away and does nothing else: the grant
// goes, or it ends earlier than it would.
func (r *run) ends(c *change) bool {
	if c.p.Kind != register.Grant || !c.has(c.Old) {
		return false
	}
	if c.removed() {
		return true
	}
	was, is := r.readGrant(c.Old, c.p), r.readGrant(c.New, c.p)
	return was != nil && is != nil && onlyEnds(was, is)
}

// saysOwn tells whether a grant changes in nothing but what its own officer says
// of herself, and says it herself. She needs no right for it, as for her own file.
func (r *run) saysOwn(x *scope, c *change) bool {
	own := c.p.Handle == x.signer || x.merged.same(c) && c.p.Handle == x.merged.author
	if !own || !c.changed() {
		return false
	}
	was, is := r.readGrant(c.Old, c.p), r.readGrant(c.New, c.p)
	return was != nil && is != nil && ownWord(was, is)
}

// widened tells whether a grant gives anything that it did not give before. Only
// a shorter time is not wider, nor what its officer says of herself.
func widened(was, is *access.Grant) bool {
	if was == nil || is.From < was.From || !noLater(is.Last(), was.Last()) {
		return true
	}
	a, b := *was, *is
	a.From, a.Until, a.Ended = b.From, b.Until, b.Ended
	return !ownWord(&a, &b)
}

// sameGrant tells whether two grants differ in nothing but the digests of their
// sealed files, which the merge seals anew.
func sameGrant(a, b *access.Grant) bool {
	return bytes.Equal(withoutFiles(a), withoutFiles(b))
}

func withoutFiles(g *access.Grant) []byte {
	c := *g
	c.Evidence = slices.Clone(g.Evidence)
	for i := range c.Evidence {
		c.Evidence[i].SHA256 = ""
	}
	return c.Encode()
}

// readGrant returns the grant of one side of a change, or nil where there is
// none that can be read.
func (r *run) readGrant(e gitstore.Entry, p register.Path) *access.Grant {
	b := r.side(e, p)
	if b == nil {
		return nil
	}
	g, err := access.ParseGrant(p, b)
	if err != nil {
		return nil
	}
	return g
}

func (r *run) readOfficer(e gitstore.Entry, p register.Path) *access.Officer {
	b := r.side(e, p)
	if b == nil {
		return nil
	}
	o, err := access.ParseOfficer(b, seal.ParseRecipient)
	if err != nil {
		return nil
	}
	return o
}

// side reads one side of a change, nil where there is no file. One that is not a
// plain file of its kind's size was found to be so by layout, and gives no
// right.
func (r *run) side(e gitstore.Entry, p register.Path) []byte {
	if e.ID.IsZero() || e.Mode != gitstore.ModeFile {
		return nil
	}
	b, err := r.blob(e.ID, p.Kind)
	if err != nil {
		if !errors.Is(err, gitstore.ErrTooLarge) {
			r.fail(fmt.Errorf("read %s: %w", p, err))
		}
		return nil
	}
	return b
}
