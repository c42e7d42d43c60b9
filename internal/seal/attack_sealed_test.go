package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
)

// ATTACK: the readers of a keyring or an envelope are changed by whoever can
// push.
func TestAttackSealedToForms(t *testing.T) {
	reader, other := newHybrid(t), newHybrid(t)
	k := NewKey()
	text := Pad([]byte(envelopeFirst + k.String() + envelopeSecond))
	good := ageSeal(t, text, other.Recipient(), reader.Recipient())
	enc := base64.RawStdEncoding.EncodeToString(make([]byte, hybridEncLen))
	tests := []struct {
		name  string
		file  []byte
		rule  string
		opens bool // for the reader: what cannot be told without the policy
	}{
		{"as it should be", good, "", true},
		{"one reader more", ageSeal(t, text, other.Recipient(), reader.Recipient(), newHybrid(t).Recipient()), RuleCount, true},
		{"one reader less", ageSeal(t, text, reader.Recipient()), RuleCount, true},
		{"a classic reader more", ageSeal(t, text, other.Recipient(), reader.Recipient(), newClassic(t).Recipient()), RuleClassic, false},
		{"a classic reader instead", ageSeal(t, text, newClassic(t).Recipient(), reader.Recipient()), RuleClassic, false},
		{"an SSH reader", ageSeal(t, text, reader.Recipient(), stanzas{{Type: "ssh-ed25519", Args: []string{"AAAA", "AAAA"}, Body: make([]byte, 32)}}), RuleClassic, false},
		{"a passphrase", ageSeal(t, text, reader.Recipient(), scryptRecipient(t, "x", 1)), RuleStanza, false},
		{"a record", mustSeal(t, k, sampleText), RuleStanza, false},
		{"grease", ageSeal(t, text, reader.Recipient(), stanzas{{Type: "x-grease"}}), RuleStanza, false},
		{"a stanza without argument", ageSeal(t, text, reader.Recipient(), stanzas{{Type: hybridType, Body: make([]byte, 32)}}), RuleStanza, false},
		{"a stanza of another size", ageSeal(t, text, reader.Recipient(), stanzas{{Type: hybridType, Args: []string{enc + "AAAA"}, Body: make([]byte, 32)}}), RuleStanza, false},
		{"a stanza with a longer body", ageSeal(t, text, reader.Recipient(), stanzas{{Type: hybridType, Args: []string{enc}, Body: make([]byte, 33)}}), RuleStanza, false},
		{"not padded", ageSeal(t, []byte(envelopeFirst+k.String()+envelopeSecond), other.Recipient(), reader.Recipient()), RuleBucket, true},
		{"bytes after it", append(bytes.Clone(good), 0), RuleBucket, false},
		{"cut off", good[:len(good)-1], RuleBucket, false},
		{"not an age file", text, RuleNotAge, false},
		{"over the limit", append(bytes.Clone(good), make([]byte, KeyringLimit)...), RuleSize, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := CheckSealedTo(tt.file, 2, RecordBucket); rule(err) != tt.rule || (err == nil) != (tt.rule == "") {
				t.Errorf("CheckSealedTo: got %v, want rule %q", err, tt.rule)
			}
			got, err := OpenEnvelope(tt.file, []age.Identity{reader})
			switch {
			case tt.opens && (err != nil || got != k):
				t.Errorf("OpenEnvelope: %v", err)
			case !tt.opens && !errors.Is(err, ErrDamaged):
				t.Errorf("OpenEnvelope: got %v, want ErrDamaged", err)
			}
		})
	}
}

// ATTACK: an officer publishes a recipient that is well formed but cannot be
// sealed to, because its X25519 part has small order; the next rewrite of her
// unit's keyring would fail, and with it the removal of anybody.
func TestAttackUnusableRecipient(t *testing.T) {
	bad := withX25519(t, newHybrid(t).Recipient().String(), make([]byte, 32))
	if _, err := age.ParseHybridRecipient(bad); err != nil {
		t.Fatalf("age refuses it by itself: %v", err)
	}
	if err := ParseRecipient(bad); err == nil {
		t.Error("accepted")
	}
}

// ATTACK: a header with as much in it as can be, to make the check slow.
func TestAttackHugeHeader(t *testing.T) {
	var b strings.Builder
	b.WriteString(intro + "\n")
	for b.Len() < HeaderLimit-100 {
		b.WriteString("-> x" + strings.Repeat(" y", argLimit) + "\n\n")
	}
	files := map[string]string{
		"many stanzas":   b.String(),
		"one long line":  intro + "\n-> x " + strings.Repeat("y", HeaderLimit),
		"one long body":  intro + "\n-> x\n" + strings.Repeat(strings.Repeat("A", 64)+"\n", HeaderLimit/65),
		"many arguments": intro + "\n-> x" + strings.Repeat(" y", argLimit+1) + "\n\n--- " + strings.Repeat("A", 43) + "\n",
		"no newline":     intro,
	}
	for name, file := range files {
		start := time.Now()
		for _, err := range []error{CheckRecord([]byte(file)), CheckSealedTo([]byte(file), 1, RecordBucket)} {
			if r := rule(err); r != RuleNotAge && r != RuleSize {
				t.Errorf("%s: %v", name, err)
			}
		}
		if d := time.Since(start); d > time.Second {
			t.Errorf("%s: took %v", name, d)
		}
	}
}
