package desk

import (
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// Terms are what a grant says, as its signatures fix it.
type Terms struct {
	Office    string
	From      register.Day // zero: today
	Until     register.Day // zero: no end
	Meeting   string       // the kind of meeting that decided
	Met       register.Day
	Position  string
	Purpose   string
	Task      string
	Exception string
	Factor    string // how her identity is protected; zero: as the office asks, where it asks for one way
	Belongs   bool   // she is a member of the unit herself
	Columns   []string
	Names     []register.Handle // everyone who keeps access in the unit, but the appointee; nil: not said
}

// grant returns the grant that says so, of an office that the policy has.
func (t *Terms) grant(u register.UnitID, h register.Handle, o *policy.Office, today register.Day) *access.Grant {
	g := &access.Grant{Unit: u, Handle: h, Office: t.Office, From: t.From, Until: t.Until, Meeting: t.Meeting, Met: t.Met,
		Position: t.Position, Purpose: t.Purpose, Task: t.Task, Exception: t.Exception, Factor: t.Factor, Columns: t.Columns}
	if g.From == "" {
		g.From = today
	}
	if t.Belongs {
		g.Belongs = u
	}
	if g.Factor == "" && len(o.SecondFactor) == 1 {
		g.Factor = o.SecondFactor[0]
	}
	if o.ListsEveryone || len(t.Names) > 0 {
		g.Names = append(slices.Clone(t.Names), h)
		slices.Sort(g.Names)
		g.Names = slices.Compact(g.Names)
	}
	return g
}

// TermError is a refusal of what a grant says: its office asks for something
// else.
type TermError struct {
	Term    string   // "position", "until" …, as in the grant's file
	Given   bool     // it was said, but is not one that the office takes
	Choices []string // what it can be, where that is a list
	Latest  register.Day
}

func (e *TermError) Error() string {
	msg := "the office asks for " + e.Term
	if e.Given {
		msg = "the office does not take this " + e.Term
	}
	if len(e.Choices) > 0 {
		msg += ": one of " + strings.Join(e.Choices, ", ")
	}
	if e.Latest != "" {
		msg += ": at the latest " + string(e.Latest)
	}
	return msg
}

// checkTerms returns an error where the policy would refuse what a grant says,
// before anybody signs it. The check judges the whole.
func checkTerms(g *access.Grant, o *policy.Office) error {
	list := func(term, given string, choices []string, need bool) error {
		switch {
		case given == "" && need:
			return &TermError{Term: term, Choices: choices}
		case given != "" && !slices.Contains(choices, given):
			return &TermError{Term: term, Given: true, Choices: choices}
		}
		return nil
	}
	needs := func(n string) bool { return slices.Contains(o.Needs, n) }
	at := o.Appointed.At
	if len(at) > 0 {
		if err := list("meeting", g.Meeting, at, true); err != nil {
			return err
		}
		if g.Met == "" {
			return &TermError{Term: "met"}
		}
	}
	for _, x := range []struct {
		term, given string
		choices     []string
		need        bool
	}{
		{"position", g.Position, termIDs(o.Positions), needs(policy.NeedPosition)},
		{"purpose", g.Purpose, termIDs(o.Purposes), needs(policy.NeedPurpose)},
		{"task", g.Task, taskIDs(o), needs(policy.NeedTask)},
		{"exception", g.Exception, exceptionIDs(o), false},
		{"factor", g.Factor, o.SecondFactor, len(o.SecondFactor) > 0},
	} {
		if err := list(x.term, x.given, x.choices, x.need); err != nil {
			return err
		}
	}
	if err := checkColumns(g, o); err != nil {
		return err
	}
	if o.Belongs && g.Belongs == "" && !waives(g, o, "belongs") {
		return &TermError{Term: "belongs"}
	}
	return checkEnd(g, o)
}

func checkColumns(g *access.Grant, o *policy.Office) error {
	i := slices.IndexFunc(o.Tasks, func(t policy.Task) bool { return t.ID == g.Task })
	var choices []string
	if i >= 0 {
		choices = o.Tasks[i].Columns
	}
	if len(g.Columns) == 0 && slices.Contains(o.Needs, policy.NeedColumns) {
		return &TermError{Term: "columns", Choices: choices}
	}
	for _, c := range g.Columns {
		if i >= 0 && !slices.Contains(choices, c) {
			return &TermError{Term: "columns", Given: true, Choices: choices}
		}
	}
	return nil
}

// checkEnd checks the last day against the office's term and the exception's.
func checkEnd(g *access.Grant, o *policy.Office) error {
	latest := register.Day("")
	months := o.Term.Months
	if e, ok := o.Exception(g.Exception); ok && e.Months > 0 && (months == 0 || e.Months < months) {
		months = e.Months
	}
	if months > 0 {
		latest = g.From.AddMonths(months)
	}
	switch {
	case g.Until == "" && (months > 0 || slices.Contains(o.Needs, policy.NeedUntil)):
		return &TermError{Term: "until", Latest: latest}
	case g.Until != "" && latest != "" && g.Until > latest:
		return &TermError{Term: "until", Given: true, Latest: latest}
	}
	return nil
}

func waives(g *access.Grant, o *policy.Office, what string) bool {
	e, ok := o.Exception(g.Exception)
	return ok && slices.Contains(e.Waives, what)
}

func termIDs(ts []policy.Term) (ids []string) {
	for _, t := range ts {
		ids = append(ids, t.ID)
	}
	return ids
}

func taskIDs(o *policy.Office) (ids []string) {
	for _, t := range o.Tasks {
		ids = append(ids, t.ID)
	}
	return ids
}

func exceptionIDs(o *policy.Office) (ids []string) {
	for _, e := range o.Exceptions {
		ids = append(ids, e.ID)
	}
	return ids
}
