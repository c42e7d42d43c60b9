package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"filippo.io/age/armor"
)

// rule returns the rule that err names, or "".
func rule(err error) string {
	if h := (*HeaderError)(nil); errors.As(err, &h) {
		return h.Rule
	}
	return ""
}

// ATTACK: whoever can push puts another file in the place of a record, to be
// read as a member, to hide something in it, or to add a reader. The table has
// every form that the file can take; CI, which has no key, must name the rule,
// and a reader, who has one, must refuse the file as damaged.
func TestAttackRecordForms(t *testing.T) {
	k := NewKey()
	padded := Pad([]byte(sampleText))
	scrypt1 := scryptRecipient(t, k.String(), 1)
	good := mustSeal(t, k, sampleText)
	h, err := Inspect(good)
	if err != nil {
		t.Fatal(err)
	}
	header, payload := string(good[:h.Size]), good[h.Size:]
	salt := h.Stanzas[0].Args[0]
	edit := func(old, new string) []byte {
		if !strings.Contains(header, old) {
			t.Fatalf("no %q in the header", old)
		}
		return append([]byte(strings.Replace(header, old, new, 1)), payload...)
	}
	long := mustSeal(t, k, textOf(100_000)) // two chunks: 131,072 bytes
	lh, err := Inspect(long)
	if err != nil {
		t.Fatal(err)
	}
	chunks := lh.Size + payloadNonceSize
	swapped := append(bytes.Clone(long[:chunks]), long[chunks+sealedChunkSize:]...)
	swapped = append(swapped, long[chunks:chunks+sealedChunkSize]...)
	var armored bytes.Buffer
	aw := armor.NewWriter(&armored)
	aw.Write(good)
	aw.Close()

	tests := []struct {
		name string
		file []byte
		rule string // that CheckRecord names, "" for none
		open bool   // Open does not mind: only the padding is missing
	}{
		{"empty file", nil, RuleNotAge, false},
		{"not an age file", []byte(sampleText), RuleNotAge, false},
		{"armored", armored.Bytes(), RuleNotAge, false},
		{"another version", edit("age-encryption.org/v1", "age-encryption.org/v2"), RuleNotAge, false},
		{"Windows newlines", edit("\n", "\r\n"), RuleNotAge, false},
		{"empty line before", append([]byte("\n"), good...), RuleNotAge, false},
		{"no stanza", append([]byte(header[:22]+header[strings.Index(header, "---"):]), payload...), RuleNotAge, false},
		{"no MAC", []byte(header[:strings.Index(header, "---")]), RuleNotAge, false},
		{"short MAC", edit("--- ", "--- A"), RuleNotAge, false},
		{"two spaces", edit("-> scrypt ", "-> scrypt  "), RuleNotAge, false},
		{"space at the end", edit(" 1\n", " 1 \n"), RuleNotAge, false},
		{"header that never ends", append([]byte(header[:22]), bytes.Repeat([]byte("-> a\n\n"), 200_000)[:RecordLimit-100]...), RuleNotAge, false},

		{"a second reader, X25519", ageSeal(t, padded, scrypt1, newClassic(t).Recipient()), RuleCount, false},
		{"a second reader, before", ageSeal(t, padded, newClassic(t).Recipient(), scrypt1), RuleCount, false},
		{"a second reader, hybrid", ageSeal(t, padded, scrypt1, newHybrid(t).Recipient()), RuleCount, false},
		{"a second reader, scrypt", ageSeal(t, padded, scrypt1, scryptRecipient(t, "other", 1)), RuleCount, false},
		{"a stanza that hides a text", ageSeal(t, padded, scrypt1, stanzas{{Type: "x", Body: []byte("a name")}}), RuleCount, false},
		{"sealed to X25519", ageSeal(t, padded, newClassic(t).Recipient()), RuleStanza, false},
		{"sealed to a hybrid recipient", ageSeal(t, padded, newHybrid(t).Recipient()), RuleStanza, false},
		{"stanza of another type", edit("-> scrypt ", "-> Scrypt "), RuleStanza, false},
		{"an argument more", edit(" 1\n", " 1 1\n"), RuleStanza, false},
		{"an argument less", edit(" "+salt, ""), RuleStanza, false},
		{"a shorter salt", edit(salt, salt[:21]), RuleStanza, false},
		{"a salt that is not base64", edit(salt, "!"+salt[1:]), RuleStanza, false},
		{"a body of 16 bytes", ageSeal(t, padded, stanzas{{Type: "scrypt", Args: []string{salt, "1"}, Body: make([]byte, 16)}}), RuleStanza, false},
		{"a body of 64 bytes", ageSeal(t, padded, stanzas{{Type: "scrypt", Args: []string{salt, "1"}, Body: make([]byte, 64)}}), RuleStanza, false},

		{"work factor 2", ageSeal(t, padded, scryptRecipient(t, k.String(), 2)), RuleWorkFactor, false},
		{"work factor 20", edit(" 1\n", " 20\n"), RuleWorkFactor, false},
		{"work factor 01", edit(" 1\n", " 01\n"), RuleWorkFactor, false},
		{"work factor 0", edit(" 1\n", " 0\n"), RuleWorkFactor, false},
		{"work factor of 30 digits", edit(" 1\n", " "+strings.Repeat("9", 30)+"\n"), RuleWorkFactor, false},

		{"not padded", ageSeal(t, []byte(sampleText), scrypt1), RuleBucket, true},
		{"padded to 512 bytes", ageSeal(t, padTo([]byte(sampleText), 512), scrypt1), RuleBucket, true},
		{"padded to 3,072 bytes", ageSeal(t, make([]byte, 3072), scrypt1), RuleBucket, true},
		{"bytes after it", append(bytes.Clone(good), 0), RuleBucket, false},
		{"a second file after it", append(bytes.Clone(good), good...), RuleBucket, false},
		{"cut off by a byte", good[:len(good)-1], RuleBucket, false},
		{"without a payload", []byte(header), RuleSize, false},
		{"payload of a nonce", good[:h.Size+payloadNonceSize], RuleSize, false},
		{"without its last chunk", long[:chunks+sealedChunkSize], "", false}, // 65,536 bytes: a size that padding gives
		{"an empty chunk at the end", append(bytes.Clone(long), long[len(long)-tagSize:]...), RuleTrailing, false},
		{"one byte after whole chunks", append(bytes.Clone(long), 0), RuleTrailing, false},
		{"two chunks swapped", swapped, "", false},
		{"over the limit", append(bytes.Clone(long), make([]byte, RecordLimit)...), RuleSize, false},

		{"another record's payload", append([]byte(header), mustSeal(t, k, "other")[h.Size:]...), "", false},
		{"MAC of zeros", edit(header[strings.Index(header, "---"):], "--- "+strings.Repeat("A", 43)+"\n"), "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := CheckRecord(tt.file)
			if rule(err) != tt.rule || (err == nil) != (tt.rule == "") {
				t.Errorf("CheckRecord: got %v, want rule %q", err, tt.rule)
			}
			_, err = Open(k, tt.file)
			if tt.open {
				if err != nil {
					t.Errorf("Open: %v", err)
				}
				return
			}
			if !errors.Is(err, ErrDamaged) || errors.Is(err, ErrWrongKey) {
				t.Errorf("Open: got %v, want ErrDamaged", err)
			}
			if want := tt.rule; want != RuleBucket && rule(err) != want {
				t.Errorf("Open: got %v, want rule %q", err, want)
			}
		})
	}
}

