package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sheet"
)

type importOptions struct {
	unit     string
	dryRun   bool
	onlyGood bool
	rest     string
	ignore   []string

	encoding, separator string // of a text file
}

func (a *app) importCommand() *cobra.Command {
	var o importOptions
	c := a.build(command{
		use:   "import FILE",
		short: a.tr("take in a list of members"),
		long: a.tr("Reads a list (.xlsx or .csv), finds out what its columns hold by their headings, shows what it understood, and enters every row as a new member of the unit. " +
			"If any row has a fault, nothing is entered, and every fault is listed with its row, its column and the way out. " +
			"With --only-good and --rest, the good rows are entered and the others are written to a new file, with the fault beside each, to be mended and imported again."),
		example:  "medlem import members.xlsx --unit asker --only-good --rest to-mend.xlsx",
		codes:    "134",
		findings: a.tr("rows have faults, or the rules do not allow it; nothing was entered"),
		min:      1, max: 1,
		run: func(c *cobra.Command, args []string) error { return a.importList(c.Context(), args[0], o) },
	})
	f := c.Flags()
	f.StringVar(&o.unit, "unit", "", a.tr("the `UNIT` that they are members of"))
	f.BoolVar(&o.dryRun, "dry-run", false, a.tr("only show what would happen"))
	f.BoolVar(&o.onlyGood, "only-good", false, a.tr("enter the rows without faults"))
	f.StringVar(&o.rest, "rest", "", a.tr("with --only-good: write the other rows to this new `FILE`, an .xlsx"))
	f.StringVar(&o.encoding, "encoding", "", a.tr("the `ENCODING` of the letters, where a text file leaves it in doubt"))
	f.StringVar(&o.separator, "separator", "", a.tr("the `SIGN` between the columns, where a text file leaves it in doubt"))
	f.StringArrayVar(&o.ignore, "ignore", nil, a.tr("leave out this `COLUMN`, by its heading or its letter; may be given more than once"))
	return c
}

func (a *app) importList(ctx context.Context, path string, o importOptions) error {
	switch {
	case o.unit == "":
		return usageError(a.tr("say which unit they are members of: --unit UNIT"), "")
	case o.onlyGood && o.rest == "" && !o.dryRun:
		return usageError(a.tr("--only-good needs --rest FILE, where the rows with faults go"), "")
	case o.rest != "" && !o.onlyGood:
		return usageError(a.tr("--rest belongs to --only-good"), "")
	case o.encoding != "" && !slices.Contains(sheet.Encodings(), o.encoding):
		return usageError(a.tr("--encoding: not one that is known"), a.tr("write one of {{.Names}}", "Names", strings.Join(sheet.Encodings(), ", ")))
	case o.separator != "" && !slices.Contains([]string{";", ",", "|", "\t", "tab"}, o.separator):
		return usageError(a.tr("--separator: not one that is known"), a.tr("write one of {{.Names}}", "Names", "; , | tab"))
	case o.rest != "" && strings.ToLower(filepath.Ext(o.rest)) != ".xlsx":
		return usageError(a.tr("--rest: the file is a workbook; let its name end in .xlsx"), "")
	}
	return a.at(withKey, func(s *session) error {
		u, err := s.unit(o.unit)
		if err != nil {
			return err
		}
		b, err := readFile(path, sheet.FileLimit)
		if err != nil {
			return err
		}
		read := sheet.Options{Encoding: o.encoding}
		switch o.separator {
		case "":
		case "tab":
			read.Separator = '\t'
		default:
			read.Separator = o.separator[0]
		}
		t, err := sheet.ReadWith(filepath.Base(path), b, read)
		if err != nil {
			return err
		}
		l := &list{session: s, unit: u, table: t}
		l.mapping, l.faults = sheet.Recognise(t, s.Policy(), o.ignore...)
		if len(l.faults) == 0 {
			l.results = l.mapping.Results(t, s.Policy())
		}
		l.tally = sheet.Count(t, l.results)
		return l.enter(ctx, o)
	})
}

// notHere refuses rows that fill in what the unit does not have.
func (l *list) notHere() error {
	const told = 10 // rows
	n := 0
	for _, r := range l.results {
		if !r.Good() {
			continue
		}
		for _, f := range l.NotHere(l.unit, r.Fields) {
			if n++; n <= told {
				l.note(l.tr("row {{.Row}}, {{.Field}}: {{.Reason}}", "Row", r.Row, "Field", l.fieldName(l.Policy(), f.Field), "Reason", l.hereFault(f)))
			}
		}
	}
	if n == 0 {
		return nil
	}
	return refused(l.trn(n, "{{.N}} value is one that {{.Unit}} does not have; nothing was entered", "{{.N}} values are ones that {{.Unit}} does not have; nothing was entered", "Unit", unitName(l.Policy(), l.unit)),
		l.tr("leave the column out: --ignore COLUMN; or mend the list"))
}

// hereFault says why something cannot stand in the records of a unit.
func (a *app) hereFault(f record.Fault) string {
	if f.Rule == desk.RuleChoiceNotHere {
		return a.tr("this choice does not exist in units of this kind")
	}
	return a.tr("this field does not exist in this unit")
}

// list is a list on its way into the register.
type list struct {
	*session
	unit    register.UnitID
	table   *sheet.Table
	mapping *sheet.Mapping
	faults  []sheet.Fault // of the list as a whole
	results []sheet.Result
	tally   sheet.Tally
}

// enter enters the good rows, if that is what was asked for, and says what came
// of it.
func (l *list) enter(ctx context.Context, o importOptions) error {
	faulty := len(l.faults) > 0 || l.tally.Faulty > 0
	var rows []map[string]record.Value
	for _, r := range l.results {
		if r.Good() {
			rows = append(rows, r.Fields)
		}
	}
	if err := l.notHere(); err != nil {
		return err
	}
	refuse := len(l.faults) > 0 || l.tally.Faulty > 0 && !o.onlyGood
	var ids []register.RecordID
	if !refuse && !o.dryRun && len(rows) > 0 {
		drop := func() {}
		var err error
		if l.tally.Faulty > 0 {
			if drop, err = l.writeRest(o.rest); err != nil {
				return err
			}
		}
		if ids, err = l.Add(ctx, l.unit, "import", rows); err != nil {
			drop()
			return err
		}
	}
	if err := l.print(o, refuse, ids); err != nil {
		return err
	}
	switch {
	case o.dryRun && !faulty:
		return nil
	case refuse, o.dryRun:
		hint := l.tr("mend them in the list and import it again, or take in the others: --only-good --rest FILE.xlsx")
		if len(l.faults) > 0 {
			hint = l.tr("mend the list and import it again")
		}
		if o.dryRun {
			return refused(l.tr("the list has faults; nothing was entered"), "")
		}
		return refused(l.tr("the list has faults; nothing was entered"), hint)
	case len(rows) == 0:
		return refused(l.tr("no row of the list can be entered"), "")
	}
	return nil
}

// writeRest writes the rows with faults, readable by nobody else, and returns
// what takes the file away again.
func (l *list) writeRest(path string) (drop func(), err error) {
	var b bytes.Buffer
	if err := sheet.WriteRest(&b, l.table, l.results, l.texts.lang); err != nil {
		return nil, err
	}
	f, err := l.newFile(path)
	if err != nil {
		return nil, err
	}
	if err := fill(f, b.Bytes()); err != nil {
		_ = os.Remove(path)
		return nil, err
	}
	return func() { _ = os.Remove(path) }, nil
}
