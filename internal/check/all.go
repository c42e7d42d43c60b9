package check

import (
	"fmt"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// all checks the register at head.
func (r *run) all(head gitstore.ID) error {
	c, err := gitstore.ReadCommit(r.repo, head)
	if err != nil {
		return fmt.Errorf("read the register: %w", err)
	}
	s, err := r.load.At(c.Tree)
	if isMalformed(err) {
		r.add(ruleTree, Finding{}, "%s", clipError(err))
		return nil
	} else if err != nil {
		return fmt.Errorf("read the register: %w", err)
	}
	for _, j := range r.states(judging{s: s, day: r.o.Day}) {
		r.say(j)
	}
	if s.Policy == nil {
		r.note("records and keyrings were not looked at: the policy cannot be read")
		return nil
	}
	r.everyGrant(s, r.o.Day)
	r.everyReview(s, r.o.Day)
	r.endsSoon(s, r.o.Day)
	if err := r.everyPack(c.Tree); err != nil {
		return fmt.Errorf("read the packs: %w", err)
	}
	if err := r.everyFile(c.Tree, s, dayOf(c)); err != nil {
		return err
	}
	r.readers(nil, s, r.o.Day)
	return r.keyrings(s, dayOf(c))
}

// listing is what has been seen of a register on the way through it.
type listing struct {
	state  *access.State
	ids    *ledger
	blobs  map[gitstore.ID]int // sealed files, by index in paths
	sealed []gitstore.ID
	paths  []register.Path // of the sealed files
	draws  pairs
	sent   listedSendings

	receipts []register.Path // of erasures
	runs     []register.Path // files of runs of erasures
}

// everyFile checks every file of the tree: first where it lies and what it is,
// then the content of what is in clear, and the form of what is sealed. day is that
// of the commit.
func (r *run) everyFile(tree gitstore.ID, s *access.State, day register.Day) error {
	g := groundOf(s.Policy, true)
	l := &listing{state: s, ids: newLedger(), blobs: map[gitstore.ID]int{}, draws: pairs{}, sent: listedSendings{}}
	err := gitstore.Walk(r.repo, tree, "", func(path string, e gitstore.Entry) error {
		if g.isBeside(path) {
			return nil
		}
		r.paths++
		return r.oneFile(l, path, e, g)
	})
	for _, top := range []string{".github", "site"} {
		if err == nil {
			err = r.twinsBelow(nil, tree, top)
		}
	}
	if isMalformed(err) {
		r.add(ruleTree, Finding{}, "%s", clipError(err))
	} else if err != nil {
		return fmt.Errorf("read the register: %w", err)
	}
	for _, id := range sortedKeys(l.ids.erased) {
		if p, ok := l.ids.at[id]; ok {
			r.add(ruleErased, at(nil, p, p.String()), "this id was erased in unit %q", string(l.ids.erased[id]))
		}
	}
	r.everyPair(l.draws)
	r.everySending(l.sent, s.Policy)
	r.pairReceipts(l.receipts, l.ids.erased)
	if err := r.everyRun(l.runs, s, day); err != nil {
		return err
	}
	return r.forms(l.sealed, func(i int) register.Kind { return l.paths[i].Kind }, func(i int) Finding { return at(nil, l.paths[i], l.paths[i].String()) })
}

func (r *run) oneFile(l *listing, path string, e gitstore.Entry, g ground) error {
	p, _ := register.ParsePath(path)
	f := at(nil, p, path)
	ok, err := r.file(f, path, e, g)
	if err != nil || !ok {
		return err
	}
	r.due(f, p, r.o.Day, l.state.Policy)
	if other, taken := l.ids.at[p.ID]; taken && (p.Kind == register.Member || p.Kind == register.Closed) {
		r.add(rulePlace, f, "the record stands at %q too", clip(other.String()))
	}
	l.ids.add(p)
	if p.Kind == register.Evidence && !named(l.state, p) {
		r.warn(ruleEvidence, f, "no grant of the unit names this document")
	}
	if p.Kind == register.Draw || p.Kind == register.DrawList {
		l.draws.add(p)
	}
	if p.Kind == register.SendingList {
		x := l.sent.at(p)
		x.lists = append(x.lists, p)
	}
	if p.Kind == register.Run || p.Kind == register.RunList {
		l.runs = append(l.runs, p)
	}
	if p.Kind == register.Receipt {
		l.receipts = append(l.receipts, p)
	}
	switch {
	case p.Kind.Sealed():
		if i, twice := l.blobs[e.ID]; twice {
			r.add(ruleReused, f, "the same file as %q", clip(l.paths[i].String()))
			return nil
		}
		l.blobs[e.ID] = len(l.paths)
		l.sealed, l.paths = append(l.sealed, e.ID), append(l.paths, p)
	case clearRules[p.Kind] != nil:
		b, err := r.blob(e.ID, p.Kind)
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		r.clearFile(f, p, b)
		if p.Kind == register.Draw {
			r.overdueDraw(f, p, b, l.state)
		}
		if p.Kind == register.Mail {
			r.overdueMail(f, p, b)
		}
		if p.Kind == register.Sending {
			x := l.sent.at(p)
			x.receipts = append(x.receipts, p)
			if is, err := access.ParseSending(p, b); err == nil && x.is == nil {
				x.is = is
			}
		}
	}
	return nil
}
