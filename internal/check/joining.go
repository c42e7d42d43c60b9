package check

import (
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// joining checks that a keyring.yaml names a joining recipient where the policy has
// pages.yaml, and there only, and that it is one that can be sealed to: a page would
// seal to whatever stands there.
func (r *run) joining(f Finding, s *access.State, k *access.KeyringFile) {
	f.Line, f.Col = joiningLine(k)
	switch pages := s.Policy.Pages != nil; {
	case pages && k.Joining == "":
		r.add(ruleJoining, f, "the policy has pages.yaml, and unit %q has no joining recipient", string(k.Unit))
	case !pages && k.Joining != "":
		r.add(ruleJoining, f, "the policy has no pages.yaml, and unit %q has a joining recipient", string(k.Unit))
	case pages && !r.genuine(k.Joining):
		r.add(ruleJoining, f, "the joining recipient of unit %q is no post-quantum recipient that can be sealed to", string(k.Unit))
	}
}

// joiningLine is where the joining recipient stands in a keyring.yaml, or would.
func joiningLine(k *access.KeyringFile) (line, col int) {
	if k.Tokens != "" {
		return 5, 1
	}
	return 4, 1
}

// joinsOf takes the joining recipients of a state of main as genuine: they were tried
// when they came.
func (r *run) joinsOf(s *access.State) {
	for _, u := range s.Units {
		if u.Keyring != nil && u.Keyring.Joining != "" {
			r.joined(u.Keyring.Joining, true)
		}
	}
}

func (r *run) joined(recipient string, ok bool) {
	if r.joins == nil {
		r.joins = map[string]bool{}
	}
	r.joins[recipient] = ok
}

// genuine tells whether a recipient can be sealed to. Each is tried once.
func (r *run) genuine(recipient string) bool {
	ok, known := r.joins[recipient]
	if !known {
		ok = seal.ParseRecipient(recipient) == nil
		r.joined(recipient, ok)
	}
	return ok
}

// joiningKept finds a joining recipient that stayed as it was though somebody who
// read the keyring before reads it no more: she holds what opens it. It finds one
// that another unit or an officer has too, whose keyring or identity opens it.
func (r *run) joiningKept(s *step, c *change, was, is *access.State) {
	k := keyringOf(is, c.p.Unit)
	if k == nil || k.Joining == "" {
		return
	}
	f := s.at(c)
	f.Line, f.Col = joiningLine(k)
	if old := keyringOf(was, c.p.Unit); old != nil && old.Joining == k.Joining {
		if gone := without(old.Readers, k.Readers); len(gone) > 0 {
			r.add(ruleJoiningKept, f, "%s no longer reads the keyring, and the joining recipient is the same", list(gone))
		}
		return
	}
	for i := range is.Policy.Units {
		u := is.Policy.Units[i].ID
		if other := keyringOf(is, u); other != nil && u != c.p.Unit && other.Joining == k.Joining {
			r.add(ruleJoiningKept, f, "unit %q has the same joining recipient", string(u))
			return
		}
	}
	for _, h := range sortedKeys(is.Officers) {
		if slices.Contains(is.Officers[h].Recipients, k.Joining) {
			r.add(ruleJoiningKept, f, "it is a recipient of %s", h)
			return
		}
	}
	if is.Recovery != nil && slices.Contains(is.Recovery.Recipients, k.Joining) {
		r.add(ruleJoiningKept, f, "it is a recipient of %s", register.Recovery)
	}
}
