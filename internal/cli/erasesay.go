package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/medlem-register/medlem/internal/register"
)

// erasingShown is how many records are named before they are erased.
const erasingShown = 20

// erasedBefore returns the days on which those of the records were erased that are so
// already.
func (s *session) erasedBefore(ids []register.RecordID) (map[register.RecordID]register.Day, error) {
	out := map[register.RecordID]register.Day{}
	gone := map[register.RecordID]bool{}
	for _, id := range ids {
		if _, err := s.Find(id); err != nil {
			gone[id] = true
		}
	}
	if len(gone) == 0 {
		return out, nil
	}
	list, err := s.ListErasures()
	if err != nil {
		return nil, err
	}
	for _, x := range list.Erased {
		if gone[x.ID] {
			out[x.ID] = x.Day
		}
	}
	return out, nil
}

// showErasing shows whoever is asked what is about to be erased.
func (s *session) showErasing(ids []register.RecordID, before map[register.RecordID]register.Day) {
	if !s.Terminal {
		return
	}
	s.endProgress()
	t := &table{}
	shown, more := 0, 0
	for _, id := range ids {
		m, err := s.Find(id)
		switch _, done := before[id]; {
		case done, err != nil: // what cannot be found is refused after the question
			continue
		case shown == erasingShown:
			more++
			continue
		}
		shown++
		by, note := "", ""
		if m.Closed() {
			by = s.tr("to be erased by {{.Day}}", "Day", m.Path.Month.Last())
			if m.Path.Month > s.Today().Month() {
				note = s.tr("its time is not over yet")
			}
		}
		t.add(string(id), s.fullName(m), unitName(s.Policy(), m.Path.Unit), by, note)
	}
	t.write(s.Stderr, "  ")
	if more > 0 {
		fmt.Fprintln(s.Stderr, "  "+s.trn(more, "and {{.N}} more", "and {{.N}} more"))
	}
}

// eraseAgain finishes what an interrupted erasure has left to do, where there is
// something, and says that the records are erased already.
func (s *session) eraseAgain(ctx context.Context, ids []register.RecordID, before map[register.RecordID]register.Day) error {
	res, err := s.EraseFor(ctx, ids, nil)
	if err != nil {
		return err
	}
	papers, err := s.erasurePapers("")
	if err != nil {
		return err
	}
	return s.result(erasedOf(res, papers), func(w io.Writer) {
		for _, id := range ids {
			fmt.Fprintln(w, s.tr("{{.ID}} is erased already, since {{.Day}}.", "ID", id, "Day", before[id]))
		}
		if !res.Server {
			fmt.Fprintln(w, s.tr("The server still has the old keys: {{.Hint}}", "Hint", res.Hint))
		}
	})
}
