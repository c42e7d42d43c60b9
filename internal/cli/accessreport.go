package cli

import (
	"cmp"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// accessJSON is an office that somebody held on the day.
type accessJSON struct {
	Unit   register.UnitID   `json:"unit"`
	Handle register.Handle   `json:"handle"`
	Office string            `json:"office"`
	From   register.Day      `json:"from"`
	Until  register.Day      `json:"until,omitempty"`
	Reads  []register.UnitID `json:"reads"`

	Exception string `json:"exception,omitempty"`
	EndsSoon  bool   `json:"endsSoon"`
}

// keysJSON is a keyring that is not sealed to those who have access.
type keysJSON struct {
	Unit    register.UnitID   `json:"unit"`
	Without []register.Handle `json:"without"` // have access and no key
	Beyond  []register.Handle `json:"beyond"`  // have a key and no access
}

type accessReport struct {
	Day    register.Day `json:"day"`
	Access []accessJSON `json:"access"`
	Keys   []keysJSON   `json:"keys"`

	Pending []waitingGrantJSON `json:"pending"`
	Seats   []seatsJSON        `json:"seats"`

	policy *policy.Policy
	units  int
}

// statesOn returns every state that main was in on the day: the one that the day
// before left, and the one after each commit of the day. Where only the present
// one is asked for, that is the last.
func (a *app) statesOn(repo *gitstore.Repo, loader *access.Loader, day register.Day, present bool) ([]*access.State, error) {
	id, err := mainOf(repo)
	if err != nil {
		return nil, err
	}
	var out []*access.State
	for !id.IsZero() {
		c, err := gitstore.ReadCommit(repo, id)
		if err != nil {
			return nil, err
		}
		made := register.DayOf(c.Committer.When)
		if made <= day || present {
			s, err := loader.At(c.Tree)
			if err != nil {
				return nil, err
			}
			if s.Policy != nil {
				out = append(out, s)
			}
		}
		if id = gitstore.ZeroID; made >= day && len(c.Parents) > 0 && !present {
			id = c.Parents[0]
		}
	}
	return out, nil // newest first
}

// add takes in what a state gives on the day. States come newest first.
func (r *accessReport) add(s *access.State, day register.Day) {
	if r.policy == nil {
		r.policy, r.units = s.Policy, len(s.Policy.Units)
	}
	for _, u := range s.Units {
		for h, g := range u.Grants {
			if !s.InForce(g, day) {
				continue
			}
			x := accessJSON{Unit: g.Unit, Handle: h, Office: g.Office, From: g.From, Until: g.Last(), Reads: reach(s.Policy, g), Exception: g.Exception}
			x.EndsSoon = r.endsSoon(&x)
			if !slices.ContainsFunc(r.Access, func(y accessJSON) bool { return y.Unit == x.Unit && y.Handle == h && y.Office == x.Office }) {
				r.Access = append(r.Access, x)
			}
		}
	}
	for _, u := range s.Policy.Units {
		r.addKeys(s, u.ID, day)
	}
}

// reach are the units whose members a grant lets its holder read.
func reach(p *policy.Policy, g *access.Grant) []register.UnitID {
	out := []register.UnitID{}
	o, ok := p.Office(g.Office)
	if !ok || !o.Can(policy.ActRead) {
		return out
	}
	for _, u := range p.Units {
		if p.Reaches(o, g.Unit, u.ID) {
			out = append(out, u.ID)
		}
	}
	return out
}

// addKeys compares a unit's keyring with those who have access to it.
func (r *accessReport) addKeys(s *access.State, u register.UnitID, day register.Day) {
	st := s.Units[u]
	if st == nil || st.Keyring == nil {
		return
	}
	want := s.Readers(u, day)
	k := keysJSON{Unit: u, Without: []register.Handle{}, Beyond: []register.Handle{}}
	i := slices.IndexFunc(r.Keys, func(x keysJSON) bool { return x.Unit == u })
	if i >= 0 {
		k = r.Keys[i]
	}
	for _, h := range want {
		if !slices.Contains(st.Keyring.Readers, h) && !slices.Contains(k.Without, h) {
			k.Without = append(k.Without, h)
		}
	}
	for _, h := range st.Keyring.Readers {
		if !slices.Contains(want, h) && !slices.Contains(k.Beyond, h) {
			k.Beyond = append(k.Beyond, h)
		}
	}
	switch {
	case len(k.Without)+len(k.Beyond) == 0:
	case i >= 0:
		r.Keys[i] = k
	default:
		r.Keys = append(r.Keys, k)
	}
}

// sort puts what is shown in the order of the organisation's units.
func (r *accessReport) sort() {
	at := map[register.UnitID]int{}
	for i, u := range r.policy.Units {
		at[u.ID] = i
	}
	office := func(id string) int {
		return slices.IndexFunc(r.policy.Offices, func(o policy.Office) bool { return o.ID == id })
	}
	slices.SortFunc(r.Access, func(x, y accessJSON) int {
		return cmp.Or(cmp.Compare(at[x.Unit], at[y.Unit]), cmp.Compare(office(x.Office), office(y.Office)), cmp.Compare(x.Handle, y.Handle))
	})
	slices.SortFunc(r.Pending, func(x, y waitingGrantJSON) int {
		return cmp.Or(cmp.Compare(at[x.Unit], at[y.Unit]), cmp.Compare(office(x.Office), office(y.Office)), cmp.Compare(x.Handle, y.Handle))
	})
	slices.SortFunc(r.Keys, func(x, y keysJSON) int { return cmp.Compare(at[x.Unit], at[y.Unit]) })
}
