package seal

import (
	"bytes"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

func TestPad(t *testing.T) {
	sizes := []struct{ text, padded int }{
		{1, 1024}, {2, 1024}, {1021, 1024}, {1022, 1024}, {1023, 2048}, {1024, 2048}, {2046, 2048}, {2047, 4096}, {65534, 65536}, {65535, 131072},
	}
	for _, s := range sizes {
		if p := Pad([]byte(textOf(s.text))); len(p) != s.padded {
			t.Errorf("%d bytes are padded to %d, want %d", s.text, len(p), s.padded)
		}
	}
	for n := range 5000 {
		text := []byte(strings.Repeat("x#", n)[:n] + "\n")
		p := Pad(text)
		if !isBucket(int64(len(p)), RecordBucket) || !bytes.HasSuffix(p, []byte("#\n")) {
			t.Fatalf("%d bytes are padded to %d", len(text), len(p))
		}
		if got, err := Unpad(p); err != nil || !bytes.Equal(got, text) {
			t.Fatalf("%d bytes: Unpad: %v", len(text), err)
		}
	}
}

func TestUnpadRefuses(t *testing.T) {
	good := string(Pad([]byte("a\n")))
	for name, text := range map[string]string{
		"empty":                "",
		"a newline":            "\n",
		"not padded":           "a\n",
		"too short":            "a\n##\n",
		"no newline":           good[:1023] + "#",
		"no padding":           strings.Repeat("x", 1023) + "\n",
		"other bytes":          good[:1000] + " " + good[1001:],
		"nothing but padding":  strings.Repeat("#", 1023) + "\n",
		"text on the same row": "a" + good[1:2] + "b" + good[3:],
		"padded too far":       "a\n" + strings.Repeat("#", 2045) + "\n",
		"not a bucket":         "a\n" + strings.Repeat("#", 1533) + "\n",
	} {
		if _, err := Unpad([]byte(text)); err != ErrNotPadded {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPadKeepsYAML: to any YAML parser the padding is a comment, also after a
// block that keeps its last newlines.
func TestPadKeepsYAML(t *testing.T) {
	for _, text := range []string{"a: b\n", "a: |+\n  x\n\n\n", "a: |\n  x\n", "a: >+\n  x\n\n", "- a\n- b\n", "a: 'x'"} {
		var want, got any
		if err := yaml.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		for fill := range 3 { // up to the smallest padding
			in := text
			if fill > 0 {
				in = strings.Repeat("#", 1023-fill-len(text)) + "\n" + text
			}
			if err := yaml.Unmarshal(Pad([]byte(in)), &got); err != nil {
				t.Fatal(err)
			}
			g, _ := yaml.Marshal(got)
			w, _ := yaml.Marshal(want)
			if !bytes.Equal(g, w) {
				t.Errorf("%q became another document", text)
			}
		}
	}
}

// FuzzPad: every text has one padded form, and what can be unpadded is one.
func FuzzPad(f *testing.F) {
	f.Add([]byte(sampleText))
	f.Add(Pad([]byte(sampleText)))
	f.Add([]byte("#\n"))
	f.Add([]byte(textOf(1023)))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		if text, err := Unpad(b); err == nil && !bytes.Equal(Pad(text), b) {
			t.Fatal("not canonical")
		}
		text, err := Unpad(Pad(b))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(text, b) && !bytes.Equal(text, append(b[:len(b):len(b)], '\n')) {
			t.Fatal("another text came back")
		}
		if !bytes.Equal(b, before) {
			t.Fatal("input changed")
		}
	})
}
