package desk

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"strings"
	"unicode"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// A list says which draw it is by its order alone: the columns that are no names
// stand in an order that follows from the draw's id, and so do the rows of one
// first letter. Whoever reads it sees a list by the alphabet.

// chooseColumns puts the columns in the order in which they stand in the file:
// names first, as the record has them, and then the others.
func (d *Desk) chooseColumns(x *drawing) {
	p, r := d.state.Policy, x.receipt
	wanted, own := x.Columns, []string{}
	for i := range p.Lists.Purposes {
		if p.Lists.Purposes[i].ID == r.Purpose {
			own = p.Lists.Purposes[i].Columns
		}
	}
	if wanted == nil {
		wanted = own
	}
	r.Columns = orderColumns(p, r.ID, wanted)
	for _, c := range r.Columns {
		if !slices.Contains(own, c) {
			r.Beyond = append(r.Beyond, c)
		}
	}
}

func orderColumns(p *policy.Policy, id register.RecordID, keys []string) []string {
	place := func(key string) []byte {
		if f, ok := p.Field(key); ok && f.Type == record.TypeName {
			return nil
		}
		return drawHash(id, "column", key)
	}
	out := slices.Clone(keys)
	p.Schema().Sort(out)
	out = slices.Compact(out)
	slices.SortStableFunc(out, func(a, b string) int { return bytes.Compare(place(a), place(b)) })
	return out
}

// drawHash is what an id makes of texts.
func drawHash(id register.RecordID, texts ...string) []byte {
	h := hmac.New(sha256.New, []byte(id))
	h.Write([]byte(strings.Join(texts, "\x00")))
	return h.Sum(nil)
}

// drawRow is a row on its way into a list.
type drawRow struct {
	member *Member // nil: the canary
	cells  []string
	letter rune
	hash   []byte
}

// gather reads the members of a draw, and counts them.
func (d *Desk) gather(x *drawing) error {
	all, err := d.drawable(x.receipt.Units)
	if err != nil {
		return err
	}
	for _, m := range all {
		if x.Where != nil {
			ok, err := x.Where(m)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
		}
		x.members = append(x.members, m)
	}
	if len(x.members) == 0 {
		return ErrDrawNobody
	}
	x.receipt.Count = len(x.members)
	return nil
}

// drawable returns the members of units who can be on a list: those who are active
// on main, with one's own corrections, without those whom one has closed, moved or
// asked to be closed oneself.
func (d *Desk) drawable(units []register.UnitID) ([]*Member, error) {
	all, err := d.Members(Query{Units: units})
	if err != nil {
		return nil, err
	}
	asked, err := d.asked()
	if err != nil {
		return nil, err
	}
	leaving := map[register.RecordID]bool{}
	for _, r := range asked {
		leaving[r.Member] = leaving[r.Member] || r.Kind == record.RequestClose
	}
	active, err := d.activeAt(d.tree, units)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(m *Member) bool { return m.Closed() || leaving[m.Path.ID] || !active[m.Path.ID] }), nil
}

// activeAt returns the ids that lie among the members of units in a tree.
func (d *Desk) activeAt(tree gitstore.ID, units []register.UnitID) (map[register.RecordID]bool, error) {
	out := map[register.RecordID]bool{}
	for _, u := range units {
		err := d.walk(tree, "data/"+string(u)+"/members", func(p register.Path, _ gitstore.Entry) error {
			out[p.ID] = true
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// listOf makes the list of a draw: its words in the organisation's language, its
// rows in the order that names the draw.
func (d *Desk) listOf(x *drawing) *List {
	p, r := d.state.Policy, x.receipt
	lang := p.Languages[0]
	l := &List{Receipt: r, Notice: noticeOf(p, r, lang)}
	for _, c := range r.Columns {
		l.Header = append(l.Header, d.heading(c, lang))
	}
	rows := make([]drawRow, 0, len(x.members)+1)
	for _, m := range x.members {
		rows = append(rows, d.drawRow(r.ID, m, r.Columns, m.Record.Fields, lang))
	}
	if fields := d.canary(x); fields != nil {
		rows = append(rows, d.drawRow(r.ID, nil, r.Columns, fields, lang))
	}
	slices.SortStableFunc(rows, func(a, b drawRow) int {
		if a.letter != b.letter {
			return letterRank(lang, a.letter) - letterRank(lang, b.letter)
		}
		return bytes.Compare(a.hash, b.hash)
	})
	x.members = x.members[:0]
	for _, row := range rows {
		l.Rows, l.Members = append(l.Rows, row.cells), append(l.Members, row.member)
		if row.member != nil {
			x.members = append(x.members, row.member)
		}
	}
	return l
}

// heading is what a column is called: two fields of one name keep apart by their
// keys.
func (d *Desk) heading(key, lang string) string {
	p := d.state.Policy
	f, ok := p.Field(key)
	if !ok {
		return key
	}
	name := p.Label(f.Name, lang)
	if back, ok := p.Heading(name); name == "" || !ok || back != key {
		return key
	}
	return name
}

func (d *Desk) drawRow(id register.RecordID, m *Member, columns []string, fields map[string]record.Value, lang string) drawRow {
	row := drawRow{member: m, cells: make([]string, len(columns))}
	for i, c := range columns {
		row.cells[i] = cellText(d.state.Policy, c, fields[c], lang)
	}
	row.letter, row.hash = fingerprint(id, columns, row.cells)
	return row
}

// fingerprint returns by what a row is sorted: the first letter of the family
// name, and within it what the draw's id makes of the name and the row.
func fingerprint(id register.RecordID, columns, cells []string) (letter rune, hash []byte) {
	var name []string
	for i, c := range columns {
		if (c == "given" || c == "family") && i < len(cells) {
			name = append(name, cells[i])
		}
		if c == "family" && i < len(cells) {
			for _, r := range cells[i] {
				if unicode.IsLetter(r) {
					letter = unicode.ToUpper(r)
					break
				}
			}
		}
	}
	return letter, drawHash(id, record.Fold(strings.Join(name, " ")), strings.Join(cells, "\x1f"))
}

// letterRank is where a letter stands in the alphabet of a language.
func letterRank(lang string, r rune) int {
	last := "ÆÄØÖÅ" // da, nb
	if lang == "sv" {
		last = "ÅÄÆÖØ"
	}
	if i := strings.IndexRune(last, r); i >= 0 {
		return 'Z' + 1 + i
	}
	if r > 'Z' {
		return int(r) + len(last)
	}
	return int(r)
}

// cellText is a value as it stands in a list.
func cellText(p *policy.Policy, key string, v record.Value, lang string) string {
	f, ok := p.Field(key)
	if !ok || v.Empty() {
		return v.String()
	}
	switch f.Type {
	case record.TypeChoice, record.TypeChoices:
		items := v.List()
		if !v.IsList() {
			items = []string{v.String()}
		}
		var names []string
		for _, id := range items {
			if c, ok := f.Choice(id); ok {
				if n := p.Label(c.Name, lang); n != "" {
					id = n
				}
			}
			names = append(names, id)
		}
		return strings.Join(names, ", ")
	case record.TypeYesNo:
		return yesNo(v.String() == "true", lang)
	}
	return v.String()
}
