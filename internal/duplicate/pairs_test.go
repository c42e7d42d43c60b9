package duplicate

import (
	"slices"
	"testing"
)

// kari is invented, as all are here; the number is one that nobody has.
var kari = Person{ID: "1", Unit: "akershus", Given: "Kari Anne", Family: "Ødegård", Born: "1954-03-21",
	Email: "kari.odegard@example.org", Phone: "+47 400 00 001", Street: "Storgata 5B", Postcode: "2010", City: "Strømmen"}

// but returns kari with some fields changed.
func but(change func(*Person)) Person {
	p := kari
	p.ID = "2"
	change(&p)
	return p
}

// only returns a person with names, day of birth, e-mail, phone and postal code.
func only(given, family, born, email, phone, postcode string) Person {
	return Person{Given: given, Family: family, Born: born, Email: email, Phone: phone, Postcode: postcode}
}

// pairsTable: two records, and what happens: "ask", "list" or "".
var pairsTable = []struct {
	name string
	a, b Person
	want string
}{
	// the same person, and it is asked
	{"the same record", kari, kari, "ask"},
	{"å written aa, ø written oe", kari, but(func(p *Person) { p.Family = "Oedegaard" }), "ask"},
	{"ø written ö, and moved", kari, but(func(p *Person) { p.Family, p.Street, p.Postcode = "Ödegård", "Ringveien 1", "0150" }), "ask"},
	{"c for k, another address for mail", only("Kristian", "Kjær", "1980-05-04", "", "", ""), only("Christian", "Kjaer", "1980-05-04", "", "", ""), "ask"},
	{"a Sámi name without its letters", only("Máret Áilu", "Čáhppe", "1971-11-30", "", "", ""), only("Maret Ailu", "Cahppe", "1971-11-30", "", "", ""), "ask"},
	{"đ and ŋ written d and n", only("Ŋuoffir", "Đorvvo", "1971-11-30", "", "", ""), only("Nuoffir", "Dorvvo", "1971-11-30", "", "", ""), "ask"},
	{"th for t", only("Thor", "Mathisen", "1961-01-02", "", "", ""), only("Tor", "Matisen", "1961-01-02", "", "", ""), "ask"},
	{"one of two given names", kari, but(func(p *Person) { p.Given, p.Email, p.Phone = "Kari", "", "" }), "ask"},
	{"the second of two given names", kari, but(func(p *Person) { p.Given, p.Email, p.Phone = "Anne", "", "" }), "ask"},
	{"two given names in one word", only("Anne Marie", "Lie", "1950-07-08", "", "", ""), only("Annemarie", "Lie", "1950-07-08", "", "", ""), "ask"},
	{"a hyphen", only("Anne-Marie", "Lie", "1950-07-08", "", "", ""), only("Anne Marie", "Lie", "1950-07-08", "", "", ""), "ask"},
	{"an initial, and the day of birth", only("K.", "Ødegård", "1954-03-21", "", "", ""), only("Kari", "Ødegård", "1954-03-21", "", "", ""), "ask"},
	{"an initial for the second name", only("Kari A.", "Ødegård", "1954-03-21", "", "", ""), only("Kari Anne", "Ødegård", "1954-03-21", "", "", ""), "ask"},
	{"given and family name swapped", only("Ødegård", "Kari", "1954-03-21", "", "", ""), only("Kari", "Ødegård", "1954-03-21", "", "", ""), "ask"},
	{"the whole name in one field", only("Kari Ødegård", "", "1954-03-21", "", "", ""), only("Kari", "Ødegård", "1954-03-21", "", "", ""), "ask"},
	{"the whole name in one field, day of birth not known", only("", "Kari Ødegård", "", "", "", "2010"), only("Kari", "Ødegård", "", "", "", "2010"), "ask"},
	{"a particle left out", only("Axel", "von Essen", "1954-03-21", "", "", ""), only("Axel", "Essen", "1954-03-21", "", "", ""), "ask"},
	{"a middle name in the other field", only("Per Moe", "Lie", "1954-03-21", "", "", ""), only("Per", "Moe Lie", "1954-03-21", "", "", ""), "ask"},
	{"two letters changed places", only("Ingrid", "Bergstrøm", "1954-03-21", "", "", ""), only("Ingrid", "Begrstrøm", "1954-03-21", "", "", ""), "ask"},
	{"married, and kept one name", only("Ida", "Dahl Moe", "1990-02-03", "", "", ""), only("Ida", "Dahl", "1990-02-03", "", "", ""), "ask"},
	{"married, the same mailbox", only("Ida", "Dahl", "1990-02-03", "ida@example.no", "", ""), only("Ida", "Moe", "1990-02-03", "ida@example.no", "", ""), "ask"},
	{"married, day of birth not known, mailbox and phone", only("Ida", "Dahl", "", "ida@example.no", "+4740000002", ""), only("Ida", "Moe", "1990-02-03", "ida@example.no", "+4740000002", ""), "ask"},
	{"day and month swapped", only("Ida", "Dahl", "1990-02-03", "", "", ""), only("Ida", "Dahl", "1990-03-02", "", "", ""), "ask"},
	{"a hundred years", only("Ida", "Dahl", "1912-02-03", "", "", ""), only("Ida", "Dahl", "2012-02-03", "", "", ""), "ask"},
	{"a wrong digit in one postal code", only("Ida", "Dahl", "1990-02-03", "", "", "0150"), only("Ida", "Dahl", "1990-02-08", "", "", "0150"), "ask"},
	{"letters of the address in capitals", only("Ida", "Dahl", "", "Ida.D@Example.NO", "", ""), only("Ida", "Dahl", "", "ida.d@example.no", "", ""), "ask"},
	{"the number written otherwise", only("Ida", "Dahl", "", "", "+47 400 00 002", ""), only("Ida", "Dahl", "", "", "0047 40000002", ""), "ask"},
	{"a day that a spreadsheet put in", only("Ida", "Dahl", "1900-01-01", "", "", "0150"), only("Ida", "Dahl", "1990-02-03", "", "", "0150"), "ask"},

	// rule N55
	{"N55 e-mail", only("Ida", "Dahl", "1990-02-03", "post@example.no", "", ""), only("Per", "Lie", "1950-10-13", "post@example.no", "", ""), "list"},
	{"N55 name and day of birth", only("Ida", "Dahl", "1990-02-03", "", "", "0150"), only("Ida", "Dahl", "1990-02-03", "", "", "9700"), "ask"},
	{"N55 name by sound and postal code", only("Sophie", "Møller", "", "", "", "2300"), only("Sofie", "Moeller", "1990-02-03", "", "", "2300"), "ask"},
	{"N55 the same in a Swedish unit", only("Sophie", "Møller", "", "", "", "SE-291 31"), only("Sofie", "Moeller", "1990-02-03", "", "", "291 31"), "ask"},
	{"N55 name and postal code, days of birth unlike", only("Ida", "Dahl", "1990-02-03", "", "", "0150"), only("Ida", "Dahl", "1951-10-22", "", "", "0150"), "list"},

	// a household is no person
	{"wife and husband", kari, but(func(p *Person) { p.Given, p.Born = "Per", "1952-08-09" }), "list"},
	{"wife and husband, days of birth not known", kari, but(func(p *Person) { p.Given, p.Born = "Per", "" }), "list"},
	{"wife and husband with mailboxes of their own", kari, but(func(p *Person) { p.Given, p.Born, p.Email = "Per", "", "per@example.org" }), ""},
	{"mother and daughter", kari, but(func(p *Person) { p.Given, p.Born = "Ida", "1984-06-07" }), "list"},
	{"twins", only("Emma", "Dahl", "2012-02-03", "mor@example.no", "+4740000002", "0150"), only("Nora", "Dahl", "2012-02-03", "mor@example.no", "+4740000002", "0150"), "list"},
	{"twins with one name in common", only("Anna Maria", "Dahl", "2012-02-03", "mor@example.no", "+4740000002", "0150"), only("Eva Maria", "Dahl", "2012-02-03", "mor@example.no", "+4740000002", "0150"), "list"},
	{"father and son of one name", only("Per", "Dahl", "1950-02-03", "dahl@example.no", "+4740000002", "0150"), only("Per", "Dahl", "1982-11-16", "dahl@example.no", "+4740000002", "0150"), "list"},
	{"brother and sister, days of birth not known", only("Emil", "Dahl", "", "mor@example.no", "+4740000002", "0150"), only("Emilie", "Dahl", "", "mor@example.no", "+4740000002", "0150"), "list"},
	{"brother and sister with names alike, days of birth not known", only("Johan", "Dahl", "", "mor@example.no", "+4740000002", "0150"), only("Johanna", "Dahl", "", "mor@example.no", "+4740000002", "0150"), "list"},
	{"address with a tag for each child", only("Emma", "Dahl", "2012-02-03", "mor+emma@example.no", "", "0150"), only("Nora", "Dahl", "2014-02-05", "mor+nora@example.no", "", "0150"), ""},

	// others
	{"a common name", only("Anne", "Hansen", "", "", "", ""), only("Anne", "Hansen", "1990-02-03", "", "", "0150"), ""},
	{"a common name, days of birth unlike", only("Anne", "Hansen", "1951-10-22", "", "", "9700"), only("Anne", "Hansen", "1990-02-03", "", "", "0150"), ""},
	{"the same day of birth", only("Ida", "Dahl", "1990-02-03", "", "", "0150"), only("Per", "Lie", "1990-02-03", "", "", "0150"), ""},
	{"the same given name and day of birth", only("Ida", "Dahl", "1990-02-03", "", "", "0150"), only("Ida", "Lie", "1990-02-03", "", "", "9700"), ""},
	{"short names with one letter between them", only("Kari", "Moe", "1990-02-03", "", "", "0150"), only("Karl", "Moe", "1990-02-03", "", "", "0150"), ""},
	{"dots in an address count", only("Ida", "Dahl", "", "i.dahl@example.no", "", ""), only("Per", "Lie", "", "idahl@example.no", "", ""), ""},
	{"numbers without a country", only("Ida", "Dahl", "", "", "40000002", ""), only("Ida", "Dahl", "", "", "40000002", ""), ""},
	{"nothing known", Person{}, Person{}, ""},
	{"no names", only("", "", "1990-02-03", "", "", "0150"), only("", "", "1990-02-03", "", "", "0150"), ""},
}

