package check

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// testsFile holds the policy's own tests.
const testsFile = "tests.yaml"

// inForce tells whether a policy file is one that the register goes by, and not
// one of a pack.
func inForce(p register.Path) bool {
	return p.Kind == register.Policy && !strings.Contains(p.Rest, "/")
}

// amended judges who changes the policy, that its tests are not changed in the
// same breath, and the packs beside it. Of somebody who may not change it at all
// nothing more is read: scope/act has said so.
func (r *run) amended(s *step, x *scope) {
	if !s.touches(register.Policy) || s.broken {
		return
	}
	if x.state != nil {
		r.mayAmend(s, x)
		author := x.signer
		if x.merged != nil {
			author = x.merged.author
		}
		if !x.state.May(author, policy.ActPolicy, x.root(), x.day) && !x.state.May(x.signer, policy.ActPolicy, x.root(), x.day) {
			return
		}
		r.testsKept(s)
	}
	if s.commit != nil {
		r.packs(s)
	}
}

// mayAmend checks that whoever changes the policy holds one of the offices that
// decide on it, where the policy names any.
func (r *run) mayAmend(s *step, x *scope) {
	by := x.state.Policy.Amend.By
	if len(by) == 0 || x.signer == "" || holds(x.state, x.signer, by, x.day, anywhere) {
		return
	}
	for i := range s.changes {
		c := &s.changes[i]
		if c.p.Kind != register.Policy || x.merged.brought(&deed{changes: []*change{c}}) && holds(x.state, x.merged.author, by, x.day, anywhere) {
			continue
		}
		r.add(ruleAmend, s.at(c), "%s holds none of the offices that decide on the policy: %s", x.signer, strings.Join(by, ", "))
		return
	}
}

// testsKept finds tests of the policy that go, or change, together with another
// policy file: what they prove would be given up without anybody seeing it.
func (r *run) testsKept(s *step) {
	tests, other := -1, false
	for i := range s.changes {
		if c := &s.changes[i]; inForce(c.p) {
			if c.p.Rest == testsFile {
				tests = i
			} else {
				other = true
			}
		}
	}
	if tests < 0 || !other || s.from.IsZero() {
		return
	}
	was, is := r.policyAt(s.from), r.policyAt(s.to)
	if was == nil || is == nil {
		return // policy/malformed
	}
	for _, t := range was.Tests {
		if !slices.ContainsFunc(is.Tests, func(u policy.Test) bool { return reflect.DeepEqual(t, u) }) {
			r.add(rulePolicyTests, s.at(&s.changes[tests]), "the test %q was removed or changed together with another policy file", clip(t.Says))
		}
	}
}

// policyAt returns the policy of a tree, nil where it cannot be read.
func (r *run) policyAt(tree gitstore.ID) *policy.Policy {
	s, err := r.load.At(tree)
	if err != nil {
		if !isMalformed(err) {
			r.fail(fmt.Errorf("read the policy: %w", err))
		}
		return nil
	}
	return s.Policy
}

// effect checks that a change of the policy which gives or takes access, or
// rights, says which: so that nobody makes it, or merges it, without having seen
// what it does. said is the effect that the commit's message, or its proposal's,
// acknowledges.
//
// It may be missing in history, which has commits from before messages could say
// it; also where a server that lost its history gets it back.
func (r *run) effect(s *step, from, to *access.State, day register.Day, said string) {
	i := slices.IndexFunc(s.changes, func(c change) bool { return inForce(c.p) })
	if i < 0 {
		if said != "" {
			r.add(ruleEffect, at(s.commit, register.Path{}, ""), "an effect is acknowledged, and the policy does not change")
		}
		return
	}
	e, err := access.EffectOf(from, from.With(to.Policy), day)
	if err != nil {
		r.fail(err)
		return
	}
	f := s.at(&s.changes[i])
	switch want := e.Digest(); {
	case e.Empty() && said != "":
		r.add(ruleEffect, f, "an effect is acknowledged, and nobody gains or loses anything on %s", day)
	case e.Empty(), said == want, said == "" && r.past:
	case said == "":
		r.add(ruleEffect, f, "%s: the commit does not say that it is meant (Effect: %s)", summary(e), want)
	default:
		r.add(ruleEffect, f, "%s: the commit acknowledges another effect (want Effect: %s)", summary(e), want)
	}
}

// summary says an effect in numbers.
func summary(e *access.Effect) string {
	gains := 0
	for _, x := range e.Readers {
		if x.Gains {
			gains++
		}
	}
	return fmt.Sprintf("on who reads what: %d more, %d fewer, %d records in %d units; %d rights differ",
		gains, len(e.Readers)-gains, e.Records, e.Units, len(e.Rights)+len(e.Fields))
}
