package sheet

import (
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/policy"
)

// fields returns "A born" for each column of a mapping that holds a field.
func fields(m *Mapping) string {
	var out []string
	for _, c := range m.Columns {
		if len(c.Fields) > 0 {
			out = append(out, c.Letter+" "+strings.Join(c.Fields, "+"))
		}
	}
	return strings.Join(out, ", ")
}

func TestHeadings(t *testing.T) {
	p := standard(t)
	const people = "A given, B family, C born, D email, E phone, F street, G postcode, H city"
	for heads, want := range map[string]string{
		"Förnamn;Efternamn;Födelsedatum;E-post;Telefon;Adress;Postnummer;Ort":            people,
		"Fornavn;Efternavn;Fødselsdato;E-mail;Telefon;Adresse;Postnr.;By":                people,
		"Fornavn;Etternavn;Fødselsdato;E-post;Mobil;Adresse;Postnr;Poststed":             people,
		"given name;family name;born;e-mail;phone;street;postal code;city":               people,
		"FORNAVN *;etter-navn;Fodselsdato (dd.mm.åååå);Epost;TELEFON;adresse;post nr;By": people,
		"Namn;Födelsedatum;E-post;Telefon":                                               "A family+given, B born, C email, D phone",
		"Navn (etternavn, fornavn);E-post":                                               "A family+given, B email",
		"Medlem;E-post":                                                                  "A family+given, B email",
		"Name;Phone":                                                                     "A family+given, B phone",
	} {
		n := strings.Count(heads, ";") + 1
		tab := table(t, []byte(heads+"\n"+strings.TrimSuffix(strings.Repeat("x;", n), ";")+"\n"))
		m, wrong := Recognise(tab, p)
		if got := fields(m); got != want || len(wrong) > 0 {
			t.Errorf("%s: got %s, %+v", heads, got, wrong)
		}
	}
}

func TestHeadingFaults(t *testing.T) {
	p := standard(t)
	for _, c := range []struct {
		name, list string
		ignore     []string
		fields     string
		faults     []string // letter, rule, field
		says       []string
	}{
		{"a slip of the pen", "Fornavn;Etternavn;Fødselsdtao\nÅse;Lie;x\n", nil, "A given, B family",
			[]string{"C1 list/unknown-column"}, []string{`the heading is not known`, `if it holds "Fødselsdato", call it so`}},
		{"nothing near", "Fornavn;Etternavn;Blodtype\nÅse;Lie;x\n", nil, "A given, B family",
			[]string{"C1 list/unknown-column"}, []string{`leave the column out: --ignore "Blodtype"; or say what it holds: --column "Blodtype"=FIELD`}},
		{"empty column", "Fornavn;Etternavn;Blodtype\nÅse;Lie;\n", nil, "A given, B family", nil, nil},
		{"ignored by heading", "Fornavn;Etternavn;Blod-type\nÅse;Lie;x\n", []string{"blodtype"}, "A given, B family", nil, nil},
		{"ignored by letter", "Fornavn;Etternavn;Blodtype;\nÅse;Lie;x;y\n", []string{"c", "D"}, "A given, B family", nil, nil},
		{"two columns for one field", "Fornavn;Etternavn;Telefon;Mobil\nÅse;Lie;1;2\n", nil, "A given, B family, C phone",
			[]string{"D1 list/two-columns phone"}, []string{"columns C, D hold the same: Telefon"}},
		{"the other ignored", "Fornavn;Etternavn;Telefon;Mobil\nÅse;Lie;1;2\n", []string{"Telefon"}, "A given, B family, D phone", nil, nil},
		{"an empty column of a known field", "Fornavn;Etternavn;Telefon\nÅse;Lie;\n", nil, "A given, B family, C phone", nil, nil},
		{"a required column without a word", "Fornavn;Etternavn;Telefon\n;Lie;1\n", nil, "A given, B family, C phone", nil, nil},
		{"the other empty", "Fornavn;Etternavn;Telefon;Mobil\nÅse;Lie;;2\n", nil, "A given, B family, D phone", nil, nil},
		{"whole names beside family names", "Navn;Etternavn\nÅse;Lie\n", nil, "B family",
			[]string{"1 list/missing-column given", "A1 list/two-columns family"}, []string{"Fornavn", "columns B, A"}},
		{"no family name", "Fornavn;E-post\nÅse;a@example.no\n", nil, "A given, B email",
			[]string{"1 list/missing-column family"}, []string{"no column for Etternavn, which every member must have"}},
		{"column without heading", "Fornavn;Etternavn;;E-post\nÅse;Lie;x;\nOla;Lie;;\nPer;Lie;y\nKari;Lie;z\n", nil, "A given, B family, D email",
			[]string{"C1 list/no-heading"}, []string{"column C has no heading"}},
		{"a note beside the list", "Fornavn;Etternavn;;E-post\nÅse;Lie;x;\nOla;Lie;;\n", nil, "A given, B family, D email", nil, nil},
		{"no headings at all", "Kanari;Fugl;Oslo\nOla;Lie;Oslo\n", nil, "", []string{"1 list/headings"}, []string{"no row of headings"}},
		{"a member for a heading", "Kanari;Fugl;by;Kråke\nOla;Lie;Oslo;x\n", nil, "C city", []string{"1 list/headings"}, []string{"no row of headings"}},
		{"a member with birth date for headings", "Kanari;E-post;24.09.1941\nOla;x;24.09.1942\n", nil, "B email", []string{"1 list/headings"}, []string{"no row of headings"}},
		{"a member of telling names for headings", "Kanari;E-post;By;Kråke;24.09.1941\nOla;x;y;z;24.09.1942\n", nil, "B email, C city", []string{"1 list/headings"}, []string{"no row of headings"}},
	} {
		m, wrong := Recognise(table(t, []byte(c.list)), p, c.ignore...)
		if got := fields(m); got != c.fields {
			t.Errorf("%s: got fields %q, want %q", c.name, got, c.fields)
		}
		got := pins([]Result{{Faults: wrong}}, faults)
		if !slices.Equal(got, c.faults) {
			t.Errorf("%s: got faults %v, want %v", c.name, got, c.faults)
			continue
		}
		var said strings.Builder
		for _, f := range wrong {
			said.WriteString(f.Msg + ": " + f.Hint + "\n")
			if f.Msg == "" || f.Hint == "" {
				t.Errorf("%s: a fault without a way out: %+v", c.name, f)
			}
		}
		for _, want := range c.says {
			if !strings.Contains(said.String(), want) {
				t.Errorf("%s: got %q, want it to say %q", c.name, said.String(), want)
			}
		}
		if strings.Contains(said.String(), "Kanari") {
			t.Errorf("%s: a member's name is repeated: %q", c.name, said.String())
		}
	}
}

