package officecrypt

import (
	"bytes"
	"encoding/binary"
)

// The compound file, [MS-CFB]: a small file system in one file. Sectors form
// chains through a table, the FAT; streams under 4096 bytes lie in 64-byte
// sectors of one stream, the mini stream, with a table of its own; a directory
// names the streams.
const (
	sectorSize   = 512 // bytes, version 3
	miniSector   = 64
	miniCutoff   = 4096
	entrySize    = 128
	headerFATs   = 109 // sectors of the FAT that the header lists
	difatEntries = sectorSize/4 - 1

	byteOrder    = 0xfffe
	sectorShift3 = 9
	sectorShift4 = 12
	miniShift    = 6

	difatSector = 0xfffffffc
	fatSector   = 0xfffffffd
	endOfChain  = 0xfffffffe
	freeSector  = 0xffffffff
	none        = 0xffffffff // no such entry

	kindStorage = 1
	kindStream  = 2
	kindRoot    = 5

	packageName = "EncryptedPackage"
	infoName    = "EncryptionInfo"
)

// Bounds on what is read.
const (
	fileLimit      = SizeLimit + SizeLimit/64 + 1<<20 // bytes: the plaintext, the container's tables and other streams
	directoryLimit = 8192                             // entries; a protected file has eleven
)

var signature = []byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}

// container reads a compound file. Nothing in the file is trusted: a sector is
// read once at most, whatever chain it stands in, so no chain ends later than
// the file, and no two streams overlap.
type container struct {
	raw       []byte
	size      int      // of a sector, in bytes
	count     int      // of the whole sectors after the header
	fats      []uint32 // the numbers of the sectors of the FAT
	used      []bool   // by sector
	directory []byte
}

// openContainer reads the header, the FAT's place and the directory.
func openContainer(raw []byte) (*container, error) {
	le := binary.LittleEndian
	if len(raw) < sectorSize {
		return nil, malformed("header")
	}
	c := &container{raw: raw}
	switch major, shift := le.Uint16(raw[26:]), le.Uint16(raw[30:]); {
	case major == 3 && shift == sectorShift3, major == 4 && shift == sectorShift4:
		c.size = 1 << shift
	default:
		return nil, malformed("version of the container")
	}
	if !bytes.HasPrefix(raw, signature) || le.Uint16(raw[28:]) != byteOrder ||
		le.Uint16(raw[32:]) != miniShift || le.Uint32(raw[56:]) != miniCutoff {
		return nil, malformed("header")
	}
	c.count = len(raw)/c.size - 1
	if c.count < 1 {
		return nil, malformed("cut short")
	}
	c.used = make([]bool, c.count)
	if err := c.findFAT(); err != nil {
		return nil, err
	}
	var err error
	c.directory, err = c.chain(le.Uint32(raw[48:]), -1, directoryLimit*entrySize/c.size)
	if err != nil || len(c.directory) == 0 || c.directory[66] != kindRoot {
		return nil, malformed("directory")
	}
	return c, nil
}

// findFAT lists the sectors of the FAT: 109 stand in the header, the others in
// a chain of sectors, the DIFAT.
func (c *container) findFAT() error {
	le := binary.LittleEndian
	// Two numbers that may lie: each step takes a sector, and ends with the file.
	fats, difats := int64(le.Uint32(c.raw[44:])), int64(le.Uint32(c.raw[72:]))
	add := func(list []byte) error {
		for ; len(list) > 0 && int64(len(c.fats)) < fats; list = list[4:] {
			n := le.Uint32(list)
			if !c.take(n) {
				return malformed("table of sectors")
			}
			c.fats = append(c.fats, n)
		}
		return nil
	}
	if err := add(c.raw[76:sectorSize]); err != nil {
		return err
	}
	n := le.Uint32(c.raw[68:])
	for range difats {
		if !c.take(n) {
			return malformed("table of sectors")
		}
		b := c.sector(n)
		if err := add(b[:c.size-4]); err != nil {
			return err
		}
		n = le.Uint32(b[c.size-4:])
	}
	return nil // where the list is too short, the chains end where it does
}

// take marks sector n as used. It is false for one that is not there, or that
// was used before.
func (c *container) take(n uint32) bool {
	if int64(n) >= int64(c.count) || c.used[n] {
		return false
	}
	c.used[n] = true
	return true
}