// ATTACK: a work factor is a promise of work. A file that asks for 2^30 must be
// refused before any is done.
func TestAttackWorkFactorCostsNothing(t *testing.T) {
	k := NewKey()
	file := bytes.Replace(mustSeal(t, k, sampleText), []byte(" 1\n"), []byte(" 30\n"), 1)
	start := time.Now()
	for range 100 {
		if _, err := Open(k, file); rule(err) != RuleWorkFactor {
			t.Fatalf("got %v, want rule %q", err, RuleWorkFactor)
		}
	}
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("100 refusals took %v", d)
	}
}

// ATTACK: one byte of a record is altered, wherever. In the stanza that looks
// like a wrong key, elsewhere it is damage; nowhere does it open.
func TestAttackEveryByte(t *testing.T) {
	k := NewKey()
	file := mustSeal(t, k, sampleText)
	h, err := Inspect(file)
	if err != nil {
		t.Fatal(err)
	}
	stanza := bytes.Index(file, []byte("-> "))
	mac := bytes.Index(file, []byte("--- "))
	for i := range file {
		for _, flip := range []byte{0x01, 0x20, 0x80} {
			altered := bytes.Clone(file)
			altered[i] ^= flip
			_, err := Open(k, altered)
			switch {
			case err == nil:
				t.Fatalf("byte %d of %d altered by %#x: opens", i, len(file), flip)
			case i >= stanza && i < mac:
				if !errors.Is(err, ErrWrongKey) && !errors.Is(err, ErrDamaged) {
					t.Fatalf("byte %d, in the stanza: %v", i, err)
				}
			case !errors.Is(err, ErrDamaged):
				t.Fatalf("byte %d: %v, want ErrDamaged", i, err)
			}
			if err := CheckRecord(altered); (err == nil) != (i >= h.Size || sameForm(h, altered)) {
				t.Fatalf("byte %d altered by %#x: CheckRecord: %v", i, flip, err)
			}
		}
	}
}

// sameForm tells whether age's own parser finds the same form in the header of
// an altered file, with other bytes in it.
func sameForm(h *Header, file []byte) bool {
	got, err := ageInspect(file)
	return err == nil && len(got) == 1 && got[0].Type == scryptType && len(got[0].Args) == 2 && got[0].Args[1] == "1" &&
		len(got[0].Body) == len(h.Stanzas[0].Body) && canonicalSalt(got[0].Args[0])
}

func canonicalSalt(s string) bool {
	b, err := base64.RawStdEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == 16
}

// ATTACK: a record is cut off, wherever.
func TestAttackTruncation(t *testing.T) {
	k := NewKey()
	file := mustSeal(t, k, sampleText)
	for n := range file {
		if _, err := Open(k, file[:n]); !errors.Is(err, ErrDamaged) {
			t.Fatalf("first %d of %d bytes: %v, want ErrDamaged", n, len(file), err)
		}
		if err := CheckRecord(file[:n]); rule(err) == "" {
			t.Fatalf("first %d of %d bytes: CheckRecord: %v", n, len(file), err)
		}
	}
}

// ATTACK: two records change places. Each has its own key, so neither opens.
func TestAttackSwap(t *testing.T) {
	secret := NewKey()
	a, b := secret.Derive(KindRecord, testUnit, testID), secret.Derive(KindRecord, testUnit, otherID)
	if _, err := Open(a, mustSeal(t, b, sampleText)); !errors.Is(err, ErrWrongKey) {
		t.Errorf("got %v, want ErrWrongKey", err)
	}
}
