package record

import (
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

// A line of dues is read in its one form, and in no other.
func TestDuesLine(t *testing.T) {
	for _, s := range []string{
		"2026 renewal 0123456789 2026-01-05 2026-02-04 open -", "2026 join 0123456789 2026-01-05 2026-02-04 part 2026-01-09",
		"2026 join 0123456789 2026-01-05 2026-02-04 paid 2026-01-09 35000", "2026 join 0123456789 2026-01-05 2026-02-04 cancelled 2026-01-09",
	} {
		if l, ok := ParseDuesLine(s); !ok || l.String() != s {
			t.Errorf("%q: %v, %q", s, ok, l.String())
		}
	}
	for name, s := range map[string]string{
		"paid on no day":      "2026 renewal 0123456789 2026-01-05 2026-02-04 paid -",
		"open since a day":    "2026 renewal 0123456789 2026-01-05 2026-02-04 open 2026-01-05",
		"nine digits":         "2026 renewal 123456789 2026-01-05 2026-02-04 open -",
		"no such day":         "2026 renewal 0123456789 2026-01-05 2026-02-30 open -",
		"another kind":        "2026 gift 0123456789 2026-01-05 2026-02-04 open -",
		"another state":       "2026 renewal 0123456789 2026-01-05 2026-02-04 due -",
		"a blank too many":    "2026 renewal 0123456789  2026-01-05 2026-02-04 open -",
		"a word too many":     "2026 renewal 0123456789 2026-01-05 2026-02-04 open - 1 2",
		"nothing owed":        "2026 renewal 0123456789 2026-01-05 2026-02-04 open - 0",
		"a sign before it":    "2026 renewal 0123456789 2026-01-05 2026-02-04 open - +5",
		"a year of no number": "year renewal 0123456789 2026-01-05 2026-02-04 open -",
		"nothing":             "",
	} {
		if _, ok := ParseDuesLine(s); ok {
			t.Errorf("%s: read", name)
		}
	}
}

func TestValidateDues(t *testing.T) {
	for name, c := range map[string]struct {
		key   string
		v     Value
		fault string
	}{
		"a claim":             {Dues, List("2026 renewal 0123456789 2026-01-05 2026-02-04 open -"), ""},
		"no claim":            {Dues, List("paid"), RuleType},
		"one text":            {Dues, Text("2026 renewal 0123456789 2026-01-05 2026-02-04 open -"), RuleType},
		"a mandate":           {Mandate, Text("autogiro 2026-11-20 1234"), ""},
		"a mandate of a name": {Mandate, Text("autogiro 2026-11-20 Kari"), RuleType},
		"bounced":             {Bounced, List("email 2026-11-20"), ""},
		"bounced nowhere":     {Bounced, List("pigeon 2026-11-20"), RuleType},
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

// What came back from an address says nothing of another one: the line of that channel
// goes with the address, and of no other. Where the policy has fields of these names they
// are its own.
func TestReached(t *testing.T) {
	was := full()
	was.Set(Bounced, Bounce(Bounce(Value{}, "sms", "2026-01-02"), "email", "2026-01-01"))
	was.Set(Bounced, Bounce(was.Fields[Bounced], "email", "2026-01-03"))
	if day := testSchema.BouncedIn(was, "email"); day != "2026-01-03" || len(was.Fields[Bounced].List()) != 2 {
		t.Fatalf("bounced %v", was.Fields[Bounced])
	}
	for name, c := range map[string]struct {
		key        string
		v          string
		email, sms register.Day
	}{
		"the city": {"city", "Bergen", "2026-01-03", "2026-01-02"},
		"e-mail":   {"email", "new@example.org", "", "2026-01-02"},
		"no phone": {"phone", "", "2026-01-03", ""},
	} {
		is := was.Clone()
		is.Set(c.key, Text(c.v))
		testSchema.Reached(was, is)
		if e, s := testSchema.BouncedIn(is, "email"), testSchema.BouncedIn(is, "sms"); e != c.email || s != c.sms {
			t.Errorf("%s changed: bounced %q, %q", name, e, s)
		}
	}
	own := &Schema{Fields: append([]Field{{Key: Dues, Type: TypeText}}, testSchema.Fields...)}
	if own.HasDues() || own.BouncedIn(was, "email") != "" || own.DuesOf(was) != nil {
		t.Error("a policy's own field is taken for the register's")
	}
}
