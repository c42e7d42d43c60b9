package desk

import (
	"context"
	"errors"
	"fmt"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// DissolvedError says that nothing new comes into a unit.
type DissolvedError struct {
	Unit  register.UnitID
	Since register.Day
}

func (e *DissolvedError) Error() string {
	return fmt.Sprintf("unit %q is dissolved since %s", e.Unit, e.Since)
}

// lives returns a DissolvedError where the unit is no more.
func (d *Desk) lives(u register.UnitID) error {
	if x, ok := d.state.Policy.Unit(u); ok && x.GoneOn(d.Today()) {
		return &DissolvedError{u, x.Dissolved}
	}
	return nil
}

// mayEnter is may, of what is new in a unit.
func (d *Desk) mayEnter(act policy.Act, u register.UnitID) error {
	if err := d.may(act, u); err != nil {
		return err
	}
	return d.lives(u)
}

// errUnmarked says that the policy cannot be made to say that a unit is dissolved.
var errUnmarked = errors.New("the policy does not say that the unit is dissolved")

// dissolve writes into the policy that a unit is no more, in a commit of its own, and
// tells whether it had to: a unit that is dissolved already stays as it is. errUnmarked:
// the identity may not change the policy, or its text has to be changed by hand.
func (d *Desk) dissolve(ctx context.Context, u register.UnitID) (bool, error) {
	day, err := d.commitDay()
	if err != nil || d.lives(u) != nil {
		return false, err
	}
	if d.may(policy.ActPolicy, d.state.Policy.Root().ID) != nil {
		return false, errUnmarked
	}
	const name = "organisation.yaml"
	files, err := PolicyFiles(d.repo, d.tree)
	if err != nil {
		return false, err
	}
	if files[name], err = withUnitKey(files[name], u, "dissolved", string(day)); err != nil {
		return false, errUnmarked
	}
	p, problems := policy.Load(files)
	if len(problems) > 0 {
		return false, errUnmarked
	}
	if x, ok := p.Unit(u); !ok || x.Dissolved != day {
		return false, errUnmarked
	}
	effect, changed, err := d.PolicyChange(files)
	if err != nil {
		return false, err
	}
	if !effect.Empty() { // nobody has access by a unit that is to be dissolved
		return false, errUnmarked
	}
	a := newAct(register.Message("unit", len(changed), u))
	for name, b := range changed {
		a.files["policies/"+name] = b
	}
	return true, d.commit(ctx, a)
}
