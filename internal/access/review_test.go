package access

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

func TestReviewRefuses(t *testing.T) {
	for _, x := range []struct {
		name, file string
		line, col  int
	}{
		{"no grants", "medlem: 1\n", 1, 1},
		{"an empty list", "medlem: 1\nkept:\n", 2, 1},
		{"grants in one line", "medlem: 1\nkept: asker o-aaaaaaaaaa\n", 2, 1},
		{"a handle alone", "medlem: 1\nkept:\n  - o-aaaaaaaaaa\n", 3, 5},
		{"a unit alone", "medlem: 1\nkept:\n  - asker\n", 3, 5},
		{"a name", "medlem: 1\nkept:\n  - asker kari\n", 3, 5},
		{"three words", "medlem: 1\nkept:\n  - asker o-aaaaaaaaaa kari\n", 3, 5},
		{"two spaces", "medlem: 1\nkept:\n  - asker  o-aaaaaaaaaa\n", 3, 5},
		{"the recovery recipient", "medlem: 1\nkept:\n  - asker recovery\n", 3, 5},
		{"not a unit", "medlem: 1\nkept:\n  - Kari o-aaaaaaaaaa\n", 3, 5},
		{"handles unsorted", "medlem: 1\nkept:\n  - asker o-bbbbbbbbbb\n  - asker o-aaaaaaaaaa\n", 4, 5},
		{"units unsorted", "medlem: 1\nkept:\n  - oslo o-aaaaaaaaaa\n  - asker o-bbbbbbbbbb\n", 4, 5},
		{"kept twice", "medlem: 1\nkept:\n  - asker o-aaaaaaaaaa\n  - asker o-aaaaaaaaaa\n", 4, 5},
		{"kept and ended", "medlem: 1\nkept:\n  - asker o-aaaaaaaaaa\nended:\n  - asker o-aaaaaaaaaa\n", 5, 5},
		{"ended first", "medlem: 1\nended:\n  - asker o-aaaaaaaaaa\nkept:\n  - asker o-bbbbbbbbbb\n", 4, 1},
		{"why", "medlem: 1\nkept:\n  - asker o-aaaaaaaaaa\nbecause: kari\n", 4, 1},
		{"another version", "medlem: 2\nkept:\n  - asker o-aaaaaaaaaa\n", 1, 9},
	} {
		v, err := ParseReview(vectorReview, []byte(x.file))
		var f *register.FlatError
		switch {
		case !errors.As(err, &f):
			t.Errorf("%s: ParseReview = %+v, %v, want a *register.FlatError", x.name, v, err)
		case f.Line != x.line || f.Col != x.col:
			t.Errorf("%s: at %d:%d (%s), want %d:%d", x.name, f.Line, f.Col, f.Msg, x.line, x.col)
		case strings.Contains(strings.ToLower(f.Msg), "kari"):
			t.Errorf("%s: the error repeats the text: %s", x.name, f.Msg)
		}
	}

	// As many as may be are read; one more is not. Short units, since the file has
	// its own limit.
	v := &Review{Unit: vectorReview.Unit, Day: vectorReview.Day}
	for i := range reviewLimit {
		v.Kept = append(v.Kept, GrantID{"a", register.Handle("o-aaaaaa" + string([]byte{'a' + byte(i/26/26/26), 'a' + byte(i/26/26%26), 'a' + byte(i/26%26), 'a' + byte(i%26)}))})
	}
	if _, err := ParseReview(vectorReview, v.Encode()); err != nil {
		t.Errorf("%d grants: %v", reviewLimit, err)
	}
	v.Ended = []GrantID{{"b", "o-aaaaaaaaaa"}}
	if _, err := ParseReview(vectorReview, v.Encode()); err == nil {
		t.Errorf("%d grants are read", reviewLimit+1)
	}
}

// A review has one form: if it parses, it is what Encode writes, and it names no
// grant twice.
func FuzzReview(f *testing.F) {
	f.Add(vector(f, "review.yaml"))
	f.Add([]byte("medlem: 1\nended:\n  - asker o-aaaaaaaaaa\n"))
	f.Add([]byte("medlem: 1\nkept:\n  - a-b o-aaaaaaaaaa\n  - a o-aaaaaaaaaa\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := ParseReview(vectorReview, b)
		if err != nil {
			return
		}
		if !bytes.Equal(v.Encode(), b) {
			t.Errorf("review %q is written %q", b, v.Encode())
		}
		seen := map[GrantID]bool{}
		for _, id := range append(v.Kept, v.Ended...) {
			if seen[id] || fmt.Sprint(id) == "" {
				t.Errorf("review %q names %s twice", b, id)
			}
			seen[id] = true
		}
	})
}

