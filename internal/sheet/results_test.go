package sheet

import (
	"slices"
	"strings"
	"testing"
)

// one reads a list of one row below headings.
func one(t *testing.T, heads, row string) Result {
	t.Helper()
	tab := table(t, []byte(heads+"\n"+row+"\n"))
	res := results(t, tab)
	if len(res) != 1 {
		t.Fatalf("%s: got %d results", row, len(res))
	}
	return res[0]
}

func TestCellsOfARow(t *testing.T) {
	const heads = "Fornavn;Etternavn;Fødselsdato;E-post;Telefon;Adresse;Postnr;Poststed;Land;Verv;Innmeldt"
	for _, c := range []struct {
		name, row string
		faults    []string
		notices   []string
		field     string
		want      string
	}{
		{"a date of digits", "Åse;Lie;19410924", nil, nil, "born", "1941-09-24"},
		{"a date and midnight", "Åse;Lie;1941-09-24 00:00:00", nil, nil, "born", "1941-09-24"},
		{"a bare number for a date", "Åse;Lie;10128", []string{"C2 list/date-number born"}, nil, "born", ""},
		{"a date with slashes", "Åse;Lie;03/04/1980", nil, []string{"C2 list/day-first born"}, "born", "1980-04-03"},
		{"a year of two digits", "Åse;Lie;24.09.41", []string{"C2 list/date born"}, nil, "born", ""},
		{"a phone without +", "Åse;Lie;;;46701740605", nil, []string{"E2 list/plus phone"}, "phone", "+46 70 174 06 05"},
		{"a phone of the country", "Åse;Lie;;;40612345", nil, nil, "phone", "+47 406 12 345"},
		{"a Swedish neighbour whose number could be ours", "Åse;Lie;;;08-123 456;Storgatan 3;114 55", nil, []string{"E2 list/abroad phone", "G2 list/abroad postcode"}, "phone", "+46 8 12 34 56"},
		{"two phones", "Åse;Lie;;;\"40612345, 40612346\"", []string{"E2 list/phone phone"}, nil, "phone", ""},
		{"a Swedish neighbour", "Åse;Lie;;;070-174 06 05;Storgatan 3;291 31", nil, []string{"E2 list/abroad phone", "G2 list/abroad postcode"}, "phone", "+46 70 174 06 05"},
		{"a Swedish neighbour who says so", "Åse;Lie;;;070-174 06 05;Storgatan 3;291 31;;Sverige", nil, nil, "postcode", "291 31"},
		{"the country behind the phone", "Åse;Lie;;;070-174 06 05;;;;SE", nil, nil, "phone", "+46 70 174 06 05"},
		{"a lost zero", "Åse;Lie;;;;;150", nil, []string{"G2 list/zero postcode"}, "postcode", "0150"},
		{"two lost zeros", "Åse;Lie;;;;;100;;FI", nil, []string{"G2 list/zero postcode"}, "postcode", "00100"},
		{"a slip, no lost zero", "Åse;Lie;;;;;15", []string{"G2 list/postcode postcode"}, nil, "postcode", ""},
		{"no Swedish code begins with zero", "Åse;Lie;;;;;2913;;SE", []string{"G2 list/postcode postcode"}, nil, "postcode", ""},
		{"an address copied from a page", "Åse;Lie;;mailto:ase@Example.NO", nil, nil, "email", "ase@example.no"},
		{"two addresses", "Åse;Lie;;\"a@example.no, b@example.no\"", []string{"D2 list/email email"}, nil, "email", ""},
		{"no country", "Åse;Lie;;;;;;;Narnia", []string{"I2 list/country country"}, nil, "country", ""},
		{"no office", "Åse;Lie;;;;;;;;keiser", []string{"J2 list/choice offices"}, nil, "offices", ""},
		{"an error cell in a csv", "Åse;Lie;;;;#N/A", []string{"F2 list/error-cell street"}, nil, "street", ""},
		{"a formula in a csv", "Åse;=A1", []string{"B2 list/formula family"}, nil, "family", ""},
		{"a formula in a date", "Åse;Lie;=A1", []string{"C2 list/formula born"}, nil, "born", ""},
		{"a guarded formula in a name", "Åse;'=A1", []string{"B2 list/sign family"}, nil, "family", ""},
		{"a name that begins with +", "Åse;+Lie", []string{"B2 list/sign family"}, nil, "family", ""},
		{"a name that begins with -", "-Åse;Lie", []string{"A2 list/sign given"}, nil, "given", ""},
		{"a name that begins with @", "@Åse;Lie", []string{"A2 list/sign given"}, nil, "given", ""},
		{"a zero kept by a formula", `Åse;Lie;;;;;="0150"`, nil, nil, "postcode", "0150"},
		{"a lost letter in a name", "?se;Lie", []string{"A2 list/lost-letter given"}, nil, "given", ""},
		{"a lost letter in a town", "Åse;Lie;;;;;;K?r??johka", []string{"H2 list/lost-letter city"}, nil, "city", ""},
		{"a doubt about a street", "Åse;Lie;;;;Storgata 5?", nil, nil, "street", "Storgata 5?"},
		{"a replaced letter", "Åse;L\ufffde", []string{"B2 list/lost-letter family"}, nil, "family", ""},
		{"a line break in a street", "Åse;Lie;;;;\"Storgata 5\n0150 Oslo\"", []string{"F2 list/character street"}, nil, "street", ""},
		{"a very long name", "Åse;" + strings.Repeat("Lie", 100), []string{"B2 list/length family"}, nil, "family", ""},
		{"a name missing", ";Lie", []string{"A2 list/required given"}, nil, "family", "Lie"},
		{"something beside the list", "Åse;Lie;;;;;;;;;;x", []string{"L2 list/beside"}, nil, "given", "Åse"},
		{"several faults, in order", "=1;?;x;y", []string{"A2 list/formula given", "B2 list/lost-letter family", "C2 list/date born", "D2 list/email email"}, nil, "given", ""},
	} {
		r := one(t, heads, c.row)
		if got := pins([]Result{r}, faults); !slices.Equal(got, c.faults) {
			t.Errorf("%s: got faults %v, want %v", c.name, got, c.faults)
		}
		if got := pins([]Result{r}, notices); !slices.Equal(got, c.notices) {
			t.Errorf("%s: got notices %v, want %v", c.name, got, c.notices)
		}
		if got := r.Fields[c.field].String(); got != c.want {
			t.Errorf("%s: field %q is %q, want %q", c.name, c.field, got, c.want)
		}
		for _, f := range r.Faults {
			if f.Msg == "" || f.Hint == "" {
				t.Errorf("%s: a fault without a way out: %+v", c.name, f)
			}
		}
	}
}

