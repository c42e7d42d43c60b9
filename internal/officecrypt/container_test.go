package officecrypt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"testing"
)

// Places in a written file, for tests that change them.
type places struct {
	file      []byte
	fat       int // where the entry of sector 0 is
	directory int // where the first entry is
	miniFAT   int
	info, pkg int // entries in the directory
}

func find(t *testing.T, file []byte) places {
	t.Helper()
	sector := func(n uint32) int { return (int(n) + 1) * sectorSize }
	le := binary.LittleEndian
	p := places{
		file: file, fat: sector(le.Uint32(file[76:])),
		directory: sector(le.Uint32(file[48:])), miniFAT: sector(le.Uint32(file[60:])),
	}
	p.pkg, p.info = p.directory+entrySize, p.directory+2*entrySize
	for at, name := range map[int]string{p.pkg: packageName, p.info: infoName} {
		if !bytes.HasPrefix(file[at:], utf16LE(name)) {
			t.Fatalf("no %s in the directory", name)
		}
	}
	return p
}

// ATTACK: a file is made to keep the reader busy for ever or to have it ask for
// more memory than there is: chains that bite their tail, streams that share
// sectors, numbers and sizes that lie. Each is refused as malformed, and no more
// memory is asked for than the file has a few times over.
func TestHostileContainer(t *testing.T) {
	plain := noise(20_000)
	p := find(t, quick(t, plain, "x"))
	le := binary.LittleEndian
	dirSector := le.Uint32(p.file[48:])
	fatAt := func(n uint32) int { return p.fat + 4*int(n) }
	type change struct {
		name string
		at   int
		new  uint32
	}
	list := []change{
		{"signature", 0, 0},
		{"version", 26, 5},
		{"byte order", 28, sectorShift3<<16 | 0xfffd},
		{"sector size", 30, 12},
		{"sector size", 30, 31},
		{"size of small sectors", 32, 31},
		{"largest small stream", 56, 1 << 30},
		{"start of the directory", 48, 1 << 20},
		{"start of the directory", 48, endOfChain},
		{"start of the directory in the package", 48, 3},
		{"start of the small table", 60, 1 << 20},
		{"start of the small table in the directory", 60, dirSector},
		{"length of the small table", 64, 1 << 31},
		{"length of the small table", 64, 0},
		{"sectors of the table", 44, 0},
		{"sectors of the table", 44, 2},
		{"sectors of the table", 44, 0xffffffff},
		{"sectors of the list", 72, 1},
		{"sectors of the list", 72, 0xffffffff},
		{"the table", 76, 1 << 20},
		{"the table", 76, freeSector},
		{"the table in the directory", 76, dirSector},
		{"the package bites its tail", fatAt(5), 5},
		{"the package bites its middle", fatAt(20), 5},
		{"the package goes on in the directory", fatAt(5), dirSector},
		{"the package ends early", fatAt(5), endOfChain},
		{"the package goes on nowhere", fatAt(5), freeSector},
		{"the package goes on in the table", fatAt(5), fatSector},
		{"the package goes on outside", fatAt(5), 1 << 20},
		{"the directory bites its tail", fatAt(dirSector), dirSector},
		{"the directory goes on in the package", fatAt(dirSector), 0},
		{"the directory has no end", fatAt(dirSector + 2), freeSector},
		{"the root is no root", p.directory + 64, 2<<16 | 22},
		{"the small table bites its tail", 64, 2},
		{"the mini stream starts outside", p.directory + 116, 1 << 20},
		{"the mini stream starts in the package", p.directory + 116, 0},
		{"the mini stream is larger than the file", p.directory + 120, 0xffffffff},
		{"the mini stream is empty", p.directory + 120, 0},
		{"the package starts outside", p.pkg + 116, 1 << 20},
		{"the package starts in the mini stream", p.pkg + 116, le.Uint32(p.file[p.directory+116:])},
		{"the package is larger than the file", p.pkg + 120, 0xffffffff},
		{"the package is larger than its chain", p.pkg + 120, 22_000},
		{"the package is a small stream", p.pkg + 120, 4095},
		{"the description is outside", p.info + 116, 1 << 25},
		{"the description is larger than the mini stream", p.info + 120, 4095},
		{"the description is not among the small ones", p.info + 120, 4096},
		{"the description is far too large", p.info + 120, infoLimit + 1},
		{"the description bites its tail", p.miniFAT, 0},
		{"the description goes on outside", p.miniFAT, 1 << 25},
		{"the description ends early", p.miniFAT, endOfChain},
	}
	for _, c := range list {
		b := put32(p.file, c.at, c.new)
		if bytes.Equal(b, p.file) {
			t.Errorf("%s: nothing changed", c.name)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		out, err := Open(b, "x")
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrMalformed) && !(c.at == 0 && errors.Is(err, ErrNotProtected)) || out != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > uint64(4*len(b)+64<<10) {
			t.Errorf("%s: %d bytes asked for, by a file of %d", c.name, n, len(b))
		}
		KindOf(b)
	}
	// The same name twice: which of the two is the package?
	b := bytes.Clone(p.file)
	copy(b[p.directory+4*entrySize:][:entrySize], b[p.pkg:][:entrySize])
	if _, err := Open(b, "x"); !errors.Is(err, ErrMalformed) {
		t.Errorf("the package twice: %v", err)
	}
	// Entries without end, in a chain that is sound.
	if _, err := openContainer(longDirectory(directoryLimit + 4)); !errors.Is(err, ErrMalformed) {
		t.Errorf("%d entries: %v", directoryLimit+4, err)
	}
	if _, err := openContainer(longDirectory(directoryLimit)); err != nil {
		t.Errorf("%d entries: %v", directoryLimit, err)
	}
	if got, err := Open(p.file, "x"); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("the honest twin: %v", err)
	}
}

