package seal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/scrypt"
)

func benchRecord(b *testing.B) (Key, []byte) {
	b.Helper()
	k := NewKey()
	file, err := Seal(k, testdata(b, "record.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	return k, file
}

// BenchmarkOpen opens a record of one bucket. Compare BenchmarkBare, the
// cryptography alone, of which it may take 1.5 times, and BenchmarkAge.
func BenchmarkOpen(b *testing.B) {
	k, file := benchRecord(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Open(k, file); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenParallel shows that nothing is shared.
func BenchmarkOpenParallel(b *testing.B) {
	k, file := benchRecord(b)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := Open(k, file); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkBare(b *testing.B) {
	k, file := benchRecord(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bareOpen(k, file); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAge(b *testing.B) {
	k, file := benchRecord(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ageOpen(k, file); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	k, text := NewKey(), testdata(b, "record.yaml")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Seal(k, text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckRecord(b *testing.B) {
	_, file := benchRecord(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := CheckRecord(file); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInspect(b *testing.B) {
	_, file := benchRecord(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Inspect(file); err != nil {
			b.Fatal(err)
		}
	}
}

// bareOpen is the least that opening a record of known layout can cost: every
// cryptographic step, and no parsing or checking.
func bareOpen(k Key, file []byte) ([]byte, error) {
	const scryptLine = len("age-encryption.org/v1\n-> scrypt ")
	const bodyLine = scryptLine + 22 + len(" 1\n")
	const macStart = bodyLine + 43 + len("\n---")
	const payload = macStart + 1 + 43 + 1
	salt := append([]byte("age-encryption.org/v1/scrypt"), make([]byte, 16)...)
	var body, mac [32]byte
	if _, err := base64.RawStdEncoding.Decode(salt[28:], file[scryptLine:scryptLine+22]); err != nil {
		return nil, err
	}
	if _, err := base64.RawStdEncoding.Decode(body[:], file[bodyLine:bodyLine+43]); err != nil {
		return nil, err
	}
	if _, err := base64.RawStdEncoding.Decode(mac[:], file[macStart+1:macStart+44]); err != nil {
		return nil, err
	}
	wrap, err := scrypt.Key([]byte(k.String()), salt, 2, 8, 1, 32)
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.New(wrap)
	if err != nil {
		return nil, err
	}
	fileKey, err := aead.Open(nil, make([]byte, 12), body[:], nil)
	if err != nil {
		return nil, err
	}
	macKey, err := hkdf.Key(sha256.New, fileKey, nil, "header", 32)
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, macKey)
	h.Write(file[:macStart])
	if !hmac.Equal(h.Sum(nil), mac[:]) {
		return nil, errPayload
	}
	key, err := hkdf.Key(sha256.New, fileKey, file[payload:payload+16], "payload", 32)
	if err != nil {
		return nil, err
	}
	if aead, err = chacha20poly1305.New(key); err != nil {
		return nil, err
	}
	return aead.Open(nil, []byte{11: 1}, file[payload+16:], nil)
}

// TestBare sees that the benchmark's yardstick opens what it claims to.
func TestBare(t *testing.T) {
	k := NewKey()
	got, err := bareOpen(k, mustSeal(t, k, sampleText))
	if err != nil || string(got) != string(Pad([]byte(sampleText))) {
		t.Fatalf("bareOpen: %v", err)
	}
}
