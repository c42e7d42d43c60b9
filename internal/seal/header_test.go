package seal

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
)

// capture is an identity that opens nothing: age's own parser hands it the
// stanzas of a file, which is the only way to see them.
type capture struct{ stanzas []*age.Stanza }

func (c *capture) Unwrap(s []*age.Stanza) ([]byte, error) {
	c.stanzas = s
	return nil, age.ErrIncorrectIdentity
}

// ageInspect returns the stanzas that age finds in a file.
func ageInspect(file []byte) ([]*age.Stanza, error) {
	raw, err := age.ExtractHeader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	var c capture
	if _, err := age.DecryptHeader(raw, &c); !errors.As(err, new(*age.NoIdentityMatchError)) {
		return nil, fmt.Errorf("capture failed: %w", err)
	}
	return c.stanzas, nil
}

// checkHeader holds parseHeader to age's answer for one file.
func checkHeader(t *testing.T, file []byte) {
	t.Helper()
	raw, wantErr := age.ExtractHeader(bytes.NewReader(file))
	got, size, err := parseHeader(file, HeaderLimit)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("parseHeader: %v; age: %v", err, wantErr)
	}
	if err != nil {
		if rule(err) != RuleNotAge {
			t.Fatalf("error of another type: %v", err)
		}
		return
	}
	if !bytes.Equal(raw, file[:size]) {
		t.Fatalf("header of %d bytes, age: %d", size, len(raw))
	}
	want, err := ageInspect(file)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(got, want, func(a Stanza, b *age.Stanza) bool {
		return a.Type == b.Type && slices.Equal(a.Args, b.Args) && bytes.Equal(a.Body, b.Body)
	}) {
		t.Fatalf("other stanzas than age finds: %d, age: %d", len(got), len(want))
	}
}

var headerMAC43 = strings.Repeat("A", 43)

// headerTexts are headers at the edges of the format.
func headerTexts() []string {
	line := strings.Repeat("A", 64) + "\n"
	end := "--- " + headerMAC43 + "\n"
	one := intro + "\n-> x\n\n"
	return []string{
		"", "\n", intro, intro + "\n", intro + "\r\n" + end, intro + "\n" + end,
		one, one + "---", one + "---\n", one + "--- \n", one + end, one + end[:len(end)-1], one + "---" + headerMAC43 + "\n",
		one + "--- " + headerMAC43 + " x\n", one + "--- " + headerMAC43 + "\r\n", one + "--- " + headerMAC43[1:] + "\n", one + "--- A" + headerMAC43 + "\n",
		one + "--- " + headerMAC43[1:] + "B\n", // bits set that no byte has
		one + "--- " + line + "\n", one + "---- " + headerMAC43 + "\n", one + "-> \n\n" + end,
		intro + "\n->\n\n" + end, intro + "\n->x\n\n" + end, intro + "\n-> x \n\n" + end, intro + "\n->  x\n\n" + end, intro + "\n--> x\n\n" + end,
		intro + "\n-> \x7f\n\n" + end, intro + "\n-> å\n\n" + end, intro + "\n-> \xff\n\n" + end, intro + "\n-> ~ ! ---\n\n" + end, intro + "\n-> a\tb\n\n" + end,
		intro + "\n-> x\n" + line + "\n" + end, intro + "\n-> x\n" + line + end, intro + "\n-> x\n" + line + line + "AA\n" + end,
		intro + "\n-> x\nA" + line + "\n" + end, intro + "\n-> x\nAB\n" + end, intro + "\n-> x\nAA==\n" + end, intro + "\n-> x\nA\rA\n" + end, intro + "\n-> x\nA_\n" + end,
		intro + "\n-> x" + strings.Repeat(" y", argLimit) + "\n\n" + end, intro + "\n-> x" + strings.Repeat(" y", argLimit+1) + "\n\n" + end,
		intro + "\n" + strings.Repeat("-> x\n\n", StanzaLimit) + end, intro + "\n" + strings.Repeat("-> x\n\n", StanzaLimit+1) + end,
		one + end + "payload", strings.ToUpper(one) + end, "-----BEGIN AGE ENCRYPTED FILE-----\n",
	}
}

func TestHeader(t *testing.T) {
	for _, text := range headerTexts() {
		checkHeader(t, []byte(text))
	}
	// The bound on the whole header, to the byte.
	const tail = " \n\n--- " + "\n"
	for extra := -1; extra <= 1; extra++ {
		n := HeaderLimit + extra - len(intro+"\n-> x") - len(tail) - len(headerMAC43)
		text := intro + "\n-> x " + strings.Repeat("y", n) + "\n\n--- " + headerMAC43 + "\n"
		if len(text) != HeaderLimit+extra {
			t.Fatalf("built a header of %d bytes", len(text))
		}
		checkHeader(t, []byte(text))
		if _, _, err := parseHeader([]byte(text), HeaderLimit); (err == nil) != (extra <= 0) {
			t.Errorf("header of %+d bytes from the limit: %v", extra, err)
		}
	}
}

// FuzzHeader holds parseHeader to age's parser, for every file.
func FuzzHeader(f *testing.F) {
	for _, text := range headerTexts() {
		if len(text) < 4096 {
			f.Add([]byte(text))
		}
	}
	f.Add(testdata(f, "record.age"))
	f.Add(testdata(f, "envelope.age"))
	f.Fuzz(checkHeader)
}

func TestInspect(t *testing.T) {
	reader := newHybrid(t)
	for _, n := range []int64{0, 1, 1024, 65535, 65536, 65537, 131072, 131073, 200000} {
		file := ageSeal(t, make([]byte, n), reader.Recipient(), newClassic(t).Recipient())
		h, err := Inspect(file)
		if err != nil {
			t.Fatal(err)
		}
		if h.Plaintext != n || len(h.Stanzas) != 2 || h.Stanzas[0].Type != hybridType || h.Stanzas[1].Type != "X25519" {
			t.Errorf("plaintext of %d bytes: %d, stanzas %d", n, h.Plaintext, len(h.Stanzas))
		}
		if end := file[h.Size-1]; end != '\n' || !bytes.HasPrefix(file[h.Size-48:], []byte("--- ")) {
			t.Error("Size is not that of the header")
		}
	}
}
