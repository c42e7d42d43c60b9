package access

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/medlem-register/medlem/internal/register"
)

// anyRecipient accepts short stand-ins for recipients, which are 1,959
// characters long.
func anyRecipient(s string) error {
	if !strings.HasPrefix(s, "age1") {
		return errors.New("not a recipient")
	}
	return nil
}

// signingKey returns a signing key that is the same in every run.
func signingKey(seed byte) string {
	k := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	pub, err := ssh.NewPublicKey(k.Public())
	if err != nil {
		panic(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(pub)))
}

func handleOf(seed byte) register.Handle {
	return register.HandleOf((&Officer{Signing: signingKey(seed)}).SigningKey())
}

func TestOfficer(t *testing.T) {
	o := &Officer{Handle: handleOf(1), Signing: signingKey(1), Recipients: []string{"age1a", "age1b"},
		Retired: []Retired{{RecipientID("age1old"), "2026-01-31"}, {RecipientID("age1older"), "2026-02-28"}}}
	b := o.Encode()
	got, err := ParseOfficer(b, anyRecipient)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(o) || !bytes.Equal(got.Encode(), b) {
		t.Errorf("ParseOfficer(Encode(x)) = %v, want %v", got, o)
	}
	if register.HandleOf(got.SigningKey()) != o.Handle {
		t.Error("SigningKey is not the key in the file")
	}

	r := &Officer{Handle: register.Recovery, Recipients: []string{"age1r"}}
	got, err = ParseOfficer(r.Encode(), anyRecipient)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(r) || got.SigningKey() != nil {
		t.Errorf("recovery: %v, %v", got, err)
	}
}

func TestOfficerRefuses(t *testing.T) {
	h, key := string(handleOf(1)), signingKey(1)
	rsa := "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDB"
	many := ""
	for i := range RecipientLimit + 1 {
		many += fmt.Sprintf("  - age1x%d\n", i)
	}
	file := func(handle, signing, rest string) string {
		return "medlem: 1\nhandle: " + handle + "\nsigning: " + signing + "\n" + rest
	}
	for _, x := range []struct {
		name, file string
		line       int
	}{
		{"malformed handle", file("kari", key, "recipients:\n  - age1a\n"), 2},
		{"no signing key", "medlem: 1\nhandle: " + h + "\nrecipients:\n  - age1a\n", 3},
		{"another kind of key", file(h, rsa, "recipients:\n  - age1a\n"), 3},
		{"a comment after the key", file(h, key+" kari", "recipients:\n  - age1a\n"), 3},
		{"a key that is not canonical", file(h, strings.Replace(key, " ", "  ", 1), "recipients:\n  - age1a\n"), 3},
		{"a signing key for the recovery recipient", file("recovery", key, "recipients:\n  - age1a\n"), 3},
		{"no recipients", file(h, key, ""), 3},
		{"a recipient of another kind", file(h, key, "recipients:\n  - age1a\n  - ssh-ed25519\n"), 6},
		{"the same recipient twice", file(h, key, "recipients:\n  - age1a\n  - age1a\n"), 6},
		{"too many recipients", file(h, key, "recipients:\n"+many), 4},
		{"a malformed statement", file(h, key, "recipients:\n  - age1a\nretired:\n  - abc 2026-01-01\n"), 7},
		{"a statement without a day", file(h, key, "recipients:\n  - age1a\nretired:\n  - "+RecipientID("x")+"\n"), 7},
		{"a statement in upper case", file(h, key, "recipients:\n  - age1a\nretired:\n  - "+strings.ToUpper(RecipientID("x"))+" 2026-01-01\n"), 7},
		{"a name", file(h, key, "name: Kari\nrecipients:\n  - age1a\n"), 4},
		{"something after the end", file(h, key, "recipients:\n  - age1a\nname: Kari\n"), 6},
	} {
		_, err := ParseOfficer([]byte(x.file), anyRecipient)
		var f *register.FlatError
		if !errors.As(err, &f) {
			t.Errorf("%s: error %v, want a *register.FlatError", x.name, err)
		} else if f.Line != x.line {
			t.Errorf("%s: error on line %d (%s), want %d", x.name, f.Line, f.Msg, x.line)
		} else if strings.Contains(f.Msg, "Kari") {
			t.Errorf("%s: the error repeats the text: %s", x.name, f.Msg)
		}
	}
}

