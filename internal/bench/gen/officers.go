package gen

import (
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

const national = register.UnitID("national")

func region(n int) register.UnitID { return register.UnitID(fmt.Sprintf("region-%d", n+1)) }
func branch(n int) register.UnitID { return register.UnitID(fmt.Sprintf("branch-%d", n+1)) }

// begin makes the first commit: the policies, every officer with her grant, and an
// empty keyring for each unit.
func (r *Register) begin(b *gitstore.Builder, s Shape) error {
	files, err := policies(s)
	if err != nil {
		return err
	}
	recipient, _, err := identity.Recovery()
	if err != nil {
		return err
	}
	rec := &access.Officer{Handle: register.Recovery, Recipients: []string{recipient}}
	files[register.Path{Kind: register.RecoveryFile, Handle: register.Recovery}.String()] = rec.Encode()
	tree, err := write(b, gitstore.ZeroID, files)
	if err != nil {
		return err
	}
	if r.state, err = access.NewLoader(b).At(tree); err != nil {
		return err
	}
	for _, p := range r.state.Problems {
		if strings.HasPrefix(p.Path, "policies") {
			return fmt.Errorf("%s:%d: %s", p.Path, p.Line, p.Msg)
		}
	}
	r.state.Officers = map[register.Handle]*access.Officer{}
	r.rings = keyrings{}
	for _, u := range r.state.Policy.Units {
		r.state.Units[u.ID] = &access.Unit{ID: u.ID, Grants: map[register.Handle]*access.Grant{}}
		r.rings[u.ID] = newKeyring(u.ID)
	}
	if s.Pack {
		err = r.appointPack(files, s.Branches)
	} else {
		err = r.appoint(files, s)
	}
	if err != nil {
		return err
	}
	for _, u := range r.state.Policy.Units {
		if err := r.seal(r.rings[u.ID], files); err != nil {
			return err
		}
	}
	return r.commit(b, register.InitMessage, files)
}

// appoint makes the officers: two for the secretariat and for each region, three
// for each branch.
func (r *Register) appoint(files map[string][]byte, s Shape) error {
	var err error
	grant := func(u register.UnitID, office string, until register.Day) *identity.Identity {
		var id *identity.Identity
		if err == nil {
			id, err = r.officer(files, u, office, until)
		}
		return id
	}
	r.Secretary = grant(national, "secretariat", "")
	grant(national, "secretariat", "")
	for i := range s.Branches {
		r.Branches = append(r.Branches, &Branch{Unit: branch(i)})
	}
	for i, u := range r.yearly() {
		until := register.Day("")
		if s.Years > 0 {
			until = r.day().Add(i)
		}
		if err := r.serve(files, u, until); err != nil {
			return err
		}
	}
	return err
}

// serve gives a region or a branch its officers.
func (r *Register) serve(files map[string][]byte, u register.UnitID, until register.Day) error {
	var ids []*identity.Identity
	for _, office := range r.officesOf(u) {
		id, err := r.officer(files, u, office, until)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	for _, br := range r.Branches {
		if br.Unit == u {
			br.Chair, br.Keeper, br.Treasurer = ids[0], ids[1], ids[2]
		}
	}
	return nil
}

// officesOf are the offices that a region or a branch has, one entry for each
// officer.
func (r *Register) officesOf(u register.UnitID) []string {
	if x, _ := r.state.Policy.Unit(u); x.Level == "region" {
		return []string{"region-officer", "region-officer"}
	}
	return []string{"chair", "member-officer", "treasurer"}
}

// officer makes an officer with a grant, and everything that her office asks for.
func (r *Register) officer(files map[string][]byte, u register.UnitID, office string, until register.Day) (*identity.Identity, error) {
	id, err := identity.New(r.day())
	if err != nil {
		return nil, err
	}
	o := &access.Officer{Handle: id.Handle(), Signing: id.SigningKey(), Recipients: []string{id.Recipient()}}
	files[register.Path{Kind: register.Officer, Handle: o.Handle}.String()] = o.Encode()
	r.ids[o.Handle], r.state.Officers[o.Handle] = id, o
	g := &access.Grant{Unit: u, Handle: o.Handle, Office: office, From: r.day(), Until: until}
	if err := r.complete(files, g); err != nil {
		return nil, err
	}
	files[register.Path{Kind: register.Grant, Unit: u, Handle: o.Handle}.String()] = g.Encode()
	r.state.Units[u].Grants[o.Handle] = g
	if x, _ := r.state.Policy.Office(office); x.Scope == policy.ScopeAll {
		r.state = r.state.With(r.state.Policy) // it reaches every unit
	}
	return id, nil
}
