package desk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// AppointOptions say who is to be appointed to what.
type AppointOptions struct {
	Unit      register.UnitID
	Officer   *access.Officer // as her tool printed it; nil: the register knows Handle
	Handle    register.Handle
	Terms     Terms
	Documents []*Document
}

// Appoint makes an appointment by the policy of a state. It needs no key: its
// documents are sealed to the secretariat, to those who could sign today, and to
// the appointee.
func Appoint(s *access.State, today register.Day, o AppointOptions) (*Appointment, error) {
	officer, err := appointee(s, o.Officer, o.Handle)
	if err != nil {
		return nil, err
	}
	office, err := officeIn(s.Policy, o.Unit, o.Terms.Office)
	if err != nil {
		return nil, err
	}
	g := o.Terms.grant(o.Unit, officer.Handle, office, today)
	if err := checkTerms(g, office); err != nil {
		return nil, err
	}
	if office.ListsEveryone && o.Terms.Names == nil {
		if others := holders(s, o.Unit, officer.Handle, today); len(others) > 0 {
			return nil, &TermError{Term: "names", Choices: texts(others)}
		}
	}
	a := &Appointment{Grant: g, Officer: officer, Guide: office.Guide.Version, Factors: office.SecondFactor, documents: map[string][]byte{}}
	if a.Wants = wantsOf(s, g, today); len(a.Wants) == 0 && len(o.Documents) == 0 {
		return nil, fmt.Errorf("the office %q asks for no document and no signature: the secretariat grants it with medlem grant", office.ID)
	}
	a.Signers = signersOf(s, g, a.Wants, today)
	return a, a.Attach(s, today, o.Documents)
}

// Fits tells whether the policy of a state has the appointment's office.
func (a *Appointment) Fits(s *access.State) bool {
	_, err := officeIn(s.Policy, a.Grant.Unit, a.Grant.Office)
	return err == nil
}

// Attach adds documents to an appointment.
func (a *Appointment) Attach(s *access.State, today register.Day, docs []*Document) error {
	if len(docs) == 0 {
		return nil
	}
	a.Signers = signersOf(s, a.Grant, wantsOf(s, a.Grant, today), today)
	who := s.Secretariat(today)
	for _, x := range a.Signers {
		who = append(who, x.Handle)
	}
	slices.Sort(who)
	recipients := s.Recipients(slices.Compact(who))
	for _, r := range a.Officer.Recipients {
		if !slices.Contains(recipients, r) {
			recipients = append(recipients, r)
		}
	}
	for _, d := range docs {
		if err := a.attach(d, recipients); err != nil {
			return err
		}
	}
	return nil
}

// appointee is the officer file of whoever is to be appointed.
func appointee(s *access.State, o *access.Officer, h register.Handle) (*access.Officer, error) {
	if o == nil {
		if o = s.Officers[h]; o == nil {
			return nil, fmt.Errorf("officer %s is not known: her officer file is needed", h)
		}
		c := *o
		c.Retired = nil
		return &c, nil
	}
	if o.Handle != register.HandleOf(o.SigningKey()) && s.Officers[o.Handle] == nil {
		return nil, errOfficerFile
	}
	return o, nil
}

// officeIn returns the office, where it is one of the unit's level.
func officeIn(p *policy.Policy, u register.UnitID, office string) (*policy.Office, error) {
	unit, ok := p.Unit(u)
	if !ok {
		return nil, fmt.Errorf("unknown unit %q", u)
	}
	o, ok := p.Office(office)
	if !ok || o.Level != unit.Level {
		return nil, fmt.Errorf("unit %q has no office %q", u, office)
	}
	return o, nil
}

// holders are the officers who have access in a unit today, but one, sorted.
func holders(s *access.State, u register.UnitID, but register.Handle, today register.Day) []register.Handle {
	var out []register.Handle
	for _, g := range s.WithAccess(u, today) {
		if g.Handle != but {
			out = append(out, g.Handle)
		}
	}
	return out
}

// wantsOf returns everything that a grant's office asks for that somebody must
// sign or bring, whether it is there or not.
func wantsOf(s *access.State, g *access.Grant, today register.Day) []access.Lack {
	c := *g
	c.Evidence, c.Signatures, c.Guide = nil, nil, ""
	out := s.Lacks(&c, today)
	for _, l := range out {
		if l.Act == "" {
			c.Evidence = append(c.Evidence, access.Evidence{Kind: l.Matter})
		}
	}
	for _, l := range s.Lacks(&c, today) {
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// signersOf returns who could sign what is wanted, sorted.
func signersOf(s *access.State, g *access.Grant, wants []access.Lack, today register.Day) []Signer {
	var out []Signer
	for i := range s.Policy.Signers {
		signer := &s.Policy.Signers[i]
		if !slices.ContainsFunc(wants, func(w access.Lack) bool { return slices.Contains(strings.Split(w.Signer, orWord), signer.ID) }) {
			continue
		}
		for _, h := range signing(s, signer, g.Unit, today) {
			out = append(out, Signer{signer.ID, h})
		}
	}
	if len(out) > signerLimit {
		out = out[:signerLimit]
	}
	return out
}

// signing returns the officers who can sign in a capacity for a unit on a day,
// sorted.
func signing(s *access.State, signer *policy.Signer, u register.UnitID, day register.Day) []register.Handle {
	var units []register.UnitID
	switch signer.Of {
	case policy.OfUnit:
		units = append(units, u)
	case policy.OfTop:
		units = append(units, s.Policy.Root().ID)
	case policy.OfAbove:
		for x, ok := s.Policy.Unit(u); ok && x.Under != ""; {
			units = append(units, x.Under)
			x, ok = s.Policy.Unit(x.Under)
		}
	}
	var out []register.Handle
	for _, at := range units {
		for _, office := range signer.Offices {
			for _, g := range s.Holders(at, office, day) {
				out = append(out, g.Handle)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func texts[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, x := range in {
		out[i] = string(x)
	}
	return out
}
