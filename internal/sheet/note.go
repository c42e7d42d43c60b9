package sheet

// A Note is something about how a list was read, for a person to judge. It holds
// nothing of the list but the name of a sheet.
type Note struct {
	Kind NoteKind
	Name string // of the encoding or the sheet, or the separator itself
	N    int    // the row, or how many sheets or rows
}

// NoteKind says what a note is about.
type NoteKind string

// The kinds of notes, and what they have.
const (
	NoteSheet     NoteKind = "sheet"     // Name: the one sheet
	NoteSheets    NoteKind = "sheets"    // Name: the sheet that was read; N: how many there are
	NoteHidden    NoteKind = "hidden"    // N: rows that are hidden, and were read too
	NoteEncoding  NoteKind = "encoding"  // Name: what the text was read in
	NoteFits      NoteKind = "fits"      // Name: an encoding that fits as well
	NoteSeparator NoteKind = "separator" // Name: what stands between the columns
	NoteHeadings  NoteKind = "headings"  // N: the row of the headings
	NoteUnsure    NoteKind = "unsure"    // N: the row that was taken for the headings, and does not look like them
)
