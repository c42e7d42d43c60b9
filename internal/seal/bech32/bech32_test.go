package bech32

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"filippo.io/age"
)

func random() (b [Size]byte) {
	rand.Read(b[:])
	return b
}

// TestAgainstAge: age's X25519 identities are Bech32 of 32 bytes too, in upper
// case, and age has its own implementation.
func TestAgainstAge(t *testing.T) {
	const prefix = "age-secret-key-"
	for range 50 {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ToLower(id.String())
		data, err := Decode(prefix, text)
		if err != nil {
			t.Fatal(err)
		}
		if Encode(prefix, &data) != text {
			t.Error("Encode(Decode(text)) is another text")
		}
		data = random()
		if _, err := age.ParseX25519Identity(strings.ToUpper(Encode(prefix, &data))); err != nil {
			t.Errorf("age refuses what Encode gives: %v", err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	data := random()
	good := Encode("mrk", &data)
	spare := withSpareBits(&data)
	tests := []struct {
		name, text string
		err        error
	}{
		{"empty", "", ErrMalformed},
		{"cut off", good[:len(good)-1], ErrMalformed},
		{"one more", good + "q", ErrMalformed},
		{"upper case", strings.ToUpper(good), ErrMalformed},
		{"mixed case", good[:10] + strings.ToUpper(good[10:]), ErrMalformed},
		{"another prefix", "mss" + good[3:], ErrMalformed},
		{"another separator", "mrkq" + good[4:], ErrMalformed},
		{"a letter that is not used", good[:20] + "b" + good[21:], ErrMalformed},
		{"not ASCII", good[:20] + "å" + good[22:], ErrMalformed},
		{"swapped", good[:20] + string(good[21]) + string(good[20]) + good[22:], ErrChecksum},
		{"spare bits set", spare, ErrMalformed},
	}
	for _, tt := range tests {
		if tt.name == "swapped" && good[20] == good[21] {
			continue
		}
		got, err := Decode("mrk", tt.text)
		if !errors.Is(err, tt.err) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.err)
		}
		if got != [Size]byte{} {
			t.Errorf("%s: a secret came back with the error", tt.name)
		}
	}
}

// withSpareBits returns the text of data with the bits that no byte has set,
// and a checksum that fits.
func withSpareBits(data *[Size]byte) string {
	text := Encode("mrk", data)
	v := []byte(text[4 : 4+dataLen])
	v[dataLen-1] = alphabet[values[v[dataLen-1]]|1]
	sum := startSum("mrk")
	for _, c := range v {
		sum = addSum(sum, byte(values[c]))
	}
	for range sumLen {
		sum = addSum(sum, 0)
	}
	sum ^= 1
	for i := range sumLen {
		v = append(v, alphabet[sum>>(5*(sumLen-1-i))&31])
	}
	return "mrk1" + string(v)
}

// TestTypos: up to four wrong characters are always noticed.
func TestTypos(t *testing.T) {
	data := random()
	good := []byte(Encode("mrk", &data))
	for range 20_000 {
		b := append([]byte(nil), good...)
		var r [8]byte
		rand.Read(r[:])
		for i := range 4 {
			b[4+int(r[2*i])%(len(b)-4)] = alphabet[r[2*i+1]&31]
		}
		if string(b) == string(good) {
			continue
		}
		if _, err := Decode("mrk", b); !errors.Is(err, ErrChecksum) {
			t.Fatalf("four typos: %v", err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	data := random()
	text := []byte(Encode("mrk", &data))
	for b.Loop() {
		if _, err := Decode("mrk", text); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	data := random()
	f.Add(Encode("mrk", &data))
	f.Add(withSpareBits(&data))
	f.Fuzz(func(t *testing.T, text string) {
		if data, err := Decode("mrk", text); err == nil && Encode("mrk", &data) != text {
			t.Fatal("not canonical")
		}
	})
}
