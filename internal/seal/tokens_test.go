package seal

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/register"
)

const (
	tokenA = "b1abcdefghijklmnop"
	tokenB = "e1abcdefghijklmno7"
)

func testTokens() *Tokens {
	return &Tokens{Unit: testUnit, Serial: 42, Secret: [32]byte{1, 31: 2}, People: map[register.RecordID]string{testID: tokenA + " " + tokenB, otherID: NoTokens}}
}

func TestTokensText(t *testing.T) {
	x := testTokens()
	want := "unit: akershus\nserial: 42\nsecret: 01" + strings.Repeat("00", 30) + "02\n" +
		"token " + testID + ": " + tokenA + " " + tokenB + "\ntoken " + otherID + ": -\n"
	if got := string(x.Encode()); got != want {
		t.Errorf("Encode:\n%s\nwant:\n%s", got, want)
	}
	for _, x := range []*Tokens{x, NewTokens("a", NewTokenSecret())} {
		x.Serial = max(x.Serial, 1)
		got, err := ParseTokens(x.Encode())
		if err != nil || !reflect.DeepEqual(got, x) {
			t.Errorf("ParseTokens(Encode()) is something else: %v", err)
		}
	}
	c := x.Clone()
	c.People[testID] = NoTokens
	if string(x.Encode()) != want {
		t.Error("a change of the copy changed the original")
	}
	if s := fmt.Sprintf("%v %+v %#v %s", *x, x, x, x); strings.Contains(s, tokenA) || strings.Contains(s, "1, 0") {
		t.Errorf("printed: %s", s)
	}
	if one, other := NewTokenSecret(), NewTokenSecret(); one == other {
		t.Error("two secrets are one")
	}
}

func TestParseTokensRefuses(t *testing.T) {
	const head = "unit: akershus\nserial: 42\nsecret: 0101010101010101010101010101010101010101010101010101010101010101\n"
	line := "token " + testID + ": "
	if _, err := ParseTokens([]byte(head + line + tokenA + "\n")); err != nil {
		t.Fatal(err)
	}
	long := make([]string, tokensEach+1)
	for i := range long {
		long[i] = fmt.Sprintf("b1abcdefghijklmn%c%c", 'a'+i/26, 'a'+i%26)
	}
	if _, err := ParseTokens([]byte(head + line + strings.Join(long[1:], " ") + "\n")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text string }{
		{"empty", ""},
		{"no secret", "unit: akershus\nserial: 42\n"},
		{"a keyring", "unit: akershus\nserial: 42\nkey " + testID + ": " + (Key{1}).String() + "\n"},
		{"serial 0", strings.Replace(head, "42", "0", 1)},
		{"serial 042", strings.Replace(head, "42", "042", 1)},
		{"no secret in it", strings.Replace(head, "01", "00", 32)},
		{"secret in upper case", strings.Replace(head, "secret: 01", "secret: AA", 1)},
		{"secret too short", strings.Replace(head, "secret: 01", "secret: ", 1)},
		{"comment", head + "# x\n"},
		{"no newline at the end", head + line + tokenA},
		{"Windows newline", head + line + tokenA + "\r\n"},
		{"no tokens", head + line + "\n"},
		{"no id", head + "token: " + tokenA + "\n"},
		{"malformed id", head + "token m4k7: " + tokenA + "\n"},
		{"twice", head + line + tokenA + "\n" + line + tokenA + "\n"},
		{"not sorted", head + "token " + otherID + ": -\n" + line + "-\n"},
		{"one token twice", head + line + tokenA + " " + tokenA + "\n"},
		{"tokens not sorted", head + line + tokenB + " " + tokenA + "\n"},
		{"two spaces", head + line + tokenA + "  " + tokenB + "\n"},
		{"space at the end", head + line + tokenA + " \n"},
		{"token in upper case", head + line + strings.ToUpper(tokenA) + "\n"},
		{"token of 17", head + line + tokenA[:17] + "\n"},
		{"a name", head + line + "Kvåle\n"},
		{"text of a token's length", head + line + "b1kari.nordmann@ex\n"},
		{"too many tokens", head + line + strings.Join(long, " ") + "\n"},
	} {
		_, err := ParseTokens([]byte(c.text))
		if err == nil {
			t.Errorf("%s: read", c.name)
		} else if s := err.Error(); strings.Contains(s, testID) || strings.Contains(s, tokenA) || strings.Contains(s, "Kv") || strings.Contains(s, "kari") {
			t.Errorf("%s: the error quotes the line: %s", c.name, s)
		}
	}
}

func FuzzParseTokens(f *testing.F) {
	f.Add(testTokens().Encode())
	f.Fuzz(func(t *testing.T, text []byte) {
		x, err := ParseTokens(text)
		if err == nil && !bytes.Equal(x.Encode(), text) {
			t.Error("two texts say the same")
		}
	})
}

// Tokens go to hybrid recipients only, and no other kind of file passes for them.
func TestSealTokens(t *testing.T) {
	a, b := newHybrid(t), newHybrid(t)
	file, err := SealTokens(testTokens(), []string{a.Recipient().String(), b.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenTokens(file, []age.Identity{b})
	if err != nil || !reflect.DeepEqual(got, testTokens()) {
		t.Errorf("OpenTokens: %v", err)
	}
	if _, err := OpenTokens(file, []age.Identity{newHybrid(t)}); !errors.Is(err, ErrNotReader) {
		t.Errorf("a stranger: %v", err)
	}
	if _, err := OpenKeyring(file, []age.Identity{a}); !errors.Is(err, ErrDamaged) {
		t.Errorf("as a keyring: %v", err)
	}
	if err := CheckTokens(file, 2); err != nil {
		t.Error(err)
	}
	for _, n := range []int{1, 3} {
		if err := CheckTokens(file, n); err == nil {
			t.Errorf("two stanzas pass for %d", n)
		}
	}
	if _, err := SealTokens(testTokens(), []string{newClassic(t).Recipient().String()}); err == nil {
		t.Error("sealed to a classic recipient")
	}
	bad := testTokens()
	bad.People[testID] = "Kvåle"
	if _, err := SealTokens(bad, []string{a.Recipient().String()}); err == nil {
		t.Error("sealed what could not be read again")
	}
	ring, err := SealKeyring(testKeyring(), []string{a.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenTokens(ring, []age.Identity{a}); !errors.Is(err, ErrDamaged) {
		t.Errorf("a keyring as tokens: %v", err)
	}
	if h, _ := Inspect(file); h.Plaintext != KeyringBucket {
		t.Errorf("padded to %d", h.Plaintext)
	}
}

// TestVectorTokens opens the tokens that must open for ever; another
// implementation made their text.
func TestVectorTokens(t *testing.T) {
	file := testdata(t, "tokens.age")
	if err := CheckTokens(file, 2); err != nil {
		t.Error(err)
	}
	x, err := OpenTokens(file, []age.Identity{readerIdentity(t)})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(x.Encode(), testdata(t, "tokens.yaml")) || len(x.People) != 2 || x.Serial != 42 {
		t.Error("the tokens have another text")
	}
}
