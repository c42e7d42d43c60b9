package desk

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/policy"
)

// Source is a line of a policy file that a rule comes from.
type Source struct {
	File  string
	Line  int
	Place string // "/offices/chair/seats": items by their id
	Value string // on one line, clipped
}

// Explanation says what a rule of the check means and where in the policy files
// in force it comes from. A rule without sources holds in every register.
type Explanation struct {
	Rule    check.Rule
	Sources []Source
}

// ruleSources are the places of the policy files that rules come from: a star is
// every item of a list or key of a map. A rule that is not here, nor its area,
// does not come from the policy.
var ruleSources = map[string][]string{
	"layout/unit":  {"organisation.yaml:/units"},
	"layout/path":  {"organisation.yaml:/beside"},
	"layout/count": {"access.yaml:/limits/files"},

	"scope/act":   {"access.yaml:/offices/*/may", "access.yaml:/offices/*/scope"},
	"scope/month": {"retention.yaml:/reasons/*/keep"},
	"scope/bulk":  {"lists.yaml:/bulk-import"},
	"scope/field": {"access.yaml:/declare-fields", "fields.yaml:/fields/*/see", "fields.yaml:/fields/*/edit", "fields.yaml:/fields/*/where", "fields.yaml:/fields/*/needs-purpose"},

	"scope/dissolved": {"organisation.yaml:/units/*/dissolved"},

	"grant/office":      {"access.yaml:/offices/*/name"},
	"grant/level":       {"access.yaml:/offices/*/level"},
	"grant/seats":       {"access.yaml:/offices/*/seats", "access.yaml:/offices/*/exceptions/*/seats"},
	"grant/vacant":      {"access.yaml:/offices/*/seats"},
	"grant/recommended": {"access.yaml:/offices/*/seats", "access.yaml:/offices/*/warn"},
	"grant/position":    {"access.yaml:/offices/*/positions"},
	"grant/purpose":     {"access.yaml:/offices/*/purposes"},
	"grant/task":        {"access.yaml:/offices/*/tasks"},
	"grant/columns":     {"access.yaml:/offices/*/tasks/*/columns"},
	"grant/needs":       {"access.yaml:/offices/*/needs"},
	"grant/meeting":     {"access.yaml:/offices/*/appointed/at", "access.yaml:/meetings"},
	"grant/term":        {"access.yaml:/offices/*/term", "access.yaml:/offices/*/needs"},
	"grant/ends-soon":   {"access.yaml:/offices/*/term"},
	"grant/exception":   {"access.yaml:/offices/*/exceptions"},
	"grant/belongs":     {"access.yaml:/offices/*/belongs", "access.yaml:/offices/*/exceptions/*/waives"},
	"grant/factor":      {"access.yaml:/offices/*/second-factor"},
	"grant/guide":       {"access.yaml:/offices/*/guide"},
	"grant/names":       {"access.yaml:/offices/*/lists-everyone"},
	"grant/signature":   {"access.yaml:/signers", "access.yaml:/offices/*/appointed/by", "access.yaml:/offices/*/evidence"},
	"grant/attested":    {"access.yaml:/offices/*/evidence/*/attested-by", "access.yaml:/offices/*/evidence/*/signed-by"},
	"grant/evidence":    {"access.yaml:/offices/*/evidence", "access.yaml:/offices/*/needs", "organisation.yaml:/units/*/agreement"},
	"grant/removal":     {"access.yaml:/guards/largest-removal"},

	"review/form":    {"review.yaml:/access/of"},
	"review/by":      {"review.yaml:/access/by"},
	"review/grants":  {"review.yaml:/access/of"},
	"review/overdue": {"review.yaml:/access/per-year", "review.yaml:/access/since", "review.yaml:/access/blocks"},
	"review/soon":    {"review.yaml:/access/notice", "review.yaml:/access/per-year"},

	"reader/readers":           {"access.yaml:/offices/*/scope", "access.yaml:/offices/*/may"},
	"reader/joining":           {"pages.yaml:/rotate", "pages.yaml:/joining"},
	"reader/joining-unchanged": {"pages.yaml:/rotate"},

	"draw/form":      {"lists.yaml:/printed"},
	"draw/by":        {"access.yaml:/offices/*/may", "access.yaml:/offices/*/scope"},
	"draw/purpose":   {"lists.yaml:/purposes/*/name", "lists.yaml:/purposes/*/by"},
	"draw/columns":   {"lists.yaml:/purposes/*/columns", "lists.yaml:/other-columns", "fields.yaml:/fields/*/see"},
	"draw/until":     {"lists.yaml:/destroy-after", "lists.yaml:/counted-from", "lists.yaml:/hand-outs/days"},
	"draw/receiver":  {"access.yaml:/offices/*/may", "lists.yaml:/hand-outs/to", "lists.yaml:/hand-outs/approved-by"},
	"draw/request":   {"lists.yaml:/requests/*/by", "lists.yaml:/requests/*/of", "lists.yaml:/requests/*/purposes", "lists.yaml:/requests/*/approved-by"},
	"draw/protected": {"organisation.yaml:/units/*/protected"},
	"draw/delivery":  {"lists.yaml:/separate-password"},
	"draw/destroyed": {"lists.yaml:/attest"},

	"sending/receipt":   {"sendings.yaml:/channels", "sendings.yaml:/audiences", "lists.yaml:/fresh-for"},
	"sending/scope":     {"access.yaml:/offices/*/may", "access.yaml:/offices/*/scope"},
	"sending/protected": {"organisation.yaml:/units/*/protected"},
	"sending/event":     {"sendings.yaml:/sms/per-event"},

	"retention/overdue":      {"retention.yaml:/reasons/*/keep"},
	"retention/activity":     {"retention.yaml:/activities/keep"},
	"retention/activity-end": {"retention.yaml:/activities/longest"},
	"retention/mail":         {"retention.yaml:/activities/attest-mail"},
	"retention/mail-due":     {"retention.yaml:/activities/attest-mail"},
	"retention/kept":         {"retention.yaml:/kinds/*/keep"},
	"retention/brake":        {"retention.yaml:/brakes/share"},
	"retention/run":          {"retention.yaml:/brakes/share", "retention.yaml:/brakes/quarantine"},
	"retention/run-done":     {"retention.yaml:/brakes/quarantine", "retention.yaml:/brakes/signers"},
	"retention/run-signed":   {"retention.yaml:/brakes/signers"},
	"retention/sending":      {"retention.yaml:/kinds/*/keep"},
	"retention/draw":         {"lists.yaml:/attest", "lists.yaml:/destroy-after"},

	"policy/amend": {"access.yaml:/amend/by"},
	"policy/tests": {"tests.yaml:/tests/*/says"},
}

