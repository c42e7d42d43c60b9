package register

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

func TestParseUnitID(t *testing.T) {
	for _, s := range []string{"a", "asker", "akershus-2", "a1-b2-c3", strings.Repeat("a", 40)} {
		if got, err := ParseUnitID(s); err != nil || string(got) != s {
			t.Errorf("ParseUnitID(%q) = %q, %v", s, got, err)
		}
	}
	for name, s := range map[string]string{
		"empty": "", "begins with a digit": "1asker", "begins with a hyphen": "-asker", "ends with one": "asker-",
		"double hyphen": "as--ker", "upper case": "Asker", "not ASCII": "lillestrøm", "space": "as ker", "slash": "as/ker",
		"dot": "as.ker", "too long": strings.Repeat("a", 41), "a device of Windows": "con", "another": "lpt1", "the officers' folder": "officers",
		"newline": "asker\n", "underscore": "as_ker",
	} {
		if got, err := ParseUnitID(s); err == nil {
			t.Errorf("%s: ParseUnitID(%q) = %q, want an error", name, s, got)
		}
	}
}

func TestRecordID(t *testing.T) {
	seen := map[RecordID]bool{}
	for range 1000 {
		id := NewRecordID()
		if got, err := ParseRecordID(string(id)); err != nil || got != id {
			t.Fatalf("ParseRecordID(NewRecordID()) = %q, %v", got, err)
		}
		if seen[id] {
			t.Fatalf("NewRecordID returned %q twice", id)
		}
		seen[id] = true
	}
	// All 32 characters turn up in every place: 65 bits are random, not fewer.
	for place := range recordIDLength {
		chars := map[byte]bool{}
		for id := range seen {
			chars[id[place]] = true
		}
		if len(chars) != 32 {
			t.Errorf("place %d of 1000 ids has %d different characters, want 32", place, len(chars))
		}
	}
	for name, s := range map[string]string{
		"empty": "", "short": "abcdefghijkl", "long": "abcdefghijklmn", "upper case": "Abcdefghijklm", "0": "0bcdefghijklm",
		"1": "1bcdefghijklm", "8": "8bcdefghijklm", "hyphen": "a-cdefghijklm", "not ASCII": "åbcdefghijkl",
	} {
		if got, err := ParseRecordID(s); err == nil {
			t.Errorf("%s: ParseRecordID(%q) = %q, want an error", name, s, got)
		}
	}
}

func TestHandleOf(t *testing.T) {
	key := func(seed byte) []byte {
		k := ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), ed25519.SeedSize)))
		pub, err := ssh.NewPublicKey(k.Public())
		if err != nil {
			t.Fatal(err)
		}
		return pub.Marshal()
	}
	// A vector: handles stand in paths and signed history and never change.
	const want = Handle("o-gbd6lttmxk")
	got := HandleOf(key('a'))
	if got != HandleOf(key('a')) || got == HandleOf(key('b')) {
		t.Errorf("HandleOf is not a function of the key: %q", got)
	}
	if got != want {
		t.Errorf("HandleOf = %q, want %q", got, want)
	}
	if h, err := ParseHandle(string(got)); err != nil || h != got {
		t.Errorf("ParseHandle(HandleOf) = %q, %v", h, err)
	}
	if e := got.Email(); e != string(got)+"@medlem.invalid" {
		t.Errorf("Email() = %q", e)
	}
}

func TestParseHandleRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"empty": "", "the recovery reader": "recovery", "no prefix": "abcdefghijkl", "short": "o-abcdefghi", "long": "o-abcdefghijk",
		"upper case": "O-abcdefghij", "upper case body": "o-Abcdefghij", "digit 1": "o-1bcdefghij", "another prefix": "p-abcdefghij",
	} {
		if got, err := ParseHandle(s); err == nil {
			t.Errorf("%s: ParseHandle(%q) = %q, want an error", name, s, got)
		}
	}
}

func TestErrorsClipForeignText(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for name, err := range map[string]error{
		"unit":   second(ParseUnitID(long)),
		"id":     second(ParseRecordID(long)),
		"handle": second(ParseHandle(long)),
		"day":    second(ParseDay(long)),
		"month":  second(ParseMonth(long)),
		"topic":  second(ParseTopic(long + "-" + long)),
		"path":   second(ParsePath("data/" + long)),
		"value":  second(ParseFlat([]byte("medlem: " + long + "\n"))),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if len(err.Error()) > 300 {
			t.Errorf("%s: error of %d bytes", name, len(err.Error()))
		}
	}
}

func second[T any](_ T, err error) error { return err }
