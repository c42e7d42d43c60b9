package desk

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"strings"
	"unicode"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// A list says which draw it is by its order alone: the columns that are no names
// stand in an order that follows from the draw's id, and so do the rows of one
// first letter. Whoever reads it sees a list by the alphabet. Of a short list the
// letters alone would tell too little: there the rows of a whole quarter of the
// alphabet stand so, which does no harm where the list can be overlooked.

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
	rank   int
	hash   []byte
}

// sortRows puts the rows of a draw in the order that names it. A PDF names it at the
// foot of each page: whoever leafs through that finds people by the alphabet.
func sortRows(r *access.Draw, lang string, rows []drawRow) {
	for i := range rows {
		if r.Format == access.FormatPDF {
			rows[i].rank, rows[i].hash = alphabetical(lang, r.Columns, rows[i].cells)
			continue
		}
		letter, folded, hash := fingerprint(r.ID, r.Columns, rows[i].cells)
		rows[i].hash = hash
		if rows[i].rank = letterRank(lang, letter); short(r) {
			rows[i].rank = quarter(folded)
		}
	}
	slices.SortStableFunc(rows, func(a, b drawRow) int {
		return cmp.Or(a.rank-b.rank, bytes.Compare(a.hash, b.hash))
	})
}

// alphabetical is where a row stands by its family name, and then by all of it.
func alphabetical(lang string, columns, cells []string) (rank int, then []byte) {
	var family, rest string
	for i, c := range cells {
		if i < len(columns) && columns[i] == "family" {
			family = c
		} else {
			rest += " " + c
		}
	}
	letter, _, _ := fingerprint("", columns, cells)
	return letterRank(lang, letter), []byte(record.Fold(family + rest))
}

// shortList is up to how many members a list is short.
const shortList = 200

func short(r *access.Draw) bool { return r.Count <= shortList }

// quarter is in which quarter of the alphabet a folded letter stands: A to G, H to K,
// L to R or what is left. About as many Nordic family names begin in each.
func quarter(folded rune) int {
	switch {
	case folded <= 'g':
		return 0
	case folded <= 'k':
		return 1
	case folded <= 'r':
		return 2
	}
	return 3
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
	x.members, x.left = d.uses(x.members, x.receipt.Purpose, x.receipt.Form)
	if len(x.members) == 0 && x.left > 0 {
		return ErrDrawLeft
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
	l := &List{Receipt: r, Notice: noticeOf(p, r, lang), Left: x.left}
	for _, c := range r.Columns {
		l.Header = append(l.Header, d.heading(c, lang))
	}
	rows := make([]drawRow, 0, len(x.members)+1)
	for _, m := range x.members {
		rows = append(rows, d.drawRow(m, r.Columns, m.Record.Fields, lang))
	}
	if fields := d.canary(x); fields != nil {
		rows = append(rows, d.drawRow(nil, r.Columns, fields, lang))
	}
	sortRows(r, lang, rows)
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

func (d *Desk) drawRow(m *Member, columns []string, fields map[string]record.Value, lang string) drawRow {
	row := drawRow{member: m, cells: make([]string, len(columns))}
	for i, c := range columns {
		row.cells[i] = cellText(d.state.Policy, c, fields[c], lang)
	}
	return row
}

// fingerprint returns by what a row is sorted: the first letter of the family name,
// as it is written and folded, 0 for none; and within it what the draw's id makes of
// the name and the row, both folded: whoever types a list anew without its accents
// leaves it.
func fingerprint(id register.RecordID, columns, cells []string) (letter, folded rune, hash []byte) {
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
	if f := record.Fold(string(letter)); f != "" {
		folded = rune(f[0])
	}
	return letter, folded, drawHash(id, record.Fold(strings.Join(name, " ")), record.Fold(strings.Join(cells, " ")))
}

// letterRank is where a letter stands in the alphabet of a language.
func letterRank(lang string, r rune) int {
	last := "ÆØÅ" // da, nb
	if lang == "sv" {
		last = "ÅÆØ"
	}
	switch r { // one letter, written in two ways
	case 'Ä':
		r = 'Æ'
	case 'Ö':
		r = 'Ø'
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
