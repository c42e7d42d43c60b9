package desk

import (
	"fmt"
	"slices"
	"strings"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sign"
)

// Endorsement is one signature that an officer can add to an appointment.
type Endorsement struct {
	Matter, Act, Signer string // as in access.Signature
}

// EndorseOptions say who signs, and as what.
type EndorseOptions struct {
	Handle register.Handle
	State  *access.State // of the register; nil where it is not at hand: the file says who could sign
	Day    register.Day
	As     string // in what capacity; "": the one that she has, the appointee's first
	Attest bool   // attest the documents that others have signed, instead of signing them
	Factor string // how her identity file is protected, as she says or as is seen; "" not at all
}

// CapacityError says that an officer can sign in several capacities, or in none.
type CapacityError struct {
	Can []string
}

func (e *CapacityError) Error() string {
	if len(e.Can) == 0 {
		return "nothing of this is yours to sign"
	}
	return "you can sign as " + strings.Join(e.Can, " or as ") + ": say as which"
}

// Wanted returns what the appointment's office asks for: by the register's policy
// of today where it is at hand, else as the file says.
func (a *Appointment) Wanted(s *access.State, today register.Day) []access.Lack {
	if s == nil {
		return a.Wants
	}
	return wantsOf(s, a.Grant, today)
}

// Missing returns what is wanted and not there.
func (a *Appointment) Missing(s *access.State, today register.Day) []access.Lack {
	if s != nil {
		return s.Lacks(a.Grant, today)
	}
	var out []access.Lack
	for _, w := range a.Wants {
		if _, there := a.Grant.Document(w.Matter); w.Act == "" && !there || w.Act != "" && !a.signed(w) {
			out = append(out, w)
		}
	}
	return out
}

// signed tells whether one of those who can has signed what is wanted.
func (a *Appointment) signed(w access.Lack) bool {
	return slices.ContainsFunc(a.Grant.Signed(w.Matter, w.Act), func(s access.Signature) bool {
		return slices.Contains(strings.Split(w.Signer, orWord), s.Signer)
	})
}

// capacities returns in what capacities an officer can sign the appointment.
func (a *Appointment) capacities(o *EndorseOptions) []string {
	var out []string
	if o.Handle == a.Grant.Handle {
		out = append(out, policy.Appointee)
	}
	signers := a.Signers
	if o.State != nil {
		signers = signersOf(o.State, a.Grant, a.Wanted(o.State, o.Day), o.Day)
	}
	for _, s := range signers {
		if s.Handle == o.Handle && !slices.Contains(out, s.ID) {
			out = append(out, s.ID)
		}
	}
	return out
}

// Endorsements returns what an officer can sign of the appointment and has not,
// and what keeps her from signing more: documents that are not there yet, or a
// protection of her identity that cannot be attested.
func (a *Appointment) Endorsements(o EndorseOptions) (can []Endorsement, not []access.Lack, err error) {
	as := o.As
	if can := a.capacities(&o); as == "" {
		if len(can) == 0 || len(can) > 1 && can[0] != policy.Appointee {
			return nil, nil, &CapacityError{can}
		}
		as = can[0]
	} else if o.State != nil && !slices.Contains(can, as) {
		return nil, nil, &CapacityError{can}
	}
	if as == policy.Appointee && o.Handle != a.Grant.Handle {
		return nil, nil, &CapacityError{}
	}
	wants := a.Wanted(o.State, o.Day)
	documents := map[string]bool{}
	for _, w := range wants {
		if w.Act == "" {
			documents[w.Matter] = true
		}
	}
	for _, w := range wants {
		if w.Act == "" || !slices.Contains(strings.Split(w.Signer, orWord), as) {
			continue
		}
		e := Endorsement{w.Matter, w.Act, as}
		if a.has(e, o.Handle) || documents[w.Matter] && !a.chosen(e, wants, &o) {
			continue
		}
		kind := documentOf(w.Matter)
		_, there := a.Grant.Document(kind)
		switch {
		case isDocument(kind) && (documents[kind] || w.Matter == kind) && !there, w.Matter == access.MatterFactor && (o.Factor == "" || o.Factor != a.Grant.Factor):
			not = append(not, w)
		default:
			can = append(can, e)
		}
	}
	return can, not, nil
}

