package seal

import (
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/plugin"
)

// withX25519 returns the recipient s with another X25519 part, its last 32
// bytes. age's Bech32 is reached through the names of plugins.
func withX25519(t testing.TB, s string, point []byte) string {
	t.Helper()
	name, key, err := plugin.ParseRecipient(s)
	if err != nil {
		t.Fatal(err)
	}
	copy(key[len(key)-32:], point)
	return plugin.EncodeRecipient(name, key)
}

func TestParseRecipient(t *testing.T) {
	good := newHybrid(t).Recipient().String()
	if len(good) != recipientLen {
		t.Fatalf("a recipient has %d characters, not %d", len(good), recipientLen)
	}
	if err := ParseRecipient(good); err != nil {
		t.Errorf("genuine recipient: %v", err)
	}
	secret := newHybrid(t).String()
	for name, s := range map[string]string{
		"empty":          "",
		"classic":        newClassic(t).Recipient().String(),
		"SSH":            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ",
		"plugin":         plugin.EncodeRecipient("yubikey", make([]byte, 33)),
		"tag":            "age1tag1" + good[8:],
		"secret":         secret,
		"secret, folded": strings.ToLower(secret),
		"upper case":     strings.ToUpper(good),
		"cut off":        good[:len(good)-1],
		"mistyped":       good[:1000] + "b" + good[1001:],
		"space after":    good + " ",
		"newline after":  good + "\n",
		"two of them":    good + good,
		"key of zeros":   plugin.EncodeRecipient("pq", make([]byte, 1216)),
		"key of ones":    plugin.EncodeRecipient("pq", []byte(strings.Repeat("\xff", 1216))),
		"key too short":  plugin.EncodeRecipient("pq", make([]byte, 1215)),
	} {
		if err := ParseRecipient(s); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestRecipientLists(t *testing.T) {
	a, b := newHybrid(t).Recipient().String(), newHybrid(t).Recipient().String()
	many := make([]string, StanzaLimit+1)
	for i := range many {
		many[i] = a
	}
	for name, list := range map[string][]string{
		"none":      nil,
		"duplicate": {a, b, a},
		"classic":   {a, newClassic(t).Recipient().String()},
		"too many":  many,
	} {
		if _, err := SealEnvelope(NewKey(), list); err == nil {
			t.Errorf("%s: an envelope was sealed", name)
		}
		if _, err := SealKeyring(testKeyring(), list); err == nil {
			t.Errorf("%s: a keyring was sealed", name)
		}
	}
	file, err := SealEnvelope(NewKey(), []string{a, b})
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckSealedTo(file, 2, RecordBucket); err != nil {
		t.Error(err)
	}
}

// FuzzParseRecipient: what is accepted can be sealed to, and is canonical.
func FuzzParseRecipient(f *testing.F) {
	good := newHybrid(f).Recipient().String()
	f.Add(good)
	f.Add(strings.ToUpper(good))
	f.Add(newClassic(f).Recipient().String())
	f.Add(withX25519(f, good, make([]byte, 32)))
	f.Fuzz(func(t *testing.T, s string) {
		if ParseRecipient(s) != nil {
			return
		}
		r, err := age.ParseHybridRecipient(s)
		if err != nil || r.String() != s {
			t.Fatalf("accepted a recipient that age does not: %v", err)
		}
		if _, err := SealEnvelope(Key{1}, []string{s}); err != nil {
			t.Fatal(err)
		}
	})
}
