package policy

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

var update = flag.Bool("update", false, "write the golden files anew")

// line has no place, so that a pack's comments may change.
func (l Lint) line() string {
	return fmt.Sprintf("%s: %s: %s (%s, %q)", l.File, l.ID, l.Says, l.Authority, l.Dated)
}

// TestPackLints: what the laws say of the packs is known and stable.
func TestPackLints(t *testing.T) {
	const golden = "testdata/packs.lints"
	var b strings.Builder
	for _, name := range Packs() {
		files, _ := Pack(name)
		p, problems := LoadPack(files)
		if problems != nil {
			t.Fatalf("%s: %v", name, problems)
		}
		fmt.Fprintf(&b, "%s\n", name)
		for _, l := range Lints(p) {
			fmt.Fprintf(&b, "\t%s\n", l.line())
		}
	}
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || b.String() != string(want) {
		t.Errorf("the lints of the packs have changed (go test -update writes them anew): %v\n%s", err, b.String())
	}
}

// TestLints: each law speaks where it should, and is silent about the same policy
// put right.
func TestLints(t *testing.T) {
	quiet := []string{
		"dues.yaml", "unpaid-years: 2", "unpaid-years: 2",
		"dues.yaml", "keep-years: 3", "keep-years: 7",
		"retention.yaml", "keep: 30", "keep: 24",
		"lists.yaml", "to: outsider, consent: none", "to: outsider, consent: written",
	}
	country := func(c string) []string { return []string{"organisation.yaml", `country: "NO"`, `country: "` + c + `"`} }
	const purpose = "    needs-purpose: true\n    see: [secretariat, local-admin]"
	const free = "    see: [secretariat, local-admin]"
	everywhere := []string{
		"fields.yaml", purpose, free,
		"organisation.yaml", "    purposes: {fodselsnummer: \"Vi melder inn skattefradrag.\"}\n", "",
		"tests.yaml", "at: baerum, may: read, field: fodselsnummer, expect: no", "at: baerum, may: read, field: fodselsnummer, expect: yes",
	}
	for name, c := range map[string]struct {
		changes []string
		want    string // file, text at the place, id; "" nothing
	}{
		"all is well, SE":    {slices.Concat(quiet, country("SE")), ""},
		"all is well, FI":    {slices.Concat(quiet, country("FI")), ""},
		"unpaid, NO":         {quiet, "dues.yaml unpaid-years law/unpaid-dues"},
		"accounts, NO":       {slices.Concat(quiet[:3], quiet[6:]), "dues.yaml keep-years law/accounts, dues.yaml unpaid-years law/unpaid-dues"},
		"accounts, SE":       {slices.Concat(quiet[:3], []string{"dues.yaml", "keep-years: 3", "keep-years: 6"}, quiet[6:], country("SE")), "dues.yaml keep-years law/accounts"},
		"accounts, DK":       {slices.Concat(quiet[:3], []string{"dues.yaml", "keep-years: 3", "keep-years: 5"}, quiet[6:], country("DK")), ""},
		"kept accounts, NO":  {slices.Concat(quiet, country("NO"), []string{"retention.yaml", "keep: 84", "keep: 59"}), "retention.yaml keep: 59 law/accounts, dues.yaml unpaid-years law/unpaid-dues"},
		"kept accounts, SE":  {slices.Concat(quiet, country("SE"), []string{"retention.yaml", "keep: 84", "keep: 83"}), "retention.yaml keep: 83 law/accounts"},
		"kept accounts, DK":  {slices.Concat(quiet, country("DK"), []string{"retention.yaml", "keep: 84", "keep: 60"}), ""},
		"party, DK":          {slices.Concat(quiet, country("DK"), []string{"organisation.yaml", "sensitivity: politics", "sensitivity: none"}), "organisation.yaml sensitivity law/party-membership"},
		"party, SE":          {slices.Concat(quiet, country("SE"), []string{"organisation.yaml", "sensitivity: politics", "sensitivity: none"}), ""},
		"number, NO":         {slices.Concat(quiet, everywhere), "fields.yaml key: fodselsnummer law/national-number, dues.yaml unpaid-years law/unpaid-dues"},
		"number, SE":         {slices.Concat(quiet, everywhere, country("SE")), "fields.yaml key: fodselsnummer law/national-number"},
		"number, DK":         {slices.Concat(quiet, everywhere, country("DK")), "fields.yaml key: fodselsnummer law/national-number"},
		"number, FI":         {slices.Concat(quiet, everywhere, country("FI")), ""},
		"processor":          {slices.Concat(quiet, country("SE"), []string{"organisation.yaml", "agreement: required", "agreement: none"}), "organisation.yaml agreement: none law/processor"},
		"no special":         {slices.Concat(quiet, country("SE"), []string{"fields.yaml", ", special: true", ""}), "fields.yaml categories law/special-category"},
		"told to outsiders":  {slices.Concat(quiet[:9], country("SE")), "lists.yaml consent: none law/disclosure"},
		"kept for years":     {slices.Concat(quiet[:6], []string{"retention.yaml", "keep: 30", "keep: 25"}, quiet[9:], country("SE")), "retention.yaml keep: 25 law/storage"},
		"nothing to outside": {slices.Concat(quiet[:9], country("SE"), []string{"organisation.yaml", "sensitivity: politics", "sensitivity: none"}), ""},
	} {
		files := full(t)
		for i := 0; i < len(c.changes); i += 3 {
			change(t, files, c.changes[i], c.changes[i+1], c.changes[i+2])
		}
		p, problems := Load(files)
		if p == nil {
			t.Errorf("%s: %v", name, problems)
			continue
		}
		var got, want []string
		for _, l := range Lints(p) {
			got = append(got, l.ID)
			want = append(want, l.File+" "+from(string(files[l.File]), l.Line, l.Col))
		}
		wanted := strings.Split(c.want, ", ")
		if c.want == "" {
			wanted = nil
		}
		ok := len(got) == len(wanted)
		for i := 0; ok && i < len(wanted); i++ {
			place := strings.TrimSuffix(wanted[i], " "+got[i])
			ok = place != wanted[i] && strings.HasPrefix(want[i], place)
		}
		if !ok {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
}

// TestLaws: each law has an authority, an address and a day; the only one without
// a day is guidance that bears none.
func TestLaws(t *testing.T) {
	undated := map[string]bool{"law/unpaid-dues": true}
	files := full(t)
	for _, l := range laws {
		_, err := register.ParseDay(l.dated)
		if l.authority == "" || !strings.HasPrefix(l.source, "https://") || err != nil && !(undated[l.id] && l.dated == "") {
			t.Errorf("%s %s: %q, %q, %q", l.id, l.country, l.authority, l.source, l.dated)
		}
		if _, ok := files[l.file]; !ok || !strings.HasPrefix(l.id, "law/") {
			t.Errorf("%s: no file %q", l.id, l.file)
		}
	}
}
