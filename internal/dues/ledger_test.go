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

// later is a file with the lines and words that came after sample.
//
//go:embed testdata/ledger-later.yaml
var later string

// A settlement is taken back, a cancelled claim is claimed after all, and money in another
// currency is in no sum.
func TestReadLater(t *testing.T) {
	f, err := Read([]byte(later))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := f.Encode(); err != nil || string(again) != later {
		t.Fatalf("%v\n%s", err, again)
	}
	b, err := Open([]Text{{f, []byte(later)}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := b.Sums(), (Sums{Claims: 1, Claimed: 35000, Open: 35000, Waits: 35000}); got != want {
		t.Errorf("sums %+v, want %+v", got, want)
	}
	if w := b.Waiting[0]; w.Left != 0 || !w.Foreign() {
		t.Errorf("what came in another currency: %+v", w)
	}
	for name, change := range map[string][2]string{
		"a currency that is none":       {"12 EUR", "12 euro"},
		"an empty last word":            {"12 EUR", "12 "},
		"taken back and never settled":  {"settle 2 35000 returned", "settle 2 34000 returned"},
		"taken back as something else":  {"settle 2 -35000 returned", "settle 2 -35000 dropped"},
		"claimed after all, and was so": {"cancel 1234567897 waived\n", ""},
		"another currency than it came": {"settle 1 3000 returned - payer-said EUR", "settle 1 3000 returned - payer-said"},
		"a part of another currency":    {"settle 1 3000 returned", "settle 1 2000 returned"},
	} {
		text := strings.Replace(later, change[0], change[1], 1)
		if text == later {
			t.Fatalf("%s: changes nothing", name)
		}
		if f, err := Read([]byte(text)); err == nil {
			if _, err = Open([]Text{{f, []byte(text)}}); err == nil {
				t.Errorf("%s: opened", name)
			}
		}
	}
}

// What settles money, or is for a claim, that is gone with an older file does not stop the
// books from being opened, and what of it still stands here is booked.
func TestOlderIsGone(t *testing.T) {
	head, entries, _ := strings.Cut(later, "claim ")
	head = strings.NewReplacer("serial: 1", "serial: 7", "before: -", "before: "+strings.Repeat("0", 64)).Replace(head)
	_, claim, _ := strings.Cut(entries, "\n")
	claim = "claim " + strings.TrimSuffix(entries, claim)
	for name, c := range map[string]struct {
		lines string
		want  Sums
	}{
		"money that is gone, for a claim that is here":       {claim + "settle 1 35000 to 1234567897 payer-said\n", Sums{Claims: 1, Claimed: 35000, Paid: 35000}},
		"money that is here, for a claim that is gone":       {"wait 1 2026-02-02 35000 bank 200102030405060708090a0b0c0d0e0f no-reference - 12\nsettle 1 35000 to 1234567897 payer-said\n", Sums{}},
		"money before other money that is here":              {"wait 2 2026-02-02 500 bank 200102030405060708090a0b0c0d0e0f no-reference - 12\nsettle 1 35000 to 1234567897 payer-said\n", Sums{Waits: 500}},
		"taken back of money that is gone and a gone claim":  {"settle 1 -35000 to 1234567897 misread\n", Sums{}},
		"claimed after all, of a claim that is gone as well": {"reclaim 1234567897\n", Sums{}},
	} {
		text := []byte(head + c.lines)
		f, err := Read(text)
		if err != nil {
			t.Fatal(name, err)
		}
		b, err := Open([]Text{{f, text}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := b.Sums(); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

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
