package sheet

import (
	"archive/zip"
	"bytes"
	"strings"
	"unicode/utf16"
)

// A Kind says what a file is.
type Kind string

// The kinds of files. What Read takes comes first.
const (
	Workbook     Kind = "xlsx"
	OpenDocument Kind = "ods"
	Cards        Kind = "vcard"
	TextFile     Kind = "csv"       // by no sign another kind: Read may still refuse it
	Protected    Kind = "protected" // an OLE container with a password: a workbook or another document
	Legacy       Kind = "xls"
	WebPage      Kind = "html" // or another XML file: a workbook in one file too
	Other        Kind = "other"
	Nothing      Kind = "empty"
)

// Detect tells what a file is by its content, whatever its name. It reads no
// more than signatures and a zip file's directory, and costs no memory.
func Detect(b []byte) Kind {
	text := bytes.TrimLeft(b, "\xef\xbb\xbf \t\r\n")
	switch {
	case len(text) == 0:
		return Nothing
	case bytes.HasPrefix(b, []byte("PK\x03\x04")), bytes.HasPrefix(b, []byte("PK\x05\x06")):
		return detectZip(b)
	case bytes.HasPrefix(b, []byte(containerMagic)):
		return detectContainer(b)
	case bytes.HasPrefix(b, []byte("\x09\x08")), bytes.HasPrefix(b, []byte("\x09\x04")), bytes.HasPrefix(b, []byte("\x09\x02")):
		return Legacy // BIFF without a container: Excel 2 to 4
	}
	return detectText(asciiStart(text))
}

// containerMagic begins an OLE container ([MS-CFB], section 2.2).
const containerMagic = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// detectContainer goes by the names of a container's streams, which stand in it
// as UTF-16; no more of it is read.
func detectContainer(b []byte) Kind {
	switch {
	case bytes.Contains(b, utf16LE("EncryptedPackage")):
		return Protected
	case bytes.Contains(b, utf16LE("Workbook")), bytes.Contains(b, utf16LE("Book")):
		return Legacy
	}
	return Other
}

// detectZip goes by the names of a zip file's parts. What has none of ours is
// for the reader of workbooks to name.
func detectZip(b []byte) Kind {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil || len(z.File) > partCount {
		return Workbook // cut short, or made to be long: its reader says so
	}
	kind := Other
	for _, f := range z.File {
		switch strings.ToLower(f.Name) {
		case "[content_types].xml":
			kind = Workbook
		case "content.xml", "encrypted-package", "meta-inf/manifest.xml":
			return OpenDocument
		}
	}
	return kind
}

// asciiStart returns the beginning of a text, of UTF-16 too, as far as it takes
// to know what it is.
func asciiStart(b []byte) []byte {
	const enough = 512 // bytes
	b = b[:min(len(b), enough)]
	big := bytes.HasPrefix(b, []byte("\xfe\xff")) || len(b) > 1 && b[0] == 0
	if !big && !bytes.HasPrefix(b, []byte("\xff\xfe")) && (len(b) < 2 || b[1] != 0) {
		return b
	}
	var units []uint16
	for i := 0; i+1 < len(b); i += 2 {
		if big {
			units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
		} else {
			units = append(units, uint16(b[i+1])<<8|uint16(b[i]))
		}
	}
	return bytes.TrimLeft([]byte(string(utf16.Decode(units))), "\xef\xbb\xbf \t\r\n")
}

func detectText(text []byte) Kind {
	switch {
	case hasPrefixFold(text, "BEGIN:VCARD"):
		return Cards
	case bytes.HasPrefix(text, []byte("<")), hasPrefixFold(text, "MIME-Version:"):
		return WebPage
	case bytes.HasPrefix(text, []byte("%PDF-")), bytes.HasPrefix(text, []byte(`{\rtf`)), hasPrefixFold(text, "BEGIN:VCALENDAR"),
		bytes.HasPrefix(text, []byte("ID;PWXL")), bytes.HasPrefix(text, []byte("ID;PSCALC")): // SYLK
		return Other
	}
	return TextFile
}

func hasPrefixFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && strings.EqualFold(string(b[:len(prefix)]), prefix)
}

// other says what a text is that is no list.
func other(text []byte) *Error {
	switch {
	case bytes.HasPrefix(text, []byte("%PDF-")):
		return notTable("this is a PDF", "ask for the list as .xlsx or .csv")
	case bytes.HasPrefix(text, []byte(`{\rtf`)):
		return notTable("this is a text document", "copy its table into a spreadsheet and save that as .xlsx")
	case hasPrefixFold(text, "BEGIN:VCALENDAR"):
		return notTable("this is a calendar", "choose the file that holds the list")
	case bytes.HasPrefix(text, []byte("ID;P")):
		return notTable("this is a SYLK file, whatever its name says", "open it in a spreadsheet program and save it as .xlsx")
	}
	return notTable("this is an Office document, but not a workbook", "ask for the list as .xlsx or .csv")
}
