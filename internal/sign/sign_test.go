package sign

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
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

	"github.com/medlem-register/medlem/internal/register"
)

const (
	header = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor o-abcdefghij <o-abcdefghij@medlem.invalid> 1767225600 +0000\n" +
		"committer o-abcdefghij <o-abcdefghij@medlem.invalid> 1767225600 +0000\n"
	message = "\nedit 1 in asker\n"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newKey(t testing.TB) (ssh.Signer, ed25519.PrivateKey) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	s, err := ssh.NewSignerFromKey(key)
	check(t, err)
	return s, key
}

func authorized(key ssh.Signer) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key.PublicKey())))
}

// with puts an armored signature into a commit, as git does.
func with(armored string) string {
	return header + "gpgsig " + strings.ReplaceAll(strings.TrimRight(armored, "\n"), "\n", "\n ") + "\n" + message
}

func signed(t testing.TB, key ssh.Signer) string {
	t.Helper()
	sig, err := Armor([]byte(header+message), key)
	check(t, err)
	return with(string(sig))
}

func TestVerify(t *testing.T) {
	key, _ := newKey(t)
	raw := signed(t, key)
	got, err := Verify([]byte(raw))
	check(t, err)
	if !bytes.Equal(got.Marshal(), key.PublicKey().Marshal()) {
		t.Error("another key")
	}
	if _, err := Verify([]byte(header + message)); !errors.Is(err, ErrUnsigned) {
		t.Errorf("unsigned: %v", err)
	}
}

