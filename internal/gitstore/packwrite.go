package gitstore

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

// encoder makes the entries of packs. Blobs are stored and not deflated: they
// are ciphertext, which does not shrink, and deflating them is nearly all of the
// cost. It is not for concurrent use.
type encoder struct {
	zw  *zlib.Writer
	out bytes.Buffer
}

// entry returns an object as a pack holds it. It is valid until the next call.
func (e *encoder) entry(t ObjectType, content []byte) ([]byte, error) {
	e.out.Reset()
	e.out.Write(appendEntryHead(e.out.AvailableBuffer(), t, int64(len(content))))
	if t == Blob {
		e.out.Grow(len(content) + len(content)>>13 + 16)
		e.out.Write(appendStored(e.out.AvailableBuffer(), content))
		return e.out.Bytes(), nil
	}
	if e.zw == nil {
		var err error
		if e.zw, err = zlib.NewWriterLevel(&e.out, flate.BestSpeed); err != nil {
			return nil, err
		}
	} else {
		e.zw.Reset(&e.out)
	}
	if _, err := e.zw.Write(content); err != nil {
		return nil, err
	}
	if err := e.zw.Close(); err != nil {
		return nil, err
	}
	return e.out.Bytes(), nil
}

func appendEntryHead(p []byte, t ObjectType, size int64) []byte {
	c := byte(t)<<4 | byte(size&15)
	for size >>= 4; size > 0; size >>= 7 {
		p = append(p, c|0x80)
		c = byte(size & 0x7f)
	}
	return append(p, c)
}

// appendStored wraps content in a zlib stream of stored blocks.
func appendStored(p, content []byte) []byte {
	p = append(p, 0x78, 0x01)
	for rest := content; ; {
		n := min(len(rest), storedMax)
		last := byte(0)
		if n == len(rest) {
			last = 1
		}
		p = append(p, last)
		p = binary.LittleEndian.AppendUint16(p, uint16(n))
		p = binary.LittleEndian.AppendUint16(p, ^uint16(n))
		p = append(p, rest[:n]...)
		if rest = rest[n:]; last == 1 {
			break
		}
	}
	return binary.BigEndian.AppendUint32(p, adler32.Checksum(content))
}

func packHead(n uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), n)
}

// packWriter streams objects into a new pack and makes its index from what it
// knows already. The pack has no name that git looks for until install. Not for
// concurrent use.
type packWriter struct {
	dir  string // the pack folder
	f    *os.File
	w    *bufio.Writer
	off  int64
	objs []packed
	at   map[ID]int64
	enc  encoder
	view *pack // of what was flushed last
}

func newPackWriter(dir string) (*packWriter, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("new pack: %w", err)
	}
	f, err := os.CreateTemp(dir, tempPack+"*")
	if err != nil {
		return nil, fmt.Errorf("new pack: %w", err)
	}
	p := &packWriter{dir: dir, f: f, w: bufio.NewWriterSize(f, 256<<10), at: map[ID]int64{}}
	p.w.Write(packHead(0)) // the number is put in at the end
	p.off = packHeadSize
	return p, nil
}

// find is the index of the pack so far.
func (p *packWriter) find(id ID) (int64, bool, error) {
	off, ok := p.at[id]
	return off, ok, nil
}

// add writes an object unless it is in the pack already.
func (p *packWriter) add(t ObjectType, content []byte) (ID, error) {
	id := hashObject(t, content)
	if _, ok := p.at[id]; ok {
		return id, nil
	}
	raw, err := p.enc.entry(t, content)
	if err != nil {
		return ZeroID, fmt.Errorf("write pack: %w", err)
	}
	return id, p.addRaw(id, raw)
}

// addRaw writes the entry of an object that is not in the pack yet.
func (p *packWriter) addRaw(id ID, raw []byte) error {
	if len(p.objs) == PackObjectsLimit {
		return fmt.Errorf("write pack: %w: more than %d objects", ErrLimit, PackObjectsLimit)
	}
	if _, err := p.w.Write(raw); err != nil {
		return fmt.Errorf("write pack: %w", err)
	}
	p.objs = append(p.objs, packed{id, p.off, crc32.ChecksumIEEE(raw)})
	p.at[id] = p.off
	p.off += int64(len(raw))
	return nil
}

// pack returns the pack so far, to read from.
func (p *packWriter) pack() (*pack, error) {
	// An empty buffer does not say that nothing was added: what is larger than the
	// buffer goes past it.
	if size := p.off + packTrailerSize; p.w.Buffered() > 0 || p.view == nil || p.view.size != size {
		if err := p.w.Flush(); err != nil {
			return nil, fmt.Errorf("write pack: %w", err)
		}
		p.view = packOf(p.f, size, p)
	}
	return p.view, nil
}

// abort removes the unfinished pack.
func (p *packWriter) abort() {
	p.f.Close()
	os.Remove(p.f.Name())
}

// install finishes the pack and puts it in place, durably. It returns the path
// of the index.
func (p *packWriter) install() (string, error) {
	if err := p.w.Flush(); err != nil {
		p.abort()
		return "", fmt.Errorf("write pack: %w", err)
	}
	// The checksum covers the head, and the head holds the number.
	var count [4]byte
	binary.BigEndian.PutUint32(count[:], uint32(len(p.objs)))
	_, err := p.f.WriteAt(count[:], 8)
	d := sha1.New()
	if err == nil {
		_, err = io.Copy(d, io.NewSectionReader(p.f, 0, p.off))
	}
	var sum [20]byte
	d.Sum(sum[:0])
	if err == nil {
		_, err = p.f.WriteAt(sum[:], p.off)
	}
	if err != nil {
		p.abort()
		return "", fmt.Errorf("write pack: %w", err)
	}
	return installPack(p.f, p.objs, sum)
}

// Names of unfinished files. Stock git's gc removes files named so.
const (
	tempPack  = "tmp_pack_"
	tempIndex = "tmp_idx_"
)

// installPack puts a finished pack, an open temporary file in the pack folder,
// and its index in place under the pack's checksum. Both are on disk before
// either has its name, and the pack has it first, since git looks for indexes.
func installPack(f *os.File, objs []packed, sum [20]byte) (string, error) {
	dir := filepath.Dir(f.Name())
	st, err := os.Stat(dir)
	if err != nil {
		f.Close()
		os.Remove(f.Name())
		return "", fmt.Errorf("write pack: %w", err)
	}
	perm := st.Mode().Perm() & 0o444 // whoever may list the folder may read the pack
	if err = f.Chmod(perm); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	var idx *os.File
	if err == nil {
		idx, err = os.CreateTemp(dir, tempIndex+"*")
	}
	if err == nil {
		err = errors.Join(idx.Chmod(perm), finish(idx, encodeIndex(objs, sum)))
	}
	base := filepath.Join(dir, "pack-"+hex.EncodeToString(sum[:]))
	if err == nil {
		err = os.Rename(f.Name(), base+".pack")
	}
	if err == nil {
		err = os.Rename(idx.Name(), base+".idx")
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		os.Remove(f.Name())
		if idx != nil {
			os.Remove(idx.Name())
		}
		return "", fmt.Errorf("write pack: %w", err)
	}
	return base + ".idx", nil
}
