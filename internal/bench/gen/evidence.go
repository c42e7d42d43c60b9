package gen

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sign"
)

// complete adds to a grant everything that its office asks for: documents, and the
// signatures of those who hold the offices that sign.
func (r *Register) complete(files map[string][]byte, g *access.Grant) error {
	o, _ := r.state.Policy.Office(g.Office)
	if g.Guide = o.Guide.Version; len(o.SecondFactor) > 0 {
		g.Factor = o.SecondFactor[0]
	}
	for {
		lacks := r.state.Lacks(g, r.day())
		if len(lacks) == 0 {
			return nil
		}
		for _, l := range lacks {
			err := error(nil)
			if l.Act == "" {
				err = r.document(files, g, l.Matter)
			} else {
				err = r.sign(g, l)
			}
			if err != nil {
				return err
			}
		}
	}
}

// document seals a document of a few words into the grant's unit.
func (r *Register) document(files map[string][]byte, g *access.Grant, kind string) error {
	key, id := seal.NewKey(), register.NewRecordID()
	plain := fmt.Appendf(nil, "%s %s\n", kind, id)
	file, err := seal.SealEvidence(key, plain)
	if err != nil {
		return err
	}
	r.rings[g.Unit].ring.Keys[id] = key
	files[register.Path{Kind: register.Evidence, Unit: g.Unit, ID: id}.String()] = file
	g.Evidence = append(g.Evidence, access.Evidence{Kind: kind, ID: id, SHA256: digest(file), Digest: digest(plain)})
	return nil
}

// sign adds a signature that the grant lacks: the appointee's, or that of the last
// of those who can sign and have not signed the same matter.
func (r *Register) sign(g *access.Grant, l access.Lack) error {
	as, _, _ := strings.Cut(l.Signer, " or ")
	s := access.Signature{Matter: l.Matter, Act: l.Act, Signer: as, Handle: g.Handle, Day: r.day()}
	if as != policy.Appointee {
		s.Handle = ""
		for _, x := range r.holders(as, g.Unit) {
			if x.Handle != g.Handle && !signedBy(g, l.Matter, x.Handle) {
				s.Handle = x.Handle
			}
		}
		if s.Handle == "" {
			return fmt.Errorf("nobody can sign %s as %s for %s", l.Matter, as, g.Unit)
		}
	}
	var err error
	s.Blob, err = sign.Statement(g.Payload(s), r.ids[s.Handle].Signer())
	g.Signatures = append(g.Signatures, s)
	return err
}

func signedBy(g *access.Grant, matter string, h register.Handle) bool {
	for _, s := range g.Signatures {
		if s.Matter == matter && s.Handle == h && s.Signer != policy.Appointee {
			return true
		}
	}
	return false
}

// holders are the grants of those who sign in a capacity for a unit.
func (r *Register) holders(signer string, u register.UnitID) []*access.Grant {
	var out []*access.Grant
	for _, s := range r.state.Policy.Signers {
		if s.ID != signer {
			continue
		}
		at := u
		if s.Of == policy.OfTop {
			at = r.state.Policy.Root().ID
		}
		for _, office := range s.Offices {
			out = append(out, r.state.Holders(at, office, r.day())...)
		}
	}
	return out
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
