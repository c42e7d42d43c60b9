//go:build unix

package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// An amount is what was measured: CPU or wall time, or bytes.
type amount struct {
	n    float64
	unit unit
}

type unit int

const (
	none unit = iota
	cpuSeconds
	wallSeconds
	byteCount
)

func cpu(d time.Duration) amount  { return amount{d.Seconds(), cpuSeconds} }
func wall(d time.Duration) amount { return amount{d.Seconds(), wallSeconds} }
func size(n int64) amount         { return amount{float64(n), byteCount} }

func (a amount) String() string {
	switch a.unit {
	case cpuSeconds:
		return fmt.Sprintf("%.3f s CPU", a.n)
	case wallSeconds:
		return fmt.Sprintf("%.3f s wall", a.n)
	case byteCount:
		return bytesText(a.n)
	}
	return ""
}

func bytesText(n float64) string {
	if n < 1e6 {
		return fmt.Sprintf("%.1f kB", n/1e3)
	}
	return fmt.Sprintf("%.0f MB", n/1e6)
}

// A row is one figure. It holds where got is at most limit, and where what it is
// compared with is at least so many times, or at most that part of it.
type row struct {
	figure string
	got    amount
	limit  amount // none: there is none
	beside string // what it is compared with; "" nothing
	other  amount
	least  float64 // other is at least so many times got; 0: no matter
	most   float64 // got is at most so many times other; 0: no matter
}

// ratio is got against other, and whether it is as it should be, where that is
// judged.
func (r row) ratio(judged bool) (text string, ok bool) {
	if r.beside == "" || r.got.n == 0 || r.other.n == 0 {
		return "", true
	}
	want := ""
	if r.most > 0 {
		x := r.got.n / r.other.n
		text, want, ok = fmt.Sprintf("%.2f of it", x), fmt.Sprintf(" (at most %g)", r.most), x <= r.most
	} else {
		x := r.other.n / r.got.n
		text, ok = fmt.Sprintf("%.0f times less", x), x >= r.least
		if r.least > 0 {
			want = fmt.Sprintf(" (at least %g)", r.least)
		}
	}
	if !judged {
		return text, true
	}
	return text + want, ok
}

// printTable writes the table and tells whether a limit was missed.
func printTable(w io.Writer, rows []row, notes []string, judgeRatios bool) (missed bool) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "figure\tmedlem\tlimit\tcompared with\tits value\tratio\t")
	for _, r := range rows {
		ratio, ok := r.ratio(judgeRatios)
		if r.limit.unit != none && r.got.n > r.limit.n {
			ok = false
		}
		verdict := "ok"
		switch {
		case !ok:
			verdict, missed = "over", true
		case r.limit.unit == none && !(judgeRatios && r.least+r.most > 0):
			verdict = "" // nothing was judged
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.figure, r.got, r.limit, r.beside, r.other, ratio, verdict)
	}
	t.Flush()
	if len(notes) > 0 {
		fmt.Fprintln(w)
	}
	for _, n := range notes {
		fmt.Fprintln(w, n)
	}
	return missed
}
