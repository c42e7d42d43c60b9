package policy

import (
	"fmt"
	"strconv"

	"github.com/medlem-register/medlem/internal/register"
)

// A protected unit is where members with protected identity are kept, under a
// keyring of its own: whoever reads the units around it does not read it.

// Reaches tells whether an office that is held in one unit covers another. It is
// the one answer to how far a scope reaches: of a protected unit, an office that is
// held there and the secretariat's alone.
func (p *Policy) Reaches(o *Office, held, unit register.UnitID) bool {
	switch o.Scope {
	case ScopeOwn:
		return held == unit
	case ScopeSubtree:
		return p.Below(unit, held) && (held == unit || !p.Protects(unit))
	case ScopeAll:
		return held == unit || !p.Protects(unit) || o.Can(ActMerge)
	}
	return false
}

// Protects tells whether the members of a unit have protected identity.
func (p *Policy) Protects(unit register.UnitID) bool {
	u, ok := p.units[unit]
	return ok && u.Protected
}

// ProtectedUnits returns the protected units, in the order of the file.
func (p *Policy) ProtectedUnits() []register.UnitID {
	var out []register.UnitID
	for i := range p.Units {
		if p.Units[i].Protected {
			out = append(out, p.Units[i].ID)
		}
	}
	return out
}

// checkProtected reports protected units at the top or with units below them: the
// offices of the top unit reach everything, and those of a unit with others below
// it would.
func checkProtected(d *document, units []Unit, place map[string]int) {
	for i, u := range units {
		if u.Protected && u.Under == "" {
			d.report("/units/"+strconv.Itoa(i)+"/protected", "the unit at the top cannot be protected", "make a unit of its own for members with protected identity")
		}
		if u.Under != "" && units[place[string(u.Under)]].Protected {
			d.report("/units/"+strconv.Itoa(i)+"/under", fmt.Sprintf("a unit below the protected unit %q", u.Under), "no unit is below one for members with protected identity")
		}
	}
}
