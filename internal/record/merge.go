package record

// A Conflict is a field that two people changed differently. Its values are for
// showing to someone who may read the record, never for a log.
type Conflict struct {
	Field              string // a key; "unit" where both moved the member
	Base, Ours, Theirs Value
}

// Merge merges field by field: what only one side changed is taken from that
// side. What both changed differently is a conflict, sorted by key; merged holds
// ours there. A nil base, one that can no longer be opened, makes a conflict of
// every field that differs. All are of one member; merged has the id of ours and
// the higher of the two revisions, for the caller to raise.
func Merge(base, ours, theirs *Record) (merged *Record, conflicts []Conflict) {
	merged = ours.Clone()
	merged.Rev = max(ours.Rev, theirs.Rev)
	for _, key := range Diff(ours, theirs) {
		o, t := ours.Fields[key], theirs.Fields[key]
		if base == nil {
			conflicts = append(conflicts, Conflict{Field: key, Ours: o, Theirs: t})
			continue
		}
		switch b := base.Fields[key]; {
		case o == b:
			merged.Set(key, t)
		case t != b:
			conflicts = append(conflicts, Conflict{key, b, o, t})
		}
	}
	if ours.Unit != theirs.Unit {
		switch {
		case base != nil && ours.Unit == base.Unit:
			merged.Unit = theirs.Unit
		case base == nil || theirs.Unit != base.Unit:
			c := Conflict{Field: "unit", Ours: Text(string(ours.Unit)), Theirs: Text(string(theirs.Unit))}
			if base != nil {
				c.Base = Text(string(base.Unit))
			}
			conflicts = append(conflicts, c)
		}
	}
	return merged, conflicts
}
