package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/duplicate"
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
	Fields  []string `json:"fields"`         // none: left out
	Said    bool     `json:"said,omitempty"` // somebody said so, now or before
}

// alikeJSON is a row that is, or may be, somebody who is there, for programs.
type alikeJSON struct {
	Row     int                `json:"row"`
	ID      register.RecordID  `json:"id,omitempty"`   // of the member
	Unit    register.UnitID    `json:"unit,omitempty"` // of the member
	Like    int                `json:"like_row,omitempty"`
	Score   float64            `json:"score"`
	Reasons []duplicate.Reason `json:"reasons"`
}

// changedJSON is a row that says something else of a member, for programs. It
// holds no value.
type changedJSON struct {
	Row    int               `json:"row"`
	ID     register.RecordID `json:"id"`
	Fields []string          `json:"fields"`
}

type templateJSON struct {
	Form     int             `json:"form"`
	Unit     register.UnitID `json:"unit"`
	Language string          `json:"language"`
	Records  bool            `json:"records"` // it fills in what members lack
}

type importJSON struct {
	Unit       register.UnitID     `json:"unit"`
	Read       []string            `json:"read"`
	Template   *templateJSON       `json:"template,omitempty"`
	Columns    []columnJSON        `json:"columns"`
	Rows       int                 `json:"rows"` // new, changed, same, possible duplicates, faulty and empty ones
	New        int                 `json:"new"`
	Changed    int                 `json:"changed"`
	Same       int                 `json:"same"`
	Duplicates int                 `json:"possible_duplicates"`
	Faulty     int                 `json:"faulty"`
	Empty      int                 `json:"empty"`
	Entered    int                 `json:"entered"`
	Updated    int                 `json:"updated"`
	IDs        []register.RecordID `json:"ids"`
	Rest       string              `json:"rest,omitempty"`
	Faults     []faultJSON         `json:"faults"`
	Notices    []faultJSON         `json:"notices"`
	Changes    []changedJSON       `json:"changes"`
	Alike      []alikeJSON         `json:"alike"`
}

func (l *list) print(o importOptions, done *outcome) error {
	out := importJSON{Unit: l.unit, Read: []string{}, Columns: []columnJSON{}, Rows: l.sums.rows(), New: l.sums.new, Changed: l.sums.changed, Same: l.sums.same,
		Duplicates: l.sums.duplicates, Faulty: l.sums.faulty, Empty: l.sums.empty, Entered: len(done.entered), Updated: done.updated,
		IDs: append([]register.RecordID{}, done.entered...), Rest: done.rest, Faults: []faultJSON{}, Notices: []faultJSON{}, Changes: []changedJSON{}, Alike: []alikeJSON{}}
	for _, n := range l.table.Notes {
		out.Read = append(out.Read, l.noted(n))
	}
	out.Read = append(out.Read, l.came()...)
	if t := l.table.Origin; t != nil {
		out.Template = &templateJSON{t.Version, t.Unit, t.Language, t.OfRecords()}
	}
	for _, c := range l.mapping.Columns {
		out.Columns = append(out.Columns, columnJSON{c.Letter, c.Text, append([]string{}, c.Fields...), c.Said})
	}
	for _, f := range l.faults {
		out.Faults = append(out.Faults, l.fault(f))
	}
	for i, r := range l.results {
		for _, f := range r.Faults {
			out.Faults = append(out.Faults, l.fault(f))
		}
		for _, f := range r.Notices {
			out.Notices = append(out.Notices, l.fault(f))
		}
		l.printed(&out, r.Row, &l.rows[i])
	}
	return l.result(out, func(w io.Writer) {
		l.preview(w, out.Read)
		l.printFaults(w, out.Faults, out.Notices)
		l.printAlike(w, &out, o)
		l.told(w, o, done)
	})
}

