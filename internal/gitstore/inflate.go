package gitstore

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/adler32"
	"io"
	"os"
)

// storedHead is the length of a zlib stream's head and of the head of its first
// stored block; with the checksum, storedExtra bytes surround a stored object.
const (
	storedHead  = 2 + 5
	storedExtra = storedHead + 4
	storedMax   = 0xffff
)

// inflate returns an entry's data. The caller has compared its size with a limit.
func (c *cursor) inflate(p *pack, e *packEntry) ([]byte, error) {
	c.made += e.size
	if e.size <= storedMax {
		b, err := c.at(p, e.data, int(e.size)+storedExtra)
		if err != nil {
			return nil, err
		}
		if content, ok := stored(b, int(e.size)); ok {
			return bytes.Clone(content), nil
		}
	}
	_, size, err := p.data()
	if err != nil {
		return nil, err
	}
	if e.size > (size-e.data)*maxRatio {
		return nil, badEntry("an object is larger than its data can make")
	}
	if err := c.begin(p, e.data); err != nil {
		return nil, err
	}
	out := make([]byte, e.size)
	if _, err := io.ReadFull(c.zr, out); err != nil {
		return nil, inflateError(err)
	}
	return out, c.end()
}

// maxRatio is more than deflate can make of a byte.
const maxRatio = 1100

// stored returns the content of a zlib stream that is one stored block of the
// given size, as ciphertext is kept, without the cost of inflating.
func stored(b []byte, size int) ([]byte, bool) {
	if len(b) < size+storedExtra || b[0] != 0x78 || binary.BigEndian.Uint16(b)%31 != 0 || b[1]&0x20 != 0 || b[2] != 1 {
		return nil, false
	}
	n := binary.LittleEndian.Uint16(b[3:])
	if int(n) != size || binary.LittleEndian.Uint16(b[5:]) != ^n {
		return nil, false
	}
	content := b[storedHead : storedHead+size]
	if adler32.Checksum(content) != binary.BigEndian.Uint32(b[storedHead+size:]) {
		return nil, false // the slow way says what is wrong
	}
	return content, true
}

// begin sets the inflater on the zlib stream at off.
func (c *cursor) begin(p *pack, off int64) error {
	c.in = packStream{c: c, p: p, off: off}
	var err error
	if c.zr == nil {
		c.zr, err = zlib.NewReader(&c.in)
	} else {
		err = c.zr.(zlib.Resetter).Reset(&c.in, nil)
	}
	return inflateError(err)
}

// end checks that the zlib stream ends here and that its checksum is right.
func (c *cursor) end() error {
	var one [1]byte
	if n, err := c.zr.Read(one[:]); n != 0 || err != io.EOF {
		if n != 0 || err == nil {
			return badEntry("an object is longer than it says")
		}
		return inflateError(err)
	}
	return nil
}

func inflateError(err error) error {
	var seen *os.PathError
	switch {
	case err == nil || errors.Is(err, ErrCorrupt) || errors.Is(err, errPackGone) || errors.As(err, &seen):
		return err
	}
	return badEntry(err.Error())
}

// packStream reads a pack onwards from off, byte by byte as the inflater wants
// it, so that its place after an object is known.
type packStream struct {
	c   *cursor
	p   *pack
	off int64  // of the end of b
	b   []byte // read and not yet taken
}

func (s *packStream) fill() error {
	b, err := s.c.at(s.p, s.off, 1)
	if err != nil {
		return err
	}
	s.b = b
	s.off += int64(len(b))
	return nil
}

func (s *packStream) ReadByte() (byte, error) {
	if len(s.b) == 0 {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	b := s.b[0]
	s.b = s.b[1:]
	return b, nil
}

func (s *packStream) Read(p []byte) (int, error) {
	if len(s.b) == 0 {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.b)
	s.b = s.b[n:]
	return n, nil
}

// pos is the offset of the next byte.
func (s *packStream) pos() int64 { return s.off - int64(len(s.b)) }
