package check

import (
	"fmt"

	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// envelope checks that a proposal that brings sealed files carries the secret
// that opens them: once, in a unit of theirs, from its first commit on, and
// sealed to as many recipients as the secretariat and the author have.
func (r *run) envelope(p *proposed) error {
	type place struct {
		s *step
		c *change
	}
	var found []place
	units := map[register.UnitID]bool{} // where something sealed comes
	for i, s := range p.steps {
		for j := range s.changes {
			c := &s.changes[j]
			if c.brings() {
				units[c.p.Unit] = true
			}
			if c.p.Kind != register.Envelope {
				continue
			}
			if i > 0 || !c.added() {
				r.add(ruleEnvelope, s.at(c), "the envelope changes on the way: only the first commit brings it")
				continue
			}
			found = append(found, place{s, c})
		}
	}
	switch {
	case len(found) == 0 && len(units) > 0:
		r.add(ruleEnvelope, Finding{Commit: short(p.commits[0].ID)}, "the first commit brings no envelope, so nobody could open the sealed files")
	case len(found) > 0 && len(units) == 0:
		r.add(ruleEnvelope, found[0].s.at(found[0].c), "an envelope, and nothing sealed")
	case len(found) > 1:
		r.add(ruleEnvelope, found[1].s.at(found[1].c), "a second envelope")
	case len(found) == 1 && !units[found[0].c.p.Unit]:
		r.add(ruleEnvelope, found[0].s.at(found[0].c), "the envelope lies in unit %q, and nothing sealed does", string(found[0].c.p.Unit))
	}
	for _, x := range found {
		b, err := r.repo.Blob(x.c.New.ID, seal.EnvelopeLimit)
		if err != nil {
			return fmt.Errorf("read %s: %w", x.c.Path, err)
		}
		if p.author == "" {
			continue // how many recipients it should have follows from the author
		}
		want := len(p.state.EnvelopeRecipients(p.author, p.day))
		if err := seal.CheckSealedTo(b, want, seal.RecordBucket); err != nil {
			r.sealed(x.s.at(x.c), err)
		}
	}
	return nil
}
