package report

import (
	"container/heap"
)

// Hide takes out every count from 1 to below, and as many others as it takes that
// nobody can find out from what is left, all of it being whole numbers of people,
// that a count taken out is below the limit: for each of them at least one table
// agrees with everything that is shown in which it is not. With a limit of 1 or less
// no count is hidden.
//
// The totals of rows are judged by themselves first, so that the same ones are
// hidden in every table of the same members, whatever its columns are. A row whose
// total is hidden is hidden altogether, and where the whole is hidden every
// column's total is: then whatever the hidden totals could be fits every such
// table, and no published table tells what another hides. It is for whoever
// publishes to keep to one set of rows.
//
// The method: the numbers of a table with its totals can change, with every sum
// staying right, exactly along circles that go by turns along a row and a column
// (a table is a flow in a network). Hide looks for the cheapest circle that lets a
// small count grow to the limit, hides what lies on it, and shows again in the end
// what was hidden for nothing.
func (t *Table) Hide(limit int) {
	t.published = true
	if limit <= 1 {
		return
	}
	if t.HasRowTotals() {
		margin := NewTable(t.Rows, []Line{{}})
		for r := range t.Rows {
			margin.Cells[r][0].N = t.RowTotals[r].N
		}
		margin.Sum()
		margin.Hide(limit)
		for r := range t.Rows {
			t.RowTotals[r].Hidden = margin.Cells[r][0].Hidden
		}
		t.Total.Hidden = margin.ColumnTotals[0].Hidden
	}
	h := newHider(t, limit)
	for _, p := range h.small {
		h.protect(p)
	}
	h.showAgain()
	h.write(t)
}

// A place is a cell of a hider: its last row and column are the totals.
type place struct{ r, c int }

// hider is a table in which numbers are moved to see what can be known of it.
type hider struct {
	t      *Table
	limit  int
	rows   int // with the totals' row
	cols   int
	n      [][]int
	hidden [][]bool
	fixed  [][]bool // it stays as it is, shown or hidden
	small  []place  // those to protect, hidden themselves
}

func newHider(t *Table, limit int) *hider {
	h := &hider{t: t, limit: limit, rows: len(t.Rows) + 1, cols: len(t.Columns) + 1}
	for r := range h.rows {
		h.n = append(h.n, make([]int, h.cols))
		h.hidden = append(h.hidden, make([]bool, h.cols))
		h.fixed = append(h.fixed, make([]bool, h.cols))
		for c := range h.cols {
			x := h.count(place{r, c})
			h.n[r][c] = x.N
			totalRow, totalCol := r == h.rows-1, c == h.cols-1
			switch {
			case totalRow && !t.HasColumnTotals():
				// Not shown at all, since it repeats the only row: nothing depends on it.
				h.hidden[r][c], h.fixed[r][c] = true, true
			case totalCol && t.Difference:
				h.fixed[r][c] = true // known to everybody
			case totalCol && !t.HasRowTotals():
				h.hidden[r][c], h.fixed[r][c] = true, true
			case totalCol:
				h.hidden[r][c], h.fixed[r][c] = x.Hidden, true // judged by themselves
			case t.HasRowTotals() && h.count(place{r, h.cols - 1}).Hidden:
				h.hidden[r][c], h.fixed[r][c] = true, true
			}
			if x.N > 0 && x.N < limit && h.read(place{r, c}) {
				h.hidden[r][c] = true
				h.small = append(h.small, place{r, c})
			}
		}
	}
	return h
}

// read tells whether a number stands in the table that people read.
func (h *hider) read(p place) bool {
	return (p.c < h.cols-1 || h.t.HasRowTotals()) && (p.r < h.rows-1 || h.t.HasColumnTotals())
}

func (h *hider) count(p place) Count {
	t := h.t
	switch totalRow, totalCol := p.r == h.rows-1, p.c == h.cols-1; {
	case totalRow && totalCol:
		return t.Total
	case totalRow:
		return t.ColumnTotals[p.c]
	case totalCol:
		return t.RowTotals[p.r]
	}
	return t.Cells[p.r][p.c]
}

func (h *hider) write(t *Table) {
	for r := range t.Rows {
		for c := range t.Columns {
			t.Cells[r][c].Hidden = h.hidden[r][c]
		}
	}
	if t.HasColumnTotals() {
		for c := range t.Columns {
			t.ColumnTotals[c].Hidden = h.hidden[h.rows-1][c]
		}
	}
}

// sign is how a cell enters the sums: with the totals taken off, every row and
// every column of the table adds up to nothing.
func (h *hider) sign(p place) int {
	s := 1
	if p.r == h.rows-1 {
		s = -s
	}
	if p.c == h.cols-1 {
		return -s
	}
	return s * h.t.sign(p.c)
}

