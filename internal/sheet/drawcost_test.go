//go:build unix

package sheet

import (
	"bytes"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// The bound is 3 CPU seconds and 200 MB, protection included; here is the list
// alone. The figures are the benchmark's, this only sees to it that they are of
// the right size.
func TestDrawnCost(t *testing.T) {
	if testing.Short() {
		t.Skip("measures")
	}
	runtime.GC()
	before, cpu := heap(), cpuTime(t)
	var most uint64
	s := large(50_000)
	inner, n := s.Rows, 0
	s.Rows = func(yield func([]string) bool) {
		for row := range inner {
			if n++; n%5000 == 0 {
				most = max(most, heap())
			}
			if !yield(row) {
				return
			}
		}
	}
	var b bytes.Buffer
	if err := WriteTable(&b, s); err != nil {
		t.Fatal(err)
	}
	most = max(most, heap())
	used := cpuTime(t) - cpu
	t.Logf("%d bytes, %v of CPU, %d MB", b.Len(), used, (most-before)>>20)
	if used > 6*time.Second || most-before > 200<<20 {
		t.Errorf("%v of CPU, %d MB", used, (most-before)>>20)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func cpuTime(t testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