// longDirectory returns a container of a directory only.
func longDirectory(entries int) []byte {
	n := uint32(entries / 4)
	fats, difats := tables(n)
	out := headerBytes(n, fats, difats, 0, endOfChain, 0)
	out = append(out, entry{name: "Root Entry", kind: kindRoot}.bytes()...)
	for range entries - 1 {
		out = append(out, entry{name: "x", kind: kindStorage}.bytes()...)
	}
	fat := appendChain(nil, n)
	for len(fat)*4 < int(fats)*sectorSize {
		fat = append(fat, freeSector)
	}
	return append(out, numbers(fat...)...)
}

// A file whose list of the table's sectors bites its tail.
func TestHostileList(t *testing.T) {
	file := quick(t, noise(16<<20), "x") // takes three sectors of the list
	le := binary.LittleEndian
	first := le.Uint32(file[68:])
	at := (int(first) + 1) * sectorSize
	for _, next := range []uint32{first, 0, 1 << 30, endOfChain} {
		if _, err := Open(put32(file, at+sectorSize-4, next), "x"); !errors.Is(err, ErrMalformed) {
			t.Errorf("the list goes on at %#x: %v", next, err)
		}
	}
	if _, err := Open(put32(file, at+8, first), "x"); !errors.Is(err, ErrMalformed) {
		t.Errorf("the list is a part of the table: %v", err)
	}
	if _, err := Open(put32(file, 72, 0), "x"); !errors.Is(err, ErrMalformed) {
		t.Errorf("no list, of a table that needs it: %v", err)
	}
	if _, err := Open(file, "x"); err != nil {
		t.Fatalf("the honest twin: %v", err)
	}
}

// However a file is cut short, it is refused as such, and KindOf says that it is
// damaged or, where the directory is still there, what it was.
func TestCutShort(t *testing.T) {
	for name, file := range map[string][]byte{
		"ours":             quick(t, noise(9000), "x"),
		"ours, small":      quick(t, noise(900), "x"),
		"LibreOffice's":    fixture(t, "standard-libreoffice.xlsx"),
		"msoffcrypto's":    fixture(t, "agile-msoffcrypto.xlsx"),
		"excelize's":       fixture(t, "standard-excelize.xlsx"),
		"with a long list": quick(t, noise(8<<20), "x"),
	} {
		step := 1 + len(file)/4000
		for n := 8; n < len(file)-sectorSize; n += step {
			if _, err := Open(file[:n], "x"); !errors.Is(err, ErrMalformed) {
				t.Fatalf("%s, %d of %d bytes: %v", name, n, len(file), err)
			}
			if k := KindOf(file[:n]); k != KindDamaged && k != KindProtected {
				t.Fatalf("%s, %d of %d bytes: %v", name, n, len(file), k)
			}
		}
	}
}

