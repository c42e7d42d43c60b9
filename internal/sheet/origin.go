package sheet

import (
	"slices"
	"strconv"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// A template says what it is on a hidden sheet of this name, which travels with
// the list through every spreadsheet program: in rows of text,
//
//	medlem-template | form | unit | language
//	column | key | heading
//	column | …
//
// in the order of the columns. The key of a column is that of a field; in form 2
// one column has the key "id", and says in each row whose record the row is of:
// such a template asks for what these records lack. What the headings are called in the policy may
// change; the keys do not, so that a template of any age comes back to the same
// fields. The sheet protects nothing and is believed in nothing else.
const (
	originSheet   = "form"
	originBefore  = "medlem" // what the sheet was called first
	listsBefore   = "medlem-lists"
	originMark    = "medlem-template"
	originColumn  = "column"
	originVersion = 2 // the newest form

	// RecordKey is the key of a template's column of record ids. No field has it.
	RecordKey = "id"
)

// An Origin says which template a list was made from.
type Origin struct {
	Version  int             // of the template's form: 1, or 2 where it has a column of record ids
	Unit     register.UnitID // whose template it was
	Language string          // of its headings
	Keys     []string        // of its columns, in their order
	Headings []string        // what its columns were called, in the same order
}

// OfRecords tells whether the template is of records that the register has: each
// row says what one of them lacks.
func (o *Origin) OfRecords() bool {
	return o != nil && o.Version >= 2 && slices.Contains(o.Keys, RecordKey)
}

// rows are the rows of the hidden sheet.
func (o *Origin) rows() [][]string {
	out := [][]string{{originMark, strconv.Itoa(o.Version), string(o.Unit), o.Language}}
	for i, key := range o.Keys {
		out = append(out, []string{originColumn, key, o.Headings[i]})
	}
	return out
}

// key returns the key of the column that the template called so.
func (o *Origin) key(heading string) string {
	if o == nil || headingKey(heading) == "" {
		return ""
	}
	for i, h := range o.Headings {
		if headingKey(h) == headingKey(heading) {
			return o.Keys[i]
		}
	}
	return ""
}

// parseOrigin reads the sheet. A sheet of that name that says something else is
// somebody else's: no origin, and no error.
func parseOrigin(rows []Row) (*Origin, *Error) {
	if len(rows) == 0 || rows[0].cell(1).Text != originMark {
		return nil, nil
	}
	version, err := strconv.Atoi(rows[0].cell(2).Text)
	bad := damaged("what it says of the template that it was made from cannot be read")
	switch {
	case err != nil || version < 1:
		return nil, bad
	case version > originVersion:
		return nil, &Error{Reason: ErrNewer, Detail: "the template is of form " + strconv.Itoa(version), Hint: "install the newest version of the program"}
	}
	o := &Origin{Version: version, Language: rows[0].cell(4).Text}
	if o.Unit, err = register.ParseUnitID(rows[0].cell(3).Text); err != nil {
		return nil, bad
	}
	if len(o.Language) > 20 || len(rows) > columnLimit+1 {
		return nil, bad
	}
	for _, r := range rows[1:] {
		key, heading := r.cell(2).Text, r.cell(3).Text
		if r.cell(1).Text != originColumn || heading == "" || slices.Contains(o.Keys, key) || o.key(heading) != "" {
			return nil, bad
		}
		o.Keys, o.Headings = append(o.Keys, key), append(o.Headings, heading)
	}
	return o, nil
}

// ownSheet tells whether a sheet is one that a template has beside that of its rows.
func ownSheet(name string) bool {
	return slices.Contains([]string{originSheet, originBefore, templateLists, listsBefore}, name)
}

// origin finds the sheet in a workbook. Neither it nor the lists of choices are
// counted among the sheets of a template.
func (k *book) origin() (*Origin, *Error) {
	i := slices.IndexFunc(k.sheets, func(s sheetRef) bool { return s.name == originSheet || s.name == originBefore })
	if i < 0 {
		return nil, nil
	}
	rows, _, err := k.rows(k.sheets[i].part)
	if err != nil {
		return nil, err
	}
	o, err := parseOrigin(rows)
	if o != nil {
		k.sheets = slices.DeleteFunc(k.sheets, func(s sheetRef) bool {
			return ownSheet(s.name)
		})
	}
	return o, err
}

// fieldOf returns the field that a column of t holds: the one that its template
// says, or what its heading stands for in the policy.
func fieldOf(t *Table, p *policy.Policy, heading string) (field string, whole bool) {
	if key := t.Origin.key(heading); key != "" {
		if _, ok := p.Field(key); ok {
			return key, false
		}
		return "", false // the policy has it no more
	}
	return meaning(p, heading)
}
