package officecrypt

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// vectorPassword opens the protected files of testdata.
const vectorPassword = "Grönå-2026!"

// fixture returns a file of testdata.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// noise returns n bytes in which nothing repeats, the same for each n.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

// withFiller returns a workbook with another part of n bytes, stored as it is.
func withFiller(t testing.TB, workbook []byte, n int) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range z.File {
		if err := w.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	p, err := w.CreateHeader(&zip.FileHeader{Name: "filler.bin", Method: zip.Store})
	if err == nil {
		_, err = p.Write(noise(n))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// parts returns the content of the parts of a workbook, checked by their sums.
func parts(t testing.TB, workbook []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = b
	}
	return out
}

// protect is Encrypt of what must be protectable.
func protect(t testing.TB, plain []byte, password string) []byte {
	t.Helper()
	b, err := Encrypt(plain, password)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pack packs streams as Protect does, for tests of hostile ones.
func pack(t testing.TB, info, pkg []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	err := writeContainer(&b, len(pkg), func(w io.Writer) error { _, err := w.Write(pkg); return err }, len(info), func() []byte { return info })
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// put32 returns file with the number at changed.
func put32(file []byte, at int, v uint32) []byte {
	b := bytes.Clone(file)
	binary.LittleEndian.PutUint32(b[at:], v)
	return b
}

// quick is Encrypt with one round of hashing, for tests that open many files.
func quick(t testing.TB, plain []byte, password string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := newProtection(1).write(&b, plain, password); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// reasons are all errors that Open may have.
var reasons = []error{ErrPassword, ErrNotProtected, ErrUnsupported, ErrMalformed, ErrIntegrity}

// one fails unless err is exactly one of the reasons.
func one(t testing.TB, err error) {
	t.Helper()
	n := 0
	for _, r := range reasons {
		if errors.Is(err, r) {
			n++
		}
	}
	if n != 1 {
		t.Fatalf("%v is %d of the documented errors", err, n)
	}
}

// renamed returns a container whose package has another name.
func renamed(t testing.TB, file []byte, name string) []byte {
	t.Helper()
	at := bytes.LastIndex(file, utf16LE(packageName)) // the directory comes after the data spaces
	if at < 0 {
		t.Fatal("no package")
	}
	b := bytes.Clone(file)
	clear(b[at : at+64])
	copy(b[at:], utf16LE(name))
	binary.LittleEndian.PutUint16(b[at+64:], uint16(2*len(name)+2))
	return b
}

// odf returns an OpenDocument file with a manifest.
func odf(t testing.TB, manifest string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range [][2]string{{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"}, {"META-INF/manifest.xml", manifest}} {
		w, err := z.Create(p[0])
		if err == nil {
			_, err = io.WriteString(w, p[1])
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
