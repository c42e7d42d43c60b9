package label

import "fmt"

// A Sheet says how labels are printed.
type Sheet struct {
	Format Format
	First  int     // the first free label of the first page, from 1; 0 is 1
	ShiftX float64 // mm by which everything moves to the right, at most ShiftLimit
	ShiftY float64 // mm by which everything moves down
	Apart  *Apart  // on pages after the labels; nil: there are none
}

const (
	ShiftLimit = 10 // mm to either side: more is another format

	labelPad  = 3.0 // mm between a label's edge and its text
	unprinted = 5.0 // mm along the page's edges where most printers print nothing
)

func (s *Sheet) check() error {
	if err := s.Format.Check(); err != nil {
		return err
	}
	if s.First == 0 {
		s.First = 1
	}
	if n := s.Format.PerPage(); s.First < 1 || s.First > n {
		return fmt.Errorf("first free label %d: the sheet has labels 1 to %d", s.First, n)
	}
	for _, d := range []float64{s.ShiftX, s.ShiftY} {
		if !(d >= -ShiftLimit && d <= ShiftLimit) {
			return fmt.Errorf("shift of %.1f mm: give at most %d mm to either side", d, ShiftLimit)
		}
	}
	return nil
}

// room is where the text of a label may stand, before the shift: away from its
// edges, and from the page's.
func (s *Sheet) room(place int) rect {
	page := rect{0, 0, s.Format.Page.W, s.Format.Page.H}.inset(unprinted)
	return s.Format.at(place).inset(labelPad).and(page)
}

// Labels prints one label for each entry, in order, from the first free one on.
// An address is set in 11 points and smaller down to 8; where that is not enough
// its lines are broken. What does not fit even so, or cannot be printed, is in the Faults
// that are then the error.
func Labels(d Document, s Sheet, entries []Entry) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	switch {
	case len(entries) == 0:
		return nil, ErrNothing
	case len(entries) > EntryLimit:
		return nil, tooMany(len(entries), "labels", EntryLimit)
	}
	w, err := newWriter(d, s.Format.Page)
	if err != nil {
		return nil, err
	}
	f := regular()
	var faults Faults
	if s.Apart != nil {
		faults = s.Apart.check()
	}
	for i, e := range entries {
		lines, bad := e.lines(f, i+1, "address")
		if bad != nil {
			faults = append(faults, bad...)
			continue
		}
		place := (s.First - 1 + i) % s.Format.PerPage()
		room := s.room(place)
		b, ok := fit(f, lines, room.w, room.h)
		if !ok {
			faults = append(faults, Fault{Number: i + 1, ID: e.ID, Part: "address", Kind: TooLong})
		}
		if len(faults) > 0 {
			continue // nothing more is drawn, only checked
		}
		if i == 0 || place == 0 {
			if err := w.addPage(); err != nil {
				return nil, err
			}
		}
		b.draw(w, f, room.x+s.ShiftX, room.y+s.ShiftY+(room.h-b.height())/2)
	}
	if err := faults.asError(); err != nil {
		return nil, err
	}
	if err := s.Apart.draw(w); err != nil {
		return nil, err
	}
	return w.bytes()
}
