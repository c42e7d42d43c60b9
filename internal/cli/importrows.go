package cli

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/officecrypt"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sheet"
)

// rowStatus is what a row of a list is to the register.
type rowStatus int

const (
	rowFaulty    rowStatus = iota
	rowNew                 // somebody who is not there
	rowChanged             // a member, of whom it says something else
	rowSame                // a member, of whom it says nothing else
	rowDuplicate           // perhaps somebody who is there
)

// judged is a row of a list after it was compared with the register.
type judged struct {
	status  rowStatus
	id      register.RecordID       // of the member that it is, or may be
	changes map[string]record.Value // what it says otherwise of her
	alike   *desk.Comparison        // for rows that are, or perhaps are, somebody who is there
}

// sums counts the rows of a list by what came of them: together they are all its
// rows, from the headings to the last that holds something.
type sums struct{ new, changed, same, duplicates, faulty, empty int }

func (n *sums) rows() int { return n.new + n.changed + n.same + n.duplicates + n.faulty + n.empty }

// said is what the register keeps of it.
func (n *sums) said() *register.Rows {
	return &register.Rows{New: uint64(n.new), Known: uint64(n.changed + n.same), Left: uint64(n.duplicates + n.faulty)}
}

// judge says of each row what it is to the register.
func (l *list) judge(o importOptions) error {
	l.rows = make([]judged, len(l.results))
	if err := l.notHere(); err != nil {
		return err
	}
	if l.table.Origin.OfRecords() {
		if err := l.judgeRecords(); err != nil {
			return err
		}
	} else if err := l.compare(o); err != nil {
		return err
	}
	l.sums = sums{empty: sheet.Count(l.table, l.results).Empty}
	for i := range l.rows {
		if !l.results[i].Good() && l.rows[i].status != rowDuplicate {
			l.rows[i].status = rowFaulty
		}
		switch l.rows[i].status {
		case rowNew:
			l.sums.new++
		case rowChanged:
			l.sums.changed++
		case rowSame:
			l.sums.same++
		case rowDuplicate:
			l.sums.duplicates++
		default:
			l.sums.faulty++
		}
	}
	return nil
}

// judgeRecords judges the rows of a template of records: what they fill in.
func (l *list) judgeRecords() error {
	var ids []register.RecordID
	var rows []map[string]record.Value
	var at []int
	for i := range l.results {
		if r := &l.results[i]; r.Good() {
			ids, rows, at = append(ids, r.Record), append(rows, r.Fields), append(at, i)
		}
	}
	fs, err := l.Fill(l.unit, ids, rows)
	if err != nil {
		return err
	}
	for n, f := range fs {
		r, j := &l.results[at[n]], &l.rows[at[n]]
		j.id, j.status = r.Record, rowSame
		if f == nil {
			r.Faults = append(r.Faults, l.mapping.Fault(sheet.RuleStranger, r.Row, "", "", 0))
			continue
		}
		for _, key := range f.Filled {
			r.Faults = append(r.Faults, l.mapping.Fault(sheet.RuleFilled, r.Row, key, "", 0))
		}
		if len(f.Set) > 0 {
			j.status, j.changes = rowChanged, f.Set
			if f.Waits {
				r.Faults = append(r.Faults, l.mapping.Fault(sheet.RuleWaits, r.Row, "", "", 0))
			}
		}
	}
	return nil
}

// compare judges the rows of any other list.
func (l *list) compare(o importOptions) error {
	var rows []map[string]record.Value
	var at []int
	for i := range l.results {
		if r := &l.results[i]; r.Good() {
			rows, at = append(rows, r.Fields), append(at, i)
		}
	}
	l.compared = at
	cs, err := l.Compare(l.unit, rows)
	if err != nil {
		return err
	}
	ms, err := l.Members(desk.Query{Units: []register.UnitID{l.unit}})
	if err != nil {
		return err
	}
	twin := twins(ms, cs)
	waits := map[register.RecordID]bool{}
	for _, m := range ms {
		waits[m.Path.ID] = m.Status == desk.Submitted
	}
	for n := range cs {
		c, r, j := &cs[n], &l.results[at[n]], &l.rows[at[n]]
		j.id = c.ID
		switch c.Status {
		case desk.CompareSame:
			j.status = rowSame
			continue
		case desk.CompareChanged:
			j.status, j.changes, j.alike = rowChanged, c.Changes, c
			if waits[c.ID] && o.update {
				r.Faults = append(r.Faults, l.mapping.Fault(sheet.RuleWaits, r.Row, "", "", 0))
			}
			continue
		}
		if id, ok := twin(r.Fields); ok {
			j.status, j.id = rowSame, id
			continue
		}
		j.status = rowNew
		if c.Status != desk.CompareNew {
			j.alike = c
		}
		if c.Status == desk.CompareAsk && !o.keep {
			j.status = rowDuplicate
			f := l.likeness(r.Row, c, at)
			r.Faults = append(r.Faults, f)
			continue
		}
		for _, f := range l.Expected(l.unit, r.Fields) {
			r.Faults = append(r.Faults, l.mapping.Fault(sheet.RuleExpected, r.Row, f.Field, l.IntakeAddress(), 0))
		}
	}
	return nil
}

