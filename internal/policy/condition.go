package policy

import (
	"errors"
	"fmt"

	"github.com/medlem-register/medlem/internal/expression"
)

// Facts are what conditions can ask about: a unit, and a grant in it where there
// is one.
type Facts struct {
	Unit     *Unit // nil: none
	Members  int   // records of active members of the unit
	Officers int   // officers who have access by a grant in the unit

	Office, Position, Exception, Task string // policy keys; "" none
	Belongs                           bool   // the officer is a member of the unit
}

// Env returns the facts by the names that conditions have for them.
func (f Facts) Env() expression.Env {
	env := unitEnv(f.Unit)
	unit := env["unit"].(map[string]any)
	unit["members"], unit["officers"] = f.Members, f.Officers
	env["grant"] = map[string]any{
		"office": f.Office, "position": f.Position, "exception": f.Exception, "task": f.Task, "belongs": f.Belongs,
	}
	return env
}

// unitEnv holds what the policy itself says of a unit: what a field's existence
// may depend on, so that none comes and goes with the number of members.
func unitEnv(u *Unit) expression.Env {
	if u == nil {
		u = &Unit{}
	}
	flags := u.Flags
	if flags == nil {
		flags = []string{}
	}
	return expression.Env{"unit": map[string]any{"id": string(u.ID), "level": u.Level, "flags": flags}}
}

// seatsEnv holds what the number of seats may depend on.
func seatsEnv() expression.Env {
	env := Facts{}.Env()
	delete(env, "grant")
	return env
}

// condition compiles the condition that stands at path, and reports what is wrong
// with it where it is wrong. It returns nil for none and for a wrong one.
func (d *document) condition(path, text string, names expression.Env) *expression.Condition {
	if text == "" || d.full() {
		return nil
	}
	c, err := expression.Compile(text, names)
	var e *expression.Error
	if !errors.As(err, &e) {
		return c
	}
	msg, hint := e.Error(), ""
	switch e.Fault {
	case expression.UnknownName:
		msg, hint = fmt.Sprintf("unknown name %q in the condition", clip(e.Name)), suggest(e.Name, e.Known)
		if e.Near != "" {
			hint = fmt.Sprintf("did you mean %q?", e.Near)
		}
	case expression.Kinds:
		hint = `a number is compared with a number, a text with a text in quotes; of a list ask: "word" in unit.flags`
	case expression.NotBoolean:
		hint = "compare it with something, as in unit.members > 200"
	case expression.Malformed:
		hint = "a quote, a bracket or a word may be missing here"
	}
	n := d.values[path]
	if n == nil || e.Line == 0 {
		d.report(path, msg, hint)
		return nil
	}
	line, col := d.inside(n, e.Line, e.Col)
	d.reportPlace(line, col, path, msg, hint)
	return nil
}

// MaxSeats returns how many may hold the office in the unit that env is of, and
// whether that is so because of a condition. Where a condition cannot be
// evaluated it gives no seat, and the error says so.
func (p *Policy) MaxSeats(o *Office, env expression.Env) (seats int, conditional bool, err error) {
	seats = o.Seats.Max
	for _, m := range o.Seats.More {
		holds, fault := holds(m.when, env)
		if fault != nil {
			err = fmt.Errorf("seats of the office %q: %w", o.ID, fault)
		}
		if holds && m.Max > seats {
			seats, conditional = m.Max, true
		}
	}
	return seats, conditional, err
}

// Applies tells whether the exception is for the grant that env is of. An error
// means no.
func (e *Exception) Applies(env expression.Env) (bool, error) {
	if e.When == "" {
		return true, nil
	}
	return holds(e.when, env)
}

// Holds tells whether the warning is to be said of the grant that env is of. An
// error means that nobody knows.
func (w *Warning) Holds(env expression.Env) (bool, error) { return holds(w.when, env) }

func holds(c *expression.Condition, env expression.Env) (bool, error) {
	if c == nil {
		return false, errors.New("the condition was not compiled")
	}
	return c.Holds(env)
}
