package record

import "fmt"

// The rules that a fault may break.
const (
	RuleUnknown   = "unknown"   // no such field
	RuleRequired  = "required"  // it must be filled in
	RuleType      = "type"      // not what the field holds: not a date, not an address
	RuleChoice    = "choice"    // none of the choices
	RuleLength    = "length"    // too long
	RuleCharacter = "character" // a control character, damaged text
	RuleFormula   = "formula"   // a formula or an error of a spreadsheet
	RuleLostZero  = "lost-zero" // a postal code that lost the zero it began with
)

// A Fault is one thing that is wrong with a field, and the way out. It never
// holds the value.
type Fault struct {
	Field string // key
	Rule  string // one of the rules
	Msg   string // what is wrong: "not a date"
	Hint  string // the way out: "write YYYY-MM-DD or dd.mm.yyyy"; may be empty
}

// Error returns the field, what is wrong and the way out, on one line.
func (f Fault) Error() string {
	if f.Hint == "" {
		return fmt.Sprintf("field %q: %s", f.Field, f.Msg)
	}
	return fmt.Sprintf("field %q: %s: %s", f.Field, f.Msg, f.Hint)
}

// fault returns a fault that does not know its field yet.
func fault(rule, msg, hint string) *Fault { return &Fault{Rule: rule, Msg: msg, Hint: hint} }
