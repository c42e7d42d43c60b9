package reference

import (
	"errors"
	"strings"
	"testing"
)

// References that others made: Nets' examples (123456782, 123456785), a manual of Monitor
// ERP, Bankgirot's example file (655969 and on), Uniconta's manual (FIK) and ISO 11649's
// own; and some of ours beside them.
func TestVectors(t *testing.T) {
	for s, refs := range map[Scheme]map[string]string{
		KIDMod10: {"123456782": "12345678", "602243": "60224", "12344": "1234", "00": "0", "4829103756 1": "4829103756"},
		KIDMod11: {"123456785": "12345678", "000006-": "000006", "000023-": "000023", "000037-": "000037", "000040-": "000040"},
		OCR1:     {"12344": "1234", "6559 69": "65596"},
		OCR2:     {"12344": "1234", "202600012340": "20260001234"},
		OCR3:     {"655969": "6559", "657866": "6578", "658765": "6587", "657767": "6577", "658260": "6582", "650861": "6508", "659763": "6597", "123463": "1234", "2026000123433": "20260001234", "1234567806": "12345678"},
		OCR4:     {"48291037561": "4829103756"},
		FIK71:    {"004040400000669": "404040000066", "000202600012340": "20260001234", "+71<004040400000669+12345678<": "404040000066", "71000202600012340": "20260001234", "+71<000202600012340": "20260001234"},
		FIK75:    {"0000202600012340": "20260001234", "+75<0000202600012340+87654321<": "20260001234", "750000202600012340": "20260001234"},
		RF:       {"RF18539007547034": "539007547034", "RF712348231": "2348231", "RF2520260001234": "20260001234", "RF31MEDLEM2026A1": "MEDLEM2026A1", "rf18 5390 0754 7034": "539007547034"},
	} {
		for ref, want := range refs {
			got, err := s.Payload(ref)
			if err != nil || got != want {
				t.Errorf("%s %s: %q, %v; want %q", s, ref, got, err, want)
				continue
			}
			made, err := s.Make(got)
			whole := strings.ToUpper(strings.ReplaceAll(ref, " ", ""))
			if err != nil || !strings.Contains(whole, made) {
				t.Errorf("%s %s: made %s, %v", s, ref, made, err)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	long := strings.Repeat("1", 26)
	for s, refs := range map[Scheme]map[string]error{
		KIDMod10: {"123456783": ErrCheck, "123456784": ErrCheck, "132456782": ErrCheck, "1234567-2": ErrChars, "12345678-": ErrChars, "12345678A2": ErrChars, "1": ErrLength, "": ErrLength, long: ErrLength},
		KIDMod11: {"123456784": ErrCheck, "12345678-": ErrCheck, "-": ErrLength, "1-23456785": ErrChars, long: ErrLength},
		OCR1:     {"655968": ErrCheck, "1": ErrLength, "12345a": ErrChars},
		OCR2:     {"655968": ErrCheck, "1": ErrLength, "12345a": ErrChars, long: ErrLength},
		OCR3:     {"65598": ErrCheck, "655968": ErrCheck, "12344": ErrCheck, "18": ErrLength},
		OCR4:     {"655969": ErrLength, "48291037562": ErrCheck, "4829103756A": ErrChars},
		FIK71:    {"004040400000668": ErrCheck, "04040400000669": ErrLength, "+71<004040400000668+12345678<": ErrCheck, "+75<0000202600012340+87654321<": ErrLength, "75000202600012340": ErrLength, "+73<+87654321<": ErrLength},
		FIK75:    {"0040404000006690": ErrCheck, "004040400000669": ErrLength},
		RF:       {"RF19539007547034": ErrCheck, "RF18539007547035": ErrCheck, "RF00539007547034": ErrCheck, "RFAB539007547034": ErrChars, "RF1": ErrLength, "RF18": ErrLength, "RF18" + strings.Repeat("1", 22): ErrLength, "XX18539007547034": ErrChars, "RF18Å39007547": ErrChars, strings.Repeat(" ", 1000): ErrLength},
		"kid":    {"123456782": nil},
	} {
		for ref, want := range refs {
			_, err := s.Payload(ref)
			if err == nil || want != nil && !errors.Is(err, want) {
				t.Errorf("%s %q: %v, want %v", s, ref, err, want)
			}
			if err != nil && len(ref) > 2 && strings.Contains(err.Error(), ref) {
				t.Errorf("%s: the error repeats the reference", s)
			}
		}
	}
	for s, payloads := range map[Scheme][]string{
		KIDMod10: {"", "12A", "1234 ", strings.Repeat("1", 25)}, KIDMod11: {"12-", strings.Repeat("1", 25)},
		OCR3: {strings.Repeat("1", 24)}, OCR4: {"123456789", "12345678901"}, FIK71: {strings.Repeat("1", 15)}, FIK75: {strings.Repeat("1", 16)},
		RF: {"", "a", "ABC DEF", strings.Repeat("1", 22)}, "kid": {"1"},
	} {
		for _, p := range payloads {
			if got, err := s.Make(p); err == nil {
				t.Errorf("%s: made %s of %q", s, got, p)
			}
		}
	}
}

// payloads are numbers of a series, as claims have them.
func payloads(t *testing.T, n int) []string {
	t.Helper()
	s := series(t)
	out := make([]string, n)
	for i := range out {
		out[i] = s.Payload(uint64(i))
	}
	return out
}

// In every scheme, another character in one place of a reference is noticed, whichever
// and wherever: no payment with one wrong digit ends on another's claim. So are, in RF,
// two that changed places; in the others some are not, as the specifications say.
func TestEveryWrongDigitIsNoticed(t *testing.T) {
	for _, s := range Schemes {
		missed, swaps := 0, 0
		for _, p := range payloads(t, 300) {
			ref, err := s.Make(p)
			if err != nil {
				t.Fatal(s, err)
			}
			if got, err := s.Payload(ref); err != nil || got != p {
				t.Fatalf("%s: %v", s, err)
			}
			b := []byte(ref)
			for i, c := range b {
				alphabet := "0123456789"
				if s == KIDMod11 {
					alphabet += "-"
				}
				if s == RF {
					alphabet += "ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
				}
				for _, other := range []byte(alphabet) {
					if other == c {
						continue
					}
					b[i] = other
					// A letter in an RF may fit its check digits; but a claim's payload has none.
					if p, err := s.Payload(string(b)); err == nil && isDigits(p) {
						t.Errorf("%s: one character is another at %d, and nothing notices it", s, i+1)
					}
				}
				b[i] = c
			}
			for i := range len(b) - 1 {
				if b[i] == b[i+1] {
					continue
				}
				swaps++
				b[i], b[i+1] = b[i+1], b[i]
				if _, err := s.Payload(string(b)); err == nil {
					missed++
				}
				b[i], b[i+1] = b[i+1], b[i]
			}
		}
		t.Logf("%s: of %d neighbours that changed places, %d not noticed", s, swaps, missed)
		if s == RF && missed > 0 || missed*20 > swaps {
			t.Errorf("%s: %d of %d neighbours changed places unnoticed", s, missed, swaps)
		}
	}
}

func TestSlip(t *testing.T) {
	for line, ok := range map[string]bool{
		"+71<004040400000669+12345678<": true, "+71<000202600012340+87654321<": true, "+75<0000202600012340+87654321<": true, "+73<+87654321<": true,
		"+01<+1234567<": true, "+04<0000202600012340+1234567<": true, "+71< 004040400000669 +12345678<": true,
		"+71<004040400000668+12345678<": false, "+71<04040400000669+12345678<": false, "+75<0040404000006690+12345678<": false, "+73<123+87654321<": false,
		"+99<1+1<": false, "+71<004040400000669+1234567<": false, "+71<004040400000669+1234567A<": false, "71<004040400000669+12345678<": false, "+71<004040400000669+12345678": false, "": false, "+71<00404040000066A+12345678<": false,
	} {
		x, err := ParseSlip(line)
		if (err == nil) != ok {
			t.Errorf("%s: %v", line, err)
		}
		if err == nil && x.String() != strings.ReplaceAll(line, " ", "") {
			t.Errorf("%s became %s", line, x)
		}
	}
	for _, s := range []Scheme{FIK71, FIK75} {
		ref, _ := s.Make("4829103756")
		x, err := NewSlip(s, ref, "87654321")
		if y, err2 := ParseSlip(x.String()); err != nil || err2 != nil || x != y {
			t.Errorf("%s: %v %v", s, err, err2)
		}
	}
	if _, err := NewSlip(RF, "RF18539007547034", "87654321"); err == nil {
		t.Error("a slip with an RF")
	}
}

func TestParseScheme(t *testing.T) {
	for _, s := range Schemes {
		if got, err := ParseScheme(string(s)); err != nil || got != s {
			t.Error(s, err)
		}
	}
	if _, err := ParseScheme("kid"); err == nil || !strings.Contains(err.Error(), "kid-mod10") {
		t.Error(err)
	}
}

func FuzzPayload(f *testing.F) {
	for _, ref := range []string{"123456782", "000006-", "655969", "+71<004040400000669+12345678<", "RF18539007547034"} {
		f.Add(ref)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		for _, s := range Schemes {
			p, err := s.Payload(ref)
			if err != nil {
				continue
			}
			made, err := s.Make(p)
			if err != nil {
				t.Fatalf("%s: a payload of which no reference can be made: %v", s, err)
			}
			if again, err := s.Payload(made); err != nil || again != p {
				t.Fatalf("%s: %v", s, err)
			}
		}
		ParseSlip(ref)
	})
}