func verdict(score float64) string {
	switch {
	case score >= Ask:
		return "ask"
	case score >= List:
		return "list"
	}
	return ""
}

// Pairs that are one person are asked about, households are listed at most, and
// others are left in peace; both ways round, and alike in the index.
func TestPairs(t *testing.T) {
	for _, c := range pairsTable {
		s, why := Score(c.a, c.b)
		if verdict(s) != c.want {
			t.Errorf("%s: %.2f %v, want %q", c.name, s, why, c.want)
		}
		x := NewIndex(1)
		b := c.b
		b.ID = "another"
		x.Add(b)
		found := x.Find(c.a)
		if (len(found) == 1) != (c.want != "") {
			t.Errorf("%s: the index finds %d", c.name, len(found))
		} else if len(found) == 1 && (found[0].Score != s || !slices.Equal(found[0].Reasons, why)) {
			t.Errorf("%s: %.2f %v in the index, %.2f %v alone", c.name, found[0].Score, found[0].Reasons, s, why)
		}
	}
}

// Each reason is given by some pair of the table or of these, and by nothing else.
func TestReasons(t *testing.T) {
	for _, c := range []struct {
		a, b Person
		want []Reason
	}{
		{kari, kari, []Reason{Given, Family, Born, Email, Phone, Postcode, Street}},
		{kari, but(func(p *Person) { p.Given, p.Family, p.Postcode = "Kari", "Moe Ødegård", "" }), []Reason{GivenPart, FamilyPart, Born, Email, Phone, Street, City}},
		{only("Per", "Hansen", "1990-02-03", "", "", ""), only("Kari", "Hansson", "1990-03-02", "", "", ""), []Reason{FamilySimilar, BornSwapped}},
		{only("Kirsten", "Moe", "1912-02-03", "", "", ""), only("Kirstin", "Moe", "2012-02-03", "", "", ""), []Reason{GivenSimilar, Family, BornCentury}},
		{only("K", "Moe", "1990-02-03", "", "", ""), only("Kari", "Moe", "1990-02-04", "", "", ""), []Reason{GivenInitial, Family, BornDigit}},
		{only("K", "Moe", "1954-02-03", "", "", ""), only("Kari", "Moe", "1945-02-03", "", "", ""), []Reason{GivenInitial, Family, BornDigit}},
		{only("Moe", "Kari", "", "", "", ""), only("Kari", "Moe", "", "", "", ""), []Reason{NamesSwapped}},
		{only("Per", "Lie", "1990-02-03", "", "", "0150"), only("Kari", "Moe", "1991-12-13", "", "", "0151"), nil},
	} {
		if _, why := Score(c.a, c.b); !slices.Equal(why, c.want) {
			t.Errorf("%v, want %v", why, c.want)
		}
	}
}

