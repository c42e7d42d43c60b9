package gitstore

import (
	"fmt"
	"io"
	"sync"
)

// cursor reads entries of packs. It keeps a window of the pack that it read last
// and an inflater; it is not for concurrent use.
type cursor struct {
	window int // how many bytes are read at once
	p      *pack
	start  int64  // where buf lies in p
	buf    []byte // the window
	zr     io.ReadCloser
	in     packStream
	made   int64 // bytes of content and deltas made so far
}

const (
	oneWindow  = 4 << 10 // bytes read at once for one object
	bulkWindow = 1 << 20 // bytes read at once for many objects in pack order
)

var cursors = sync.Pool{New: func() any { return &cursor{window: oneWindow} }}

// at returns the pack's bytes from off: at least want of them, but for those
// that the pack does not have. They are valid until the next call.
func (c *cursor) at(p *pack, off int64, want int) ([]byte, error) {
	if c.p == p && off >= c.start && off+int64(want) <= c.start+int64(len(c.buf)) {
		return c.buf[off-c.start:], nil
	}
	ra, size, err := p.data()
	if err != nil {
		return nil, err
	}
	end := size - packTrailerSize
	if off < packHeadSize || off >= end {
		return nil, badEntry("an offset lies outside")
	}
	n := int(min(int64(max(want, c.window)), end-off))
	if cap(c.buf) < n {
		c.buf = make([]byte, n)
	}
	c.p, c.start, c.buf = p, off, c.buf[:n]
	if m, err := ra.ReadAt(c.buf, off); m < n {
		c.p = nil
		if err == io.EOF {
			return nil, badEntry("cut short")
		}
		return nil, fmt.Errorf("pack: %w", err)
	}
	return c.buf, nil
}

func (c *cursor) entry(p *pack, off int64) (packEntry, error) {
	b, err := c.at(p, off, entryHeadLimit)
	if err != nil {
		return packEntry{}, err
	}
	return parseEntry(b, off)
}

// base returns where the base of a delta lies.
func (c *cursor) base(p *pack, e *packEntry) (int64, error) {
	if e.base != 0 {
		return e.base, nil
	}
	off, ok, err := p.idx.find(e.ref)
	if err == nil && !ok {
		err = badEntry("the base of a delta is missing")
	}
	return off, err
}

// object returns the object whose entry lies at off, refusing one of more than
// limit bytes before it inflates anything but a delta's first bytes.
func (c *cursor) object(p *pack, off, limit int64) (ObjectType, []byte, error) {
	var deltas []packEntry // from the object down to the last one
	e, err := c.entry(p, off)
	for ; err == nil && e.isDelta(); e, err = c.entry(p, off) {
		if len(deltas) == DeltaChainLimit {
			return 0, nil, badEntry("a chain of deltas is too long")
		}
		if deltas = append(deltas, e); len(deltas) == 1 {
			size, err := c.deltaResult(p, &e)
			if err != nil {
				return 0, nil, err
			}
			if size > limit {
				return 0, nil, fmt.Errorf("%w: %d bytes, limit %d", ErrTooLarge, size, limit)
			}
			limit = ObjectLimit // for what it rests on
		}
		if off, err = c.base(p, &e); err != nil {
			return 0, nil, err
		}
	}
	if err != nil {
		return 0, nil, err
	}
	if e.size > limit {
		return 0, nil, fmt.Errorf("%w: %d bytes, limit %d", ErrTooLarge, e.size, limit)
	}
	content, err := c.inflate(p, &e)
	start := c.made
	for i := len(deltas) - 1; i >= 0 && err == nil; i-- {
		var delta []byte
		if delta, err = c.delta(p, &deltas[i]); err != nil {
			break
		}
		if content, err = patch(content, delta); err != nil {
			break
		}
		if c.made += int64(len(content)); c.made-start > DeltaWorkLimit {
			err = badEntry("a chain of deltas makes too much of its bytes")
		}
	}
	return e.typ, content, err
}

// delta inflates a delta and checks that neither it nor its result is too large.
func (c *cursor) delta(p *pack, e *packEntry) ([]byte, error) {
	if e.size > ObjectLimit {
		return nil, fmt.Errorf("%w: a delta of %d bytes, limit %d", ErrTooLarge, e.size, ObjectLimit)
	}
	b, err := c.inflate(p, e)
	if err != nil {
		return nil, err
	}
	_, result, _, err := deltaSizes(b)
	if err == nil && result > ObjectLimit {
		err = fmt.Errorf("%w: a delta makes %d bytes, limit %d", ErrTooLarge, result, ObjectLimit)
	}
	return b, err
}

// size returns the type and the size of the object whose entry lies at off,
// inflating no more than the first bytes of a delta.
func (c *cursor) size(p *pack, off int64) (ObjectType, int64, error) {
	size := int64(-1)
	for range DeltaChainLimit + 1 {
		e, err := c.entry(p, off)
		if err != nil {
			return 0, 0, err
		}
		if !e.isDelta() {
			if size < 0 {
				size = e.size
			}
			return e.typ, size, nil
		}
		if size < 0 {
			if size, err = c.deltaResult(p, &e); err != nil {
				return 0, 0, err
			}
		}
		if off, err = c.base(p, &e); err != nil {
			return 0, 0, err
		}
	}
	return 0, 0, badEntry("a chain of deltas is too long")
}

// deltaResult returns the size of a delta's result, which stands in its first
// bytes.
func (c *cursor) deltaResult(p *pack, e *packEntry) (int64, error) {
	if err := c.begin(p, e.data); err != nil {
		return 0, err
	}
	var head [2 * 8]byte
	n, err := io.ReadFull(c.zr, head[:min(e.size, int64(len(head)))])
	if err != nil {
		return 0, inflateError(err)
	}
	_, size, _, err := deltaSizes(head[:n])
	return size, err
}