// protect hides what it takes for p to be able to reach the limit, and tells
// whether it is.
func (h *hider) protect(p place) bool { return h.grow(p, true) }

// grow lets p grow to the limit, one step at a time, by moving what is hidden. With
// more it hides what is needed; else it only tells whether it can be done.
func (h *hider) grow(p place, more bool) bool {
	was := make([][]int, h.rows) // the numbers move, and come back
	for r := range was {
		was[r] = append([]int(nil), h.n[r]...)
	}
	defer func() { h.n = was }()
	work := make([][]int, h.rows)
	for r := range work {
		work[r] = append([]int(nil), h.n[r]...)
	}
	h.n = work
	for h.n[p.r][p.c] < h.limit {
		circle := h.circle(p, more)
		if circle == nil {
			return false
		}
		h.n[p.r][p.c]++
		s := -h.sign(p)
		for _, q := range circle {
			h.hidden[q.r][q.c] = true
			h.n[q.r][q.c] += s * h.sign(q)
			s = -s
		}
	}
	return true
}

// What it costs to hide a number: totals say more than cells.
const (
	costCell   = 10
	costZero   = 60 // that nobody is there is worth saying
	costTotal  = 2_000
	costNever  = -1
	costLarger = 40 // at most, for a cell with many
)

func (h *hider) cost(p place, more bool) int {
	switch {
	case h.hidden[p.r][p.c]:
		return 0
	case !more || h.fixed[p.r][p.c]:
		return costNever
	case p.r == h.rows-1:
		return costTotal
	case h.n[p.r][p.c] == 0:
		return costZero
	}
	return costCell + min(h.n[p.r][p.c]/h.limit, costLarger)
}

// circle returns the other cells that change when p becomes one more, in their
// order from p on: the cheapest such circle, or nil. Rows are the nodes 0…rows-1 of
// the network, columns those after.
func (h *hider) circle(p place, more bool) []place {
	nodes := h.rows + h.cols
	const far = int(^uint(0) >> 1)
	dist := make([]int, nodes)
	by := make([]place, nodes)
	from := make([]int, nodes)
	for i := range dist {
		dist[i], from[i] = far, -1
	}
	// With y the number by its sign, p's y goes up where its sign is plus: from its
	// row to its column, and back from there. Else all the other way round.
	up := h.sign(p) > 0
	start, goal := h.rows+p.c, p.r
	if !up {
		start, goal = goal, start
	}
	dist[start] = 0
	q := &queue{{0, start}}
	for q.Len() > 0 {
		x := heap.Pop(q).(item)
		if x.dist > dist[x.node] {
			continue
		}
		if x.node == goal {
			break
		}
		isRow := x.node < h.rows
		n := h.rows
		if isRow {
			n = h.cols
		}
		for i := range n {
			cell, next := place{i, x.node - h.rows}, i
			if isRow {
				cell, next = place{x.node, i}, h.rows+i
			}
			if cell == p {
				continue
			}
			// From a row to a column y goes up by one, from a column to a row down.
			rises := isRow == (h.sign(cell) > 0)
			if !rises && h.n[cell.r][cell.c] < 1 && !h.canBeNegative(cell) {
				continue
			}
			c := h.cost(cell, more)
			if c == costNever || x.dist+c >= dist[next] {
				continue
			}
			dist[next], by[next], from[next] = x.dist+c, cell, x.node
			heap.Push(q, item{dist[next], next})
		}
	}
	if dist[goal] == far {
		return nil
	}
	var out []place
	for at := goal; at != start; at = from[at] {
		out = append(out, by[at])
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// canBeNegative is true of the totals of differences.
func (h *hider) canBeNegative(p place) bool { return h.t.Difference && p.c == h.cols-1 }

// showAgainWork bounds what showAgain does, in looks at cells.
const showAgainWork = 50_000_000

// showAgain shows what is hidden and protects nothing, the dearest first.
func (h *hider) showAgain() {
	must := map[place]bool{}
	for _, p := range h.small {
		must[p] = true
	}
	var extra []place
	for _, totals := range []bool{true, false} {
		for r := range h.rows {
			for c := range h.cols {
				p := place{r, c}
				if h.hidden[r][c] && !h.fixed[r][c] && !must[p] && (r == h.rows-1) == totals {
					extra = append(extra, p)
				}
			}
		}
	}
	if len(extra)*len(h.small)*h.limit*h.rows*h.cols > showAgainWork {
		return
	}
	for _, p := range extra {
		h.hidden[p.r][p.c] = false
		for _, s := range h.small {
			if !h.grow(s, false) {
				h.hidden[p.r][p.c] = true
				break
			}
		}
	}
}

type item struct{ dist, node int }

type queue []item

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].dist < q[j].dist }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(item)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}
