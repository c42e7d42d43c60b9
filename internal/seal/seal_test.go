package seal

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
)

func TestSealOpen(t *testing.T) {
	tests := []struct {
		name, text, want string
		plaintext        int64 // size of what is sealed
	}{
		{"empty", "", "\n", 1024},
		{"short", sampleText, sampleText, 1024},
		{"no newline at the end", "a: b", "a: b\n", 1024},
		{"fills its bucket", textOf(1022), textOf(1022), 1024},
		{"one byte more", textOf(1023), textOf(1023), 2048},
		{"size of a bucket", textOf(1024), textOf(1024), 2048},
		{"ends in a line of #", "a: b\n###\n", "a: b\n###\n", 1024},
		{"looks padded", string(Pad([]byte("a: b\n"))), string(Pad([]byte("a: b\n"))), 2048},
		{"one chunk of 64 KiB", textOf(65534), textOf(65534), 65536},
		{"two chunks", textOf(65535), textOf(65535), 131072},
		{"the longest", textOf(RecordLimit/2 - 2), textOf(RecordLimit/2 - 2), RecordLimit / 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := NewKey()
			file := mustSeal(t, k, tt.text)
			if err := CheckRecord(file); err != nil {
				t.Errorf("CheckRecord: %v", err)
			}
			if h, err := Inspect(file); err != nil || h.Plaintext != tt.plaintext {
				t.Errorf("Inspect: plaintext of %v bytes, want %d; %v", h, tt.plaintext, err)
			}
			got, err := Open(k, file)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("opened %d bytes, want %d", len(got), len(tt.want))
			}
		})
	}
}

func TestSealTooLong(t *testing.T) {
	if _, err := Seal(NewKey(), []byte(textOf(RecordLimit/2-1))); err == nil {
		t.Error("a text was sealed that is too long to open")
	}
}

// TestOpenStock opens what stock age seals: text that nobody padded, of any
// size.
func TestOpenStock(t *testing.T) {
	k := NewKey()
	for _, text := range []string{"", "a: b", "a: b\n", "# not padding\n", textOf(1024), textOf(65536), textOf(65537), textOf(131072), textOf(1000000)} {
		file := ageSeal(t, []byte(text), scryptRecipient(t, k.String(), 1))
		got, err := Open(k, file)
		if err != nil || string(got) != text {
			t.Errorf("text of %d bytes: opened %d bytes, %v", len(text), len(got), err)
		}
	}
}

// TestSealedAnew sees that nothing random is used twice.
func TestSealedAnew(t *testing.T) {
	k := NewKey()
	a, b := mustSeal(t, k, sampleText), mustSeal(t, k, sampleText)
	ah, err := Inspect(a)
	if err != nil {
		t.Fatal(err)
	}
	bh, err := Inspect(b)
	if err != nil {
		t.Fatal(err)
	}
	if ah.Stanzas[0].Args[0] == bh.Stanzas[0].Args[0] {
		t.Error("same salt twice")
	}
	if bytes.Equal(ah.Stanzas[0].Body, bh.Stanzas[0].Body) {
		t.Error("same wrapped file key twice")
	}
	if bytes.Equal(a[ah.Size:ah.Size+payloadNonceSize], b[bh.Size:bh.Size+payloadNonceSize]) {
		t.Error("same payload nonce twice")
	}
}

func TestWrongKey(t *testing.T) {
	file := mustSeal(t, NewKey(), sampleText)
	for name, k := range map[string]Key{"another": NewKey(), "zero": {}} {
		if _, err := Open(k, file); !errors.Is(err, ErrWrongKey) || errors.Is(err, ErrDamaged) {
			t.Errorf("%s key: got %v, want ErrWrongKey", name, err)
		}
	}
}

// TestZeroKey: a map lookup for an id that is not there gives the zero key.
func TestZeroKey(t *testing.T) {
	if _, err := Seal(Key{}, []byte(sampleText)); err == nil {
		t.Error("sealed under the zero key")
	}
	file := ageSeal(t, Pad([]byte(sampleText)), scryptRecipient(t, Key{}.String(), 1))
	if _, err := Open(Key{}, file); err == nil {
		t.Error("opened with the zero key")
	}
}

