package reference

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func series(t testing.TB) *Series {
	t.Helper()
	s, err := NewSeries(bytes.Repeat([]byte{7}, KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Payloads stand in members' records and on what they pay: a counter must have the same
// in all versions of the program.
func TestSeriesVectors(t *testing.T) {
	s := series(t)
	for n, want := range seriesVectors {
		if got := s.Payload(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	if len(seriesVectors) < 5 {
		t.Error("vectors are missing")
	}
}

// Of a million claims no two have the same number, and each leads back to its counter.
// (That it does for each shows it for all: a function with an inverse repeats nothing.)
func TestN18SeriesNeverRepeats(t *testing.T) {
	const n = uint64(1_000_000)
	s := series(t)
	all := make([]uint64, n)
	for i := range n {
		p := s.Payload(i)
		if len(p) != PayloadDigits || p[0] == '0' || !isDigits(p) {
			t.Fatalf("a malformed payload at %d", i)
		}
		for _, c := range []byte(p) {
			all[i] = all[i]*10 + uint64(c-'0')
		}
		if i%100 == 0 {
			if back, err := s.Counter(p); err != nil || back != i {
				t.Fatalf("%d leads back to %d: %v", i, back, err)
			}
		}
	}
	slices.Sort(all)
	if got := len(slices.Compact(all)); got != int(n) {
		t.Errorf("%d claims have %d numbers", n, got)
	}
}

// Numbers beside each other have nothing in common: each digit is about as often each of
// the ten, and as often that of the next number as by chance.
func TestSeriesTellsNothing(t *testing.T) {
	const n = 20_000
	s := series(t)
	var count [PayloadDigits][10]int
	same, up := 0, 0
	last := s.Payload(0)
	for i := uint64(1); i <= n; i++ {
		p := s.Payload(i)
		for j := range p {
			count[j][p[j]-'0']++
			if p[j] == last[j] {
				same++
			}
		}
		if p > last {
			up++
		}
		last = p
	}
	for j := range count {
		for d, c := range count[j] {
			want := n / 10
			if j == 0 {
				if d == 0 {
					continue
				}
				want = n / 9
			}
			if c < want*9/10 || c > want*11/10 {
				t.Errorf("digit %d is %d in %d of %d", j+1, d, c, n)
			}
		}
	}
	if same < n*95/100 || same > n*107/100 { // a tenth of ten digits, and a ninth of the first
		t.Errorf("%d digits are those of the number before", same)
	}
	if up < n*48/100 || up > n*52/100 {
		t.Errorf("%d of %d are larger than the one before", up, n)
	}
	other, _ := NewSeries(bytes.Repeat([]byte{8}, KeySize))
	if other.Payload(1) == s.Payload(1) || other.Payload(2) == s.Payload(2) {
		t.Error("another key gives the same numbers")
	}
}

func TestSeriesRefuses(t *testing.T) {
	for _, key := range [][]byte{nil, make([]byte, 31), make([]byte, 33)} {
		if _, err := NewSeries(key); err == nil {
			t.Errorf("a key of %d bytes was taken", len(key))
		}
	}
	s := series(t)
	for _, p := range []string{"", "0123456789", "123456789", "12345678901", "12345678A0", strings.Repeat("9", 40)} {
		if n, err := s.Counter(p); err == nil {
			t.Errorf("%q is counter %d", p, n)
		}
	}
	if back, err := s.Counter(s.Payload(SeriesLimit - 1)); err != nil || back != SeriesLimit-1 {
		t.Errorf("the last counter leads back to %d: %v", back, err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a counter beyond the end has a payload")
		}
	}()
	s.Payload(SeriesLimit)
}

func BenchmarkPayload(b *testing.B) {
	s := series(b)
	for i := 0; b.Loop(); i++ {
		s.Payload(uint64(i))
	}
}
