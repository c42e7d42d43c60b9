package gitstore

import (
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

const (
	// compactSize is the size in bytes up to which a pack counts as small.
	compactSize = 32 << 20 // 32 MiB
	// tempAge is the age from which an unfinished file counts as left behind.
	tempAge = 24 * time.Hour
)

// Compact merges small packs of the repository's own into one where there are more
// than maxPacks of them, and removes unfinished files that killed processes left
// behind a day ago or more. A pack that is larger than those below it together stays
// as it is, so that an object is copied a few times in its life, however long the
// history grows. No object is dropped. Each is read and its hash
// checked before its old pack goes; readers, of this process and of others, go
// on reading. Packs that git was told to keep are left alone.
func (r *Repo) Compact(maxPacks int) error {
	if r.readOnly {
		return fmt.Errorf("compact: %w", ErrReadOnly)
	}
	dir := filepath.Join(r.dir, "objects", "pack")
	small, err := r.smallPacks(dir)
	if err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	if r.precious || len(small) <= max(maxPacks, 1) {
		return nil
	}
	chosen := belowSteps(small)
	if len(chosen) < 2 {
		return nil
	}
	err = r.merge(dir, chosen)
	if errors.Is(err, errPackGone) || errors.Is(err, fs.ErrNotExist) {
		return nil // another process is packing anew
	}
	if err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	return nil
}

// step is how much larger than all smaller ones together a pack is that Compact leaves.
const step = 2

// belowSteps returns the indexes of the packs that are to be merged: from the smallest
// up to the last one that is less than step times as large as those before it. Those
// that are left grow by that step, as with git repack --geometric.
func belowSteps(packs []smallPack) []string {
	slices.SortStableFunc(packs, func(a, b smallPack) int { return cmp.Compare(a.size, b.size) })
	n, before := 0, int64(0)
	for i, p := range packs {
		if p.size < step*before {
			n = i + 1
		}
		before += p.size
	}
	var out []string
	for _, p := range packs[:n] {
		out = append(out, p.index)
	}
	return out
}

// smallPack is a pack that may be merged.
type smallPack struct {
	index string // its file
	size  int64  // bytes of the pack
}

// smallPacks lists the packs that Compact may merge, and removes old unfinished files
// on the way.
func (r *Repo) smallPacks(dir string) ([]smallPack, error) {
	es, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	special := map[string]bool{} // packs beside which there is more than an index
	for _, e := range es {
		switch ext := filepath.Ext(e.Name()); ext {
		case ".pack", ".idx", ".rev":
		default:
			special[strings.TrimSuffix(e.Name(), ext)] = true
		}
	}
	var small []smallPack
	for _, e := range es {
		st, err := e.Info()
		if err != nil {
			continue // gone since the folder was read
		}
		name := e.Name()
		if strings.HasPrefix(name, tempPack) || strings.HasPrefix(name, tempIndex) {
			if time.Since(st.ModTime()) > tempAge {
				os.Remove(filepath.Join(dir, name))
			}
			continue
		}
		stem, ok := strings.CutSuffix(name, ".pack")
		if ok && strings.HasPrefix(name, "pack-") && !special[stem] && st.Size() <= compactSize {
			small = append(small, smallPack{filepath.Join(dir, stem+".idx"), st.Size()})
		}
	}
	return small, nil
}

// merge copies the objects of the packs into a new one, puts it in place, and
// removes the old ones.
func (r *Repo) merge(dir string, idxs []string) error {
	pw, err := newPackWriter(dir)
	if err != nil {
		return err
	}
	m := merger{pw: pw, c: &cursor{window: bulkWindow}}
	var merged []string
	for _, name := range idxs {
		err := m.copy(name)
		if errors.Is(err, ErrCorrupt) || errors.Is(err, ErrTooLarge) {
			continue // left as it is: what can be read of it, can be read
		}
		if err != nil {
			pw.abort()
			return err
		}
		merged = append(merged, name)
	}
	if len(merged) < 2 {
		pw.abort()
		return nil
	}
	idx, err := pw.install()
	if err != nil {
		return err
	}
	for _, old := range merged {
		if old == idx {
			continue // the new pack turned out to be one of the old ones
		}
		// The index first: a pack without an index is nothing, an index without
		// a pack is a broken one. Where another process holds them open and the
		// system does not let them go, the next Compact will.
		stem := strings.TrimSuffix(old, ".idx")
		if os.Remove(old) == nil {
			os.Remove(stem + ".rev")
			os.Remove(stem + ".pack")
		}
	}
	if err := syncDir(dir); err != nil {
		return err
	}
	_, err = r.objs.refresh(true)
	return err
}

// merger copies packs into a new one, entry by entry as they are: what is
// deflated stays so, deltas stay deltas.
type merger struct {
	pw   *packWriter
	c    *cursor
	skip map[ID]bool // objects that are left behind; nil: none
}

func (m *merger) copy(idx string) error {
	p, err := openPack(idx)
	if err != nil {
		return err
	}
	defer p.close()
	objs, err := p.idx.(*fileIndex).all()
	if err != nil {
		return err
	}
	slices.SortFunc(objs, func(a, b packed) int { return int(min(1, max(-1, a.off-b.off))) })
	ra, size, err := p.data()
	if err != nil {
		return err
	}
	for i, o := range objs {
		if _, ok := m.pw.at[o.id]; ok || m.skip[o.id] {
			continue
		}
		t, content, err := m.c.object(p, o.off, ObjectLimit)
		if err == nil && hashObject(t, content) != o.id {
			err = ErrCorrupt
		}
		if err != nil {
			return fmt.Errorf("object %s: %w", o.id, err)
		}
		end := size - packTrailerSize
		if i+1 < len(objs) {
			end = objs[i+1].off
		}
		if end-o.off > size {
			return badEntry("an offset lies outside")
		}
		raw := make([]byte, end-o.off)
		if _, err := ra.ReadAt(raw, o.off); err != nil {
			return fmt.Errorf("object %s: %w", o.id, err)
		}
		if crc32.ChecksumIEEE(raw) != o.crc {
			raw = nil // more than this object, or its index is wrong
		} else if raw, err = m.rebase(raw, o.off, objs); err != nil {
			return fmt.Errorf("object %s: %w", o.id, err)
		}
		if raw == nil {
			_, err = m.pw.add(t, content)
		} else {
			err = m.pw.addRaw(o.id, raw)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rebase returns an entry with the distance to its base as it is in the new
// pack, or nil where its base is not there yet.
func (m *merger) rebase(raw []byte, off int64, objs []packed) ([]byte, error) {
	e, err := parseEntry(raw, off)
	if err != nil || !e.isDelta() {
		return raw, err
	}
	base := e.ref
	if e.typ == plumbing.OFSDeltaObject {
		i := sort.Search(len(objs), func(i int) bool { return objs[i].off >= e.base })
		if i == len(objs) || objs[i].off != e.base {
			return nil, badEntry("a base lies between objects")
		}
		base = objs[i].id
	}
	at, ok := m.pw.at[base]
	if !ok {
		return nil, nil
	}
	out := appendEntryHead(nil, plumbing.OFSDeltaObject, e.size)
	out = appendBack(out, m.pw.off-at)
	return append(out, raw[e.data-off:]...), nil
}

// appendBack appends the distance from a delta back to its base, as the entry's
// head holds it.
func appendBack(p []byte, back int64) []byte {
	digits := []byte{byte(back & 0x7f)}
	for back >>= 7; back > 0; back >>= 7 {
		back--
		digits = append(digits, byte(back&0x7f)|0x80)
	}
	slices.Reverse(digits)
	return append(p, digits...)
}
