package sheet

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/medlem-register/medlem/internal/officecrypt"
)

// What a file is does not depend on its name.
func TestDetect(t *testing.T) {
	utf16 := func(s string) string {
		b, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	ole := func(stream string) string {
		return containerMagic + strings.Repeat("\x00", 600) + string(utf16LE(stream))
	}
	for _, c := range []struct {
		b    string
		want Kind
	}{
		{string(workbook(t, parts())), Workbook},
		{string(odsFile(t, odsTable("Ark1", odsRow("a", "b")))), OpenDocument},
		{string(workbook(t, map[string]string{"bilde.jpg": "x"})), Other},
		{"PK\x03\x04", Workbook}, // cut short
		{ole("EncryptedPackage"), Protected}, {ole("Workbook"), Legacy}, {ole("WordDocument"), Other},
		{"\x09\x04\x06\x00", Legacy},
		{"<html>", WebPage}, {"\ufeff\n<!DOCTYPE html>", WebPage}, {utf16("<html>"), WebPage}, {"MIME-Version: 1.0\n", WebPage},
		{"BEGIN:VCARD\n", Cards}, {"\ufeffbegin:vcard\n", Cards}, {utf16("BEGIN:VCARD\n"), Cards},
		{"%PDF-1.7", Other}, {`{\rtf1`, Other}, {"BEGIN:VCALENDAR\n", Other}, {"ID;PWXL;N;E\n", Other},
		{"ID;Navn\n1;Åse\n", TextFile}, {utf16("a;b\n"), TextFile}, {"", Nothing}, {" \r\n", Nothing},
	} {
		if got := Detect([]byte(c.b)); got != c.want {
			t.Errorf("%q…: got %q, want %q", c.b[:min(len(c.b), 20)], got, c.want)
		}
	}
}

// Rule P25: the list that arrives under a password is read in memory with it, and each of
// the other outcomes has a reason of its own.
func TestP25ProtectedList(t *testing.T) {
	b := fixture(t, "medlemmar-lokalgrupp-protected.xlsx")
	asked := 0
	with := func(password string) Options {
		return Options{Password: func() (string, error) { asked++; return password, nil }}
	}
	tab, err := ReadWith("lista.xlsx", b, with("Grönå-2026!"))
	if err != nil {
		t.Fatal(err)
	}
	if asked != 1 || !tab.Protected || tab.Format != Workbook {
		t.Errorf("asked %d times, protected %v, %s", asked, tab.Protected, tab.Format)
	}
	res := results(t, tab)
	if got, want := Count(tab, res), (Tally{Good: 120}); got != want {
		t.Errorf("got %+v, want %+v: %v", got, want, pins(res, faults))
	}
	classes := map[string]int{}
	for i := range res {
		if res[i].Fields["given"].Empty() || res[i].Fields["family"].Empty() {
			t.Errorf("row %d has half a name", res[i].Row)
		}
		classes[res[i].Fields["class"].String()]++
	}
	if len(classes) < 2 || classes[""] > 0 {
		t.Errorf("got the classes %v", classes)
	}
	for name, c := range map[string]struct {
		b      []byte
		o      Options
		reason error
	}{
		"no password":          {b, Options{}, ErrProtected},
		"wrong password":       {b, with("grönå-2026!"), ErrPassword},
		"cut short":            {b[:len(b)/2], with("Grönå-2026!"), ErrDamaged},
		"only its first bytes": {b[:600], with("Grönå-2026!"), ErrDamaged},
	} {
		_, err := ReadWith("lista.xlsx", c.b, c.o)
		if !errors.Is(err, c.reason) || strings.Contains(err.Error(), "2026!") {
			t.Errorf("%s: got %v, want %v", name, err, c.reason)
		}
	}
	again, err := officecrypt.Encrypt(b, "x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadWith("lista.xlsx", again, with("x")); !errors.Is(err, ErrDamaged) {
		t.Errorf("protected twice: %v", err)
	}
	stop := errors.New("nobody answers")
	if _, err := ReadWith("lista.xlsx", b, Options{Password: func() (string, error) { return "", stop }}); !errors.Is(err, stop) {
		t.Errorf("the error of the question is lost: %v", err)
	}
}

// A file without a password is never asked for one.
func TestNoPasswordAsked(t *testing.T) {
	for _, name := range []string{"medlemmer-akershus.xlsx", "medlemmer-forening.csv"} {
		if _, err := ReadWith(name, fixture(t, name), Options{Password: func() (string, error) { t.Error("asked"); return "", os.ErrInvalid }}); err != nil {
			t.Error(err)
		}
	}
}

// Rule P27: whatever a list arrives as, its letters arrive as they are.
func TestP27OtherFormats(t *testing.T) {
	const given, family = "Åsa Märta", "Ödegård Kjær-Bøe"
	latin := func(s string) string { return string(inCharmap(t, charmap.Windows1252, s)) }
	csv := func(sep string) string {
		return "given" + sep + "family\r\n" + given + sep + family + "\r\n"
	}
	card := crlf("BEGIN:VCARD", "VERSION:3.0", "N:"+family+";"+given+";;;", "END:VCARD")
	for name, b := range map[string]string{
		"csv ;": csv(";"), "csv ,": csv(","), "csv tab": csv("\t"), "csv ; in Windows-1252": latin(csv(";")), "csv , in Windows-1252": latin(csv(",")), "csv tab in Windows-1252": latin(csv("\t")),
		"vCard": card, "vCard in Windows-1252": latin(card),
		"xlsx": string(withSheet(t, strCells(1, "given", "family")+strCells(2, given, family))),
		"ods":  string(odsFile(t, odsTable("Ark1", odsRow("given", "family"), odsRow(given, family)))),
	} {
		res := results(t, table(t, []byte(b)))
		if len(res) != 1 || res[0].Fields["given"].String() != given || res[0].Fields["family"].String() != family {
			t.Errorf("%s: the letters changed", name)
		}
	}
}
