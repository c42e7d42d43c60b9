package access

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sign"
)

func vector(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	vectorGrant  = register.Path{Kind: register.Grant, Unit: "asker", Handle: "o-sw42ziangi"}
	vectorReview = register.Path{Kind: register.Review, Unit: "national", Day: "2026-11-22"}
)

// vectorKey is the key of one of the two signers of vectors.py.
func vectorKey(t *testing.T, h register.Handle) ssh.Signer {
	t.Helper()
	for _, first := range []byte{0x00, 0x20} {
		seed := make([]byte, ed25519.SeedSize)
		for i := range seed {
			seed[i] = first + byte(i)
		}
		key, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed))
		if err != nil {
			t.Fatal(err)
		}
		if register.HandleOf(key.PublicKey().Marshal()) == h {
			return key
		}
	}
	t.Fatalf("no key of %s", h)
	return nil
}

// The files that were fixed when the format was: they are read, and written again
// to the byte.
func TestVectorFiles(t *testing.T) {
	for _, name := range []string{"grant.yaml", "grant-first.yaml"} {
		g, err := ParseGrant(vectorGrant, vector(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !bytes.Equal(g.Encode(), vector(t, name)) {
			t.Errorf("%s is written\n%s", name, g.Encode())
		}
	}
	v, err := ParseReview(vectorReview, vector(t, "review.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(v.Encode(), vector(t, "review.yaml")) {
		t.Errorf("the review is written\n%s", v.Encode())
	}
	if v.Unit != "national" || v.Day != "2026-11-22" || len(v.Kept) != 3 || v.Kept[2] != (GrantID{"asker-vest", "o-easzgigbni"}) || len(v.Ended) != 1 {
		t.Errorf("the review is read as %+v", v)
	}
}

// What is signed about a grant, and how, is fixed to the byte; stock ssh-keygen
// made these signatures and verifies them.
func TestVectorSignatures(t *testing.T) {
	g, err := ParseGrant(vectorGrant, vector(t, "grant.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Signatures) != 4 {
		t.Fatalf("%d signatures", len(g.Signatures))
	}
	keygen, missing := exec.LookPath("ssh-keygen")
	if missing != nil {
		t.Log("ssh-keygen is not installed: its verdict was not asked")
	}
	for _, s := range g.Signatures {
		payload, key := vector(t, s.Matter+".txt"), vectorKey(t, s.Handle)
		if got := g.Payload(s); !bytes.Equal(got, payload) {
			t.Errorf("%s: the payload is\n%s", s.Matter, got)
		}
		if !bytes.HasSuffix(payload, g.Statement()) {
			t.Errorf("%s: the statement is\n%s", s.Matter, g.Statement())
		}
		armored := string(vector(t, s.Matter+".txt.sig"))
		if got := unarmored(t, armored); !bytes.Equal(s.Blob, got) {
			t.Errorf("%s: the grant holds another signature than the file", s.Matter)
		}
		if made, err := sign.Statement(payload, key); err != nil || !bytes.Equal(made, s.Blob) {
			t.Errorf("%s: signing makes another signature, %v", s.Matter, err)
		}
		by, err := sign.VerifyStatement(payload, s.Blob)
		if err != nil || register.HandleOf(by.Marshal()) != s.Handle {
			t.Errorf("%s: the signature is not %s's: %v", s.Matter, s.Handle, err)
		}
		if missing == nil {
			stockVerifies(t, keygen, s, payload, true)
			stockVerifies(t, keygen, s, bytes.Replace(payload, []byte("unit: asker"), []byte("unit: oslo"), 1), false)
		}
	}
}

func unarmored(t *testing.T, armored string) []byte {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(armored), "\n")
	b, err := base64.StdEncoding.DecodeString(strings.Join(lines[1:len(lines)-1], ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// stockVerifies asks ssh-keygen about the signature in a grant, armored as
// docs/format.md says.
func stockVerifies(t *testing.T, keygen string, s Signature, payload []byte, want bool) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sig")
	text := "-----BEGIN SSH SIGNATURE-----\n" + base64.StdEncoding.EncodeToString(s.Blob) + "\n-----END SSH SIGNATURE-----\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(keygen, "-Y", "verify", "-f", filepath.Join("testdata", "vectors", "allowed_signers"), "-I", string(s.Handle),
		"-n", sign.GrantNamespace, "-s", file)
	c.Stdin = bytes.NewReader(payload)
	if out, err := c.CombinedOutput(); (err == nil) != want {
		t.Errorf("%s: ssh-keygen verifies: %v, want %v: %s", s.Matter, err == nil, want, out)
	}
}

// The digest that a commit acknowledges is over these lines.
func TestVectorEffect(t *testing.T) {
	e := &Effect{
		Readers: []ReaderChange{{"asker", "o-sw42ziangi", true}, {"karasjok", "o-easzgigbni", false}},
		Rights:  []RightChange{{"chair", "close", No, Yes}, {"chair", "born", policy.Read.String(), policy.Edit.String()}},
		Fields:  []RightChange{{"asker", "born", Exists, Absent}},
	}
	if got, want := strings.Join(e.Lines(), "\n")+"\n", string(vector(t, "effect.txt")); got != want {
		t.Errorf("lines\n%s", got)
	}
	if got := e.Digest(); got != "9b4a4f5a90a821bb" {
		t.Errorf("digest %s", got)
	}
	if got := (&Effect{}).Digest(); got != "e3b0c44298fc1c14" {
		t.Errorf("digest of no effect %s", got)
	}
}
