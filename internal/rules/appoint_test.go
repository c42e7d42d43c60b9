package rules

import (
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sign"
)

// appointment is a grant in the making.
type appointment struct {
	w    *world
	name string
	g    *access.Grant
	docs files // sealed evidence
	end  []string
}

// grant is one that begins today and has nothing beside.
func (w *world) grant(name string, u register.UnitID, office string) *appointment {
	return &appointment{w: w, name: name, docs: files{}, g: &access.Grant{Unit: u, Handle: handle(name), Office: office, From: w.day()}}
}

func (a *appointment) path() string {
	return register.Path{Kind: register.Grant, Unit: a.g.Unit, Handle: a.g.Handle}.String()
}

// with changes the grant before anything is signed.
func (a *appointment) with(change func(*access.Grant)) *appointment {
	change(a.g)
	return a
}

// on takes the appointment to another world, in which nothing has been done for it.
func (a *appointment) on(w *world) *appointment {
	c := *a
	c.w = w
	return &c
}

// document adds sealed evidence of a kind.
func (a *appointment) document(kind string) *appointment {
	b := sealed()
	id := register.NewRecordID()
	a.docs[register.Path{Kind: register.Evidence, Unit: a.g.Unit, ID: id}.String()] = b
	a.g.Evidence = append(a.g.Evidence, access.Evidence{Kind: kind, ID: id, SHA256: digest(b), Digest: digest(append([]byte(id), kind...))})
	return a
}

// signed adds an officer's signature.
func (a *appointment) signed(who, matter, act, signer string) *appointment {
	a.w.t.Helper()
	s := access.Signature{Matter: matter, Act: act, Signer: signer, Handle: handle(who), Day: a.w.day()}
	blob, err := sign.Statement(a.g.Payload(s), actor(who).Signer())
	a.w.must(err)
	s.Blob = blob
	a.g.Signatures = append(a.g.Signatures, s)
	return a
}

// ends lets the grant end those of others in the same commit.
func (a *appointment) ends(names ...string) *appointment {
	a.end = append(a.end, names...)
	return a
}

// files are what the secretariat puts on main for it: the officer's file where
// she is new, the documents, the grant, and the ends of others'.
func (a *appointment) files() files {
	fs := files{a.path(): a.g.Encode()}
	if a.w.state().Officers[a.g.Handle] == nil {
		fs[register.Path{Kind: register.Officer, Handle: a.g.Handle}.String()] = officerFile(a.name).Encode()
	}
	for path, b := range a.docs {
		fs[path] = b
	}
	for _, name := range a.end {
		h := handle(name)
		was := a.w.state().Units[a.g.Unit].Grants[h]
		path := register.Path{Kind: register.Grant, Unit: a.g.Unit, Handle: h}.String()
		fs[path] = nil
		if _, kept := a.w.state().Policy.KeepKind(policy.KindEvidence); kept {
			continue // the documents have a time of their own
		}
		for _, e := range was.Evidence {
			fs[register.Path{Kind: register.Evidence, Unit: a.g.Unit, ID: e.ID}.String()] = nil
		}
	}
	return fs
}

// put is the secretariat's commit with the grant.
func (a *appointment) put() *check.Report {
	a.w.t.Helper()
	return a.w.commit("sec", a.files(), register.Message("grant", 1, a.g.Unit))
}

// holder returns the officer who signs as a signer for a unit, and gives her the
// office that it takes where nobody holds it. Two different people are needed for
// some documents: which says which.
func (w *world) holder(signer string, u register.UnitID, which int) string {
	w.t.Helper()
	p := w.state().Policy
	i := slices.IndexFunc(p.Signers, func(s policy.Signer) bool { return s.ID == signer })
	if i < 0 {
		w.t.Fatalf("no signer %q", signer)
	}
	s := p.Signers[i]
	at := u
	switch s.Of {
	case policy.OfAbove:
		unit, _ := p.Unit(u)
		at = unit.Under
	case policy.OfTop:
		at = p.Root().ID
	}
	level, _ := p.Unit(at)
	office, ok := new(policy.Office), false
	for _, id := range s.Offices {
		if office, ok = p.Office(id); ok && office.Level == level.Level {
			break
		}
	}
	if main, _ := p.MergingOffice(); main.ID == office.ID && which == 0 {
		return "sec"
	}
	name := fmt.Sprintf("%s-%s-%d", office.ID, at, which)
	if st := w.state().Units[at]; st != nil && st.Grants[handle(name)] != nil {
		return name
	}
	if held := w.state().Holders(at, office.ID, w.day()); which == 0 && len(held) > 0 {
		return nameOf(held[0].Handle)
	}
	w.ok(w.grant(name, at, office.ID).complete().put())
	return name
}

