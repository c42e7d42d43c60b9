package phone

import (
	"os/exec"
	"strings"
	"testing"
)

// Numbers as people write them.
func TestParse(t *testing.T) {
	for _, x := range []struct {
		written, country string
		known            Known
		want             string
	}{
		{"22 12 34 56", "NO", Valid, "+47 22 12 34 56"},
		{"(+47) 22-12-34-56", "SE", Valid, "+47 22 12 34 56"},
		{"0047 22123456", "NO", Valid, "+47 22 12 34 56"},
		{"+0047 22123456", "NO", Valid, "+47 22 12 34 56"},
		{"4722123456", "NO", Valid, "+47 22 12 34 56"},
		{"44215452", "NO", Possible, "+47 44 21 54 52"},
		{"08-123 456 78", "SE", Valid, "+46 8 123 456 78"},
		{"+46 (0)70-018 30 83", "NO", Valid, "+46 70 018 30 83"},
		{"20 40 65 27", "DK", Valid, "+45 20 40 65 27"},
		{"040 1234567", "FI", Valid, "+358 40 1234567"},
		{"018 12345", "AX", Valid, "+358 18 12345"},
		{"020 7946 0958", "GB", Valid, "+44 20 7946 0958"},
		{"(201) 555-0123", "US", Valid, "+1 201-555-0123"},
		{"464-1234", "AG", Valid, "+1 268-464-1234"}, // the island's digits are put before it
		{"+800 1234 5678", "", Valid, "+800 1234 5678"},
		{"22 12 34 56", "", Impossible, ""},
		{"22 12 34 56", "ZZ", Impossible, ""},
		{"+47 22 12 34 567", "NO", Impossible, ""},
		{"+999 22 12 34 56", "NO", Impossible, ""},
		{"22 12 34 56 lokal 3", "NO", Impossible, ""},
		{"22 12 34 56 / 22 12 34 57", "NO", Impossible, ""},
		{"+ +47 22 12 34 56", "NO", Impossible, ""},
		{"2", "NO", Impossible, ""},
		{"", "NO", Impossible, ""},
		{"+", "NO", Impossible, ""},
		{strings.Repeat(" ", inputLimit) + "22123456", "NO", Impossible, ""},
	} {
		n, known := Parse(x.written, x.country)
		if known != x.known || known == Impossible && n != (Number{}) {
			t.Errorf("%q in %q is %v (%v), want %v", x.written, x.country, known, n, x.known)
		} else if known != Impossible && n.International() != x.want {
			t.Errorf("%q in %q is %q, want %q", x.written, x.country, n.International(), x.want)
		}
	}
}

// A plan says what begins as its numbers do, is as long, and is in a series.
func TestPlan(t *testing.T) {
	p := readPlan("leading 7\ngeneral 3,5-6 [67]\\d+\nlocal 2\ntype 3,5 \\d+\ntrunk 0|(8) 79\nform 71 1,2-4 $1-$2\nform - 2-3,1-3 ($2) $1\n")
	for national, want := range map[string]bool{"712": true, "71234": true, "612": false, "812": false, "71": false, "7123": false, "712345": false} {
		if p.inUse(national, p.types) != want {
			t.Errorf("%s is in use: %v", national, !want)
		}
	}
	for digits, want := range map[string]string{"0712": "712", "8712": "79712", "912": "912", "0": ""} {
		if got := p.withoutTrunk(digits); got != want {
			t.Errorf("%s is %q without what is dialled at home, want %q", digits, got, want)
		}
	}
	for national, want := range map[string]string{"712": "7-12", "71234": "7-1234", "7123456": "", "6123": "(3) 612", "612345": "(345) 612", "61": ""} {
		got := ""
		for _, f := range p.forms {
			if s, ok := f.write(national); ok && got == "" {
				got = s
			}
		}
		if got != want {
			t.Errorf("%s is written %q, want %q", national, got, want)
		}
	}
	if l := p.general.lengths; l.has(4) || !l.has(5) || l.tooLong(6) || !l.tooLong(7) || p.local.has(3) || !p.local.has(2) {
		t.Errorf("lengths are %b and %b", l, p.local)
	}
}

// That no program unpacks all countries when it starts is a fact of the build.
func TestNoProgramLinksTheLibrary(t *testing.T) {
	const module = "github.com/medlem-register/medlem/"
	programs, err := exec.Command("go", "list", module+"cmd/...").Output()
	if err != nil || !strings.Contains(string(programs), module+"cmd/medlem\n") {
		t.Fatalf("go list says %q (%v)", programs, err)
	}
	for _, program := range strings.Fields(string(programs)) {
		deps, err := exec.Command("go", "list", "-deps", program).Output()
		if err != nil || program == module+"cmd/medlem" && !strings.Contains(string(deps), module+"internal/phone\n") {
			t.Fatalf("go list says %.200q (%v)", deps, err)
		}
		if strings.Contains(string(deps), "nyaruka/phonenumbers") {
			t.Errorf("%s links the library", program)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if n, known := Parse("+47 22 12 34 56", "NO"); known != Valid || n.International() == "" {
			b.Fatal(known)
		}
	}
}

// What the first number of a program costs: the table's paragraphs, and the
// country's plan.
func BenchmarkTable(b *testing.B) {
	for b.Loop() {
		all := readTable()
		all.regions["NO"].plan()
	}
}
