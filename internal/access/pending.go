package access

import (
	"slices"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// Lack is something that a grant's office asks for and that is not there yet. A
// grant with a lack is pending: it gives no access, takes no seat and ends
// nobody's.
type Lack struct {
	Matter string // a kind of evidence, or one of the Matters, or MatterAgreement
	Act    string // of a signature; "" where the document itself is not there
	Signer string // who has not signed; of several who might, joined by " or "
}

// MatterAgreement is the lack of the unit's processor agreement.
const MatterAgreement = "processor-agreement"

// Lacks returns what a grant still lacks on a day, in the order of the policy;
// nothing for one of an unknown office, which gives nothing anyway. It looks at
// what is there, not whether it is good: check refuses what is not good before it
// comes to main.
func (s *State) Lacks(g *Grant, day register.Day) []Lack {
	if s.Policy == nil {
		return nil
	}
	o, ok := s.Policy.Office(g.Office)
	u, known := s.Policy.Unit(g.Unit)
	if !ok || !known || g.Exception == "" && !asks(s.Policy, o, u) {
		return nil
	}
	var out []Lack
	lack := func(matter, act string, signers ...string) {
		out = append(out, Lack{matter, act, strings.Join(signers, " or ")})
	}
	if p := s.Policy.Processor; p.Agreement == policy.AgreementRequired && p.Level == u.Level && u.Agreement == "" {
		lack(MatterAgreement, "")
	}
	if by := o.Appointed.By; len(by) > 0 && !g.hasSigned(MatterAppointment, ActSigned, by...) {
		lack(MatterAppointment, ActSigned, by...)
	}
	for _, e := range o.Evidence {
		if _, ok := g.Document(e.ID); !ok {
			lack(e.ID, "")
			continue
		}
		for _, signer := range e.SignedBy {
			if !g.hasSigned(e.ID, ActSigned, signer) {
				lack(e.ID, ActSigned, signer)
			}
		}
		if len(e.AttestedBy) > 0 && !g.hasSigned(e.ID, ActAttested, e.AttestedBy...) {
			lack(e.ID, ActAttested, e.AttestedBy...)
		}
	}
	for _, need := range []string{policy.NeedReason, policy.NeedDocument} {
		if _, ok := g.Document(need); slices.Contains(o.Needs, need) && !ok {
			lack(need, "")
		}
	}
	out = append(out, exceptionLacks(o, g)...)
	if len(o.SecondFactor) > 0 && (g.Factor == "" || !g.hasSigned(MatterFactor, ActAttested, policy.Appointee)) {
		lack(MatterFactor, ActAttested, policy.Appointee)
	}
	if o.Guide.Version != "" && !g.guided(o.Guide, day) {
		lack(MatterGuide, ActAcknowledged, policy.Appointee)
	}
	return out
}

// asks tells whether an office asks for anything, so that the many that do not
// cost nothing.
func asks(p *policy.Policy, o *policy.Office, u *policy.Unit) bool {
	return len(o.Appointed.By) > 0 || len(o.Evidence) > 0 || len(o.Needs) > 0 || len(o.Exceptions) > 0 || len(o.SecondFactor) > 0 ||
		o.Guide.Version != "" || p.Processor.Agreement == policy.AgreementRequired && p.Processor.Level == u.Level
}

func exceptionLacks(o *policy.Office, g *Grant) []Lack {
	if g.Exception == "" {
		return nil
	}
	e, ok := o.Exception(g.Exception)
	if !ok {
		return []Lack{{Matter: MatterException}} // one that the policy no longer has allows nothing
	}
	var out []Lack
	if len(e.RequestedBy) > 0 && !g.hasSigned(MatterException, ActRequested, e.RequestedBy...) {
		out = append(out, Lack{MatterException, ActRequested, strings.Join(e.RequestedBy, " or ")})
	}
	if len(e.ApprovedBy) > 0 && !g.hasSigned(MatterException, ActApproved, e.ApprovedBy...) {
		out = append(out, Lack{MatterException, ActApproved, strings.Join(e.ApprovedBy, " or ")})
	}
	if _, ok := g.Document(policy.NeedReason); e.Reason && !ok {
		out = append(out, Lack{Matter: policy.NeedReason})
	}
	return out
}

// hasSigned tells whether one of the signers has signed.
func (g *Grant) hasSigned(matter, act string, signers ...string) bool {
	return slices.ContainsFunc(g.Signatures, func(s Signature) bool {
		return s.Matter == matter && s.Act == act && slices.Contains(signers, s.Signer) && (s.Signer != policy.Appointee || s.Handle == g.Handle)
	})
}

// guided tells whether the officer has acknowledged the guide, in a version of
// the same major number or, while that still holds, of an older one.
func (g *Grant) guided(guide policy.Guide, day register.Day) bool {
	if g.Guide == "" || !g.hasSigned(MatterGuide, ActAcknowledged, policy.Appointee) {
		return false
	}
	return majorOf(g.Guide) >= majorOf(guide.Version) || guide.By != "" && day <= guide.By
}

func majorOf(version string) int {
	major, _, _ := strings.Cut(version, ".")
	n, _ := strconv.Atoi(major)
	return n
}

// Pending tells whether a grant lacks anything on a day.
func (s *State) Pending(g *Grant, day register.Day) bool { return len(s.Lacks(g, day)) > 0 }
