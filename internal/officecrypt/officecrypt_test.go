package officecrypt

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/slow"
)

// Every size comes back as it was: around the blocks of the cipher, the segments
// of the package, the smallest stream outside of the mini stream, the number of
// sectors that one sector of the table covers, and the list in the header.
func TestRoundTrip(t *testing.T) {
	var sizes []int
	for _, border := range []int{16, 4096 - sizePrefix, 4096, 2 * 4096, 3 * 4096, 127 * 512, 128 * 512, 109 * 128 * 512, 2 * 109 * 128 * 512} {
		for d := -17; d <= 17; d++ {
			if border < 1<<20 || d%8 == 0 { // the large ones take longer
				sizes = append(sizes, max(0, border+d))
			}
		}
	}
	if len(sizes) < 200 {
		t.Fatalf("%d sizes", len(sizes))
	}
	all := noise(16 << 20)
	for _, n := range sizes {
		file := quick(t, all[:n], vectorPassword)
		if len(file)%sectorSize != 0 {
			t.Fatalf("%d bytes: a file of %d, which is no number of sectors", n, len(file))
		}
		got, err := Open(file, vectorPassword)
		if err != nil || !bytes.Equal(got, all[:n]) {
			t.Fatalf("%d bytes: came back as %d: %v", n, len(got), err)
		}
	}
}

// Every sector of a written file is used exactly once: a reader that is stricter
// than Open finds nothing to object to.
func TestEverySectorHasItsPlace(t *testing.T) {
	for _, n := range []int{0, 100, 5000, 7 << 20, 16 << 20} {
		c, err := openContainer(quick(t, noise(n), "x"))
		if err != nil {
			t.Fatal(err)
		}
		info, _ := c.find(infoName)
		pkg, _ := c.find(packageName)
		if _, err := c.streams(info, pkg); err != nil {
			t.Fatal(err)
		}
		for i, used := range c.used {
			if !used {
				t.Fatalf("%d bytes: sector %d of %d is lost", n, i, len(c.used))
			}
		}
		for i := c.count; i < len(c.fats)*sectorSize/4; i++ {
			if c.next(uint32(i)) != freeSector {
				t.Fatalf("%d bytes: sector %d, which is not there, is not free", n, i)
			}
		}
	}
}

// Protect writes from start to end and hands on the writer's error.
func TestProtectStops(t *testing.T) {
	full := errors.New("no room")
	plain := noise(20_000)
	size := len(protect(t, plain, "x y"))
	for room := 0; room < size; room += 4000 {
		w := &narrow{room: room, err: full}
		if err := Protect(w, plain, "x y"); !errors.Is(err, full) {
			t.Fatalf("room for %d of %d bytes: %v", room, size, err)
		}
	}
	w := &narrow{room: size, err: full}
	if err := Protect(w, plain, "x y"); err != nil {
		t.Fatal(err)
	}
}

type narrow struct {
	room int
	err  error
}

func (w *narrow) Write(b []byte) (int, error) {
	if len(b) > w.room {
		return 0, w.err
	}
	w.room -= len(b)
	return len(b), nil
}

// Nothing of the plaintext stands in the file, and nothing repeats from one
// protection to the next. The plaintext is stored, not deflated, names of people
// are in it, and most of it is the same line: what ECB would show.
func TestNothingInClear(t *testing.T) {
	line := "Ragnhild Čáppa;Strandgata 3;9740;+47 000 00 000;ragnhild@example.no\r\n"
	plain := append([]byte("PK\x03\x04xl/worksheets/sheet1.xml"), strings.Repeat(line, 2000)...)
	a, b := protect(t, plain, "gråsten7"), protect(t, plain, "gråsten7")
	for _, file := range [][]byte{a, b} {
		for at := 0; at+8 <= len(line); at++ {
			if bytes.Contains(file, []byte(line[at:at+8])) {
				t.Fatalf("bytes %d to %d of the line stand in the file", at, at+8)
			}
		}
		for _, s := range []string{"PK\x03\x04xl/", "xl/work", "gråsten7", string(utf16LE("gråsten7"))} {
			if bytes.Contains(file, []byte(s)) {
				t.Fatalf("%q stands in the file", s)
			}
		}
	}
	pa, pb := packageOf(t, a), packageOf(t, b)
	seen := map[string]bool{}
	for _, p := range [][]byte{pa, pb} {
		for at := sizePrefix; at < len(p); at += 16 {
			if seen[string(p[at:at+16])] {
				t.Fatalf("block %d stands in the files twice", at/16)
			}
			seen[string(p[at:at+16])] = true
		}
	}
	if want := 2 * ((len(plain) + 15) / 16); len(seen) < want {
		t.Fatalf("%d blocks, want %d", len(seen), want)
	}
}

