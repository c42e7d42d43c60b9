package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/expression"
	"github.com/medlem-register/medlem/internal/record"
)

// A Field is a field of the record, and what the policy says about it.
type Field struct {
	record.Field
	Name       map[string]string // by language
	Options    []Choice          // the choices with their names, in the order of Choices
	Headings   []string          // what lists call it besides its names, any language
	Category   string            // a key of Vocabulary.Categories
	Purpose    string            // a key of Vocabulary.Purposes
	LegalBasis string            // a key of Vocabulary.LegalBases
	See        []string          // offices; empty = every office that may read
	Edit       []string          // offices; empty = every office that sees it and may add or edit

	Where        string // condition on the unit; "" everywhere
	NeedsPurpose bool   // it exists where the unit states a purpose for it, or where Where holds
	Own          bool   // the member may correct it herself
	Dated        string // a field of the type date: on which day this one was last changed
	Expected     string // ExpectedListed, ExpectedEntry, or "" where nobody asks for it

	where *expression.Condition
}

// What a field is expected to hold, where it is not required.
const (
	ExpectedListed = "listed" // members without it are listed as incomplete
	ExpectedEntry  = "entry"  // they are, and only the offices that merge enter anybody without it
)

// Fields is the list of fields in fields.yaml, in the order of the record.
type Fields []Field

// A Choice is one of the choices of a field.
type Choice struct {
	ID   string            `yaml:"id"`
	Name map[string]string `yaml:"name"` // by language
	Also []string          `yaml:"also"` // other words for it, any language

	Levels []string `yaml:"levels"` // of the units that have it; empty: all
}

// Vocabulary is what fields.yaml says besides its fields.
type Vocabulary struct {
	Purposes   []Term
	LegalBases []Term
	Categories []Category
	WholeName  []string // what lists call a column that holds the whole name
}

// A Term is a word of the policy that is published in each language.
type Term struct {
	ID   string            `yaml:"id"`
	Name map[string]string `yaml:"name"` // by language
}

// A Category is a kind of information.
type Category struct {
	Term    `yaml:",inline"`
	Special bool `yaml:"special"` // a special category of personal data (GDPR art. 9(1))
}

// categoryTerms are the categories by their names.
func (v *Vocabulary) categoryTerms() []Term {
	terms := make([]Term, len(v.Categories))
	for i, c := range v.Categories {
		terms[i] = c.Term
	}
	return terms
}

// FindTerm returns the term of that id.
func FindTerm(terms []Term, id string) (Term, bool) {
	i := slices.IndexFunc(terms, func(t Term) bool { return t.ID == id })
	if i < 0 {
		return Term{}, false
	}
	return terms[i], true
}

// Field returns the field of that key.
func (p *Policy) Field(key string) (*Field, bool) {
	for i := range p.Fields {
		if p.Fields[i].Key == key {
			return &p.Fields[i], true
		}
	}
	return nil, false
}

// Choice returns the choice of that id.
func (f *Field) Choice(id string) (Choice, bool) {
	i := slices.IndexFunc(f.Options, func(c Choice) bool { return c.ID == id })
	if i < 0 {
		return Choice{}, false
	}
	return f.Options[i], true
}

// Heading returns the field that a list's heading stands for: its key, its name
// in any language or another word for it, whatever the capitals, hyphens, dots
// and spaces.
func (p *Policy) Heading(text string) (field string, ok bool) {
	field, ok = p.headings[foldHeading(text)]
	return field, ok
}

// IsWholeName tells whether a list's heading stands for the whole name.
func (p *Policy) IsWholeName(text string) bool {
	return slices.ContainsFunc(p.WholeName, func(h string) bool { return foldHeading(h) == foldHeading(text) })
}

func foldHeading(s string) string { return strings.ReplaceAll(record.Fold(s), " ", "") }

// allHeadings returns everything that a list may call the field.
func (f *Field) allHeadings() []string {
	out := []string{f.Key}
	for _, l := range slices.Sorted(maps.Keys(f.Name)) {
		out = append(out, f.Name[l])
	}
	return append(out, f.Headings...)
}

// Schema returns the schema of the records. It is not to be changed.
func (p *Policy) Schema() *record.Schema { return p.schema }

func (p *Policy) makeSchema() *record.Schema {
	s := &record.Schema{Country: p.Country}
	for _, f := range p.Fields {
		s.Fields = append(s.Fields, f.Field)
	}
	return s
}

// A Right is what an office may do with a field.
type Right int

// The rights, each including the one before.
const (
	Hidden Right = iota
	Read
	Edit
)

func (r Right) String() string { return [...]string{"hidden", "read", "edit"}[r] }

// FieldRight returns what an office may do with a field of the records in its
// scope. What the policy does not have is hidden. The day and the reason of
// closing are seen by whoever may read and set by whoever may close; what is said
// of a member's rights is seen by whoever may read.
func (p *Policy) FieldRight(office, field string) Right { return p.rights[office][field] }

func (p *Policy) makeRights() map[string]map[string]Right {
	rights := make(map[string]map[string]Right, len(p.Offices))
	for i := range p.Offices {
		o := &p.Offices[i]
		of := make(map[string]Right, len(p.Fields)+2)
		rights[o.ID] = of
		if !o.Can(ActRead) {
			continue
		}
		for j := range p.Fields {
			of[p.Fields[j].Key] = p.Fields[j].right(o)
		}
		of[record.Closed], of[record.Reason] = Read, Read
		if o.Can(ActClose) {
			of[record.Closed], of[record.Reason] = Edit, Edit
		}
		if p.schema.HasDues() { // else fields of these names are the policy's own
			// Only medlem dues writes of dues, and it asks for the act, not for the field.
			of[record.Dues], of[record.Mandate], of[record.Bounced] = Read, Read, Read
			if o.Can(ActEdit) || o.Can(ActSend) {
				of[record.Bounced] = Edit
			}
		}
		if !p.schema.HasRights() {
			continue // fields of these names are the policy's own
		}
		of[record.Restricted], of[record.Objects] = Read, Read
		if by := p.SubjectRights.By; slices.Contains(by, o.ID) || len(by) == 0 && o.Can(ActMerge) {
			of[record.Restricted], of[record.Objects] = Edit, Edit
		}
	}
	return rights
}

// right returns what an office that may read may do with f.
func (f *Field) right(o *Office) Right {
	switch {
	case len(f.See) > 0 && !slices.Contains(f.See, o.ID):
		return Hidden
	case (o.Can(ActEdit) || o.Can(ActAdd)) && (len(f.Edit) == 0 || slices.Contains(f.Edit, o.ID)):
		return Edit
	}
	return Read
}
