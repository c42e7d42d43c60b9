package check

import (
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
	if was != nil && was.Until != "" && was.Until < x.day && is.From <= was.Until {
		r.add(ruleEnded, f, "the grant that ended on %s was rewritten", was.Until)
	}
}

// widened tells whether a grant gives anything that it did not give before. Only
// a shorter time is not wider.
func widened(was, is *access.Grant) bool {
	if was == nil || was.Office != is.Office || was.Meeting != is.Meeting || !slices.Equal(was.Evidence, is.Evidence) {
		return true
	}
	if is.From < was.From || was.Until != "" && is.Until == "" {
		return true
	}
	return was.Until != "" && is.Until > was.Until
}

// sameGrant tells whether two grants differ in nothing but the digests of their
// evidence, which the merge seals anew.
func sameGrant(a, b *access.Grant) bool {
	return a.Office == b.Office && a.From == b.From && a.Until == b.Until && a.Meeting == b.Meeting &&
		slices.EqualFunc(a.Evidence, b.Evidence, func(x, y access.Evidence) bool { return x.ID == y.ID })
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
