package desk

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// erasedUnits are the units of a state that its policy calls dissolved and that have no
// records, activities or requests: those that were erased, or never had anything.
func erasedUnits(r gitstore.Reader, s *access.State, day register.Day) ([]access.ErasedUnit, error) {
	var out []access.ErasedUnit
	for i := range s.Policy.Units {
		u := &s.Policy.Units[i]
		if !u.GoneOn(day) {
			continue
		}
		bare, err := isBare(r, s.Tree, u.ID)
		if err != nil {
			return nil, err
		}
		if bare {
			out = append(out, access.ErasedUnit{Unit: u.ID, Day: u.Dissolved})
		}
	}
	slices.SortFunc(out, func(a, b access.ErasedUnit) int { return strings.Compare(string(a.Unit), string(b.Unit)) })
	return out, nil
}

// isBare tells whether a unit has no records, activities or requests.
func isBare(r gitstore.Reader, tree gitstore.ID, u register.UnitID) (bool, error) {
	stands := errors.New("something stands in the unit")
	err := gitstore.Walk(r, tree, "data/"+string(u), func(path string, _ gitstore.Entry) error {
		p, err := register.ParsePath(path)
		switch p.Kind {
		case register.Member, register.Closed, register.Activity, register.Request:
			return stands
		}
		return err
	})
	switch {
	case err == nil, errors.Is(err, gitstore.ErrNotFound):
		return true, nil
	case errors.Is(err, stands):
		return false, nil
	}
	return false, err
}

// goneUnits are the units that stand in a state, and that newer mains and lists say are
// dissolved and erased.
func (x *restoring) goneUnits(r gitstore.Reader, s *access.State, day register.Day) ([]register.UnitID, error) {
	named := map[register.UnitID]bool{}
	for _, l := range x.since {
		us, err := erasedUnits(x.scratch, l.now, day)
		if err != nil {
			return nil, err
		}
		for _, u := range us {
			named[u.Unit] = true
		}
	}
	for _, c := range x.copies {
		for _, u := range c.units {
			named[u.Unit] = true
		}
	}
	var out []register.UnitID
	for _, u := range sortedUnits(s) {
		unit, known := s.Policy.Unit(u)
		if !named[u] || !known {
			continue
		}
		bare, err := isBare(r, s.Tree, u)
		if err != nil {
			return nil, err
		}
		if !bare || !unit.GoneOn(day) {
			out = append(out, u)
		}
	}
	return out, nil
}

// emptyAgain dissolves and empties the units that were erased since, where nothing but
// what goes with the unit is left of them. Members who have moved away since stand in
// them still: a person has to say where to, or whether they are gone.
func (x *restoring) emptyAgain(ctx context.Context, d *Desk) error {
	gone, err := x.goneUnits(d.repo, d.state, d.Today())
	if err != nil {
		return err
	}
	for _, u := range gone {
		plan, err := d.dissolved(u)
		switch {
		case errors.Is(err, ErrUnitLives), errors.Is(err, ErrByRun), errors.Is(err, ErrNotAllowed):
			continue
		case err != nil:
			return err
		case len(plan.Closed) > 0:
			continue
		}
		if _, err := d.dissolve(ctx, u); tolerated(err) != nil && !errors.Is(err, errUnmarked) {
			return err
		}
		a := newAct("")
		n, any, err := d.emptyUnit(a, u)
		if err != nil {
			return err
		}
		if !any {
			continue
		}
		a.message = register.Message("erase", n, u)
		if err := tolerated(d.commit(ctx, a)); err != nil {
			return err
		}
	}
	return nil
}

// compareUnits tells of the units that newer mains and lists say are erased.
func (x *restoring) compareUnits(d *Desk, was *access.State) error {
	before, err := x.goneUnits(x.scratch, was, d.Today())
	if err != nil {
		return err
	}
	left, err := x.goneUnits(d.repo, d.state, d.Today())
	if err != nil {
		return err
	}
	for _, u := range before {
		if !slices.Contains(left, u) {
			x.out.Emptied = append(x.out.Emptied, u)
		}
	}
	for _, u := range left {
		plan, err := d.PlanUnit(u)
		if err != nil {
			return err
		}
		x.out.Dissolved = append(x.out.Dissolved, plan)
	}
	return nil
}
