package report

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func table(cells ...[]int) *Table {
	var rows, columns []Line
	for r := range cells {
		rows = append(rows, Line{Key: fmt.Sprint("r", r)})
	}
	for c := range cells[0] {
		columns = append(columns, Line{Key: fmt.Sprint("c", c)})
	}
	t := NewTable(rows, columns)
	for r, row := range cells {
		for c, n := range row {
			t.Cells[r][c].N = n
		}
	}
	t.Sum()
	return t
}

// readerMax is the largest number that the brute force tries in a hidden cell.
const readerMax = 9

// readings calls fn with every table of whole numbers that agrees with what a
// reader of the table sees. fn returns false to stop.
func readings(t *Table, fn func(cells [][]int) bool) {
	rows, cols := len(t.Rows), len(t.Columns)
	cells := make([][]int, rows)
	for r := range cells {
		cells[r] = make([]int, cols)
	}
	agree := func(full bool, last int) bool {
		if last == cols-1 || full { // rows are filled one after another
			for r := range rows {
				sum, done := 0, full || r*cols+cols-1 <= last
				for c := range cols {
					sum += t.sign(c) * cells[r][c]
				}
				known := t.Difference || t.HasRowTotals() && !t.RowTotals[r].Hidden
				if done && known && sum != t.RowTotals[r].N {
					return false
				}
			}
		}
		if !full {
			return true
		}
		whole := 0
		for c := range cols {
			sum := 0
			for r := range rows {
				sum += cells[r][c]
			}
			whole += sum
			if t.HasColumnTotals() && !t.ColumnTotals[c].Hidden && sum != t.ColumnTotals[c].N {
				return false
			}
		}
		return !t.HasRowTotals() || !t.HasColumnTotals() || t.Total.Hidden || whole == t.Total.N
	}
	var fill func(i int) bool
	fill = func(i int) bool {
		if i > 0 && i%cols == 0 {
			r, sum := i/cols-1, 0
			for c := range cols {
				sum += t.sign(c) * cells[r][c]
			}
			if (t.Difference || t.HasRowTotals() && !t.RowTotals[r].Hidden) && sum != t.RowTotals[r].N {
				return true
			}
		}
		if i == rows*cols {
			return !agree(true, i) || fn(cells)
		}
		r, c := i/cols, i%cols
		if x := t.Cells[r][c]; !x.Hidden {
			cells[r][c] = x.N
			return fill(i + 1)
		}
		for n := range readerMax + 1 {
			cells[r][c] = n
			if !fill(i + 1) {
				return false
			}
		}
		return true
	}
	fill(0)
}

// known lists the small numbers of a table of which a reader can compute that they
// are small, or what they are.
func known(t *Table, limit int) (out []string) {
	type number struct {
		name string
		n    int
		of   func(cells [][]int) int
	}
	var small []number
	add := func(name string, x Count, of func([][]int) int) {
		if x.N > 0 && x.N < limit {
			small = append(small, number{name, x.N, of})
		}
	}
	sum := func(r, c int) func([][]int) int {
		return func(cells [][]int) (n int) {
			for i, row := range cells {
				for j, x := range row {
					if (r < 0 || i == r) && (c < 0 || j == c) {
						n += x
					}
				}
			}
			return n
		}
	}
	for r, row := range t.Cells {
		for c, x := range row {
			add(fmt.Sprintf("cell %d,%d", r, c), x, sum(r, c))
		}
		if t.HasRowTotals() {
			add(fmt.Sprintf("row %d", r), t.RowTotals[r], sum(r, -1))
		}
	}
	if t.HasColumnTotals() {
		for c, x := range t.ColumnTotals {
			add(fmt.Sprintf("column %d", c), x, sum(-1, c))
		}
		if t.HasRowTotals() {
			add("whole", t.Total, sum(-1, -1))
		}
	}
	large, other := make([]bool, len(small)), make([]bool, len(small))
	readings(t, func(cells [][]int) bool {
		open := false
		for i, s := range small {
			n := s.of(cells)
			large[i], other[i] = large[i] || n >= limit, other[i] || n != s.n
			open = open || !large[i] || !other[i]
		}
		return open
	})
	for i, s := range small {
		if !large[i] || !other[i] {
			out = append(out, s.name)
		}
	}
	return out
}

func (t *Table) String() string {
	s := ""
	show := func(x Count) {
		if x.Hidden {
			s += fmt.Sprintf(" (%d)", x.N)
		} else {
			s += fmt.Sprintf(" %d", x.N)
		}
	}
	for r, row := range t.Cells {
		for _, x := range row {
			show(x)
		}
		s += " |"
		show(t.RowTotals[r])
		s += "\n"
	}
	for _, x := range t.ColumnTotals {
		show(x)
	}
	s += " |"
	show(t.Total)
	return s
}