// What only a workbook can hold.
func TestCellsOfAWorkbook(t *testing.T) {
	rows := strCells(1, "Fornavn", "Etternavn", "Fødselsdato", "Telefon", "Postnr", "Merknad") +
		`<row r="2"><c t="b"><v>1</v></c><c t="e"><v>#REF!</v></c><c s="1"><v>29948.5</v></c><c><v>46701740605</v></c><c><v>150</v></c><c s="1"><v>29948</v></c></row>` +
		`<row r="3"><c t="str"><v>Åse</v></c><c t="str"><v>Lie</v></c><c><v>29948</v></c><c><v>4.0612345E7</v></c><c s="2"><v>150</v></c><c><v>0.25</v></c></row>`
	res := results(t, table(t, withSheet(t, rows)))
	if got, want := pins(res, faults), []string{"A2 list/true-false given", "B2 list/error-cell family", "C3 list/date-number born"}; !slices.Equal(got, want) {
		t.Errorf("got faults %v, want %v", got, want)
	}
	if got, want := pins(res, notices), []string{"D2 list/plus phone", "E2 list/zero postcode"}; !slices.Equal(got, want) {
		t.Errorf("got notices %v, want %v", got, want)
	}
	for i, want := range []map[string]string{
		{"born": "1981-12-28", "phone": "+46 70 174 06 05", "postcode": "0150", "note": "1981-12-28"},
		{"given": "Åse", "phone": "+47 406 12 345", "postcode": "0150", "note": "0.25"},
	} {
		for key, text := range want {
			if got := res[i].Fields[key].String(); got != text {
				t.Errorf("row %d, field %q: got %q, want %q", res[i].Row, key, got, text)
			}
		}
	}
}

