package cli

import (
	"fmt"
	"io"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/register"
)

// waitingGrantJSON is an access that waits for what its office asks for.
type waitingGrantJSON struct {
	Unit    register.UnitID `json:"unit"`
	Handle  register.Handle `json:"handle"`
	Office  string          `json:"office"`
	From    register.Day    `json:"from"`
	Until   register.Day    `json:"until,omitempty"`
	Missing []lackJSON      `json:"missing"`

	lacks []access.Lack
}

// seatsJSON is how many hold an office in a unit, and how many may.
type seatsJSON struct {
	Unit        register.UnitID `json:"unit"`
	Office      string          `json:"office"`
	Held        int             `json:"held"`
	Min         int             `json:"min"`
	Max         int             `json:"max"` // 0: no bound
	Rule        bool            `json:"rule"`
	Conditional bool            `json:"conditional"` // max is what it is because a condition holds
	Vacant      bool            `json:"vacant"`
	TooMany     bool            `json:"tooMany"`
}

// waiting takes in, from the last state of the day, who waits and how the seats
// are taken.
func (r *accessReport) waiting(s *access.State, day register.Day) error {
	for _, u := range s.Policy.Units {
		if st := s.Units[u.ID]; st != nil {
			for _, g := range st.Grants {
				if g.Last() != "" && g.Last() < day {
					continue
				}
				ls := s.Lacks(g, day)
				if len(ls) == 0 {
					continue
				}
				r.Pending = append(r.Pending, waitingGrantJSON{g.Unit, g.Handle, g.Office, g.From, g.Last(), lacksJSON(ls), ls})
			}
		}
		for i := range s.Policy.Offices {
			o := &s.Policy.Offices[i]
			if o.Level != u.Level {
				continue
			}
			x, err := s.Seats(u.ID, o.ID, day)
			if err != nil {
				return err
			}
			r.Seats = append(r.Seats, seatsJSON{u.ID, o.ID, x.Held, x.Min, x.Max, x.Rule, x.Conditional, x.Held < x.Min, x.Max > 0 && x.Held > x.Max})
		}
	}
	return nil
}

// endsSoon tells whether an access ends within the notice of its office.
func (r *accessReport) endsSoon(x *accessJSON) bool {
	o, ok := r.policy.Office(x.Office)
	return ok && o.Term.Notice > 0 && x.Until != "" && x.Until <= r.Day.Add(o.Term.Notice)
}

func (r *accessReport) narrowTo(unit register.UnitID, handle register.Handle) {
	other := func(u register.UnitID, h register.Handle) bool {
		return unit != "" && u != unit || handle != "" && h != handle
	}
	r.Pending = slices.DeleteFunc(r.Pending, func(x waitingGrantJSON) bool { return other(x.Unit, x.Handle) })
	r.Seats = slices.DeleteFunc(r.Seats, func(x seatsJSON) bool { return handle != "" || other(x.Unit, "") })
}

// printWaiting prints who waits, what ends, exceptions, and seats: of one unit
// all, else those that are vacant or taken by too many.
func (a *app) printWaiting(w io.Writer, r *accessReport, one bool) {
	p := r.policy
	if len(r.Pending) > 0 {
		fmt.Fprintln(w, a.tr("Waiting, without access:"))
		t := &table{}
		for _, x := range r.Pending {
			t.add(unitName(p, x.Unit), a.officeName(p, x.Office), string(x.Handle), a.lacks(p, x.Office, x.lacks))
		}
		t.write(w, "  ")
	}
	t := &table{}
	for i := range r.Access {
		x := &r.Access[i]
		if x.EndsSoon {
			t.add(unitName(p, x.Unit), a.officeName(p, x.Office), string(x.Handle), a.tr("ends after {{.Day}}", "Day", x.Until))
		}
		if x.Exception != "" {
			t.add(unitName(p, x.Unit), a.officeName(p, x.Office), string(x.Handle), a.tr("exception: {{.Name}}", "Name", a.exception(r, x)))
		}
	}
	if len(t.rows) > 0 {
		fmt.Fprintln(w, a.tr("To look at:"))
		t.write(w, "  ")
	}
	t = &table{}
	for _, x := range r.Seats {
		if !one && !x.Vacant && !x.TooMany {
			continue
		}
		t.add(unitName(p, x.Unit), a.officeName(p, x.Office), a.seats(x))
	}
	if len(t.rows) > 0 {
		fmt.Fprintln(w, a.tr("Seats:"))
		t.write(w, "  ")
	}
}

func (a *app) exception(r *accessReport, x *accessJSON) string {
	if o, ok := r.policy.Office(x.Office); ok {
		if e, ok := o.Exception(x.Exception); ok {
			return a.label(r.policy, e.Name, e.ID)
		}
	}
	return x.Exception
}

// seats says how many hold an office, and how many should.
func (a *app) seats(x seatsJSON) string {
	switch {
	case x.Vacant:
		return a.tr("{{.Held}}, at least {{.Min}}: vacant", "Held", x.Held, "Min", x.Min)
	case x.TooMany:
		return a.tr("{{.Held}}, at most {{.Max}}: too many", "Held", x.Held, "Max", x.Max)
	case x.Max == 0:
		return fmt.Sprint(x.Held)
	}
	return a.tr("{{.Held}}, at most {{.Max}}", "Held", x.Held, "Max", x.Max)
}
