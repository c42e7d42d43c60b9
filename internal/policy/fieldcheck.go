package policy

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/medlem-register/medlem/internal/record"
)

// fieldsFile is fields.yaml as it is written.
type fieldsFile struct {
	Purposes   []Term     `yaml:"purposes"`
	LegalBases []Term     `yaml:"legal-bases"`
	Categories []Category `yaml:"categories"`
	WholeName  []string   `yaml:"whole-name"`
	Fields     []struct {
		Key        string            `yaml:"key"`
		Name       map[string]string `yaml:"name"`
		Headings   []string          `yaml:"headings"`
		Type       record.Type       `yaml:"type"`
		Required   bool              `yaml:"required"`
		Max        int               `yaml:"max"`
		Choices    []Choice          `yaml:"choices"`
		Category   string            `yaml:"category"`
		Purpose    string            `yaml:"purpose"`
		LegalBasis string            `yaml:"legal-basis"`
		See        []string          `yaml:"see"`
		Edit       []string          `yaml:"edit"`

		Where        string `yaml:"where"`
		NeedsPurpose bool   `yaml:"needs-purpose"`
		Own          bool   `yaml:"own"`
		Expected     string `yaml:"expected"`
		Dated        string `yaml:"dated"`
	} `yaml:"fields"`
}

func decodeFields(d *document, p *Policy) error {
	var raw fieldsFile
	if err := d.root.Decode(&raw); err != nil {
		return err
	}
	p.Vocabulary = Vocabulary{raw.Purposes, raw.LegalBases, raw.Categories, raw.WholeName}
	for _, r := range raw.Fields {
		f := Field{
			Field:    record.Field{Key: r.Key, Type: r.Type, Required: r.Required, Max: r.Max},
			Name:     r.Name,
			Options:  r.Choices,
			Headings: r.Headings,
			Category: r.Category, Purpose: r.Purpose, LegalBasis: r.LegalBasis,
			See: r.See, Edit: r.Edit,
			Where: r.Where, NeedsPurpose: r.NeedsPurpose, Own: r.Own, Expected: r.Expected, Dated: r.Dated,
		}
		if len(r.Choices) > 0 {
			f.Words = map[string]string{}
		}
		for _, c := range r.Choices {
			f.Choices = append(f.Choices, c.ID)
			for _, w := range c.words() {
				f.Words[record.Fold(w)] = c.ID
			}
		}
		p.Fields = append(p.Fields, f)
	}
	return nil
}

// words returns everything that a list may call the choice.
func (c *Choice) words() []string {
	out := []string{c.ID}
	for _, n := range c.Name {
		out = append(out, n)
	}
	return append(out, c.Also...)
}

func checkFields(d *document, p *Policy) {
	d.terms("/purposes", "purpose", p.Vocabulary.Purposes, p.Languages)
	d.terms("/legal-bases", "legal basis", p.LegalBases, p.Languages)
	d.terms("/categories", "category", p.categoryTerms(), p.Languages)
	ids(d, "/fields", "field", len(p.Fields), func(i int) string { return p.Fields[i].Key })
	for i := range p.Fields {
		f, at := &p.Fields[i], "/fields/"+strconv.Itoa(i)
		d.names(at+"/name", f.Name, p.Languages)
		d.checkForm(at, f)
		d.checkChoices(at, f, p.Languages)
		d.known(at+"/category", "category", f.Category, p.words("category"))
		d.known(at+"/purpose", "purpose", f.Purpose, p.words("purpose"))
		d.known(at+"/legal-basis", "legal basis", f.LegalBasis, p.words("legal basis"))
		d.checkPlace(at, f, p)
		d.checkDated(at, f, p)
		if len(p.Offices) > 0 {
			d.checkSee(at, f, p)
		}
	}
	p.checkPurposes()
	d.checkHeadings(p)
}

// The keys that every record has, whatever the policy says.
var reservedKeys = []string{"medlem", "id", "unit", "rev", record.Closed, record.Reason}

// checkForm reports what does not fit in a field's key, type, length and choices.
func (d *document) checkForm(at string, f *Field) {
	if slices.Contains(reservedKeys, f.Key) {
		d.report(at+"/key", fmt.Sprintf("the key %q is the register's own", f.Key), "choose another")
	} else if err := record.CheckKey(f.Key); err != nil {
		d.report(at+"/key", fmt.Sprintf("malformed key %q", f.Key), err.Error())
	}
	switch chosen := f.Type == record.TypeChoice || f.Type == record.TypeChoices; {
	case f.Type == "" || d.touchesOpen(at+"/choices"): // not decided yet
	case chosen && len(f.Options) == 0:
		d.report(at+"/type", fmt.Sprintf("a field of type %s without choices", f.Type), "add choices, or take another type")
	case !chosen && len(f.Options) > 0:
		d.reportKey(at+"/choices", fmt.Sprintf("choices in a field of type %s", f.Type), "write choice or choices as its type")
	}
	switch f.Type {
	case record.TypeText, record.TypeName, record.TypeStreet, record.TypeCity, record.TypeNote, "":
	default:
		if f.Max != 0 {
			d.reportKey(at+"/max", fmt.Sprintf("max in a field of type %s", f.Type), "leave it out: the type says how long it is")
		}
	}
}

// checkPlace reports what is wrong with where a field and its choices exist.
func (d *document) checkPlace(at string, f *Field, p *Policy) {
	f.where = d.condition(at+"/where", f.Where, unitEnv(nil))
	if f.Required && (f.Where != "" || f.NeedsPurpose) {
		d.report(at+"/required", fmt.Sprintf("the field %q is required and does not exist in every unit", f.Key), "leave required out, or where and needs-purpose")
	}
	if f.Required && f.Expected != "" {
		d.report(at+"/expected", fmt.Sprintf("the field %q is required", f.Key), "leave expected out: nobody is entered without a required field")
	}
	for i, c := range f.Options {
		d.allKnown(at+"/choices/"+strconv.Itoa(i)+"/levels", "level", c.Levels, p.words("level"))
	}
}