// Series of numbers are taken into use faster than we learn of them.
func TestUnusedPhone(t *testing.T) {
	r := one(t, "Fornavn;Etternavn;Telefon", "Åse;Lie;+47 100 00 000")
	if got, want := pins([]Result{r}, func(r *Result) []Fault { return r.Notices }), []string{"C2 list/unused phone"}; !r.Good() || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", r.Faults, got, want)
	}
}

func TestWholeNames(t *testing.T) {
	for _, c := range []struct {
		name, list    string
		faults        []string
		notices       []string
		given, family string // of the first row
	}{
		{"with a comma", "Namn;Ort\n\"Lund, Eva-Lena\";Umeå\n", nil, nil, "Eva-Lena", "Lund"},
		{"two words, no comma in the column", "Namn;Ort\nEva Lund;Umeå\n", nil, []string{"A2 list/name-read"}, "Eva", "Lund"},
		{"two words, commas elsewhere", "Namn;Ort\nEva Lund;Umeå\n\"Bäck, Ada\";Umeå\n", []string{"A2 list/name-order"}, nil, "", ""},
		{"three words", "Namn;Ort\nEva Maria Lund;Umeå\n", []string{"A2 list/name-order"}, nil, "", ""},
		{"one word", "Namn;Ort\nEva;Umeå\n", []string{"A2 list/name-order"}, nil, "", ""},
		{"half a name", "Namn;Ort\n\"Lund, \";Umeå\n", []string{"A2 list/name-order"}, nil, "", ""},
		{"two commas", "Namn;Ort\n\"Lund, Eva, fru\";Umeå\n", []string{"A2 list/name-order"}, nil, "", ""},
		{"missing", "Namn;Ort\n;Umeå\n\"Lund, Eva\";Umeå\n", []string{"A2 list/required given"}, nil, "", ""},
		{"formula", "Namn;Ort\n=A1;Umeå\n", []string{"A2 list/formula"}, nil, "", ""},
		{"sign", "Namn;Ort\n\"@Lund, Eva\";Umeå\n", []string{"A2 list/sign family"}, nil, "Eva", ""},
	} {
		res := results(t, table(t, []byte(c.list)))
		if got := pins(res, faults); !slices.Equal(got, c.faults) {
			t.Errorf("%s: got faults %v, want %v", c.name, got, c.faults)
		}
		if got := pins(res, notices); !slices.Equal(got, c.notices) {
			t.Errorf("%s: got notices %v, want %v", c.name, got, c.notices)
		}
		if g, f := res[0].Fields["given"].String(), res[0].Fields["family"].String(); g != c.given || f != c.family {
			t.Errorf("%s: got given %q, family %q", c.name, g, f)
		}
	}
}

// 03/04 is the third of April, until the same column holds a 03/14.
func TestDayOrMonthFirst(t *testing.T) {
	for _, c := range []struct {
		name, list      string
		faults, notices []string
	}{
		{"nothing tells", "03/04/1980", nil, []string{"C2 list/day-first born"}},
		{"days tell", "03/04/1980 25/12/1980", nil, nil},
		{"months tell", "03/04/1980 05/05/1980 12/25/1980", []string{"C2 list/date-order born", "C4 list/date born"}, nil},
		{"one slip among days", "03/04/1980 25/12/1980 26/12/1980 12/25/1980", []string{"C5 list/date born"}, nil},
		{"no such day either way", "03/04/1980 31/31/1980", []string{"C3 list/date born"}, []string{"C2 list/day-first born"}},
	} {
		list := "Fornavn;Etternavn;Født\n"
		for i, d := range strings.Fields(c.list) {
			list += "Åse" + strings.Repeat("e", i) + ";Lie;" + d + "\n"
		}
		res := results(t, table(t, []byte(list)))
		if got := pins(res, faults); !slices.Equal(got, c.faults) {
			t.Errorf("%s: got faults %v, want %v", c.name, got, c.faults)
		}
		if got := pins(res, notices); !slices.Equal(got, c.notices) {
			t.Errorf("%s: got notices %v, want %v", c.name, got, c.notices)
		}
	}
}

