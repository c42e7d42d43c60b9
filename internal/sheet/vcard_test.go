package sheet

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// crlf returns a file of cards as programs write it.
func crlf(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n" }

// listed returns a table as lines of "heading=text".
func listed(t *Table) []string {
	var out []string
	for _, r := range t.Rows {
		var cells []string
		for i, c := range r.Cells {
			if c.Kind != Empty {
				cells = append(cells, t.Header[i].Text+"="+c.Text)
			}
		}
		out = append(out, fmt.Sprint(r.Number)+": "+strings.Join(cells, "; "))
	}
	return out
}

func TestCards(t *testing.T) {
	for _, c := range []struct {
		name, file string
		want       []string
		left       []string
	}{
		{"4.0", crlf("BEGIN:VCARD", "VERSION:4.0", "UID:urn:x", "FN:Åse Lie", "N:Lie;Åse,Marie;Berg;;", "BDAY:19410924",
			`EMAIL;PREF=2;TYPE=work:jobb@example.no`, `EMAIL;PREF=1:ase@example.no`, `TEL;VALUE=uri;TYPE="voice,home":tel:+47-22-00-00-00;ext=1`, "TEL;TYPE=cell:+47 400 00 001",
			"ADR;LABEL=\"Storgata 5: oppgang;B\":;leil. 4;Storgata 5\\, oppgang B;Oslo;;0150;Norge", "NOTE:Kanari", "PHOTO:data:image/jpeg;base64,AAAA", "END:VCARD"),
			[]string{"2: given=Åse Marie Berg; family=Lie; born=19410924; email=ase@example.no; email 2=jobb@example.no; phone=+47 400 00 001; phone 2=+47-22-00-00-00; street=Storgata 5, oppgang B, leil. 4; postcode=0150; city=Oslo; country=Norge"},
			[]string{"NOTE", "PHOTO"}},
		{"3.0, folded, grouped", crlf("BEGIN:VCARD", "VERSION:3.0", "N:Øde", " gård;Bj", "\tørg;;;", "FN:Bjørg Ødegård", "item1.EMAIL;type=INTERNET;type=pref:bjorg@exam", " ple.no", "item1.X-ABLABEL:privat", "BDAY;value=date:1941-09-24", "END:VCARD", "",
			"BEGIN:VCARD", "VERSION:3.0", "N:Lund;Eva;;;", "FN:Eva Lund", "END:VCARD"),
			[]string{"2: given=Bjørg; family=Ødegård; born=1941-09-24; email=bjorg@example.no", "3: given=Eva; family=Lund"}, nil},
		{"2.1, quoted-printable", crlf("BEGIN:VCARD", "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=98deg=C3=A5rd;=C3=85=", "se", "VERSION:2.1", "ADR;HOME;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:;;Storgata=20=", "5;Troms=F8;;9008;", "TEL;CELL:400 00 001", "END:VCARD"),
			[]string{"2: given=Åse; family=Ødegård; phone=400 00 001; street=Storgata 5; postcode=9008; city=Tromsø"}, nil},
		{"whole names only", crlf("BEGIN:VCARD", "VERSION:4.0", "FN:Åse Lie", "END:VCARD"), []string{"2: Name=Åse Lie"}, nil},
		{"some whole names", crlf("BEGIN:VCARD", "VERSION:3.0", "N:Lie;Åse;;;", "FN:Åse Lie", "END:VCARD", "BEGIN:VCARD", "VERSION:3.0", "N:;;;;", "FN:Ola Dahl", "END:VCARD"), []string{"2: Name=Lie, Åse", "3: Name=Ola Dahl"}, nil},
		{"a card of nobody", crlf("BEGIN:VCARD", "VERSION:4.0", "ORG:Fugl", "END:VCARD", "BEGIN:VCARD", "VERSION:4.0", "N:Lie;Åse;;;", "END:VCARD"), []string{"3: given=Åse; family=Lie"}, []string{"ORG"}},
		{"a formula is a text", crlf("BEGIN:VCARD", "VERSION:4.0", "N:Lie;=HYPERLINK(\"x\");;;", "END:VCARD"), []string{`2: given==HYPERLINK("x"); family=Lie`}, nil},
		{"titles are not dropped", crlf("BEGIN:VCARD", "VERSION:4.0", "N:Lie;Åse;;dr.;jr.", "ADR:postboks 7;;Storgata 5;Oslo;Viken;0150;", "END:VCARD"),
			[]string{"2: given=Åse; family=Lie; name prefix=dr.; name suffix=jr.; street=Storgata 5, postboks 7; postcode=0150; city=Oslo; region=Viken"}, nil},
	} {
		for _, file := range []string{c.file, "\ufeff" + c.file, strings.ReplaceAll(c.file, "\r\n", "\n")} {
			tab := table(t, []byte(file))
			if got := listed(tab); !slices.Equal(got, c.want) || !slices.Equal(tab.LeftOut, c.left) || tab.Format != Cards || tab.Notes[0] != (Note{NoteEncoding, "UTF-8", 0}) {
				t.Errorf("%s: got\n%q, left out %v\nwant\n%q", c.name, got, tab.LeftOut, c.want)
			}
		}
	}
}

// Cards in other encodings hold the same people.
func TestCardEncodings(t *testing.T) {
	file := crlf("BEGIN:VCARD", "VERSION:2.1", "N:Ødegård;Bjørg", "END:VCARD")
	want := []string{"2: given=Bjørg; family=Ødegård"}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"UTF-16": utf16, "Windows-1252": inCharmap(t, charmap.Windows1252, file), "Mac Roman": inCharmap(t, charmap.Macintosh, file), "CP865": inCharmap(t, charmap.CodePage865, file)} {
		tab, err := Read("kort.vcf", b)
		if err != nil || !slices.Equal(listed(tab), want) || tab.Notes[0].Name != name {
			t.Errorf("%s: got %v, %v", name, tab, err)
		}
	}
	// The caller's bytes stay as they are.
	folded := inCharmap(t, charmap.Windows1252, crlf("BEGIN:VCARD", "VERSION:2.1", "FN:Bjørg Ødegård", "N;QUOTED-PRINTABLE:Lie;=", "Eva", "END:VCARD"))
	before := slices.Clone(folded)
	if tab := table(t, folded); !slices.Equal(folded, before) || listed(tab)[0] != "2: given=Eva; family=Lie" {
		t.Errorf("reading changed the file, or it reads %q", listed(tab))
	}
	doubt := inCharmap(t, charmap.CodePage850, crlf("BEGIN:VCARD", "VERSION:2.1", "N:Ärla;Eva", "END:VCARD"))
	if _, err := Read("kort.vcf", doubt); !errors.Is(err, ErrAmbiguous) {
		t.Errorf("in doubt: %v", err)
	}
	if tab, err := ReadWith("kort.vcf", doubt, Options{Encoding: "CP850"}); err != nil || listed(tab)[0] != "2: given=Eva; family=Ärla" {
		t.Errorf("answered: %v, %v", tab, err)
	}
}