// checkDated reports a day that does not go with the field whose changes it dates.
func (d *document) checkDated(at string, f *Field, p *Policy) {
	if f.Dated == "" {
		return
	}
	at += "/dated"
	d.known(at, "field", f.Dated, p.words("field"))
	g, ok := p.Field(f.Dated)
	if !ok {
		return
	}
	d.ofType(at, f.Dated, record.TypeDate, p)
	if f.Own {
		d.report(at, fmt.Sprintf("the member corrects the field %q herself", f.Key), "leave own out, or dated: the day is written when an officer changes it")
	}
	if g.Where != f.Where || g.NeedsPurpose != f.NeedsPurpose {
		d.report(at, fmt.Sprintf("the field %q does not exist where %q does", g.Key, f.Key), "give both the same where and needs-purpose")
	}
	for _, o := range p.Offices {
		if f.right(&o) == Edit && g.right(&o) != Edit {
			d.report(at, fmt.Sprintf("the office %q may change the field %q and not its day", o.ID, f.Key), "let it edit both")
		}
	}
}

// checkChoices reports words that stand for two choices.
func (d *document) checkChoices(at string, f *Field, languages []string) {
	ids(d, at+"/choices", "choice", len(f.Options), func(i int) string { return f.Options[i].ID })
	taken := map[string]string{}
	for i := range f.Options {
		c, at := &f.Options[i], at+"/choices/"+strconv.Itoa(i)
		d.names(at+"/name", c.Name, languages)
		if err := record.CheckKey(c.ID); err != nil {
			d.report(at+"/id", fmt.Sprintf("malformed choice %q", c.ID), err.Error())
		}
		for _, w := range c.words() {
			if w == "" {
				continue // not decided yet
			}
			folded := record.Fold(w)
			if folded == "" {
				d.report(at, fmt.Sprintf("the word %q has no letter", clip(w)), "leave it out")
			} else if other, ok := taken[folded]; ok && other != c.ID {
				d.report(at, fmt.Sprintf("the word %q stands for %q already", clip(w), other), "leave it out of one of the two")
			}
			taken[folded] = c.ID
		}
	}
}

// checkSee reports offices that see or edit a field and cannot.
func (d *document) checkSee(at string, f *Field, p *Policy) {
	offices := map[string]*Office{}
	open := map[string]bool{"": true} // offices of which it is not decided what they may do
	var known []string
	for i := range p.Offices {
		id := p.Offices[i].ID
		offices[id], open[id] = &p.Offices[i], p.touches("access.yaml", "/offices/"+strconv.Itoa(i)+"/may")
		known = append(known, id)
	}
	for i, id := range f.See {
		path := at + "/see/" + strconv.Itoa(i)
		if o := offices[id]; open[id] || o == nil && p.words("office").open {
		} else if o == nil {
			d.report(path, fmt.Sprintf("unknown office %q", id), suggest(id, known))
		} else if !o.Can(ActRead) {
			d.report(path, fmt.Sprintf("the office %q may not read", id), "leave it out, or let it read in access.yaml")
		}
	}
	for i, id := range f.Edit {
		path := at + "/edit/" + strconv.Itoa(i)
		switch o := offices[id]; {
		case open[id], o == nil && p.words("office").open:
		case o == nil:
			d.report(path, fmt.Sprintf("unknown office %q", id), suggest(id, known))
		case !o.Can(ActEdit) && !o.Can(ActAdd):
			d.report(path, fmt.Sprintf("the office %q may neither add nor edit", id), "leave it out, or let it edit in access.yaml")
		case len(f.See) > 0 && !slices.Contains(f.See, id) && !slices.Contains(f.See, ""):
			d.report(path, fmt.Sprintf("the office %q may edit what it does not see", id), "add it to see too")
		}
	}
	if !f.Required {
		return
	}
	for _, o := range p.Offices {
		if o.Can(ActAdd) && f.right(&o) != Edit && !d.touchesOpen(at+"/see") && !d.touchesOpen(at+"/edit") {
			d.report(at+"/required", fmt.Sprintf("the office %q may add members and may not fill this field in", o.ID), "let it see and edit the field, or take add from it in access.yaml")
		}
	}
}

// checkHeadings reports headings that stand for two fields, so that no list is
// read into the wrong one.
func (d *document) checkHeadings(p *Policy) {
	taken := map[string]string{}
	for i := range p.Fields {
		f := &p.Fields[i]
		for _, h := range f.allHeadings() {
			if h == "" {
				continue // not decided yet, or reported by its form
			}
			at := "/fields/" + strconv.Itoa(i) + "/headings"
			if j := slices.Index(f.Headings, h); j >= 0 {
				at += "/" + strconv.Itoa(j)
			} else if d.values[at] == nil {
				at = "/fields/" + strconv.Itoa(i)
			}
			folded := foldHeading(h)
			if folded == "" {
				d.report(at, fmt.Sprintf("the heading %q has no letter", clip(h)), "leave it out")
			} else if other, ok := taken[folded]; ok && other != f.Key {
				d.report(at, fmt.Sprintf("the heading %q stands for the field %q already", clip(h), other), "leave it out of one of the two")
			}
			taken[folded] = f.Key
		}
	}
	for i, h := range p.WholeName {
		if other, ok := taken[foldHeading(h)]; ok {
			d.report("/whole-name/"+strconv.Itoa(i), fmt.Sprintf("the heading %q stands for the field %q already", clip(h), other), "leave it out of one of the two")
		}
	}
}
