package identity

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"filippo.io/age"
)

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTextRoundTrip(t *testing.T) {
	i := newIdentity(t)
	for n := range 3 {
		text := i.encode()
		got, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.encode(), text) || got.Handle() != i.Handle() || got.Recipient() != i.Recipient() || got.Created() != i.Created() {
			t.Error("another identity came back")
		}
		if err := i.Rotate(testDay.AddMonths(n)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good := string(testdata(t, "identity.txt"))
	lines := strings.SplitAfter(good, "\n")
	lines = lines[:len(lines)-1]
	replace := func(n int, with string) string {
		out := append([]string(nil), lines...)
		out[n-1] = with
		return strings.Join(out, "")
	}
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Split(string(newIdentity(t).encode()), "\n")
	tests := []struct {
		name, text string
		line       int // that the error names, 0 for none
	}{
		{"empty", "", 1},
		{"an identity of age-keygen", "# created: 2026-11-22\n" + lines[4], 1},
		{"an empty line before", "\n" + good, 1},
		{"a byte order mark", "\ufeff" + good, 1},
		{"a newer version", replace(1, "# medlem identity 2\n"), 1},
		{"Windows newlines", strings.ReplaceAll(good, "\n", "\r\n"), 1},
		{"no handle", replace(2, ""), 2},
		{"another handle", replace(2, other[1]+"\n"), 0},
		{"another signing key", replace(3, other[2]+"\n"), 0},
		{"a mistyped signing key", replace(3, lines[2][:30]+"b"+lines[2][31:]), 3},
		{"a signing key in upper case", replace(3, "# signing: "+strings.ToUpper(lines[2][11:])), 3},
		{"a comment between", replace(4, "# mine\n"+lines[3]), 4},
		{"no day", replace(4, ""), 4},
		{"a day that does not exist", replace(4, "# created: 2026-02-30\n"), 4},
		{"a mistyped age identity", replace(5, lines[4][:40]+"B"+lines[4][41:]), 5},
		{"an age identity in lower case", replace(5, strings.ToLower(lines[4])), 5},
		{"a classic age identity", replace(5, classic.String()+"\n"), 5},
		{"a space at the end", replace(5, strings.TrimSpace(lines[4])+" \n"), 5},
		{"no age identity", strings.Join(lines[:3], ""), 0},
		{"a day without identity", strings.Join(lines[:4], ""), 5},
		{"the same one twice", good + lines[3] + lines[4], 9},
		{"no newline at the end", good[:len(good)-1], 7},
		{"an empty line after", good + "\n", 8},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse([]byte(tt.text))
			if err == nil {
				t.Fatal("accepted")
			}
			if want := fmt.Sprintf("line %d:", tt.line); tt.line > 0 && !strings.Contains(err.Error(), want) {
				t.Errorf("error %q does not name line %d", err, tt.line)
			}
			for _, secret := range []string{lines[2][15:25], lines[4][19:29], lines[6][19:29], other[2][15:25]} {
				if strings.Contains(strings.ToLower(err.Error()), strings.ToLower(secret)) {
					t.Errorf("error %q quotes a secret", err)
				}
			}
		})
	}
}

// TestParseTooMany bounds the number of identities, so that a file cannot cost
// more than it may.
func TestParseTooMany(t *testing.T) {
	i := newIdentity(t)
	text := i.encode()
	for range KeptLimit {
		id, err := age.GenerateHybridIdentity()
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, "# created: 2026-01-01\n"+id.String()+"\n"...)
	}
	if _, err := parse(text); err == nil {
		t.Error("accepted")
	}
}

// FuzzParse: every identity has one text.
func FuzzParse(f *testing.F) {
	good := testdata(f, "identity.txt")
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add([]byte(strings.Replace(string(good), "identity 1", "identity 2", 1)))
	f.Add([]byte("# medlem identity 1\n# handle: o-sw42ziangi\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if i, err := parse(text); err == nil && !bytes.Equal(i.encode(), text) {
			t.Fatal("not canonical")
		}
	})
}
