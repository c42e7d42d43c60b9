package register

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

const flatExample = `medlem: 1
office: chair
from: 2026-03-01
signing: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA+/b=
evidence:
  - abcdefghijklm 00ff
  - two words
serial: 7
`

func TestFlat(t *testing.T) {
	f, err := ParseFlat([]byte(flatExample))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(f.Encode(), []byte(flatExample)) {
		t.Errorf("Encode(ParseFlat(x)) is another file:\n%s", f.Encode())
	}
	office, line, err := f.Value("office", true)
	if office != "chair" || line != 2 || err != nil {
		t.Errorf("office = %q on line %d, %v", office, line, err)
	}
	if until, _, err := f.Value("until", false); until != "" || err != nil {
		t.Errorf("an absent key = %q, %v", until, err)
	}
	if _, _, err := f.Value("until", true); err == nil {
		t.Error("a missing key is not missed")
	}
	if v, _, err := f.Value("from", true); v != "2026-03-01" || err != nil {
		t.Errorf("from = %q, %v", v, err)
	}
	if v, _, err := f.Value("signing", true); v != "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA+/b=" || err != nil {
		t.Errorf("signing = %q, %v", v, err)
	}
	list, line, err := f.List("evidence", true)
	if len(list) != 2 || list[1] != "two words" || line != 5 || err != nil {
		t.Errorf("evidence = %q on line %d, %v", list, line, err)
	}
	if err := f.End(); err == nil {
		t.Error("End does not see the key that is left")
	}
	if n, err := f.Uint("serial"); n != 7 || err != nil {
		t.Errorf("serial = %d, %v", n, err)
	}
	if err := f.End(); err != nil {
		t.Errorf("End: %v", err)
	}
}

