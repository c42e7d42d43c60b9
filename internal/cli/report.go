package cli

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/report"
)

type reportFlags struct {
	kind     string // members, classes, ages, movements
	units    []string
	by       string
	ages     string
	from, to string
	publish  bool
}

// Fields that reports count by where nobody names another.
const (
	classField = "class"
	bornField  = "born"
)

// reportMonths is how many months a report of movements has where nobody says.
const reportMonths = 12

func (a *app) reportCommand() *cobra.Command {
	return a.family("report", a.tr("count members by unit, class or age, or who joined and left"),
		a.tr("Counts members, as a table or a chart. A report names nobody. "+
			"What is published must not tell of single persons: with --publish the numbers that are too small by the policy are left out, and as many others as it takes that nobody can compute them."),
		a.reportKind("members", noKey, a.tr("count members by unit"),
			a.tr("Counts the active members of each unit, as the register says openly: it needs no key. Somebody who is a member of two units counts in each of them.")),
		a.reportKind("classes", withKey, a.tr("count members by unit and class"),
			a.tr("Counts the active members of each unit that you may read by the choices of a field, of which each member has one.")),
		a.reportKind("ages", withKey, a.tr("count members by unit and age"),
			a.tr("Counts the active members of each unit that you may read by age today.")),
		a.reportKind("movements", anyKey, a.tr("count who joined and who left, by month"),
			a.tr("Counts who joined and who left in each month; who moved from one of the units to another did neither. "+
				"Of members whom you may read, the days in their records count; of others, and of those who are erased, the days on which their records came and went.")),
	)
}

func (a *app) reportKind(kind string, n need, short, long string) *cobra.Command {
	o := reportFlags{kind: kind}
	examples := map[string]string{"members": "medlem report members --unit akershus", "classes": "medlem report classes --by class --publish --format csv >classes.csv",
		"ages": "medlem report ages --ages 0,18,30,65", "movements": "medlem report movements --from 2026-01-01 --publish --format svg >movements.svg"}
	c := a.build(command{
		use: kind, short: short, long: long, example: examples[kind], codes: "134", formats: []string{"text", "json", "csv", "svg"},
		run: func(*cobra.Command, []string) error {
			return a.at(n, func(s *session) error { return s.report(o) })
		},
	})
	f := c.Flags()
	f.StringArrayVar(&o.units, "unit", nil, a.tr("only this `UNIT` and those below it; may be given more than once (default: all)"))
	switch kind {
	case "classes":
		f.StringVar(&o.by, "by", "", a.tr("count by the choices of this `FIELD` (default: class)"))
	case "ages":
		f.StringVar(&o.ages, "ages", "", a.tr("the lowest `AGES` of the groups, with commas between (default: {{.Ages}})", "Ages", "0,13,18,26,40,67"))
	case "movements":
		f.StringVar(&o.from, "from", "", a.tr("from the month of this `DAY` on (default: a year)"))
		f.StringVar(&o.to, "to", "", a.tr("to the month of this `DAY` (default: today)"))
	}
	f.BoolVar(&o.publish, "publish", false, a.tr("leave out what could tell of single persons, in the organisation's own language; a chart is never made otherwise"))
	return c
}

func (s *session) report(o reportFlags) error {
	if o.publish = o.publish || s.format == "svg"; o.publish && len(o.units) > 0 {
		return usageError(s.tr("what is published is of all units"), s.tr("leave --unit out: what is published of a part could be taken off what is published of the whole, and tell what is hidden in both"))
	}
	units, err := s.reportUnits(o)
	if err != nil {
		return err
	}
	limit := 0
	if o.publish {
		if limit = s.Policy().Lists.SmallCounts; limit <= 1 {
			s.warn(s.tr("the policy says of no number that it is too small to be published"), s.tr("write small-counts in policies/lists.yaml"))
		}
		if s.lang == "" {
			mine := s.texts
			s.texts = newTexts(s.Policy().Languages[0])
			defer func() { s.texts = mine }()
		}
	}
	var t *report.Table
	var title string
	switch o.kind {
	case "members":
		t, err = s.membersReport(units)
		title = s.tr("Members by unit")
	case "classes":
		t, title, err = s.classesReport(units, o)
	case "ages":
		t, err = s.agesReport(units, o)
		title = s.tr("Members by age")
	case "movements":
		t, err = s.movementsReport(units, o)
		title = s.tr("Joined and left")
	}
	if err != nil {
		return err
	}
	if o.publish {
		t.Hide(limit)
	}
	return s.printReport(o, title, t, limit)
}

