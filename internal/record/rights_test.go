package record

import (
	"slices"
	"testing"
)

// Who is left out of what, by what her record says. Where a policy had fields of
// these names before the register did, they are the policy's and mean nothing here.
func TestLeavesOut(t *testing.T) {
	own := &Schema{Fields: append([]Field{{Key: Restricted, Type: TypeDate}}, testSchema.Fields...)}
	for name, c := range map[string]struct {
		s                *Schema
		since            string
		objects          []string
		mailing, meeting bool
	}{
		"nothing":            {testSchema, "", nil, false, false},
		"restricted":         {testSchema, "2026-11-22", nil, true, true},
		"one purpose":        {testSchema, "", []string{"mailing"}, true, false},
		"all":                {testSchema, "", []string{ObjectsAll}, true, true},
		"another's field":    {own, "2026-11-22", []string{ObjectsAll}, false, false},
		"a purpose like it":  {testSchema, "", []string{"mail", "mailing-list"}, false, false},
		"restricted and one": {testSchema, "2026-11-22", []string{"mailing"}, true, true},
	} {
		r := &Record{Fields: map[string]Value{}}
		r.Set(Restricted, Text(c.since))
		r.Set(Objects, List(c.objects...))
		if got := c.s.LeavesOut(r, "mailing"); got != c.mailing {
			t.Errorf("%s: left out of a mailing: %v", name, got)
		}
		if got := c.s.LeavesOut(r, "meeting"); got != c.meeting {
			t.Errorf("%s: left out of a meeting: %v", name, got)
		}
	}
}

func TestObject(t *testing.T) {
	v := Object(Value{}, []string{"meeting", "mailing"}, false)
	if v = Object(v, []string{"mailing"}, false); !slices.Equal(v.List(), []string{"mailing", "meeting"}) {
		t.Fatalf("objects to %v", v.List())
	}
	if v = Object(v, []string{"meeting", "all"}, true); !slices.Equal(v.List(), []string{"mailing"}) {
		t.Fatalf("objects to %v", v.List())
	}
	if v = Object(v, []string{"mailing"}, true); !v.Empty() {
		t.Fatalf("objects to %v", v.List())
	}
}

// Two who change different rights both succeed; both at one are asked.
func TestMergeRights(t *testing.T) {
	base := &Record{Fields: map[string]Value{}}
	ours, theirs := base.Clone(), base.Clone()
	ours.Set(Restricted, Text("2026-11-22"))
	theirs.Set(Objects, List("mailing"))
	m, conflicts := Merge(base, ours, theirs)
	if len(conflicts) > 0 || m.Fields[Restricted] != Text("2026-11-22") || m.Fields[Objects] != List("mailing") {
		t.Errorf("merged %v, %v", m.Fields, conflicts)
	}
	ours.Set(Objects, List("all"))
	if _, conflicts = Merge(base, ours, theirs); len(conflicts) != 1 || conflicts[0].Field != Objects {
		t.Errorf("conflicts %v", conflicts)
	}
}

func TestValidateRights(t *testing.T) {
	for name, c := range map[string]struct {
		key   string
		v     Value
		fault string
	}{
		"a day":        {Restricted, Text("2026-11-22"), ""},
		"no day":       {Restricted, Text("2026-11-31"), RuleType},
		"purposes":     {Objects, List("all", "mailing"), ""},
		"one text":     {Objects, Text("mailing"), RuleType},
		"no key":       {Objects, List("Mailing!"), RuleType},
		"twice":        {Objects, List("mailing", "mailing"), RuleChoice},
		"a list of it": {Restricted, List("2026-11-22"), RuleType},
	} {
		r := full()
		r.Set(c.key, c.v)
		got := ""
		if faults := testSchema.Validate(r); len(faults) > 0 {
			got = faults[0].Rule
		}
		if got != c.fault {
			t.Errorf("%s: fault %q, want %q", name, got, c.fault)
		}
	}
}