// Spellings of one name sound alike, and names of different people do not.
func TestSound(t *testing.T) {
	for _, c := range [][2]string{
		{"Kristian", "Christian"}, {"Åse", "Aase"}, {"Åse", "Ase"}, {"Kjær", "Kjaer"}, {"Søren", "Sören"}, {"Søren", "Soeren"},
		{"Mikkel", "Mickel"}, {"Christoffer", "Kristofer"}, {"Sofie", "Sophie"}, {"Karl", "Carl"}, {"Victor", "Viktor"},
		{"Wilhelm", "Vilhelm"}, {"Thor", "Tor"}, {"Máret", "Maret"}, {"Đorđe", "Dorde"}, {"Ŋuoffir", "Nuoffir"}, {"Olsson", "Olson"},
		{"Ødegård", "Ødegaard"}, {"Bergström", "Bergstrøm"}, {"Bodil", "Bodill"}, {"Zara", "Sara"}, {"Ćosić", "Cosic"}, {"Yrsa", "Irsa"},
		{"Þór", "Thor"}, {"Mikael", "Michael"}, {"Alexander", "Aleksander"}, {"Johansen", "Johanssen"}, {"Hjalmar", "Jalmar"}, {"Leif", "Lejf"},
	} {
		if a, b := newWord(folded(c[0])), newWord(folded(c[1])); a.sound != b.sound {
			t.Errorf("%s and %s: %q and %q", c[0], c[1], a.sound, b.sound)
		}
	}
	for _, c := range [][2]string{{"Hans", "Jens"}, {"Anna", "Arne"}, {"Marie", "Marit"}, {"Karin", "Karen"}, {"Lars", "Lasse"},
		{"Hansen", "Hansson"}, {"Berg", "Borg"}, {"Per", "Pål"}} {
		if a, b := newWord(folded(c[0])), newWord(folded(c[1])); like(a, b) == same {
			t.Errorf("%s and %s are one", c[0], c[1])
		}
	}
}

