package gitstore

import (
	"bytes"
	"context"
	"crypto/sha1"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"sort"

	"github.com/go-git/go-git/v5/plumbing"
)

// received is one entry of a pack that came from a server.
type received struct {
	packed
	typ ObjectType
	ok  bool // the id is known
	// Places of other entries, or none: the base of this delta, the first delta
	// that rests on this object, the next one that rests on the same base.
	base, child, next int32
}

const none = -1

// ingester reads a pack that came from a server: it inflates every object,
// resolves every delta, and computes every id, with a hash that notices
// collisions. Memory and work are bounded whatever the pack holds.
type ingester struct {
	ctx  context.Context
	p    *pack
	c    *cursor
	objs []received
	// Where there are deltas that name their base by its id: the first of those
	// that wait for it, and the objects that are known.
	waiting map[ID]int32
	byID    map[ID]int32
	bases   baseCache
}

// ingest returns the objects of the pack in ra and the pack's checksum, or why
// the pack is not what it should be. Its deltas must rest on objects in it.
func ingest(ctx context.Context, ra io.ReaderAt, size int64) ([]packed, [20]byte, error) {
	g := &ingester{ctx: ctx, c: &cursor{window: bulkWindow}, waiting: map[ID]int32{}}
	g.p = packOf(ra, size, g)
	var sum [20]byte
	err := g.scan(ra, size)
	if err == nil {
		err = g.resolve()
	}
	if err == nil {
		sum, err = checkTrailer(ra, size)
	}
	if err != nil {
		return nil, sum, fmt.Errorf("received pack: %w", err)
	}
	objs := make([]packed, len(g.objs))
	for i := range g.objs {
		if !g.objs[i].ok {
			return nil, sum, fmt.Errorf("received pack: %w: the base of a delta is missing", ErrCorrupt)
		}
		objs[i] = g.objs[i].packed
	}
	slices.SortFunc(objs, func(a, b packed) int { return bytes.Compare(a.id[:], b.id[:]) })
	for i := 1; i < len(objs); i++ {
		if objs[i].id == objs[i-1].id {
			return nil, sum, fmt.Errorf("received pack: %w: object %s is there twice", ErrCorrupt, objs[i].id)
		}
	}
	return objs, sum, nil
}

func checkTrailer(ra io.ReaderAt, size int64) (sum [20]byte, err error) {
	d := sha1.New()
	if _, err := io.Copy(d, io.NewSectionReader(ra, 0, size-packTrailerSize)); err != nil {
		return sum, err
	}
	d.Sum(sum[:0])
	var want [20]byte
	if _, err := ra.ReadAt(want[:], size-packTrailerSize); err != nil && err != io.EOF {
		return sum, err
	}
	if sum != want {
		return sum, fmt.Errorf("%w: its checksum does not match", ErrCorrupt)
	}
	return sum, nil
}

// find makes the ingester the index of the pack while its deltas are resolved.
func (g *ingester) find(id ID) (int64, bool, error) {
	i, ok := g.byID[id]
	if !ok {
		return 0, false, nil
	}
	return g.objs[i].off, true, nil
}

// scan reads the pack from its first entry to its last.
func (g *ingester) scan(ra io.ReaderAt, size int64) error {
	var head [packHeadSize]byte
	if size < packHeadSize+packTrailerSize {
		return fmt.Errorf("%w: cut short", ErrCorrupt)
	}
	if _, err := ra.ReadAt(head[:], 0); err != nil {
		return err
	}
	n, err := packCount(head)
	if err != nil {
		return err
	}
	if n > PackObjectsLimit {
		return fmt.Errorf("%w: %d objects, limit %d", ErrLimit, n, PackObjectsLimit)
	}
	off := int64(packHeadSize)
	for range n {
		if err := g.ctx.Err(); err != nil {
			return err
		}
		if off, err = g.scanEntry(off); err != nil {
			return err
		}
	}
	if off != size-packTrailerSize {
		return fmt.Errorf("%w: something follows the last object", ErrCorrupt)
	}
	return nil
}

