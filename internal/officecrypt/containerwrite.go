package officecrypt

import (
	"bytes"
	"encoding/binary"
	"io"
)

// writeContainer writes a compound file of version 3 with the stream
// EncryptedPackage, pkgSize bytes, that pkg writes, the stream EncryptionInfo,
// infoSize bytes and fewer than 4096, that info returns when pkg has returned,
// and the storage \x06DataSpaces, which [MS-OFFCRYPTO] 2.1 asks for and Excel
// writes.
//
// All sizes are known from the start, so the file is written in one pass: the
// header; the package; the mini stream, where every stream under 4096 bytes must
// lie; its table; the directory; the table of sectors, and where that lies.
func writeContainer(w io.Writer, pkgSize int, pkg func(io.Writer) error, infoSize int, info func() []byte) error {
	tree := directory(pkgSize, infoSize)
	var chains []uint32 // the lengths of the chains, in sectors, in the order of the file
	next := uint32(0)   // the number of the next sector
	alloc := func(size int) uint32 {
		n := sectors(size)
		if n == 0 {
			return endOfChain
		}
		chains = append(chains, n)
		next += n
		return next - n
	}
	var miniFAT []uint32
	miniSize := 0
	for i := range tree {
		e := &tree[i]
		switch {
		case e.kind != kindStream:
		case e.size >= miniCutoff:
			e.start = alloc(e.size)
		default:
			e.start = uint32(len(miniFAT))
			n := (e.size + miniSector - 1) / miniSector
			miniFAT = appendChain(miniFAT, uint32(n))
			miniSize += n * miniSector
		}
	}
	tree[0].start, tree[0].size = alloc(miniSize), miniSize
	miniFATStart := alloc(4 * len(miniFAT))
	dirStart := alloc(entrySize * len(tree))
	fats, difats := tables(next)
	header := headerBytes(next, fats, difats, dirStart, miniFATStart, sectors(4*len(miniFAT)))
	if _, err := w.Write(header); err != nil {
		return err
	}

	var small bytes.Buffer // the mini stream
	if pkgSize < miniCutoff {
		if err := pkg(&small); err != nil {
			return err
		}
		fill(&small, miniSector, 0)
	} else {
		if err := pkg(w); err != nil {
			return err
		}
		if _, err := w.Write(make([]byte, int(sectors(pkgSize))*sectorSize-pkgSize)); err != nil {
			return err
		}
	}
	for _, e := range tree {
		if e.kind != kindStream || e.name == packageName {
			continue
		}
		if e.name == infoName {
			e.data = info()
		}
		small.Write(e.data)
		fill(&small, miniSector, 0)
	}
	fill(&small, sectorSize, 0)

	writeNumbers(&small, miniFAT)
	fill(&small, sectorSize, 0xff)
	for _, e := range tree {
		small.Write(e.bytes())
	}
	for small.Len()%sectorSize != 0 {
		small.Write(entry{left: none, right: none, child: none}.bytes())
	}
	fat := make([]uint32, 0, int(fats)*sectorSize/4)
	for _, n := range chains {
		fat = appendChain(fat, n)
	}
	for range fats {
		fat = append(fat, fatSector)
	}
	for range difats {
		fat = append(fat, difatSector)
	}
	writeNumbers(&small, fat)
	fill(&small, sectorSize, 0xff)
	for i := range difats {
		var d []uint32
		for j := range uint32(difatEntries) {
			d = append(d, fatNumber(next, fats, headerFATs+i*difatEntries+j))
		}
		if i+1 < difats {
			d = append(d, next+fats+i+1)
		} else {
			d = append(d, endOfChain)
		}
		writeNumbers(&small, d)
	}
	_, err := w.Write(small.Bytes())
	return err
}

// sectors is how many sectors size bytes take.
func sectors(size int) uint32 { return uint32((size + sectorSize - 1) / sectorSize) }

// tables returns how many sectors the table of sectors takes (it covers itself),
// and how many the list of those sectors takes beyond what the header holds.
func tables(data uint32) (fats, difats uint32) {
	for {
		f := sectors(4 * int(data+fats+difats))
		d := uint32(0)
		if f > headerFATs {
			d = (f - headerFATs + difatEntries - 1) / difatEntries
		}
		if f == fats && d == difats {
			return
		}
		fats, difats = f, d
	}
}

// fatNumber is the i-th number in the list of the table's sectors, which start at first.
func fatNumber(first, fats, i uint32) uint32 {
	if i < fats {
		return first + i
	}
	return freeSector
}

// headerBytes is the header, [MS-CFB] 2.2.
func headerBytes(fatStart, fats, difats, dirStart, miniFATStart, miniFATs uint32) []byte {
	le := binary.LittleEndian
	h := append([]byte(nil), signature...)
	h = append(h, make([]byte, 16)...) // class
	for _, v := range []uint16{0x3e, 3, byteOrder, sectorShift3, miniShift, 0, 0, 0} {
		h = le.AppendUint16(h, v)
	}
	difatStart := uint32(endOfChain)
	if difats > 0 {
		difatStart = fatStart + fats
	}
	for _, v := range []uint32{0, fats, dirStart, 0, miniCutoff, miniFATStart, miniFATs, difatStart, difats} {
		h = le.AppendUint32(h, v)
	}
	for i := range uint32(headerFATs) {
		h = le.AppendUint32(h, fatNumber(fatStart, fats, i))
	}
	return h
}

// appendChain appends to a table the chain of its next n sectors.
func appendChain(fat []uint32, n uint32) []uint32 {
	for range n {
		fat = append(fat, uint32(len(fat))+1)
	}
	if n > 0 {
		fat[len(fat)-1] = endOfChain
	}
	return fat
}

func writeNumbers(b *bytes.Buffer, numbers []uint32) {
	for _, v := range numbers {
		b.Write(binary.LittleEndian.AppendUint32(b.AvailableBuffer(), v))
	}
}

// fill fills b up to a multiple of size with c.
func fill(b *bytes.Buffer, size int, c byte) {
	for b.Len()%size != 0 {
		b.WriteByte(c)
	}
}
