//go:build unix

package main

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for _, x := range []struct {
		of   []int64
		want int64
	}{{[]int64{3}, 3}, {[]int64{9, 1, 4}, 4}, {[]int64{8, 2, 4, 100}, 6}} {
		if got := median(x.of); got != x.want {
			t.Errorf("median of %d = %d, want %d", x.of, got, x.want)
		}
	}
}

// A limit that is missed must not look like one that is kept.
func TestTable(t *testing.T) {
	second := cpu(time.Second)
	for _, x := range []struct {
		name   string
		row    row
		judge  bool
		missed bool
		want   string
	}{
		{"within", row{figure: "f", got: second, limit: cpu(2 * time.Second)}, true, false, "f 1.000 s CPU 2.000 s CPU ok"},
		{"over", row{figure: "f", got: wall(3 * time.Second), limit: wall(2 * time.Second)}, true, true, "f 3.000 s wall 2.000 s wall over"},
		{"bytes", row{figure: "f", got: size(43_210), limit: size(500_000_000)}, true, false, "f 43.2 kB 500 MB ok"},
		{"no limit", row{figure: "f", got: second}, true, false, "f 1.000 s CPU"},
		{"times less", row{figure: "f", got: second, beside: "age", other: cpu(60 * time.Second), least: 50}, true, false, "f 1.000 s CPU age 60.000 s CPU 60 times less (at least 50) ok"},
		{"not enough", row{figure: "f", got: second, beside: "age", other: cpu(40 * time.Second), least: 50}, true, true, "f 1.000 s CPU age 40.000 s CPU 40 times less (at least 50) over"},
		{"more than a part", row{figure: "f", got: cpu(2 * time.Second), beside: "g", other: second, most: 1.5}, true, true, "f 2.000 s CPU g 1.000 s CPU 2.00 of it (at most 1.5) over"},
		{"quick", row{figure: "f", got: cpu(2 * time.Second), beside: "g", other: second, most: 1.5}, false, false, "f 2.000 s CPU g 1.000 s CPU 2.00 of it"},
		{"quick and over", row{figure: "f", got: second, limit: cpu(time.Millisecond)}, false, true, "f 1.000 s CPU 0.001 s CPU over"},
	} {
		var b strings.Builder
		missed := printTable(&b, []row{x.row}, []string{"a note"}, x.judge)
		lines := strings.Split(b.String(), "\n")
		if got := strings.Join(strings.Fields(lines[1]), " "); got != x.want || missed != x.missed {
			t.Errorf("%s: %q, missed %v; want %q, %v", x.name, got, missed, x.want, x.missed)
		}
		if !strings.Contains(b.String(), "\na note\n") {
			t.Errorf("%s: the note is missing", x.name)
		}
	}
}

// What a process started and waited for counts as its own.
func TestMeasured(t *testing.T) {
	b := &bench{}
	u, err := b.measured(exec.Command("sh", "-c", `sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'; true`))
	if err != nil {
		t.Fatal(err)
	}
	if u.cpu < time.Millisecond || u.wall < u.cpu/4 || u.rss < 100_000 {
		t.Errorf("usage %+v", u)
	}
	if _, err := b.measured(exec.Command("sh", "-c", "echo broken >&2; exit 3")); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("a program that failed: %v", err)
	}
}
