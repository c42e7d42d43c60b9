package dues

import (
	_ "embed"
	"strings"
	"testing"
)

// sample is a ledger file with an entry of every kind: a test vector (docs/format.md).
//
//go:embed testdata/ledger.yaml
var sample string

// What is read is written again as it was, and adds up.
func TestRead(t *testing.T) {
	f, err := Read([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.Encode()
	if err != nil || string(again) != sample {
		t.Fatalf("%v\n%s", err, again)
	}
	first := *f
	first.Serial, first.Before = 1, ""
	text, err := first.Encode()
	if err != nil {
		t.Fatal(err)
	}
	b, err := Open([]Text{{&first, text}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := b.Sums(), (Sums{Claims: 2, Claimed: 45000, Paid: 10000, Cancelled: 35000, Waits: -500, Returned: 3000}); got != want {
		t.Errorf("sums %+v, want %+v", got, want)
	}
	if c := b.Claims["2234567897"]; c.State() != "paid" {
		t.Errorf("the claim that was settled is %s", c.State())
	}
}

// One change of a file at a time is refused, and no error quotes what it read.
func TestReadRefuses(t *testing.T) {
	for name, change := range map[string][2]string{
		"another version":      {"medlem: 1", "medlem: 2"},
		"no series":            {"series: 00", "series: 0x"},
		"serial without chain": {"serial: 2", "serial: 1"},
		"a day that is none":   {"day: 2026-02-03", "day: 2026-02-30"},
		"short payload":        {"claim 1234567897", "claim 123456789"},
		"amount of nothing":    {"35000 asker", "0 asker"},
		"leading zero":         {"10000 asker", "010000 asker"},
		"another kind":         {"2026 join", "2026 gift"},
		"a name for a price":   {"asker adult", "asker Kari"},
		"a word too many":      {"cancel 1234567897 waived", "cancel 1234567897 waived Kari"},
		"a word too few":       {"debit 1234567897", "debit"},
		"unknown deed":         {"debit 1234567897", "steal 1234567897"},
		"unknown channel":      {"remind 1234567897 email", "remind 1234567897 pigeon"},
		"text as reference":    {"22345678974 12", "Kari 12"},
		"a blank at the end":   {"debit 1234567897\n", "debit 1234567897 \n"},
		"no last line feed":    {"waived\n", "waived"},
		"a carriage return":    {"waived\n", "waived\r\n"},
	} {
		text := strings.Replace(sample, change[0], change[1], 1)
		if text == sample {
			t.Fatalf("%s: changes nothing", name)
		}
		if f, err := Read([]byte(text)); err == nil {
			t.Errorf("%s: read as %+v", name, f)
		} else if strings.Contains(err.Error(), "Kari") {
			t.Errorf("%s: the error quotes it: %v", name, err)
		}
	}
}

// A file that is missing, twice, changed, or of another series breaks the chain.
func TestChain(t *testing.T) {
	make3 := func() []Text {
		var out []Text
		before := ""
		for i := range 3 {
			f := &File{ID: "h7k2aaaaaaaaa", Unit: "national", Serial: i + 1, Before: before, Day: "2026-01-02", Series: strings.Repeat("ab", 32), Next: uint64(i)}
			text, err := f.Encode()
			if err != nil {
				t.Fatal(err)
			}
			before = Digest(text)
			out = append(out, Text{f, text})
		}
		return out
	}
	if _, err := Open(make3()); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func([]Text) []Text{
		"missing":        func(x []Text) []Text { return []Text{x[0], x[2]} },
		"twice":          func(x []Text) []Text { return append(x, x[2]) },
		"changed":        func(x []Text) []Text { x[1].Text = append(x[1].Text, '\n'); return x },
		"another series": func(x []Text) []Text { x[2].Series = strings.Repeat("cd", 32); return x },
		"counter back":   func(x []Text) []Text { x[2].Next = 0; return x },
	} {
		if _, err := Open(spoil(make3())); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := Open(make3()[1:]); err != nil {
		t.Errorf("the oldest is gone: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sample))
	f.Fuzz(func(t *testing.T, text []byte) {
		x, err := Read(text)
		if err != nil {
			return
		}
		again, err := x.Encode()
		if err != nil || string(again) != string(text) {
			t.Errorf("read and written again it is another: %v", err)
		}
	})
}
