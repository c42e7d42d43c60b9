package gitstore

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// Blobs reads many files, each of at most limit bytes, in the order in which
// they lie in the packs, with the given number of workers, and hands each to fn
// with its place in ids. fn is called from all workers at once; content is its
// to keep. The first error, of reading or of fn, ends it.
func (r *Repo) Blobs(ids []ID, limit int64, workers int, fn func(i int, content []byte) error) error {
	jobs := r.objs.inPackOrder(ids)
	workers = max(1, min(workers, len(jobs)))
	var wg sync.WaitGroup
	var failed atomic.Bool
	errs := make([]error, workers)
	for w := range workers {
		// Each worker has a run of neighbours, so that it reads onwards.
		part := jobs[len(jobs)*w/workers : len(jobs)*(w+1)/workers]
		wg.Go(func() {
			c := &cursor{window: bulkWindow}
			if len(part) <= fewObjects {
				c = cursors.Get().(*cursor)
				defer cursors.Put(c)
			}
			for _, j := range part {
				if failed.Load() {
					return
				}
				content, err := r.bulkBlob(c, j, ids[j.i], limit)
				if err == nil {
					err = fn(j.i, content)
				}
				if err != nil {
					errs[w] = err
					failed.Store(true)
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// fewObjects is the number of objects for which a bulk window, and the memory for
// it, costs more than to read each by itself.
const fewObjects = 16

// bulkJob is one object to read and where it was found; p is nil where it is in
// no pack.
type bulkJob struct {
	i   int
	p   *pack
	off int64
}

// inPackOrder looks every object up and sorts by pack and offset.
func (o *objects) inPackOrder(ids []ID) []bulkJob {
	order := map[*pack]int{}
	jobs := make([]bulkJob, len(ids))
	for i, id := range ids {
		jobs[i].i = i
		o.each(id, func(p *pack, off int64) bool { // an error is met again when the object is read
			if _, ok := order[p]; !ok {
				order[p] = len(order) + 1
			}
			jobs[i].p, jobs[i].off = p, off
			return true
		})
	}
	slices.SortFunc(jobs, func(a, b bulkJob) int {
		return cmp.Or(cmp.Compare(order[a.p], order[b.p]), cmp.Compare(a.off, b.off))
	})
	return jobs
}

func (r *Repo) bulkBlob(c *cursor, j bulkJob, id ID, limit int64) ([]byte, error) {
	if j.p == nil {
		return r.Blob(id, limit)
	}
	t, b, err := c.object(j.p, j.off, limit)
	if errors.Is(err, ErrTooLarge) {
		return nil, fmt.Errorf("object %s: %w", id, err)
	}
	if err != nil || hashObject(t, b) != id {
		return r.Blob(id, limit) // packed anew meanwhile, or damaged: there may be another copy
	}
	if t != Blob {
		return nil, fmt.Errorf("object %s is a %s, not a %s", id, t, Blob)
	}
	return b, nil
}
