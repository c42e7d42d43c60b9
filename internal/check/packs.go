package check

import (
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// packsFolder holds packs beside the policy in force: what the register began
// with, or what it is compared with.
const packsFolder = "packs/"

// packsLimit is the number of packs that are looked at.
const packsLimit = 50

// packOf returns the pack that a policy file belongs to; false for a file of the
// policy in force, or of another folder.
func packOf(p register.Path) (string, bool) {
	rest, ok := strings.CutPrefix(p.Rest, packsFolder)
	if p.Kind != register.Policy || !ok {
		return "", false
	}
	name, _, _ := strings.Cut(rest, "/")
	return name, true
}

// packs judges the packs that a step changes: each is a policy in its own right,
// in which something may not be decided yet.
func (r *run) packs(s *step) {
	done := map[string]bool{}
	for i := range s.changes {
		c := &s.changes[i]
		name, ok := packOf(c.p)
		if !ok || done[name] {
			continue
		}
		if len(done) == packsLimit {
			r.add(rulePolicy, s.at(c), "more than %d packs", packsLimit)
			return
		}
		done[name] = true
		if err := r.pack(s.commit, s.to, name); err != nil {
			r.fail(err)
			return
		}
	}
}

// everyPack judges all packs of a tree.
func (r *run) everyPack(tree gitstore.ID) error {
	e, ok, err := gitstore.Find(r.repo, tree, "policies/packs")
	if err != nil || !ok || e.Mode != gitstore.ModeDir {
		return err
	}
	es, err := gitstore.ReadTree(r.repo, e.ID)
	if err != nil {
		return err
	}
	for i, e := range es {
		if i == packsLimit {
			r.add(rulePolicy, Finding{Path: "policies/packs"}, "more than %d packs", packsLimit)
			break
		}
		if err := r.pack(nil, tree, e.Name); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) pack(c *gitstore.Commit, tree gitstore.ID, name string) error {
	folder := "policies/" + packsFolder + name
	place := func(file string) Finding { return at(c, register.Path{}, folder+"/"+file) }
	e, ok, err := gitstore.Find(r.repo, tree, folder)
	if err != nil || !ok {
		return err
	}
	if e.Mode != gitstore.ModeDir {
		r.add(rulePolicy, at(c, register.Path{}, folder), "a file among the packs: want a folder for each")
		return nil
	}
	es, err := gitstore.ReadTree(r.repo, e.ID)
	if err != nil {
		return fmt.Errorf("read %s: %w", folder, err)
	}
	if most := len(policy.AllFiles()); len(es) > most {
		r.add(rulePolicy, at(c, register.Path{}, folder), "%d files in a pack: a policy has %d at most", len(es), most)
		return nil
	}
	files := map[string][]byte{}
	for _, f := range es {
		if f.Mode == gitstore.ModeDir {
			r.add(rulePolicy, place(f.Name), "a folder in a pack")
			continue
		}
		b := r.side(f, register.Path{Kind: register.Policy, Rest: packsFolder + name + "/" + f.Name})
		if b == nil {
			return nil // found by layout
		}
		files[f.Name] = b
	}
	_, problems := policy.LoadPack(files)
	for _, p := range problems {
		f := place(p.File)
		f.Line, f.Col, f.Hint = p.Line, p.Col, p.Hint
		r.add(rulePolicy, f, "%s", p.Msg)
	}
	return nil
}
