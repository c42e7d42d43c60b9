package sheet

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// someUnit returns a unit of the policy.
func someUnit(t testing.TB, p *policy.Policy) register.UnitID {
	t.Helper()
	if len(p.Units) == 0 {
		t.Fatal("the policy has no unit")
	}
	return p.Units[len(p.Units)-1].ID
}

// people of a template, with everything that programs like to change.
var templatePeople = []map[string]record.Value{
	{"given": record.Text("Åse"), "family": record.Text("Čállo"), "born": record.Text("1941-09-24"), "email": record.Text("ase@example.no"), "phone": record.Text("+47 406 12 345"), "street": record.Text("Storgata 5"),
		"postcode": record.Text("0150"), "city": record.Text("Kárášjohka"), "language": record.Text("se"), "class": record.Text("household"), "offices": record.List("leader", "treasurer"), "joined": record.Text("2016-02-10"), "note": record.Text("ringer\netter seks")},
	{"given": record.Text("Bjørg"), "family": record.Text("Ødegård"), "postcode": record.Text("291 31"), "phone": record.Text("+46 70 174 06 05"), "country": record.Text("SE")},
	{"given": record.Text("Jörn"), "family": record.Text("Ängström")},
}

func template(t testing.TB, s TemplateSpec) []byte {
	t.Helper()
	b, err := Template(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// takenIn reads a template that must come in without a fault.
func takenIn(t testing.TB, p *policy.Policy, b []byte) (*Table, []map[string]record.Value) {
	t.Helper()
	tab := table(t, b)
	m, wrong := Recognise(tab, p)
	if len(wrong) > 0 {
		t.Fatalf("the headings: %+v", wrong)
	}
	var out []map[string]record.Value
	for _, r := range m.Results(tab, p) {
		if !r.Good() {
			t.Errorf("row %d: %v", r.Row, pins([]Result{r}, faults))
		}
		out = append(out, r.Fields)
	}
	return tab, out
}

// Rule P22: a template says whose it is, asks for what the unit may have, and
// comes back unchanged, in every language.
func TestP22Template(t *testing.T) {
	p := standard(t)
	unit := someUnit(t, p)
	for _, lang := range []string{"sv", "da", "nb", "en"} {
		s, err := TemplateOf(p, unit, lang)
		if err != nil {
			t.Fatal(err)
		}
		want := templatePeople
		for _, fields := range want {
			s.AddMember(p, fields)
		}
		b := template(t, s)
		tab, got := takenIn(t, p, b)
		if !reflect.DeepEqual(got, want) {
			for i := range want {
				for k := range want[i] {
					if i >= len(got) || got[i][k] != want[i][k] {
						t.Errorf("%s: member %d, field %q changed on the way", lang, i+1, k)
					}
				}
			}
			t.Fatalf("%s: %d members, want %d", lang, len(got), len(want))
		}
		var keys []string
		for _, f := range p.FieldsIn(unit) {
			keys = append(keys, f.Key)
		}
		if o := tab.Origin; o == nil || o.Unit != unit || o.Version != 1 || o.Language != lang || !slices.Equal(o.Keys, keys) {
			t.Errorf("%s: got the origin %+v, want unit %s and %v", lang, o, unit, keys)
		}
		if tab.Notes[0].Kind != NoteSheet {
			t.Errorf("%s: its own sheets are counted: %v", lang, tab.Notes)
		}
		if again := template(t, s); !bytes.Equal(b, again) {
			t.Errorf("%s: the same template has other bytes", lang)
		}
	}
}

// Rule P23: a template made when the fields had other names comes back to the
// same fields; a column that nobody knows is an error and never dropped.
func TestP23OlderTemplate(t *testing.T) {
	p := standard(t)
	s := TemplateSpec{Unit: someUnit(t, p), Language: "nb", Columns: []TemplateColumn{
		{Key: "family", Heading: "Slekt"}, {Key: "given", Heading: "Kallenavn"}, {Key: "phone", Heading: "Tråd"}, {Key: "gone", Heading: "Kommentar"}, {Key: "joined", Heading: "Telefon"},
	}, Rows: [][]string{{"Lie", "Åse", "40612345", "", "2016-02-10"}}}
	tab, got := takenIn(t, p, template(t, s))
	want := []map[string]record.Value{{"family": record.Text("Lie"), "given": record.Text("Åse"), "phone": record.Text("+47 406 12 345"), "joined": record.Text("2016-02-10")}}
	if !reflect.DeepEqual(got, want) || tab.Origin.Version != 1 {
		t.Errorf("got %v", got)
	}
	if m, _ := Recognise(tab, p); fields(m) != "A family, B given, C phone, E joined" {
		t.Errorf("got %s", fields(m))
	}
	s.Rows[0][2] = "" // an empty column is still the one that the template says
	if m, wrong := Recognise(table(t, template(t, s)), p); len(wrong) > 0 || fields(m) != "A family, B given, C phone, E joined" {
		t.Errorf("with an empty column: got %s, %v", fields(m), wrong)
	}
	s.Rows[0][3] = "Tana" // the policy has that field no more
	tab = table(t, template(t, s))
	if _, wrong := Recognise(tab, p); !slices.Equal(pins([]Result{{Faults: wrong}}, faults), []string{"D1 list/unknown-column"}) {
		t.Errorf("a field that is gone: %v", wrong)
	}

	// What people do to a template: move its columns, and add some.
	moved := edit(t, template(t, TemplateSpec{Unit: s.Unit, Language: "nb", Columns: s.Columns[:2]}), map[string]string{"A1": "Kallenavn", "B1": "Mobil", "C1": "Slekt", "D1": "Skonummer", "A2": "Åse", "B2": "40612345", "C2": "Lie"})
	if _, got := takenIn(t, p, moved); !reflect.DeepEqual(got, []map[string]record.Value{{"family": record.Text("Lie"), "given": record.Text("Åse"), "phone": record.Text("+47 406 12 345")}}) {
		t.Errorf("moved: got %v", got)
	}
	moved = edit(t, moved, map[string]string{"D2": "43"})
	if _, wrong := Recognise(table(t, moved), p); !slices.Equal(pins([]Result{{Faults: wrong}}, faults), []string{"D1 list/unknown-column"}) {
		t.Errorf("an unknown column: %v", wrong)
	}
}

// edit changes cells of a workbook's first sheet, as a person does.
func edit(t *testing.T, b []byte, cells map[string]string) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for cell, text := range cells {
		if err := f.SetCellStr(f.GetSheetName(0), cell, text); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A template from before, whose sheets were called otherwise, is one still.
func TestTemplateOfBefore(t *testing.T) {
	p := standard(t)
	s, err := TemplateOf(p, someUnit(t, p), "nb", "given", "class")
	if err != nil {
		t.Fatal(err)
	}
	b, err := Template(s)
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	first := f.GetSheetName(0)
	var old bytes.Buffer
	if err := errors.Join(f.SetSheetName(originSheet, originBefore), f.SetSheetName(templateLists, listsBefore), f.SetCellStr(first, "A2", "Åse"), f.Write(&old)); err != nil {
		t.Fatal(err)
	}
	tab, err := Read("old.xlsx", old.Bytes())
	if err != nil || tab.Origin == nil || tab.Origin.Unit != s.Unit || len(tab.Rows) != 1 {
		t.Errorf("%v, origin %v", err, tab != nil && tab.Origin != nil)
	}
}

// What a template has to help people: notes, drop-downs, locked headings, and
// cells that are text.
func TestTemplateHelps(t *testing.T) {
	p := standard(t)
	s, err := TemplateOf(p, someUnit(t, p), "nb", "given", "postcode", "class", "offices", "born")
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(template(t, s)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet := f.GetSheetName(0)
	row, err := f.GetRows(sheet)
	if err != nil || !slices.Equal(row[0], []string{"Fornavn *", "Fødselsdato", "Postnummer", "Medlemstype", "Verv"}) {
		t.Errorf("got headings %q, %v", row, err)
	}
	comments, err := f.GetComments(sheet)
	if err != nil || len(comments) != 5 {
		t.Fatalf("%d notes, %v", len(comments), err)
	}
	said := ""
	for _, c := range comments {
		for _, p := range c.Paragraph {
			said += c.Cell + " " + p.Text + "\n"
		}
	}
	for _, want := range []string{"A1 Må fylles ut.", "B1 Som 28.02.1980.", "D1 En av: Medlem, ", "E1 En eller flere av disse"} {
		if !strings.Contains(said, want) {
			t.Errorf("the notes do not say %q: %s", want, said)
		}
	}
	lists, err := f.GetDataValidations(sheet)
	if err != nil || len(lists) != 2 || lists[0].Sqref != "D2:D10001" || lists[1].Sqref != "E2:E10001" || lists[1].ShowErrorMessage {
		t.Errorf("got %d drop-downs, %v", len(lists), err)
	}
	for _, cell := range []string{"A2", "C9000", "E100000"} {
		id, err := f.GetCellStyle(sheet, cell)
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if err != nil || style.NumFmt != asText || style.Protection == nil || style.Protection.Locked {
			t.Errorf("%s is not text that may be written in: %+v %v", cell, style, err)
		}
	}
	if prot, err := f.GetSheetProtection(sheet); err != nil || !prot.SelectUnlockedCells || prot.DeleteColumns {
		t.Errorf("got the protection %+v, %v", prot, err)
	}
	for _, name := range []string{originSheet, templateLists} {
		if visible, err := f.GetSheetVisible(name); err != nil || visible {
			t.Errorf("sheet %q shows: %v", name, err)
		}
	}
}

// ATTACK: a list that says on a hidden sheet that it is a template. At stake: what
// the columns are taken for. What it says is bounded, and no more than a heading.
func TestOriginRefused(t *testing.T) {
	head := strCells(1, originMark, "1", "asker", "nb")
	for _, c := range []struct {
		name, rows string
		reason     error
	}{
		{"another's sheet", strCells(1, "hei"), nil},
		{"an empty sheet", "", nil},
		{"newer", strCells(1, originMark, "3", "asker", "nb"), ErrNewer},
		{"no version", strCells(1, originMark, "x", "asker", "nb"), ErrDamaged},
		{"no unit", strCells(1, originMark, "1", "../Kanari", "nb"), ErrDamaged},
		{"a long language", strCells(1, originMark, "1", "asker", strings.Repeat("Kanari", 9)), ErrDamaged},
		{"something else", head + strCells(2, "Kanari", "born", "Født"), ErrDamaged},
		{"a key twice", head + strCells(2, originColumn, "born", "Født") + strCells(3, originColumn, "born", "Fødd"), ErrDamaged},
		{"a heading twice", head + strCells(2, originColumn, "born", "Født") + strCells(3, originColumn, "joined", "FØDT"), ErrDamaged},
		{"honest", head + strCells(2, originColumn, "born", "Født"), nil},
	} {
		p := parts()
		p["xl/workbook.xml"] = `<workbook><sheets><sheet name="Ark1" r:id="r1"/><sheet name="form" state="hidden" r:id="r4"/></sheets></workbook>`
		p["xl/_rels/workbook.xml.rels"] = strings.Replace(p["xl/_rels/workbook.xml.rels"], "</Relationships>", `<Relationship Id="r4" Type="x/worksheet" Target="worksheets/sheet2.xml"/></Relationships>`, 1)
		p["xl/worksheets/sheet2.xml"] = sheetXML(c.rows)
		tab, err := Read("liste.xlsx", workbook(t, p))
		if c.reason == nil && err != nil || c.reason != nil && !errors.Is(err, c.reason) || err != nil && strings.Contains(err.Error(), "Kanari") {
			t.Errorf("%s: got %v, want %v", c.name, err, c.reason)
		}
		if c.reason == nil && (tab.Origin != nil) != (c.name == "honest") {
			t.Errorf("%s: got the origin %+v", c.name, tab.Origin)
		}
	}
}

func TestTemplateRefused(t *testing.T) {
	one := []TemplateColumn{{Key: "given", Heading: "Fornavn"}}
	for name, s := range map[string]TemplateSpec{
		"no columns":       {Unit: "asker"},
		"no heading":       {Unit: "asker", Columns: []TemplateColumn{{Key: "given", Heading: " *"}}},
		"headings alike":   {Unit: "asker", Columns: append(one[:1:1], TemplateColumn{Key: "family", Heading: "for-navn"})},
		"keys alike":       {Unit: "asker", Columns: append(one[:1:1], TemplateColumn{Key: "given", Heading: "Etternavn"})},
		"too wide a row":   {Unit: "asker", Columns: one, Rows: [][]string{{"a", "b"}}},
		"too long a text":  {Unit: "asker", Columns: one, Rows: [][]string{{strings.Repeat("x", TextLimit+1)}}},
		"too many rows":    {Unit: "asker", Columns: one, Rows: make([][]string, templateRows+1)},
		"too many columns": {Unit: "asker", Columns: make([]TemplateColumn, ColumnLimit+1)},
	} {
		if b, err := Template(s); err == nil || len(b) > 0 {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
	}
	p := standard(t)
	if _, err := TemplateOf(p, someUnit(t, p), "nb", "given", "blodtype"); err == nil {
		t.Error("a field that the policy does not have")
	}
}

// The template that is handed out to anybody, in every pack and language: the
// columns of whoever enters members, with no row and nothing hidden that says of
// which unit it is; what is filled in comes back to the same fields, and the same
// policy gives the same bytes.
func TestBlankTemplate(t *testing.T) {
	for _, name := range policy.Packs() {
		files, _ := policy.Pack(name)
		p, _ := policy.LoadPack(files)
		for _, lang := range p.Languages {
			s := BlankTemplate(p, lang)
			b := template(t, s)
			if !bytes.Equal(b, template(t, BlankTemplate(p, lang))) {
				t.Errorf("%s %s: other bytes the second time", name, lang)
			}
			tab := table(t, b)
			m, wrong := Recognise(tab, p)
			if len(wrong) > 0 || tab.Origin != nil || len(tab.Rows) != 0 || len(m.Columns) != len(s.Columns) || len(s.Columns) < 4 {
				t.Fatalf("%s %s: %d of %d columns, %d rows, %+v, %v", name, lang, len(m.Columns), len(s.Columns), len(tab.Rows), tab.Origin, wrong)
			}
			for i, c := range m.Columns {
				key := s.Columns[i].Key
				if !slices.Equal(c.Fields, []string{key}) {
					t.Errorf("%s %s: column %d came back as %q, was %q", name, lang, i+1, c.Fields, key)
				}
				if f, _ := p.Field(key); f.Where != "" || f.NeedsPurpose {
					t.Errorf("%s %s: %s does not exist everywhere", name, lang, key)
				}
			}
		}
	}
}