// reviewed adds a review, of which only the name counts here.
func (x *tree) reviewed(unit register.UnitID, day register.Day) {
	x.t.Helper()
	v := &Review{Kept: []GrantID{{unit, "o-aaaaaaaaaa"}}}
	x.put(register.Path{Kind: register.Review, Unit: unit, Day: day}.String(), v.Encode())
}

func (x *tree) reviewRule(text string) {
	x.t.Helper()
	x.put("policies/review.yaml", []byte(text))
}

// due is the story's question: until when is a review in time, and is it late.
func due(t *testing.T, s *State, unit register.UnitID, day, want register.Day, late bool) {
	t.Helper()
	got, overdue, ok := s.ReviewDue(unit, day)
	if got != want || overdue != late || ok != (want != "") {
		t.Errorf("the review of %s on %s is due %q, late %v, owed %v; want %q, %v", unit, day, got, overdue, ok, want, late)
	}
}

const twiceAYear = "access: {per-year: 2, by: [secretariat], notice: 14, of: unit, blocks: true, since: 2026-01-01}\n"

func TestReviewDue(t *testing.T) {
	x := newTree(t)
	x.grant("sec", "secretariat", "national", "2025-01-01", "")
	x.grant("kari", "member-officer", "asker", "2025-02-01", "")
	due(t, x.sound(), "asker", "2030-01-01", "", false) // no policy asks for one

	// 184 days from the day that the policy gives, and not one more.
	x.reviewRule(twiceAYear)
	s := x.sound()
	due(t, s, "asker", "2026-07-04", "2026-07-04", false)
	due(t, s, "asker", "2026-07-05", "2026-07-04", true)
	due(t, s, "karasjok", "2030-01-01", "", false) // nobody has access there by a grant of its own
	due(t, s, "oslo", "2030-01-01", "", false)     // there is no such unit

	// A review counts from its day, in its unit, and not before it was made.
	x.reviewed("asker", "2026-06-30")
	s = x.sound()
	due(t, s, "asker", "2026-07-05", "2026-12-31", false)
	due(t, s, "asker", "2027-01-01", "2026-12-31", true)
	due(t, s, "asker", "2026-06-29", "2026-07-04", false)
	due(t, s, "national", "2026-07-05", "2026-07-04", true)

	// The newest counts, whatever the order; what is not a review does not.
	x.reviewed("asker", "2026-12-24")
	x.reviewed("asker", "2026-09-01")
	x.put("data/asker/reviews/soon.yaml", []byte("x"))
	s = x.sound()
	due(t, s, "asker", "2027-01-01", "2027-06-26", false)
	if got := s.Units["asker"].Reviews; fmt.Sprint(got) != "[2026-06-30 2026-09-01 2026-12-24]" {
		t.Errorf("reviews %s", got)
	}

	// A unit that comes later is not late on its first day. Once it was reviewed,
	// a newer grant wins no time.
	x.grant("ola", "chair", "karasjok", "2028-03-01", "")
	s = x.sound()
	due(t, s, "karasjok", "2028-03-01", "2028-09-01", false)
	due(t, s, "karasjok", "2028-09-02", "2028-09-01", true)
	x.reviewed("karasjok", "2028-08-31")
	x.grant("ola", "chair", "karasjok", "2029-02-01", "")
	due(t, x.sound(), "karasjok", "2029-03-04", "2029-03-03", true)
}

// Where all units are reviewed at once, the review lies in the top unit's folder
// and stands for everyone.
func TestReviewOfAll(t *testing.T) {
	x := newTree(t)
	x.grant("sec", "secretariat", "national", "2025-01-01", "")
	x.grant("kari", "member-officer", "asker", "2025-02-01", "")
	x.reviewRule(strings.Replace(twiceAYear, "of: unit", "of: all", 1))
	x.reviewed("asker", "2026-06-30") // in the wrong place
	s := x.sound()
	due(t, s, "asker", "2026-07-05", "2026-07-04", true)
	due(t, s, "karasjok", "2026-07-05", "2026-07-04", true)
	x.reviewed("national", "2026-07-01")
	s = x.sound()
	due(t, s, "asker", "2026-07-05", "2027-01-01", false)
	due(t, s, "national", "2027-01-02", "2027-01-01", true)

	want := []GrantID{{"asker", handle("kari")}, {"national", handle("sec")}}
	if got := s.ReviewNames("karasjok"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("a review of all must name %s, want %s", got, want)
	}
	x.reviewRule(twiceAYear)
	if got := x.sound().ReviewNames("asker"); fmt.Sprint(got) != fmt.Sprint(want[:1]) {
		t.Errorf("a review of Asker must name %s", got)
	}
}