// complete adds everything that the office asks for, signed by those who may. but
// names what is left out: kinds of evidence, matters, acts, and keys of the grant.
func (a *appointment) complete(but ...string) *appointment {
	a.w.t.Helper()
	p := a.w.state().Policy
	o, ok := p.Office(a.g.Office)
	if !ok {
		return a
	}
	skip := func(what string) bool { return slices.Contains(but, what) }
	a.fill(o, skip)
	for _, e := range o.Evidence {
		if !skip(e.ID) {
			a.document(e.ID)
		}
	}
	for _, need := range []string{policy.NeedReason, policy.NeedDocument} {
		if slices.Contains(o.Needs, need) && !skip(need) {
			a.document(need)
		}
	}
	as := func(signer string, which int) string {
		if signer == policy.Appointee {
			return a.name
		}
		return a.w.holder(signer, a.g.Unit, which)
	}
	if len(o.Appointed.By) > 0 && !skip(access.MatterAppointment) {
		a.signed(as(o.Appointed.By[0], 0), access.MatterAppointment, access.ActSigned, o.Appointed.By[0])
	}
	for _, e := range o.Evidence {
		if skip(e.ID) {
			continue
		}
		for _, s := range e.SignedBy {
			a.signed(as(s, 0), e.ID, access.ActSigned, s)
		}
		if len(e.AttestedBy) > 0 {
			a.signed(as(e.AttestedBy[0], 1), e.ID, access.ActAttested, e.AttestedBy[0])
		}
	}
	if e, ok := o.Exception(a.g.Exception); ok && a.g.Exception != "" {
		if e.Reason && !skip(policy.NeedReason) {
			a.document(policy.NeedReason)
		}
		if len(e.RequestedBy) > 0 && !skip(access.ActRequested) {
			a.signed(as(e.RequestedBy[0], 0), access.MatterException, access.ActRequested, e.RequestedBy[0])
		}
		if len(e.ApprovedBy) > 0 && !skip(access.ActApproved) {
			a.signed(as(e.ApprovedBy[0], 0), access.MatterException, access.ActApproved, e.ApprovedBy[0])
		}
	}
	if a.g.Factor != "" && !skip(access.MatterFactor) {
		a.signed(a.name, access.MatterFactor, access.ActAttested, policy.Appointee)
	}
	if a.g.Guide != "" && !skip(access.MatterGuide) {
		a.signed(a.name, access.MatterGuide, access.ActAcknowledged, policy.Appointee)
	}
	return a
}

// fill writes the clear keys that the office asks for and the test has not
// written, but those that are skipped.
func (a *appointment) fill(o *policy.Office, skip func(key string) bool) {
	g, today := a.g, a.w.day()
	set := func(s *string, to string) {
		if *s == "" {
			*s = to
		}
	}
	if len(o.Appointed.At) > 0 && !skip("meeting") {
		set(&g.Meeting, o.Appointed.At[0])
	}
	if len(o.Appointed.At) > 0 && !skip("met") && g.Met == "" {
		g.Met = today
	}
	if o.Term.Months > 0 && g.Until == "" && !skip(policy.NeedUntil) {
		g.Until = g.From.AddMonths(o.Term.Months)
	}
	for _, need := range o.Needs {
		if skip(need) {
			continue
		}
		switch need {
		case policy.NeedPosition:
			set(&g.Position, o.Positions[0].ID)
		case policy.NeedPurpose:
			set(&g.Purpose, o.Purposes[0].ID)
		case policy.NeedTask:
			set(&g.Task, o.Tasks[0].ID)
		case policy.NeedColumns:
			if g.Columns == nil {
				g.Columns = o.Tasks[0].Columns
			}
		case policy.NeedUntil:
			if g.Until == "" {
				g.Until = g.From.AddMonths(1)
			}
		}
	}
	if e, _ := o.Exception(g.Exception); o.Belongs && g.Belongs == "" && !skip("belongs") && (e == nil || len(e.Waives) == 0) {
		g.Belongs = g.Unit
	}
	if len(o.SecondFactor) > 0 && !skip(access.MatterFactor) {
		set(&g.Factor, o.SecondFactor[0])
	}
	if !skip(access.MatterGuide) {
		set(&g.Guide, o.Guide.Version)
	}
	if o.ListsEveryone && g.Names == nil {
		g.Names = []register.Handle{g.Handle}
		for _, x := range a.w.state().WithAccess(g.Unit, today) {
			if x.Handle != g.Handle && !slices.Contains(a.end, nameOf(x.Handle)) {
				g.Names = append(g.Names, x.Handle)
			}
		}
		slices.Sort(g.Names)
	}
}

func nameOf(h register.Handle) string {
	identities.Lock()
	defer identities.Unlock()
	for name, id := range identities.by {
		if id.Handle() == h {
			return name
		}
	}
	return ""
}