// has tells whether the officer has signed so already; the guide, in its present
// version.
func (a *Appointment) has(e Endorsement, h register.Handle) bool {
	return signedBy(a.Grant, e, h) && (e.Matter != access.MatterGuide || a.Grant.Guide == a.Guide)
}

// chosen tells whether an officer who can either sign a document or attest it
// does the one or the other: nobody does both.
func (a *Appointment) chosen(e Endorsement, wants []access.Lack, o *EndorseOptions) bool {
	if e.Act == access.ActAttested {
		signed := slices.ContainsFunc(a.Grant.Signed(e.Matter, access.ActSigned), func(s access.Signature) bool { return s.Handle == o.Handle })
		return o.Attest && !signed && o.Handle != a.Grant.Handle
	}
	attests := slices.ContainsFunc(wants, func(w access.Lack) bool {
		return w.Matter == e.Matter && w.Act == access.ActAttested && slices.Contains(strings.Split(w.Signer, orWord), e.Signer)
	})
	return !o.Attest || !attests
}

// Sign adds the signatures. What somebody signs she must be able to open: each
// document is opened with her identities first.
func (a *Appointment) Sign(key ssh.Signer, ids []age.Identity, h register.Handle, es []Endorsement, day register.Day) error {
	for _, e := range es {
		kind := documentOf(e.Matter)
		if _, document := a.Grant.Document(kind); document {
			if _, err := a.Document(kind, ids); err != nil {
				return err
			}
		}
	}
	for _, e := range es {
		if err := addSignature(a.Grant, a.Guide, key, h, e, day); err != nil {
			return err
		}
	}
	return nil
}

// documentOf is the kind of the document that a matter is about: an exception's
// is its reason.
func documentOf(matter string) string {
	if matter == access.MatterException {
		return policy.NeedReason
	}
	return matter
}

// isDocument tells whether a matter is a kind of document.
func isDocument(matter string) bool {
	switch matter {
	case access.MatterAppointment, access.MatterException, access.MatterGuide, access.MatterFactor:
		return false
	}
	return true
}

// addSignature signs a matter of a grant; the guide, in the version that is
// given.
func addSignature(g *access.Grant, guide string, key ssh.Signer, h register.Handle, e Endorsement, day register.Day) error {
	if e.Matter == access.MatterGuide {
		g.Guide = guide
	}
	s := access.Signature{Matter: e.Matter, Act: e.Act, Signer: e.Signer, Handle: h, Day: day}
	var err error
	if s.Blob, err = sign.Statement(g.Payload(s), key); err != nil {
		return err
	}
	g.Signatures = slices.DeleteFunc(g.Signatures, func(x access.Signature) bool {
		return x.Matter == s.Matter && x.Act == s.Act && x.Signer == s.Signer && x.Handle == s.Handle
	})
	g.Signatures = append(g.Signatures, s)
	return nil
}

// SignatureFault says what is wrong with a signature of the appointment, "" for
// nothing: whether it is good, not whether whoever made it was to make it.
func (a *Appointment) SignatureFault(s *access.State, x access.Signature) string {
	key, err := sign.VerifyStatement(a.Grant.Payload(x), x.Blob)
	if err != nil {
		return "it is not good: what it is about has changed since"
	}
	wire := key.Marshal()
	h := register.HandleOf(wire)
	if s != nil {
		if known, ok := s.SignerOf(wire); ok {
			h = known
		}
	}
	if h != x.Handle {
		return fmt.Sprintf("it was made by %s, not by %s", h, x.Handle)
	}
	return ""
}
