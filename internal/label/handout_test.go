package label

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// long is a handout of n paragraphs, and of one of everything else.
func long(n int) Handout {
	h := Handout{Kicker: "Veiledning", Title: "Åse Ødegårds ark", Lead: "Til å ta vare på.", Foot: "https://example.org/nb/ark/", Blocks: []Block{
		{Kind: Facts, Rows: [][]string{{"Høyst", "to"}, {"Varer", "ett år"}, {"Finnes i", "laget"}, {"Versjon", "3"}}},
		{Kind: Pair, Left: []Block{{Kind: Heading, Runs: []Run{{Text: "Venstre"}}}, {Kind: Item, Runs: []Run{{Text: "punkt"}}}},
			Right: []Block{{Kind: Heading, Runs: []Run{{Text: "Høyre"}}}, {Kind: Item, Number: 1, Runs: []Run{{Text: "først"}}}, {Kind: Item, Number: 2, Runs: []Run{{Text: "så", Bold: true}, {Text: " dette"}}}}},
		{Kind: Table, Caption: "Regler", Head: []string{"Regel", "Gjelder"}, Rows: [][]string{{"Passordet har minst", "12 tegn"}, {"Brukes i", "én dag"}}},
		{Kind: Small, Runs: []Run{{Text: "Mer."}}},
	}}
	for i := range n {
		h.Blocks = append(h.Blocks, Block{Kind: Heading, Runs: []Run{{Text: fmt.Sprintf("Del %d", i+1)}}}, Block{Runs: []Run{{Text: strings.Repeat("Ni gule ænder gik på isen. ", 12)}}})
	}
	return h
}

// Everything of a handout is printed and can be read back, in its order; the same
// handout gives the same bytes, with its title and language.
func TestHandout(t *testing.T) {
	d := when
	d.Title, d.Lang = "Åse Ødegårds ark", "nb-NO"
	pdf := must(t)(PrintHandout(d, long(1)))
	if !bytes.Equal(pdf, must(t)(PrintHandout(d, long(1)))) {
		t.Error("other bytes the second time")
	}
	if !bytes.Contains(pdf, []byte("/Lang (nb-NO)")) || !bytes.Contains(pdf, []byte("/Title")) {
		t.Error("no title or language")
	}
	if n := pages(pdf); n != 1 {
		t.Errorf("%d pages", n)
	}
	said := text(t, pdf)
	for _, want := range []string{"Veiledning", "Åse Ødegårds ark", "Til å ta vare på.", "ett år", "Venstre", "– punkt", "1. først", "2. så dette", "Regler", "Passordet har minst", "12 tegn", "én dag", "Mer.", "Ni gule ænder", "https://example.org/nb/ark/", "1 (1)"} {
		if !strings.Contains(said, want) {
			t.Errorf("not printed: %q", want)
		}
	}
}

// A handout is set smaller to keep to the pages that are wished for, and where that
// is not enough goes on on more: nothing is cut off.
func TestHandoutPages(t *testing.T) {
	h := long(16)
	loose := must(t)(PrintHandout(when, h))
	h.AtMost = 2
	kept := must(t)(PrintHandout(when, h))
	if pages(loose) != 3 || pages(kept) != 2 {
		t.Errorf("%d pages, then %d", pages(loose), pages(kept))
	}
	h = long(60)
	h.AtMost = 2
	pdf := must(t)(PrintHandout(when, h))
	if pages(pdf) < 3 {
		t.Errorf("%d pages", pages(pdf))
	}
	if said := text(t, pdf); strings.Count(said, "ænder") != 60*12 || !strings.Contains(said, "Del 60") {
		t.Error("a part is missing")
	}
}

// Nothing stands outside of the page: long words, wide tables and high pairs are
// broken; a letter that the font does not have is a low line.
func TestHandoutHostile(t *testing.T) {
	word := strings.Repeat("Ødegårdsmedlemsrådgiverveiledning", 10)
	h := Handout{Title: word, Kicker: word, Foot: word, Lead: "漢字 og \U0001f600", Blocks: []Block{
		{Runs: []Run{{Text: word}}},
		{Kind: Table, Head: []string{"a", "b", "c", "d"}, Rows: [][]string{{word, word, word, word}, {"x"}}},
		{Kind: Facts, Rows: [][]string{{word, word}}},
		{Kind: Pair, Left: []Block{{Runs: []Run{{Text: strings.Repeat("ord ", 4000)}}}}, Right: []Block{{Runs: []Run{{Text: "kort"}}}}},
		{}, {Kind: Table}, {Kind: Pair}, {Kind: Heading},
	}}
	pdf := must(t)(PrintHandout(when, h))
	if said := text(t, pdf); !strings.Contains(said, "__ og _") || strings.Count(said, "ord") < 4000 {
		t.Error("letters without a glyph, or words, are lost")
	}
	box := tool(t, pdf, "pdftotext", "-bbox", "IN", "-")
	for _, m := range boxes.FindAllStringSubmatch(box, -1) {
		var x float64
		fmt.Sscan(m[1], &x)
		if x > (A4.W-sheetSide)/mm+2 {
			t.Fatalf("a word ends at %.0f points", x)
		}
	}
	if _, err := PrintHandout(when, Handout{}); err != ErrNothing {
		t.Errorf("without a title: %v", err)
	}
	if _, err := PrintHandout(when, Handout{Title: "x", Blocks: make([]Block, BlockLimit+1)}); err == nil {
		t.Error("too many blocks")
	}
}

var boxes = regexp.MustCompile(`xMax="([0-9.]+)"`)
