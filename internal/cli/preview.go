package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sheet"
)

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
	}{Unit: l.unit, Read: []string{}, Rows: l.tally.Good + l.tally.Faulty + l.tally.Empty, Good: l.tally.Good, Faulty: l.tally.Faulty,
		Empty: l.tally.Empty, Entered: len(ids), IDs: ids, Columns: []columnJSON{}, Faults: []faultJSON{}, Notices: []faultJSON{}}
	if out.IDs == nil {
		out.IDs = []register.RecordID{}
	}
	for _, n := range l.table.Notes {
		out.Read = append(out.Read, l.noted(n))
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
		l.preview(w, out.Read)
		l.printFaults(w, out.Faults, out.Notices)
		l.sums(w, o, refuse, len(ids))
	})
}

func (l *list) fault(f sheet.Fault) faultJSON {
	msg, hint := f.In(l.texts.lang)
	return faultJSON{f.Row, f.Letter, f.Heading, f.Rule, msg, hint}
}

// noted says how the list was read.
func (a *app) noted(n sheet.Note) string {
	switch n.Kind {
	case sheet.NoteSheet:
		return a.tr("sheet {{.Name}}", "Name", quote(n.Name))
	case sheet.NoteSheets:
		return a.tr("sheet {{.Name}}, of {{.N}}: the others were not read", "Name", quote(n.Name), "N", n.N)
	case sheet.NoteHidden:
		return a.trn(n.N, "{{.N}} hidden row was read too", "{{.N}} hidden rows were read too")
	case sheet.NoteEncoding:
		return a.tr("text in {{.Encoding}}", "Encoding", n.Name)
	case sheet.NoteFits:
		return a.tr("{{.Encoding}} fits as well: look at the names with å, ä, ö, æ and ø", "Encoding", n.Name)
	case sheet.NoteSeparator:
		return a.tr("between the columns: {{.Separator}}", "Separator", a.separator(n.Name))
	case sheet.NoteHeadings:
		return a.tr("headings in row {{.Row}}", "Row", n.N)
	case sheet.NoteUnsure:
		return a.tr("row {{.Row}} was taken for the headings, and does not look like them", "Row", n.N)
	}
	return string(n.Kind)
}

// separator is what people call what stands between two columns.
func (a *app) separator(s string) string {
	switch s {
	case ";":
		return a.tr("semicolon")
	case "\t":
		return a.tr("tab")
	case ",":
		return a.tr("comma")
	case "|":
		return a.tr("vertical bar")
	}
	return s
}

// previewRows is how many rows a preview shows, as they would be stored.
const previewRows = 3

// preview shows how the list was understood.
func (l *list) preview(w io.Writer, read []string) {
	for _, n := range read {
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