// Cards go on as any list does, and what has no field must be left out by name.
func TestCardsToMembers(t *testing.T) {
	tab := table(t, []byte(crlf("BEGIN:VCARD", "VERSION:4.0", "N:Lie;Åse;;;", "BDAY:19410924", "EMAIL:ase@example.no", "TEL:400 00 001", "TEL:400 00 002", "ADR:;;Storgata 5;Oslo;;0150;", "END:VCARD",
		"BEGIN:VCARD", "VERSION:4.0", "N:Dahl;Ola;;;", "BDAY:--0924", "END:VCARD")))
	p := standard(t)
	_, wrong := Recognise(tab, p)
	if got, want := pins([]Result{{Faults: wrong}}, faults), []string{"F1 list/unknown-column"}; !slices.Equal(got, want) {
		t.Errorf("got faults %v, want %v", got, want)
	}
	m, wrong := Recognise(tab, p, "phone 2")
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	res := m.Results(tab, p)
	if got, want := pins(res, faults), []string{"C3 list/date born"}; !slices.Equal(got, want) {
		t.Errorf("got faults %v, want %v", got, want)
	}
	got := map[string]string{}
	for k, v := range res[0].Fields {
		got[k] = v.String()
	}
	if want := map[string]string{"given": "Åse", "family": "Lie", "born": "1941-09-24", "email": "ase@example.no", "phone": "+47 400 00 001", "street": "Storgata 5", "postcode": "0150", "city": "Oslo"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// ATTACK: a file of cards that is cut short, endless or made of something else.
// At stake: half a membership taken for a whole one, and the machine's memory.
func TestCardsRefused(t *testing.T) {
	card := crlf("BEGIN:VCARD", "VERSION:4.0", "N:Kanari;Fugl;;;", "END:VCARD")
	emails := strings.Repeat("EMAIL:Kanari@example.no\r\n", cardValues+1)
	for _, c := range []struct {
		name, file string
		reason     error
		says       string
	}{
		{"cut short", card + card[:len(card)-13], ErrDamaged, "card 2 is cut short"},
		{"cut short in a value", "BEGIN:VCARD\r\nN;ENCODING=QUOTED-PRINTABLE:Kanari=", ErrDamaged, "card 1 is cut short"},
		{"a card in a card", "BEGIN:VCARD\r\nVERSION:2.1\r\nAGENT:\r\n" + card + "END:VCARD\r\n", ErrDamaged, "card 1 has another inside"},
		{"something behind", card + "Kanari", ErrDamaged, "card 2 does not begin"},
		{"no card's line", "BEGIN:VCARD\r\nKanari\r\nEND:VCARD\r\n", ErrDamaged, "card 1 has a line"},
		{"no property's name", "BEGIN:VCARD\r\nKanari fugl:x\r\nEND:VCARD\r\n", ErrDamaged, "card 1 has a line"},
		{"not base64", "BEGIN:VCARD\r\nN;ENCODING=B:Kanari!\r\nEND:VCARD\r\n", ErrDamaged, "cannot be decoded"},
		{"not quoted-printable", "BEGIN:VCARD\r\nN;QUOTED-PRINTABLE:Kanari=GG\r\nEND:VCARD\r\n", ErrDamaged, "cannot be decoded"},
		{"many addresses", "BEGIN:VCARD\r\n" + emails + "END:VCARD\r\n", ErrTooLarge, "over 9 of EMAIL"},
		{"an endless line", "BEGIN:VCARD\r\nNOTE:" + strings.Repeat("Kanari\r\n ", cardLine/6) + "\r\nEND:VCARD\r\n", ErrTooLarge, "a line of card 1"},
		{"an endless quoted line", "BEGIN:VCARD\r\nN;QUOTED-PRINTABLE:" + strings.Repeat("Kanari=\r\n", cardLine/5) + "\r\nEND:VCARD\r\n", ErrTooLarge, "a line of card 1"},
		{"a long name", "BEGIN:VCARD\r\nFN:" + strings.Repeat("ø", TextLimit+1) + "\r\nEND:VCARD\r\n", ErrTooLarge, "A2 holds over"},
		{"many cards", strings.Repeat("BEGIN:VCARD\nFN:Fugl\nEND:VCARD\n", RowLimit), ErrTooLarge, "over 99999 cards"},
		{"nobody", "BEGIN:VCARD\r\nVERSION:4.0\r\nEND:VCARD\r\n", ErrEmpty, "no card has"},
	} {
		tab, err := Read("kort.vcf", []byte(c.file))
		if tab != nil || !errors.Is(err, c.reason) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "Kanari") {
			t.Errorf("%s: got %v, want %v that says %q", c.name, err, c.reason, c.says)
		}
	}
}