// likeness says whom a row may be.
func (l *list) likeness(row int, c *desk.Comparison, at []int) sheet.Fault {
	switch {
	case c.ID == "" && c.Row >= 0:
		return l.mapping.Fault(sheet.RuleLikeRow, row, "", "", l.results[at[c.Row]].Row)
	case c.ID == "":
		return l.mapping.Fault(sheet.RuleElsewhere, row, "", "", 0)
	case c.Closed:
		return l.mapping.Fault(sheet.RuleHasLeft, row, "", string(c.ID), 0)
	}
	return l.mapping.Fault(sheet.RuleDuplicate, row, "", string(c.ID), 0)
}

// twins returns what finds, for a row of which nobody can say for sure whose it is,
// a member with the same names of whom it says nothing else: the one who came of
// the same row when the list was taken in before. Each member is found once.
func twins(ms []*desk.Member, cs []desk.Comparison) func(map[string]record.Value) (register.RecordID, bool) {
	taken := map[register.RecordID]bool{}
	for i := range cs {
		if s := cs[i].Status; s == desk.CompareSame || s == desk.CompareChanged {
			taken[cs[i].ID] = true
		}
	}
	name := func(f map[string]record.Value) string { return f["given"].String() + "\n" + f["family"].String() }
	named := map[string][]*desk.Member{}
	for _, m := range ms {
		if n := name(m.Record.Fields); n != "\n" {
			named[n] = append(named[n], m)
		}
	}
	return func(f map[string]record.Value) (register.RecordID, bool) {
		for _, m := range named[name(f)] {
			says := false
			for k, v := range f {
				says = says || !v.Empty() && m.Record.Fields[k] != v
			}
			if !says && !taken[m.Path.ID] {
				taken[m.Path.ID] = true
				return m.Path.ID, true
			}
		}
		return "", false
	}
}

