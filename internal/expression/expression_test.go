package expression

import (
	"errors"
	"strings"
	"testing"
)

var example = Env{"unit": map[string]any{"members": 0, "level": "", "flags": []string{}}, "age": 0.0, "paid": false, "city": ""}

func TestHolds(t *testing.T) {
	env := Env{"unit": map[string]any{"members": 201, "level": "branch", "flags": []string{"bureau"}}, "age": 30.0, "paid": true, "city": "Asker"}
	for text, want := range map[string]bool{
		"unit.members > 200":                         true,
		"unit.members > 201":                         false,
		`"bureau" in unit.flags and paid`:            true,
		`"bureau" in unit.flags && unit.level=="x"`:  false,
		`lower(city) == "asker"`:                     true,
		"402 / unit.members == 2 and age / 4 == 7.5": true,
		`len(unit.flags) == 1`:                       true,
	} {
		c, err := Compile(text, example)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := c.Holds(env); err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", text, got, err, want)
		}
	}
}

// What fails while it is evaluated must be an error, never true.
func TestEvaluationErrorDenies(t *testing.T) {
	for _, text := range []string{"unit.members % 0 == 0", "unit.members / 0 > 1", "10 / (unit.members - unit.members) > 1", "1.5 / (age - age) > 1", "age / unit.members > 1 / 0",
		`unit.flags[5] == "x"`, "unit.members % (unit.members - unit.members) == 1 or true"} {
		c, err := Compile(text, example)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		ok, err := c.Holds(Env{"unit": map[string]any{"members": 1, "level": "", "flags": []string{}}, "age": 30.0})
		if ok || err == nil {
			t.Errorf("%s: %v without an error", text, ok)
		}
	}
}

func TestFaults(t *testing.T) {
	for text, want := range map[string]Error{
		"unit.member > 200":                                  {Fault: UnknownName, Near: "unit.members"},
		"ages > 2":                                           {Fault: UnknownName, Near: "age"},
		`unit.members > "200"`:                               {Fault: Kinds},
		"unit.members >":                                     {Fault: Malformed},
		"unit.members":                                       {Fault: NotBoolean},
		"len(1..100000000) > 1":                              {Fault: Operator, Name: ".."},
		`repeat("a", 100000000) == "b"`:                      {Fault: UnknownName},
		`any(unit.flags, # == "x")`:                          {Fault: Operator, Name: "#"},
		`all(unit.flags, any(unit.flags, len(#) > 1))`:       {Fault: Operator, Name: "#"},
		`len(filter(unit.flags, {# != "x"})) > 1`:            {Fault: Operator, Name: "#"},
		`reduce(unit.flags, #acc + len(#), 0) > 1`:           {Fault: Operator, Name: "#"},
		`let a = city + city; let b = a + a; len(b + b) > 1`: {Fault: Operator, Name: "let"},
		`{"a": 1}.a == 1`:                                    {Fault: Operator, Name: "{}"},
		strings.Repeat("a", 2001):                            {Fault: TooLong},
		"true" + strings.Repeat(" and true", 150):            {Fault: Malformed},
	} {
		_, err := Compile(text, example)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%.40s: compiled", text)
			continue
		}
		if e.Near != want.Near || (want.Name != "" && e.Name != want.Name) || e.Fault != want.Fault {
			t.Errorf("%.40s: %+v, want %+v", text, *e, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"family", "famly", 1}, {"family", "family", 0}, {"kitten", "sitting", 3}, {"", "abc", 3}, {"a", strings.Repeat("b", 41), 40}} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%q, %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
	if got := nearest("shoe", []string{"phone", "note", "family"}); got == "family" {
		t.Errorf("nearest: %q", got)
	}
}
