package desk

import (
	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// The clear files that a proposal can bring: officers' own files, grants, reviews
// of access, policies, receipts. There is nothing in them that the check has not judged.

// openClear reads a clear file of a proposal.
func (d *Desk) openClear(r *Review, c *gitstore.Change, p register.Path) error {
	ch := &Change{Verb: clearVerb(p.Kind, c), Path: p}
	r.files[c.Path] = nil
	if !c.New.ID.IsZero() {
		b, err := d.repo.Blob(c.New.ID, policy.FileLimit)
		if err != nil {
			return err
		}
		r.files[c.Path] = b
	}
	r.Changes = append(r.Changes, ch)
	return nil
}

// VerbSent is the verb of an officer's word on how many messages of a sending went.
const VerbSent = "sent"

func clearVerb(k register.Kind, c *gitstore.Change) string {
	switch {
	case k == register.Policy:
		return "policy"
	case k == register.Review:
		return "control"
	case k == register.Draw && c.Old.ID.IsZero():
		return "draw"
	case k == register.Sending && c.Old.ID.IsZero():
		return register.VerbSend
	case k == register.Mail:
		return VerbMail
	case k == register.Sending:
		return VerbSent
	case k == register.Draw:
		return "attest"
	case k == register.Officer && c.Old.ID.IsZero():
		return "officer"
	case k == register.Officer:
		return "rotate"
	case c.New.ID.IsZero():
		return "revoke"
	}
	return "grant"
}

// clear tells whether the change is of a clear file.
func (c *Change) clear() bool { return c.Is == nil && c.Request == nil && c.Activity == nil }

// ProposedEffect returns what the policy files of a proposal would do today, and
// the policy that they make. That its author has accepted just this is the check's
// to see: where it is another by now, she makes the proposal anew.
func (d *Desk) ProposedEffect(r *Review) (*access.Effect, *policy.Policy, error) {
	files, err := PolicyFiles(d.repo, d.tree)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range policyNames(r.files) {
		if b := r.files["policies/"+name]; b != nil {
			files[name] = b
		} else {
			delete(files, name)
		}
	}
	effect, _, err := d.PolicyChange(files)
	if err != nil {
		return nil, nil, err
	}
	p, _ := policy.Load(files)
	return effect, p, nil
}
