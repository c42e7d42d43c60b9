package desk

import (
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/register"
)

// A PDF is leafed through: its rows stand by the alphabet of the organisation, all of
// the name, whatever the id of the draw. A workbook of the same people does not.
func TestPDFStandsByTheAlphabet(t *testing.T) {
	people := []string{"Nils Hagen", "Åse Ås", "Kari Aas", "Per Hagen", "Anne Hagen", "Ola Østby", "Ida Zakariassen", "Liv Berg", "Bo Ærlig"}
	want := "Aas Kari, Berg Liv, Hagen Anne, Hagen Nils, Hagen Per, Zakariassen Ida, Ærlig Bo, Østby Ola, Ås Åse"
	order := func(format string, id register.RecordID) string {
		rows := make([]drawRow, len(people))
		for i, p := range people {
			given, family, _ := strings.Cut(p, " ")
			rows[i] = drawRow{cells: []string{given, family}}
		}
		sortRows(&access.Draw{ID: id, Columns: []string{"given", "family"}, Format: format, Count: len(rows)}, "nb", rows)
		var out []string
		for _, r := range rows {
			out = append(out, r.cells[1]+" "+r.cells[0])
		}
		return strings.Join(out, ", ")
	}
	seen := map[string]bool{}
	for range 20 {
		id := register.NewRecordID()
		if got := order(access.FormatPDF, id); got != want {
			t.Fatalf("%s", got)
		}
		seen[order(access.FormatXLSX, id)] = true
	}
	if len(seen) < 10 {
		t.Errorf("twenty workbooks have %d orders", len(seen))
	}
}
