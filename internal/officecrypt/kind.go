package officecrypt

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
)

// Kind is what a file is, by its first bytes and its container's directory,
// whatever it is called.
type Kind int

const (
	KindOther        Kind = iota // none of the others
	KindZip                      // .xlsx, .ods or any zip file without a password
	KindProtected                // an .xlsx under a password: for Open
	KindProtectedODF             // an .ods under a password: not readable here
	KindXLS                      // a workbook of the old kind, with or without a password
	KindOffice                   // another Office document of the old kind
	KindDamaged                  // a compound file whose directory cannot be read
	KindHTML                     // a page, as some programs call .xls or .xlsx
)

func (k Kind) String() string {
	return [...]string{"other", "zip", "protected", "protected OpenDocument", "xls", "office", "damaged", "html"}[k]
}

// Bounds on what KindOf looks at.
const (
	manifestLimit = 1 << 20 // bytes of an OpenDocument's manifest
	htmlWindow    = 1 << 10 // bytes in which a page shows that it is one
)

// KindOf tells what a file is. It needs no password and derives no key.
func KindOf(file []byte) Kind {
	switch {
	case bytes.HasPrefix(file, signature):
		c, err := openContainer(file)
		if err != nil {
			return KindDamaged
		}
		return c.kind()
	case isZip(file):
		if protectedODF(file) {
			return KindProtectedODF
		}
		return KindZip
	case isOldBIFF(file):
		return KindXLS
	case isHTML(file):
		return KindHTML
	}
	return KindOther
}

func (c *container) kind() Kind {
	has := func(name string) bool {
		e, err := c.find(name)
		return e != nil || err != nil
	}
	switch {
	case has(packageName):
		return KindProtected
	case has("Workbook"), has("Book"):
		return KindXLS
	}
	return KindOffice
}

func isZip(b []byte) bool {
	return bytes.HasPrefix(b, []byte("PK\x03\x04")) || bytes.HasPrefix(b, []byte("PK\x05\x06"))
}

// isOldBIFF knows the first record of a workbook of Excel 2 to 5 that lies in no
// container, [MS-XLS] 2.4.21: its number, and its length.
func isOldBIFF(b []byte) bool {
	if len(b) < 4 || b[0] != 9 || b[3] != 0 {
		return false
	}
	switch b[1] {
	case 0, 2, 4, 8:
		return b[2] == 4 || b[2] == 6 || b[2] == 8 || b[2] == 16
	}
	return false
}

func isHTML(b []byte) bool {
	b = b[:min(len(b), htmlWindow)]
	b = bytes.ReplaceAll(b, []byte{0}, nil) // UTF-16
	for _, mark := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		b = bytes.TrimPrefix(b, []byte(mark))
	}
	s := strings.ToLower(strings.TrimSpace(string(b)))
	if !strings.HasPrefix(s, "<") {
		return false
	}
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<body", "<table", "<meta "} {
		if strings.Contains(s, tag) {
			return true
		}
	}
	return false
}

// protectedODF tells whether a zip file is an OpenDocument whose manifest says
// that its parts, or all of it, are encrypted: ODF 1.3 part 2, section 3.4.
func protectedODF(file []byte) bool {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return false
	}
	for _, f := range z.File {
		if f.Name != "META-INF/manifest.xml" {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return false
		}
		defer r.Close()
		b, _ := io.ReadAll(io.LimitReader(r, manifestLimit)) // what could be read may do
		return bytes.Contains(b, []byte("encryption-data"))
	}
	return false
}
