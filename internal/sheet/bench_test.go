package sheet

import (
	"fmt"
	"strings"
	"testing"
)

// manyRows repeats the rows of the Norwegian list n times, as a list would have
// them, each of a birthday and an address of its own.
func manyRows(b *testing.B, n int) []byte {
	tab := table(b, fixture(b, "medlemmer-akershus.xlsx"))
	var rows strings.Builder
	var heads []string
	for _, h := range tab.Header {
		heads = append(heads, h.Text)
	}
	rows.WriteString(strCells(1, heads...))
	for i := range n {
		var texts []string
		for j, c := range tab.Rows[i%190].Cells {
			if heads[j] == "E-post" {
				c.Text = fmt.Sprintf("%d@example.no", i)
			}
			texts = append(texts, c.Text)
		}
		rows.WriteString(strCells(i+2, texts...))
	}
	return withSheet(b, rows.String())
}

func BenchmarkWorkbook2000(b *testing.B) { benchmark(b, manyRows(b, 2000), 2000) }

func BenchmarkCSV20000(b *testing.B) {
	const row = "Kirsten;Lund;1996-09-%02d;Kirkevej %d;4930;Maribo;+45 23 47 15 87;%d@example.dk;2010-03-26\n"
	var list strings.Builder
	list.WriteString("given name;family name;born;street;postal code;city;phone;e-mail;joined\n")
	for i := range 20_000 {
		fmt.Fprintf(&list, row, i%28+1, i, i)
	}
	benchmark(b, []byte(list.String()), 20_000)
}

func benchmark(b *testing.B, list []byte, rows int) {
	p := standard(b)
	b.ReportAllocs()
	for b.Loop() {
		tab, err := Read("list", list)
		if err != nil {
			b.Fatal(err)
		}
		m, wrong := Recognise(tab, p)
		if len(wrong) > 0 {
			b.Fatal(wrong)
		}
		if got := m.Results(tab, p); len(got) != rows {
			b.Fatalf("%d results", len(got))
		}
	}
}