// Whoever tries every table that agrees with what is published cannot tell of any
// small number that it is small.
func TestHideByBruteForce(t *testing.T) {
	shapes := [][2]int{{1, 2}, {1, 3}, {2, 1}, {4, 1}, {2, 2}, {2, 3}, {3, 2}}
	const limit = 3
	rng := rand.New(rand.NewPCG(1, 2))
	shown, hidden := 0, 0
	for i := range 700 {
		shape := shapes[i%len(shapes)]
		var cells [][]int
		for range shape[0] {
			row := make([]int, shape[1])
			for c := range row {
				row[c] = rng.IntN(3) * rng.IntN(4)
			}
			cells = append(cells, row)
		}
		x := table(cells...)
		if shape[1] == 2 && i%2 == 0 {
			x.Difference = true
			x.Sum()
		}
		x.Hide(limit)
		if k := known(x, limit); len(k) > 0 {
			t.Fatalf("a reader knows %v of\n%s", k, x)
		}
		s, h := x.Shown()
		shown, hidden = shown+s, hidden+h
	}
	t.Logf("%d numbers shown, %d hidden", shown, hidden)
	if shown < 1000 || hidden < 1000 {
		t.Errorf("%d numbers shown, %d hidden: the test tries too little", shown, hidden)
	}
}

// The brute force finds what a bare suppression of small numbers gives away.
func TestBruteForceFinds(t *testing.T) {
	x := table([]int{1, 5}, []int{4, 6})
	x.Cells[0][0].Hidden = true
	if k := known(x, 3); len(k) == 0 {
		t.Error("a number that its row's total tells was not found")
	}
	y := table([]int{1, 1}, []int{4, 6})
	y.Cells[0][0].Hidden, y.Cells[0][1].Hidden = true, true
	if k := known(y, 3); len(k) == 0 {
		t.Error("two numbers that their columns tell were not found")
	}
}

// Two tables of the same members, by other columns, tell together no more than each.
func TestHideTwoTables(t *testing.T) {
	const limit = 3
	rng := rand.New(rand.NewPCG(3, 4))
	for range 120 {
		const rows = 3
		a, b := make([][]int, rows), make([][]int, rows)
		for r := range rows {
			a[r], b[r] = make([]int, 2), make([]int, 2)
			for range rng.IntN(7) {
				a[r][rng.IntN(2)]++
				b[r][rng.IntN(2)]++
			}
		}
		x, y := table(a...), table(b...)
		x.Hide(limit)
		y.Hide(limit)
		for r := range rows {
			if x.RowTotals[r] != y.RowTotals[r] || x.Total != y.Total {
				t.Fatalf("the totals of rows are not hidden alike:\n%s\n\n%s", x, y)
			}
		}
		for r := range rows { // what the totals of rows could be must fit any table
			for c := range 2 {
				if x.RowTotals[r].Hidden && !x.Cells[r][c].Hidden || x.Total.Hidden && !x.ColumnTotals[c].Hidden {
					t.Fatalf("a hidden total whose parts are shown:\n%s", x)
				}
			}
		}
		margins := map[[rows]int]bool{} // what the totals of rows may be by the second
		sums := func(cells [][]int) (out [rows]int) {
			for r, row := range cells {
				for _, n := range row {
					out[r] += n
				}
			}
			return out
		}
		readings(y, func(cells [][]int) bool { margins[sums(cells)] = true; return true })
		large := map[string]bool{}
		readings(x, func(cells [][]int) bool {
			m := sums(cells)
			if !margins[m] {
				return true
			}
			for r, row := range cells {
				for c, n := range row {
					if n >= limit {
						large[fmt.Sprint(r, c)] = true
					}
				}
				if m[r] >= limit {
					large[fmt.Sprint(r)] = true
				}
			}
			return true
		})
		for r, row := range a {
			total := 0
			for c, n := range row {
				total += n
				if n > 0 && n < limit && !large[fmt.Sprint(r, c)] {
					t.Fatalf("with the second table a reader knows cell %d,%d of the first:\n%s\n\n%s", r, c, x, y)
				}
			}
			if total > 0 && total < limit && !large[fmt.Sprint(r)] {
				t.Fatalf("with the second table a reader knows row %d:\n%s\n\n%s", r, x, y)
			}
		}
	}
}

// What can be shown is shown.
func TestHideShows(t *testing.T) {
	x := table([]int{40, 30}, []int{25, 60}, []int{80, 10})
	x.Hide(5)
	if _, h := x.Shown(); h != 0 {
		t.Errorf("%d numbers are hidden where none is small", h)
	}
	y := table([]int{1, 30, 12}, []int{25, 60, 33}, []int{80, 10, 50}, []int{70, 90, 60})
	y.Hide(5)
	if _, h := y.Shown(); h != 4 {
		t.Errorf("%d numbers are hidden, and four would do:\n%s", h, y)
	}
	if y.Total.Hidden || y.ColumnTotals[0].Hidden || y.RowTotals[0].Hidden {
		t.Errorf("totals are hidden:\n%s", y)
	}
	z := table([]int{0, 12}, []int{0, 9})
	z.Hide(5)
	if _, h := z.Shown(); h != 0 {
		t.Errorf("nobody is hidden:\n%s", z)
	}
	w := table([]int{1, 2}, []int{3, 4})
	w.Hide(0)
	if _, h := w.Shown(); h != 0 {
		t.Error("without a limit numbers are hidden")
	}
}

// A federation of 300 branches takes no time that anybody notices.
func BenchmarkHide(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 6))
	var cells [][]int
	for range 300 {
		row := make([]int, 8)
		for c := range row {
			row[c] = rng.IntN(10) * rng.IntN(12)
		}
		cells = append(cells, row)
	}
	for b.Loop() {
		table(cells...).Hide(5)
	}
}
