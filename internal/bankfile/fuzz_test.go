package bankfile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// What is read adds up, has keys of its own, and an error says where.
func FuzzRead(f *testing.F) {
	for _, name := range samples {
		b := sample(f, name)
		f.Add(b)
		f.Add(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))
		f.Add(b[:len(b)/2])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Read(b)
		if err != nil {
			var fault *FileError
			if !errors.As(err, &fault) {
				t.Fatalf("another error: %v", err)
			}
			return
		}
		var sum int64
		keys := map[string]bool{}
		for _, p := range file.Payments {
			if p.Amount <= 0 || p.Amount > amountLimit || len(p.Currency) != 3 || p.Day == "" || p.Line < 1 || len(p.Note) > noteLimit || keys[p.Key] {
				t.Fatalf("a payment that is none: line %d", p.Line)
			}
			keys[p.Key] = true
			if p.Reversal {
				sum -= p.Amount
			} else {
				sum += p.Amount
			}
		}
		if sum != file.Sum || file.Format == "" {
			t.Fatalf("%q, sum %d of %d", file.Format, file.Sum, sum)
		}
	})
}

// manyPayments is a file of OCR giro with n payments.
func manyPayments(n int) []byte {
	var b strings.Builder
	b.WriteString("NY000010000080800170031000102" + zeros(51) + "\nNY090020001008566000000299991042764" + zeros(45) + "\n")
	for i := range n {
		fmt.Fprintf(&b, "NY091530%07d1911261319101464%018d%25d000000\nNY091531%07d%s191126%s%s\n", i, 30000, 10_000_000_000+i, i, zeros(26), zeros(11), zeros(22))
	}
	fmt.Fprintf(&b, "NY090088%08d%08d%017d191126191126191126%s\nNY000089%08d%08d%017d191126%s\n", n, 2*n+2, 30000*n, zeros(21), n, 2*n+4, 30000*n, zeros(33))
	return []byte(b.String())
}

func TestTenThousandPayments(t *testing.T) {
	b := manyPayments(10_000)
	start := time.Now()
	f, err := Read(b)
	if err != nil || len(f.Payments) != 10_000 || f.Sum != 300_000_000 {
		t.Fatal(err)
	}
	if d := time.Since(start); d > 3*time.Second {
		t.Errorf("it took %v", d)
	}
}

func BenchmarkRead(b *testing.B) {
	in := manyPayments(10_000)
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if _, err := Read(in); err != nil {
			b.Fatal(err)
		}
	}
}