// The fingerprint is compared on the telephone: it must follow every key and
// nothing that changes by itself.
func TestFingerprint(t *testing.T) {
	o := Officer{Handle: handleOf(1), Signing: signingKey(1), Recipients: []string{"age1a"}}
	was := o.Fingerprint()
	if len(was) != 19 || strings.Count(was, "-") != 3 {
		t.Errorf("fingerprint %q: want four groups of four", was)
	}
	stated := o
	stated.Retired = []Retired{{RecipientID("age1old"), "2026-01-31"}}
	if stated.Fingerprint() != was || len(stated.Retired) != 1 {
		t.Error("the fingerprint follows the statements")
	}
	for name, x := range map[string]Officer{
		"recipient": {Handle: o.Handle, Signing: o.Signing, Recipients: []string{"age1b"}},
		"key":       {Handle: o.Handle, Signing: signingKey(2), Recipients: o.Recipients},
		"handle":    {Handle: handleOf(2), Signing: o.Signing, Recipients: o.Recipients},
	} {
		if x.Fingerprint() == was {
			t.Errorf("another %s, the same fingerprint", name)
		}
	}
}

const digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestGrant(t *testing.T) {
	p := register.Path{Kind: register.Grant, Unit: "asker", Handle: "o-abcdefghij"}
	for _, g := range []*Grant{
		{Unit: "asker", Handle: "o-abcdefghij", Office: "chair", From: "2026-01-01"},
		{Unit: "asker", Handle: "o-abcdefghij", Office: "chair", From: "2026-01-01", Until: "2026-01-01", Meeting: "annual",
			Evidence: []Evidence{{ID: "abcdefghijklm", SHA256: digest}, {ID: "bbcdefghijklm", SHA256: digest}}},
	} {
		got, err := ParseGrant(p, g.Encode())
		if err != nil || fmt.Sprint(got) != fmt.Sprint(g) {
			t.Errorf("ParseGrant(Encode(x)) = %v, %v, want %v", got, err, g)
		}
	}
	for name, file := range map[string]string{
		"no office":            "medlem: 1\nfrom: 2026-01-01\n",
		"no beginning":         "medlem: 1\noffice: chair\n",
		"no such day":          "medlem: 1\noffice: chair\nfrom: 2026-02-30\n",
		"ends before it began": "medlem: 1\noffice: chair\nfrom: 2026-02-01\nuntil: 2026-01-31\n",
		"out of order":         "medlem: 1\nfrom: 2026-02-01\noffice: chair\n",
		"a reason":             "medlem: 1\noffice: chair\nfrom: 2026-02-01\nreason: Kari moved\n",
		"malformed evidence":   "medlem: 1\noffice: chair\nfrom: 2026-02-01\nevidence:\n  - abc " + digest + "\n",
		"short digest":         "medlem: 1\noffice: chair\nfrom: 2026-02-01\nevidence:\n  - abcdefghijklm " + digest[2:] + "\n",
		"upper-case digest":    "medlem: 1\noffice: chair\nfrom: 2026-02-01\nevidence:\n  - abcdefghijklm " + strings.ToUpper(digest) + "\n",
	} {
		if g, err := ParseGrant(p, []byte(file)); err == nil {
			t.Errorf("%s: ParseGrant = %v, want an error", name, g)
		}
	}
}

func TestGrantActive(t *testing.T) {
	open := Grant{From: "2026-03-01"}
	ended := Grant{From: "2026-03-01", Until: "2026-03-31"}
	for _, x := range []struct {
		day         register.Day
		open, ended bool
	}{
		{"2026-02-28", false, false}, {"2026-03-01", true, true}, {"2026-03-31", true, true}, {"2026-04-01", true, false},
	} {
		if open.Active(x.day) != x.open || ended.Active(x.day) != x.ended {
			t.Errorf("on %s: %v, %v", x.day, open.Active(x.day), ended.Active(x.day))
		}
	}
}

