package cli

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/expression"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// condition is a compiled --where.
type condition struct {
	compiled *expression.Condition
	policy   *policy.Policy
	names    map[string]string // name in a condition → key of a field
	day      register.Day
}

// condition compiles a condition over the fields of a record and unit, id,
// status, closed, reason and age. Its errors give the place and the kind of the
// fault and repeat nothing: a condition may hold a person's name.
func (a *app) condition(p *policy.Policy, text string, day register.Day) (*condition, error) {
	c := &condition{policy: p, names: map[string]string{}, day: day}
	env := expression.Env{"id": "", "unit": "", "status": "", "age": math.NaN()}
	for _, f := range p.Fields {
		name := strings.ReplaceAll(f.Key, "-", "_")
		c.names[name] = f.Key
		env[name] = zeroOf(f.Type)
	}
	for _, k := range []string{record.Closed, record.Reason} {
		c.names[k] = k
		env[k] = ""
	}
	if p.Schema().HasRights() {
		c.names[record.Restricted], env[record.Restricted] = record.Restricted, ""
		c.names[record.Objects], env[record.Objects] = record.Objects, []string(nil)
	}
	if p.Schema().HasDues() {
		env[record.Dues] = []string(nil)
	}
	var err error
	if c.compiled, err = expression.Compile(text, env); err != nil {
		return nil, a.whereError(err)
	}
	return c, nil
}

func zeroOf(t record.Type) any {
	switch t {
	case record.TypeChoices:
		return []string(nil)
	case record.TypeYesNo:
		return false
	case record.TypeInteger:
		return math.NaN()
	}
	return ""
}

func (a *app) whereError(err error) error {
	var e *expression.Error
	if !errors.As(err, &e) {
		return err
	}
	hint := a.tr(`a condition is such as age >= 18 and city == "Asker"; the names are {{.Names}}`, "Names", strings.Join(e.Known, ", "))
	place := strconv.Itoa(e.Line) + ":" + strconv.Itoa(e.Col)
	switch e.Fault {
	case expression.TooLong:
		return usageError(a.tr("--where: the condition is too long"), "")
	case expression.Operator:
		return usageError(a.tr("--where: the operator {{.Name}} is not for conditions", "Name", e.Name), hint)
	case expression.UnknownName:
		if e.Near != "" {
			hint = a.tr("did you mean {{.Command}}?", "Command", e.Near)
		}
		return usageError(a.tr("--where: {{.Place}}: there is no field of that name; text stands in quotation marks", "Place", place), hint)
	case expression.Kinds:
		return usageError(a.tr("--where: {{.Place}}: two things of different kinds are compared", "Place", place), hint)
	case expression.Malformed:
		return usageError(a.tr("--where: {{.Place}}: the condition cannot be understood", "Place", place), hint)
	}
	return usageError(a.tr("--where: the condition is not one that is true or false"), hint)
}

// holds tells whether the condition is true of a member. What the person may not
// see is not known to it, and a condition that fails on a member is not true of
// her.
func (c *condition) holds(m *desk.Member, fields map[string]record.Value) bool {
	env := expression.Env{"id": string(m.Path.ID), "unit": string(m.Path.Unit), "status": status(m), "age": math.NaN()}
	for name, key := range c.names {
		t := record.TypeText
		if f, ok := c.policy.Field(key); ok {
			t = f.Type
		} else if key == record.Objects {
			t = record.TypeChoices
		}
		env[name] = plainValue(t, fields[key])
	}
	if c.policy.Schema().HasDues() {
		env[record.Dues] = duesWords(fields[record.Dues])
	}
	if born, err := register.ParseDay(fields["born"].String()); err == nil {
		env["age"] = float64(ageOn(born, c.day))
	}
	ok, err := c.compiled.Holds(env)
	return ok && err == nil
}

// duesWords are the years that a member was claimed for, each with its state, as a
// condition sees them: "2026 paid" in dues.
func duesWords(v record.Value) []string {
	out := []string{}
	for _, l := range record.DuesLines(v) {
		out = append(out, strconv.Itoa(l.Year)+" "+l.State)
	}
	return out
}

// plainValue is a value as a condition sees it. A number that is not known is
// not a number: it is neither less, equal nor more than any.
func plainValue(t record.Type, v record.Value) any {
	switch t {
	case record.TypeChoices:
		return v.List()
	case record.TypeYesNo:
		return v.String() == "true"
	case record.TypeInteger:
		if n, err := strconv.ParseFloat(v.String(), 64); err == nil {
			return n
		}
		return math.NaN()
	}
	return v.String()
}

// ageOn is the age in whole years of somebody born on a day.
func ageOn(born, day register.Day) int {
	b, d := born.Time(), day.Time()
	n := d.Year() - b.Year()
	if d.Month() < b.Month() || d.Month() == b.Month() && d.Day() < b.Day() {
		n--
	}
	return n
}