func TestSamePerson(t *testing.T) {
	const heads = "Fornavn;Etternavn;Fødselsdato;E-post;Telefon;Adresse\n"
	for _, c := range []struct {
		name, a, b string
		same       bool
		certain    bool
	}{
		{"nothing alike", "Åse;Lie;24.09.1941", "Ola;Dahl;25.09.1941", false, false},
		{"a namesake", "Åse;Lie;24.09.1941", "Åse;Lie;25.09.1941", false, false},
		{"no birth date to go by", "Åse;Lie", "Åse;Lie", false, false},
		{"all alike", "Åse;Lie;24.09.1941;a@example.no", "Åse;Lie;24.09.1941;a@example.no", true, true},
		{"other case and address", "Åse;Lie;24.09.1941;a@example.no;;Storgata 1", "ÅSE;lie;1941-09-24;A@example.no;;Nyveien 4", true, true},
		{"one row says less", "Åse;Lie;24.09.1941;a@example.no", "Åse;Lie;24.09.1941", true, true},
		{"one row has no birth date", "Åse;Lie;24.09.1941;a@example.no", "Åse;Lie;;a@example.no", true, true},
		{"spelled otherwise", "Bjørg;Ødegård;24.09.1941;a@example.no", "Bjorg;Ødegaard;24.09.1941;a@example.no", true, false},
		{"born the same day, reached otherwise", "Åse;Lie;24.09.1941;a@example.no;;Storgata 1", "Åse;Lie;24.09.1941;b@example.no;;Nyveien 4", true, false},
		{"a family's mailbox", "Åse;Lie;24.09.1941;a@example.no", "Ola;Lie;25.09.1940;a@example.no", true, false},
		{"father and son", "Ola;Lie;24.09.1941;a@example.no", "Ola;Lie;25.09.1970;a@example.no", true, false},
	} {
		tab := table(t, []byte(heads+c.a+"\n"+c.b+"\n"))
		second := results(t, tab)[1]
		want := 0
		if c.same {
			want = 2
		}
		if second.SameAs != want || second.Good() == c.certain || c.same && len(second.Faults)+len(second.Notices) != 1 {
			t.Errorf("%s: the same as %d, faults %v, notices %v", c.name, second.SameAs, second.Faults, second.Notices)
		}
	}
}

// An association's own address in every row is not worth comparing all rows for.
func TestSharedAddress(t *testing.T) {
	var list strings.Builder
	list.WriteString("Fornavn;Etternavn;E-post\n")
	for i := range 20_000 {
		list.WriteString("Åse" + letter(i+1) + ";Lie;post@example.no\n")
	}
	res := results(t, table(t, []byte(list.String())))
	if last := res[len(res)-1]; last.SameAs != 2 || !last.Good() {
		t.Errorf("the last row is the same as %d: %v", last.SameAs, last.Faults)
	}
	seen := newPeople(standard(t).Schema())
	for i := range res {
		seen.add(&res[i])
	}
	if n := len(seen.byEmail["post@example.no"]); n != sameLimit {
		t.Errorf("a row is compared with %d others, want %d", n, sameLimit)
	}
}

// Rows that hold nothing of a member are empty, however much stands beside it.
func TestCount(t *testing.T) {
	tab := table(t, []byte("Nr;Fornavn;Etternavn\n1;Åse;Lie\n\n2;;\n3;Ola;\n"))
	m, wrong := Recognise(tab, standard(t), "Nr")
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	res := m.Results(tab, standard(t))
	if got, want := Count(tab, res), (Tally{Good: 1, Faulty: 1, Empty: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
