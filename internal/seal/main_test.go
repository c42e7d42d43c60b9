package seal

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/seal/agetest"
)

func TestMain(m *testing.M) { agetest.Main(m) }

const (
	testUnit   = "akershus"
	testID     = "m4k7aaaaaaaaa"
	otherID    = "zzzzzzzzzzzzz"
	sampleText = "medlem: 1\nid: \"" + testID + "\"\ngiven: \"Åse\"\n"
)

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func mustSeal(t testing.TB, k Key, text string) []byte {
	t.Helper()
	file, err := Seal(k, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func newHybrid(t testing.TB) *age.HybridIdentity {
	t.Helper()
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func newClassic(t testing.TB) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// scryptRecipient is the recipient of stock age for a passphrase.
func scryptRecipient(t testing.TB, passphrase string, logN int) age.Recipient {
	t.Helper()
	r, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	r.SetWorkFactor(logN)
	return r
}

// bare hides a recipient's labels, which lifts age's ban on mixing: what a
// hostile client does.
type bare struct{ r age.Recipient }

func (b bare) Wrap(fileKey []byte) ([]*age.Stanza, error) { return b.r.Wrap(fileKey) }

// stanzas is a recipient that writes what it is told to.
type stanzas []*age.Stanza

func (s stanzas) Wrap([]byte) ([]*age.Stanza, error) { return s, nil }

// ageSeal seals with age's own writer, to recipients mixed at will.
func ageSeal(t testing.TB, plaintext []byte, recipients ...age.Recipient) []byte {
	t.Helper()
	var buf bytes.Buffer
	var bared []age.Recipient
	for _, r := range recipients {
		bared = append(bared, bare{r})
	}
	w, err := age.Encrypt(&buf, bared...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plaintext); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// textOf returns an ASCII text of n bytes that ends in a newline.
func textOf(n int) string { return strings.Repeat("x", n-1) + "\n" }