// reportUnits are the units of a report, from the top of the organisation down: all
// that can be counted, or those that were named with all below them.
func (s *session) reportUnits(o reportFlags) ([]*policy.Unit, error) {
	p := s.Policy()
	named, err := s.units(o.units)
	if err != nil {
		return nil, err
	}
	mine := map[register.UnitID]bool{}
	key := o.kind == "classes" || o.kind == "ages"
	if key {
		h, err := s.Handle()
		if err != nil {
			return nil, err
		}
		for _, u := range s.State().InScope(h, s.Today()) {
			mine[u] = true
		}
		if len(mine) == 0 {
			return nil, desk.ErrGrantEnded
		}
	}
	var out []*policy.Unit
	var add func(u *policy.Unit) error
	add = func(u *policy.Unit) error {
		if u.Protected && (o.publish || !slices.Contains(named, u.ID)) {
			return nil // no unit is below it
		}
		wanted := len(named) == 0 || slices.ContainsFunc(named, func(n register.UnitID) bool { return p.Below(u.ID, n) })
		switch {
		case wanted && (!key || mine[u.ID]):
			out = append(out, u)
		case wanted && len(named) > 0:
			return fmt.Errorf("unit %q: %w", u.ID, desk.ErrNotAllowed)
		case wanted && o.publish:
			return refused(s.tr("only who reads every unit can publish this"), s.tr("what is published of a part could be taken off what is published of the whole, and tell what is hidden in both; ask the secretariat"))
		}
		for _, c := range p.Children(u.ID) {
			if err := add(c); err != nil {
				return err
			}
		}
		return nil
	}
	return out, add(p.Root())
}

func unitLines(units []*policy.Unit) (lines []report.Line, ids []register.UnitID) {
	for _, u := range units {
		lines = append(lines, report.Line{Key: string(u.ID), Name: u.Name})
		ids = append(ids, u.ID)
	}
	return lines, ids
}

func (s *session) membersReport(units []*policy.Unit) (*report.Table, error) {
	rows, ids := unitLines(units)
	t := report.NewTable(rows, []report.Line{{Key: "members", Name: s.tr("Members")}})
	for _, u := range ids {
		n, err := s.State().Members(u)
		if err != nil {
			return nil, err
		}
		t.Add(string(u), "members", n)
	}
	t.Sum()
	return t, nil
}

// counted counts the active members of units by a key that each has.
func (s *session) counted(units []*policy.Unit, field string, columns []report.Line, key func(*record.Record) string) (*report.Table, error) {
	rows, ids := unitLines(units)
	for _, u := range ids {
		if s.right(u, field) < policy.Read {
			return nil, fmt.Errorf("field %q in unit %q: %w", field, u, desk.ErrNotAllowed)
		}
	}
	ms, err := s.Members(desk.Query{Units: ids, Main: true})
	if err != nil {
		return nil, err
	}
	t := report.NewTable(rows, columns)
	for _, m := range ms {
		if k := key(m.Record); !t.Add(string(m.Path.Unit), k, 1) {
			t.Add(string(m.Path.Unit), report.Unknown, 1)
		}
	}
	t.Sum()
	return t, nil
}

