package seal

import (
	"errors"
	"testing"

	"filippo.io/age"
)

func TestEnvelope(t *testing.T) {
	a, b, stranger := newHybrid(t), newHybrid(t), newHybrid(t)
	k := NewKey()
	file, err := SealEnvelope(k, []string{a.Recipient().String(), b.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckSealedTo(file, 2, RecordBucket); err != nil {
		t.Error(err)
	}
	for name, ids := range map[string][]age.Identity{
		"the first": {a}, "the second": {b}, "an older identity too": {stranger, b}, "several kinds": {newClassic(t), a},
	} {
		if got, err := OpenEnvelope(file, ids); err != nil || got != k {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, ids := range map[string][]age.Identity{"a stranger": {stranger}, "a classic identity": {newClassic(t)}, "nobody": nil} {
		if _, err := OpenEnvelope(file, ids); !errors.Is(err, ErrNotReader) {
			t.Errorf("%s: got %v, want ErrNotReader", name, err)
		}
	}
}

func TestEnvelopeRefuses(t *testing.T) {
	reader := newHybrid(t)
	if _, err := SealEnvelope(Key{}, []string{reader.Recipient().String()}); err == nil {
		t.Error("sealed the zero key")
	}
	k := NewKey().String()
	for name, text := range map[string]string{
		"empty":           "",
		"another version": "medlem: 2\nsecret: " + k + "\n",
		"no newline":      "medlem: 1\nsecret: " + k,
		"a line more":     "medlem: 1\nsecret: " + k + "\nname: x\n",
		"quoted":          "medlem: 1\nsecret: \"" + k + "\"\n",
		"another order":   "secret: " + k + "\nmedlem: 1\n",
		"a mistyped key":  "medlem: 1\nsecret: " + k[:61] + "b\n",
		"the zero key":    "medlem: 1\nsecret: " + Key{}.String() + "\n",
		"a keyring":       string(testKeyring().Encode()),
	} {
		file := ageSeal(t, []byte(text), reader.Recipient())
		if _, err := OpenEnvelope(file, []age.Identity{reader}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: got %v, want ErrDamaged", name, err)
		}
	}
}
