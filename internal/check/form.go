package check

import (
	"slices"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// form judges what stands in a grant by its office: whatever it says is a word of
// the policy, and nothing that is asked for in clear is missing.
func (r *run) form(a *asked) {
	o, g := a.office, a.g
	for _, need := range o.Needs {
		if key, there := clearNeed(g, need); key != "" && !there {
			r.add(ruleNeeds, a.at("office"), "the office %q asks for a %s", o.ID, key)
		}
	}
	if _, ok := policy.FindTerm(o.Positions, g.Position); g.Position != "" && !ok {
		r.add(rulePosition, a.at("position"), "position %q carries no office %q", g.Position, o.ID)
	}
	if _, ok := policy.FindTerm(o.Purposes, g.Purpose); g.Purpose != "" && !ok {
		r.add(rulePurpose, a.at("purpose"), "purpose %q is none of the office %q", g.Purpose, o.ID)
	}
	r.task(a)
	r.meeting(a)
	waived := r.exception(a)
	r.term(a)
	if o.Belongs && g.Belongs != g.Unit && !slices.Contains(waived, policy.WaiveBelongs) {
		r.add(ruleBelongs, a.at("belongs"), "the officer's own record stands in %q by her word: want %q", string(g.Belongs), string(g.Unit))
	}
	if len(o.SecondFactor) > 0 && g.Factor != "" && !slices.Contains(o.SecondFactor, g.Factor) {
		r.add(ruleFactor, a.at("factor"), "protected by %q: want one of %s", g.Factor, strings.Join(o.SecondFactor, ", "))
	}
}

// clearNeed returns the key of a grant that a need is about, and whether it is
// there; "" for a need that is a sealed document.
func clearNeed(g *access.Grant, need string) (key string, there bool) {
	switch need {
	case policy.NeedPurpose:
		return need, g.Purpose != ""
	case policy.NeedPosition:
		return need, g.Position != ""
	case policy.NeedTask:
		return need, g.Task != ""
	case policy.NeedColumns:
		return need, len(g.Columns) > 0
	case policy.NeedUntil:
		return need, g.Until != ""
	}
	return "", false
}

// task judges what an individual is given access for, and the columns of it.
func (r *run) task(a *asked) {
	o, g := a.office, a.g
	i := slices.IndexFunc(o.Tasks, func(t policy.Task) bool { return t.ID == g.Task })
	if g.Task != "" && i < 0 {
		r.add(ruleTask, a.at("task"), "task %q is none of the office %q", g.Task, o.ID)
		return
	}
	for n, c := range g.Columns {
		if _, ok := a.to.Policy.Field(c); !ok {
			r.add(ruleColumns, a.line("columns", n+1), "records have no field %q", c)
		} else if i >= 0 && !slices.Contains(o.Tasks[i].Columns, c) {
			r.add(ruleColumns, a.line("columns", n+1), "the task %q does not need the field %q", g.Task, c)
		}
	}
}

// meeting judges who decided on the grant. An office that asks for no kind of
// meeting may have any.
func (r *run) meeting(a *asked) {
	g, kinds := a.g, a.office.Appointed.At
	if len(kinds) > 0 {
		want := strings.Join(kinds, ", ")
		switch {
		case g.Meeting == "":
			r.add(ruleMeeting, a.at("meeting"), "no meeting decided: want one of %s", want)
		case !slices.Contains(kinds, g.Meeting):
			r.add(ruleMeeting, a.at("meeting"), "decided by a meeting of the kind %q: want one of %s", g.Meeting, want)
		}
		if g.Met == "" {
			r.add(ruleMeeting, a.at("met"), "the day of the meeting is missing")
		}
	}
	if g.Met > a.day {
		r.add(ruleMeeting, a.at("met"), "the meeting is on %s, after %s", g.Met, a.day)
	}
}

// term judges how long the grant is to last.
func (r *run) term(a *asked) {
	r.lasts(a, a.office.Term.Months, "the office "+strconv.Quote(a.office.ID), ruleTerm)
}

func (r *run) lasts(a *asked, months int, what string, ru *rule) {
	if months == 0 {
		return
	}
	last := a.g.From.AddMonths(months)
	switch {
	case a.g.Until == "":
		r.add(ru, a.at("until"), "no end: %s lasts for %d months, until %s at the latest", what, months, last)
	case a.g.Until > last:
		r.add(ru, a.at("until"), "until %s: %s lasts for %d months, until %s at the latest", a.g.Until, what, months, last)
	}
}

// exception judges in what the grant differs from what its office asks, and
// returns what is waived because of it. A condition that cannot be evaluated
// allows nothing.
func (r *run) exception(a *asked) (waived []string) {
	g := a.g
	if g.Exception == "" {
		return nil
	}
	e, ok := a.office.Exception(g.Exception)
	if !ok {
		r.add(ruleException, a.at("exception"), "the office %q has no exception %q", a.office.ID, g.Exception)
		return nil
	}
	r.lasts(a, e.Months, "the exception "+strconv.Quote(e.ID), ruleException)
	if a.standing {
		return e.Waives // it was for the grant on the day on which it was given
	}
	facts, err := a.to.GrantFacts(g, a.day)
	if err != nil {
		r.fail(err)
		return nil
	}
	switch applies, err := e.Applies(facts.Env()); {
	case err != nil:
		r.add(ruleException, a.at("exception"), "the exception %q: %s, and so allows nothing", e.ID, err)
		return nil
	case !applies:
		r.add(ruleException, a.at("exception"), "the exception %q is not for this grant: want %s", e.ID, clip(e.When))
		return nil
	}
	return e.Waives
}

// guideOf judges which guide the officer says that she has read.
func (r *run) guideOf(a *asked) {
	have, want := a.g.Guide, a.office.Guide.Version
	switch {
	case have == "":
	case want == "":
		r.add(ruleGuide, a.at("guide"), "the office %q asks for no guide", a.office.ID)
	case newer(have, want):
		r.add(ruleGuide, a.at("guide"), "version %s: the policy has %s", have, want)
	}
}

// newer tells whether one version, two numbers and a point, is above another.
func newer(a, b string) bool {
	amajor, aminor := numbers(a)
	bmajor, bminor := numbers(b)
	return amajor > bmajor || amajor == bmajor && aminor > bminor
}

func numbers(version string) (major, minor int) {
	first, second, _ := strings.Cut(version, ".")
	major, _ = strconv.Atoi(first)
	minor, _ = strconv.Atoi(second)
	return major, minor
}

// holds returns whether the officer holds one of the offices on the day in a unit
// that the condition accepts.
func holds(s *access.State, h register.Handle, offices []string, day register.Day, where func(register.UnitID) bool) bool {
	return slices.ContainsFunc(s.Grants(h, day), func(g *access.Grant) bool {
		return slices.Contains(offices, g.Office) && where(g.Unit)
	})
}

func anywhere(register.UnitID) bool { return true }
