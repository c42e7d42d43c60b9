package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// EffectError is a refusal of a change of the policy that gives or takes access
// or rights, until somebody has said that just this is meant.
type EffectError struct {
	Effect *access.Effect
}

func (e *EffectError) Error() string {
	return "the policies give or take access: it must be said that " + e.Effect.Digest() + " is meant"
}

// PolicyFiles reads the policy files in force of a tree: name → content.
func PolicyFiles(r gitstore.Reader, tree gitstore.ID) (map[string][]byte, error) {
	dir, ok, err := gitstore.Find(r, tree, "policies")
	if err != nil || !ok {
		return nil, err
	}
	entries, err := gitstore.ReadTree(r, dir.ID)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if e.Mode != gitstore.ModeFile {
			continue // packs are not in force
		}
		t, b, err := r.Object(e.ID)
		if err != nil {
			return nil, err
		}
		if t != gitstore.Blob || len(b) > policy.FileLimit {
			return nil, fmt.Errorf("read policies/%s: not a policy file", e.Name)
		}
		files[e.Name] = b
	}
	return files, nil
}

// PolicyChange returns what other policy files would do today, and which of the
// files differ; nil content is a file that goes.
func (d *Desk) PolicyChange(files map[string][]byte) (*access.Effect, map[string][]byte, error) {
	p, problems := policy.Load(files)
	if len(problems) > 0 {
		return nil, nil, errors.New("the policy files have faults: " + problems[0].String())
	}
	now, err := PolicyFiles(d.repo, d.tree)
	if err != nil {
		return nil, nil, err
	}
	changed := map[string][]byte{}
	for name, b := range files {
		if was, ok := now[name]; !ok || !bytes.Equal(was, b) {
			changed[name] = b
		}
	}
	for name := range now {
		if _, ok := files[name]; !ok {
			changed[name] = nil
		}
	}
	e, err := access.EffectOf(d.state, d.state.With(p), d.Today())
	return e, changed, err
}

// Policies puts policy files (name → content, all of them) in force and seals
// anew what follows from them; for an officer who is not of the secretariat it
// proposes them, and returns the proposal. accept is the digest of the effect
// that is meant, access.Effect.Digest; "" where there is none.
func (d *Desk) Policies(ctx context.Context, files map[string][]byte, accept string) (*Submission, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	var s *Submission
	err := d.withRetry(ctx, func() error {
		root := d.state.Policy.Root().ID
		if err := d.may(policy.ActPolicy, root); err != nil {
			return err
		}
		effect, changed, err := d.PolicyChange(files)
		if err != nil {
			return err
		}
		if len(changed) == 0 {
			return ErrNothing
		}
		if !effect.Empty() && effect.Digest() != accept {
			return &EffectError{effect}
		}
		msg := register.Message("policy", len(changed), root)
		if !effect.Empty() {
			msg = register.WithEffect(msg, effect.Digest())
		}
		a := newAct(msg)
		for name, b := range changed {
			a.files["policies/"+name] = b
		}
		if d.Secretary() {
			return d.commit(ctx, a)
		}
		s, err = d.propose(ctx, msg, a.files)
		return err
	})
	return s, err
}

// propose sends clear files as a proposal of one commit upon main.
func (d *Desk) propose(ctx context.Context, msg string, files map[string][]byte) (*Submission, error) {
	me, err := d.me()
	if err != nil {
		return nil, err
	}
	if d.local.remote == "" {
		return nil, ErrNoServer
	}
	head, err := d.single(me, msg, files)
	if err != nil {
		return nil, err
	}
	l, err := d.layer("", head)
	if err != nil {
		return nil, err
	}
	return d.send(ctx, l)
}

// policyNames are the names of the policy files among paths, sorted.
func policyNames(files map[string][]byte) []string {
	var out []string
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if name, ok := strings.CutPrefix(path, "policies/"); ok {
			out = append(out, name)
		}
	}
	return out
}
