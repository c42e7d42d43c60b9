package gitstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
)

const (
	packHeadSize    = 12 // "PACK", version, number of objects
	packTrailerSize = 20 // checksum
)

// pack is a pack and its index: on disk, in memory, or still being written.
// Its bytes are reached through data, which opens a pack on disk at the first
// use. Safe for concurrent use.
type pack struct {
	idx  index
	path string // of the .pack file; empty where there is none

	mu   sync.Mutex
	ra   io.ReaderAt
	size int64 // the whole pack's, trailer included
	err  error // that the pack cannot be used
}

// errPackGone says that a pack was there when its folder was read and is no
// longer: another process has packed anew.
var errPackGone = errors.New("pack is gone")

// packOf returns a pack that lies in ra.
func packOf(ra io.ReaderAt, size int64, idx index) *pack { return &pack{idx: idx, ra: ra, size: size} }

// openPack reads the head of the index at path, a name that ends in .idx. The
// pack itself is opened when it is needed.
func openPack(path string) (*pack, error) {
	x, err := openIndex(path)
	if err != nil {
		return nil, err
	}
	return &pack{idx: x, path: strings.TrimSuffix(path, ".idx") + ".pack"}, nil
}

// data returns the pack's bytes and its size.
func (p *pack) data() (io.ReaderAt, int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ra == nil && p.err == nil {
		f, err := os.Open(p.path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, 0, errPackGone // not kept: it may be renamed into place yet
		}
		if err != nil {
			return nil, 0, fmt.Errorf("pack: %w", err)
		}
		if p.size, p.err = checkPackFile(f, p.idx.(*fileIndex)); p.err != nil {
			f.Close()
			return nil, 0, p.err
		}
		p.ra = f
	}
	return p.ra, p.size, p.err
}

// checkPackFile compares a pack's head and trailer with its index. A pack that
// was replaced by another of the same name is seen here.
func checkPackFile(f *os.File, x *fileIndex) (int64, error) {
	st, err := f.Stat()
	if err != nil {
		return 0, fmt.Errorf("pack: %w", err)
	}
	var head [packHeadSize]byte
	var sum [packTrailerSize]byte
	if st.Size() < packHeadSize+packTrailerSize {
		return 0, fmt.Errorf("pack: %w: cut short", ErrCorrupt)
	}
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return 0, fmt.Errorf("pack: %w", err)
	}
	if _, err := f.ReadAt(sum[:], st.Size()-packTrailerSize); err != nil {
		return 0, fmt.Errorf("pack: %w", err)
	}
	n, err := packCount(head)
	if err != nil {
		return 0, err
	}
	if int64(n) != int64(x.n) || sum != x.pack {
		return 0, fmt.Errorf("pack: %w: it does not belong to its index", ErrCorrupt)
	}
	return st.Size(), nil
}

// packCount checks a pack's head and returns the number of its objects.
func packCount(head [packHeadSize]byte) (uint32, error) {
	v := binary.BigEndian.Uint32(head[4:])
	if string(head[:4]) != "PACK" || v != 2 && v != 3 {
		return 0, fmt.Errorf("pack: %w: not a pack of version 2 or 3", ErrCorrupt)
	}
	return binary.BigEndian.Uint32(head[8:]), nil
}

// close closes the files. Reading goes on where it had begun, or fails.
func (p *pack) close() {
	if x, ok := p.idx.(*fileIndex); ok {
		x.f.Close()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if f, ok := p.ra.(*os.File); ok && p.path != "" {
		f.Close()
	}
}

// packEntry is what stands before an object's data in a pack.
type packEntry struct {
	typ  ObjectType // of the entry: may be one of the two kinds of delta
	size int64      // of the inflated data; of a delta, not of its result
	data int64      // where the deflated data begins
	base int64      // OFSDelta: where the base lies
	ref  ID         // REFDelta: the base
}

func (e *packEntry) isDelta() bool {
	return e.typ == plumbing.OFSDeltaObject || e.typ == plumbing.REFDeltaObject
}

func badEntry(what string) error { return fmt.Errorf("pack: %w: %s", ErrCorrupt, what) }

// entryHeadLimit is the largest head of an entry in bytes: a size, and a base's
// offset or id.
const entryHeadLimit = 10 + 20

// parseEntry parses the head of the entry that lies at off.
func parseEntry(b []byte, off int64) (packEntry, error) {
	if len(b) == 0 {
		return packEntry{}, badEntry("cut short")
	}
	c, i := b[0], 1
	e := packEntry{typ: ObjectType(c >> 4 & 7), size: int64(c & 15)}
	for shift := 4; c&0x80 != 0; shift += 7 {
		if i == len(b) || shift > 53 {
			return packEntry{}, badEntry("malformed size")
		}
		c = b[i]
		i++
		e.size |= int64(c&0x7f) << shift
	}
	switch e.typ {
	case CommitType, Tree, Blob, TagType:
	case plumbing.OFSDeltaObject:
		back := int64(0)
		for n := 0; ; n++ {
			if i == len(b) || n == 8 {
				return packEntry{}, badEntry("malformed offset of a base")
			}
			c = b[i]
			i++
			if back |= int64(c & 0x7f); c&0x80 == 0 {
				break
			}
			back = (back + 1) << 7
		}
		if e.base = off - back; back <= 0 || e.base < packHeadSize {
			return packEntry{}, badEntry("a base lies outside")
		}
	case plumbing.REFDeltaObject:
		if len(b)-i < len(e.ref) {
			return packEntry{}, badEntry("cut short")
		}
		i += copy(e.ref[:], b[i:])
	default:
		return packEntry{}, badEntry("unknown type of object")
	}
	e.data = off + int64(i)
	return e, nil
}
