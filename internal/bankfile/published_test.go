package bankfile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Lines that Nets and Bankgirot print in their descriptions, in a file of their own.
func TestPublishedLines(t *testing.T) {
	f, err := Read([]byte(strings.Join([]string{
		"NY000010000080800170031000102" + zeros(51),
		"NY090020001008566000000299991042764" + zeros(45),
		"NY09103000000022001921320101464000000000000102000                  0036633000000",
		"NY091031000000297975960160975960161883206160192999910055240000000000000000000000",
		"NY090088" + number(1, 8) + number(4, 8) + number(102000, 17) + "200192200192200192" + zeros(21),
		"NY000089" + number(1, 8) + number(6, 8) + number(102000, 17) + "200192" + zeros(33),
	}, "\n")))
	if err != nil || len(f.Payments) != 1 {
		t.Fatal(err)
	}
	if got, want := line(f.Payments[0]), `3 99991042764 1992-01-20 102000 NOK ["0036633"] bank`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	f, err = Read([]byte(strings.Join([]string{
		"01BGMAX               0120040525173035010331P",
		"050009912346          SEK",
		"200003783511                   655969000000000000100000220000000000100",
		"15" + zeros(19) + "5841000001009823" + "20040525" + "00074" + number(100000, 18) + "SEK" + number(1, 8),
		"70" + number(1, 8) + number(0, 8) + number(0, 8) + number(1, 8),
	}, "\n")))
	if err != nil || len(f.Payments) != 1 || f.Test {
		t.Fatal(err)
	}
	if got, want := line(f.Payments[0]), `3 9912346 2004-05-25 100000 SEK ["655969"] bank`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Where the files that others published are at hand (MEDLEM_BANK_SAMPLES, a folder with
// the three of github.com/otovo/python-netsgiro's tests and Bankgirot's example of BgMax
// under bgmax.txt), they are read and written too.
func TestPublishedFiles(t *testing.T) {
	dir := os.Getenv("MEDLEM_BANK_SAMPLES")
	if dir == "" {
		t.Skip("MEDLEM_BANK_SAMPLES names no folder")
	}
	for name, want := range map[string]struct {
		payments, mandates int
		sum                int64
	}{
		"ocr_giro_transactions.txt": {20, 0, 5144900}, "avtalegiro_agreements.txt": {0, 16, 0}, "bgmax.txt": {7, 0, 990000},
	} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is not there", name)
			continue
		}
		f, err := Read(b)
		if err != nil || len(f.Payments) != want.payments || len(f.Mandates) != want.mandates || f.Sum != want.sum {
			t.Errorf("%s: %v", name, err)
			continue
		}
		lines := strings.SplitAfter(string(b), "\n")
		for i := range lines { // a line lost is noticed, or only says who paid
			g, err := Read([]byte(strings.Join(slices.Delete(slices.Clone(lines), i, i+1), "")))
			if err == nil && (g.Sum != f.Sum || len(g.Payments) != len(f.Payments) || len(g.Mandates) != len(f.Mandates)) {
				t.Errorf("%s: line %d is lost, and nothing notices it", name, i+1)
			}
		}
	}
}
