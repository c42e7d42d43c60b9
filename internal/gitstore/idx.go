package gitstore

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"sort"
	"sync"
	"sync/atomic"
)

// index tells where in a pack an object lies.
type index interface {
	find(id ID) (off int64, ok bool, err error)
}

// packed is one object of a pack: an entry of an index.
type packed struct {
	id  ID
	off int64
	crc uint32 // of the entry's raw bytes
}

// sortedIndex is an index in memory, sorted by id.
type sortedIndex []packed

func (x sortedIndex) find(id ID) (int64, bool, error) {
	i := sort.Search(len(x), func(i int) bool { return bytes.Compare(x[i].id[:], id[:]) >= 0 })
	if i < len(x) && x[i].id == id {
		return x[i].off, true, nil
	}
	return 0, false, nil
}

// The layout of a version 2 index: head, fanout, then n each of ids, checksums
// and offsets, offsets that do not fit 31 bits, two checksums.
const (
	idxHead    = "\xfftOc\x00\x00\x00\x02"
	idxIDs     = 8 + 256*4
	idxTrailer = 2 * 20

	// idxLoadSize is the size in bytes up to which an index is read whole at the
	// first look into it.
	idxLoadSize = 64 << 10 // 64 KiB
	// idxLoadAfter is the number of lookups after which a larger one is.
	idxLoadAfter = 512
	// idxSpan is how many bytes of ids one lookup reads at once.
	idxSpan = 8 << 10 // 8 KiB
)

// fileIndex is the index of a pack on disk. Only its fanout is read at once; it
// is searched in place, and read and checked whole when it turns out to be used
// much. Safe for concurrent use.
type fileIndex struct {
	f      *os.File
	size   int64
	n      int
	fanout [256]uint32
	pack   [20]byte // checksum of the pack that it belongs to

	lookups atomic.Int32
	loaded  atomic.Pointer[[]byte]
	mu      sync.Mutex
	bad     error // why it could not be loaded
}

func openIndex(name string) (*fileIndex, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	x := &fileIndex{f: f}
	if err := x.readHead(); err != nil {
		f.Close()
		return nil, fmt.Errorf("pack index: %w", err)
	}
	return x, nil
}

func (x *fileIndex) readHead() error {
	st, err := x.f.Stat()
	if err != nil {
		return err
	}
	x.size = st.Size()
	var head [idxIDs]byte
	if _, err := x.f.ReadAt(head[:], 0); err != nil {
		return fmt.Errorf("%w: cut short", ErrCorrupt)
	}
	if string(head[:8]) != idxHead {
		return fmt.Errorf("%w: not a version 2 index", ErrCorrupt)
	}
	last := uint32(0)
	for i := range x.fanout {
		x.fanout[i] = binary.BigEndian.Uint32(head[8+4*i:])
		if x.fanout[i] < last {
			return fmt.Errorf("%w: its fanout decreases", ErrCorrupt)
		}
		last = x.fanout[i]
	}
	x.n = int(last)
	// Each large offset takes 8 bytes more, and the first object has none.
	rest := x.size - idxIDs - int64(x.n)*28 - idxTrailer
	if rest < 0 || rest%8 != 0 || rest > int64(x.n)*8 {
		return fmt.Errorf("%w: %d bytes for %d objects", ErrCorrupt, x.size, x.n)
	}
	_, err = x.f.ReadAt(x.pack[:], x.size-idxTrailer)
	return err
}

// bytes returns n bytes of the file from off, without copying where it is loaded.
func (x *fileIndex) bytes(off int64, n int, buf []byte) ([]byte, error) {
	if b := x.loaded.Load(); b != nil {
		return (*b)[off : off+int64(n)], nil
	}
	if _, err := x.f.ReadAt(buf[:n], off); err != nil {
		return nil, fmt.Errorf("pack index: %w", err)
	}
	return buf[:n], nil
}

// load reads the whole index and compares its checksum, once.
func (x *fileIndex) load() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.bad != nil || x.loaded.Load() != nil {
		return x.bad
	}
	b := make([]byte, x.size)
	if _, err := io.ReadFull(io.NewSectionReader(x.f, 0, x.size), b); err != nil {
		return fmt.Errorf("pack index: %w", err)
	}
	if sum := sha1.Sum(b[:len(b)-20]); !bytes.Equal(sum[:], b[len(b)-20:]) {
		x.bad = fmt.Errorf("pack index: %w: its checksum does not match", ErrCorrupt)
		return x.bad
	}
	x.loaded.Store(&b)
	return nil
}

