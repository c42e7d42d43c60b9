package subject

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

// B04, B23: in twelve units, over five years with 200 changes of officers, grants that are
// given, used and revoked within an hour, and members who join, move,
// close, reopen and are erased, who could read each record, and when, is what the
// oracle finds, day by day.
func TestB04Oracle(t *testing.T) {
	const seeds = 4
	var seen struct{ intervals, past, short, copies, kept, shared, moved, stuck, nobody int }
	hours := 0
	for seed := range uint64(seeds) {
		s := newStory(t, seed)
		s.tell("2026-01-04")
		hours += s.hours
		if s.changes < 200 {
			t.Errorf("seed %d: %d changes of officers", seed, s.changes)
		}
		p, err := Follow(s.mem, s.commits[len(s.commits)-1])
		if err != nil {
			t.Fatal(err)
		}
		today := after(s.day(), int(seed%3)*25)
		o := newReplay(s, today)
		o.run()
		seen.stuck += o.stuck
		for n := range s.members {
			member := memberID(n)
			id := register.RecordID(member)
			got := p.Readers(id, register.Day(today))
			var lines []string
			for _, x := range got {
				lines = append(lines, show(x))
			}
			sort.Strings(lines)
			if want := o.intervals(member); !slices.Equal(lines, want) {
				t.Fatalf("seed %d, %s, member %d: %s", seed, today, n, difference(lines, want))
			}
			if p.Versions(id) != s.next.version[member] {
				t.Fatalf("seed %d, member %d: %d versions, want %d", seed, n, p.Versions(id), s.next.version[member])
			}
			if len(p.Units(id)) > 1 {
				seen.moved++
			}
			if n%5 == 0 {
				one, err := FollowOne(s.mem, s.commits[len(s.commits)-1], id)
				if err != nil {
					t.Fatal(err)
				}
				if alone := one.Readers(id, register.Day(today)); !slices.Equal(alone, got) || one.Versions(id) != p.Versions(id) || !slices.Equal(one.Units(id), p.Units(id)) {
					t.Fatalf("seed %d, member %d: followed alone: %v, with all others: %v", seed, n, alone, got)
				}
			}
			for i, x := range got {
				seen.intervals++
				if i > 0 && last(x) > last(got[i-1]) {
					t.Fatalf("seed %d, member %d: %s stands after %s", seed, n, show(x), show(got[i-1]))
				}
				switch {
				case x.To == "" && x.Copy < p.Versions(id):
					seen.kept++
				case x.To != "" && x.Copy < p.Versions(id):
					seen.copies++
				}
				if x.To != "" {
					seen.past++
				}
				if x.From == x.To {
					seen.short++
				}
				if x.Seats > 1 {
					seen.shared++
				}
				if x.Office == "" {
					seen.nobody++
				}
			}
		}
	}
	// A case that no story tells proves nothing.
	for name, n := range map[string]int{"past": seen.past, "short": seen.short, "copies": seen.copies, "kept": seen.kept, "shared": seen.shared,
		"moved": seen.moved, "stuck": seen.stuck, "nobody's": seen.nobody, "within an hour": hours} {
		if n < 5 {
			t.Errorf("%d %s among %d intervals", n, name, seen.intervals)
		}
	}
}

func last(x Interval) register.Day {
	if x.To == "" {
		return "9999-12-31"
	}
	return x.To
}

func difference(got, want []string) string {
	var b strings.Builder
	for _, x := range got {
		if !slices.Contains(want, x) {
			fmt.Fprintf(&b, "\n+ %s", x)
		}
	}
	for _, x := range want {
		if !slices.Contains(got, x) {
			fmt.Fprintf(&b, "\n- %s", x)
		}
	}
	return b.String()
}

func memberID(n int) string {
	return fmt.Sprintf("%caaaaaaaaa%c%c%c", 'a'+n%26, 'a'+n/26/26%26, 'a'+n/26%26, 'a'+n%26)
}
