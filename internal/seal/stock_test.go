package seal

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/seal/agetest"
)

// The second opinion: what medlem seals, stock age opens, and the other way
// about. Where rage is installed, it too.

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStockOpensRecord(t *testing.T) {
	_, vk := readVectors(t)
	k := NewKey()
	for name, r := range map[string]struct {
		key  Key
		file []byte
		text string
	}{
		"of today":        {k, mustSeal(t, k, sampleText), sampleText},
		"of three chunks": {k, mustSeal(t, k, textOf(150_000)), textOf(150_000)},
		"of the vectors":  {vk, testdata(t, "record.age"), string(testdata(t, "record.yaml"))},
	} {
		want := Pad([]byte(r.text))
		got, err := agetest.Age(t, []string{"AGE_PASSPHRASE=" + r.key.String()}, r.file, "-d", "-j", "batchpass")
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("record %s: age opened %d bytes, want %d; %v", name, len(got), len(want), err)
		}
		if decrypt, ok := agetest.Rage(t); ok {
			got, err := decrypt(r.key.String(), r.file)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("record %s: rage opened %d bytes, want %d; %v", name, len(got), len(want), err)
			}
		}
	}
}

func TestOpenRecordOfStock(t *testing.T) {
	k := NewKey()
	env := []string{"AGE_PASSPHRASE=" + k.String(), "AGE_PASSPHRASE_WORK_FACTOR=1"}
	for _, text := range []string{"", sampleText, textOf(70_000)} {
		file, err := agetest.Age(t, env, []byte(text), "-e", "-j", "batchpass")
		if err != nil {
			t.Fatal(err)
		}
		got, err := Open(k, file)
		if err != nil || string(got) != text {
			t.Errorf("text of %d bytes: opened %d; %v", len(text), len(got), err)
		}
	}
	// Padded by hand, a record of stock age is a record in every way.
	file, err := agetest.Age(t, env, Pad([]byte(sampleText)), "-e", "-j", "batchpass")
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckRecord(file); err != nil {
		t.Error(err)
	}
	if got, err := Open(k, file); err != nil || string(got) != sampleText {
		t.Errorf("padded by hand: %v", err)
	}
	// With its own work factor it is refused, and not tried.
	file, err = agetest.Age(t, env[:1], Pad([]byte(sampleText)), "-e", "-j", "batchpass")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(k, file); rule(err) != RuleWorkFactor {
		t.Errorf("got %v, want rule %q", err, RuleWorkFactor)
	}
}

func TestStockOpensSealedTo(t *testing.T) {
	reader := newHybrid(t)
	recipients := []string{newHybrid(t).Recipient().String(), reader.Recipient().String()}
	k, ring := NewKey(), bigKeyring(2000)
	envelope, err := SealEnvelope(k, recipients)
	if err != nil {
		t.Fatal(err)
	}
	keyring, err := SealKeyring(ring, recipients)
	if err != nil {
		t.Fatal(err)
	}
	envelopeText := Pad([]byte("medlem: 1\nsecret: " + k.String() + "\n"))
	tests := []struct {
		name       string
		identity   string
		file, want []byte
	}{
		{"envelope", reader.String(), envelope, envelopeText},
		{"keyring", reader.String(), keyring, padTo(ring.Encode(), KeyringBucket)},
		{"keyring of the vectors", string(testdata(t, "reader.txt")), testdata(t, "keyring.age"), padTo(testdata(t, "keyring.yaml"), KeyringBucket)},
		{"list of a run of the vectors", string(testdata(t, "reader.txt")), testdata(t, "runlist.age"), padTo(testdata(t, "runlist.yaml"), KeyringBucket)},
		{"envelope of the vectors", string(testdata(t, "reader.txt")), testdata(t, "envelope.age"), nil},
	}
	for _, tt := range tests {
		got, err := agetest.Age(t, nil, tt.file, "-d", "-i", write(t, "reader.txt", []byte(tt.identity)))
		if err != nil || tt.want != nil && !bytes.Equal(got, tt.want) {
			t.Errorf("%s: age opened %d bytes, want %d; %v", tt.name, len(got), len(tt.want), err)
		}
	}
}

func TestOpenSealedToOfStock(t *testing.T) {
	reader := newHybrid(t)
	k, ring := NewKey(), testKeyring()
	args := []string{"-e", "-r", reader.Recipient().String(), "-r", newHybrid(t).Recipient().String()}
	ids := []age.Identity{reader}
	for name, pad := range map[string]func([]byte) []byte{"not padded": bytes.Clone, "padded": func(b []byte) []byte { return padTo(b, KeyringBucket) }} {
		file, err := agetest.Age(t, nil, pad(ring.Encode()), args...)
		if err != nil {
			t.Fatal(err)
		}
		got, err := OpenKeyring(file, ids)
		if err != nil || !bytes.Equal(got.Encode(), ring.Encode()) {
			t.Errorf("keyring, %s: %v", name, err)
		}
		if err := CheckSealedTo(file, 2, KeyringBucket); (err == nil) != (name == "padded") {
			t.Errorf("keyring, %s: CheckSealedTo: %v", name, err)
		}
	}
	file, err := agetest.Age(t, nil, []byte("medlem: 1\nsecret: "+k.String()+"\n"), args...)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenEnvelope(file, ids); err != nil || got != k {
		t.Errorf("envelope: %v", err)
	}
}
