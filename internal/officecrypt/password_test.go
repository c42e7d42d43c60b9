package officecrypt

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// A generated password has the length and the entropy that its constants say,
// from letters that cannot be mistaken for one another.
func TestGeneratePassword(t *testing.T) {
	const n = 20_000
	count := map[rune]int{}
	seen := map[string]bool{}
	for range n {
		p := GeneratePassword()
		if len(p) != PasswordLength || seen[p] {
			t.Fatalf("a password of %d characters, or one that was there before", len(p))
		}
		seen[p] = true
		for _, r := range p {
			count[r]++
		}
	}
	if len(count) != len(alphabet) {
		t.Fatalf("%d letters of %d", len(count), len(alphabet))
	}
	// Each letter is binomial, with a deviation of some 100: six of them.
	mean := float64(n*PasswordLength) / float64(len(alphabet))
	for r, c := range count {
		if strings.ContainsRune("01loiIO", r) || !strings.ContainsRune(alphabet, r) {
			t.Errorf("%q looks like another letter", r)
		}
		if math.Abs(float64(c)-mean) > 6*math.Sqrt(mean) {
			t.Errorf("%q came %d times, expected %.0f", r, c, mean)
		}
	}
	if bits := PasswordLength * math.Log2(float64(len(alphabet))); int(bits) != PasswordBits {
		t.Errorf("%.1f bits", bits)
	}
	if _, err := usable(GeneratePassword()); err != nil {
		t.Error(err)
	}
}

// A password opens the file however its letters are composed, on either side.
func TestPasswordForms(t *testing.T) {
	composed, apart := norm.NFC.String("Blåbær-šø"), norm.NFD.String("Blåbær-šø")
	mixed := norm.NFC.String("Blå") + norm.NFD.String("bær-šø")
	if composed == apart || mixed == composed || mixed == apart {
		t.Fatal("the forms are the same")
	}
	plain := noise(50)
	for _, p := range []string{composed, apart, mixed} {
		file := protect(t, plain, p)
		for _, typed := range []string{composed, apart, mixed} {
			if _, err := Open(file, typed); err != nil {
				t.Errorf("protected with %+q, opened with %+q: %v", p, typed, err)
			}
		}
	}
	// Another program does not compose: what it took as it was typed opens too.
	for _, p := range []string{composed, apart} {
		var b bytes.Buffer
		if err := newProtection(1).write(&b, plain, p); err != nil {
			t.Fatal(err)
		}
		for _, typed := range []string{composed, apart, mixed} {
			if _, err := Open(b.Bytes(), typed); err != nil {
				t.Errorf("made with %+q, opened with %+q: %v", p, typed, err)
			}
		}
		for _, typed := range []string{"Blabær-šø", strings.ToUpper(p), p + " ", ""} {
			if _, err := Open(b.Bytes(), typed); !errors.Is(err, ErrPassword) {
				t.Errorf("made with %+q, opened with %+q: %v", p, typed, err)
			}
		}
	}
}

// Excel opens some files without asking: so does Open.
func TestPasswordByDefault(t *testing.T) {
	var b bytes.Buffer
	if err := newProtection(1).write(&b, noise(50), byDefault); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(b.Bytes(), ""); err != nil {
		t.Error(err)
	}
	if _, err := Open(quick(t, noise(50), "x"), ""); !errors.Is(err, ErrPassword) {
		t.Error(err)
	}
}

// Protect refuses what could not be typed, before it writes anything, and the
// error does not say the password.
func TestUnusablePasswords(t *testing.T) {
	for _, p := range []string{
		"", "hemmelig\n", "hemme\tlig", "hemmelig\x00", "hemmelig\u0085", "hemmelig\xff", byDefault,
		strings.Repeat("h", PasswordLimit+1), strings.Repeat("😀", PasswordLimit/2+1),
	} {
		var b bytes.Buffer
		err := Protect(&b, noise(10), p)
		if !errors.Is(err, ErrUnusable) || b.Len() > 0 {
			t.Errorf("%.20q: %v", p, err)
			continue
		}
		if strings.Contains(err.Error(), "hemme") || strings.Contains(err.Error(), byDefault) {
			t.Errorf("the error says the password: %v", err)
		}
	}
	for _, p := range []string{"x", strings.Repeat("å", PasswordLimit), strings.Repeat("😀", PasswordLimit/2), "to ord"} {
		if _, err := Open(protect(t, noise(10), p), p); err != nil {
			t.Errorf("%.20q: %v", p, err)
		}
	}
	// A password longer than Office takes opens nothing, and costs nothing.
	if got := forms(strings.Repeat("h", PasswordLimit+1)); len(got) != 0 {
		t.Errorf("%d forms", len(got))
	}
}
