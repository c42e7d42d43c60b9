package label

// An Address is a postal address, as the register keeps it. Country is what the
// envelope shall say, in capitals and in a language that the sending country's
// post reads; it is empty within the country.
type Address struct {
	Name     string
	CareOf   string // with its "c/o"
	Street   string // or a box
	PostCode string
	City     string
	Country  string
}

// Complete reports whether a letter can arrive: a name, a street or box, and a
// city with its postal code, which alone some countries abroad do without.
// Those without are the caller's to list apart.
func Complete(a Address) bool {
	has := func(s string) bool { return clean(s) != "" }
	return has(a.Name) && has(a.Street) && has(a.City) && (has(a.PostCode) || has(a.Country))
}

// Lines are what is printed, from the top.
func (a Address) Lines() []string {
	place := clean(a.PostCode)
	if city := clean(a.City); place == "" {
		place = city
	} else if city != "" {
		place += " " + city
	}
	var out []string
	for _, s := range []string{a.Name, a.CareOf, a.Street, place, a.Country} {
		if s = clean(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// lines are those of an entry that hold something, and what is wrong with them.
func (e Entry) lines(f *face, number int, part string) ([]string, []Fault) {
	fault := func(k FaultKind, r []rune) []Fault { return []Fault{{number, e.ID, part, k, r}} }
	out := make([]string, 0, len(e.Lines))
	for _, s := range e.Lines {
		if tooLong(s, LineLimit) {
			return nil, fault(TooLong, nil)
		}
		if s = clean(s); s != "" {
			out = append(out, s)
		}
	}
	switch {
	case len(out) == 0:
		return nil, fault(Blank, nil)
	case len(out) > LinesLimit:
		return nil, fault(TooLong, nil)
	}
	if r := f.missing(out...); r != nil {
		return nil, fault(NoGlyph, r)
	}
	return out, nil
}