// scanEntry reads one entry and returns where the next one begins.
func (g *ingester) scanEntry(off int64) (int64, error) {
	e, err := g.c.entry(g.p, off)
	if err != nil {
		return 0, err
	}
	if e.size > ObjectLimit {
		return 0, fmt.Errorf("an object: %w: %d bytes, limit %d", ErrTooLarge, e.size, ObjectLimit)
	}
	if g.c.made += e.size; g.c.made > PackWorkLimit {
		return 0, errPackWork
	}
	if err := g.c.begin(g.p, e.data); err != nil {
		return 0, err
	}
	d := newCheckedHash(e.typ, e.size)
	to := io.Writer(d)
	if e.isDelta() {
		to = io.Discard
	}
	if _, err := io.CopyN(to, g.c.zr, e.size); err != nil {
		return 0, inflateError(err)
	}
	if err := g.c.end(); err != nil {
		return 0, err
	}
	end := g.c.in.pos()
	o := received{packed: packed{off: off}, typ: e.typ, base: none, child: none, next: none}
	i := int32(len(g.objs))
	switch {
	case e.typ == plumbing.REFDeltaObject:
		if first, ok := g.waiting[e.ref]; ok {
			o.next = first
		}
		g.waiting[e.ref] = i
	case e.isDelta():
		b := sort.Search(len(g.objs), func(k int) bool { return g.objs[k].off >= e.base })
		if b == len(g.objs) || g.objs[b].off != e.base {
			return 0, badEntry("a base lies between objects")
		}
		o.base, o.next = int32(b), g.objs[b].child
		g.objs[b].child = i
	default:
		if o.id, err = d.id(); err != nil {
			return 0, err
		}
		o.ok = true
	}
	if o.crc, err = g.checksum(off, end); err != nil {
		return 0, err
	}
	g.objs = append(g.objs, o)
	return end, nil
}

var errPackWork = fmt.Errorf("%w: its objects make more than %d bytes", ErrLimit, int64(PackWorkLimit))

// checksum reads an entry's raw bytes again, from the window as a rule.
func (g *ingester) checksum(off, end int64) (uint32, error) {
	sum := uint32(0)
	for off < end {
		b, err := g.c.at(g.p, off, 1)
		if err != nil {
			return 0, err
		}
		b = b[:min(int64(len(b)), end-off)]
		sum = crc32.Update(sum, crc32.IEEETable, b)
		off += int64(len(b))
	}
	return sum, nil
}

// resolve computes the ids of deltas, from their bases on.
func (g *ingester) resolve() error {
	if len(g.waiting) > 0 {
		g.byID = make(map[ID]int32, len(g.objs))
		for i := range g.objs {
			if g.objs[i].ok {
				g.byID[g.objs[i].id] = int32(i)
			}
		}
	}
	var ready []int32 // deltas whose base is known; the last one is next
	for i := range g.objs {
		if !g.objs[i].ok {
			continue
		}
		for ready = g.wake(ready, int32(i)); len(ready) > 0; {
			if err := g.ctx.Err(); err != nil {
				return err
			}
			k := ready[len(ready)-1]
			ready = ready[:len(ready)-1]
			if err := g.resolveOne(k); err != nil {
				return err
			}
			ready = g.wake(ready, k)
		}
	}
	return nil
}

// wake adds the deltas that rest on the i-th object and takes them off its list,
// so that each is resolved once.
func (g *ingester) wake(ready []int32, i int32) []int32 {
	o := &g.objs[i]
	for k := o.child; k != none; k = g.objs[k].next {
		ready = append(ready, k)
	}
	o.child = none
	if first, ok := g.waiting[o.id]; ok {
		for k := first; k != none; k = g.objs[k].next {
			g.objs[k].base = i
			ready = append(ready, k)
		}
		delete(g.waiting, o.id)
	}
	return ready
}

func (g *ingester) resolveOne(k int32) error {
	o := &g.objs[k]
	base, err := g.content(o.base)
	if err != nil {
		return err
	}
	e, err := g.c.entry(g.p, o.off)
	if err != nil {
		return err
	}
	delta, err := g.c.delta(g.p, &e)
	if err != nil {
		return err
	}
	content, err := patch(base, delta)
	if err != nil {
		return err
	}
	if g.c.made += int64(len(content)); g.c.made > PackWorkLimit {
		return errPackWork
	}
	o.typ = g.objs[o.base].typ
	d := newCheckedHash(o.typ, int64(len(content)))
	d.Write(content)
	if o.id, err = d.id(); err != nil {
		return err
	}
	o.ok = true
	if g.byID != nil {
		g.byID[o.id] = k
	}
	if _, ok := g.waiting[o.id]; ok || o.child != none {
		g.bases.put(k, content)
	}
	return nil
}

// content returns the content of a base, from the cache or from the pack.
func (g *ingester) content(i int32) ([]byte, error) {
	if b, ok := g.bases.get(i); ok {
		return b, nil
	}
	_, b, err := g.c.object(g.p, g.objs[i].off, ObjectLimit)
	if err == nil && g.c.made > PackWorkLimit {
		err = errPackWork
	}
	if err == nil {
		g.bases.put(i, b)
	}
	return b, err
}
