package record

import (
	"strings"
	"testing"
)

// An officer's tool decodes every record that she may read before it answers:
// 2,000 of 12 fields are to take less than 20 ms.
func BenchmarkDecode2000(b *testing.B) {
	r := full()
	for _, k := range []string{Closed, Reason, "shirt", "number", "newsletter"} {
		delete(r.Fields, k)
	}
	text, err := testSchema.Encode(r)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for range 2000 {
			if _, err := testSchema.Decode(text); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkDecodeHandwritten(b *testing.B) {
	text, err := testSchema.Encode(full())
	if err != nil {
		b.Fatal(err)
	}
	text = append([]byte("\n"), text...)
	for b.Loop() {
		if _, err := testSchema.Decode(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	r := full()
	for b.Loop() {
		if _, err := testSchema.Encode(r); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeHostile holds the worst that 64 KiB can cost.
func BenchmarkDecodeHostile(b *testing.B) {
	for name, s := range map[string]string{
		"nested":   strings.Repeat("[", FileLimit),
		"keys":     strings.Repeat("a: 1\n", FileLimit/5),
		"long key": strings.Repeat("a", FileLimit),
		"quotes":   strings.Repeat("\"a\": ", FileLimit/5),
		"comments": strings.Repeat("#\n", FileLimit/2),
		"spaces":   strings.Repeat(" ", FileLimit),
		"dashes":   strings.Repeat("- ", FileLimit/2),
		"marks":    strings.Repeat("? ", FileLimit/2),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, _ = testSchema.Decode([]byte(s))
			}
		})
	}
}

func BenchmarkNormalisePhone(b *testing.B) {
	for b.Loop() {
		if _, _, err := testSchema.Normalise("phone", "400 00 001"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFold(b *testing.B) {
	for b.Loop() {
		Fold("Åse-Marit Kvåle Ødegård")
	}
}
