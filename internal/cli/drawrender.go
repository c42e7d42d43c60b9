package cli

import (
	"bytes"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/label"
	"github.com/medlem-register/medlem/internal/sheet"
)

// rendering makes the file of a list in memory. What it makes is in the clear: desk
// protects it, and gives it out only with its receipt.
func (s *session) rendering(format string) func(*desk.List) ([]byte, error) {
	switch format {
	case access.FormatCSV:
		return s.renderCSV
	case access.FormatPDF:
		return s.renderPDF
	}
	return s.renderXLSX
}

func (s *session) spec(l *desk.List) sheet.TableSpec {
	return sheet.TableSpec{Sheet: s.titleThere(l.Receipt), Notice: l.Notice, Header: l.Header, Rows: slices.Values(l.Rows)}
}

// purposeThere is the purpose in the organisation's language: what stands in a list
// does not depend on who draws it.
func (s *session) purposeThere(l *desk.List) string {
	return desk.PurposeName(s.Policy(), l.Receipt.Purpose, s.Policy().Languages[0])
}

// titleThere is what a list is called where a window, a printer's queue or a tab shows
// it: its purpose, or where membership is a sensitive fact, the beginning of its
// receipt's id.
func (s *session) titleThere(r *access.Draw) string {
	p := s.Policy()
	if p.Hides() {
		return desk.CanaryCode(r.ID)
	}
	return desk.PurposeName(p, r.Purpose, p.Languages[0])
}

func (s *session) renderXLSX(l *desk.List) ([]byte, error) {
	var b bytes.Buffer
	err := sheet.WriteTable(&b, s.spec(l))
	return b.Bytes(), err
}

func (s *session) renderCSV(l *desk.List) ([]byte, error) {
	var b bytes.Buffer
	err := sheet.WriteCSV(&b, s.spec(l))
	return b.Bytes(), err
}

// uprightColumns is how many columns an upright page has room for.
const uprightColumns = 4

func (s *session) renderPDF(l *desk.List) ([]byte, error) {
	purpose, id := s.purposeThere(l), string(l.Receipt.ID)
	return label.PrintList(label.Document{Created: s.Now(), Title: documentTitle(s.titleThere(l.Receipt), l.Receipt), Lang: s.Policy().Languages[0], Mark: id},
		label.List{Purpose: purpose, Destroy: l.Notice, Mark: id, Headings: l.Header, Rows: l.Rows, Across: len(l.Header) > uprightColumns})
}

// wayOut is what a rule of the check says to do.
func wayOut(rule string) string {
	for _, r := range check.Rules() {
		if r.ID == rule {
			return r.WayOut
		}
	}
	return ""
}