func TestOpenConcurrently(t *testing.T) {
	k := NewKey()
	file := mustSeal(t, k, textOf(100_000))
	before := bytes.Clone(file)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				got, err := Open(k, file)
				if err != nil || len(got) != 100_000 {
					t.Errorf("opened %d bytes, %v", len(got), err)
				}
			}
		})
	}
	wg.Wait()
	if !bytes.Equal(file, before) {
		t.Error("Open changed its input")
	}
}

// FuzzOpen holds Open to age's answer for every file: both open it to the same
// bytes, or neither does.
func FuzzOpen(f *testing.F) {
	k := Key{1}
	file := mustSeal(f, k, sampleText)
	f.Add(file)
	f.Add(ageSeal(f, nil, scryptRecipient(f, k.String(), 1)))
	f.Add(ageSeal(f, []byte(sampleText), scryptRecipient(f, k.String(), 2)))
	f.Add(ageSeal(f, []byte(sampleText), scryptRecipient(f, k.String(), 1), newClassic(f).Recipient()))
	f.Add(append(bytes.Clone(file), 0))
	f.Add(file[:len(file)-1])
	f.Fuzz(func(t *testing.T, file []byte) {
		want, wantErr := ageOpen(k, file)
		got, err := Open(k, file)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("Open: %v; age: %v", err, wantErr)
		}
		if err != nil {
			if !errors.Is(err, ErrWrongKey) && !errors.Is(err, ErrDamaged) {
				t.Fatalf("error of no known type: %v", err)
			}
			return
		}
		if CheckRecord(file) == nil && !isBucket(int64(len(want)), RecordBucket) {
			t.Fatal("a file of another size passed CheckRecord")
		}
		if text, err := Unpad(want); err == nil {
			want = text
		}
		if !bytes.Equal(got, want) {
			t.Fatal("Open and age opened different texts")
		}
	})
}

// ageOpen opens a record with age alone, as anybody would.
func ageOpen(k Key, file []byte) ([]byte, error) {
	id, err := age.NewScryptIdentity(k.String())
	if err != nil {
		return nil, err
	}
	id.SetMaxWorkFactor(workFactor)
	r, err := age.Decrypt(bytes.NewReader(file), id)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// TestErrorsTellNothing opens and parses with secrets and names in every wrong
// place, and looks for them in what is reported.
func TestErrorsTellNothing(t *testing.T) {
	canaries := []string{"Kanarifugl", "canary@example.org", NewKey().String(), NewViewSecret(), newHybrid(t).String()}
	report := func(text string, err error) {
		t.Helper()
		if err == nil {
			return
		}
		for _, c := range canaries {
			if len(c) > 12 {
				c = c[:12]
			}
			if strings.Contains(err.Error(), c) || strings.Contains(strings.ToLower(err.Error()), strings.ToLower(c)) {
				t.Errorf("an error quotes what must not be told: %v", err)
			}
		}
	}
	reader := newHybrid(t)
	for _, c := range canaries {
		_, err := ParseKey(c + "x")
		report(c, err)
		_, err = ParseViewSecret(c + "x")
		report(c, err)
		report(c, CheckViewSecret(c+"x"))
		report(c, ParseRecipient(c))
		report(c, ParseRecipient(strings.ToLower(c)))
		_, err = SealEnvelope(NewKey(), []string{c})
		report(c, err)
		for _, line := range []string{"%s", "unit: %s", "unit: a\nserial: %s", "unit: a\nserial: 1\nkey %s: x", "unit: a\nserial: 1\nkey " + testID + ": %s",
			"unit: a\nserial: 1\nversion " + testID + "/%s: x", "unit: a\nserial: 1\nview " + testID + ": %s1", "unit: a\nserial: 1\njoining: %s1", "unit: a\n%s: x"} {
			text := strings.ReplaceAll(line, "%s", c) + "\n"
			_, err = ParseKeyring([]byte(text))
			report(c, err)
			file := ageSeal(t, []byte(text), reader.Recipient())
			_, err = OpenKeyring(file, []age.Identity{reader})
			report(c, err)
			_, err = OpenEnvelope(file, []age.Identity{reader})
			report(c, err)
		}
	}
}
