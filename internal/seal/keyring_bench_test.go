package seal

import (
	"testing"
	"time"

	"filippo.io/age"
)

// TestKeyringSpeed bounds what general YAML decoders, quadratic in the size of
// a map, take ten seconds for.
func TestKeyringSpeed(t *testing.T) {
	text := bigKeyring(50_000).Encode()
	best := time.Hour
	for range 5 {
		start := time.Now()
		if _, err := ParseKeyring(text); err != nil {
			t.Fatal(err)
		}
		best = min(best, time.Since(start))
	}
	if best > 500*time.Millisecond { // 80 ms on a machine with nothing else to do
		t.Errorf("50,000 keys took %v", best)
	}
}

func BenchmarkParseKeyring(b *testing.B) {
	text := bigKeyring(50_000).Encode()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := ParseKeyring(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenKeyring(b *testing.B) {
	reader := newHybrid(b)
	file, err := SealKeyring(bigKeyring(50_000), []string{reader.Recipient().String()})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, err := OpenKeyring(file, []age.Identity{reader}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeKeyring(b *testing.B) {
	k := bigKeyring(50_000)
	for b.Loop() {
		k.Encode()
	}
}
