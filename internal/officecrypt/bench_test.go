package officecrypt

import (
	"crypto/sha512"
	"fmt"
	"io"
	"testing"
)

func BenchmarkProtect(b *testing.B) {
	for _, mb := range []int{5, 50} {
		plain := noise(mb << 20)
		b.Run(fmt.Sprintf("%dMB", mb), func(b *testing.B) {
			b.SetBytes(int64(len(plain)))
			b.ReportAllocs()
			for b.Loop() {
				if err := Protect(io.Discard, plain, "x y"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, mb := range []int{5, 50} {
		file := protect(b, noise(mb<<20), "x y")
		b.Run(fmt.Sprintf("%dMB", mb), func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Open(file, "x y"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What one guess of a password costs.
func BenchmarkSpin(b *testing.B) {
	for _, rounds := range []int{spinCount, SpinLimit} {
		b.Run(fmt.Sprint(rounds), func(b *testing.B) {
			b.ReportAllocs()
			h, salt := sha512.New(), noise(saltSize)
			for b.Loop() {
				clear(spin(h, salt, "x y", rounds))
			}
		})
	}
}