// packageOf returns the stream EncryptedPackage.
func packageOf(t testing.TB, file []byte) []byte {
	t.Helper()
	_, pkg, err := protectedStreams(file)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

// The last segment is filled up with zeros, not with what the buffer held.
func TestPadding(t *testing.T) {
	p := newProtection(1)
	var b bytes.Buffer
	if err := p.writePackage(&b, noise(segmentSize+3)); err != nil {
		t.Fatal(err)
	}
	last := bytes.Clone(b.Bytes()[sizePrefix+segmentSize:])
	decrypt(block(p.dataKey), p.data.iv(p.data.newHash(), numbered(1)), last)
	if want := append(noise(segmentSize + 3)[segmentSize:], make([]byte, 13)...); !bytes.Equal(last, want) {
		t.Fatalf("%x, want %x", last, want)
	}
}

// What Protect writes has the parameters of current Excel, whoever reads it.
func TestParameters(t *testing.T) {
	info, _, err := protectedStreams(protect(t, noise(100), "x y"))
	if err != nil {
		t.Fatal(err)
	}
	const parameters = `saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512"`
	if !bytes.HasPrefix(info, []byte("\x04\x00\x04\x00\x40\x00\x00\x00<?xml ")) ||
		strings.Count(string(info), parameters) != 2 || !strings.Contains(string(info), `spinCount="100000"`) ||
		strings.Count(string(info), "<dataIntegrity ") != 1 {
		t.Fatalf("%q", info)
	}
}

func TestTooLarge(t *testing.T) {
	w := &narrow{err: errors.New("written to")}
	if err := Protect(w, make([]byte, SizeLimit+1), "x y"); !errors.Is(err, ErrTooLarge) {
		t.Fatal(err)
	}
	file := append(bytes.Clone(signature), make([]byte, fileLimit)...)
	if _, err := Open(file, "x"); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "divide") {
		t.Fatal(err)
	}
}

// The largest plaintext that is protected is opened again.
func TestLargest(t *testing.T) {
	slow.Test(t) // 128 MiB
	plain := make([]byte, SizeLimit)
	file := quick(t, plain, "x")
	if len(file) > fileLimit {
		t.Fatalf("%d bytes", len(file))
	}
	if got, err := Open(file, "x"); err != nil || len(got) != len(plain) {
		t.Fatalf("%d bytes: %v", len(got), err)
	}
}

func TestKind(t *testing.T) {
	plain := fixture(t, "plain.xlsx")
	mark := func(s string) string { return string([]byte{0xff, 0xfe}) + string(utf16LE(s)) }
	for _, c := range []struct {
		name string
		file []byte
		want Kind
		open error
	}{
		{"a workbook", plain, KindZip, ErrNotProtected},
		{"an empty zip file", []byte("PK\x05\x06" + strings.Repeat("\x00", 18)), KindZip, ErrNotProtected},
		{"ours", quick(t, plain, "x"), KindProtected, ErrPassword},
		{"LibreOffice's", fixture(t, "standard-libreoffice.xlsx"), KindProtected, ErrPassword},
		{"an OpenDocument file", odf(t, "<manifest:file-entry/>"), KindZip, ErrNotProtected},
		{"an OpenDocument file with a password", odf(t, "<manifest:encryption-data/>"), KindProtectedODF, ErrUnsupported},
		{"a workbook of the old kind", renamed(t, quick(t, noise(9000), "x"), "Workbook"), KindXLS, ErrUnsupported},
		{"a workbook of Excel 5", renamed(t, quick(t, noise(9000), "x"), "Book"), KindXLS, ErrUnsupported},
		{"a workbook of Excel 4", []byte("\x09\x04\x06\x00\x00\x00\x10\x00"), KindXLS, ErrUnsupported},
		{"a text document", renamed(t, quick(t, noise(9000), "x"), "WordDocument"), KindOffice, ErrNotProtected},
		{"a cut container", quick(t, plain, "x")[:2000], KindDamaged, ErrMalformed},
		{"a page", []byte("\xef\xbb\xbf \r\n<!DOCTYPE html><p>x"), KindHTML, ErrNotProtected},
		{"a table", []byte("<TABLE border=1>"), KindHTML, ErrNotProtected},
		{"a page in UTF-16", []byte(mark("<html>")), KindHTML, ErrNotProtected},
		{"a list", []byte("Fornavn;Etternavn\n"), KindOther, ErrNotProtected},
		{"other XML", []byte("<?xml version=\"1.0\"?><Workbook/>"), KindOther, ErrNotProtected},
		{"nothing", nil, KindOther, ErrNotProtected},
	} {
		if got := KindOf(c.file); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		out, err := Open(c.file, "another")
		if !errors.Is(err, c.open) || out != nil {
			t.Errorf("%s: opened: %v, want %v", c.name, err, c.open)
		}
		one(t, err)
		if errors.Is(err, ErrUnsupported) && !strings.Contains(err.Error(), ".xlsx") {
			t.Errorf("%s: %v: no way out", c.name, err)
		}
	}
	if got := fmt.Sprint(KindOther, KindHTML, KindProtectedODF); got != "other html protected OpenDocument" {
		t.Error(got)
	}
}