// printed adds what a row is to the register.
func (l *list) printed(out *importJSON, row int, j *judged) {
	if j.status == rowChanged {
		fields := slices.Collect(maps.Keys(j.changes))
		l.Policy().Schema().Sort(fields)
		out.Changes = append(out.Changes, changedJSON{row, j.id, fields})
		return
	}
	if c := j.alike; c != nil {
		x := alikeJSON{Row: row, ID: c.ID, Unit: c.Unit, Score: c.Score, Reasons: append([]duplicate.Reason{}, c.Reasons...)}
		if c.ID == "" && c.Row >= 0 {
			x.Like = l.likeRow(c.Row)
		}
		out.Alike = append(out.Alike, x)
	}
}

// likeRow is the number of the row that was compared as the nth.
func (l *list) likeRow(n int) int { return l.results[l.compared[n]].Row }

func (l *list) fault(f sheet.Fault) faultJSON {
	msg, hint := f.In(l.texts.lang)
	return faultJSON{f.Row, f.Letter, f.Heading, f.Rule, msg, hint}
}

// came says where the list comes from, as far as it shows.
func (l *list) came() (out []string) {
	if l.table.Protected {
		out = append(out, l.tr("protected by a password"))
	}
	if t := l.table.Origin; t != nil {
		out = append(out, l.tr("a template of {{.Unit}}, form {{.Form}}, in the language {{.Language}}", "Unit", unitName(l.Policy(), t.Unit), "Form", t.Version, "Language", t.Language))
	}
	if t := l.table.Origin; t.OfRecords() {
		out = append(out, l.tr("it fills in what members of the register lack; it enters nobody"))
	}
	if len(l.table.LeftOut) > 0 {
		out = append(out, l.tr("not read from the address cards: {{.Names}}", "Names", strings.Join(l.table.LeftOut, ", ")))
	}
	if l.remembered {
		out = append(out, l.tr("some columns as they were named the last time (--forget-mapping forgets that)"))
	}
	return out
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
		switch {
		case c.Column == l.mapping.RecordColumn():
			what = l.tr("whose row it is")
		case what == "":
			what = l.tr("left out")
		}
		if c.Said {
			what += " (" + l.tr("as you said") + ")"
		}
		t.add(c.Letter, c.Text, "→ "+what)
	}
	fmt.Fprintln(w, l.tr("The columns:"))
	t.write(w, "  ")
	var shown []sheet.Result
	for i, r := range l.results {
		if r.Good() && l.rows[i].status == rowNew && len(shown) < previewRows {
			shown = append(shown, r)
		}
	}
	if len(shown) == 0 {
		return
	}
	fmt.Fprintln(w, l.trn(len(shown), "The first new row, as it will be kept:", "The first {{.N}} new rows, as they will be kept:"))
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

// noticesShown is how many notices of one kind are listed one by one in a column.
const noticesShown = 3

