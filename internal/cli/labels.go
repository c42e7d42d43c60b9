package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/label"
)

type labelFlags struct {
	drawFlags
	sheet     string
	first     int
	shift     string
	testSheet bool
}

// labelsPurpose is the purpose of lists that labels have where nobody says.
const labelsPurpose = "labels"

func (a *app) labelsCommand() *cobra.Command {
	var o labelFlags
	c := a.build(command{
		use:   "labels",
		short: a.tr("print address labels, as a sealed PDF with its receipt"),
		long: a.tr("Makes a PDF with one label for each member, sealed to whoever gets it, and writes the receipt of what left the register. " +
			"Members without a postal address get no label: they stand on a page of their own at the end. " +
			"With --test-sheet it prints the outlines of the labels and nobody's address, to be held against a sheet. " +
			"Sheets are L7160, L7163 and 3x8 (70 x 37 mm); another is described by the size of a label in mm, how many there are across and down, and where that is not enough by the margins to the first one, the distances from one to the next, and the page: 63.5x38.1,3x7,left=7.2,top=15.15,pitch=66.04x38.1,page=210x297. " +
			"Tell the printer to print in actual size."),
		example: "medlem labels --test-sheet --sheet L7160 --out test.pdf\nmedlem labels --unit asker --purpose labels --sheet L7160 --first 4 --out labels.pdf.age",
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			sheet, err := a.labelSheet(o)
			if err != nil {
				return err
			}
			if o.testSheet {
				return a.testSheet(o, sheet)
			}
			return a.at(withKey, func(s *session) error { return s.labels(c.Context(), o, sheet) })
		},
	})
	f := c.Flags()
	a.printingFlags(c, &o.drawFlags, labelsPurpose)
	f.StringVar(&o.sheet, "sheet", "L7160", a.tr("the `SHEET` of labels: L7160, L7163, 3x8, or its measures"))
	f.IntVar(&o.first, "first", 1, a.tr("`NUMBER` of the first free label on the first sheet"))
	f.StringVar(&o.shift, "shift", "", a.tr("move everything to the right and down by `X,Y` mm; a minus moves to the left and up"))
	f.BoolVar(&o.testSheet, "test-sheet", false, a.tr("make a sheet with outlines and no member"))
	return c
}

// labelSheet reads --sheet, --first and --shift.
func (a *app) labelSheet(o labelFlags) (label.Sheet, error) {
	s := label.Sheet{First: o.first}
	var ok bool
	if s.Format, ok = label.FormatNamed(o.sheet); !ok {
		if s.Format, ok = ownFormat(o.sheet); !ok {
			return s, usageError(a.tr("--sheet: not understood"), a.tr("give L7160, L7163, 3x8, or the size of a label and how many there are across and down, such as 70x37,3x8"))
		}
		if err := s.Format.Check(); err != nil {
			return s, usageError(err.Error(), "")
		}
	}
	if n := s.Format.PerPage(); o.first < 1 || o.first > n {
		return s, usageError(a.tr("--first: the sheet has labels 1 to {{.Last}}", "Last", n), "")
	}
	if o.shift == "" {
		return s, nil
	}
	x, y, ok := strings.Cut(o.shift, ",")
	var err1, err2 error
	s.ShiftX, err1 = strconv.ParseFloat(strings.TrimSpace(x), 64)
	s.ShiftY, err2 = strconv.ParseFloat(strings.TrimSpace(y), 64)
	limit := float64(label.ShiftLimit)
	if within := func(d float64) bool { return d >= -limit && d <= limit }; !ok || err1 != nil || err2 != nil || !within(s.ShiftX) || !within(s.ShiftY) {
		return s, usageError(a.tr("--shift: not understood"), a.tr("write it as --shift 1.5,-2: mm to the right and down, at most {{.Limit}}", "Limit", label.ShiftLimit))
	}
	return s, nil
}

// ownFormat reads a sheet's own measures, "63.5x38.1,3x7,left=7.2,…". Without
// margins the labels stand in the middle of the page, without distances side by
// side. Whether it can be is for Format.Check.
func ownFormat(text string) (f label.Format, ok bool) {
	parts := strings.Split(text, ",")
	if len(parts) < 2 {
		return f, false
	}
	f = label.Format{Name: text, Page: label.A4, Left: -1, Top: -1}
	grid, ok := pair(parts[1])
	if f.Label, ok = pairOr(parts[0], ok); !ok || grid.W != float64(int(grid.W)) || grid.H != float64(int(grid.H)) {
		return f, false
	}
	f.Columns, f.Rows = int(grid.W), int(grid.H)
	f.PitchX, f.PitchY = f.Label.W, f.Label.H
	for _, p := range parts[2:] {
		key, value, _ := strings.Cut(p, "=")
		switch key {
		case "left", "top":
			x, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return f, false
			}
			if key == "left" {
				f.Left = x
			} else {
				f.Top = x
			}
		case "pitch", "page":
			s, ok := pair(value)
			if !ok {
				return f, false
			}
			if key == "page" {
				f.Page = s
			} else {
				f.PitchX, f.PitchY = s.W, s.H
			}
		default:
			return f, false
		}
	}
	if f.Left < 0 {
		f.Left = max(0, (f.Page.W-float64(f.Columns-1)*f.PitchX-f.Label.W)/2)
	}
	if f.Top < 0 {
		f.Top = max(0, (f.Page.H-float64(f.Rows-1)*f.PitchY-f.Label.H)/2)
	}
	return f, true
}

// pair reads WxH.
func pair(text string) (label.Size, bool) {
	w, h, ok := strings.Cut(text, "x")
	x, err1 := strconv.ParseFloat(w, 64)
	y, err2 := strconv.ParseFloat(h, 64)
	return label.Size{W: x, H: y}, ok && err1 == nil && err2 == nil
}

func pairOr(text string, before bool) (label.Size, bool) {
	s, ok := pair(text)
	return s, ok && before
}

// testSheet writes a sheet that names nobody: it needs no register and no receipt.
func (a *app) testSheet(o labelFlags, sheet label.Sheet) error {
	if o.out == "" {
		return usageError(a.tr("say where to write it: --out FILE"), "")
	}
	pdf, err := label.TestSheet(label.Document{Created: a.Now(), Lang: a.texts.lang}, sheet)
	if err != nil {
		return err
	}
	if err := a.writeNew(o.out, pdf); err != nil {
		return err
	}
	return a.result(struct {
		File   string `json:"file"`
		Labels int    `json:"labels"`
	}{o.out, sheet.Format.PerPage()}, func(w io.Writer) {
		fmt.Fprintln(w, a.tr("Wrote {{.Path}}. Print it in actual size on plain paper, hold it against a sheet of labels, and correct with --shift.", "Path", o.out))
	})
}

func (s *session) labels(ctx context.Context, o labelFlags, sheet label.Sheet) error {
	return s.print(ctx, o.drawFlags, access.FormLabels, func(d label.Document, to []receiver, apart *label.Apart) ([]byte, error) {
		sheet.Apart = apart
		entries := make([]label.Entry, len(to))
		for i, r := range to {
			entries[i] = label.Entry{ID: r.id, Lines: r.address.Lines()}
		}
		return label.Labels(d, sheet, entries)
	})
}
