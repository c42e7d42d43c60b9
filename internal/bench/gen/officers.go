package gen

import (
	"fmt"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
)

const national = register.UnitID("national")

func region(n int) register.UnitID { return register.UnitID(fmt.Sprintf("region-%d", n+1)) }
func branch(n int) register.UnitID { return register.UnitID(fmt.Sprintf("branch-%d", n+1)) }

// begin makes the first commit: the standard policies, every officer with her
// grant, and an empty keyring for each unit.
func (r *Register) begin(b *gitstore.Builder, branches int) error {
	files, err := policies(branches)
	if err != nil {
		return err
	}
	if err := r.appoint(files, branches); err != nil {
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
	if len(r.state.Problems) > 0 {
		return fmt.Errorf("%s: %s", r.state.Problems[0].Path, r.state.Problems[0].Msg)
	}
	r.rings = keyrings{}
	for _, u := range r.state.Policy.Organisation.Units {
		r.rings[u.ID] = newKeyring(u.ID)
		if err := r.seal(r.rings[u.ID], files); err != nil {
			return err
		}
	}
	return r.commit(b, register.InitMessage, files)
}

// appoint makes the officers: two for the secretariat and for each region, three
// for each branch.
func (r *Register) appoint(files map[string][]byte, branches int) error {
	var err error
	grant := func(u register.UnitID, office string) *identity.Identity {
		var id *identity.Identity
		if err == nil {
			id, err = r.officer(files, u, office)
		}
		return id
	}
	r.Secretary = grant(national, "secretariat")
	grant(national, "secretariat")
	for i := range branches {
		if i%branchesEach == 0 {
			grant(region(i/branchesEach), "region-officer")
			grant(region(i/branchesEach), "region-officer")
		}
		u := branch(i)
		r.Branches = append(r.Branches, &Branch{Unit: u, Chair: grant(u, "chair"), Keeper: grant(u, "member-officer"), Treasurer: grant(u, "treasurer")})
	}
	return err
}

func (r *Register) officer(files map[string][]byte, u register.UnitID, office string) (*identity.Identity, error) {
	id, err := identity.New(r.day())
	if err != nil {
		return nil, err
	}
	o := &access.Officer{Handle: id.Handle(), Signing: id.SigningKey(), Recipients: []string{id.Recipient()}}
	files[register.Path{Kind: register.Officer, Handle: o.Handle}.String()] = o.Encode()
	g := &access.Grant{Unit: u, Handle: o.Handle, Office: office, From: r.day()}
	files[register.Path{Kind: register.Grant, Unit: u, Handle: o.Handle}.String()] = g.Encode()
	return id, nil
}
