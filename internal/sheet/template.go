package sheet

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

const (
	templateRows  = 10_000 // rows that a template has filled in, and that its drop-downs reach to
	templateLists = "choices"
)

// A TemplateSpec says what a template is to ask for.
type TemplateSpec struct {
	Unit     register.UnitID // whose members are asked for; "" for a template of no unit, see BlankTemplate
	Language string          // of its notes; the headings are in the words of Columns
	Sheet    string          // the name of its sheet; "" for the word for members
	Columns  []TemplateColumn
	Rows     [][]string // what is filled in already, by column; see AddMember and AddRecord
	Locked   [][]bool   // the cells below the headings that are not to be filled in; nil: none
}

// A TemplateColumn is one column of a template.
type TemplateColumn struct {
	Key      string      // of the field: what the column comes back to
	Heading  string      // as people read it; it differs from every other
	Type     record.Type // what may stand in it, for the note and the form of its cells
	Required bool        // marked so, and said in the note
	Choices  []string    // the names of the choices, for a drop-down
	Note     string      // what the note says besides, such as what the field is for
	Hidden   bool        // not shown
}

// RecordColumn is the column of record ids, by which the rows of a template come
// back to records that the register has.
func RecordColumn(lang string) TemplateColumn {
	return TemplateColumn{Key: RecordKey, Heading: templateWords[language(lang)].record, Type: record.TypeText, Hidden: true}
}

// TemplateOf returns the template of a unit: the fields that exist there, or
// those of them that keys names, with the choices that exist there.
func TemplateOf(p *policy.Policy, unit register.UnitID, lang string, keys ...string) (TemplateSpec, error) {
	s := TemplateSpec{Unit: unit, Language: lang}
	if u, ok := p.Unit(unit); ok {
		s.Sheet = u.Name
	}
	fields := p.FieldsIn(unit)
	for _, k := range keys {
		if !slices.ContainsFunc(fields, func(f *policy.Field) bool { return f.Key == k }) {
			return s, fmt.Errorf("unknown field %q in unit %q", k, unit)
		}
	}
	for _, f := range fields {
		if len(keys) > 0 && !slices.Contains(keys, f.Key) {
			continue
		}
		c := TemplateColumn{Key: f.Key, Heading: p.Label(f.Name, lang), Type: f.Type, Required: f.Required}
		for _, o := range f.Options {
			if p.ChoiceIn(unit, f.Key, o.ID) {
				c.Choices = append(c.Choices, p.Label(o.Name, lang))
			}
		}
		s.Columns = append(s.Columns, c)
	}
	return s, nil
}

// BlankTemplate returns a template of no unit in particular, to be handed out by
// anybody: the fields that exist everywhere and that offices which enter members
// fill in, with all their choices. It says nothing of what it is: what comes back
// is read by its headings, as any other list.
func BlankTemplate(p *policy.Policy, lang string) TemplateSpec {
	s := TemplateSpec{Language: lang}
	filledIn := func(key string) bool {
		others := false // offices that enter members and do not judge them
		for i := range p.Offices {
			if o := &p.Offices[i]; o.Can(policy.ActAdd) && !o.Can(policy.ActMerge) {
				if others = true; p.FieldRight(o.ID, key) == policy.Edit {
					return true
				}
			}
		}
		return !others
	}
	for i := range p.Fields {
		f := &p.Fields[i]
		if f.Where != "" || f.NeedsPurpose || !filledIn(f.Key) {
			continue
		}
		c := TemplateColumn{Key: f.Key, Heading: p.Label(f.Name, lang), Type: f.Type, Required: f.Required || f.Expected == policy.ExpectedEntry}
		for _, o := range f.Options {
			c.Choices = append(c.Choices, p.Label(o.Name, lang))
		}
		s.Columns = append(s.Columns, c)
	}
	return s
}

// AddMember fills in a row with what a record holds, in words that come back to
// the same values.
func (s *TemplateSpec) AddMember(p *policy.Policy, fields map[string]record.Value) {
	row := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		row[i] = templateText(p, c.Key, fields[c.Key], s.Language)
	}
	s.Rows = append(s.Rows, row)
}

// AddRecord fills in a row of a template that begins with RecordColumn: the id of
// a record and its values in the columns of shown, which are locked; open are the
// columns to fill in, and every other is locked and empty.
func (s *TemplateSpec) AddRecord(p *policy.Policy, id register.RecordID, fields map[string]record.Value, shown, open []string) {
	row, locked := make([]string, len(s.Columns)), make([]bool, len(s.Columns))
	for i, c := range s.Columns {
		switch {
		case c.Key == RecordKey:
			row[i] = string(id)
		case slices.Contains(shown, c.Key):
			row[i] = templateText(p, c.Key, fields[c.Key], s.Language)
		}
		locked[i] = !slices.Contains(open, c.Key)
	}
	s.Rows, s.Locked = append(s.Rows, row), append(s.Locked, locked)
}

