// Package subject answers what a member may ask about herself. Follow reads the
// signed history of main once, for all members; Past.Readers then says who could
// have read one record, by office and period. It needs no key: units, readers,
// grants and the days of commits are clear.
//
// It is an upper bound, and says so where it is shown: who could have read, not who
// looked. Somebody could read a record
//
//   - as long as a unit's keyring was sealed to her while a sealed record of it lay
//     in that unit. A grant that ends by its date alone takes nothing away: the
//     keyring stays sealed to her until the secretariat's next act seals it anew;
//   - after the member moved to another unit, until the unit that she left has
//     dropped the key of the version that it keeps for an undo;
//   - as the author of a proposal that brought the record or changed it, or as one
//     who may merge, from the day on which she wrote it until it was merged.
//
// What the register never holds is not told: who saw a draft, or a proposal that was
// rejected, and what somebody copied. The recovery identity could read all of it, and
// is no Interval; hosts and the check never could.
package subject

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// Interval is a period in which an officer could read a member's record. It names
// nobody: an office, and where it is held.
type Interval struct {
	Unit   register.UnitID // of the member's record
	Office string          // a key of the policy of that time; "" where no grant gave the access
	Of     register.UnitID // where the office is held
	Why    string          // the purpose that the grant names, a key of the office's in the policy of that time; "": none
	From   register.Day    // the first day
	To     register.Day    // the last day; "": she still could today
	Seats  int             // how many officers of that office had just this period
	Copy   int             // versions of the record written when it ended: what a copy that she kept could hold at most
}

// Past is the history of a register as members' rights need it. It is safe for
// concurrent use.
type Past struct {
	w    *walker
	tail tail
}

// Versions returns how many versions of a record have been written, 0 of one that
// the register never held.
func (p *Past) Versions(id register.RecordID) int {
	r := p.w.records[id]
	if r == nil {
		return 0
	}
	return len(r.versions)
}

// Units returns the units in which a record has been, in the order in which it came
// there first.
func (p *Past) Units(id register.RecordID) []register.UnitID {
	r := p.w.records[id]
	if r == nil {
		return nil
	}
	var out []register.UnitID
	for _, s := range r.stays {
		if u := p.w.units[s.unit].id; !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}

// Readers returns who could read a record, as seen on a day, those who still can
// first, then by the last day, the latest first; nil for a record that the register
// never held. Each officer has an interval of her own for each of her offices;
// those that are equal in everything are one, with as many Seats.
func (p *Past) Readers(id register.RecordID, today register.Day) []Interval {
	r := p.w.records[id]
	if r == nil {
		return nil
	}
	units, secretariat := p.until(today)
	var found []piece
	for i, s := range r.stays {
		end, gone := p.w.stayEnd(r, i)
		line := p.w.units[s.unit]
		if u := units[s.unit]; u != nil {
			line = u
		}
		for _, x := range line.spans {
			from, to := later(x.from, instant{s.from, p.w.days[s.from]}), x.to
			if end.before(to) {
				to = end
			}
			if from.before(to) {
				found = append(found, p.w.piece(r, x.of, s.unit, from, to, gone))
			}
		}
	}
	for _, b := range r.brought {
		found = append(found, p.w.opened(r, b, secretariat)...)
	}
	return intervals(p.w, found)
}

// intervals joins what follows on itself and leaves out whom it was.
func intervals(w *walker, found []piece) []Interval {
	slices.SortFunc(found, func(a, b piece) int {
		return cmp.Or(cmp.Compare(a.of.who, b.of.who), cmp.Compare(a.of.seat, b.of.seat), cmp.Compare(a.unit, b.unit), cmp.Compare(a.from, b.from))
	})
	var out []Interval
	for i := 0; i < len(found); {
		x := found[i]
		for i++; i < len(found) && found[i].of == x.of && found[i].unit == x.unit && (x.to == "" || found[i].from <= x.to.Add(1)); i++ {
			if y := found[i]; y.to == "" || x.to != "" && y.to > x.to {
				x.to = y.to
			}
			x.copy = max(x.copy, found[i].copy)
		}
		seat := w.seats[x.of.seat]
		out = append(out, Interval{w.units[x.unit].id, seat.office, seat.of, seat.why, x.from, x.to, 1, x.copy})
	}
	slices.SortFunc(out, compare)
	n := 0
	for i := range out {
		if n > 0 && compare(out[n-1], out[i]) == 0 {
			out[n-1].Seats++
			continue
		}
		out[n] = out[i]
		n++
	}
	return out[:n]
}

// compare orders intervals of one record; equal ones differ in whom they are about.
func compare(a, b Interval) int {
	last := func(x Interval) string { return string(cmp.Or(x.To, "~")) } // after every day
	return cmp.Or(strings.Compare(last(b), last(a)), cmp.Compare(a.From, b.From), cmp.Compare(a.Unit, b.Unit),
		cmp.Compare(a.Of, b.Of), cmp.Compare(a.Office, b.Office), cmp.Compare(a.Why, b.Why), cmp.Compare(b.Copy, a.Copy))
}

// piece is a part of an interval of one officer.
type piece struct {
	of       holder
	unit     int32
	from, to register.Day // to "": still
	copy     int
}

// piece makes one of a part of a timeline. No version from the commit gone on was
// written here.
func (w *walker) piece(r *past, of holder, unit int32, from, to instant, gone int32) piece {
	x := piece{of: of, unit: unit, from: from.day}
	last := gone
	switch {
	case to.commit == never:
	case to.day == w.days[to.commit]: // a commit ended it, on a day on which she still could
		x.to, last = to.day, min(gone, to.commit)
	default: // a date did, at the beginning of the day
		x.to, last = to.day.Add(-1), min(gone, to.commit+1)
	}
	x.copy = r.before(last)
	return x
}

// before counts the versions that commits before k wrote.
func (r *past) before(k int32) int {
	return sort.Search(len(r.versions), func(i int) bool { return r.versions[i] >= k })
}

// never is the commit at which ends what has not ended.
const never = math.MaxInt32

// instant is a moment at which who reads may change: when a commit was made, or the
// beginning of a later day, before the next commit.
type instant struct {
	commit int32
	day    register.Day
}

func (a instant) before(b instant) bool {
	return a.commit < b.commit || a.commit == b.commit && a.day < b.day
}

func later(a, b instant) instant {
	if a.before(b) {
		return b
	}
	return a
}
