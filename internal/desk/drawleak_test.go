package desk

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/slow"
)

// leak is one list that got out, among others of the same columns and the same
// members: what makes it hardest to tell which of them it is.
type leak struct {
	rng      *rand.Rand
	columns  []string
	receipts []*access.Draw
	right    *access.Draw
	rows     [][]string // of the right one, as they stood in its file
}

const leakCanary = "lists+{code}@example.org"

// newLeak draws the same members several times. Family names are as they are in the
// north: some much more frequent than others, few that begin with å or ø.
func newLeak(rng *rand.Rand, members int, canary bool) *leak {
	given := strings.Fields("Åse Nils Máret Søren Ragna Birthe Odd Jørn Åsa Elle Göran Märta Pål Sigrid Aage")
	family := strings.Fields("Hansen Johansson Andersen Kvåle Nilsen Eira Berg Fossli Solberg Lund Haugen Öberg Sætre Ørsted Dahl Moen Bakke Ekman Åsen " +
		"Gaup Larsen Strand Pedersen Lie Holm Rønning Vik Ruud Jönsson Karlsen Tangen Iversen Utsi Ås Östlund Ängström Nakken Thorsen Myhre Bråten")
	cities := strings.Fields("Asker Tromsø Kárášjohka Åmål Ærø Växjö Oslo Malmö")
	l := &leak{rng: rng, columns: [][]string{
		{"given", "family", "phone"}, {"given", "family", "email", "city"}, {"family", "given"}, {"given", "family", "city", "phone", "street", "email"},
	}[rng.IntN(4)]}
	if canary {
		l.columns = []string{"given", "family", "city", "email"}
	}
	var rows [][]string
	for i := range members {
		g, f := given[rng.IntN(len(given))], family[rng.IntN(len(family))]
		if rng.IntN(3) == 0 {
			g += " " + given[rng.IntN(len(given))]
		}
		all := map[string]string{"given": g, "family": f, "phone": fmt.Sprintf("+47400%05d", i), "email": fmt.Sprintf("m%d@example.org", i), "city": cities[rng.IntN(len(cities))],
			"street": fmt.Sprintf("Påhittade gatan %d", i)}
		rows = append(rows, nil)
		for _, c := range l.columns {
			rows[i] = append(rows[i], all[c])
		}
	}
	for range 8 {
		l.receipts = append(l.receipts, &access.Draw{ID: register.NewRecordID(), Columns: l.columns, Count: members, Form: access.FormList})
	}
	l.right = l.receipts[rng.IntN(len(l.receipts))]
	var file []drawRow
	for _, r := range rows {
		file = append(file, drawRow{cells: r})
	}
	if canary {
		file = append(file, drawRow{cells: []string{"Karin", "Norrgren", "", strings.ReplaceAll(leakCanary, "{code}", CanaryCode(l.right.ID))}})
	}
	sortRows(l.right, "nb", file)
	for _, r := range file {
		l.rows = append(l.rows, r.cells)
	}
	return l
}

// thinned deletes rows until a third is left, and never fewer than 20.
func (l *leak) thinned() [][]string {
	rows := slices.Clone(l.rows)
	for left := max(20, len(rows)/3); len(rows) > left; {
		i := l.rng.IntN(len(rows))
		rows = slices.Delete(rows, i, i+1)
	}
	return rows
}

// bare is a list as somebody types it who has no such letters.
func bare(rows [][]string) [][]string {
	r := strings.NewReplacer("å", "a", "Å", "A", "ä", "a", "Ä", "A", "ö", "o", "Ö", "O", "æ", "ae", "Æ", "Ae", "ø", "o", "Ø", "O", "á", "a", "Á", "A", "š", "s", "ó", "o")
	var out [][]string
	for _, row := range rows {
		var typed []string
		for _, c := range row {
			typed = append(typed, r.Replace(c))
		}
		out = append(out, typed)
	}
	return out
}

// byAlphabet sorts a list anew.
func byAlphabet(rows [][]string) [][]string {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b []string) int { return slices.Compare(a, b) })
	return rows
}

// B13: of a thousand lists that got out (a hundred in an ordinary run), of twenty rows
// and more, each among seven
// others of the same members and columns, at least 99 of 100 name their draw, and none
// names another: as they were, with two thirds of their rows deleted, typed anew
// without accents, or all of that; and sorted anew where the policy has an invented
// member in each. One that was sorted anew and has none names no draw.
func TestB13LeakedCopy(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(13, 13))
	for name, c := range map[string]struct {
		canary bool
		copied func(*leak) [][]string
		named  int // of a hundred, at least
	}{
		"as it was":             {false, func(l *leak) [][]string { return l.rows }, 99},
		"rows deleted":          {false, (*leak).thinned, 99},
		"without accents":       {false, func(l *leak) [][]string { return bare(l.rows) }, 99},
		"deleted, no accents":   {false, func(l *leak) [][]string { return bare(l.thinned()) }, 99},
		"sorted, with a canary": {true, func(l *leak) [][]string { return byAlphabet(bare(l.rows)) }, 99},
		"sorted":                {false, func(l *leak) [][]string { return byAlphabet(l.rows) }, 0},
	} {
		trials := 100
		if slow.On() {
			trials = 1000
		}
		named := 0
		for range trials {
			l := newLeak(rand.New(rand.NewPCG(rng.Uint64(), 13)), 20+rng.IntN(1+rng.IntN(400)), c.canary)
			found := identify(l.receipts, leakCanary, l.columns, c.copied(l))
			switch {
			case found.Draw == l.right:
				named++
			case found.Draw != nil:
				t.Errorf("%s: another draw is named", name)
			}
		}
		t.Logf("%s: %d of %d", name, named, trials)
		if named*100 < c.named*trials || c.named == 0 && named > 0 {
			t.Errorf("%s: %d of %d name their draw, want %d %%", name, named, trials, c.named)
		}
	}
}
