package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// Workbooks are read here and not with excelize, which writes them: its
// iterator tells neither a formula from its result nor a date from a number,
// its other readers fill in every row up to the last, and it unpacks large
// sheets to a temporary folder. This reader goes through each part once, keeps
// only cells that hold something, and has no way to reach a disk.

const (
	partCount = 4096    // parts of a workbook
	smallPart = 8 << 20 // bytes of a part that is kept whole: styles, relations
)

// A book is a workbook, opened.
type book struct {
	parts     map[string]*zip.File // by lower-case name
	main      string               // the name of the workbook part
	related   map[string]relation  // what the workbook part relates to, by id
	sheets    []sheetRef
	styles    []cellStyle // by number
	dates1904 bool        // days are counted from 1904, as on old Macintoshes
}

// sheetRef is one sheet of a workbook.
type sheetRef struct {
	name   string
	part   string
	hidden bool
}

func readWorkbook(b []byte) (*Table, *Error) {
	k, err := openBook(b)
	if err != nil {
		return nil, err
	}
	strs, err := k.sharedStrings()
	if err != nil {
		return nil, err
	}
	visible := 0
	for _, s := range k.sheets {
		if s.hidden {
			continue
		}
		visible++
		rows, hidden, err := k.rows(s.part, strs)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			continue
		}
		t, err := newTable(rows)
		if err != nil {
			return nil, err
		}
		t.Format, t.Sheet = "xlsx", s.name
		notes := []Note{{Kind: NoteSheet, Name: s.name}}
		if n := len(k.sheets); n > 1 {
			notes[0] = Note{NoteSheets, s.name, n}
		}
		if hidden > 0 {
			notes = append(notes, Note{Kind: NoteHidden, N: hidden})
		}
		t.Notes = append(notes, t.Notes...)
		return t, nil
	}
	return nil, &Error{Reason: ErrEmpty, Detail: fmt.Sprintf("nothing stands in any of its %d visible sheets", visible), Hint: "choose the file that holds the list"}
}

// openBook reads everything of a workbook but its strings and cells.
func openBook(b []byte) (*book, *Error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, damaged("the file begins like a workbook, and does not end like one")
	}
	if len(z.File) > partCount {
		return nil, tooLarge("the workbook has over " + strconv.Itoa(partCount) + " parts")
	}
	k := &book{parts: make(map[string]*zip.File, len(z.File))}
	var total uint64
	for _, f := range z.File {
		// A part of more than it declares does not unpack, so the sum holds.
		if f.UncompressedSize64 > UnzipLimit || total+f.UncompressedSize64 > UnzipLimit {
			return nil, tooLarge("unpacked, it is over " + strconv.Itoa(UnzipLimit>>20) + " MB")
		}
		total += f.UncompressedSize64
		k.parts[strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))] = f
	}
	if e := k.refuseOthers(); e != nil {
		return nil, e
	}
	if e := k.readMain(); e != nil {
		return nil, e
	}
	if e := k.readStyles(); e != nil {
		return nil, e
	}
	return k, nil
}

// refuseOthers says what a zip file is that is not a workbook of our kind.
func (k *book) refuseOthers() *Error {
	const saveAs = "open it in a spreadsheet program and save it as .xlsx"
	if f, ok := k.parts["mimetype"]; ok {
		if kind, err := k.read(f, smallPart); err == nil && bytes.Contains(kind, []byte("opendocument.spreadsheet")) {
			return notTable("this is an OpenDocument workbook (.ods)", saveAs)
		}
	}
	for name := range k.parts {
		switch {
		case name == "xl/workbook.bin":
			return notTable("this is a binary workbook (.xlsb)", saveAs)
		case name == "word/document.xml":
			return notTable("this is a text document", "copy its table into a spreadsheet and save that as .xlsx")
		case strings.HasPrefix(name, "index/") && strings.HasSuffix(name, ".iwa"):
			return notTable("this is a Numbers document", "export it as .xlsx")
		}
	}
	if _, ok := k.parts["[content_types].xml"]; !ok {
		return notTable("this is a zip file, but not a workbook", "take the list out of it first")
	}
	return nil
}

// read unpacks one part.
func (k *book) read(f *zip.File, limit uint64) ([]byte, *Error) {
	if f.UncompressedSize64 > limit {
		return nil, tooLarge(fmt.Sprintf("its part %q is over %d MB", f.Name, limit>>20))
	}
	r, err := f.Open()
	if err != nil {
		return nil, damaged(fmt.Sprintf("its part %q does not unpack", f.Name))
	}
	defer r.Close()
	var out bytes.Buffer
	// The size is the file's own word for it: believed as far as it costs little.
	out.Grow(int(min(f.UncompressedSize64, smallPart)) + bytes.MinRead)
	if _, err := out.ReadFrom(io.LimitReader(r, int64(limit))); err != nil {
		return nil, damaged(fmt.Sprintf("its part %q does not unpack", f.Name))
	}
	return out.Bytes(), nil
}

// small reads a part that a workbook may lack; no bytes if it does.
func (k *book) small(name string) ([]byte, *Error) {
	f, ok := k.parts[name]
	if !ok {
		return nil, nil
	}
	return k.read(f, smallPart)
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
