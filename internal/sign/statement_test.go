package sign

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/medlem-register/medlem/internal/slow"
)

const statement = "medlem grant 1\nagreement signed appointee 2026-11-12\n\nunit: asker\nhandle: o-abcdefghij\noffice: chair\nfrom: 2026-11-22\n"

func TestStatement(t *testing.T) {
	key, _ := newKey(t)
	blob, err := Statement([]byte(statement), key)
	check(t, err)
	got, err := VerifyStatement([]byte(statement), blob)
	check(t, err)
	if !bytes.Equal(got.Marshal(), key.PublicKey().Marshal()) {
		t.Error("another key")
	}
	again, err := Statement([]byte(statement), key)
	check(t, err)
	if !bytes.Equal(again, blob) {
		t.Error("signing the same twice makes two signatures")
	}
}

// ATTACK: something that an officer signed elsewhere, or a signature with more in
// it, is taken for her word about a grant. At stake is who has access, and that a
// grant's file has one form. The test proves that only the bytes that were signed,
// for this purpose, with the one form of the signature, pass.
func TestVerifyStatementRefuses(t *testing.T) {
	key, _ := newKey(t)
	other, _ := newKey(t)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	ecKey, err := ssh.NewSignerFromKey(ec)
	check(t, err)
	made := func(namespace string, hash sshsig.HashAlgorithm, key ssh.Signer, change func(s *sshsig.Signature)) []byte {
		sig, err := sshsig.Sign(strings.NewReader(statement), key, hash, namespace)
		check(t, err)
		if change != nil {
			change(sig)
		}
		return sig.Marshal()
	}
	good := made(GrantNamespace, sshsig.HashSHA512, key, nil)
	for name, blob := range map[string][]byte{"the frame": good, "SHA-256": made(GrantNamespace, sshsig.HashSHA256, key, nil)} {
		if _, err := VerifyStatement([]byte(statement), blob); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	armored, err := Armor([]byte(statement), key)
	check(t, err)
	for name, x := range map[string]struct {
		payload string
		blob    []byte
	}{
		"another unit":                    {strings.Replace(statement, "asker", "oslo", 1), good},
		"another day":                     {strings.Replace(statement, "11-22", "11-21", 1), good},
		"a line more":                     {statement + "until: 2030-01-01\n", good},
		"a line less":                     {statement[:strings.LastIndex(statement, "from")], good},
		"nothing":                         {"", good},
		"a commit's signature":            {statement, made(Namespace, sshsig.HashSHA512, key, nil)},
		"a file's signature":              {statement, made("file", sshsig.HashSHA512, key, nil)},
		"a commit's, renamed":             {statement, made(Namespace, sshsig.HashSHA512, key, func(s *sshsig.Signature) { s.Namespace = GrantNamespace })},
		"another's key":                   {statement, made(GrantNamespace, sshsig.HashSHA512, key, func(s *sshsig.Signature) { s.PublicKey = other.PublicKey() })},
		"a key that is not ed25519":       {statement, made(GrantNamespace, sshsig.HashSHA512, ecKey, nil)},
		"another hash named":              {statement, made(GrantNamespace, sshsig.HashSHA512, key, func(s *sshsig.Signature) { s.HashAlgorithm = sshsig.HashSHA256 })},
		"another version":                 {statement, made(GrantNamespace, sshsig.HashSHA512, key, func(s *sshsig.Signature) { s.Version = 2 })},
		"no signature":                    {statement, nil},
		"a signature of zeros":            {statement, made(GrantNamespace, sshsig.HashSHA512, key, func(s *sshsig.Signature) { s.Signature.Blob = make([]byte, 64) })},
		"trailing bytes":                  {statement, append(bytes.Clone(good), 0)},
		"trailing bytes in the signature": {statement, made(GrantNamespace, sshsig.HashSHA512, key, func(s *sshsig.Signature) { s.Signature.Rest = []byte("x") })},
		"cut":                             {statement, good[:len(good)-1]},
		"no magic":                        {statement, append([]byte("X"), good[1:]...)},
		"armored":                         {statement, armored},
	} {
		if got, err := VerifyStatement([]byte(x.payload), x.blob); got != nil || !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}

	// And the other way round: what is signed for a grant is no commit's signature.
	blob, err := Statement([]byte(header+message), key)
	check(t, err)
	raw := with(armorHead + base64.StdEncoding.EncodeToString(blob) + "\n" + armorTail)
	if _, err := Verify([]byte(raw)); !errors.Is(err, ErrInvalid) {
		t.Errorf("a grant's signature signs a commit: %v", err)
	}
}

func TestStatementRefusesOtherKeys(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	key, err := ssh.NewSignerFromKey(ec)
	check(t, err)
	if _, err := Statement([]byte(statement), key); err == nil {
		t.Error("signed")
	}
}

// No byte of a statement or of its signature can change.
func FuzzVerifyStatement(f *testing.F) {
	key, _ := newKey(f)
	blob, err := Statement([]byte(statement), key)
	check(f, err)
	for _, i := range []int{0, 5, 10, 40, 60, 80, 100, 120, len(blob) - 1, len(blob), len(blob) + len(statement) - 1} {
		f.Add(i, byte(1))
	}
	f.Fuzz(func(t *testing.T, i int, b byte) {
		if i < 0 || i >= len(blob)+len(statement) || b == 0 {
			return
		}
		all := append(bytes.Clone(blob), statement...)
		all[i] ^= b
		if _, err := VerifyStatement(all[len(blob):], all[:len(blob)]); err == nil {
			t.Errorf("byte %d may differ by %#x", i, b)
		}
	})
}

// What is signed here, stock ssh-keygen verifies when it is armored; what stock
// ssh-keygen signs, we accept; and neither takes another purpose's for it.
func TestStockStatement(t *testing.T) {
	keygen := slow.Tool(t, "ssh-keygen")
	key, secret := newKey(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		check(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	block, err := ssh.MarshalPrivateKey(secret, "")
	check(t, err)
	keyFile := write("key", string(pem.EncodeToMemory(block)))
	allowed := write("allowed", "officer "+authorized(key)+"\n")
	run := func(args ...string) ([]byte, error) {
		c := exec.Command(keygen, args...)
		c.Stdin = strings.NewReader(statement)
		return c.Output()
	}
	for namespace, want := range map[string]bool{GrantNamespace: true, Namespace: false} {
		blob, err := Statement([]byte(statement), key)
		check(t, err)
		sig := write("sig", armorHead+base64.StdEncoding.EncodeToString(blob)+"\n"+armorTail+"\n")
		if out, err := run("-Y", "verify", "-f", allowed, "-I", "officer", "-n", namespace, "-s", sig); (err == nil) != want {
			t.Errorf("ssh-keygen verifies ours as one for %q: %v, want %v: %s", namespace, err == nil, want, out)
		}
		theirs, err := run("-Y", "sign", "-q", "-n", namespace, "-f", keyFile)
		check(t, err)
		parsed, err := sshsig.Unarmor(theirs)
		check(t, err)
		if _, err := VerifyStatement([]byte(statement), parsed.Marshal()); (err == nil) != want {
			t.Errorf("we take stock's for %q: %v, want %v", namespace, err == nil, want)
		}
	}
}
