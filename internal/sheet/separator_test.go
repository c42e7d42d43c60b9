package sheet

import (
	"errors"
	"slices"
	"testing"
)

// What stands between the columns is found, decimal commas and commas in names
// notwithstanding, or asked.
func TestSeparatorIsCertainOrAsked(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       byte     // 0 if it is asked
		ask        []string // the candidates
	}{
		{"decimal commas", "Navn;Kontingent;Andel\nÅse;150,50;0,5\nOla;200,00;1,5\n", ';', nil},
		{"decimal commas in every row", "1,5;Navn\n2,5;Åse\n3,5;Ola\n", ';', nil},
		{"commas in names", "Navn;By\nLie, Åse;Oslo\nDahl, Ola;Bergen\n", ';', nil},
		{"commas in the heading too", "Etternavn, fornavn;By\nLie, Åse;Oslo\nDahl, Ola;Bergen\n", ';', nil},
		{"only commas, with spaces", "Navn, By, Telefon\nÅse, Oslo, 1\nOla, Bergen, 2\n", ',', nil},
		{"more columns", "Etternavn,Fornavn;By;Land\nLie,Åse;Oslo;NO\n", ';', nil},
		{"either", "Etternavn,Fornavn;By\nLie,Åse;Oslo\nDahl,Ola;Bergen\n", 0, []string{";", ","}},
		{"either, with tabs", "Etternavn\tFornavn;By\nLie\tÅse;Oslo\n", 0, []string{";", "\t"}},
		{"Excel says", "sep=,\nEtternavn,Fornavn;By\nLie,Åse;Oslo\n", ',', nil},
		{"one row", "Navn|By", '|', nil},
	} {
		tab, err := Read("liste.csv", []byte(c.text))
		if c.want != 0 {
			if err != nil || !slices.ContainsFunc(tab.Notes, func(n Note) bool { return n == Note{NoteSeparator, string(c.want), 0} }) {
				t.Errorf("%s: got %v, %v", c.name, tab, err)
			}
			continue
		}
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, ErrAmbiguous) || !slices.Equal(e.Candidates, c.ask) {
			t.Errorf("%s: got %v, %v", c.name, tab, err)
			continue
		}
		for _, s := range e.Candidates {
			tab, err := ReadWith("liste.csv", []byte(c.text), Options{Separator: s[0]})
			if err != nil || len(tab.Header) != 2 {
				t.Errorf("%s: answered with %q: got %v, %v", c.name, s, tab, err)
			}
		}
	}
	if tab, err := ReadWith("liste.csv", []byte("sep=,\na;b,c\nd;e,f\n"), Options{Separator: ';'}); err != nil || tab.HeaderRow != 1 || tab.Header[1].Text != "b,c" {
		t.Errorf("Excel's line, and another answer: %v, %v", tab, err)
	}
	if _, err := ReadWith("liste.csv", []byte("a;b\n"), Options{Separator: 'x'}); !errors.Is(err, ErrNotTable) {
		t.Errorf("a letter as separator: %v", err)
	}
}
