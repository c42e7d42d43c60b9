package check

import (
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// documents judges which documents a grant names: those that its office asks for,
// made for this grant. That their files are there is a matter of the state.
func (r *run) documents(a *asked) {
	kinds := documentKinds(a.office, a.g)
	for i, e := range a.g.Evidence {
		f := a.line("evidence", i+1)
		switch {
		case e.Kind == "" && len(kinds) == 0:
			// as in the files of the first version
		case e.Kind == "":
			r.add(ruleGrantEvidence, f, "a document of no kind: the office %q asks for %s", a.office.ID, strings.Join(kinds, ", "))
		case !slices.Contains(kinds, e.Kind):
			r.add(ruleGrantEvidence, f, "a document of the kind %q, which the office %q does not ask for", e.Kind, a.office.ID)
		}
		r.onlyHere(a, e, f)
	}
}

// documentKinds are the kinds of documents that a grant of the office has.
func documentKinds(o *policy.Office, g *access.Grant) []string {
	var out []string
	for _, e := range o.Evidence {
		out = append(out, e.ID)
	}
	for _, n := range o.Needs {
		if n == policy.NeedReason || n == policy.NeedDocument {
			out = append(out, n)
		}
	}
	if e, ok := o.Exception(g.Exception); ok && e.Reason {
		out = append(out, policy.NeedReason)
	}
	return out
}

// onlyHere checks that a document is not another grant's: of another officer, of
// another unit, of a grant that goes with this commit, or of the agreement that
// this grant follows upon. Several officers may rest on one document only where
// the office lists everyone, in one unit.
func (r *run) onlyHere(a *asked, e access.Evidence, f Finding) {
	for _, s := range []*access.State{a.to, a.from} {
		for _, other := range r.usesOf(s).of(e) {
			x := other.ID()
			if x == a.g.ID() || x.Unit == a.g.Unit && a.office.ListsEveryone && other.Office == a.g.Office {
				continue
			}
			r.add(ruleEvidenceReused, f, "it is a document of the grant of %s in unit %q", x.Handle, string(x.Unit))
			return
		}
		if a.from == a.to {
			break
		}
	}
	if a.was == nil || !widened(a.was, a.g) || !a.from.InForce(a.was, a.day) {
		return // the same grant, made complete
	}
	if slices.ContainsFunc(a.was.Evidence, func(w access.Evidence) bool { return sharesDocument(w, e) }) {
		r.add(ruleEvidenceReused, f, "it is a document of the grant that this one follows upon")
	}
}

func sharesDocument(a, b access.Evidence) bool {
	return a.ID == b.ID || a.SHA256 == b.SHA256 || a.Digest != "" && a.Digest == b.Digest
}

// uses says which grants of a state name a document: by its id, by its file and
// by its content.
type uses map[string][]*access.Grant

func (u uses) of(e access.Evidence) []*access.Grant {
	out := append(slices.Clone(u[string(e.ID)]), u[e.SHA256]...)
	if e.Digest != "" {
		out = append(out, u[e.Digest]...)
	}
	return out
}

// usesOf returns the documents of a state's grants, gone through once.
func (r *run) usesOf(s *access.State) uses {
	if r.uses == nil {
		r.uses = map[*access.State]uses{}
	}
	if u, ok := r.uses[s]; ok {
		return u
	}
	u := uses{}
	for _, id := range sortedKeys(s.Units) {
		for _, h := range sortedKeys(s.Units[id].Grants) {
			g := s.Units[id].Grants[h]
			for _, e := range g.Evidence {
				u[string(e.ID)] = append(u[string(e.ID)], g)
				u[e.SHA256] = append(u[e.SHA256], g)
				if e.Digest != "" {
					u[e.Digest] = append(u[e.Digest], g)
				}
			}
		}
	}
	if len(r.uses) > 2 {
		clear(r.uses) // of a history that is verified only two states matter at a time
	}
	r.uses[s] = u
	return u
}

// document judges the file of a document. It comes with the grant that needs it,
// from somebody who may grant, and goes with that grant or by an erasure.
func (r *run) document(s *step, x *scope, c *change, need func(register.UnitID, *change, ...policy.Act)) {
	switch {
	case c.added(), c.removed() && x.takesBack(c):
		need(c.p.Unit, c, policy.ActGrant)
	case c.changed():
		r.add(ruleEvidence, s.at(c), "evidence changed")
	case x.state != nil && s.endsGrantOf(x.state, c.p):
		r.documentKept(s, x, c)
		need(c.p.Unit, c, policy.ActGrant, policy.ActErase)
	default:
		r.documentKept(s, x, c)
		need(c.p.Unit, c, policy.ActErase)
	}
}

// endsGrantOf tells whether every grant of the state that names the document is
// changed or removed by the step.
func (s *step) endsGrantOf(state *access.State, p register.Path) bool {
	u := state.Units[p.Unit]
	if u == nil {
		return false
	}
	for h, g := range u.Grants {
		names := slices.ContainsFunc(g.Evidence, func(e access.Evidence) bool { return e.ID == p.ID })
		if names && !slices.ContainsFunc(s.changes, func(c change) bool { return c.p.Kind == register.Grant && c.p.Unit == p.Unit && c.p.Handle == h }) {
			return false
		}
	}
	return true
}

// documentsNamed checks that what a step brings is named by a grant of the
// result, or is the unit's processor agreement: nothing sealed lies in a register
// that nobody needs.
func (r *run) documentsNamed(s *step, to *access.State) {
	for i := range s.changes {
		c := &s.changes[i]
		if c.p.Kind == register.Evidence && c.added() && !named(to, c.p) {
			r.add(ruleEvidence, s.at(c), "no grant of the unit names this document")
		}
	}
}

func named(s *access.State, p register.Path) bool {
	if isAgreement(s, p) {
		return true
	}
	u := s.Units[p.Unit]
	if u == nil {
		return false
	}
	for _, g := range u.Grants {
		if slices.ContainsFunc(g.Evidence, func(e access.Evidence) bool { return e.ID == p.ID }) {
			return true
		}
	}
	return false
}

// isAgreement tells whether a document is the processor agreement that the policy
// names for its unit.
func isAgreement(s *access.State, p register.Path) bool {
	if s == nil || s.Policy == nil {
		return false
	}
	u, ok := s.Policy.Unit(p.Unit)
	if !ok {
		return false
	}
	e, ok := agreementOf(u)
	return ok && e.ID == p.ID
}

// agreementOf returns the document that a unit's processor agreement is, false
// where it has none.
func agreementOf(u *policy.Unit) (access.Evidence, bool) {
	id, sum, ok := strings.Cut(u.Agreement, " ")
	return access.Evidence{ID: register.RecordID(id), SHA256: sum}, ok
}

// agreements finds processor agreements that the policy names and that are not
// there, or are other files. Where neither a unit's files nor what the policy names
// for it have changed, it is in both states as it was.
func (r *run) agreements(j judging, say sayer) {
	for i := range j.s.Policy.Units {
		u := &j.s.Policy.Units[i]
		e, ok := agreementOf(u)
		if !ok || j.same[u.ID] && (j.before == nil || namesAgreement(j.before, u)) {
			continue
		}
		if msg := r.evidence(j.s, u.ID, e); msg != "" {
			f := Finding{Path: "policies/organisation.yaml", Unit: u.ID}
			say(ruleGrantEvidence, f, "the processor agreement of unit %q, %s, %s", string(u.ID), e.ID, msg)
		}
	}
}

// namesAgreement tells whether a state's policy names the same agreement for the
// unit.
func namesAgreement(s *access.State, u *policy.Unit) bool {
	if s.Policy == nil {
		return false
	}
	was, ok := s.Policy.Unit(u.ID)
	return ok && was.Agreement == u.Agreement
}

// sumOf is the digest of a file, read once.
func (r *run) sumOf(id gitstore.ID, read func() []byte) string {
	if r.sums == nil {
		r.sums = map[gitstore.ID]string{}
	}
	if s, ok := r.sums[id]; ok {
		return s
	}
	b := read()
	if b == nil {
		return ""
	}
	r.sums[id] = digest(b)
	return r.sums[id]
}
