package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// Review is one control of who has access, data/<unit>/reviews/<YYYY-MM-DD>.yaml:
// every grant that stood there, kept or ended. Its unit is the top one where the
// policy controls all units at once.
type Review struct {
	Unit  register.UnitID
	Day   register.Day
	Kept  []GrantID // sorted
	Ended []GrantID // sorted; none of Kept
}

// GrantID names a grant in clear files: where it is, and whose.
type GrantID struct {
	Unit   register.UnitID
	Handle register.Handle
}

// String is "<unit> <handle>".
func (id GrantID) String() string { return string(id.Unit) + " " + string(id.Handle) }

// ID returns what the grant is called in reviews.
func (g *Grant) ID() GrantID { return GrantID{g.Unit, g.Handle} }

func (id GrantID) compare(other GrantID) int {
	if id.Unit != other.Unit {
		return cmp(id.Unit, other.Unit)
	}
	return cmp(id.Handle, other.Handle)
}

const reviewLimit = 10_000 // grants that one review names

// Encode returns the review's file.
func (v *Review) Encode() []byte {
	f := register.NewFlat()
	f.SetList("kept", lines(v.Kept))
	f.SetList("ended", lines(v.Ended))
	return f.Encode()
}

func lines(ids []GrantID) []string {
	var out []string
	for _, id := range ids {
		out = append(out, id.String())
	}
	return out
}

// ParseReview reads the review that lies at a path of kind Review. Whether it
// names every grant is another question.
func ParseReview(p register.Path, b []byte) (*Review, error) {
	f, err := register.ParseFlat(b)
	if err != nil {
		return nil, err
	}
	v := &Review{Unit: p.Unit, Day: p.Day}
	seen := map[GrantID]bool{}
	if v.Kept, err = grantIDs(f, "kept", seen); err != nil {
		return nil, err
	}
	if v.Ended, err = grantIDs(f, "ended", seen); err != nil {
		return nil, err
	}
	if err := f.End(); err != nil {
		return nil, err
	}
	if len(seen) == 0 {
		return nil, &register.FlatError{Line: 1, Col: 1, Msg: "a review that names no grant"}
	}
	return v, nil
}

// grantIDs takes a list of grants, sorted, none of which was seen before.
func grantIDs(f *register.Flat, key string, seen map[GrantID]bool) ([]GrantID, error) {
	l, line, err := f.List(key, false)
	if err != nil {
		return nil, err
	}
	var out []GrantID
	for i, s := range l {
		fault := func(format string, args ...any) error {
			return &register.FlatError{Line: line + 1 + i, Col: 5, Msg: fmt.Sprintf(format, args...)}
		}
		unit, handle, _ := strings.Cut(s, " ")
		u, uerr := register.ParseUnitID(unit)
		h, herr := register.ParseHandle(handle)
		id := GrantID{u, h}
		switch {
		case uerr != nil || herr != nil:
			return nil, fault("malformed grant: want a unit, a space and a handle")
		case seen[id]:
			return nil, fault("%s stands twice", id)
		case i > 0 && id.compare(out[i-1]) < 0:
			return nil, fault("grants are not sorted")
		case len(seen) == reviewLimit:
			return nil, fault("more than %d grants", reviewLimit)
		}
		seen[id] = true
		out = append(out, id)
	}
	return out, nil
}

// ReviewUnit returns the unit in whose folder the reviews of a unit's grants lie:
// its own, or the top one where all are reviewed at once. It is false where the
// policy asks for no review.
func (s *State) ReviewUnit(unit register.UnitID) (register.UnitID, bool) {
	if s.Policy == nil || s.Policy.Review.AccessReview.PerYear == 0 {
		return "", false
	}
	if _, ok := s.Policy.Unit(unit); !ok {
		return "", false
	}
	if s.Policy.Review.AccessReview.Of == policy.ReviewAll {
		return s.Policy.Root().ID, true
	}
	return unit, true
}

// ReviewDue returns the last day on which the next review of a unit's grants is
// in time, and whether that day is over. It is false (ok) where none is owed: the
// policy asks for none, or there are no grants.
//
// The time is counted from the last review, or from the day that the policy
// gives, whichever is later; where there was no review yet, not from before the
// first grant, so that a new unit is not late on its first day.
func (s *State) ReviewDue(unit register.UnitID, day register.Day) (due register.Day, overdue, ok bool) {
	at, ok := s.ReviewUnit(unit)
	if !ok || s.Units[at] == nil || len(s.Units[at].Grants) == 0 {
		return "", false, false
	}
	rule := s.Policy.Review.AccessReview
	from, reviewed := rule.Since, false
	for _, d := range s.Units[at].Reviews {
		if d <= day {
			from, reviewed = max(from, d), true
		}
	}
	if !reviewed {
		first := register.Day("")
		for _, g := range s.Units[at].Grants {
			if first == "" || g.From < first {
				first = g.From
			}
		}
		from = max(from, first)
	}
	due = from.Add(rule.Days())
	return due, day > due, true
}

// ReviewNames returns the grants that a review of a unit's grants must name,
// sorted: every one that there is, whether it gives access or not. Where all units
// are reviewed at once, ask the whole state: a part of it does not have them all.
func (s *State) ReviewNames(unit register.UnitID) []GrantID {
	at, ok := s.ReviewUnit(unit)
	if !ok {
		return nil
	}
	var out []GrantID
	for id, u := range s.Units {
		if id != at && s.Policy.Review.AccessReview.Of != policy.ReviewAll {
			continue
		}
		for _, g := range u.Grants {
			out = append(out, g.ID())
		}
	}
	slices.SortFunc(out, GrantID.compare)
	return out
}