// The order of keys is a part of the form: two files that say the same are the
// same.
func TestFlatOrder(t *testing.T) {
	f, err := ParseFlat([]byte("medlem: 1\nb: 2\na: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Value("a", true); err == nil {
		t.Error("a later key was taken before an earlier one")
	}
}

func TestFlatKinds(t *testing.T) {
	f, _ := ParseFlat([]byte("medlem: 1\na: 1\n"))
	if _, _, err := f.List("a", true); err == nil {
		t.Error("List takes a value")
	}
	f, _ = ParseFlat([]byte("medlem: 1\na:\n  - 1\n"))
	if _, _, err := f.Value("a", true); err == nil {
		t.Error("Value takes a list")
	}
	for _, s := range []string{"01", "-1", "+1", "1 000", "x", "9223372036854775808"} {
		f, err := ParseFlat([]byte("medlem: 1\na: " + s + "\n"))
		if err != nil {
			continue
		}
		if n, err := f.Uint("a"); err == nil {
			t.Errorf("Uint of %q = %d, want an error", s, n)
		}
	}
}

func TestNewFlat(t *testing.T) {
	f := NewFlat()
	f.Set("a", "1")
	f.Set("absent", "")
	f.SetList("none", nil)
	f.SetList("list", []string{"x", "y"})
	if got, want := string(f.Encode()), "medlem: 1\na: 1\nlist:\n  - x\n  - y\n"; got != want {
		t.Errorf("Encode() = %q, want %q", got, want)
	}
}

// Each malformed file has one thing wrong, and the error says on which line.
func TestParseFlatRefuses(t *testing.T) {
	for _, x := range []struct {
		name, file string
		line       int
	}{
		{"empty file", "", 1},
		{"another first key", "a: 1\n", 1},
		{"first key is a list", "medlem:\n  - 1\n", 1},
		{"a newer format", "medlem: 2\n", 1},
		{"no end of line", "medlem: 1\na: 1", 2},
		{"CRLF", "medlem: 1\r\na: 1\r\n", 1},
		{"blank line", "medlem: 1\n\na: 1\n", 2},
		{"comment", "medlem: 1\n# a\n", 2},
		{"comment after a value", "medlem: 1\na: 1 # b\n", 2},
		{"quoted", "medlem: 1\na: \"1\"\n", 2},
		{"single quoted", "medlem: 1\na: '1'\n", 2},
		{"anchor", "medlem: 1\na: &x 1\n", 2},
		{"alias", "medlem: 1\na: *x\n", 2},
		{"tag", "medlem: 1\na: !!str 1\n", 2},
		{"flow list", "medlem: 1\na: [1]\n", 2},
		{"flow map", "medlem: 1\na: {b: 1}\n", 2},
		{"block scalar", "medlem: 1\na: |\n  b\n", 2},
		{"document mark", "---\nmedlem: 1\n", 1},
		{"second document", "medlem: 1\n---\na: 1\n", 2},
		{"duplicate key", "medlem: 1\na: 1\na: 2\n", 3},
		{"no space after the colon", "medlem: 1\na:1\n", 2},
		{"two spaces after it", "medlem: 1\na:  1\n", 2},
		{"tab", "medlem: 1\na:\t1\n", 2},
		{"trailing space", "medlem: 1\na: 1 \n", 2},
		{"trailing colon", "medlem: 1\na: 1:\n", 2},
		{"a map in a value", "medlem: 1\na: b: c\n", 2},
		{"value that begins with a hyphen", "medlem: 1\na: -1\n", 2},
		{"upper-case key", "medlem: 1\nA: 1\n", 2},
		{"key with a space", "medlem: 1\na b: 1\n", 2},
		{"empty key", "medlem: 1\n: 1\n", 2},
		{"long key", "medlem: 1\n" + strings.Repeat("a", 41) + ": 1\n", 2},
		{"not ASCII", "medlem: 1\na: Åse\n", 2},
		{"zero byte", "medlem: 1\na: 1\x00\n", 2},
		{"control character", "medlem: 1\na: 1\x1b[31m\n", 2},
		{"list item without a list", "medlem: 1\n  - a\n", 2},
		{"list item after a value", "medlem: 1\na: 1\n  - a\n", 3},
		{"empty list", "medlem: 1\na:\nb: 1\n", 2},
		{"empty list at the end", "medlem: 1\na:\n", 2},
		{"empty list item", "medlem: 1\na:\n  - \n", 3},
		{"less indented item", "medlem: 1\na:\n- b\n", 3},
		{"more indented item", "medlem: 1\na:\n    - b\n", 3},
		{"nested list", "medlem: 1\na:\n  - - b\n", 3},
		{"item not ASCII", "medlem: 1\na:\n  - å\n", 3},
		{"too large", "medlem: 1\na: " + strings.Repeat("a", FlatLimit) + "\n", 1},
		{"byte order mark", "\ufeffmedlem: 1\n", 1},
	} {
		_, err := ParseFlat([]byte(x.file))
		var f *FlatError
		switch {
		case !errors.As(err, &f):
			t.Errorf("%s: error %v, want a *FlatError", x.name, err)
		case f.Line != x.line:
			t.Errorf("%s: error on line %d (%s), want line %d", x.name, f.Line, f.Msg, x.line)
		case f.Col < 1:
			t.Errorf("%s: column %d", x.name, f.Col)
		}
	}
}

// A clear file may hold what should not be in clear. No error repeats it.
func TestFlatErrorsHoldNoValues(t *testing.T) {
	for _, file := range []string{"medlem: 1\na: Kanari Nordmann!\n", "medlem: 1\na:\n  - Kanari Nordmann!\n", "medlem: 1\nKanari Nordmann\n"} {
		if _, err := ParseFlat([]byte(file)); err == nil || strings.Contains(err.Error(), "Kanari") {
			t.Errorf("error %v", err)
		}
	}
}

// If it parses, it is in its one form.
func FuzzParseFlat(f *testing.F) {
	f.Add([]byte(flatExample))
	f.Add([]byte("medlem: 1\n"))
	f.Add([]byte("medlem: 1\na:\n  - x\n"))
	f.Add([]byte("medlem: 1\na: b:c\n"))
	f.Add([]byte("medlem: 1\na:\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := ParseFlat(b)
		if err != nil {
			return
		}
		if got := x.Encode(); !bytes.Equal(got, b) {
			t.Errorf("ParseFlat accepts %q, whose form is %q", b, got)
		}
	})
}
