//go:build unix

package label

import (
	"syscall"
	"testing"
	"time"
)

// cpu is the time that this process has used.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measured runs what is measured and reports the CPU seconds of one run, which
// must stay under limit whatever else the machine does.
func measured(b *testing.B, limit float64, make func() ([]byte, error)) {
	must(b)(make()) // the fonts are read once
	from, n := cpu(b), 0
	for b.Loop() {
		must(b)(make())
		n++
	}
	each := (cpu(b) - from).Seconds() / float64(n)
	b.ReportMetric(each, "CPU-s/op")
	if each > limit {
		b.Errorf("%.2f CPU seconds, the limit is %.1f", each, limit)
	}
}

func BenchmarkLabels10000(b *testing.B) {
	list, s := entries(10_000), Sheet{Format: named(b, "L7160")}
	measured(b, 2, func() ([]byte, error) { return Labels(when, s, list) })
}

func BenchmarkLetters1000(b *testing.B) {
	list := make([]Letter, 1000)
	for i := range list {
		list[i] = letter(addresses[i%len(addresses)])
	}
	measured(b, 5, func() ([]byte, error) { return Letters(when, post(Envelopes[0]), list) })
}

func BenchmarkList10000(b *testing.B) {
	l := members(10_000)
	measured(b, 5, func() ([]byte, error) { return PrintList(when, l) })
}
