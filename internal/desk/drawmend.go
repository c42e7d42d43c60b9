package desk

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// Two officers may attest the same list at the same time, one the paper and the other
// the file. The first to arrive is taken in. The other's tool finds that main has
// another receipt than the one that was attested, and says the same of that one: only
// the officer herself can sign it. It bears the day on which that is done.

// mendAttests makes what waits of one's own attestations anew where main has another
// receipt by now, and drops what main has already.
func (d *Desk) mendAttests(ctx context.Context) error {
	mine, err := d.repo.Refs(drawRefs)
	if err != nil {
		return err
	}
	for name, head := range mine {
		_, cs, err := proposalDiff(d.repo, d.head, head)
		if err != nil {
			return err
		}
		if len(cs) != 1 || cs[0].Old.ID.IsZero() || cs[0].New.ID.IsZero() {
			continue
		}
		p, err := register.ParsePath(cs[0].Path)
		if err != nil || p.Kind != register.Draw {
			continue
		}
		now, ok, err := gitstore.Find(d.repo, d.tree, cs[0].Path)
		if err != nil {
			return err
		}
		if !ok || now.ID == cs[0].Old.ID {
			continue
		}
		if err := d.mendAttest(ctx, strings.TrimPrefix(name, drawRefs), p, now.ID, cs[0]); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) mendAttest(ctx context.Context, topic string, p register.Path, main gitstore.ID, c gitstore.Change) error {
	var read [3]*access.Draw
	for i, id := range []gitstore.ID{main, c.Old.ID, c.New.ID} {
		x, err := d.readDraw(p, id)
		if err != nil {
			return err
		}
		read[i] = x
	}
	is, was, said := read[0], read[1], read[2]
	if !d.addSaid(is, was, said) {
		return d.dropDraw(ctx, topic)
	}
	_, err := d.proposeReceipt(ctx, register.Message("attest", 1, p.Unit), p.Unit, func(seal.Key) (map[string][]byte, error) {
		return map[string][]byte{p.String(): is.Encode()}, nil
	}, topic)
	var findings *FindingsError
	if errors.As(err, &findings) { // what main has by now does not go with it: told as one that is refused
		d.warn(Warning{Kind: WarnReceipt, Topic: topic})
		return nil
	}
	d.unsent = slices.DeleteFunc(d.unsent, func(t string) bool { return t == topic })
	return err
}

// addSaid adds to a receipt what was said of an earlier form of it, was, and tells
// whether there was anything that the receipt does not have.
func (d *Desk) addSaid(is, was, said *access.Draw) bool {
	added := false
	for _, x := range said.Sent {
		if slices.Contains(was.Sent, x) || slices.ContainsFunc(is.Sent, func(o access.Delivery) bool { return o.Part == x.Part }) {
			continue
		}
		x.Day = d.Today()
		is.Sent, added = append(is.Sent, x), true
	}
	for _, x := range said.Destroyed {
		if slices.Contains(was.Destroyed, x) || slices.ContainsFunc(is.Destroyed, func(o access.Destruction) bool { return o.Part == x.Part }) {
			continue
		}
		x.Day = d.Today()
		is.Destroyed, added = append(is.Destroyed, x), true
	}
	sortSaid(is)
	return added
}

// sortSaid puts what is said of a draw in the order in which it is written.
func sortSaid(x *access.Draw) {
	slices.SortFunc(x.Sent, func(a, b access.Delivery) int { return strings.Compare(a.Part, b.Part) })
	slices.SortFunc(x.Destroyed, func(a, b access.Destruction) int { return strings.Compare(a.Part, b.Part) })
}

// dropDraw takes back a proposal of one's own, here and on the server.
func (d *Desk) dropDraw(ctx context.Context, topic string) error {
	me, err := d.me()
	if err != nil {
		return err
	}
	old, ok, err := d.repo.Ref(drawRefs + topic)
	if err != nil || !ok {
		return err
	}
	remote, err := d.server()
	if err != nil {
		return err
	}
	refs, err := remote.Refs(ctx)
	if err != nil {
		return err
	}
	ref := register.ProposalRef(me, topic)
	if refs[ref] == old {
		if err := remote.Push(ctx, d.repo, []gitstore.RefUpdate{{Name: ref, Old: old}}); err != nil {
			return err
		}
	}
	d.unsent = slices.DeleteFunc(d.unsent, func(t string) bool { return t == topic })
	return d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: drawRefs + topic, Old: old}})
}
