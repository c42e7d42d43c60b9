package policy

import (
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/expression"
	"github.com/medlem-register/medlem/internal/register"
)

func loadFull(t testing.TB, changes ...string) *Policy {
	t.Helper()
	files := full(t)
	for i := 0; i+2 < len(changes); i += 3 {
		change(t, files, changes[i], changes[i+1], changes[i+2])
	}
	p, problems := Load(files)
	for _, x := range problems {
		t.Errorf("%s\n\thint: %s", x, x.Hint)
	}
	if p == nil {
		t.FailNow()
	}
	return p
}

// TestInside: a fault in a condition is shown where it stands in the file, however
// the condition is written.
func TestInside(t *testing.T) {
	for name, text := range map[string]string{
		"plain":            "unit.members > 1 and HERE > 2",
		"plain, folded":    "unit.members > 1\n            and\n            HERE > 2",
		"plain, two lines": "unit.members > 1\n\n            and HERE > 2",
		"single":           `'"it''s" in unit.flags and HERE > 2'`,
		"single, folded":   "'unit.members > 1\n\n            and   HERE > 2'",
		"double":           `"\"\u00e5\x41\U0001F4A1\" in unit.flags and HERE > 2"`,
		"double, folded":   "\"unit.members > 1\n            and HERE > 2\"",
		"double, broken":   "\"unit.members > 1 an\\\n            d HERE > 2\"",
		"double, letters":  `"unit.id == \"åäö\" and HERE > 2"`,
		"literal":          "|\n            unit.members > 1\n              and HERE > 2",
		"literal, strip":   "|-\n            unit.members > 1\n            and\n\n            HERE > 2\n",
		"literal, indent":  "|2\n              unit.members > 1\n            and HERE > 2",
		"literal, comment": "| # why\n            unit.members > 1 and\n            HERE > 2",
		"folded":           ">\n            unit.members > 1\n            and HERE > 2\n",
		"folded, more":     ">-\n            unit.members > 1\n\n              and\n            HERE > 2\n",
		"letters before":   `unit.id == "æøå" and HERE > 2`,
		"at its start":     "HERE > 2",
		"at its start, |":  "|\n            HERE > 2",
	} {
		files := full(t)
		change(t, files, "access.yaml", "- {max: 2, when: \"unit.members > 200\"}", "- max: 2\n          when: "+text)
		_, problems := Load(files)
		if len(problems) != 1 || problems[0].File != "access.yaml" || !strings.HasPrefix(from(string(files["access.yaml"]), problems[0].Line, problems[0].Col), "HERE") {
			t.Errorf("%s: %v", name, problems)
			for _, x := range problems {
				t.Logf("%q", from(string(files["access.yaml"]), x.Line, x.Col)[:20])
			}
		}
	}
}

// TestMaxSeats: 200 is one, 201 is two; the highest that holds counts; and what
// cannot be evaluated gives no seat.
func TestMaxSeats(t *testing.T) {
	p := loadFull(t)
	o, _ := p.Office("local-admin")
	for _, c := range []struct {
		members     int
		flags       []string
		seats       int
		conditional bool
	}{
		{0, nil, 1, false}, {200, nil, 1, false}, {201, nil, 2, true}, {1001, nil, 2, true},
		{1000, []string{"bureau"}, 2, true}, {1001, []string{"bureau"}, 3, true},
	} {
		seats, conditional, err := p.MaxSeats(o, Facts{Unit: &Unit{ID: "x", Level: "branch", Flags: c.flags}, Members: c.members}.Env())
		if seats != c.seats || conditional != c.conditional || err != nil {
			t.Errorf("%d members, %v: %d %v %v", c.members, c.flags, seats, conditional, err)
		}
	}
	// The bad condition comes first, the good one still counts.
	p = loadFull(t, "access.yaml", `unit.members > 200`, `unit.members > 200 and unit.members % (unit.officers - 9) != 99`)
	o, _ = p.Office("local-admin")
	seats, conditional, err := p.MaxSeats(o, Facts{Unit: &Unit{Level: "branch", Flags: []string{"bureau"}}, Members: 1001, Officers: 9}.Env())
	if seats != 3 || !conditional || err == nil {
		t.Errorf("by zero: %d %v %v", seats, conditional, err)
	}
	if seats, _, err := p.MaxSeats(o, Facts{Unit: &Unit{Level: "branch"}, Members: 201, Officers: 9}.Env()); seats != 1 || err == nil || !strings.Contains(err.Error(), `"local-admin"`) {
		t.Errorf("by zero: %d %v", seats, err)
	}
}