// ATTACK: a commit that its officer did not sign in this form. At stake is who
// is held to have changed the register. The test proves that only the exact
// bytes that were signed, with the one signature, pass.
func TestVerifyRefuses(t *testing.T) {
	key, _ := newKey(t)
	raw := signed(t, key)
	armored := func(change func(wire []byte) []byte) string {
		sig, err := Armor([]byte(header+message), key)
		check(t, err)
		block, _ := pem.Decode(sig)
		return with(armorHead + base64.StdEncoding.EncodeToString(change(block.Bytes)) + "\n" + armorTail)
	}
	resigned := func(payload, namespace string, hash sshsig.HashAlgorithm, key ssh.Signer) string {
		sig, err := sshsig.Sign(strings.NewReader(payload), key, hash, namespace)
		check(t, err)
		return with(string(sshsig.Armor(sig)))
	}
	inner := func(change func(s *sshsig.Signature)) string {
		sig, err := sshsig.Sign(strings.NewReader(header+message), key, sshsig.HashSHA512, Namespace)
		check(t, err)
		change(sig)
		return with(string(sshsig.Armor(sig)))
	}
	other, _ := newKey(t)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	ecKey, err := ssh.NewSignerFromKey(ec)
	check(t, err)

	// The frames that the other cases use are right.
	for name, good := range map[string]string{"reframed": armored(func(b []byte) []byte { return b }), "signed anew": resigned(header+message, Namespace, sshsig.HashSHA256, key)} {
		if _, err := Verify([]byte(good)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	sigLine := raw[strings.Index(raw, "gpgsig "):strings.Index(raw, "\n\n")]
	for name, bad := range map[string]string{
		"empty":                           "",
		"no end of the header":            header,
		"the message changed":             strings.Replace(raw, "edit 1", "edit 2", 1),
		"the message longer":              raw + "\n",
		"the message cut":                 raw[:len(raw)-1],
		"the tree changed":                strings.Replace(raw, "tree 4b", "tree 4c", 1),
		"the author changed":              strings.Replace(raw, "author o-a", "author o-b", 1),
		"a parent put in":                 strings.Replace(raw, "author", "parent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor", 1),
		"a header put in":                 strings.Replace(raw, "gpgsig", "encoding x\ngpgsig", 1),
		"two signatures":                  strings.Replace(raw, "\n\n", "\n"+sigLine+"\n\n", 1),
		"two, of two kinds":               strings.Replace(raw, "\n\n", "\ngpgsig-sha256 x\n\n", 1),
		"only one of the other kind":      strings.Replace(raw, "gpgsig ", "gpgsig-sha256 ", 1),
		"another namespace":               resigned(header+message, "file", sshsig.HashSHA512, key),
		"another namespace, renamed":      inner(func(s *sshsig.Signature) { s.Namespace = "file" }),
		"another key named":               inner(func(s *sshsig.Signature) { s.PublicKey = other.PublicKey() }),
		"another hash named":              inner(func(s *sshsig.Signature) { s.HashAlgorithm = sshsig.HashSHA256 }),
		"an unknown hash":                 inner(func(s *sshsig.Signature) { s.HashAlgorithm = "md5" }),
		"no hash":                         inner(func(s *sshsig.Signature) { s.HashAlgorithm = "" }),
		"another version":                 inner(func(s *sshsig.Signature) { s.Version = 2 }),
		"another form of signature":       inner(func(s *sshsig.Signature) { s.Signature.Format = ssh.KeyAlgoRSA }),
		"a signature of nothing":          inner(func(s *sshsig.Signature) { s.Signature.Blob = nil }),
		"a signature of zeros":            inner(func(s *sshsig.Signature) { s.Signature.Blob = make([]byte, 64) }),
		"trailing bytes in the signature": inner(func(s *sshsig.Signature) { s.Signature.Rest = []byte("x") }),
		"a key that is not ed25519":       resigned(header+message, Namespace, sshsig.HashSHA512, ecKey),
		"trailing bytes":                  armored(func(b []byte) []byte { return append(b, 0) }),
		"cut":                             armored(func(b []byte) []byte { return b[:len(b)-1] }),
		"no magic":                        armored(func(b []byte) []byte { b[0] = 'X'; return b }),
		"nothing":                         armored(func(b []byte) []byte { return nil }),
		"text before the armor":           strings.Replace(raw, "gpgsig ", "gpgsig x\n ", 1),
		"text after the armor":            strings.Replace(raw, armorTail, armorTail+"\n x", 1),
		"text beside the armor":           strings.Replace(raw, armorTail, armorTail+" ", 1),
		"a header in the armor":           strings.Replace(raw, "SIGNATURE-----\n ", "SIGNATURE-----\n a: b\n \n ", 1),
		"a space in the armor":            strings.Replace(raw, "U1NI", "U1 NI", 1),
		"a carriage return in the armor":  strings.Replace(raw, "SIGNATURE-----\n U", "SIGNATURE-----\n \rU", 1),
		"two armors":                      strings.Replace(raw, armorTail, armorTail+"\n "+strings.TrimPrefix(sigLine, "gpgsig "), 1),
		"no armor":                        strings.Replace(raw, "SSH SIGNATURE", "PGP SIGNATURE", 2),
		"a huge one":                      with(armorHead + strings.Repeat("A", signatureLimit) + "\n" + armorTail),
		"moved into the message":          header + message + sigLine + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			if bad == raw {
				t.Fatal("the case changes nothing")
			}
			key, err := Verify([]byte(bad))
			if err == nil || key != nil || !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrUnsigned) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestArmorRefusesOtherKeys(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	key, err := ssh.NewSignerFromKey(ec)
	check(t, err)
	if _, err := Armor([]byte("x"), key); err == nil {
		t.Error("signed")
	}
}

// No byte of a signed commit can change, but for the line ends in the armor.
func FuzzVerify(f *testing.F) {
	key, _ := newKey(f)
	raw := []byte(signed(f, key))
	for _, i := range []int{0, 10, len(header), len(header) + 20, len(header) + 60, len(raw) - 1} {
		f.Add(i, byte(1))
	}
	f.Fuzz(func(t *testing.T, i int, b byte) {
		if i < 0 || i >= len(raw) || b == 0 {
			return
		}
		changed := bytes.Clone(raw)
		changed[i] ^= b
		if _, err := Verify(changed); err == nil {
			t.Errorf("byte %d, %q, may be %q", i, raw[i], changed[i])
		}
	})
}

func FuzzSplit(f *testing.F) {
	key, _ := newKey(f)
	f.Add([]byte(signed(f, key)))
	f.Add([]byte("gpgsig x\n y\n\nm"))
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := Verify(raw); err == nil && !bytes.Contains(raw, []byte("\ngpgsig ")) && !bytes.HasPrefix(raw, []byte("gpgsig ")) {
			t.Errorf("%q passes", raw)
		}
	})
}

// What is signed here, stock git accepts; what stock git signs, we accept; and
// neither accepts a key that is not in the file.
func TestStockGit(t *testing.T) {
	key, secret := newKey(t)
	other, _ := newKey(t)
	dir := t.TempDir()
	block, err := ssh.MarshalPrivateKey(secret, "")
	check(t, err)
	keyFile := filepath.Join(dir, "key")
	check(t, os.WriteFile(keyFile, pem.EncodeToMemory(block), 0o600))
	check(t, os.WriteFile(keyFile+".pub", []byte(authorized(key)+"\n"), 0o600))
	git := func(stdin string, args ...string) (string, error) {
		c := exec.Command("git", append([]string{"-C", dir, "-c", "gpg.format=ssh", "-c", "user.signingKey=" + keyFile}, args...)...)
		c.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_AUTHOR_NAME=x", "GIT_AUTHOR_EMAIL=x@example.org",
			"GIT_COMMITTER_NAME=x", "GIT_COMMITTER_EMAIL=x@example.org")
		c.Stdin = strings.NewReader(stdin)
		out, err := c.CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	must := func(out string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(out, err)
		}
		return out
	}
	must(git("", "init", "-q", "-b", "main"))
	tree := must(git("", "mktree"))
	handle := register.HandleOf(key.PublicKey().Marshal())
	for name, keys := range map[string]map[register.Handle]string{
		"ours":    {handle: authorized(key), "o-2222222222": authorized(other)},
		"another": {handle: authorized(other)},
	} {
		check(t, os.WriteFile(filepath.Join(dir, name), AllowedSigners(keys), 0o600))
	}
	ours := must(git(signed(t, key), "hash-object", "-w", "-t", "commit", "--stdin"))
	theirs := must(git("", "commit-tree", "-S", "-m", "stock\n\nline æøå", tree))
	for _, id := range []string{ours, theirs} {
		out, err := git("", "-c", "gpg.ssh.allowedSignersFile="+filepath.Join(dir, "ours"), "verify-commit", id)
		if err != nil || !strings.Contains(out, handle.Email()) {
			t.Errorf("git verify-commit: %v %s", err, out)
		}
		if out, err := git("", "-c", "gpg.ssh.allowedSignersFile="+filepath.Join(dir, "another"), "verify-commit", id); err == nil {
			t.Errorf("git accepts another key: %s", out)
		}
		raw, err := exec.Command("git", "-C", dir, "cat-file", "commit", id).Output()
		check(t, err)
		got, err := Verify(raw)
		if err != nil || authorized(key) != strings.TrimSpace(string(ssh.MarshalAuthorizedKey(got))) {
			t.Errorf("%v", err)
		}
	}
}

func TestAllowedSigners(t *testing.T) {
	a, _ := newKey(t)
	b, _ := newKey(t)
	text := string(AllowedSigners(map[register.Handle]string{
		"o-bbbbbbbbbb": authorized(b) + " comment",
		"o-aaaaaaaaaa": authorized(a),
		"o-cccccccccc": "ssh-rsa AAAA",
		"o-dddddddddd": authorized(a) + "\n* " + authorized(b),
		"o-eeeeeeeeee": `cert-authority ` + authorized(a),
		"o-ffffffffff": "",
	}))
	want := `o-aaaaaaaaaa@medlem.invalid namespaces="git" ` + authorized(a) + "\n" + `o-bbbbbbbbbb@medlem.invalid namespaces="git" ` + authorized(b) + "\n"
	if text != want {
		t.Errorf("%q, want %q", text, want)
	}
}

func BenchmarkArmor(b *testing.B) {
	key, _ := newKey(b)
	for b.Loop() {
		if _, err := Armor([]byte(header+message), key); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	key, _ := newKey(b)
	raw := []byte(signed(b, key))
	for b.Loop() {
		if _, err := Verify(raw); err != nil {
			b.Fatal(err)
		}
	}
}
