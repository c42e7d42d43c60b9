package gitstore

import (
	"container/heap"
	"errors"
	"fmt"
)

// Marks of a commit in a walk of the history.
const (
	fromA  = 1 << iota // an ancestor of the first side
	fromB              // an ancestor of the second side
	stale              // an ancestor of a common ancestor
	queued             // in the queue
	listed             // part of the answer so far
)

// slop is how many more commits a walk reads after the point at which it would
// be done if dates never decreased from parent to child. Clocks are wrong now
// and then.
const slop = 64

// node is what a walk keeps of a commit.
type node struct {
	id      ID
	tree    ID
	parents []ID
	when    int64 // committer's time in seconds
	marks   uint8
}

// walk visits commits, newest first. It reads each commit once.
type walk struct {
	r     Reader
	nodes map[ID]*node
	queue dateQueue
	// done is the mark of commits that need not be visited for their own sake;
	// open counts those in the queue that do.
	done uint8
	open int
	// absent, where set, tells whether a commit that is not here may be passed
	// over.
	absent func(marks uint8) bool
}

func newWalk(r Reader, done uint8) *walk {
	return &walk{r: r, nodes: map[ID]*node{}, done: done}
}

// add marks a commit and puts it in the queue, unless it has these marks already.
func (w *walk) add(id ID, marks uint8) error {
	n := w.nodes[id]
	if n == nil {
		var err error
		if n, err = w.load(id); err != nil {
			if w.absent != nil && errors.Is(err, ErrNotFound) && w.absent(marks) {
				return nil
			}
			return err
		}
	}
	if n.marks&marks == marks {
		return nil
	}
	if n.marks&queued == 0 {
		heap.Push(&w.queue, n)
		w.open++
	} else if n.marks&w.done != 0 {
		w.open++ // it was counted out before; the line below decides anew
	}
	if n.marks |= marks | queued; n.marks&w.done != 0 {
		w.open--
	}
	return nil
}

func (w *walk) load(id ID) (*node, error) {
	if len(w.nodes) == HistoryLimit {
		return nil, fmt.Errorf("history: %w: more than %d commits", ErrLimit, HistoryLimit)
	}
	c, err := ReadCommit(w.r, id)
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	n := &node{id: id, tree: c.Tree, parents: c.Parents, when: c.Committer.When.Unix()}
	w.nodes[id] = n
	return n, nil
}

// next takes the newest commit out of the queue.
func (w *walk) next() *node {
	n := heap.Pop(&w.queue).(*node)
	if n.marks &^= queued; n.marks&w.done == 0 {
		w.open--
	}
	return n
}

func (w *walk) addAll(ids []ID, marks uint8) error {
	for _, id := range ids {
		if err := w.add(id, marks); err != nil {
			return err
		}
	}
	return nil
}

type dateQueue []*node

func (q dateQueue) Len() int           { return len(q) }
func (q dateQueue) Less(i, j int) bool { return q[i].when > q[j].when }
func (q dateQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *dateQueue) Push(x any)        { *q = append(*q, x.(*node)) }
func (q *dateQueue) Pop() any {
	old := *q
	n := old[len(old)-1]
	*q = old[:len(old)-1]
	return n
}

// MergeBases returns the best common ancestors of two commits: those from which
// no other one descends. None where the histories are unrelated. The answer does
// not depend on the dates in the commits, which anyone can write; the cost
// follows the distance to the bases as long as the dates are in order.
func MergeBases(r Reader, a, b ID) ([]ID, error) {
	w := newWalk(r, stale)
	if err := w.add(a, fromA); err != nil {
		return nil, err
	}
	if err := w.add(b, fromB); err != nil {
		return nil, err
	}
	var common []*node
	for w.open > 0 {
		n := w.next()
		m := n.marks & (fromA | fromB | stale)
		if m&(fromA|fromB) == fromA|fromB {
			if n.marks&listed == 0 {
				n.marks |= listed
				common = append(common, n)
			}
			m |= stale
		}
		if err := w.addAll(n.parents, m); err != nil {
			return nil, err
		}
	}
	var best []*node
	for _, n := range common {
		if n.marks&stale == 0 {
			best = append(best, n)
		}
	}
	if len(best) > 1 {
		return independent(r, best)
	}
	var ids []ID
	for _, n := range best {
		ids = append(ids, n.id)
	}
	return ids, nil
}

// independent drops the commits from which another one of them descends, by
// reading everything below them.
func independent(r Reader, ns []*node) ([]ID, error) {
	w := newWalk(r, 0)
	for _, n := range ns {
		if err := w.addAll(n.parents, fromA); err != nil {
			return nil, err
		}
	}
	for len(w.queue) > 0 {
		if err := w.addAll(w.next().parents, fromA); err != nil {
			return nil, err
		}
	}
	var out []ID
	for _, n := range ns {
		if w.nodes[n.id] == nil {
			out = append(out, n.id)
		}
	}
	return out, nil
}

// Between returns the commits that head reaches and base does not, newest
// first, or an error that wraps ErrLimit where there are more than limit. A zero
// base stands for an empty history. Where clocks ran backwards by much, commits
// that base reaches too may be among them; none that belongs there is missing.
func Between(r Reader, base, head ID, limit int) ([]*Commit, error) {
	w := newWalk(r, fromB)
	var bases []ID
	if !base.IsZero() {
		bases = []ID{base}
	}
	ns, err := w.between(bases, []ID{head}, limit)
	if err != nil {
		return nil, err
	}
	out := make([]*Commit, len(ns))
	for i, n := range ns {
		if out[i], err = ReadCommit(r, n.id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// between lists what any of the heads reaches and none of the bases does. The
// walk's done mark must be fromB.
func (w *walk) between(bases, heads []ID, limit int) ([]*node, error) {
	if err := w.addAll(heads, fromA); err != nil {
		return nil, err
	}
	if err := w.addAll(bases, fromB); err != nil {
		return nil, err
	}
	var out []*node
	count := 0 // those in out that no base was found to reach
	for left := slop; len(w.queue) > 0; {
		if w.open > 0 {
			left = slop
		} else if left--; left < 0 || count == 0 {
			break
		}
		n := w.next()
		switch {
		case n.marks&fromB == 0 && n.marks&listed == 0:
			n.marks |= listed
			out = append(out, n)
			if count++; count-slop > limit {
				return nil, fmt.Errorf("history: %w: more than %d commits", ErrLimit, limit)
			}
		case n.marks&fromB != 0 && n.marks&listed != 0:
			n.marks &^= listed
			count--
			left = slop // its ancestors are in doubt as well
		}
		if err := w.addAll(n.parents, n.marks&(fromA|fromB)); err != nil {
			return nil, err
		}
	}
	keep := out[:0]
	for _, n := range out {
		if n.marks&fromB == 0 {
			keep = append(keep, n)
		}
	}
	if len(keep) > limit {
		return nil, fmt.Errorf("history: %w: more than %d commits", ErrLimit, limit)
	}
	return keep, nil
}
