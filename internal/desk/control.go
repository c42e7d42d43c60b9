package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// Mark is something about a grant that whoever controls it should look at.
type Mark string

// The marks.
const (
	MarkIdle     Mark = "idle"      // its officer has signed nothing for long, or never
	MarkEnded    Mark = "ended"     // its last day is over
	MarkEndsSoon Mark = "ends-soon" // its last day is near
	MarkGuide    Mark = "guide"     // the guide has another version than she acknowledged
	MarkPending  Mark = "pending"   // something is missing, and has been for long
	MarkRotate   Mark = "rotate"    // she has not made herself a new key in time
)

// Controlled is a grant as whoever controls it sees it.
type Controlled struct {
	Grant   *access.Grant
	Lacks   []access.Lack
	Signed  register.Day // when its officer last signed anything on main; "" never
	Rotated register.Day // when her keys last changed
	Marks   []Mark
}

// ControlOptions say what is to be controlled.
type ControlOptions struct {
	Units []register.UnitID // nil: all
	Idle  int               // months without a signature after which a grant is marked
}

// Control lists every grant of units with what tells whether it is still needed.
// It needs no key.
func (d *Desk) Control(o ControlOptions) ([]*Controlled, error) {
	chain, err := d.firstParents()
	if err != nil {
		return nil, err
	}
	signed, rotated, err := d.traces(chain)
	if err != nil {
		return nil, err
	}
	var out []*Controlled
	for _, u := range d.state.Policy.Units {
		st := d.state.Units[u.ID]
		if st == nil || len(o.Units) > 0 && !slices.Contains(o.Units, u.ID) {
			continue
		}
		handles := make([]register.Handle, 0, len(st.Grants))
		for h := range st.Grants {
			handles = append(handles, h)
		}
		slices.Sort(handles)
		for _, h := range handles {
			g := st.Grants[h]
			c := &Controlled{Grant: g, Lacks: d.state.Lacks(g, d.Today()), Signed: signed[h], Rotated: rotated[h]}
			d.mark(c, o.Idle)
			out = append(out, c)
		}
	}
	return out, nil
}

// mark notes what should be looked at.
func (d *Desk) mark(c *Controlled, idle int) {
	today := d.Today()
	g := c.Grant
	add := func(m Mark, is bool) {
		if is {
			c.Marks = append(c.Marks, m)
		}
	}
	office, ok := d.state.Policy.Office(g.Office)
	longAgo := today.AddMonths(-idle)
	last := g.Last()
	notice := 0
	if ok {
		notice = office.Term.Notice
	}
	over := last != "" && last < today
	add(MarkEnded, over)
	add(MarkEndsSoon, last != "" && !over && last <= today.Add(notice))
	add(MarkIdle, !over && g.From <= longAgo && c.Signed < longAgo)
	add(MarkPending, !over && len(c.Lacks) > 0 && g.From <= longAgo)
	add(MarkGuide, ok && office.Guide.Version != "" && g.Guide != office.Guide.Version)
	days := d.state.Policy.Retention.Rotate
	add(MarkRotate, days > 0 && c.Rotated != "" && c.Rotated.Add(days) < today)
}

// traces reads from main's history when each officer last signed a commit of her
// own, proposals included, and when her keys last changed.
func (d *Desk) traces(chain []*gitstore.Commit) (signed, rotated map[register.Handle]register.Day, err error) {
	signed, rotated = map[register.Handle]register.Day{}, map[register.Handle]register.Day{}
	var before gitstore.ID
	was := map[string]gitstore.ID{}
	for _, c := range chain {
		day := register.DayOf(c.Committer.When)
		signed[register.Handle(c.Committer.Name)] = day
		if len(c.Parents) == 2 {
			p, err := gitstore.ReadCommit(d.repo, c.Parents[1])
			if err != nil {
				return nil, nil, err
			}
			h := register.Handle(p.Committer.Name)
			signed[h] = max(signed[h], register.DayOf(p.Committer.When))
		}
		e, ok, err := gitstore.Find(d.repo, c.Tree, "data/officers")
		if err != nil {
			return nil, nil, err
		}
		if !ok || e.ID == before {
			continue
		}
		before = e.ID
		files, err := gitstore.ReadTree(d.repo, e.ID)
		if err != nil {
			return nil, nil, err
		}
		for _, f := range files {
			if p, err := register.ParsePath("data/officers/" + f.Name); err == nil && was[f.Name] != f.ID {
				rotated[p.Handle] = day
			}
			was[f.Name] = f.ID
		}
	}
	return signed, rotated, nil
}

// Errors of a control.
var (
	ErrNoControl   = errors.New("the policy asks for no control of access")
	ErrControlDone = errors.New("this control was made today already")
)

// Controls makes the signed control of units' access, in one commit with the end
// of the grants that it ends: on main for the secretariat, as a proposal for every
// other officer, which the check judges. Every grant that is not ended is kept.
func (d *Desk) Controls(ctx context.Context, units []register.UnitID, ended []access.GrantID) (*Submission, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	var s *Submission
	err := d.withRetry(ctx, func() error {
		files, n, unit, err := d.controlFiles(units, ended)
		if err != nil {
			return err
		}
		msg := register.Message("review", n, unit)
		if d.Secretary() {
			a := newAct(msg)
			a.files = files
			return d.commit(ctx, a)
		}
		s, err = d.propose(ctx, msg, files)
		return err
	})
	return s, err
}

// controlFiles are the files of a control: one for each unit in whose folder one
// lies, and the grants that end.
func (d *Desk) controlFiles(units []register.UnitID, ended []access.GrantID) (files map[string][]byte, n int, unit register.UnitID, err error) {
	if len(units) == 0 {
		for _, u := range d.state.Policy.Units {
			units = append(units, u.ID)
		}
	}
	files = map[string][]byte{}
	left := slices.Clone(ended)
	for _, u := range units {
		at, ok := d.state.ReviewUnit(u)
		if !ok {
			return nil, 0, "", ErrNoControl
		}
		path := register.Path{Kind: register.Review, Unit: at, Day: d.Today()}
		if st := d.state.Units[at]; st != nil && slices.Contains(st.Reviews, d.Today()) {
			return nil, 0, "", fmt.Errorf("unit %q: %w", at, ErrControlDone)
		}
		names := d.state.ReviewNames(u)
		if files[path.String()] != nil || len(names) == 0 {
			continue
		}
		v := &access.Review{Unit: at, Day: d.Today()}
		for _, id := range names {
			if i := slices.Index(left, id); i >= 0 {
				left = slices.Delete(left, i, i+1)
				v.Ended = append(v.Ended, id)
				files[register.Path{Kind: register.Grant, Unit: id.Unit, Handle: id.Handle}.String()] = nil
			} else {
				v.Kept = append(v.Kept, id)
			}
		}
		files[path.String()] = v.Encode()
		n++
		unit = at
	}
	if len(left) > 0 {
		return nil, 0, "", fmt.Errorf("officer %s has no grant in unit %q that this control is about", left[0].Handle, left[0].Unit)
	}
	if n == 0 {
		return nil, 0, "", ErrNothing
	}
	return files, n, unit, nil
}
