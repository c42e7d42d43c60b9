package phone

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/medlem-register/medlem/internal/slow"
)

// answer is all that can be asked of a number.
type answer struct {
	known                         Known
	national, e164, international string
}

// ours is what this package says of a number.
func ours(s, country string) (a answer) {
	n, known := Parse(s, country)
	if known != Impossible {
		a = answer{known, n.National(), n.E164(), n.International()}
	}
	return a
}

// theirs is what the library says of it.
func theirs(s, country string) (a answer) {
	n, err := phonenumbers.Parse(s, country)
	switch {
	case err != nil:
		return a
	case phonenumbers.IsValidNumber(n):
		a.known = Valid
	case phonenumbers.IsPossibleNumber(n):
		a.known = Possible
	default:
		return a
	}
	a.national = phonenumbers.GetNationalSignificantNumber(n)
	a.e164 = phonenumbers.Format(n, phonenumbers.E164)
	a.international = phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
	return a
}

// compare holds this package to the library, and counts the answers of each kind.
func compare(t *testing.T, counts *[3]int, s, country string) {
	t.Helper()
	got, want := ours(s, country), theirs(s, country)
	if got != want {
		t.Errorf("%q in %q is %v, the library says %v", s, country, got, want)
	}
	counts[want.known]++
}

// seen ends a test which compared nothing of one kind.
func seen(t *testing.T, counts [3]int) {
	t.Helper()
	t.Logf("%d impossible, %d possible, %d valid", counts[Impossible], counts[Possible], counts[Valid])
	if slices.Contains(counts[:], 0) {
		t.Error("the test saw no number of one of these kinds")
	}
}

func regions() []string {
	return slices.Sorted(maps.Keys(phonenumbers.GetSupportedRegions()))
}

// examples are the library's examples of all kinds of numbers of all territories,
// by region; those of no country are under 001.
func examples(t testing.TB) map[string][]*phonenumbers.PhoneNumber {
	t.Helper()
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]*phonenumbers.PhoneNumber{}
	for _, m := range all.GetMetadata() {
		for _, d := range []*phonenumbers.PhoneNumberDesc{m.GetFixedLine(), m.GetMobile(), m.GetTollFree(), m.GetPremiumRate(), m.GetSharedCost(), m.GetVoip(), m.GetPersonalNumber(), m.GetPager(), m.GetUan(), m.GetVoicemail()} {
			if d.GetExampleNumber() == "" {
				continue
			}
			n, err := phonenumbers.Parse("+"+strconv.Itoa(int(m.GetCountryCode()))+d.GetExampleNumber(), "ZZ")
			if err != nil {
				t.Fatalf("an example of %s: %v", m.GetId(), err)
			}
			out[m.GetId()] = append(out[m.GetId()], n)
		}
	}
	if len(out) < 240 {
		t.Fatalf("the library has examples of %d territories", len(out))
	}
	return out
}

// nordic are the regions whose numbers members have. Those of others are compared as
// closely only where there is time.
var nordic = []string{"NO", "SE", "DK", "FI", "IS", "FO", "GL", "AX", "SJ"}

// Every country's examples, as written at home and abroad, and with a digit
// dropped, put in or changed.
func TestExamplesAsTheLibrary(t *testing.T) {
	var counts [3]int
	for region, numbers := range examples(t) {
		for i, n := range numbers {
			mutate := slow.On() || slices.Contains(nordic, region)
			for _, form := range []phonenumbers.PhoneNumberFormat{phonenumbers.NATIONAL, phonenumbers.INTERNATIONAL, phonenumbers.E164} {
				s := phonenumbers.Format(n, form)
				for _, country := range []string{region, "NO", ""} {
					compare(t, &counts, s, country)
					compare(t, &counts, "00"+strings.TrimPrefix(s, "+"), country)
					compare(t, &counts, strings.TrimPrefix(s, "+"), country)
				}
				if form == phonenumbers.E164 || !mutate {
					continue // E.164 is as the international form
				}
				for at := range s {
					digit := string(rune('0' + (i+at)%10))
					for _, mutated := range []string{s[:at] + s[at+1:], s[:at] + digit + s[at:], s[:at] + digit + s[at+1:]} {
						compare(t, &counts, mutated, region)
					}
				}
			}
		}
	}
	seen(t, counts)
}

