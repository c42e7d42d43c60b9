package officecrypt

import "encoding/binary"

// entry is one entry of the directory, [MS-CFB] 2.6. Its siblings form a
// red-black tree, ordered by the length of the name and then by the name in
// upper case; left, right and child are numbers of entries.
type entry struct {
	name               string
	kind               byte
	red                bool
	left, right, child uint32
	data               []byte
	start              uint32
	size               int
}

// directory returns the entries of a protected file. EncryptedPackage comes
// first of the streams, since it is written first.
func directory(pkgSize, infoSize int) []entry {
	stream := func(name string, left, right uint32, data []byte) entry {
		return entry{name: name, kind: kindStream, left: left, right: right, child: none, data: data, size: len(data)}
	}
	storage := func(name string, left, right, child uint32) entry {
		return entry{name: name, kind: kindStorage, left: left, right: right, child: child}
	}
	tree := []entry{
		0:  {name: "Root Entry", kind: kindRoot, left: none, right: none, child: 2},
		1:  stream(packageName, none, none, nil),
		2:  stream(infoName, 3, 1, nil),
		3:  storage("\x06DataSpaces", none, none, 4),
		4:  stream("DataSpaceMap", 5, 6, spaceMap()),
		5:  stream("Version", none, none, spaceVersion()),
		6:  storage("DataSpaceInfo", none, 7, 8),
		7:  storage("TransformInfo", none, none, 9),
		8:  stream("StrongEncryptionDataSpace", none, none, spaceDefinition()),
		9:  storage("StrongEncryptionTransform", none, none, 10),
		10: stream("\x06Primary", none, none, spaceTransform()),
	}
	tree[7].red = true // the only one of its depth
	tree[1].size, tree[2].size = pkgSize, infoSize
	return tree
}

func (e entry) bytes() []byte {
	b := make([]byte, entrySize)
	le := binary.LittleEndian
	if e.name != "" {
		le.PutUint16(b[64:], uint16(copy(b, utf16LE(e.name))+2))
	}
	b[66] = e.kind
	if !e.red {
		b[67] = 1
	}
	le.PutUint32(b[68:], e.left)
	le.PutUint32(b[72:], e.right)
	le.PutUint32(b[76:], e.child)
	le.PutUint32(b[116:], e.start)
	le.PutUint64(b[120:], uint64(e.size))
	return b
}

// The streams of \x06DataSpaces, [MS-OFFCRYPTO] 2.1: the same in every file.

func spaceVersion() []byte { // 2.1.5
	return append(lengthText("Microsoft.Container.DataSpaces"), numbers(1, 1, 1)...)
}

func spaceMap() []byte { // 2.1.6
	e := append(numbers(1, 0), lengthText(packageName)...)
	e = append(e, lengthText("StrongEncryptionDataSpace")...)
	return append(numbers(8, 1, uint32(len(e)+4)), e...)
}

func spaceDefinition() []byte { // 2.1.7
	return append(numbers(8, 1), lengthText("StrongEncryptionTransform")...)
}

func spaceTransform() []byte { // 2.1.8 and 2.1.9; agile encryption names no cipher here
	id := lengthText("{FF9A3F03-56EF-4613-BDD5-5A41C1D07246}")
	b := append(numbers(uint32(len(id)+8), 1), id...)
	b = append(b, lengthText("Microsoft.Container.EncryptionTransform")...)
	return append(b, numbers(1, 1, 1, 0, 0, 0, 4)...)
}

// lengthText is a UNICODE-LP-P4: the length in bytes, UTF-16, zeros up to four bytes.
func lengthText(s string) []byte {
	u := utf16LE(s)
	b := append(numbers(uint32(len(u))), u...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func numbers(list ...uint32) []byte {
	var b []byte
	for _, v := range list {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}