func (s *session) classesReport(units []*policy.Unit, o reportFlags) (*report.Table, string, error) {
	by := o.by
	if by == "" {
		by = classField
	}
	field, err := s.field(by)
	if err != nil {
		return nil, "", err
	}
	f, ok := s.Policy().Field(field)
	if !ok || f.Type != record.TypeChoice {
		return nil, "", usageError(s.tr("members are counted by a field of which each has one of several choices"), s.tr("name one with --by FIELD"))
	}
	var columns []report.Line
	for _, c := range f.Options {
		columns = append(columns, report.Line{Key: c.ID, Name: s.label(s.Policy(), c.Name, c.ID)})
	}
	columns = append(columns, report.Line{Key: report.Unknown, Name: s.tr("(nothing)")})
	t, err := s.counted(units, field, columns, func(r *record.Record) string { return r.Fields[field].String() })
	return t, s.tr("Members by {{.Field}}", "Field", strings.ToLower(s.fieldName(s.Policy(), field))), err
}

func (s *session) agesReport(units []*policy.Unit, o reportFlags) (*report.Table, error) {
	if f, ok := s.Policy().Field(bornField); !ok || f.Type != record.TypeDate {
		return nil, refused(s.tr("this register does not keep when members are born"), "")
	}
	groups := report.StandardAges
	if o.ages != "" {
		var err error
		if groups, err = report.ParseAges(o.ages); err != nil {
			return nil, usageError(s.tr("--ages: not understood"), s.tr("write the lowest age of each group, such as 0,13,18,26,40,67"))
		}
	}
	day := s.Today()
	return s.counted(units, bornField, groups.Lines(s.tr("not known")), func(r *record.Record) string { return groups.Group(r.Fields[bornField].String(), day) })
}

func (s *session) movementsReport(units []*policy.Unit, o reportFlags) (*report.Table, error) {
	from, to := s.Today().AddMonths(1-reportMonths), s.Today()
	for _, x := range []struct {
		flag, text string
		day        *register.Day
	}{{"--from", o.from, &from}, {"--to", o.to, &to}} {
		if x.text == "" {
			continue
		}
		d, err := register.ParseDay(x.text)
		if err != nil {
			return nil, usageError(s.tr("{{.Flag}}: not a day", "Flag", x.flag), s.tr("write it as YYYY-MM-DD"))
		}
		*x.day = d
	}
	months := report.Months(from, to)
	if len(months) == 0 {
		return nil, usageError(s.tr("there are no months from the one day to the other, or more than fifty years of them"), "")
	}
	_, ids := unitLines(units)
	m, err := s.Movements(ids)
	if err != nil {
		return nil, err
	}
	var rows []report.Line
	for _, x := range months {
		rows = append(rows, report.Line{Key: string(x), Name: string(x)})
	}
	t := report.NewTable(rows, []report.Line{{Key: "joined", Name: s.tr("Joined")}, {Key: "left", Name: s.tr("Left")}})
	t.Difference = true
	for _, x := range months {
		t.Add(string(x), "joined", m.Joined[x])
		t.Add(string(x), "left", m.Left[x])
	}
	t.Sum()
	return t, nil
}

// hiddenNumber stands in the place of a number that is not published.
const hiddenNumber = "–"

func shownCount(c report.Count) string {
	if c.Hidden {
		return hiddenNumber
	}
	return strconv.Itoa(c.N)
}

// reportNote says of which day a report is, and what is missing in it.
func (s *session) reportNote(t *report.Table, limit int) string {
	note := s.tr("As of {{.Day}}.", "Day", s.Today())
	if _, hidden := t.Shown(); hidden > 0 {
		note += " " + s.tr("{{.Sign}} is not shown: numbers below {{.Limit}}, and those from which they could be computed.", "Sign", hiddenNumber, "Limit", limit)
	}
	return note
}

