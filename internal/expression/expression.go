// Package expression compiles and evaluates conditions: those that a policy
// states ("unit.members > 200") and those that an officer types to choose
// members. It is the only importer of expr.
//
// Use [Compile] once, with an example of every name that a condition may use,
// and [Condition.Holds] as often as needed. Conditions come from foreign hands:
// their length and the size of their syntax tree are bounded, only a few
// built-ins that make nothing large can be called, and what fails while it is
// evaluated is an error, which callers must take for a no.
package expression

import (
	"errors"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
)

const (
	lengthLimit = 2000 // bytes of a condition
	nodesLimit  = 200  // of its syntax tree
)

// functions are the built-ins that a condition may call: none of them makes more
// than it was given.
var functions = []string{"lower", "upper", "trim", "len", "hasPrefix", "hasSuffix", "indexOf", "int", "abs"}

// Env gives the value of each name that a condition may use: a string, a
// float64 or int, a bool, a list of strings, or a map of these ("unit.members").
type Env map[string]any

// A Condition is one that was compiled. It is safe for concurrent use.
type Condition struct {
	text    string
	program *vm.Program
}

// Fault is the kind of an [Error].
type Fault int

// The faults.
const (
	TooLong     Fault = iota // longer than is read
	Operator                 // an operator that is not for conditions: Name
	UnknownName              // Name is not known; Near may be what was meant
	Kinds                    // two things of different kinds are compared
	Malformed                // it cannot be understood
	NotBoolean               // it is neither true nor false
)

// Error says why a condition cannot be compiled. It holds no text of the
// condition but Name: a condition may hold a person's name, so that whoever
// shows Name must know that it cannot.
type Error struct {
	Fault     Fault
	Line, Col int      // from 1; 0 unknown
	Name      string   // of an operator or a name
	Near      string   // the known name that is nearest to Name, or ""
	Known     []string // every name that is known, sorted
}

func (e *Error) Error() string {
	switch e.Fault {
	case TooLong:
		return "the condition is too long"
	case Operator:
		return "the operator " + e.Name + " is not for conditions"
	case UnknownName:
		return "unknown name in the condition"
	case Kinds:
		return "two things of different kinds are compared"
	case NotBoolean:
		return "the condition is not one that is true or false"
	}
	return "the condition cannot be understood"
}

// Compile reads a condition over the names of env, whose values give their
// types. Its error is an [*Error].
func Compile(text string, env Env) (*Condition, error) {
	if len(text) > lengthLimit {
		return nil, &Error{Fault: TooLong}
	}
	g := &guard{}
	options := []expr.Option{expr.Env(typesOf(env)), expr.AsBool(), expr.MaxNodes(nodesLimit), expr.Optimize(false),
		expr.DisableAllBuiltins(), expr.Patch(g)}
	for _, f := range functions {
		options = append(options, expr.EnableBuiltin(f))
	}
	p, err := expr.Compile(text, append(options, division...)...)
	if err == nil {
		node, left := p.Node(), &undivided{}
		if ast.Walk(&node, left); left.found {
			g.refused = "/"
		}
	}
	if err == nil && g.refused == "" {
		return &Condition{text, p}, nil
	}
	return nil, explain(err, g, text, env)
}

// typesOf returns the types of an environment's names, and no others.
func typesOf(env map[string]any) types.Map {
	m := types.Map{}
	for n, v := range env {
		if sub, ok := v.(map[string]any); ok {
			m[n] = typesOf(sub)
			continue
		}
		m[n] = types.TypeOf(v)
	}
	return m
}

// Holds tells whether the condition is true. An error (a division by zero, an
// item that a list does not have) means that nobody knows: deny.
func (c *Condition) Holds(env Env) (bool, error) {
	v, err := expr.Run(c.program, map[string]any(env))
	if err != nil {
		return false, errors.New("the condition cannot be evaluated")
	}
	ok, is := v.(bool)
	if !is {
		return false, errors.New("the condition is neither true nor false")
	}
	return ok, nil
}

