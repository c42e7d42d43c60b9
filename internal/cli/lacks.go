package cli

import (
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
)

// lackJSON is something that a grant's office asks for and that is not there.
type lackJSON struct {
	Matter string `json:"matter"`
	Act    string `json:"act,omitempty"`    // of a signature; none: the document is missing
	Signer string `json:"signer,omitempty"` // who has not signed
}

func lacksJSON(ls []access.Lack) []lackJSON {
	out := []lackJSON{}
	for _, l := range ls {
		out = append(out, lackJSON{l.Matter, l.Act, l.Signer})
	}
	return out
}

// lack says in words what a grant lacks. Without a policy (nil), things have
// their keys for names.
func (a *app) lack(p *policy.Policy, office string, l access.Lack) string {
	who := a.signers(p, l.Signer)
	switch {
	case l.Matter == access.MatterAgreement:
		return a.tr("the unit has no agreement on processing the data")
	case l.Matter == access.MatterException && l.Act == "":
		return a.tr("the exception is one that the policy no longer has")
	case l.Matter == access.MatterException && l.Act == access.ActRequested:
		return a.tr("the exception is not asked for by {{.Who}}", "Who", who)
	case l.Matter == access.MatterException:
		return a.tr("the exception is not approved by {{.Who}}", "Who", who)
	case l.Matter == access.MatterGuide:
		return a.tr("she has not acknowledged the guide")
	case l.Matter == access.MatterFactor:
		return a.tr("she has not stated how her identity is protected")
	case l.Matter == access.MatterAppointment:
		return a.tr("the appointment is not signed by {{.Who}}", "Who", who)
	case l.Act == "":
		return a.tr("the document {{.Name}} is not there", "Name", a.matter(p, office, l.Matter))
	case l.Act == access.ActAttested:
		return a.tr("{{.Name}} is not attested by {{.Who}}", "Name", a.matter(p, office, l.Matter), "Who", who)
	}
	return a.tr("{{.Name}} is not signed by {{.Who}}", "Name", a.matter(p, office, l.Matter), "Who", who)
}

// lacks joins what a grant lacks on one line.
func (a *app) lacks(p *policy.Policy, office string, ls []access.Lack) string {
	var out []string
	for _, l := range ls {
		out = append(out, a.lack(p, office, l))
	}
	return strings.Join(out, "; ")
}

// matter is what a kind of document is called.
func (a *app) matter(p *policy.Policy, office, kind string) string {
	switch kind {
	case policy.NeedReason:
		return a.tr("the reason")
	case policy.NeedDocument:
		return a.tr("the supporting document")
	case access.MatterAgreement:
		return a.tr("the agreement on processing")
	}
	if p != nil {
		if o, ok := p.Office(office); ok {
			for _, e := range o.Evidence {
				if e.ID == kind {
					return a.label(p, e.Name, kind)
				}
			}
		}
	}
	return kind
}

// signers names those of whom one is to sign.
func (a *app) signers(p *policy.Policy, ids string) string {
	var out []string
	for _, id := range strings.Split(ids, " or ") {
		out = append(out, a.signer(p, id))
	}
	return strings.Join(out, " "+a.tr("or")+" ")
}

func (a *app) signer(p *policy.Policy, id string) string {
	if id == policy.Appointee {
		return a.tr("the appointee")
	}
	if p != nil {
		for i := range p.Signers {
			if p.Signers[i].ID == id {
				return a.label(p, p.Signers[i].Name, id)
			}
		}
	}
	return id
}

// endorsement says in words what a signature is about.
func (a *app) endorsement(p *policy.Policy, ap *desk.Appointment, e desk.Endorsement) string {
	name := a.matter(p, ap.Grant.Office, e.Matter)
	switch {
	case e.Matter == access.MatterGuide:
		return a.tr("that you have read the guide, version {{.Version}}", "Version", ap.Guide)
	case e.Matter == access.MatterFactor:
		return a.tr("that your identity is protected in this way: {{.Factor}}", "Factor", ap.Grant.Factor)
	case e.Matter == access.MatterAppointment:
		return a.tr("the appointment")
	case e.Matter == access.MatterException && e.Act == access.ActRequested:
		return a.tr("that the exception {{.Name}} is asked for", "Name", ap.Grant.Exception)
	case e.Matter == access.MatterException:
		return a.tr("that the exception {{.Name}} is approved", "Name", ap.Grant.Exception)
	case e.Act == access.ActAttested:
		return a.tr("that {{.Name}} is genuine: you attest it", "Name", name)
	}
	return a.tr("{{.Name}}, as it lies in this file", "Name", name)
}

// signature says in words what a signature that is there is about.
func (a *app) signature(p *policy.Policy, office string, s access.Signature) string {
	who := a.signer(p, s.Signer)
	if s.Signer != policy.Appointee {
		who += " (" + string(s.Handle) + ")"
	}
	name := a.matter(p, office, s.Matter)
	var what string
	switch {
	case s.Matter == access.MatterGuide:
		what = a.tr("the guide acknowledged by {{.Who}}", "Who", who)
	case s.Matter == access.MatterFactor:
		what = a.tr("the protection of the identity stated by {{.Who}}", "Who", who)
	case s.Matter == access.MatterAppointment:
		what = a.tr("the appointment signed by {{.Who}}", "Who", who)
	case s.Matter == access.MatterException && s.Act == access.ActRequested:
		what = a.tr("the exception asked for by {{.Who}}", "Who", who)
	case s.Matter == access.MatterException:
		what = a.tr("the exception approved by {{.Who}}", "Who", who)
	case s.Act == access.ActAttested:
		what = a.tr("{{.Name}} attested by {{.Who}}", "Name", name, "Who", who)
	default:
		what = a.tr("{{.Name}} signed by {{.Who}}", "Name", name, "Who", who)
	}
	return fmt.Sprintf("%s, %s", what, s.Day)
}
