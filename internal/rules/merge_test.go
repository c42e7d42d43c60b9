package rules

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// merge is the commit of main by which an officer, sec where it is to be accepted,
// merges another's proposal: what was sealed is sealed anew. more are changes that
// the merge makes beside the proposal. Main moves only where nothing is found.
func (w *world) merge(by, author string, fs files, message string, more ...files) *check.Report {
	w.t.Helper()
	said, err := register.ParseMessage(message)
	w.must(err)
	head := w.proposal(author, fs, message)
	result := maps.Clone(fs)
	for path, b := range result {
		if p, err := register.ParsePath(path); err == nil && p.Kind.Sealed() && b != nil {
			result[path] = sealed()
		}
	}
	for _, m := range more {
		maps.Copy(result, m)
	}
	tree := w.tree(w.treeOf(w.head), result)
	next, err := w.loader.At(tree)
	w.must(err)
	was := w.fork()
	topic := register.WithEffect(register.MergeMessage(handle(author), register.NewTopic(said.Unit)), w.effect(tree))
	if next.Policy != nil {
		tree = w.withKeyrings(tree, next)
	}
	commit := w.write(by, tree, topic, w.head, head)
	r := w.direct(commit)
	if len(r.Findings) > 0 {
		w.serial, w.keyrings = was.serial, was.keyrings
		return r
	}
	w.head = commit
	w.policies = maps.Clone(w.policies)
	for name := range w.policies {
		w.policies[name] = w.file(commit, "policies/"+name)
	}
	return r
}

// untested makes a register as open does, without the pack's own tests: for what they
// would refuse.
func untested(t testing.TB, pack string, edits ...string) *world {
	t.Helper()
	policies := packFiles(t, pack)
	delete(policies, "tests.yaml")
	return openFiles(t, edited(t, policies, edits...))
}

// ruleChange is a change of the policy by edits as packFiles takes them, and the
// message of the commit that makes it: it says that its effect is known.
func (w *world) ruleChange(edits ...string) (files, string) {
	w.t.Helper()
	fs := files{}
	for name, b := range edited(w.t, w.policies, edits...) {
		if !bytes.Equal(b, w.policies[name]) {
			fs["policies/"+name] = b
		}
	}
	message := register.Message("policy", len(fs), w.state().Policy.Root().ID)
	return fs, register.WithEffect(message, w.effect(w.tree(w.treeOf(w.head), fs)))
}

// sealing is what is said of a commit of the secretariat's that adds a member to a
// unit and seals the unit's keyring to others than it should: add are readers
// besides, and whoever is without is left out.
func (w *world) sealing(u register.UnitID, add, without []string) *check.Report {
	w.t.Helper()
	w = w.fork()
	tree := w.tree(w.treeOf(w.head), files{memberPath(u, register.NewRecordID()): sealed()})
	next, err := w.loader.At(tree)
	w.must(err)
	tree = w.withKeyrings(tree, next)
	readers := next.Readers(u, w.day())
	for _, name := range add {
		readers = append(readers, handle(name))
	}
	readers = slices.DeleteFunc(readers, func(h register.Handle) bool { return slices.Contains(without, nameOf(h)) })
	slices.Sort(readers)
	readers = slices.Compact(readers)
	b, err := seal.SealKeyring(&seal.Keyring{Unit: u, Serial: w.serial[u]}, next.Recipients(readers))
	w.must(err)
	w.keyrings[u] = b
	file := &access.KeyringFile{Unit: u, Serial: w.serial[u], SHA256: digest(b), Readers: readers, Joining: w.joining(nil, readers, next.Policy.Pages != nil)}
	tree = w.tree(tree, files{keyringPath(u): file.Encode()})
	return w.direct(w.write("sec", tree, register.Message("add", 1, u), w.head))
}

// opened are the units whose keyrings an officer's identity opens, sorted.
func (w *world) opened(name string) []register.UnitID {
	w.t.Helper()
	var out []register.UnitID
	for u := range w.keyrings {
		if w.opens(name, u) {
			out = append(out, u)
		}
	}
	slices.Sort(out)
	return out
}

// says tells whether a finding of the report has these words.
func says(r *check.Report, words string) bool {
	return slices.ContainsFunc(r.Findings, func(f check.Finding) bool { return bytes.Contains([]byte(f.Message), []byte(words)) })
}

// revoke is the secretariat's commit that ends an officer's grant.
func (w *world) revoke(name string, u register.UnitID) *check.Report {
	w.t.Helper()
	g := w.state().Units[u].Grants[handle(name)]
	fs := files{register.Path{Kind: register.Grant, Unit: u, Handle: g.Handle}.String(): nil}
	for _, e := range g.Evidence {
		fs[register.Path{Kind: register.Evidence, Unit: u, ID: e.ID}.String()] = nil
	}
	return w.commit("sec", fs, register.Message("revoke", 1, u))
}
