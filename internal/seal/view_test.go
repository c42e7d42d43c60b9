package seal

import (
	"strings"
	"testing"
)

func TestViewSecret(t *testing.T) {
	missed, tried := 0, 0
	for range 100 {
		s := NewViewSecret()
		if len(s) != 34 || strings.Count(s, "-") != 6 {
			t.Fatalf("text of %d characters", len(s))
		}
		if err := CheckViewSecret(s); err != nil {
			t.Fatal(err)
		}
		for _, typed := range []string{
			s, strings.ToUpper(s), strings.ReplaceAll(s, "-", " "), strings.ReplaceAll(s, "-", ""), " " + s + " ",
			strings.NewReplacer("0", "O", "1", "l").Replace(s), strings.NewReplacer("0", "o", "1", "I").Replace(s),
		} {
			got, err := ParseViewSecret(typed)
			if err != nil || got != s {
				t.Fatalf("typed form refused: %v", err)
			}
			if (CheckViewSecret(typed) == nil) != (typed == s) {
				t.Fatal("CheckViewSecret accepts another form than the canonical one")
			}
		}
		for i := range s {
			if s[i] == '-' {
				continue
			}
			b := []byte(s)
			if b[i] = '2'; s[i] == '2' {
				b[i] = '3'
			}
			tried++
			if _, err := ParseViewSecret(string(b)); err == nil {
				missed++
			}
		}
	}
	if missed > 10 { // 12 bits of checksum: 0.7 of 2,800 are expected
		t.Errorf("%d of %d typos were not noticed", missed, tried)
	}
}

func TestViewSecretRefuses(t *testing.T) {
	s := NewViewSecret()
	for name, text := range map[string]string{
		"empty": "", "cut off": s[:33], "one more": s + "0", "a u": "u" + s[1:], "newline": s[:3] + "\n" + s[4:], "newline for a hyphen": s[:4] + "\n" + s[5:],
		"not ASCII": "å" + s[2:], "very long": strings.Repeat("-", 1000) + s, "a key": NewKey().String(),
	} {
		if _, err := ParseViewSecret(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestViewKey(t *testing.T) {
	s := NewViewSecret()
	a, err := ViewKey(s, KindRequest, testUnit, testID)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := ViewKey(strings.ToUpper(s), KindRequest, testUnit, testID); err != nil || b != a {
		t.Errorf("as typed: another key, %v", err)
	}
	if b, err := ViewKey(s, KindRequest, testUnit, otherID); err != nil || b == a {
		t.Errorf("for another id: the same key, %v", err)
	}
	if b, err := ViewKey(NewViewSecret(), KindRequest, testUnit, testID); err != nil || b == a {
		t.Errorf("of another member: the same key, %v", err)
	}
	if _, err := ViewKey("nothing", KindRequest, testUnit, testID); err == nil {
		t.Error("malformed secret accepted")
	}
}

func FuzzViewSecret(f *testing.F) {
	f.Add(NewViewSecret())
	f.Add(strings.ToUpper(NewViewSecret()))
	f.Add(strings.Repeat("0", 28))
	f.Fuzz(func(t *testing.T, typed string) {
		s, err := ParseViewSecret(typed)
		if (CheckViewSecret(typed) == nil) != (err == nil && s == typed) {
			t.Fatal("CheckViewSecret and ParseViewSecret disagree")
		}
		if err == nil && CheckViewSecret(s) != nil {
			t.Fatal("the canonical text is refused")
		}
	})
}