func (x *fileIndex) find(id ID) (int64, bool, error) {
	lo, hi := 0, int(x.fanout[id[0]])
	if id[0] > 0 {
		lo = int(x.fanout[id[0]-1])
	}
	if lo == hi {
		return 0, false, nil
	}
	if x.loaded.Load() == nil && (x.size <= idxLoadSize || x.lookups.Add(1) > idxLoadAfter) {
		if err := x.load(); err != nil {
			return 0, false, err
		}
	}
	buf := spans.Get().(*[idxSpan]byte)
	defer spans.Put(buf)
	for (hi-lo)*20 > idxSpan { // narrow down to what one read brings
		m := (lo + hi) / 2
		b, err := x.bytes(idxIDs+int64(m)*20, 20, buf[:])
		if err != nil {
			return 0, false, err
		}
		if bytes.Compare(b, id[:]) <= 0 {
			lo = m
		} else {
			hi = m
		}
	}
	b, err := x.bytes(idxIDs+int64(lo)*20, (hi-lo)*20, buf[:])
	if err != nil {
		return 0, false, err
	}
	i := sort.Search(hi-lo, func(i int) bool { return bytes.Compare(b[i*20:i*20+20], id[:]) >= 0 })
	if i == hi-lo || !bytes.Equal(b[i*20:i*20+20], id[:]) {
		return 0, false, nil
	}
	off, err := x.offset(lo+i, buf[:])
	return off, err == nil, err
}

var spans = sync.Pool{New: func() any { return new([idxSpan]byte) }}

// offset returns where the i-th object lies in the pack.
func (x *fileIndex) offset(i int, buf []byte) (int64, error) {
	b, err := x.bytes(idxIDs+int64(x.n)*24+int64(i)*4, 4, buf)
	if err != nil {
		return 0, err
	}
	o := binary.BigEndian.Uint32(b)
	if o < 1<<31 {
		return int64(o), nil
	}
	at := idxIDs + int64(x.n)*28 + int64(o&(1<<31-1))*8
	if at > x.size-idxTrailer-8 {
		return 0, fmt.Errorf("pack index: %w: an offset lies outside", ErrCorrupt)
	}
	if b, err = x.bytes(at, 8, buf); err != nil {
		return 0, err
	}
	big := binary.BigEndian.Uint64(b)
	if big > 1<<62 {
		return 0, fmt.Errorf("pack index: %w: an offset is too large", ErrCorrupt)
	}
	return int64(big), nil
}

// all returns every entry, in the order of ids.
func (x *fileIndex) all() ([]packed, error) {
	if err := x.load(); err != nil {
		return nil, err
	}
	out := make([]packed, x.n)
	for i := range out {
		b, err := x.bytes(idxIDs+int64(i)*20, 20, nil)
		if err != nil {
			return nil, err
		}
		copy(out[i].id[:], b)
		if b, err = x.bytes(idxIDs+int64(x.n)*20+int64(i)*4, 4, nil); err != nil {
			return nil, err
		}
		out[i].crc = binary.BigEndian.Uint32(b)
		if out[i].off, err = x.offset(i, nil); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// encodeIndex returns the version 2 index of a pack with the given checksum. It
// sorts objs by id.
func encodeIndex(objs []packed, pack [20]byte) []byte {
	sort.Slice(objs, func(i, j int) bool { return bytes.Compare(objs[i].id[:], objs[j].id[:]) < 0 })
	buf := make([]byte, 0, idxIDs+len(objs)*28+idxTrailer)
	buf = append(buf, idxHead...)
	k := 0
	for first := range 256 {
		for k < len(objs) && int(objs[k].id[0]) == first {
			k++
		}
		buf = binary.BigEndian.AppendUint32(buf, uint32(k))
	}
	for i := range objs {
		buf = append(buf, objs[i].id[:]...)
	}
	for i := range objs {
		buf = binary.BigEndian.AppendUint32(buf, objs[i].crc)
	}
	var large []uint64
	for i := range objs {
		if objs[i].off < 1<<31 {
			buf = binary.BigEndian.AppendUint32(buf, uint32(objs[i].off))
			continue
		}
		buf = binary.BigEndian.AppendUint32(buf, 1<<31|uint32(len(large)))
		large = append(large, uint64(objs[i].off))
	}
	for _, o := range large {
		buf = binary.BigEndian.AppendUint64(buf, o)
	}
	buf = append(buf, pack[:]...)
	sum := sha1.Sum(buf)
	return append(buf, sum[:]...)
}
