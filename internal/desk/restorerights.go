package desk

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// A backup knows nothing of who lost her access after it. What newer mains say of that is
// done again before anything is sent: nobody reads what is restored, or signs for it, by
// a grant that was taken away or with a key that was replaced. Nothing is given that the
// backup does not give.

// laterState is what a newer main says beside the main that is restored.
type laterState struct {
	fork *access.State // of the last commit that both have
	now  *access.State
}

// laterStates are those of the newer copies. One that another copy goes on from is left
// out: it may not know yet of access that was given again.
func (x *restoring) laterStates(base gitstore.ID) ([]*laterState, error) {
	lines := make([]map[gitstore.ID]bool, len(x.copies))
	for i, c := range x.copies {
		var err error
		if lines[i], err = x.lineOf(c.main); err != nil {
			return nil, err
		}
	}
	restored, err := x.lineOf(base)
	if err != nil {
		return nil, err
	}
	var out []*laterState
	for i, c := range x.copies {
		older := c.main.IsZero() || restored[c.main]
		for j, other := range x.copies {
			older = older || lines[j][c.main] && (other.main != c.main || j < i)
		}
		if older {
			continue
		}
		fork := c.main
		for !restored[fork] {
			at, err := gitstore.ReadCommit(x.scratch, fork)
			if err != nil {
				return nil, err
			}
			fork = at.Parents[0] // both begin with the same commit
		}
		l := &laterState{}
		if l.fork, err = x.stateOf(fork); err == nil {
			l.now, err = x.stateOf(c.main)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// lineOf are the commits of a main, by its first parents.
func (x *restoring) lineOf(main gitstore.ID) (map[gitstore.ID]bool, error) {
	out := map[gitstore.ID]bool{}
	for !main.IsZero() {
		c, err := gitstore.ReadCommit(x.scratch, main)
		if err != nil {
			return nil, err
		}
		out[main] = true
		if main = gitstore.ZeroID; len(c.Parents) > 0 {
			main = c.Parents[0]
		}
	}
	return out, nil
}

func grantOf(s *access.State, u register.UnitID, h register.Handle) *access.Grant {
	if st := s.Units[u]; st != nil {
		return st.Grants[h]
	}
	return nil
}

// liveGrants are the grants of a state that are in force or to come, by unit and handle.
func liveGrants(s *access.State, day register.Day) []*access.Grant {
	var out []*access.Grant
	for _, u := range sortedUnits(s) {
		for _, g := range s.Units[u].Grants {
			if last := g.Last(); last == "" || last >= day {
				out = append(out, g)
			}
		}
	}
	slices.SortFunc(out, func(a, b *access.Grant) int {
		return strings.Compare(string(a.Unit)+" "+string(a.Handle), string(b.Unit)+" "+string(b.Handle))
	})
	return out
}

// ending is a grant that a newer main has ended.
type ending struct {
	grant *access.Grant
	last  register.Day // the last day that is left of it; "": none is
}

// endings are the grants of a state that are in force or to come, and that a newer main
// took away or lets end earlier.
func (x *restoring) endings(s *access.State, day register.Day) []ending {
	var out []ending
	for _, g := range liveGrants(s, day) {
		e, ended := ending{grant: g, last: g.Last()}, false
		for _, l := range x.since {
			was, is := grantOf(l.fork, g.Unit, g.Handle), grantOf(l.now, g.Unit, g.Handle)
			switch {
			case was == nil || !bytes.Equal(was.Statement(), g.Statement()): // it was given in what is restored alone
			case is == nil, is.Office != g.Office, is.From > g.Starts(day), is.Last() != "" && is.Last() < day:
				e.last, ended = "", true
			case is.Last() != "" && (g.Last() == "" || is.Last() < g.Last()) && (!ended || e.last > is.Last()):
				e.last, ended = is.Last(), true
			}
			if ended && e.last == "" {
				break
			}
		}
		if ended {
			out = append(out, e)
		}
	}
	return out
}

// catchUp does again what newer mains did to access and to whole units.
func (x *restoring) catchUp(ctx context.Context, d *Desk) error {
	if err := x.keysAgain(ctx, d); err != nil {
		return err
	}
	if err := x.paperAgain(ctx, d); err != nil {
		return err
	}
	if err := x.endAgain(ctx, d); err != nil {
		return err
	}
	return x.emptyAgain(ctx, d)
}

// tolerated is the error of an act that a restoration can do without, and tells of
// afterwards: nil where the register's rules refuse it.
func tolerated(err error) error {
	if errors.As(err, new(*FindingsError)) {
		return nil
	}
	return err
}

// keysAgain puts officers' keys of a newer main in the place of those that they replaced.
// Her own, who restores, are those of her identity.
func (x *restoring) keysAgain(ctx context.Context, d *Desk) error {
	me, err := d.me()
	if err != nil {
		return err
	}
	root := d.state.Policy.Root().ID
	if d.may(policy.ActGrant, root) != nil {
		return nil
	}
	a := newAct("")
	for _, l := range x.since {
		for h, now := range l.now.Officers {
			was, is := l.fork.Officers[h], d.state.Officers[h]
			if h == me || was == nil || is == nil || sameKeys(was, now) || !sameKeys(was, is) {
				continue
			}
			o := copyOfficer(is)
			o.Signing, o.Recipients = now.Signing, now.Recipients
			a.files[officerPath(h)] = o.Encode()
		}
	}
	if len(a.files) == 0 {
		return nil
	}
	a.message = register.Message("rotate", len(a.files), root)
	return tolerated(d.commit(ctx, a))
}

func sameKeys(a, b *access.Officer) bool {
	return a.Signing == b.Signing && slices.Equal(a.Recipients, b.Recipients)
}

// replacedPaper is the recovery recipient that a newer main put in the place of a
// state's; nil: none did.
func (x *restoring) replacedPaper(s *access.State) *access.Officer {
	for _, l := range x.since {
		if was, now := l.fork.Recovery, l.now.Recovery; was != nil && now != nil && s.Recovery != nil &&
			!slices.Equal(was.Recipients, now.Recipients) && slices.Equal(was.Recipients, s.Recovery.Recipients) {
			return now
		}
	}
	return nil
}

// paperAgain seals to the recovery recipient of a newer main.
func (x *restoring) paperAgain(ctx context.Context, d *Desk) error {
	now, root := x.replacedPaper(d.state), d.state.Policy.Root().ID
	if now == nil || d.may(policy.ActPolicy, root) != nil {
		return nil
	}
	o := copyOfficer(d.state.Recovery)
	o.Recipients = now.Recipients
	a := newAct(register.Message("rotate", 1, root))
	a.files[register.Path{Kind: register.RecoveryFile, Handle: register.Recovery}.String()] = o.Encode()
	return tolerated(d.commit(ctx, a))
}

// endAgain ends the grants that a newer main has ended, each in a commit, but for her own
// who restores: without it there would be nobody to go on.
func (x *restoring) endAgain(ctx context.Context, d *Desk) error {
	me, err := d.me()
	if err != nil {
		return err
	}
	for _, e := range x.endings(d.state, d.Today()) {
		if e.grant.Handle == me || d.may(policy.ActGrant, e.grant.Unit) != nil {
			continue
		}
		a := newAct(register.Message("revoke", 1, e.grant.Unit))
		a.files[grantPath(e.grant)] = nil
		if e.last != "" {
			g := *e.grant
			g.Ended = e.last
			a.files[grantPath(e.grant)] = g.Encode()
		}
		if err := tolerated(d.commit(ctx, a)); err != nil {
			return err
		}
	}
	return nil
}

// compare tells what became of access and units: what the main that was chosen had, and
// the copy has not, and what the copy has that newer ones have not.
func (x *restoring) compare(d *Desk, base gitstore.ID) error {
	was, err := x.stateOf(base)
	if err != nil {
		return err
	}
	day := d.Today()
	left := x.endings(d.state, day)
	for _, e := range x.endings(was, day) {
		if slices.ContainsFunc(left, func(l ending) bool { return l.grant.ID() == e.grant.ID() }) {
			x.out.Still = append(x.out.Still, e.grant)
		} else {
			x.out.Ended = append(x.out.Ended, e.grant)
		}
	}
	for _, c := range x.copies {
		if !c.asOf.IsZero() && !x.scratch.Has(c.asOf) {
			x.out.Look = liveGrants(d.state, day)
		}
	}
	x.out.OldPaper = x.replacedPaper(d.state) != nil
	x.out.NewPaper = !x.out.OldPaper && x.replacedPaper(was) != nil
	return x.compareUnits(d, was)
}
