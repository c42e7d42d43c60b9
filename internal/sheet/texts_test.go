package sheet

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// rules returns the rules that fault.go names.
func rules(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "fault.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 && strings.HasPrefix(strings.ToLower(spec.Names[0].Name), "rule") {
			if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
				if id, err := strconv.Unquote(lit.Value); err == nil {
					out[id] = spec.Names[0].Name
				}
			}
		}
		return true
	})
	return out
}

// Every rule speaks every language, with the same things to fill in.
func TestTexts(t *testing.T) {
	all := rules(t)
	if len(all) < 30 || len(all) != len(texts) {
		t.Errorf("%d rules, %d with texts", len(all), len(texts))
	}
	place := regexp.MustCompile(`\{[a-z]+\}`)
	notice := map[string]bool{ruleNameRead: true, ruleNameTurn: true, ruleZero: true, rulePlus: true, ruleDayFirst: true, ruleAbroad: true, ruleRead: true}
	for rule, name := range all {
		if !regexp.MustCompile(`^list/[a-z-]+$`).MatchString(rule) {
			t.Errorf("rule %q is not of the form area/slug", rule)
		}
		english := texts[rule]["en"]
		for _, lang := range []string{"en", "sv", "da", "nb"} {
			x := texts[rule][lang]
			if x.msg == "" || x.hint == "" && !notice[rule] {
				t.Errorf("%s has no texts in %s", name, lang)
			}
			for _, pair := range [][2]string{{english.msg, x.msg}, {english.hint, x.hint}} {
				if a, b := place.FindAllString(pair[0], -1), place.FindAllString(pair[1], -1); strings.Join(a, "") != strings.Join(b, "") {
					t.Errorf("%s in %s: %v to fill in, want %v", name, lang, b, a)
				}
			}
			msg, hint := Fault{Rule: rule, Letter: "C", Heading: "Blod", row: 7, with: "x", label: "y"}.In(lang)
			if strings.ContainsAny(msg+hint, "{}%") {
				t.Errorf("%s in %s: not filled in: %q %q", name, lang, msg, hint)
			}
		}
	}
}

func TestLanguage(t *testing.T) {
	for lang, want := range map[string]string{"sv": "sv", "SV-se": "sv", "da": "da", "nb": "nb", "no": "nb", "nn-NO": "nb", "se": "nb", "fo": "da", "fi": "sv", "nb_NO.UTF-8": "nb", "xx": "en", "en": "en", "": "en"} {
		if got := language(lang); got != want {
			t.Errorf("language %q: got %q, want %q", lang, got, want)
		}
	}
}

func TestChoicesAreNamed(t *testing.T) {
	r := one(t, "Fornavn;Etternavn;Verv", "Åse;Lie;keiser")
	msg, hint := r.Faults[0].In("nb")
	if msg != "ingen av valgene" || !strings.Contains(hint, "leder") || !strings.Contains(r.Faults[0].Hint, "leder") {
		t.Errorf("got %q: %q, in English %q", msg, hint, r.Faults[0].Hint)
	}
}
