package sheet

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The columns of a list of cards: the keys of the fields, which every policy that
// has the field knows, and the heading of whole names. What is numbered, or
// stands for no field, is for a person to leave out by name.
const (
	cardName    = "Name"
	cardBorn    = "born"
	cardEmail   = "email"
	cardPhone   = "phone"
	cardStreet  = "street"
	cardCode    = "postcode"
	cardCity    = "city"
	cardCountry = "country"
	cardRegion  = "region"
	cardPrefix  = "name prefix"
	cardSuffix  = "name suffix"
)

var cardOrder = []string{cardName, givenKey, familyKey, cardPrefix, cardSuffix, cardBorn, cardEmail, cardPhone, cardStreet, cardCode, cardCity, cardRegion, cardCountry}

// wanted tells whether a property of cards is read.
func wanted(name string) bool {
	switch name {
	case "N", "FN", "BDAY", "EMAIL", "TEL", "ADR":
		return true
	}
	return false
}

// technical tells whether a property says nothing of the person.
func technical(name string) bool {
	switch name {
	case "VERSION", "PRODID", "REV", "UID", "SOURCE", "KIND", "SORT-STRING", "CLIENTPIDMAP", "NAME", "PROFILE", "MAILER", "LABEL", "XML":
		return true
	}
	return strings.HasPrefix(name, "X-")
}

// readCards reads a file of cards.
func (o *Options) readCards(b []byte) (*Table, *Error) {
	b, notes, err := o.cardBytes(b)
	if err != nil {
		return nil, err
	}
	r := cardReader{rest: b}
	l := cardList{page: o.Encoding, left: map[string]bool{}}
	var cards []*card
	var doubtful []byte // the values whose encoding nothing names
	for {
		c, err := r.next()
		if err != nil {
			return nil, err
		}
		if c == nil {
			break
		}
		if r.n >= RowLimit { // the headings are a row too
			return nil, tooLarge("over " + strconv.Itoa(RowLimit-1) + " cards")
		}
		c.properties = slices.DeleteFunc(c.properties, func(p cardProperty) bool {
			if !wanted(p.name) && !technical(p.name) && len(p.raw) > 0 && len(l.left) < cardNames {
				l.left[p.name] = true
			}
			return !wanted(p.name)
		})
		for i := range c.properties {
			if p := &c.properties[i]; !utf8.Valid(p.raw) && cardPage(p.param("CHARSET")) == "" {
				doubtful = append(append(doubtful, p.raw...), '\n')
			}
		}
		cards = append(cards, c)
	}
	if len(doubtful) > 0 {
		var how []Note
		if _, how, err = pageText(doubtful, l.page); err != nil {
			return nil, err
		}
		l.page, notes = how[0].Name, how
	}
	return l.table(cards, notes)
}

// cardBytes returns a file as UTF-8 or a code page: cards in UTF-16 are decoded.
func (o *Options) cardBytes(b []byte) ([]byte, []Note, *Error) {
	if even, odd := zeroBytes(b); utf8.Valid(b) && even+odd == 0 {
		return []byte(strings.TrimPrefix(string(b), "\ufeff")), textIn("UTF-8"), nil
	} else if even+odd == 0 {
		return b, nil, nil
	}
	text, notes, err := decode(b, o.Encoding)
	return []byte(text), notes, err
}

// cardList makes a table of cards.
type cardList struct {
	page string // the code page of what is not UTF-8
	left map[string]bool
}

func (l *cardList) table(cards []*card, notes []Note) (*Table, *Error) {
	var rows []map[string]string
	whole := false // some card has no name in parts
	for _, c := range cards {
		row, err := l.row(c)
		if err != nil {
			return nil, err
		}
		whole = whole || row[givenKey] == "" && row[familyKey] == "" && row[cardName] != ""
		rows = append(rows, row)
	}
	used := map[string]bool{}
	for _, row := range rows {
		nameOf(row, whole)
		for column, text := range row {
			used[column] = used[column] || !blank(text)
		}
	}
	columns := slices.SortedFunc(maps.Keys(used), byCardOrder)
	columns = slices.DeleteFunc(columns, func(c string) bool { return !used[c] })
	t := &Table{Format: Cards, Notes: notes, HeaderRow: 1, LeftOut: slices.Sorted(maps.Keys(l.left))}
	for i, c := range columns {
		t.Header = append(t.Header, Heading{Column: i + 1, Letter: letter(i + 1), Text: c})
	}
	size := budget{}
	for i, row := range rows {
		r := Row{Number: i + 2, Cells: make([]Cell, len(columns))}
		for j, c := range columns {
			r.Cells[j] = textCell(row[c])
		}
		var err *Error
		if t.Rows, err = size.add(t.Rows, r); err != nil {
			return nil, err
		}
	}
	if len(t.Rows) == 0 {
		return nil, &Error{Reason: ErrEmpty, Detail: "no card has a name or an address", Hint: "choose the file that holds the list"}
	}
	t.Empty = t.Rows[len(t.Rows)-1].Number - 1 - len(t.Rows)
	return t, nil
}

// nameOf leaves either the parts of a name or the whole one in a row: a list has
// one of the two. A whole name is "family, given" where the card tells them apart.
func nameOf(row map[string]string, whole bool) {
	if !whole {
		delete(row, cardName)
		return
	}
	if given, family := row[givenKey], row[familyKey]; given != "" || family != "" {
		row[cardName] = family + ", " + given
	}
	delete(row, givenKey)
	delete(row, familyKey)
}

