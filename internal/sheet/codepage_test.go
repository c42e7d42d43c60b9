package sheet

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

// inCharmap returns text in a code page.
func inCharmap(t testing.TB, page *charmap.Charmap, text string) []byte {
	t.Helper()
	b, err := page.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A single name is enough where only one encoding makes letters of it that
// belong there, and a person is asked where several do.
func TestEncodingIsCertainOrAsked(t *testing.T) {
	w1252, mac, cp850, cp865 := charmap.Windows1252, charmap.Macintosh, charmap.CodePage850, charmap.CodePage865
	for _, c := range []struct {
		name string // what stands in the list
		page *charmap.Charmap
		want string // "" if it is asked
	}{
		{"Bäck", w1252, "Windows-1252"}, {"Bäck", mac, "Mac Roman"}, {"Bäck", cp850, "CP865"},
		{"Åse", w1252, "Windows-1252"}, {"Åse", mac, "Mac Roman"}, {"Åse", cp865, "CP865"},
		{"Sjögren", w1252, "Windows-1252"}, {"Sjögren", mac, "Mac Roman"}, {"Sjögren", cp850, "CP865"},
		{"Bjørn Kjær", w1252, "Windows-1252"}, {"Bjørn Kjær", mac, "Mac Roman"}, {"Bjørn Kjær", cp865, "CP865"},
		{"ÅSE ØDEGÅRD", w1252, "Windows-1252"}, {"ÅSE ØDEGÅRD", mac, "Mac Roman"}, {"ÅSE ØDEGÅRD", cp865, "CP865"},
		{"André", w1252, "Windows-1252"}, {"André", mac, "Mac Roman"}, {"André", cp850, "CP865"},
		{"Þóra Árnadóttir", w1252, "Windows-1252"}, {"Þóra Árnadóttir", cp850, "CP850"},
		{"Jürgen Müller", w1252, "Windows-1252"}, {"Ragnheiður Ýr", w1252, "Windows-1252"},
		{"Bjørn – Åse’s bror", w1252, "Windows-1252"},
		{"Ärla", cp850, ""},             // Ä there, é on a Macintosh
		{"Sjur’s", w1252, ""},           // ’ there, í on a Macintosh
		{"Pe¤a", w1252, ""},             // a sign there, ñ in the DOS pages
		{"Žofia Šimková", w1252, ""},    // few letters, and one that is Ä in the DOS pages
		{"N° 5", w1252, "Windows-1252"}, // a sign, and in the others one that nobody writes
	} {
		list := inCharmap(t, c.page, "Navn;By\n"+c.name+";Oslo\n")
		tab, err := Read("liste.csv", list)
		if c.want == "" {
			var e *Error
			if !errors.As(err, &e) || !errors.Is(err, ErrAmbiguous) || len(e.Candidates) < 2 || strings.Contains(err.Error(), "Oslo") {
				t.Errorf("%q: got %v, %v, want a question", c.name, tab, err)
				continue
			}
			for _, name := range e.Candidates {
				if !strings.Contains(e.Detail, name) || !slices.Contains(Encodings(), name) {
					t.Errorf("%q: the candidate %q is not named, or cannot be answered", c.name, name)
				}
			}
			continue
		}
		if err != nil {
			t.Errorf("%q in %v: %v", c.name, c.page, err)
			continue
		}
		if tab.Notes[0].Name != c.want || tab.Rows[0].Cells[0].Text != c.name {
			t.Errorf("%q in %v: got %q as %v", c.name, c.page, tab.Rows[0].Cells[0].Text, tab.Notes[0])
		}
	}
}

// The answer to the question is an option.
func TestEncodingAnswered(t *testing.T) {
	list := inCharmap(t, charmap.CodePage850, "Navn;By\nÄrla;Oslo\n")
	for name, want := range map[string]string{"CP850": "Ärla", "cp865": "Ärla", "mac roman": "érla", "Windows-1252": "Žrla"} {
		tab, err := ReadWith("liste.csv", list, Options{Encoding: name})
		if err != nil || tab.Rows[0].Cells[0].Text != want || len(tab.Notes) != 3 {
			t.Errorf("%s: got %v, %v", name, tab, err)
		}
	}
	if _, err := ReadWith("liste.csv", list, Options{Encoding: "EBCDIC"}); !errors.Is(err, ErrNotTable) || !strings.Contains(err.Error(), "CP850") {
		t.Errorf("an unknown encoding: %v", err)
	}
	// UTF-8 is no matter of opinion.
	tab, err := ReadWith("liste.csv", []byte("Navn;By\nÅse;Oslo\n"), Options{Encoding: "CP850"})
	if err != nil || tab.Rows[0].Cells[0].Text != "Åse" {
		t.Errorf("got %v, %v", tab, err)
	}
}

// Letters that no encoding of ours explains are not guessed at.
func TestNoEncoding(t *testing.T) {
	cyrillic := inCharmap(t, charmap.Windows1251, "Имя;Город\nИван Петров;Москва\nПавел Сидоров;Киров\n")
	mixed := append(inCharmap(t, charmap.Windows1252, "Navn;By\n"+strings.Repeat("Åse Kjær Bøe;Tønder\n", 20)), inCharmap(t, charmap.CodePage865, strings.Repeat("Åse Kjær Bøe;Tønder\n", 18))...)
	for name, b := range map[string][]byte{"Cyrillic": cyrillic, "two encodings put together": mixed} {
		if tab, err := Read("liste.csv", b); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrAmbiguous) {
			t.Errorf("%s: got %v, %v", name, tab, err)
		}
	}
}
