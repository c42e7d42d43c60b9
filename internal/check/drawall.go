package check

import (
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/register"
)

// pairs are the files of draws that a listing has, by the path of the receipt.
type pairs map[string][]register.Path

func (m pairs) add(p register.Path) {
	at := p
	at.Kind = register.Draw
	m[at.String()] = append(m[at.String()], p)
}

// everyPair finds receipts without their sealed list, and lists without a receipt.
func (r *run) everyPair(m pairs) {
	for _, path := range sortedKeys(m) {
		if ps := m[path]; len(ps) == 1 {
			r.add(ruleDrawPair, at(nil, ps[0], ps[0].String()), "its other file is not there")
		}
	}
}

// overdueDraw says that a list should be gone, and that nobody has said that it
// is: the day stands in the path, what was attested in the receipt.
func (r *run) overdueDraw(f Finding, p register.Path, b []byte, s *access.State) {
	if p.Day >= r.o.Day {
		return
	}
	d, err := access.ParseDraw(p, b)
	if err != nil {
		return // said of its form
	}
	if missing := d.Missing(s.Policy.Lists.Attest); len(missing) > 0 {
		r.add(ruleDraw, f, "to be destroyed by %s, and nobody has attested it: %s", p.Day, strings.Join(missing, ", "))
	}
}
