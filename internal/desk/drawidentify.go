package desk

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
)

// Which draw a list comes from is told by the order of its rows. Of two rows whose
// names begin with the same letter, in a short list in the same quarter of the
// alphabet, the draw's id says which comes first (fingerprint). In the file of that
// draw every such pair stands so; in any other about half of them do, by chance. The
// number of pairs that stand wrong in a random order is Kendall's: its distribution is
// known, so it is known how likely chance is. Only rows that stand together are
// compared: Å is the last letter, and A where it was typed anew without its ring.

// Candidate is a draw that a list may come from.
type Candidate struct {
	Draw   *access.Draw
	Pairs  int     // of rows that stand together and begin with the same letter
	Right  int     // of them, that stand as the draw's id orders them
	Chance float64 // how likely it is that so many of them do by chance
}

// Identified is what is known of where a list comes from.
type Identified struct {
	Draw       *access.Draw // where it is certain; else nil
	Canary     bool         // it was told by the invented member in it
	Candidates []Candidate  // draws with just these columns in this order, the likeliest first
}

// certain is how unlikely chance must be, all candidates together, and rival how much
// likelier it must be for every other draw.
const (
	certain = 1e-6
	rival   = 1e3
)

// Identify tells from which draw a list comes: its headings, and its rows as they
// stand. Rows that were deleted do no harm; where the rows were sorted anew, the
// order of the columns still narrows it down.
func (d *Desk) Identify(header []string, rows [][]string) (*Identified, error) {
	all, err := d.Draws(nil)
	if err != nil {
		return nil, err
	}
	receipts := make([]*access.Draw, len(all))
	for i, x := range all {
		receipts[i] = x.Receipt
	}
	var keys []string
	for _, h := range header {
		key, ok := d.state.Policy.Heading(h)
		if !ok {
			key = "?"
		}
		keys = append(keys, key)
	}
	return identify(receipts, d.state.Policy.Lists.Canary, keys, rows), nil
}

// identify tells from which of the receipts' draws a list with columns of these keys
// comes. canary is the address of invented members, "" where there are none.
func identify(receipts []*access.Draw, canary string, keys []string, rows [][]string) *Identified {
	out := &Identified{}
	for _, r := range receipts {
		if r.Form != access.FormList {
			continue
		}
		if hasCanary(canary, r, rows) {
			out.Draw, out.Canary = r, true
			return out
		}
		if slices.Equal(r.Columns, keys) && r.Format != access.FormatPDF {
			out.Candidates = append(out.Candidates, candidate(r, rows))
		}
	}
	slices.SortFunc(out.Candidates, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.Chance, b.Chance), strings.Compare(string(b.Draw.Drawn), string(a.Draw.Drawn)), strings.Compare(string(a.Draw.ID), string(b.Draw.ID)))
	})
	if n := len(out.Candidates); n > 0 && out.Candidates[0].Chance*float64(n) < certain && (n == 1 || out.Candidates[1].Chance > rival*out.Candidates[0].Chance) {
		out.Draw = out.Candidates[0].Draw
	}
	return out
}

// hasCanary tells whether the invented address of a draw stands in the rows.
func hasCanary(address string, r *access.Draw, rows [][]string) bool {
	if address == "" {
		return false
	}
	address = strings.ReplaceAll(address, "{code}", CanaryCode(r.ID))
	return slices.ContainsFunc(rows, func(row []string) bool {
		return slices.ContainsFunc(row, func(c string) bool { return strings.EqualFold(strings.TrimSpace(c), address) })
	})
}

// groupLimit bounds the rows of one letter that are compared, each with every other.
const groupLimit = 5000

func candidate(r *access.Draw, rows [][]string) Candidate {
	var groups [][][]byte // rows that stand together
	last := -1
	for _, row := range rows {
		cells := make([]string, len(r.Columns))
		copy(cells, row)
		letter, folded, hash := fingerprint(r.ID, r.Columns, cells)
		group := letterRank("", letter)
		if short(r) {
			group = quarter(folded)
		}
		if n := len(groups) - 1; n < 0 || group != last {
			groups, last = append(groups, [][]byte{hash}), group
		} else if len(groups[n]) < groupLimit {
			groups[n] = append(groups[n], hash)
		}
	}
	c := Candidate{Draw: r}
	var sizes []int
	for _, g := range groups {
		g = distinct(g)
		sizes = append(sizes, len(g))
		for i := range g {
			for j := i + 1; j < len(g); j++ {
				c.Pairs++
				if bytes.Compare(g[i], g[j]) < 0 {
					c.Right++
				}
			}
		}
	}
	c.Chance = chance(sizes, c.Pairs, c.Pairs-c.Right)
	return c
}

// distinct leaves out rows that are the same as another: nothing orders them.
func distinct(g [][]byte) [][]byte {
	seen := map[string]bool{}
	return slices.DeleteFunc(g, func(h []byte) bool {
		was := seen[string(h)]
		seen[string(h)] = true
		return was
	})
}

// exactPairs is up to how many pairs the distribution is counted out; above, it is a
// normal one as near as makes no difference.
const exactPairs = 3000

// chance is how likely at most so many pairs stand wrong in groups of rows whose
// order is random (M. G. Kendall, "A New Measure of Rank Correlation", 1938).
func chance(sizes []int, pairs, wrong int) float64 {
	if pairs == 0 {
		return 1
	}
	if pairs > exactPairs {
		variance := 0.0
		for _, n := range sizes {
			f := float64(n)
			variance += f * (f - 1) * (2*f + 5) / 72
		}
		z := (float64(wrong) + 0.5 - float64(pairs)/2) / math.Sqrt(variance)
		return math.Erfc(-z/math.Sqrt2) / 2
	}
	// p[k]: how likely k pairs stand wrong. A row put into i others makes 0 to i
	// wrong pairs, each as likely.
	// More wrong ones than there are need not be counted.
	p, next := make([]float64, wrong+1), make([]float64, wrong+1)
	p[0] = 1
	most := 0
	for _, n := range sizes {
		for i := 1; i < n; i++ {
			sum := 0.0
			for k := 0; k <= min(most+i, wrong); k++ {
				if k <= most {
					sum += p[k]
				}
				if k-i-1 >= 0 && k-i-1 <= most {
					sum -= p[k-i-1]
				}
				next[k] = max(sum, 0) / float64(i+1)
			}
			p, next, most = next, p, most+i
		}
	}
	total := 0.0
	for k := 0; k <= wrong && k <= most; k++ {
		total += p[k]
	}
	return min(total, 1)
}
