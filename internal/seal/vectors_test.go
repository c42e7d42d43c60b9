package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal/bech32"
)

// vectors are the values of testdata/vectors.json.
type vectors struct {
	Key struct {
		Bytes string
		Text  string
	}
	Derive []struct {
		Kind string
		Unit register.UnitID
		ID   register.RecordID
		Key  string
	}
	View struct {
		Bytes   string
		Text    string
		Request string
	}
	Page struct {
		Name   string
		Bytes  int
		Padded string
	}
	Record struct {
		Bytes  int
		Padded string
	}
	Keyring struct {
		SHA256 string
		Padded string
	}
	Signing struct {
		Bytes string
		Text  string
	}
}

func readVectors(t *testing.T) (v vectors, key Key) {
	t.Helper()
	if err := json.Unmarshal(testdata(t, "vectors.json"), &v); err != nil {
		t.Fatal(err)
	}
	key, err := ParseKey(v.Key.Text)
	if err != nil {
		t.Fatal(err)
	}
	return v, key
}

func readerIdentity(t *testing.T) *age.HybridIdentity {
	t.Helper()
	id, err := age.ParseHybridIdentity(strings.TrimSpace(string(testdata(t, "reader.txt"))))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// TestVectors holds every derivation and encoding to values that another
// implementation computed. They never change.
func TestVectors(t *testing.T) {
	v, key := readVectors(t)
	if got := hex.EncodeToString(key[:]); got != v.Key.Bytes {
		t.Errorf("key: %s, want %s", got, v.Key.Bytes)
	}
	if len(v.Derive) != 4 {
		t.Fatalf("%d derivations, want one for each of 4 kinds", len(v.Derive))
	}
	for _, d := range v.Derive {
		if got := key.Derive(d.Kind, d.Unit, d.ID); got.String() != d.Key {
			t.Errorf("derived key for %s: %s, want %s", d.Kind, got.String(), d.Key)
		}
	}
	secret, err := hex.DecodeString(v.View.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if got := viewText([viewBytes]byte(secret)); got != v.View.Text {
		t.Errorf("view secret: %s, want %s", got, v.View.Text)
	}
	request, err := ViewKey(v.View.Text, KindRequest, testUnit, testID)
	if err != nil || request.String() != v.View.Request {
		t.Errorf("key of a member's request: %s, want %s; %v", request.String(), v.View.Request, err)
	}
	record, keyring := testdata(t, "record.yaml"), testdata(t, "keyring.yaml")
	if len(record) != v.Record.Bytes || sum(Pad(record)) != v.Record.Padded {
		t.Error("padded record differs")
	}
	if sum(keyring) != v.Keyring.SHA256 || sum(padTo(keyring, KeyringBucket)) != v.Keyring.Padded {
		t.Error("padded keyring differs")
	}
	seed := [32]byte(key)
	if got := bech32.Encode("mss", &seed); v.Signing.Bytes != v.Key.Bytes || got != v.Signing.Text {
		t.Errorf("signing key: %s, want %s", got, v.Signing.Text)
	}
}

// TestVectorRecord opens the record that must open for ever.
func TestVectorRecord(t *testing.T) {
	_, key := readVectors(t)
	file := testdata(t, "record.age")
	if err := CheckRecord(file); err != nil {
		t.Error(err)
	}
	h, err := Inspect(file)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"age-encryption.org/v1",
		"-> scrypt WtG6tjB+GBqEOlWHtcjJig 1",
		"/MRkTrrTHCgmuh9PUx4cNOMer3gtsOy8v0prmQRvFPU",
		"--- i0wAM7HBdEciP/r6ip6MyIZDe2EFlVDFz6i5X68IjcQ",
		"",
	}
	if got := strings.Split(string(file[:h.Size]), "\n"); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("header %q, want %q", got, want)
	}
	if h.Size != 149 || h.Plaintext != 1024 || len(file) != 1205 {
		t.Errorf("header of %d bytes, plaintext of %d, file of %d; want 149, 1024, 1205", h.Size, h.Plaintext, len(file))
	}
	got, err := Open(key, file)
	if err != nil || !bytes.Equal(got, testdata(t, "record.yaml")) {
		t.Errorf("Open: %v", err)
	}
}

// TestVectorSealedTo opens the envelope and the keyring that must open for ever.
func TestVectorSealedTo(t *testing.T) {
	v, key := readVectors(t)
	ids := []age.Identity{readerIdentity(t)}
	envelope, keyring := testdata(t, "envelope.age"), testdata(t, "keyring.age")
	if err := CheckSealedTo(envelope, 2, RecordBucket); err != nil {
		t.Error(err)
	}
	if err := CheckSealedTo(keyring, 2, KeyringBucket); err != nil {
		t.Error(err)
	}
	if got, err := OpenEnvelope(envelope, ids); err != nil || got != key {
		t.Errorf("OpenEnvelope: %v", err)
	}
	ring, err := OpenKeyring(keyring, ids)
	if err != nil {
		t.Fatal(err)
	}
	if got := ring.Encode(); !bytes.Equal(got, testdata(t, "keyring.yaml")) || sum(got) != v.Keyring.SHA256 {
		t.Error("the keyring has another text")
	}
	summary := fmt.Sprint(ring.Unit, ring.Serial, len(ring.Keys), len(ring.Versions), len(ring.Views), ring.Joining != "")
	if want := "akershus42 2 2 1 true"; summary != want {
		t.Errorf("keyring %q, want %q", summary, want)
	}
	if ring.Keys[testID] != key || ring.Views[testID] != v.View.Text || ring.Versions[Version{testID, 6}].Until != "2026-12-20" {
		t.Error("the keyring has other entries")
	}
}
