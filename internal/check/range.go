package check

import (
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// rangeRules applies to every commit what every commit must hold to by itself,
// so that nothing that is refused ever enters history.
func (r *run) rangeRules(p *proposed) error {
	if err := r.compare(p); err != nil {
		return err
	}
	g := groundOf(p.state.Policy, false)
	brought := map[string]bool{} // paths by whether the proposal brought them itself
	for i, s := range p.steps {
		c := s.commit
		parent := p.from
		if i > 0 {
			parent = p.commits[i-1]
		}
		faults := r.faults
		signer := r.signed(c, p.state)
		r.dated(c, parent)
		if i == 0 {
			p.author = signer
		} else if signer != p.author {
			r.add(ruleSeveral, at(c, register.Path{}, ""), "signed by another officer than the first commit")
		}
		if len(s.changes) == 0 && !s.broken {
			r.add(ruleNothing, at(c, register.Path{}, ""), "the commit changes nothing")
		}
		if err := r.content(s, g); err != nil {
			return err
		}
		m := r.said(s, g.unit)
		r.verbs(c, m, "")
		if rekeys(m) {
			r.add(ruleMessage, at(c, register.Path{}, ""), "the message of an act of the secretariat: %q", m.verb)
		}
		r.declared(s, m, signer, p.state, p.day, p.state.Policy.DeclareFields)
		if slices.ContainsFunc(s.changes, func(x change) bool { return inForce(x.p) }) {
			p.effect = m.effect
		} else if m.effect != "" {
			r.add(ruleEffect, at(c, register.Path{}, ""), "an effect is acknowledged, and the policy does not change")
		}
		r.reused(s, p.seen)
		p.seen.add(s)
		for j := range s.changes {
			if x := &s.changes[j]; x.brings() {
				p.blobs[x.New.ID] = true
			}
		}
		r.judge(s, &scope{state: p.state, day: p.day, ids: p.ids, signer: signer, base: p.base, own: func(path string) bool { return brought[path] }})
		if r.faults == faults {
			r.told(s, m)
		}
		for j := range s.changes {
			if x := &s.changes[j]; !hasKey(brought, x.Path) {
				brought[x.Path] = x.added()
			}
		}
	}
	if err := r.envelope(p); err != nil {
		return err
	}
	r.refName(p)
	return nil
}

func hasKey[K comparable, V any](m map[K]V, k K) bool { _, ok := m[k]; return ok }

// content applies the rules that look at nothing but the files that a commit
// brings.
func (r *run) content(s *step, g ground) error {
	if err := r.layout(s, g); err != nil {
		return err
	}
	if err := r.records(s); err != nil {
		return err
	}
	return r.clear(s)
}

// refName checks the name under which the proposal lies, where it is one of
// medlem's own.
func (r *run) refName(p *proposed) {
	if !strings.HasPrefix(p.ref, register.Proposals) {
		return
	}
	f := Finding{Path: p.ref}
	h, topic, err := register.ParseProposalRef(p.ref)
	if err != nil {
		r.add(ruleRef, f, "%s", err)
		return
	}
	if p.author != "" && h != p.author {
		r.add(ruleRef, f, "it lies under %s, and %s signed it", h, p.author)
	}
	unit, err := register.ParseTopic(topic)
	if err != nil {
		r.add(ruleRef, f, "%s", err)
		return
	}
	touched := map[register.UnitID]bool{}
	for _, s := range p.steps {
		for u := range s.units() {
			touched[u] = true
		}
	}
	if _, ok := p.state.Policy.Unit(unit); !ok {
		r.add(ruleRef, f, "it is named for the unknown unit %q", string(unit))
	} else if len(touched) > 0 && !touched[unit] {
		r.add(ruleRef, f, "it is named for unit %q, which it does not touch", string(unit))
	}
}