// A heading is also known by what stands before its explanation, and a slip of
// the pen leads to the heading that was meant.
func TestNearest(t *testing.T) {
	p := standard(t)
	for text, want := range map[string]string{"Födelsdatum": "Födelsedatum", "Postnmr": "Postnr", "Etternavm": "Etternavn", "Hele navn": "Hele navnet", "Blodtype": "", "X": "", "": ""} {
		if got := nearest(p, text); got != want {
			t.Errorf("nearest to %q: got %q, want %q", text, got, want)
		}
	}
	plain := *p // has no heading for a street, and one that ends like it
	plain.Fields = slices.DeleteFunc(slices.Clone(p.Fields), func(f policy.Field) bool { return f.Key == "street" })
	if got := nearest(&plain, "Gatuadress"); got != "" {
		t.Errorf("nearest to a heading of something else: %q", got)
	}
	for text, want := range map[string]string{"Fødselsdato (dd.mm.åååå)": "born", "Förnamn(en)": "given", "(x)": "", "": ""} {
		if got, whole := meaning(p, text); got != want || whole {
			t.Errorf("heading %q: got %q, whole name %v", text, got, whole)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"postnr", "postnr", 0}, {"posnr", "postnr", 1}, {"fodselsdtao", "fodselsdato", 2}, {"ab", "cdefgh", 4}} {
		if got := distance(c.a, c.b, 3); got != c.want || distance(c.b, c.a, 3) != c.want {
			t.Errorf("from %q to %q: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// A policy that knows no given or family names cannot take whole names apart.
func TestWholeNamesNeedTheirFields(t *testing.T) {
	p := &policy.Policy{}
	m, wrong := Recognise(table(t, []byte("Navn;E-post\nLie, Åse;x\n")), p)
	if len(wrong) != 1 || wrong[0].Rule != ruleHeadings || fields(m) != "" {
		t.Errorf("got %s, %v", fields(m), wrong)
	}
}
