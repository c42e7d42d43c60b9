package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	partCount = 4096    // parts of a workbook
	smallPart = 8 << 20 // bytes of a part that is kept whole: styles, relations
)

// packed is a zip file, as both kinds of workbooks are.
type packed struct {
	parts map[string]*zip.File // by lower-case name
}

func readZip(b []byte) (*Table, *Error) {
	parts, err := openZip(b)
	if err != nil {
		return nil, err
	}
	kind, err := parts.refuseOthers()
	switch {
	case err != nil:
		return nil, err
	case kind == OpenDocument:
		return readOpenDocument(parts)
	}
	return readWorkbook(parts)
}

// openZip reads the directory of a zip file and holds it to its bounds. A part
// of more than it declares does not unpack, so the sum holds.
func openZip(b []byte) (*packed, *Error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, damaged("the file begins like a workbook, and does not end like one")
	}
	if len(z.File) > partCount {
		return nil, tooLarge("the workbook has over " + strconv.Itoa(partCount) + " parts")
	}
	p := &packed{parts: make(map[string]*zip.File, len(z.File))}
	var total uint64
	for _, f := range z.File {
		if f.UncompressedSize64 > UnzipLimit || total+f.UncompressedSize64 > UnzipLimit {
			return nil, tooLarge("unpacked, it is over " + strconv.Itoa(UnzipLimit>>20) + " MB")
		}
		total += f.UncompressedSize64
		p.parts[strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))] = f
	}
	return p, nil
}

// refuseOthers says what a zip file is that is not a workbook of our kinds.
func (p *packed) refuseOthers() (Kind, *Error) {
	const saveAs = "open it in a spreadsheet program and save it as .xlsx"
	if f, ok := p.parts["mimetype"]; ok {
		kind, err := p.read(f, smallPart)
		switch {
		case err != nil:
			return "", err
		case bytes.Contains(kind, []byte("opendocument.spreadsheet")):
			return OpenDocument, nil
		case bytes.Contains(kind, []byte("opendocument.")):
			return "", notTable("this is an OpenDocument file, but not a workbook", "copy its table into a spreadsheet and save that as .xlsx")
		}
	}
	for name := range p.parts {
		switch {
		case name == "xl/workbook.bin":
			return "", notTable("this is a binary workbook (.xlsb)", saveAs)
		case name == "word/document.xml":
			return "", notTable("this is a text document", "copy its table into a spreadsheet and save that as .xlsx")
		case strings.HasPrefix(name, "index/") && strings.HasSuffix(name, ".iwa"):
			return "", notTable("this is a Numbers document", "export it as .xlsx")
		}
	}
	if _, ok := p.parts["[content_types].xml"]; !ok {
		return "", notTable("this is a zip file, but not a workbook", "take the list out of it first")
	}
	return Workbook, nil
}

// read unpacks one part.
func (p *packed) read(f *zip.File, limit uint64) ([]byte, *Error) {
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
func (p *packed) small(name string) ([]byte, *Error) {
	f, ok := p.parts[name]
	if !ok {
		return nil, nil
	}
	return p.read(f, smallPart)
}