func (s *session) printReport(o reportFlags, title string, t *report.Table, limit int) error {
	total := s.tr("Total")
	if t.Difference {
		total = s.tr("Change")
	}
	head := []string{s.tr("Unit")}
	if t.Difference {
		head[0] = s.tr("Month")
	}
	for _, c := range t.Columns {
		head = append(head, c.Name)
	}
	if t.HasRowTotals() {
		head = append(head, total)
	}
	row := func(name string, cells []report.Count, sum report.Count) []string {
		out := []string{name}
		for _, c := range cells {
			out = append(out, shownCount(c))
		}
		if t.HasRowTotals() {
			out = append(out, shownCount(sum))
		}
		return out
	}
	var rows [][]string
	for i, r := range t.Rows {
		rows = append(rows, row(r.Name, t.Cells[i], t.RowTotals[i]))
	}
	if t.HasColumnTotals() {
		rows = append(rows, row(s.tr("all together"), t.ColumnTotals, t.Total))
	}
	note := s.reportNote(t, limit)
	switch s.format {
	case "svg":
		_, err := s.Stdout.Write(s.reportChart(title, note, t).SVG())
		return err
	case "csv":
		_, err := io.WriteString(s.Stdout, report.CSV(append([][]string{head}, rows...)))
		return err
	}
	return s.result(s.reportJSON(o, t, limit), func(w io.Writer) {
		fmt.Fprintln(w, title)
		(&table{head: head, rows: rows}).write(w, "")
		fmt.Fprintln(w, note)
	})
}

// reportChart is a report's picture: by unit where there is one number of each, else
// of all units together, by column; and movements by month.
func (s *session) reportChart(title, note string, t *report.Table) *report.Chart {
	c := &report.Chart{Lang: s.texts.lang, Title: s.Policy().Name + ": " + title, Note: note, Hidden: hiddenNumber, Said: s.tr("not shown")}
	switch {
	case t.Difference:
		for _, x := range t.Columns {
			c.Series = append(c.Series, x.Name)
		}
		for i, r := range t.Rows {
			c.Rows = append(c.Rows, report.Bars{Name: r.Name, Counts: t.Cells[i]})
		}
	case len(t.Columns) == 1:
		for i, r := range t.Rows {
			c.Rows = append(c.Rows, report.Bars{Name: r.Name, Counts: t.Cells[i]})
		}
	default:
		cells := t.ColumnTotals
		if !t.HasColumnTotals() {
			cells = t.Cells[0]
		}
		for i, x := range t.Columns {
			c.Rows = append(c.Rows, report.Bars{Name: x.Name, Counts: cells[i : i+1]})
		}
	}
	return c
}

type reportRowJSON struct {
	Key    string `json:"key"`
	Name   string `json:"name"`
	Counts []*int `json:"counts"` // by column; null is not shown
	Total  *int   `json:"total,omitempty"`
}

func (s *session) reportJSON(o reportFlags, t *report.Table, limit int) any {
	number := func(c report.Count) *int {
		if c.Hidden {
			return nil
		}
		return &c.N
	}
	row := func(key, name string, cells []report.Count, sum report.Count) reportRowJSON {
		x := reportRowJSON{Key: key, Name: name, Counts: []*int{}}
		for _, c := range cells {
			x.Counts = append(x.Counts, number(c))
		}
		if t.HasRowTotals() {
			x.Total = number(sum)
		}
		return x
	}
	type lineJSON struct {
		Key  string `json:"key"`
		Name string `json:"name"`
	}
	out := struct {
		Report    string          `json:"report"`
		Day       register.Day    `json:"day"`
		Published bool            `json:"published"`
		Limit     int             `json:"limit,omitempty"` // smaller numbers are hidden
		Columns   []lineJSON      `json:"columns"`
		Rows      []reportRowJSON `json:"rows"`
		Whole     *reportRowJSON  `json:"whole,omitempty"`
	}{Report: o.kind, Day: s.Today(), Published: o.publish, Limit: limit, Columns: []lineJSON{}, Rows: []reportRowJSON{}}
	for _, c := range t.Columns {
		out.Columns = append(out.Columns, lineJSON(c))
	}
	for i, r := range t.Rows {
		out.Rows = append(out.Rows, row(r.Key, r.Name, t.Cells[i], t.RowTotals[i]))
	}
	if t.HasColumnTotals() {
		w := row("", "", t.ColumnTotals, t.Total)
		out.Whole = &w
	}
	return out
}