// Sectors of 4096 bytes, version 4, and chains whose sectors lie in any order.
func TestOtherContainers(t *testing.T) {
	plain := noise(30_000)
	file := quick(t, plain, "x")
	for name, b := range map[string][]byte{"in reverse": reversed(file), "version 4": version4(t, file)} {
		got, err := Open(b, "x")
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// reversed returns a file of up to 128 sectors with its sectors in reverse.
func reversed(file []byte) []byte {
	le := binary.LittleEndian
	count := uint32(len(file)/sectorSize - 1)
	moved := func(n uint32) uint32 {
		if n < count {
			return count - 1 - n
		}
		return n
	}
	out := bytes.Clone(file)
	for n := range count {
		copy(out[(int(moved(n))+1)*sectorSize:][:sectorSize], file[(int(n)+1)*sectorSize:])
	}
	for _, at := range []int{48, 60, 68, 76} {
		le.PutUint32(out[at:], moved(le.Uint32(out[at:])))
	}
	fat := (int(le.Uint32(out[76:])) + 1) * sectorSize
	old := (int(le.Uint32(file[76:])) + 1) * sectorSize
	for n := range count {
		le.PutUint32(out[fat+4*int(moved(n)):], moved(le.Uint32(file[old+4*int(n):])))
	}
	dirAt := le.Uint32(file[48:])
	for i := range uint32(3 * 4) { // the directory's three sectors
		e := out[(int(moved(dirAt+i/4))+1)*sectorSize+int(i%4)*entrySize:]
		if k := e[66]; k == kindRoot || k == kindStream && le.Uint64(e[120:]) >= miniCutoff {
			le.PutUint32(e[116:], moved(le.Uint32(e[116:])))
		}
	}
	return out
}

// version4 packs the streams of a file as pack4 does.
func version4(t *testing.T, file []byte) []byte {
	t.Helper()
	info, pkg, err := protectedStreams(file)
	if err != nil {
		t.Fatal(err)
	}
	return pack4(append(bytes.Clone(info), bytes.Repeat([]byte(" "), miniCutoff)...), pkg)
}

// pack4 packs two streams of 4096 bytes or more in a container with sectors of
// that size: the table, the directory, the streams.
func pack4(info, pkg []byte) []byte {
	const size = 4096
	n := func(b []byte) uint32 { return uint32((len(b) + size - 1) / size) }
	le := binary.LittleEndian
	h := headerBytes(0, 1, 0, 1, endOfChain, 0)
	le.PutUint16(h[26:], 4)
	le.PutUint16(h[30:], sectorShift4)
	fat := []uint32{fatSector, endOfChain}
	fat = appendChain(fat, n(info))
	fat = appendChain(fat, n(pkg))
	for len(fat) < size/4 {
		fat = append(fat, freeSector)
	}
	out := bytes.NewBuffer(h)
	fill(out, size, 0)
	writeNumbers(out, fat)
	for _, e := range []entry{
		{name: "Root Entry", kind: kindRoot, start: endOfChain},
		{name: packageName, kind: kindStream, start: 2 + n(info), size: len(pkg)},
		{name: infoName, kind: kindStream, start: 2, size: len(info)},
	} {
		out.Write(e.bytes())
	}
	fill(out, size, 0)
	out.Write(info)
	fill(out, size, 0)
	out.Write(pkg)
	fill(out, size, 0)
	return out.Bytes()
}

// ATTACK: sizes of 64 bits, which only version 4 has, that are negative in the
// arithmetic of a careless reader.
func TestHostileSizes(t *testing.T) {
	file := version4(t, quick(t, noise(30_000), "x"))
	p := 2 * 4096 // after the header and the table
	for name, e := range map[string]int{"the mini stream": p, "the package": p + entrySize, "the description": p + 2*entrySize} {
		for _, high := range []uint32{1, 1 << 30, 1 << 31, 0xffffffff} {
			if _, err := Open(put32(file, e+124, high), "x"); !errors.Is(err, ErrMalformed) {
				t.Errorf("%s, %#x in the upper half of its size: %v", name, high, err)
			}
		}
	}
}

func TestTables(t *testing.T) {
	for data := uint32(1); data < 200_000; data += 37 {
		fats, difats := tables(data)
		if got := fmt.Sprint((data+fats+difats+127)/128 == fats, fats <= headerFATs == (difats == 0)); got != "true true" {
			t.Fatalf("%d sectors: %d and %d", data, fats, difats)
		}
	}
}
