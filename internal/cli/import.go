package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/policy"
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
		t, err := sheet.Read(filepath.Base(path), b)
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
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, refused(l.tr("{{.Path}} exists already", "Path", path), l.tr("choose the name of a new file"))
	}
	if err != nil {
		return nil, err
	}
	_, err = f.Write(b.Bytes())
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = os.Remove(path)
		return nil, err
	}
	return func() { _ = os.Remove(path) }, nil
}

// faultJSON is a fault of a list, for programs. It holds nothing of a cell.
type faultJSON struct {
	Row     int    `json:"row,omitempty"`
	Column  string `json:"column,omitempty"`
	Heading string `json:"heading,omitempty"`
	Rule    string `json:"rule"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

type columnJSON struct {
	Column  string   `json:"column"`
	Heading string   `json:"heading"`
	Fields  []string `json:"fields"` // none: left out
}

func (l *list) print(o importOptions, refuse bool, ids []register.RecordID) error {
	out := struct {
		Unit    register.UnitID     `json:"unit"`
		Read    []string            `json:"read"`
		Columns []columnJSON        `json:"columns"`
		Rows    int                 `json:"rows"`
		Good    int                 `json:"good"`
		Faulty  int                 `json:"faulty"`
		Empty   int                 `json:"empty"`
		Entered int                 `json:"entered"`
		IDs     []register.RecordID `json:"ids"`
		Rest    string              `json:"rest,omitempty"`
		Faults  []faultJSON         `json:"faults"`
		Notices []faultJSON         `json:"notices"`
	}{Unit: l.unit, Read: l.table.Note, Rows: l.tally.Good + l.tally.Faulty + l.tally.Empty, Good: l.tally.Good, Faulty: l.tally.Faulty,
		Empty: l.tally.Empty, Entered: len(ids), IDs: ids, Columns: []columnJSON{}, Faults: []faultJSON{}, Notices: []faultJSON{}}
	if out.IDs == nil {
		out.IDs = []register.RecordID{}
	}
	if len(ids) > 0 && l.tally.Faulty > 0 {
		out.Rest = o.rest
	}
	for _, c := range l.mapping.Columns {
		out.Columns = append(out.Columns, columnJSON{c.Letter, c.Text, append([]string{}, c.Fields...)})
	}
	for _, f := range l.faults {
		out.Faults = append(out.Faults, l.fault(f))
	}
	for _, r := range l.results {
		for _, f := range r.Faults {
			out.Faults = append(out.Faults, l.fault(f))
		}
		for _, f := range r.Notices {
			out.Notices = append(out.Notices, l.fault(f))
		}
	}
	return l.result(out, func(w io.Writer) {
		l.preview(w)
		l.printFaults(w, out.Faults, out.Notices)
		l.sums(w, o, refuse, len(ids))
	})
}

func (l *list) fault(f sheet.Fault) faultJSON {
	msg, hint := f.In(l.texts.lang)
	return faultJSON{f.Row, f.Letter, f.Heading, f.Rule, msg, hint}
}

// previewRows is how many rows a preview shows, as they would be stored.
const previewRows = 3

// preview shows how the list was understood.
func (l *list) preview(w io.Writer) {
	for _, n := range l.table.Note {
		fmt.Fprintln(w, cell(n))
	}
	p := l.Policy()
	t := &table{}
	for _, c := range l.mapping.Columns {
		var names []string
		for _, k := range c.Fields {
			names = append(names, l.fieldName(p, k))
		}
		what := strings.Join(names, " + ")
		if what == "" {
			what = l.tr("left out")
		}
		t.add(c.Letter, c.Text, "→ "+what)
	}
	fmt.Fprintln(w, l.tr("The columns:"))
	t.write(w, "  ")
	var shown []sheet.Result
	for _, r := range l.results {
		if r.Good() && len(shown) < previewRows {
			shown = append(shown, r)
		}
	}
	if len(shown) == 0 {
		return
	}
	fmt.Fprintln(w, l.trn(len(shown), "The first good row, as it will be kept:", "The first {{.N}} good rows, as they will be kept:"))
	rows := &table{}
	for _, f := range l.fieldsOf(p, shown) {
		line := []string{l.fieldName(p, f)}
		for _, r := range shown {
			line = append(line, l.value(p, f, r.Fields[f]))
		}
		rows.add(line...)
	}
	rows.write(w, "  ")
}

func (l *list) fieldsOf(p *policy.Policy, rs []sheet.Result) []string {
	var out []string
	for _, f := range p.Fields {
		for _, r := range rs {
			if !r.Fields[f.Key].Empty() {
				out = append(out, f.Key)
				break
			}
		}
	}
	return out
}

// printFaults lists every fault and notice with its place and the way out.
func (l *list) printFaults(w io.Writer, faults, notices []faultJSON) {
	for _, f := range notices {
		fmt.Fprintf(w, "%s: %s\n", l.place(f), f.Message)
	}
	for _, f := range faults {
		fmt.Fprintf(w, "%s: %s\n", l.place(f), f.Message)
		if f.Hint != "" {
			fmt.Fprintf(w, "  %s %s\n", l.tr("hint:"), f.Hint)
		}
	}
}

func (l *list) place(f faultJSON) string {
	switch {
	case f.Row == 0:
		return l.tr("the list")
	case f.Column == "":
		return l.tr("row {{.Row}}", "Row", f.Row)
	case f.Heading == "":
		return l.tr("row {{.Row}}, column {{.Column}}", "Row", f.Row, "Column", f.Column)
	}
	return l.tr("row {{.Row}}, column {{.Column}} ({{.Heading}})", "Row", f.Row, "Column", f.Column, "Heading", cell(f.Heading))
}

// sums says what came of how many rows, so that they add up.
func (l *list) sums(w io.Writer, o importOptions, refuse bool, entered int) {
	n := l.tally.Good + l.tally.Faulty + l.tally.Empty
	fmt.Fprintln(w, l.trn(n, "{{.N}} row: {{.Good}} good, {{.Faulty}} with faults, {{.Empty}} empty.",
		"{{.N}} rows: {{.Good}} good, {{.Faulty}} with faults, {{.Empty}} empty.", "Good", l.tally.Good, "Faulty", l.tally.Faulty, "Empty", l.tally.Empty))
	unit := unitName(l.Policy(), l.unit)
	switch {
	case entered > 0:
		fmt.Fprintln(w, l.trn(entered, "{{.N}} member is entered in {{.Unit}}.", "{{.N}} members are entered in {{.Unit}}.", "Unit", unit))
		if l.tally.Faulty > 0 {
			fmt.Fprintln(w, l.trn(l.tally.Faulty, "{{.N}} row is in {{.Path}}, with the fault beside it. Mend it there and import that file.",
				"{{.N}} rows are in {{.Path}}, with the fault beside each. Mend them there and import that file.", "Path", o.rest))
		}
		if l.Secretary() {
			fmt.Fprintln(w, l.tr("It is in the register."))
		} else if n, err := l.Drafted(); err == nil {
			fmt.Fprintln(w, l.drafted(n))
		}
	case o.dryRun && !refuse:
		fmt.Fprintln(w, l.trn(l.tally.Good, "{{.N}} member would be entered in {{.Unit}}. Nothing was changed.",
			"{{.N}} members would be entered in {{.Unit}}. Nothing was changed.", "Unit", unit))
	}
}
