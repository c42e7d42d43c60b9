package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// ErrFirstDayPast is a refusal of an appointment that comes too late: no grant
// begins before the day on which it is written.
var ErrFirstDayPast = errors.New("the first day of the appointment has passed")

// GrantOptions say what access an officer gets.
type GrantOptions struct {
	Unit        register.UnitID
	Officer     *access.Officer // as her tool printed it; nil: she is known already
	Handle      register.Handle // where Officer is nil
	Terms       Terms
	Appointment *Appointment      // says all of the above instead
	Documents   []*Document       // beside those of the appointment
	Member      register.RecordID // the officer's own record, where her office asks that she belongs to the unit; not kept
	Replace     bool              // end the grants of whoever holds the office in the unit, and of those whom a grant that lists everyone does not list
	End         []register.Handle // end these
}

// Given is a grant that was written, and what it did to others.
type Given struct {
	Grant *access.Grant
	Lacks []access.Lack // what is still missing; until it is there the grant gives nothing and ends nobody's
	Ended []Ending
	Fresh []string // kinds of the documents that came in with it
}

// Ending is a grant that another one ended: after a day, or at once where it is
// empty.
type Ending struct {
	Handle register.Handle
	After  register.Day
}

// ReplaceError is a refusal of a grant that leaves no place for others, until
// somebody has said that, and whose, access shall end.
type ReplaceError struct {
	Full     []register.Handle // hold the office already
	TooMany  int               // how many of them
	Unlisted []register.Handle // are not named by a grant that lists everyone
}

func (e *ReplaceError) Error() string {
	if len(e.Unlisted) > 0 {
		return fmt.Sprintf("the grant does not list %v, whose access would end", e.Unlisted)
	}
	return fmt.Sprintf("the office has no free seat: %v hold it", e.Full)
}

// Grant gives an officer dated access to a unit, in one commit with every keyring
// that she is to read. Where something that her office asks for is missing, the
// grant is written all the same and pending: the same call with what was missing
// completes it.
func (d *Desk) Grant(ctx context.Context, o GrantOptions) (*Given, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	var out *Given
	err := d.withRetry(ctx, func() error {
		a, given, err := d.granting(o)
		if err != nil {
			return err
		}
		out = given
		return d.commit(ctx, a)
	})
	return out, err
}

// PlanGrant says what Grant would do, and changes nothing.
func (d *Desk) PlanGrant(ctx context.Context, o GrantOptions) (*Given, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	_, given, err := d.granting(o)
	return given, err
}

// granting makes the act of a grant.
func (d *Desk) granting(o GrantOptions) (*act, *Given, error) {
	if o.Appointment != nil {
		o.Unit, o.Officer, o.Handle = o.Appointment.Grant.Unit, o.Appointment.Officer, o.Appointment.Grant.Handle
	}
	if err := d.mayEnter(policy.ActGrant, o.Unit); err != nil {
		return nil, nil, err
	}
	a := newAct("")
	if o.Officer != nil && (o.Appointment == nil || d.state.Officers[o.Handle] == nil) {
		o.Handle = o.Officer.Handle
		if err := d.addOfficer(a, o.Officer); err != nil {
			return nil, nil, err
		}
	} else if d.state.Officers[o.Handle] == nil {
		return nil, nil, fmt.Errorf("officer %s is not known: her officer file is needed", o.Handle)
	}
	out := &Given{}
	var err error
	if out.Grant, err = d.newGrant(&o); err != nil {
		return nil, nil, err
	}
	if err := d.belongs(out.Grant, o.Member); err != nil {
		return nil, nil, err
	}
	if err := d.bring(a, out, &o); err != nil {
		return nil, nil, err
	}
	out.Lacks = d.state.Lacks(out.Grant, d.Today())
	a.files[grantPath(out.Grant)] = out.Grant.Encode()
	if len(out.Lacks) == 0 {
		if err := d.makeRoom(a, out, &o); err != nil {
			return nil, nil, err
		}
	}
	a.message = register.Message("grant", 1, o.Unit) // what ends with it is not counted
	return a, out, nil
}

func grantPath(g *access.Grant) string {
	return register.Path{Kind: register.Grant, Unit: g.Unit, Handle: g.Handle}.String()
}

// newGrant is the grant as the options have it, joined with what the register has
// gathered of the same.
func (d *Desk) newGrant(o *GrantOptions) (*access.Grant, error) {
	name := o.Terms.Office
	if o.Appointment != nil {
		name = o.Appointment.Grant.Office
	}
	office, err := officeIn(d.state.Policy, o.Unit, name)
	if err != nil {
		return nil, err
	}
	var g, was *access.Grant
	if st := d.state.Units[o.Unit]; st != nil {
		was = st.Grants[o.Handle]
	}
	if o.Appointment == nil {
		if o.Terms.From == "" && was != nil && was.Office == office.ID && d.state.Pending(was, d.Today()) {
			o.Terms.From = was.From // the same grant, made complete
		}
		g = o.Terms.grant(o.Unit, o.Handle, office, d.Today())
		if err := checkTerms(g, office); err != nil {
			return nil, err
		}
	} else {
		c := *o.Appointment.Grant
		c.Evidence, c.Signatures = nil, slices.Clone(c.Signatures)
		g = &c
	}
	switch {
	case was != nil && string(was.Statement()) == string(g.Statement()):
		g.Evidence = slices.Clone(was.Evidence)
		c := *was
		c.Signatures = slices.Clone(was.Signatures)
		joinSignatures(&c, g)
		g.Signatures, g.Guide = c.Signatures, c.Guide
	case o.Appointment != nil && g.From < d.Today() && (was == nil || was.From != g.From):
		return nil, ErrFirstDayPast
	}
	return g, nil
}

