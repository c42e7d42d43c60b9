package sheet

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/record"
)

// A template that the first form's program wrote, byte for byte, comes to the
// fields that it was made for. The file is never made anew.
func TestFirstForm(t *testing.T) {
	p := standard(t)
	tab, got := takenIn(t, p, fixture(t, "template-1.xlsx"))
	want := []map[string]record.Value{
		{"family": record.Text("Lie"), "given": record.Text("Åse"), "phone": record.Text("+47 406 12 345"), "postcode": record.Text("0150"), "joined": record.Text("2016-02-10")},
		{"family": record.Text("Čállo"), "given": record.Text("Bjørg"), "postcode": record.Text("2010")},
	}
	if o := tab.Origin; o == nil || o.Version != 1 || o.Unit != "asker" || o.OfRecords() || !reflect.DeepEqual(got, want) {
		t.Errorf("of %+v: %v", tab.Origin, got)
	}
	_, wrong := Recognise(table(t, fixture(t, "template-1-unknown.xlsx")), p)
	if !slices.Equal(pins([]Result{{Faults: wrong}}, faults), []string{"F1 list/unknown-column"}) {
		t.Errorf("a column that the policy does not have: %v", wrong)
	}
}

const recordA, recordB = "aaaaaaaaaaaaa", "bbbbbbbbbbbba"

// gapTemplate asks for what two records lack.
func gapTemplate(t testing.TB) TemplateSpec {
	p := standard(t)
	s, err := TemplateOf(p, "asker", "nb", "given", "family", "email", "phone")
	if err != nil {
		s, err = TemplateOf(p, someUnit(t, p), "nb", "given", "family", "email", "phone")
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Columns = append([]TemplateColumn{RecordColumn("nb")}, s.Columns...)
	names := []string{"given", "family"}
	s.AddRecord(p, recordA, map[string]record.Value{"given": record.Text("Åse"), "family": record.Text("Lie"), "email": record.Text("ase@example.no")}, names, []string{"phone"})
	s.AddRecord(p, recordB, map[string]record.Value{"given": record.Text("Nils"), "family": record.Text("Utsi")}, names, []string{"email", "phone"})
	return s
}

// A template of records holds ids, names and gaps, and nothing else of them; its
// rows come back to their records, also from the file of the rest.
func TestTemplateOfRecords(t *testing.T) {
	p, s := standard(t), gapTemplate(t)
	if want := [][]string{{recordA, "Åse", "Lie", "", ""}, {recordB, "Nils", "Utsi", "", ""}}; !reflect.DeepEqual(s.Rows, want) {
		t.Errorf("it holds %v", s.Rows)
	}
	if want := [][]bool{{true, true, true, true, false}, {true, true, true, false, false}}; !reflect.DeepEqual(s.Locked, want) {
		t.Errorf("it locks %v", s.Locked)
	}
	filled := edit(t, template(t, s), map[string]string{"E2": "40612345", "D3": "nils.example", "E3": "40612346", "A4": recordB, "E4": "40612347", "B5": "Tor", "C5": "Lien", "A6": "kari", "E6": "40612348"})
	tab := table(t, filled)
	m, wrong := Recognise(tab, p)
	if len(wrong) > 0 || m.RecordColumn() != 1 || !tab.Origin.OfRecords() {
		t.Fatalf("the headings: %+v", wrong)
	}
	res := m.Results(tab, p)
	if got, want := pins(res, faults), []string{"D3 list/email email", "4 list/twice", "5 list/no-record", "6 list/stranger"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if res[0].Record != recordA || res[1].Record != recordB || res[2].Record != "" {
		t.Errorf("the rows are of %s, %s and %s", res[0].Record, res[1].Record, res[2].Record)
	}
	var rest bytes.Buffer
	if err := WriteRest(&rest, tab, res, "nb"); err != nil {
		t.Fatal(err)
	}
	again := table(t, rest.Bytes())
	m, wrong = Recognise(again, p)
	if len(wrong) > 0 || !again.Origin.OfRecords() || again.Origin.Unit != tab.Origin.Unit {
		t.Fatalf("the rest is of %+v: %v", again.Origin, wrong)
	}
	if res = m.Results(again, p); len(res) != 4 || res[0].Record != recordB {
		t.Errorf("the rest: %d rows", len(res))
	}
}

// What a person says of columns counts, by heading or letter; what she says of
// columns that are not there is told.
func TestRecogniseAs(t *testing.T) {
	p := standard(t)
	tab := table(t, []byte("Hvem;Kall meg;E-post;Sko\r\nLie, Åse;40612345;ase@example.no;39\r\n"))
	m, wrong := RecogniseAs(tab, p, Said{"hvem": WholeName, "B": "phone", "Sko": LeftOut, "Hatt": LeftOut})
	if len(wrong) > 0 || fields(m) != "A family+given, B phone, C email" || !slices.Equal(m.Unused, []string{"Hatt"}) {
		t.Errorf("got %s, unused %v, %v", fields(m), m.Unused, wrong)
	}
	if r := m.Results(tab, p); len(r) != 1 || !r[0].Good() || r[0].Fields["given"].String() != "Åse" {
		t.Errorf("got %+v", r)
	}
	if _, wrong = RecogniseAs(tab, p, Said{"Hvem": WholeName, "B": "email", "Sko": LeftOut}); !slices.Equal(pins([]Result{{Faults: wrong}}, faults), []string{"C1 list/two-columns email"}) {
		t.Errorf("two columns of one field: %v", wrong)
	}
	f := m.Fault(RuleFilled, 7, "phone", "", 0)
	if f.Letter != "B" || f.Row != 7 || f.Heading != "Kall meg" || f.Msg == "" {
		t.Errorf("got %+v", f)
	}
	if f = m.Fault(RuleLikeRow, 7, "", "", 3); f.Column != 0 || f.Msg != "perhaps the same as row 3" {
		t.Errorf("got %+v", f)
	}

	a, sure := tab.Headings()
	b, _ := table(t, []byte("hvem,KALL MEG,E-post,Sko\r\nUtsi;Nils,1,2,3\r\n")).Headings()
	c, _ := table(t, []byte("Hvem;Kall meg;E-post;Hatt\r\nx;1;2;3\r\n")).Headings()
	if !sure || a != b || a == c {
		t.Errorf("known again by %s, %s and %s", a, b, c)
	}
	if _, sure = table(t, []byte("Åse;Lie;ase@example.no\r\nNils;Utsi;nils@example.no\r\n")).Headings(); sure {
		t.Error("members are taken for headings that are kept")
	}
}