// byCardOrder orders columns: as cardOrder, the second e-mail behind the first.
func byCardOrder(a, b string) int {
	place := func(s string) (int, int) {
		base, number, _ := strings.Cut(s, " ")
		n, err := strconv.Atoi(number)
		if err != nil {
			base = s
		}
		return slices.Index(cardOrder, base), n
	}
	i, n := place(a)
	j, m := place(b)
	return cmp.Or(cmp.Compare(i, j), cmp.Compare(n, m))
}

// cardReaders read the properties of a card into a row.
var cardReaders = [...]struct {
	name string
	read func(row map[string]string, text string, n int)
}{{"N", readCardName}, {"FN", readCardWhole}, {"BDAY", readCardBorn}, {"EMAIL", readCardEmail}, {"TEL", readCardPhone}, {"ADR", readCardAddress}}

// row reads one card.
func (l *cardList) row(c *card) (map[string]string, *Error) {
	row := map[string]string{}
	for _, r := range cardReaders {
		n := 0
		for _, p := range c.of(r.name) {
			text, err := p.text(l.page)
			if err != nil {
				return nil, err
			}
			if strings.Trim(text, "; \t") == "" {
				continue
			}
			if n++; n > cardValues {
				return nil, tooLarge("a card has over " + strconv.Itoa(cardValues) + " of " + r.name)
			}
			if r.name == "N" && !c.old { // several given names, a comma between two
				text = unlisted.Replace(text)
			}
			r.read(row, text, n)
		}
	}
	return row, nil
}

// unlisted makes spaces of the commas between the items of a list.
var unlisted = strings.NewReplacer(`\\`, `\\`, `\,`, `\,`, ",", " ")

// of returns the properties of a name, the preferred first, then mobile phones,
// what is of the home, and the others in their order.
func (c *card) of(name string) []*cardProperty {
	var out []*cardProperty
	for i := range c.properties {
		if c.properties[i].name == name {
			out = append(out, &c.properties[i])
		}
	}
	rank := func(p *cardProperty) int {
		switch {
		case p.has("FAX", "PAGER"):
			return 4
		case p.has("PREF"):
			return 0
		case p.has("CELL"):
			return 1
		case p.has("HOME"):
			return 2
		}
		return 3
	}
	slices.SortStableFunc(out, func(a, b *cardProperty) int { return rank(a) - rank(b) })
	return out
}

// numbered returns the column of the n-th value of its kind.
func numbered(column string, n int) string {
	if n == 1 {
		return column
	}
	return column + " " + strconv.Itoa(n)
}

// readCardName reads family;given;further;prefix;suffix. A second name of a card,
// in another script, is left.
func readCardName(row map[string]string, text string, n int) {
	if n > 1 {
		return
	}
	parts := cardParts(text)
	row[familyKey] = parts[0]
	row[givenKey] = trim(parts[1] + " " + parts[2])
	row[cardPrefix], row[cardSuffix] = parts[3], parts[4]
}

func readCardWhole(row map[string]string, text string, n int) {
	if n == 1 {
		row[cardName] = trim(unescapeCard(text))
	}
}

func readCardBorn(row map[string]string, text string, n int) {
	row[numbered(cardBorn, n)] = trim(unescapeCard(text))
}

func readCardEmail(row map[string]string, text string, n int) {
	row[numbered(cardEmail, n)] = trim(unescapeCard(text))
}

// readCardPhone reads a phone, also one in the form of RFC 3966, "tel:+47-…".
func readCardPhone(row map[string]string, text string, n int) {
	text = trim(unescapeCard(text))
	if len(text) > 4 && strings.EqualFold(text[:4], "tel:") {
		text, _, _ = strings.Cut(text[4:], ";")
	}
	row[numbered(cardPhone, n)] = text
}

// readCardAddress reads box;extension;street;city;region;code;country. What
// stands beside the street belongs to it on a letter.
func readCardAddress(row map[string]string, text string, n int) {
	parts := cardParts(text)
	var street []string
	for _, s := range []string{parts[2], parts[1], parts[0]} {
		if s != "" {
			street = append(street, s)
		}
	}
	for column, s := range map[string]string{cardStreet: strings.Join(street, ", "), cardCity: parts[3], cardRegion: parts[4], cardCode: parts[5], cardCountry: parts[6]} {
		row[numbered(column, n)] = s
	}
}

// cardParts returns the seven parts of a value at most, each in one line.
func cardParts(text string) [7]string {
	var out [7]string
	start, n := 0, 0
	for i := 0; i <= len(text) && n < len(out); i++ {
		switch {
		case i < len(text) && text[i] == '\\':
			i++
		case i >= len(text), text[i] == ';':
			part := unescapeCard(text[start:min(i, len(text))])
			out[n] = strings.Join(strings.FieldsFunc(part, func(r rune) bool { return r == '\n' || r == '\r' }), ", ")
			out[n] = trim(out[n])
			n, start = n+1, i+1
		}
	}
	return out
}

// unescapeCard undoes the escapes of a value (RFC 6350, section 3.4).
func unescapeCard(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return strings.NewReplacer(`\\`, `\`, `\,`, ",", `\;`, ";", `\:`, ":", `\n`, "\n", `\N`, "\n").Replace(s)
}
