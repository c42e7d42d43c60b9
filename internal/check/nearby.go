package check

import (
	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// nearbyLimit is the number of changes up to which a proposal is checked nearby
// first.
const nearbyLimit = 1000

// nearby checks a proposal by the part of main's state that its own units and
// authors make up, so that the cost of a small one does not follow the number of
// units. A part gives no right that the whole does not give, so that nothing
// found is the answer. In every other case it is false and has said nothing.
func nearby(repo *gitstore.Repo, l *access.Loader, base, head gitstore.ID, o Options) (*Report, bool) {
	b, err := gitstore.ReadCommit(repo, base)
	if err != nil {
		return nil, false
	}
	r := newRun(repo, l, o)
	p := &proposed{base: b}
	if ok, err := r.open(p, head); err != nil || !ok {
		return nil, false
	}
	units, officers, ok := r.around(p)
	if !ok {
		return nil, false
	}
	s, err := l.Part(b.Tree, units, officers)
	if err != nil || s.Policy == nil {
		return nil, false
	}
	r = newRun(repo, l, o)
	rep, err := r.report(inProposal, r.by(b, s, head))
	return rep, err == nil && len(rep.Findings) == 0
}

// around returns the units that a proposal touches and the officers whom its
// commits name. It is false for one that is large, or touches more than records,
// draws and sendings.
func (r *run) around(p *proposed) (units []register.UnitID, officers []register.Handle, ok bool) {
	tree, total := p.from.Tree, 0
	for _, c := range p.commits {
		s, err := r.diff(c, tree, c.Tree, nearbyLimit, total)
		if err != nil || s.broken {
			return nil, nil, false
		}
		tree, total = c.Tree, total+len(s.changes)
		for i := range s.changes {
			switch x := &s.changes[i]; x.p.Kind {
			case register.Member, register.Closed, register.Request, register.Envelope, register.DrawList, register.SendingList:
			case register.Sending:
				d := r.readSending(x.New, x.p)
				if d == nil {
					return nil, nil, false
				}
				units, officers = append(units, d.Units...), append(officers, d.By)
			case register.Draw:
				d := r.readDraw(x.New, x.p)
				if d == nil {
					return nil, nil, false
				}
				units, officers = append(units, d.Units...), append(officers, d.By, d.For)
			default:
				return nil, nil, false
			}
		}
		for u := range s.units() {
			units = append(units, u)
		}
		officers = append(officers, register.Handle(c.Author.Name))
	}
	return units, officers, true
}
