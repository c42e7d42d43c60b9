package identity

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/seal/agetest"
)

func TestMain(m *testing.M) { agetest.Main(m) }

const (
	testDay        = register.Day("2026-11-22")
	testPassphrase = "fyra ord hör ihop" // of testdata/identity.age
)

func newIdentity(t testing.TB) *Identity {
	t.Helper()
	i, err := New(testDay)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// testKeyring is sealed to the given recipients.
func testKeyring(t testing.TB, recipients ...string) (*seal.Keyring, []byte) {
	t.Helper()
	k := &seal.Keyring{Unit: "akershus", Serial: 1, Keys: map[register.RecordID]seal.Key{register.NewRecordID(): seal.NewKey()}}
	file, err := seal.SealKeyring(k, recipients)
	if err != nil {
		t.Fatal(err)
	}
	return k, file
}

func opens(i *Identity, keyring []byte) bool {
	_, err := seal.OpenKeyring(keyring, i.Ages())
	return err == nil
}

func TestNew(t *testing.T) {
	i := newIdentity(t)
	key, _, _, rest, err := ssh.ParseAuthorizedKey([]byte(i.SigningKey()))
	if err != nil || len(rest) > 0 || key.Type() != ssh.KeyAlgoED25519 {
		t.Fatalf("signing key %q: %v", i.SigningKey(), err)
	}
	if strings.Count(i.SigningKey(), " ") != 1 || strings.HasSuffix(i.SigningKey(), "\n") {
		t.Errorf("signing key %q has a comment or a newline", i.SigningKey())
	}
	if h, err := register.ParseHandle(string(i.Handle())); err != nil || h != register.HandleOf(key.Marshal()) {
		t.Errorf("handle %q: %v", i.Handle(), err)
	}
	sig, err := i.Signer().Sign(rand.Reader, []byte("payload"))
	if err != nil || key.Verify([]byte("payload"), sig) != nil {
		t.Errorf("signature: %v", err)
	}
	if err := seal.ParseRecipient(i.Recipient()); err != nil {
		t.Error(err)
	}
	if i.Created() != testDay || len(i.Ages()) != 1 || len(i.Old()) != 0 || i.Sealed() || i.Loose() {
		t.Error("a new identity is not as new ones are")
	}
	if _, keyring := testKeyring(t, i.Recipient()); !opens(i, keyring) {
		t.Error("does not open its own keyring")
	}
	if other := newIdentity(t); other.Handle() == i.Handle() || other.Recipient() == i.Recipient() {
		t.Error("two identities are alike")
	}
	if _, err := New("2026-13-01"); err == nil {
		t.Error("made on a day that does not exist")
	}
}

// TestRotate is what an officer's tool does every month: a new recipient, the
// keyrings sealed to it, the old identity destroyed.
func TestRotate(t *testing.T) {
	i := newIdentity(t)
	first, handle := i.Recipient(), i.Handle()
	_, before := testKeyring(t, first)

	if err := i.Rotate("2026-12-22"); err != nil {
		t.Fatal(err)
	}
	second := i.Recipient()
	if second == first || i.Handle() != handle || i.Created() != "2026-12-22" || !slices.Equal(i.Old(), []string{first}) {
		t.Error("after the rotation: not a new recipient under the old handle")
	}
	_, after := testKeyring(t, second)
	if !opens(i, before) || !opens(i, after) {
		t.Error("after the rotation: a keyring does not open")
	}

	if err := i.Destroy(second); err == nil {
		t.Error("the current identity was destroyed")
	}
	if err := i.Destroy(newIdentity(t).Recipient()); err == nil {
		t.Error("a stranger's identity was destroyed")
	}
	if err := i.Destroy(first); err != nil {
		t.Fatal(err)
	}
	if opens(i, before) || !opens(i, after) || len(i.Old()) != 0 || i.Recipient() != second {
		t.Error("after the destruction: the old keyring opens, or the new one does not")
	}
	if err := i.Destroy(first); err == nil {
		t.Error("destroyed twice")
	}
}

func TestRotateOrder(t *testing.T) {
	i := newIdentity(t)
	var want []string
	for n := range 4 {
		want = append([]string{i.Recipient()}, want...)
		if err := i.Rotate(testDay.AddMonths(n)); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(i.Old(), want) {
		t.Error("the older recipients are not newest first")
	}
	if err := i.Destroy(want[1]); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(i.Old(), []string{want[0], want[2], want[3]}) {
		t.Error("another one than asked was destroyed")
	}
	if err := i.Rotate("soon"); err == nil {
		t.Error("rotated on a malformed day")
	}
}

func TestKeptLimit(t *testing.T) {
	i := newIdentity(t)
	for len(i.ages) < KeptLimit {
		if err := i.Rotate(testDay); err != nil {
			t.Fatal(err)
		}
	}
	if text := i.encode(); len(text) > FileLimit {
		t.Errorf("a full file has %d bytes, over the limit", len(text))
	} else if _, err := parse(text); err != nil {
		t.Error(err)
	}
	if err := i.Rotate(testDay); err == nil {
		t.Error("more were kept than a file may hold")
	}
}

// TestWithheld prints an identity in all the ways that happen by accident.
func TestWithheld(t *testing.T) {
	i := newIdentity(t)
	text := string(i.encode())
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+"\n", i, struct{ I *Identity }{i})
	}
	for line := range strings.Lines(text) {
		if _, secret, ok := strings.Cut(line, "mss1"); ok && strings.Contains(out.String(), strings.TrimSpace(secret)) {
			t.Error("the signing key was printed")
		}
		if strings.HasPrefix(line, "AGE-") && strings.Contains(out.String(), strings.TrimSpace(line)) {
			t.Error("the age identity was printed")
		}
	}
	if hex := fmt.Sprintf("%x", []byte(i.signing)[:8]); strings.Contains(out.String(), hex) || strings.Contains(out.String(), fmt.Sprint([]byte(i.signing)[:4])[1:]) {
		t.Error("the signing key was printed as bytes")
	}
	if !strings.Contains(out.String(), string(i.Handle())) {
		t.Error("nothing was printed at all")
	}
}

func TestRecovery(t *testing.T) {
	recipient, secret, err := Recovery()
	if err != nil {
		t.Fatal(err)
	}
	_, keyring := testKeyring(t, recipient)
	for name, typed := range map[string]string{
		"as printed":       secret,
		"with a newline":   secret + "\r\n",
		"in lower case":    strings.ToLower(secret),
		"in groups":        secret[:19] + " " + secret[19:40] + "\n  " + secret[40:],
		"with comments":    "# medlem recovery identity\n\n" + secret + "\n# keep it in the safe\n",
		"as age-keygen -o": "# created: 2026-11-22\n# public key: " + recipient + "\n" + secret + "\n",
	} {
		id, err := LoadRecovery(typed)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := seal.OpenKeyring(keyring, []age.Identity{id}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for name, typed := range map[string]string{
		"empty": "", "comment": "# x", "recipient": recipient, "classic": classic.String(), "cut off": secret[:76],
		"mistyped": secret[:40] + "B" + secret[41:], "two": secret + secret, "very long": strings.Repeat(" ", recoveryTextLimit) + secret,
	} {
		_, err := LoadRecovery(typed)
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), secret[19:30]) {
			t.Errorf("%s: the error quotes the secret", name)
		}
	}
}
