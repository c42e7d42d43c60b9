package sign

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/medlem-register/medlem/internal/register"
)

// What Receipt signs, VerifyReceipt and stock ssh-keygen take, over exactly that text and
// in that namespace alone.
func TestReceipt(t *testing.T) {
	_, private, err := ed25519.GenerateKey(nil)
	check(t, err)
	key, err := ssh.NewSignerFromKey(private)
	check(t, err)
	text := []byte("medlem: 1\nstatement: erasure\n")
	sig, err := Receipt(text, key)
	check(t, err)
	who, err := VerifyReceipt(text, sig)
	if err != nil || !bytes.Equal(who.Marshal(), key.PublicKey().Marshal()) {
		t.Fatalf("%v, %v", who, err)
	}
	if _, err := VerifyReceipt(text, bytes.ReplaceAll(sig, []byte("\n"), []byte("\r\n"))); err != nil {
		t.Error("lines that a mail program ended otherwise: ", err)
	}
	commit, err := Armor(text, key)
	check(t, err)
	for name, x := range map[string][2][]byte{
		"another text": {[]byte("medlem: 1\nstatement: erasures\n"), sig}, "a commit's": {text, commit}, "none": {text, nil},
		"two": {text, append(bytes.Clone(sig), sig...)}, "with something before it": {text, append([]byte("kari\n"), sig...)},
	} {
		if _, err := VerifyReceipt(x[0], x[1]); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}

	h := register.HandleOf(key.PublicKey().Marshal())
	signers := ReceiptSigners(map[register.Handle][]string{h: {string(ssh.MarshalAuthorizedKey(key.PublicKey())), "nothing"}, "o-aaaaaaaaaa": {""}})
	keys, err := ParseReceiptSigners(signers)
	if err != nil || len(keys) != 1 || len(keys[h]) != 1 || !bytes.Equal(keys[h][0].Marshal(), key.PublicKey().Marshal()) {
		t.Errorf("%v, %v", keys, err)
	}
	for name, bad := range map[string]string{
		"nothing": "", "no handle": "kari " + strings.SplitN(string(signers), " ", 2)[1], "no key": string(h) + " namespaces=\"medlem-receipt\" kari\n",
		"for commits": strings.Replace(string(signers), ReceiptNamespace, Namespace, 1), "for anything": string(h) + " " + string(ssh.MarshalAuthorizedKey(key.PublicKey())),
	} {
		if keys, err := ParseReceiptSigners([]byte(bad)); err == nil {
			t.Errorf("%s: %v", name, keys)
		}
	}

	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("no ssh-keygen")
	}
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, "signers"), signers, 0o600))
	check(t, os.WriteFile(filepath.Join(dir, "sig"), sig, 0o600))
	c := exec.Command(keygen, "-Y", "verify", "-f", filepath.Join(dir, "signers"), "-I", string(h), "-n", ReceiptNamespace, "-s", filepath.Join(dir, "sig"))
	c.Stdin = bytes.NewReader(text)
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
