package sheet

import (
	"archive/zip"
	"fmt"
	"path"
	"strings"
)

// Workbooks are read here and not with excelize, which writes them: its
// iterator tells neither a formula from its result nor a date from a number,
// its other readers fill in every row up to the last, and it unpacks large
// sheets to a temporary folder. This reader goes through each part once, keeps
// only cells that hold something, and has no way to reach a disk.

// A book is a workbook, opened.
type book struct {
	*packed
	main      string              // the name of the workbook part
	related   map[string]relation // what the workbook part relates to, by id
	sheets    []sheetRef
	styles    []cellStyle // by number
	strs      []string    // the texts that cells refer to by number
	dates1904 bool        // days are counted from 1904, as on old Macintoshes
}

// sheetRef is one sheet of a workbook.
type sheetRef struct {
	name   string
	part   string
	hidden bool
}

func readWorkbook(parts *packed) (*Table, *Error) {
	k, err := openBook(parts)
	if err != nil {
		return nil, err
	}
	if k.strs, err = k.sharedStrings(); err != nil {
		return nil, err
	}
	origin, err := k.origin()
	if err != nil {
		return nil, err
	}
	visible := 0
	for _, s := range k.sheets {
		if s.hidden {
			continue
		}
		visible++
		rows, hidden, err := k.rows(s.part)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			continue
		}
		return sheetTable(Workbook, s.name, len(k.sheets), rows, hidden, origin)
	}
	return nil, noRows(visible)
}

// sheetTable makes a table of the rows of one sheet of a workbook.
func sheetTable(kind Kind, name string, sheets int, rows []Row, hidden int, origin *Origin) (*Table, *Error) {
	t, err := newTable(rows)
	if err != nil {
		return nil, err
	}
	t.Format, t.Sheet, t.Origin = kind, name, origin
	notes := []Note{{Kind: NoteSheet, Name: name}}
	if sheets > 1 {
		notes[0] = Note{NoteSheets, name, sheets}
	}
	if hidden > 0 {
		notes = append(notes, Note{Kind: NoteHidden, N: hidden})
	}
	t.Notes = append(notes, t.Notes...)
	return t, nil
}

func noRows(visible int) *Error {
	return &Error{Reason: ErrEmpty, Detail: fmt.Sprintf("nothing stands in any of its %d visible sheets", visible), Hint: "choose the file that holds the list"}
}

// openBook reads everything of a workbook but its strings and cells.
func openBook(parts *packed) (*book, *Error) {
	k := &book{packed: parts}
	if e := k.readMain(); e != nil {
		return nil, e
	}
	if e := k.readStyles(); e != nil {
		return nil, e
	}
	return k, nil
}

// readMain reads which sheets there are and which system its dates follow.
func (k *book) readMain() *Error {
	root, err := k.relations("")
	if err != nil {
		return err
	}
	for _, r := range root {
		if strings.HasSuffix(r.kind, "/officeDocument") {
			k.main = r.part
		}
	}
	b, err := k.small(k.main)
	if err != nil {
		return err
	}
	if b == nil {
		return notTable("this is a zip file, but not a workbook", "take the list out of it first")
	}
	if k.related, err = k.relations(k.main); err != nil {
		return err
	}
	seen := map[string]bool{} // a part is one sheet, so none is gone through twice
	return scan(b, k.main, func(e *element) {
		switch e.name {
		case "workbookPr":
			k.dates1904 = e.flag("date1904")
		case "sheet":
			r := k.related[e.attr("id")]
			if strings.HasSuffix(r.kind, "/worksheet") && !seen[r.part] {
				seen[r.part] = true
				state := e.attr("state")
				k.sheets = append(k.sheets, sheetRef{e.attr("name"), r.part, state == "hidden" || state == "veryHidden"})
			}
		}
	})
}

// relation is what one part says of another.
type relation struct{ kind, part string }

// relations returns what the part called from relates to, by id.
func (k *book) relations(from string) (map[string]relation, *Error) {
	dir, file := path.Split(from)
	b, err := k.small(dir + "_rels/" + file + ".rels")
	if err != nil {
		return nil, err
	}
	out := map[string]relation{}
	err = scan(b, from, func(e *element) {
		if e.name == "Relationship" && e.attr("TargetMode") != "External" {
			to := strings.ReplaceAll(e.attr("Target"), `\`, "/")
			if !strings.HasPrefix(to, "/") {
				to = path.Join("/", dir, to)
			}
			out[e.attr("Id")] = relation{e.attr("Type"), strings.ToLower(strings.TrimPrefix(path.Clean(to), "/"))}
		}
	})
	return out, err
}

// relatedPart returns the part of a kind that the workbook relates to, or nil.
func (k *book) relatedPart(kind string) *zip.File {
	for _, r := range k.related {
		if strings.HasSuffix(r.kind, "/"+kind) {
			return k.parts[r.part]
		}
	}
	return nil
}