// String returns the condition as it was written.
func (c *Condition) String() string { return c.text }

// guard lets through what a condition is made of and refuses everything else:
// ranges and powers, which make much out of little; predicates (any, all …),
// which inside each other run longer than anybody waits; and variables, which
// double a text each time that they are named.
type guard struct{ refused string }

func (g *guard) Visit(n *ast.Node) {
	switch x := (*n).(type) {
	case *ast.BinaryNode:
		if x.Operator == ".." || x.Operator == "**" || x.Operator == "^" {
			g.refused = x.Operator
		}
	case *ast.NilNode, *ast.IdentifierNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode, *ast.ConstantNode,
		*ast.UnaryNode, *ast.MemberNode, *ast.BuiltinNode, *ast.CallNode, *ast.ConditionalNode, *ast.ArrayNode:
	case *ast.PredicateNode, *ast.PointerNode:
		g.refused = "#"
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		g.refused = "let"
	default:
		g.refused = "{}"
	}
}

// Expr's own division by zero gives infinity, which is larger than any number: a
// condition would hold because nobody knows. So numbers are divided by a function,
// under a name that no condition can write.
const divide = "/"

var division = []expr.Option{
	expr.Function(divide, func(args ...any) (any, error) {
		a, b := number(args[0]), number(args[1])
		if b == 0 {
			return nil, errors.New("division by zero")
		}
		return a / b, nil
	}, new(func(int, int) float64), new(func(int, float64) float64), new(func(float64, int) float64), new(func(float64, float64) float64)),
	expr.Operator("/", divide),
}

// undivided refuses divisions of what is not known to be numbers.
type undivided struct{ found bool }

func (u *undivided) Visit(n *ast.Node) {
	if x, ok := (*n).(*ast.BinaryNode); ok && x.Operator == "/" {
		u.found = true
	}
}

func number(v any) float64 {
	switch n := v.(type) {
	case int:
		return float64(n)
	case float64:
		return n
	}
	return 0
}

func explain(err error, g *guard, text string, env Env) *Error {
	e := &Error{Fault: NotBoolean, Known: names("", env)}
	if err == nil {
		e.Fault, e.Name = Operator, g.refused
		return e
	}
	var fe *file.Error
	if !errors.As(err, &fe) {
		return e
	}
	e.Line, e.Col, e.Fault = fe.Line, fe.Column+1, Malformed
	switch {
	case strings.HasPrefix(fe.Message, "unknown name "), strings.Contains(fe.Message, "has no field"), strings.Contains(fe.Message, "unknown field"):
		e.Fault = UnknownName
		e.Name = wordAt(text, e.Line, e.Col)
		e.Near = nearest(e.Name, e.Known)
	case strings.HasPrefix(fe.Message, "invalid operation"), strings.HasPrefix(fe.Message, "cannot use"), strings.HasPrefix(fe.Message, "operator"):
		e.Fault = Kinds
	case strings.HasPrefix(fe.Message, "expected bool"):
		e.Fault = NotBoolean
	}
	return e
}

// names lists the names of env, those of maps with their point.
func names(prefix string, env map[string]any) []string {
	var out []string
	for n, v := range env {
		if m, ok := v.(map[string]any); ok {
			out = append(out, names(prefix+n+".", m)...)
			continue
		}
		out = append(out, prefix+n)
	}
	slices.Sort(out)
	return out
}

// wordAt returns the name, with its points, that stands at a place.
func wordAt(text string, line, col int) string {
	lines := strings.Split(text, "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	r := []rune(lines[line-1])
	is := func(i int) bool {
		return i >= 0 && i < len(r) && (r[i] == '.' || r[i] == '_' || r[i] >= 'a' && r[i] <= 'z' || r[i] >= 'A' && r[i] <= 'Z' || r[i] >= '0' && r[i] <= '9')
	}
	i := col - 1
	if !is(i) {
		return ""
	}
	j := i
	for is(i - 1) {
		i--
	}
	for is(j) {
		j++
	}
	return string(r[i:j])
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