// notHere refuses rows that fill in what the unit does not have, or what is not for
// the officer to fill in.
func (l *list) notHere() error {
	const told = 10 // rows
	n := 0
	say := func(row int, field, reason string) {
		if n++; n <= told {
			l.note(l.tr("row {{.Row}}, {{.Field}}: {{.Reason}}", "Row", row, "Field", l.fieldName(l.Policy(), field), "Reason", reason))
		}
	}
	for _, r := range l.results {
		if !r.Good() {
			continue
		}
		for _, f := range l.NotHere(l.unit, r.Fields) {
			say(r.Row, f.Field, l.hereFault(f))
		}
		for key, v := range r.Fields {
			if !v.Empty() && l.Policy().FieldIn(l.unit, key) && l.right(l.unit, key) < policy.Read {
				say(r.Row, key, l.tr("your office does not see this field"))
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

// placesTold is how many rows are named whose post code and place do not fit.
const placesTold = 10

// placesFit warns of rows that are to be entered whose post code and place do not fit those
// of the members. It names rows, and nothing that stands in them.
func (l *list) placesFit() error {
	if len(l.rows) == 0 {
		return nil
	}
	places, err := l.Whereabouts()
	if err != nil {
		return err
	}
	n := 0
	for i, j := range l.rows {
		if j.status != rowNew && (j.status != rowChanged || !l.moved(j.changes)) {
			continue
		}
		fields := maps.Clone(l.results[i].Fields)
		maps.Copy(fields, j.changes)
		if !places.Odd(j.id, fields) {
			continue
		}
		if n++; n <= placesTold {
			l.warn(l.tr("row {{.Row}}: the post code and the place do not fit: others with this post code have another place", "Row", l.results[i].Row), "")
		}
	}
	if n > placesTold {
		l.warn(l.trn(n, "{{.N}} row has a post code and a place that do not fit", "{{.N}} rows have a post code and a place that do not fit"), "")
	}
	return nil
}

// outcome is what came of a list.
type outcome struct {
	refused bool
	entered []register.RecordID
	updated int
	rest    string // file of the rows that were not taken
}

// enter takes in what was asked for, and says what came of it.
func (l *list) enter(ctx context.Context, o importOptions) error {
	bad := l.sums.faulty + l.sums.duplicates
	var members []map[string]record.Value
	var updates []desk.Update
	for i, j := range l.rows {
		switch {
		case j.status == rowNew:
			members = append(members, l.results[i].Fields)
		case j.status == rowChanged && (o.update || l.table.Origin.OfRecords()):
			updates = append(updates, desk.Update{ID: j.id, Set: j.changes})
		}
	}
	if err := l.placesFit(); err != nil {
		return err
	}
	until, closed := l.BulkClosed()
	closed = closed && len(members) > 0
	out := outcome{refused: len(l.faults) > 0 || bad > 0 && !o.onlyGood || closed}
	if !out.refused && !o.dryRun {
		drop := func() {}
		var err error
		if bad > 0 {
			if drop, err = l.writeRest(o.rest); err != nil {
				return err
			}
			out.rest = o.rest
		}
		if len(members)+len(updates) > 0 {
			if out.entered, err = l.TakeIn(ctx, l.unit, members, updates, l.sums.said()); err != nil && !errors.Is(err, desk.ErrNothing) {
				drop()
				return err
			}
			out.updated = len(updates)
		}
		if err := l.remember(o); err != nil {
			return err
		}
	}
	if err := l.print(o, &out); err != nil {
		return err
	}
	return l.verdict(o, &out, until, closed, bad)
}

// verdict is the error that ends the command, if it was not all well.
func (l *list) verdict(o importOptions, out *outcome, until register.Day, closed bool, bad int) error {
	msg := l.tr("the list has faults; nothing was entered")
	if len(l.faults) == 0 && l.sums.faulty == 0 {
		msg = l.tr("the list has possible duplicates; nothing was entered")
	}
	switch {
	case closed:
		return l.bulkClosed(until)
	case o.dryRun && bad == 0 && len(l.faults) == 0:
		return nil
	case o.dryRun:
		return refused(msg, "")
	case len(l.faults) > 0:
		return refused(msg, l.tr("mend the list and import it again"))
	case out.refused && l.sums.faulty == 0:
		return refused(msg, l.tr("look at them and mend the list, enter them as they are (--keep-duplicates), or take in the others: --only-good --rest FILE.xlsx"))
	case out.refused:
		return refused(msg, l.tr("mend them in the list and import it again, or take in the others: --only-good --rest FILE.xlsx"))
	case bad > 0 && l.sums.new+l.sums.changed+l.sums.same == 0, len(l.rows) == 0:
		return refused(l.tr("no row of the list can be entered"), "")
	}
	return nil
}

// bulkClosed points to the way in that is left after the policy's last day.
func (a *app) bulkClosed(until register.Day) error {
	return refused(a.tr("whole lists were taken in until {{.Day}}; nothing was entered", "Day", until),
		a.tr("enter new members one by one: medlem add --unit UNIT"))
}

// writeRest writes the rows that are not taken, readable by nobody else and under
// the password of the list, if it has one, and returns what takes the file away
// again.
func (l *list) writeRest(path string) (drop func(), err error) {
	if err := l.discreet(path); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := sheet.WriteRest(&b, l.table, l.results, l.texts.lang); err != nil {
		return nil, err
	}
	content := b.Bytes()
	if l.table.Protected {
		if content, err = officecrypt.Encrypt(content, l.password); err != nil {
			return nil, refused(l.tr("the other rows cannot be protected by the password of the list; nothing was entered"), l.tr("protect the list by a password that can be typed, and import it again"))
		}
	}
	f, err := l.newFile(path)
	if err != nil {
		return nil, err
	}
	if err := fill(f, content); err != nil {
		_ = os.Remove(path)
		return nil, err
	}
	return func() { _ = os.Remove(path) }, nil
}