// origin is what the template says of itself.
func (s *TemplateSpec) origin() *Origin {
	o := &Origin{Version: 1, Unit: s.Unit, Language: s.Language}
	for _, c := range s.Columns {
		if c.Key == RecordKey {
			o.Version = 2
		}
		o.Keys, o.Headings = append(o.Keys, c.Key), append(o.Headings, c.Heading)
	}
	return o
}

// templateText returns the words for a value: names for choices, a word for yes.
func templateText(p *policy.Policy, key string, v record.Value, lang string) string {
	f, ok := p.Field(key)
	switch {
	case !ok || v.Empty():
		return ""
	case f.Type == record.TypeYesNo:
		words := templateWords[language(lang)]
		if v.String() == "true" {
			return words.yes
		}
		return words.no
	case f.Type != record.TypeChoice && f.Type != record.TypeChoices:
		return v.String()
	}
	var names []string
	for _, id := range v.List() {
		name := id
		if c, ok := f.Choice(id); ok {
			if n := p.Label(c.Name, lang); n != "" && !strings.ContainsAny(n, ",;/\n") {
				name = n
			}
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// Template writes a workbook to fill in: the headings locked, a note on each, every
// other cell text, so that zeros stay, and drop-downs for choices. A hidden sheet
// says what it is; see Origin. All of that helps people and binds nobody: what
// comes back is read as any other list. The same spec gives the same bytes.
func Template(s TemplateSpec) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("write template: %w", err)
	}
	t := templateBook{spec: &s, file: excelize.NewFile(excelize.Options{TmpDir: noTempDir}), words: templateWords[language(s.Language)]}
	defer t.file.Close()
	b, err := t.write()
	if err != nil {
		return nil, fmt.Errorf("write template: %w", err)
	}
	return b, nil
}

// check refuses what would not come back.
func (s *TemplateSpec) check() error {
	switch {
	case len(s.Columns) == 0:
		return fmt.Errorf("it has no columns")
	case len(s.Columns) > ColumnLimit:
		return fmt.Errorf("%w: over %d columns", ErrTooLarge, ColumnLimit)
	case len(s.Rows) > templateRows:
		return fmt.Errorf("%w: over %d rows", ErrTooLarge, templateRows)
	}
	if _, err := register.ParseUnitID(string(s.Unit)); err != nil && s.Unit != "" {
		return err
	}
	keys, headings := map[string]bool{}, map[string]bool{}
	for _, c := range s.Columns {
		if h := headingKey(c.Heading); h == "" || headings[h] || c.Key == "" || keys[c.Key] {
			return fmt.Errorf("column %q: a key and a heading of its own are missing", c.Key)
		}
		keys[c.Key], headings[headingKey(c.Heading)] = true, true
	}
	for i, row := range s.Rows {
		if len(row) > len(s.Columns) {
			return fmt.Errorf("row %d has more cells than there are columns", i+1)
		}
		for j, text := range row {
			if tooLong(text) {
				return fmt.Errorf("%w: row %d, column %q holds over %d characters", ErrTooLarge, i+1, s.Columns[j].Key, TextLimit)
			}
		}
	}
	return nil
}

// templateBook is a template being written.
type templateBook struct {
	spec  *TemplateSpec
	file  *excelize.File
	sheet string
	words templateLanguage
}

func (t *templateBook) write() ([]byte, error) {
	t.sheet = sheetName(t.spec.Sheet, t.words.sheet)
	for _, step := range []func() error{t.main, t.headings, t.lists, t.filled, t.hidden, t.protect} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	if err := t.file.Write(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// main makes the sheet: all cells text and unlocked.
func (t *templateBook) main() error {
	if err := t.file.SetDocProps(&excelize.DocProperties{Creator: noCreator, LastModifiedBy: noCreator}); err != nil {
		return err
	}
	if err := t.file.SetSheetName("Sheet1", t.sheet); err != nil {
		return err
	}
	text, err := t.file.NewStyle(&excelize.Style{NumFmt: asText, Protection: &excelize.Protection{Locked: false}})
	if err != nil {
		return err
	}
	last := letter(len(t.spec.Columns))
	if err := t.file.SetColStyle(t.sheet, "A:"+last, text); err != nil {
		return err
	}
	return t.file.SetPanes(t.sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

func (t *templateBook) headings() error {
	const narrow, wide, noteWidth, noteHeight = 14, 26, 260, 130 // characters; pixels
	style, err := t.file.NewStyle(&excelize.Style{NumFmt: asText, Font: &excelize.Font{Bold: true},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E7EEF5"}}, Protection: &excelize.Protection{Locked: true}})
	if err != nil {
		return err
	}
	for i, c := range t.spec.Columns {
		cell, text := letter(i+1)+"1", c.Heading
		if c.Required {
			text += " *"
		}
		width := narrow
		switch c.Type {
		case record.TypeEmail, record.TypeStreet, record.TypeNote, record.TypeChoices:
			width = wide
		}
		for _, err := range []error{
			t.file.SetCellStr(t.sheet, cell, text),
			t.file.SetCellStyle(t.sheet, cell, cell, style),
			t.file.SetColWidth(t.sheet, letter(i+1), letter(i+1), float64(max(width, len([]rune(text))+3))),
			t.file.SetColVisible(t.sheet, letter(i+1), !c.Hidden),
			t.file.AddComment(t.sheet, excelize.Comment{Cell: cell, Author: noCreator, Width: noteWidth, Height: noteHeight,
				Paragraph: []excelize.RichTextRun{{Text: t.words.note(&c)}}}),
		} {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// lists writes the choices on a sheet of their own, since those written into a
// drop-down itself stop at 255 characters, and the drop-downs that show them.
// Where a cell may hold several choices, the drop-down lets others pass.
func (t *templateBook) lists() error {
	if _, err := t.file.NewSheet(templateLists); err != nil {
		return err
	}
	n := 0
	for i, c := range t.spec.Columns {
		choices := c.Choices
		if c.Type == record.TypeYesNo {
			choices = []string{t.words.yes, t.words.no}
		}
		if len(choices) == 0 {
			continue
		}
		n++
		col := letter(n)
		for j, name := range choices {
			if err := t.file.SetCellStr(templateLists, col+strconv.Itoa(j+1), name); err != nil {
				return err
			}
		}
		list := excelize.NewDataValidation(true)
		list.SetSqref(letter(i+1) + "2:" + letter(i+1) + strconv.Itoa(templateRows+1))
		list.SetSqrefDropList("'" + templateLists + "'!$" + col + "$1:$" + col + "$" + strconv.Itoa(len(choices)))
		list.SetError(excelize.DataValidationErrorStyleStop, c.Heading, t.words.choose)
		list.ShowErrorMessage = c.Type != record.TypeChoices
		if err := t.file.AddDataValidation(t.sheet, list); err != nil {
			return err
		}
	}
	return t.file.SetSheetVisible(templateLists, false)
}

func (t *templateBook) filled() error {
	if err := t.locked(); err != nil {
		return err
	}
	for i, row := range t.spec.Rows {
		for j, text := range row {
			if text == "" {
				continue
			}
			if err := t.file.SetCellStr(t.sheet, letter(j+1)+strconv.Itoa(i+2), text); err != nil {
				return err
			}
		}
	}
	return nil
}

// hidden writes the sheet that parseOrigin reads.
func (t *templateBook) hidden() error {
	if t.spec.Unit == "" {
		return nil
	}
	if _, err := t.file.NewSheet(originSheet); err != nil {
		return err
	}
	return writeOrigin(t.file, t.spec.origin())
}

// writeOrigin writes what a list was made from on its sheet, which is there.
func writeOrigin(f *excelize.File, o *Origin) error {
	for i, row := range o.rows() {
		for j, text := range row {
			if err := f.SetCellStr(originSheet, letter(j+1)+strconv.Itoa(i+1), text); err != nil {
				return err
			}
		}
	}
	return f.SetSheetVisible(originSheet, false)
}

// locked greys and locks the cells that are not to be filled in.
func (t *templateBook) locked() error {
	if t.spec.Locked == nil {
		return nil
	}
	grey, err := t.file.NewStyle(&excelize.Style{NumFmt: asText, Font: &excelize.Font{Color: "606060"},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"EEEEEE"}}, Protection: &excelize.Protection{Locked: true}})
	if err != nil {
		return err
	}
	for i, row := range t.spec.Locked {
		for j, locked := range row {
			if cell := letter(j+1) + strconv.Itoa(i+2); locked {
				if err := t.file.SetCellStyle(t.sheet, cell, cell, grey); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// protect locks the headings and nothing else. It keeps hands from slipping; it
// is no security, and has no password.
func (t *templateBook) protect() error {
	return t.file.ProtectSheet(t.sheet, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true, FormatCells: true,
		FormatColumns: true, FormatRows: true, InsertRows: true, DeleteRows: true, Sort: true, AutoFilter: true})
}