// belongs verifies that the officer's own record stands in the unit, where her
// office asks for it and no exception waives it. The id is not kept anywhere.
func (d *Desk) belongs(g *access.Grant, member register.RecordID) error {
	o, _ := d.state.Policy.Office(g.Office)
	if !o.Belongs || g.Belongs == "" {
		return nil // the check refuses what no exception waives
	}
	if member == "" {
		return &TermError{Term: "member"}
	}
	m, err := d.present(register.Path{Kind: register.Member, Unit: g.Unit, ID: member})
	if err != nil || m.Closed() {
		return &TermError{Term: "member", Given: true}
	}
	return nil
}

// makeRoom ends the grants for which the new one leaves no place, from the day on
// which it begins.
func (d *Desk) makeRoom(a *act, out *Given, o *GrantOptions) error {
	start := out.Grant.Starts(d.Today())
	var full, unlisted, same []register.Handle
	tooMany := 0
	err := d.withFiles(a.files, func(next *access.State) error {
		gs, n, err := next.Predecessors(out.Grant, start)
		full, tooMany = handlesOf(gs), n
		unlisted = handlesOf(next.Unlisted(out.Grant, start))
		same = handlesOf(next.Holders(out.Grant.Unit, out.Grant.Office, start))
		return err
	})
	if err != nil {
		return err
	}
	ends := slices.Clone(o.End)
	if o.Replace {
		ends = append(ends, unlisted...)
		for _, h := range same {
			if h != out.Grant.Handle && !slices.Contains(out.Grant.Names, h) {
				ends = append(ends, h)
			}
		}
	}
	slices.Sort(ends)
	ends = slices.Compact(ends)
	goes := func(h register.Handle) bool { return slices.Contains(ends, h) }
	left := slices.DeleteFunc(slices.Clone(full), goes)
	refusal := &ReplaceError{Full: left, TooMany: tooMany - (len(full) - len(left)), Unlisted: slices.DeleteFunc(unlisted, goes)}
	if refusal.TooMany > 0 || len(refusal.Unlisted) > 0 {
		return refusal
	}
	return d.endGrants(a, out, ends, start)
}

// makeRoomFor makes sure that there is a place for the grants that an act makes
// complete: it ends nobody's.
func (d *Desk) makeRoomFor(a *act) error {
	var active []*access.Grant
	err := d.withFiles(a.files, func(next *access.State) error {
		active = next.Activated(d.state, d.Today())
		return nil
	})
	for _, g := range active {
		if err == nil {
			err = d.makeRoom(a, &Given{Grant: g}, &GrantOptions{})
		}
	}
	return err
}

// endGrants ends the grants of a unit so that they give nothing from the day on:
// the file goes at once, or says its last day where that is to come.
func (d *Desk) endGrants(a *act, out *Given, who []register.Handle, from register.Day) error {
	st := d.state.Units[out.Grant.Unit]
	for _, h := range who {
		g := st.Grants[h]
		if g == nil || h == out.Grant.Handle {
			return fmt.Errorf("officer %s has no grant in unit %q that could end", h, out.Grant.Unit)
		}
		last := from.Add(-1)
		if from <= d.Today() || last < g.From {
			a.files[grantPath(g)] = nil
			out.Ended = append(out.Ended, Ending{Handle: h})
			continue
		}
		c := *g
		if c.Ended = last; c.Until != "" && c.Until <= last {
			continue // it ends by itself
		}
		a.files[grantPath(g)] = c.Encode()
		out.Ended = append(out.Ended, Ending{h, last})
	}
	return nil
}

// withFiles shows the state that main would have with other files.
func (d *Desk) withFiles(files map[string][]byte, look func(next *access.State) error) error {
	b, err := d.repo.Begin()
	if err != nil {
		return err
	}
	defer b.Abort()
	tree, err := d.writeFiles(b, d.tree, files)
	if err != nil {
		return err
	}
	next, err := d.loader.AtFrom(b, tree)
	if err != nil {
		return err
	}
	if next.Policy == nil {
		return problemError(next.Problems)
	}
	return look(next)
}

func handlesOf(gs []*access.Grant) []register.Handle {
	var out []register.Handle
	for _, g := range gs {
		out = append(out, g.Handle)
	}
	return out
}