// printFaults lists every fault with its place and the way out, before them the
// notices: where a column has many of a kind, how many.
func (l *list) printFaults(w io.Writer, faults, notices []faultJSON) {
	type kind struct{ column, rule, message string }
	of := func(f faultJSON) kind { return kind{f.Column, f.Rule, f.Message} }
	many := map[kind]int{}
	for _, f := range notices {
		many[of(f)]++
	}
	for _, f := range notices {
		switch n := many[of(f)]; {
		case n == 0: // said already
		case n <= noticesShown || f.Column == "":
			fmt.Fprintf(w, "%s: %s\n", l.place(f), f.Message)
		default:
			many[of(f)] = 0
			fmt.Fprintf(w, "%s: %s\n", l.trn(n, "{{.N}} row, column {{.Column}} ({{.Heading}})", "{{.N}} rows, column {{.Column}} ({{.Heading}})", "Column", f.Column, "Heading", cell(f.Heading)), f.Message)
		}
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

// differShown is how many rows that differ from the register are listed.
const differShown = 50

// printAlike lists the rows that are, or may be, somebody who is there.
func (l *list) printAlike(w io.Writer, out *importJSON, o importOptions) {
	t := &table{}
	for _, x := range out.Alike {
		who := l.tr("row {{.Row}}", "Row", x.Like)
		if x.Like == 0 {
			if who = string(x.ID); who == "" {
				who = l.tr("elsewhere")
			} else if x.Unit != l.unit {
				who += " (" + unitName(l.Policy(), x.Unit) + ")"
			}
		}
		t.add(l.tr("row {{.Row}}", "Row", x.Row), who, l.reasonsFor(l.unit, x.Reasons))
	}
	if len(out.Alike) > 0 {
		fmt.Fprintln(w, l.tr("Look at these: whom they may be, and what is alike:"))
		t.write(w, "  ")
	}
	if len(out.Changes) == 0 {
		return
	}
	fmt.Fprintln(w, l.tr("These are in the register, and the list says something else:"))
	t = &table{}
	for _, x := range out.Changes[:min(len(out.Changes), differShown)] {
		var names []string
		for _, f := range x.Fields {
			names = append(names, l.fieldName(l.Policy(), f))
		}
		t.add(l.tr("row {{.Row}}", "Row", x.Row), string(x.ID), strings.Join(names, ", "))
	}
	t.write(w, "  ")
	if n := len(out.Changes) - differShown; n > 0 {
		fmt.Fprintln(w, "  "+l.trn(n, "and {{.N}} more", "and {{.N}} more"))
	}
}

// told says what came of how many rows, so that they add up.
func (l *list) told(w io.Writer, o importOptions, done *outcome) {
	n := l.sums
	if len(l.faults) > 0 {
		return // no row was looked at
	}
	fmt.Fprintln(w, l.trn(n.rows(), "{{.N}} row: {{.New}} new, {{.Changed}} changed, {{.Same}} the same, {{.Duplicates}} possible duplicates, {{.Faulty}} with faults, {{.Empty}} empty.",
		"{{.N}} rows: {{.New}} new, {{.Changed}} changed, {{.Same}} the same, {{.Duplicates}} possible duplicates, {{.Faulty}} with faults, {{.Empty}} empty.",
		"New", n.new, "Changed", n.changed, "Same", n.same, "Duplicates", n.duplicates, "Faulty", n.faulty, "Empty", n.empty))
	unit := unitName(l.Policy(), l.unit)
	changing := o.update || l.table.Origin.OfRecords()
	switch {
	case o.dryRun && !done.refused:
		fmt.Fprintln(w, l.trn(n.new, "{{.N}} member would be entered in {{.Unit}}. Nothing was changed.", "{{.N}} members would be entered in {{.Unit}}. Nothing was changed.", "Unit", unit))
	case done.refused:
		return
	case len(done.entered)+done.updated == 0 && done.rest == "":
		fmt.Fprintln(w, l.tr("There is nothing to enter."))
	}
	if k := len(done.entered); k > 0 {
		fmt.Fprintln(w, l.trn(k, "{{.N}} member is entered in {{.Unit}}.", "{{.N}} members are entered in {{.Unit}}.", "Unit", unit))
	}
	if done.updated > 0 {
		fmt.Fprintln(w, l.trn(done.updated, "{{.N}} member is changed as the list says.", "{{.N}} members are changed as the list says."))
	}
	if n.changed > 0 && !changing {
		fmt.Fprintln(w, l.trn(n.changed, "{{.N}} row says something else of a member who is there; that is not taken. To take it: --update", "{{.N}} rows say something else of members who are there; that is not taken. To take it: --update"))
	}
	if done.rest != "" {
		k := n.faulty + n.duplicates
		fmt.Fprintln(w, l.trn(k, "{{.N}} row is in {{.Path}}, with the fault beside it. Mend it there and import that file.",
			"{{.N}} rows are in {{.Path}}, with the fault beside each. Mend them there and import that file.", "Path", done.rest))
		if l.table.Protected {
			fmt.Fprintln(w, l.tr("It has the password of the list."))
		}
	}
	if len(done.entered)+done.updated == 0 {
		return
	}
	if l.Secretary() {
		fmt.Fprintln(w, l.tr("It is in the register."))
	} else if n, err := l.Drafted(); err == nil {
		fmt.Fprintln(w, l.drafted(n))
	}
}