// Every number of two digits, alone and with what makes it none, and of three: in
// some countries they serve between neighbours.
func TestShortAsTheLibrary(t *testing.T) {
	var counts [3]int
	for _, region := range regions() {
		for n := range 100 {
			s := fmt.Sprintf("%02d", n)
			for _, written := range []string{s, " " + s, s + ".", s[:1] + " " + s[1:], "+" + s, "00" + s, s + s[:1]} {
				compare(t, &counts, written, region)
			}
		}
	}
	if counts[Possible] == 0 || counts[Impossible] == 0 {
		t.Errorf("the test saw %v", counts)
	}
}

// Numbers at random, as people of each country would write them.
func TestRandomAsTheLibrary(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	all := examples(t)
	for _, region := range regions() {
		var counts [3]int
		n := 60
		switch {
		case slices.Contains(nordic, region):
			n = 10_000
		case slow.On():
			n = 300
		}
		for range n {
			compare(t, &counts, invent(random, region, all[region]), region)
		}
		if counts[Valid] == 0 || counts[Impossible] == 0 {
			t.Errorf("%s: %v", region, counts)
		}
	}
}

// invent returns a number of a region, right or wrong: digits at random or an
// example's beginning, what people put before it, and what they put between.
func invent(random *rand.Rand, region string, examples []*phonenumbers.PhoneNumber) string {
	code := strconv.Itoa(phonenumbers.GetCountryCodeForRegion(region))
	trunk := phonenumbers.GetNddPrefixForRegion(region, true)
	before := []string{"", "", "", trunk, trunk, "0", "1", code, "+", "+0", "00", "011", "+" + code, "+" + code, "++" + code, "00" + code, "+00" + code, "+" + code + "(0)", "(+" + code + ")" + trunk, "+47", "+358", "+1"}
	digits := ""
	if random.IntN(2) == 0 {
		example := phonenumbers.GetNationalSignificantNumber(examples[random.IntN(len(examples))])
		digits = example[:random.IntN(len(example)+1)]
	}
	for n := max(0, []int{7, 8, 9, 10, 2 + random.IntN(15)}[random.IntN(5)]-len(digits)); n > 0; n-- {
		digits += strconv.Itoa(random.IntN(10))
	}
	var b strings.Builder
	b.WriteString(before[random.IntN(len(before))])
	signs := []rune(punctuation)
	for _, d := range digits {
		if random.IntN(6) == 0 {
			b.WriteRune(signs[random.IntN(len(signs))])
		}
		b.WriteRune(d)
	}
	return b.String()
}

// What is written with digits, + and punctuation is what the library says;
// anything else is no number.
func FuzzAsTheLibrary(f *testing.F) {
	for region, numbers := range examples(f) {
		for _, form := range []phonenumbers.PhoneNumberFormat{phonenumbers.NATIONAL, phonenumbers.E164} {
			f.Add(phonenumbers.Format(numbers[0], form), region)
		}
	}
	for i, s := range []string{"+0047 22 12 34 56", "(+46) (0)8-123 456 78", "12", " 12.", "+12", "++47 22123456", "22 12 34 56 ext. 3", "٢٢١٢٣٤٥٦", "tel:+4722123456", fmt.Sprintf("%0300d", 1)} {
		f.Add(s, regions()[i])
		f.Add(s, "NO")
	}
	f.Fuzz(func(t *testing.T, s, country string) {
		got := ours(s, country)
		if strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune("+0123456789"+punctuation, r) }) {
			if got != (answer{}) {
				t.Fatalf("%q in %q is %v", s, country, got)
			}
			return
		}
		if want := theirs(s, country); got != want {
			t.Errorf("%q in %q is %v, the library says %v", s, country, got, want)
		}
	})
}
