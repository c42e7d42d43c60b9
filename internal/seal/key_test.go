package seal

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

func TestKeyText(t *testing.T) {
	for range 200 {
		k := NewKey()
		s := k.String()
		if len(s) != 62 || !strings.HasPrefix(s, "mrk1") || strings.ToLower(s) != s {
			t.Fatalf("text of %d characters", len(s))
		}
		got, err := ParseKey(s)
		if err != nil || got != k {
			t.Fatalf("ParseKey(String()): %v", err)
		}
	}
}

func TestParseKeyRefuses(t *testing.T) {
	s := Key{1}.String()
	for name, text := range map[string]string{
		"empty":          "",
		"upper case":     strings.ToUpper(s),
		"cut off":        s[:61],
		"one more":       s + "q",
		"space":          s + " ",
		"another prefix": "mss" + s[3:],
		"no separator":   strings.Replace(s, "1", "q", 1),
		"a password":     "correct horse battery staple correct horse battery staple abcd",
		"zero key":       Key{}.String(),
	} {
		if _, err := ParseKey(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for i := range s { // every single typo is noticed
		b := []byte(s)
		for _, c := range []byte("qp0b1Q-") {
			if b[i] = c; string(b) == s {
				continue
			}
			if _, err := ParseKey(string(b)); err == nil {
				t.Fatalf("typo at %d accepted", i)
			}
		}
	}
}

// TestSecretsAreWithheld prints and encodes keys and keyrings in all the ways
// that happen by accident.
func TestSecretsAreWithheld(t *testing.T) {
	k := NewKey()
	ring := &Keyring{Unit: testUnit, Serial: 1, Keys: map[register.RecordID]Key{testID: k},
		Versions: map[Version]OldKey{{testID, 1}: {k, "2026-01-01"}},
		Views:    map[register.RecordID]string{testID: NewViewSecret()}, Joining: newHybrid(t).String()}
	secrets := []string{k.String()[4:], fmt.Sprintf("%d", k[0:4])[1:], ring.Views[testID], ring.Joining}
	var out strings.Builder
	for _, v := range []any{k, &k, ring, *ring, ring.Keys, ring.Versions, struct{ K Key }{k}, []Key{k}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		if b, err := json.Marshal(v); err == nil {
			out.Write(b)
		}
	}
	for _, s := range secrets {
		if strings.Contains(out.String(), s) {
			t.Errorf("a secret was printed")
		}
	}
	if !strings.Contains(out.String(), "withheld") {
		t.Error("nothing was printed at all")
	}
}

func TestDerive(t *testing.T) {
	secret := NewKey()
	seen := map[Key]string{secret: "the secret itself"}
	for _, s := range []Key{secret, NewKey()} {
		for _, kind := range []string{KindRecord, KindRequest, KindEvidence, KindActivity} {
			for _, unit := range []register.UnitID{testUnit, "asker"} {
				for _, id := range []register.RecordID{testID, otherID} {
					k := s.Derive(kind, unit, id)
					if k != s.Derive(kind, unit, id) {
						t.Fatal("not deterministic")
					}
					name := fmt.Sprint(kind, unit, id)
					if old, ok := seen[k]; ok {
						t.Errorf("%s has the key of %s", name, old)
					}
					seen[k] = name
				}
			}
		}
	}
}

func TestDerivePanics(t *testing.T) {
	tests := []struct {
		name string
		k    Key
		kind string
		unit register.UnitID
		id   register.RecordID
	}{
		{"zero key", Key{}, KindRecord, testUnit, testID},
		{"no kind", Key{1}, "", testUnit, testID},
		{"unknown kind", Key{1}, "member", testUnit, testID},
		{"NUL in the unit", Key{1}, KindRecord, "a\x00b", testID},
		{"no unit", Key{1}, KindRecord, "", testID},
		{"NUL in the id", Key{1}, KindRecord, testUnit, "m4k7aaaa\x00aaaa"},
		{"no id", Key{1}, KindRecord, testUnit, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("did not panic")
				}
			}()
			tt.k.Derive(tt.kind, tt.unit, tt.id)
		})
	}
}

// FuzzParseKey: every key has one text.
func FuzzParseKey(f *testing.F) {
	f.Add(NewKey().String())
	f.Add("mrk1")
	f.Fuzz(func(t *testing.T, s string) {
		if k, err := ParseKey(s); err == nil && k.String() != s {
			t.Fatal("not canonical")
		}
	})
}