// sector returns a sector that take has allowed.
func (c *container) sector(n uint32) []byte {
	at := (int(n) + 1) * c.size
	return c.raw[at : at+c.size]
}

// next returns the sector that follows n in its chain.
func (c *container) next(n uint32) uint32 {
	per := c.size / 4
	if int(n)/per >= len(c.fats) {
		return freeSector
	}
	return binary.LittleEndian.Uint32(c.sector(c.fats[int(n)/per])[int(n)%per*4:])
}

// chain returns the bytes of the first want sectors of a chain, or of all where
// want is negative, of which there may be limit. They are the file's own bytes
// where the sectors follow each other, as they mostly do.
func (c *container) chain(n uint32, want, limit int) ([]byte, error) {
	var list []uint32
	whole := true
	for want < 0 && n != endOfChain || len(list) < want {
		if len(list) >= limit || !c.take(n) {
			return nil, malformed("chain of sectors")
		}
		whole = whole && (len(list) == 0 || n == list[len(list)-1]+1)
		list = append(list, n)
		n = c.next(n)
	}
	if len(list) == 0 {
		return nil, nil
	}
	if whole {
		at := (int(list[0]) + 1) * c.size
		return c.raw[at : at+len(list)*c.size : at+len(list)*c.size], nil
	}
	out := make([]byte, 0, len(list)*c.size)
	for _, n := range list {
		out = append(out, c.sector(n)...)
	}
	return out, nil
}

// find returns the directory's entry of a stream, nil where there is none. The
// tree is not followed: a second stream of the name, anywhere, is a fault.
func (c *container) find(name string) ([]byte, error) {
	want := append(utf16LE(name), 0, 0)
	var found []byte
	for at := 0; at+entrySize <= len(c.directory); at += entrySize {
		e := c.directory[at : at+entrySize]
		if e[66] != kindStream || int(binary.LittleEndian.Uint16(e[64:])) != len(want) || !bytes.HasPrefix(e, want) {
			continue
		}
		if found != nil {
			return nil, malformed("directory: a name twice")
		}
		found = e
	}
	return found, nil
}

// streamSize is what an entry says its size is. Version 3 may leave the upper
// half undefined, [MS-CFB] 2.6.3.
func (c *container) streamSize(e []byte) uint64 {
	size := binary.LittleEndian.Uint64(e[120:])
	if c.size == sectorSize {
		size &= 0xffffffff
	}
	return size
}

// sectors is how many sectors size bytes take, size being checked.
func (c *container) sectors(size uint64) int { return (int(size) + c.size - 1) / c.size }

// streams returns the contents of the directory's entries. It may be called
// once, since their sectors are used then.
func (c *container) streams(entries ...[]byte) ([][]byte, error) {
	le := binary.LittleEndian
	root := c.directory[:entrySize]
	if c.streamSize(root) > uint64(len(c.raw)) || int64(le.Uint32(c.raw[64:])) > int64(c.count) {
		return nil, malformed("mini stream")
	}
	mini, err := c.chain(le.Uint32(root[116:]), c.sectors(c.streamSize(root)), c.count)
	if err != nil {
		return nil, err
	}
	table, err := c.chain(le.Uint32(c.raw[60:]), int(le.Uint32(c.raw[64:])), c.count)
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for _, e := range entries {
		start, size := le.Uint32(e[116:]), c.streamSize(e)
		var b []byte
		switch {
		case size > uint64(len(c.raw)):
			return nil, malformed("a stream larger than the file")
		case size < miniCutoff:
			b, err = miniChain(mini, table, start, int(size))
		default:
			b, err = c.chain(start, c.sectors(size), c.count)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, b[:size])
	}
	return out, nil
}

// miniChain returns the bytes of a small stream, which bounds it: a chain that
// bites its tail repeats itself in fewer than 4096 bytes.
func miniChain(mini, table []byte, n uint32, size int) ([]byte, error) {
	var out []byte
	for len(out) < size {
		at := int64(n) * miniSector
		if at+miniSector > int64(len(mini)) || int64(n)*4+4 > int64(len(table)) {
			return nil, malformed("chain of small sectors")
		}
		out = append(out, mini[at:at+miniSector]...)
		n = binary.LittleEndian.Uint32(table[n*4:])
	}
	return out, nil
}
