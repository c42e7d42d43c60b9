package cli

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"testing"
)

// zipOf makes a zip file of names and contents.
func zipOf(t *testing.T, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err == nil {
			_, err = w.Write([]byte(parts[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pdfOf makes what a PDF with one packed stream looks like.
func pdfOf(stream string) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte(stream))
	_ = z.Close()
	return []byte(fmt.Sprintf("%%PDF-1.7\n1 0 obj\n<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream\nendobj\n", b.Len(), b.Bytes()))
}

// Whatever a file is packed in, what is in it of a member is found; and what cannot be
// looked into is not attached (N52).
func TestN52Insides(t *testing.T) {
	k := &known{map[string]bool{"ase@people.example": true}, map[string]bool{"40000001": true}, map[string]bool{"abcdefghij234": true}}
	glyphs := func(s string) string {
		var b strings.Builder
		for _, r := range s {
			fmt.Fprintf(&b, "%04X", r)
		}
		return "<" + b.String() + "> Tj"
	}
	for name, c := range map[string]struct {
		file        []byte
		found, shut bool
	}{
		"plain":              {[]byte("Ring Åse: ASE@People.example."), true, false},
		"angle brackets":     {[]byte("Åse <ase@people.example>"), true, false},
		"another":            {[]byte("Ring Berit: berit@people.example, 40 00 00 02, zbcdefghij234"), false, false},
		"number":             {[]byte("+47 400 00 001"), true, false},
		"number, dashes":     {[]byte("tlf. 400-00-001!"), true, false},
		"in a longer number": {[]byte("1234400000019"), false, false},
		"id":                 {[]byte("se abcdefghij234."), true, false},
		"docx, split":        {zipOf(t, "word/document.xml", "<w:p><w:r><w:t>ase@peo</w:t></w:r><w:r><w:t>ple.example</w:t></w:r></w:p>"), true, false},
		"odt":                {zipOf(t, "mimetype", "application/vnd.oasis.opendocument.text", "content.xml", "<text:p>ase@people.example</text:p>"), true, false},
		"docx, harmless":     {zipOf(t, "word/document.xml", "<w:t>Velkommen</w:t>"), false, false},
		"workbook":           {zipOf(t, "xl/workbook.xml", "<x/>"), false, true},
		"zip in a zip":       {zipOf(t, "a.zip", string(zipOf(t, "a", "b"))), false, true},
		"cut zip":            {zipOf(t, "a", "b")[:20], false, true},
		"old Office":         {[]byte(oldOffice + "..."), false, true},
		"PDF":                {pdfOf("BT (Ring: ase@people.example) Tj ET"), true, false},
		"PDF, in pieces":     {pdfOf("BT [(ase@)-20(people)10(.example)] TJ ET"), true, false},
		"PDF, hexadecimal":   {pdfOf("BT " + glyphs("ase@people.example") + " ET"), true, false},
		"PDF, harmless":      {pdfOf("BT (Velkommen) Tj ET"), false, false},
		"PDF, locked":        {[]byte("%PDF-1.7\ntrailer <</Encrypt 1 0 R>>"), false, true},
	} {
		text, err := insides(c.file)
		if (err != nil) != c.shut {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && k.in(text) != c.found {
			t.Errorf("%s: found %t, want %t", name, !c.found, c.found)
		}
	}
}

// A part that unpacks into more than is looked into is not attached.
func TestInsidesBounded(t *testing.T) {
	bomb := zipOf(t, "a", strings.Repeat("a", unpackedLimit+1))
	if len(bomb) > 1<<20 {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	if _, err := insides(bomb); err == nil {
		t.Error("it is taken")
	}
}