// The examples that Winkler gives, and that libraries are tested with.
func TestJaroWinkler(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"martha", "marhta", 0.961}, {"dixon", "dicksonx", 0.813}, {"dwayne", "duane", 0.840}, {"shackleford", "shackelford", 0.982},
		{"jones", "johnson", 0.832}, {"a", "b", 0}, {"", "a", 0}, {"ida", "ida", 1}} {
		if got := jaroWinkler(c.a, c.b); got < c.want-0.0006 || got > c.want+0.0006 || got != jaroWinkler(c.b, c.a) {
			t.Errorf("%s and %s: %.4f, want %.3f", c.a, c.b, got, c.want)
		}
	}
}

// Fields in the forms in which they are compared.
func TestCanonical(t *testing.T) {
	for _, c := range []struct {
		f         func(string) string
		in, wants string
	}{
		{canonicalEmail, " Kari.Moe@Example.Org ", "kari.moe@example.org"},
		{canonicalEmail, "kari+lag@example.org", "kari+lag@example.org"},
		{canonicalEmail, "kari@BLA\u030aB.example.no", "kari@bl\u00e5b.example.no"},
		{canonicalEmail, "kari", ""}, {canonicalEmail, "@example.org", ""}, {canonicalEmail, "kari@", ""},
		{canonicalPhone, "+47 400 00 001", "+4740000001"}, {canonicalPhone, "0047 40000001", "+4740000001"},
		{canonicalPhone, "40000001", ""}, {canonicalPhone, "+47", ""}, {canonicalPhone, "+1234567890123456", ""},
		{canonicalPostcode, "SE-291 31", "29131"}, {canonicalPostcode, "291 31", "29131"}, {canonicalPostcode, "0150", "0150"},
		{canonicalPostcode, "sw1a 1aa", "SW1A1AA"},
		{canonicalBorn, "2012-02-29", "2012-02-29"}, {canonicalBorn, "2013-02-29", ""}, {canonicalBorn, "1900-01-01", ""},
		{swapDay, "1990-02-03", "1990-03-02"}, {swapDay, "1990-02-13", ""}, {swapDay, "1990-02-02", ""}, {swapDay, "", ""},
	} {
		if got := c.f(c.in); got != c.wants {
			t.Errorf("%q: %q, want %q", c.in, got, c.wants)
		}
	}
}