func TestKeyringFile(t *testing.T) {
	k := &KeyringFile{Unit: "asker", Serial: 42, SHA256: digest, Readers: []register.Handle{"o-abcdefghij", "o-bbcdefghij", register.Recovery}}
	got, err := ParseKeyringFile("asker", k.Encode())
	if err != nil || fmt.Sprint(got) != fmt.Sprint(k) {
		t.Errorf("ParseKeyringFile(Encode(x)) = %v, %v", got, err)
	}
	k.Tokens = strings.Repeat("5", 64)
	if got, err = ParseKeyringFile("asker", k.Encode()); err != nil || fmt.Sprint(got) != fmt.Sprint(k) {
		t.Errorf("with tokens: ParseKeyringFile(Encode(x)) = %v, %v", got, err)
	}
	joining := "age1pq1" + strings.Repeat("q", 1952)
	k.Joining = joining
	if got, err = ParseKeyringFile("asker", k.Encode()); err != nil || fmt.Sprint(got) != fmt.Sprint(k) {
		t.Errorf("with a joining recipient: ParseKeyringFile(Encode(x)) = %v, %v", got, err)
	}
	if !strings.Contains(string(k.Encode()), "\ntokens: "+k.Tokens+"\njoining: "+joining+"\nreaders:\n") {
		t.Errorf("the joining recipient is not in its place:\n%s", k.Encode())
	}
	head := "medlem: 1\nserial: 1\nsha256: " + digest + "\n"
	for name, file := range map[string]string{
		"short tokens":         head + "tokens: abc\nreaders:\n  - recovery\n",
		"the keyring's digest": head + "tokens: " + digest + "\nreaders:\n  - recovery\n",
		"tokens after readers": head + "readers:\n  - recovery\ntokens: " + k.Tokens + "\n",
		"short joining":        head + "joining: " + joining[:1958] + "\nreaders:\n  - recovery\n",
		"classic joining":      head + "joining: age1" + strings.Repeat("q", 58) + "\nreaders:\n  - recovery\n",
		"joining and a day":    head + "joining: " + joining + " 2026-11-22\nreaders:\n  - recovery\n",
		"joining in capitals":  head + "joining: " + strings.Replace(joining, "qq", "QQ", 1) + "\nreaders:\n  - recovery\n",
		"joining after":        head + "readers:\n  - recovery\njoining: " + joining + "\n",
		"joining first":        "medlem: 1\nserial: 1\nsha256: " + digest + "\njoining: " + joining + "\ntokens: " + k.Tokens + "\nreaders:\n  - recovery\n",
		"tokens before sha256": "medlem: 1\nserial: 1\ntokens: " + k.Tokens + "\nsha256: " + digest + "\nreaders:\n  - recovery\n",
		"no serial":            "medlem: 1\nsha256: " + digest + "\nreaders:\n  - recovery\n",
		"serial with zero":     "medlem: 1\nserial: 01\nsha256: " + digest + "\nreaders:\n  - recovery\n",
		"short digest":         "medlem: 1\nserial: 1\nsha256: abc\nreaders:\n  - recovery\n",
		"no readers":           head,
		"unsorted":             head + "readers:\n  - o-bbcdefghij\n  - o-abcdefghij\n",
		"repeated":             head + "readers:\n  - recovery\n  - recovery\n",
		"a name":               head + "readers:\n  - kari\n",
		"more":                 head + "readers:\n  - recovery\nnote: x\n",
	} {
		if k, err := ParseKeyringFile("asker", []byte(file)); err == nil {
			t.Errorf("%s: ParseKeyringFile = %v, want an error", name, k)
		}
	}
}

func TestTombstone(t *testing.T) {
	x := &Tombstone{Day: "2026-11-22", Rule: "left"}
	got, err := ParseTombstone(x.Encode())
	if err != nil || *got != *x {
		t.Errorf("ParseTombstone(Encode(x)) = %v, %v", got, err)
	}
	for _, file := range []string{"medlem: 1\nday: 2026-11-22\n", "medlem: 1\nrule: left\nday: 2026-11-22\n", "medlem: 1\nday: today\nrule: left\n",
		"medlem: 1\nday: 2026-11-22\nrule: left\nname: Kari\n"} {
		if x, err := ParseTombstone([]byte(file)); err == nil {
			t.Errorf("ParseTombstone(%q) = %v, want an error", file, x)
		}
	}
}

// Every file has one form: if it parses, it is what Encode writes.
func FuzzFiles(f *testing.F) {
	p := register.Path{Kind: register.Grant, Unit: "asker", Handle: "o-abcdefghij"}
	f.Add((&Officer{Handle: handleOf(1), Signing: signingKey(1), Recipients: []string{"age1a"}, Retired: []Retired{{RecipientID("x"), "2026-01-31"}}}).Encode())
	f.Add((&Officer{Handle: register.Recovery, Recipients: []string{"age1r"}}).Encode())
	f.Add((&Grant{Office: "chair", From: "2026-01-01", Until: "2026-02-01", Meeting: "annual", Evidence: []Evidence{{ID: "abcdefghijklm", SHA256: digest}}}).Encode())
	f.Add((&KeyringFile{Serial: 1, SHA256: digest, Readers: []register.Handle{register.Recovery}}).Encode())
	f.Add((&KeyringFile{Serial: 1, SHA256: digest, Joining: "age1pq1" + strings.Repeat("q", 1952), Readers: []register.Handle{register.Recovery}}).Encode())
	f.Add((&Tombstone{Day: "2026-11-22", Rule: "left"}).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if o, err := ParseOfficer(b, anyRecipient); err == nil && !bytes.Equal(o.Encode(), b) {
			t.Errorf("officer %q is written %q", b, o.Encode())
		}
		if g, err := ParseGrant(p, b); err == nil && !bytes.Equal(g.Encode(), b) {
			t.Errorf("grant %q is written %q", b, g.Encode())
		}
		if k, err := ParseKeyringFile("asker", b); err == nil && !bytes.Equal(k.Encode(), b) {
			t.Errorf("keyring %q is written %q", b, k.Encode())
		}
		if x, err := ParseTombstone(b); err == nil && !bytes.Equal(x.Encode(), b) {
			t.Errorf("tombstone %q is written %q", b, x.Encode())
		}
	})
}
