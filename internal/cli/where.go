package cli

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

const (
	whereLimit = 2000 // bytes of a condition
	whereNodes = 200  // of its syntax tree
)

// whereFunctions are the functions that a condition may call: none of them makes
// more than it was given.
var whereFunctions = []string{"lower", "upper", "trim", "len", "hasPrefix", "hasSuffix", "indexOf", "int", "abs"}

// condition is a compiled --where.
type condition struct {
	program *vm.Program
	policy  *policy.Policy
	names   map[string]string // name in a condition → key of a field
	day     register.Day
}

// condition compiles a condition over the fields of a record and unit, id,
// status, closed, reason and age. Its errors give the place and the kind of the
// fault and repeat nothing: a condition may hold a person's name.
func (a *app) condition(p *policy.Policy, text string, day register.Day) (*condition, error) {
	if len(text) > whereLimit {
		return nil, usageError(a.tr("--where: the condition is too long"), "")
	}
	c := &condition{policy: p, names: map[string]string{}, day: day}
	env := map[string]any{"id": "", "unit": "", "status": "", "age": math.NaN()}
	for _, f := range p.Fields {
		name := strings.ReplaceAll(f.Key, "-", "_")
		c.names[name] = f.Key
		env[name] = zeroOf(f.Type)
	}
	for _, k := range []string{record.Closed, record.Reason} {
		c.names[k] = k
		env[k] = ""
	}
	guard := &whereGuard{}
	options := []expr.Option{expr.Env(env), expr.AsBool(), expr.MaxNodes(whereNodes), expr.Optimize(false),
		expr.DisableAllBuiltins(), expr.Patch(guard)}
	for _, f := range whereFunctions {
		options = append(options, expr.EnableBuiltin(f))
	}
	var err error
	c.program, err = expr.Compile(text, options...)
	if err == nil && guard.refused == "" {
		return c, nil
	}
	known := make([]string, 0, len(env))
	for n := range env {
		known = append(known, n)
	}
	slices.Sort(known)
	return nil, a.whereError(err, guard, text, known)
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

// whereGuard refuses the operators that could make much out of little, and
// remembers the names that a condition uses.
type whereGuard struct {
	refused string
	names   []*ast.IdentifierNode
}

func (g *whereGuard) Visit(n *ast.Node) {
	switch x := (*n).(type) {
	case *ast.BinaryNode:
		if x.Operator == ".." || x.Operator == "**" || x.Operator == "^" {
			g.refused = x.Operator
		}
	case *ast.IdentifierNode:
		g.names = append(g.names, x)
	}
}

func (a *app) whereError(err error, g *whereGuard, text string, known []string) error {
	hint := a.tr(`a condition is such as age >= 18 and city == "Asker"; the names are {{.Names}}`, "Names", strings.Join(known, ", "))
	if err == nil {
		return usageError(a.tr("--where: the operator {{.Name}} is not for conditions", "Name", g.refused), hint)
	}
	place := ""
	var fe *file.Error
	if errors.As(err, &fe) {
		place = strconv.Itoa(fe.Line) + ":" + strconv.Itoa(fe.Column+1)
		if rest, ok := strings.CutPrefix(fe.Message, "unknown name "); ok {
			if near := nearest(strings.TrimSpace(rest), known); near != "" {
				hint = a.tr("did you mean {{.Command}}?", "Command", near)
			}
			return usageError(a.tr("--where: {{.Place}}: there is no field of that name; text stands in quotation marks", "Place", place), hint)
		}
		if strings.HasPrefix(fe.Message, "invalid operation") || strings.HasPrefix(fe.Message, "cannot use") || strings.HasPrefix(fe.Message, "operator") {
			return usageError(a.tr("--where: {{.Place}}: two things of different kinds are compared", "Place", place), hint)
		}
	}
	if place != "" {
		return usageError(a.tr("--where: {{.Place}}: the condition cannot be understood", "Place", place), hint)
	}
	return usageError(a.tr("--where: the condition is not one that is true or false"), hint)
}

// nearest returns the one of names that differs least from s, "" where none is
// near.
func nearest(s string, names []string) string {
	best, most := "", 3
	for _, n := range names {
		if d := distance(s, n); d < most {
			best, most = n, d
		}
	}
	return best
}

// distance counts the letters to change, add or leave out between two words.
func distance(a, b string) int {
	const limit = 40 // letters: longer words are near to nothing
	if len(a) > limit || len(b) > limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost = 1 + min(last, row[j], row[j+1])
			}
			last, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// holds tells whether the condition is true of a member. What the person may not
// see is not known to it, and a condition that fails on a member is not true of
// her.
func (c *condition) holds(m *desk.Member, fields map[string]record.Value) bool {
	env := map[string]any{"id": string(m.Path.ID), "unit": string(m.Path.Unit), "status": status(m), "age": math.NaN()}
	for name, key := range c.names {
		t := record.TypeText
		if f, ok := c.policy.Field(key); ok {
			t = f.Type
		}
		env[name] = plainValue(t, fields[key])
	}
	if born, err := register.ParseDay(fields["born"].String()); err == nil {
		env["age"] = float64(ageOn(born, c.day))
	}
	v, err := expr.Run(c.program, env)
	ok, is := v.(bool)
	return err == nil && is && ok
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