func TestExceptionsAndWarnings(t *testing.T) {
	p := loadFull(t, "access.yaml", `'grant.position == "employee" && !grant.belongs'`, `'grant.position == "employee" && !grant.belongs && 7 % unit.members != 9'`)
	o, _ := p.Office("local-admin")
	always, _ := o.Exception("more-than-one")
	elsewhere, _ := o.Exception("employee-elsewhere")
	asker, _ := p.Unit("asker")
	for _, c := range []struct {
		e    *Exception
		f    Facts
		want bool
		err  bool
	}{
		{always, Facts{}, true, false},
		{elsewhere, Facts{Unit: asker, Members: 5, Position: "employee"}, true, false},
		{elsewhere, Facts{Unit: asker, Members: 5, Position: "employee", Belongs: true}, false, false},
		{elsewhere, Facts{Unit: asker, Members: 5}, false, false},
		{elsewhere, Facts{Unit: asker, Members: 0, Position: "employee"}, false, true},
	} {
		if got, err := c.e.Applies(c.f.Env()); got != c.want || (err != nil) != c.err {
			t.Errorf("%s %+v: %v %v", c.e.ID, c.f, got, err)
		}
	}
	w := &o.Warn[0]
	for position, want := range map[string]bool{"employee": false, "": true} {
		if got, err := w.Holds(Facts{Unit: asker, Position: position}.Env()); got != want || err != nil {
			t.Errorf("warning for %q: %v %v", position, got, err)
		}
	}
	if got, err := (&Warning{When: "true"}).Holds(expression.Env{}); got || err == nil {
		t.Error("a condition that nobody compiled holds")
	}
}

// TestFieldsByUnit: a field exists where its condition holds or the unit says what
// it is for, and nowhere else; so does a choice of some levels.
func TestFieldsByUnit(t *testing.T) {
	p := loadFull(t)
	for _, c := range []struct {
		unit, field string
		want        bool
	}{
		{"asker", "street", true}, {"baerum", "street", true},
		{"asker", "fodselsnummer", true}, {"baerum", "fodselsnummer", false}, {"akershus", "fodselsnummer", false},
		{"asker", "bureau-number", true}, {"baerum", "bureau-number", false},
		{"asker", "nothing", false}, {"nowhere", "street", false},
	} {
		if got := p.FieldIn(register.UnitID(c.unit), c.field); got != c.want {
			t.Errorf("%s in %s: %v", c.field, c.unit, got)
		}
		right := p.FieldRightIn("local-admin", c.field, register.UnitID(c.unit))
		if c.want && right != Edit || !c.want && right != Hidden {
			t.Errorf("%s in %s: %s", c.field, c.unit, right)
		}
	}
	// A purpose is enough without the flag, and the flag without a purpose.
	q := loadFull(t, "organisation.yaml", "name: Bærum, under: vestre}", "name: Bærum, under: vestre, purposes: {bureau-number: x}}")
	if !q.FieldIn("baerum", "bureau-number") {
		t.Error("a purpose is not enough")
	}
	for unit, want := range map[string]int{"asker": 11, "baerum": 9, "nowhere": 0} {
		if got := p.FieldsIn(register.UnitID(unit)); len(got) != want {
			t.Errorf("%s has %d fields, want %d", unit, len(got), want)
		}
	}
	for _, c := range []struct {
		unit, choice string
		want         bool
	}{{"asker", "leader", true}, {"akershus", "leader", true}, {"vestre", "leader", false}, {"vestre", "delegate", true}, {"asker", "boss", false}, {"nowhere", "leader", false}} {
		if got := p.ChoiceIn(register.UnitID(c.unit), "offices", c.choice); got != c.want {
			t.Errorf("%s in %s: %v", c.choice, c.unit, got)
		}
	}
	if got := p.FieldRightIn("local-admin", "closed", "baerum"); got != Read {
		t.Errorf("the day of closing is %s", got)
	}
	if got := p.FieldRightIn("local-admin", "closed", "nowhere"); got != Hidden {
		t.Errorf("the day of closing in no unit is %s", got)
	}
}

// A condition that cannot be evaluated hides the field.
func TestFieldHiddenByError(t *testing.T) {
	p := loadFull(t, "fields.yaml", `'"bureau" in unit.flags'`, `'unit.flags[7] != "x"'`,
		"tests.yaml", "at: {level: branch, flags: [bureau]}, may: add, field: bureau-number, expect: yes", "at: {level: branch, flags: [bureau]}, may: add, field: bureau-number, expect: no")
	if p.FieldIn("asker", "bureau-number") || p.FieldRightIn("local-admin", "bureau-number", "asker") != Hidden {
		t.Error("it exists")
	}
}