// Places are the places of the policy that a rule comes from, as paths with a star
// for every item: "lists.destroy-after", "access.offices.*.seats".
func Places(rule string) []string {
	var out []string
	for _, s := range ruleSources[rule] {
		out = append(out, strings.NewReplacer(".yaml:/", ".", "/", ".").Replace(s))
	}
	return out
}

// Explain explains a rule by the policy files that are given; false where there
// is no such rule.
func Explain(rule string, files map[string][]byte) (*Explanation, bool) {
	rules := check.Rules()
	i := slices.IndexFunc(rules, func(r check.Rule) bool { return r.ID == rule })
	if i < 0 {
		return nil, false
	}
	e := &Explanation{Rule: rules[i]}
	for _, s := range ruleSources[rule] {
		file, place, _ := strings.Cut(s, ":")
		e.Sources = append(e.Sources, sourcesIn(file, files[file], place)...)
	}
	return e, true
}

// sourcesIn finds what a pattern of places names in a policy file.
func sourcesIn(file string, text []byte, pattern string) []Source {
	var doc yaml.Node
	if text == nil || len(text) > policy.FileLimit || yaml.Unmarshal(text, &doc) != nil || len(doc.Content) != 1 {
		return nil // the files in force were read before
	}
	var out []Source
	var walk func(n *yaml.Node, line int, steps []string, at string)
	walk = func(n *yaml.Node, line int, steps []string, at string) {
		if len(steps) == 0 {
			out = append(out, Source{file, line, at, oneLineOf(n)})
			return
		}
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				if k := n.Content[i]; steps[0] == "*" || steps[0] == k.Value {
					walk(n.Content[i+1], k.Line, steps[1:], at+"/"+k.Value)
				}
			}
		case yaml.SequenceNode:
			if steps[0] != "*" {
				return
			}
			for _, item := range n.Content {
				walk(item, item.Line, steps[1:], at+"/"+idOf(item))
			}
		}
	}
	walk(doc.Content[0], 1, strings.Split(strings.TrimPrefix(pattern, "/"), "/"), "")
	return out
}

// idOf is what an item of a list is called.
func idOf(n *yaml.Node) string {
	if n.Kind == yaml.MappingNode {
		for _, key := range []string{"id", "key", "office"} {
			for i := 0; i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == key {
					return n.Content[i+1].Value
				}
			}
		}
	}
	return "-"
}

const valueLimit = 200 // characters of a value that is shown

// oneLineOf is a value as it could stand on one line.
func oneLineOf(n *yaml.Node) string {
	var b strings.Builder
	var write func(n *yaml.Node)
	write = func(n *yaml.Node) {
		if b.Len() > 4*valueLimit {
			return
		}
		switch n.Kind {
		case yaml.MappingNode:
			b.WriteString("{")
			for i := 0; i+1 < len(n.Content); i += 2 {
				if i > 0 {
					b.WriteString(", ")
				}
				b.WriteString(n.Content[i].Value + ": ")
				write(n.Content[i+1])
			}
			b.WriteString("}")
		case yaml.SequenceNode:
			b.WriteString("[")
			for i, x := range n.Content {
				if i > 0 {
					b.WriteString(", ")
				}
				write(x)
			}
			b.WriteString("]")
		default:
			b.WriteString(n.Value)
		}
	}
	write(n)
	if r := []rune(b.String()); len(r) > valueLimit {
		return string(r[:valueLimit]) + "…"
	}
	return b.String()
}
