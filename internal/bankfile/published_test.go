package bankfile

import (
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
