package record

import (
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	if faults := testSchema.Validate(full()); faults != nil {
		t.Errorf("a good record: %v", faults)
	}
	for _, c := range []struct {
		field, rule string
		value       Value
	}{
		{"given", RuleRequired, Value{}},
		{"given", RuleType, List(canary)},
		{"given", RuleFormula, Text("=" + canary)},
		{"given", RuleCharacter, Text(canary + "\x00")},
		{"given", RuleCharacter, Text(canary + "\xff")},
		{"given", RuleCharacter, Text(canary + "\n")},
		{"given", RuleLength, Text(canary + strings.Repeat("x", 100))},
		{"shirt", RuleLength, Text(canary)},
		{"born", RuleType, Text("24.09.1941")},
		{"born", RuleType, Text("2200-01-01")},
		{"email", RuleType, Text(canary)},
		{"email", RuleType, Text("x@EXAMPLE.no")},
		{"phone", RuleType, Text("40000001")},
		{"phone", RuleType, Text("+4740000001x")},
		{"phone", RuleType, Text("+47  40000001")},
		{"phone", RuleType, Text("+")},
		{"postcode", RuleLostZero, Text("150")},
		{"postcode", RuleType, Text("N-0150")},
		{"country", RuleType, Text("Norge")},
		{"class", RuleChoice, Text(canary)},
		{"offices", RuleType, Text("leader")},
		{"offices", RuleChoice, List("leader", "leader")},
		{"offices", RuleChoice, List("leader", "Leader")},
		{"offices", RuleLength, List(make([]string, ListLimit+1)...)},
		{"newsletter", RuleType, Text("ja")},
		{"number", RuleType, Text("007")},
		{Closed, RuleType, Text("22.11.2026")},
		{Reason, RuleType, Text("She died")},
		{"fax", RuleUnknown, Text(canary)},
	} {
		r := full()
		r.Set(c.field, c.value)
		faults := testSchema.Validate(r)
		if len(faults) != 1 || faults[0].Field != c.field || faults[0].Rule != c.rule || strings.Contains(faults[0].Error(), canary) {
			t.Errorf("%s: %v, want %s", c.field, faults, c.rule)
		}
	}
}

func TestValidateInOrder(t *testing.T) {
	r := full()
	r.Set("zip", Text("x"))
	r.Set("fax", Text("x"))
	r.Set(Closed, Text("x"))
	r.Set("phone", Text("x"))
	r.Set("given", Value{})
	var got []string
	for _, f := range testSchema.Validate(r) {
		got = append(got, f.Field)
	}
	if s := strings.Join(got, " "); s != "given phone closed fax zip" {
		t.Errorf("in the order %s", s)
	}
}

func TestValidateReadsTheCountry(t *testing.T) {
	r := full()
	r.Set("country", Text("SE"))
	if f := testSchema.Validate(r); len(f) != 1 || f[0].Field != "postcode" {
		t.Errorf("a Norwegian code in Sweden: %v", f)
	}
	r.Set("postcode", Text("291 31"))
	if f := testSchema.Validate(r); f != nil {
		t.Errorf("a Swedish code in Sweden: %v", f)
	}
	r.Set("country", Text("GB"))
	r.Set("postcode", Text("SW1A 1AA"))
	if f := testSchema.Validate(r); f != nil {
		t.Errorf("a British code in Britain: %v", f)
	}
}
