package check

import (
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// siteLimit is the size in bytes of the largest file of the site or of a
// workflow.
const siteLimit = 8 << 20 // 8 MiB

// sizeLimit is the size in bytes of the largest file of a kind.
func sizeLimit(k register.Kind) int64 {
	switch {
	case k == register.Evidence, k == register.Ledger, k == register.DrawList, k == register.SendingList:
		return seal.EvidenceLimit
	case k.Sealed():
		return seal.RecordLimit
	case k == register.Envelope:
		return seal.EnvelopeLimit
	case k == register.RunList:
		return seal.RunListLimit
	case k == register.Policy:
		return policy.FileLimit
	case k == register.Site, k == register.Workflow:
		return siteLimit
	}
	return register.FlatLimit
}

// ground is what layout is judged by.
type ground struct {
	beside map[string]bool            // top-level names that are not the register's
	unit   func(register.UnitID) bool // whether the policy knows the unit
	onMain bool
}

func groundOf(p *policy.Policy, onMain bool) ground {
	g := ground{beside: map[string]bool{}, onMain: onMain, unit: func(u register.UnitID) bool {
		_, ok := p.Unit(u)
		return ok
	}}
	for _, name := range p.Beside {
		g.beside[name] = true
	}
	return g
}

// ownTop are the top-level names that no policy can set aside.
var ownTop = map[string]bool{"policies": true, "data": true, "site": true, ".github": true}

// isBeside tells whether a path lies in a part of the repository that is not the
// register's. Nothing there is looked into; changing it takes the right to
// change the policy.
func (g ground) isBeside(path string) bool {
	top, _, _ := strings.Cut(path, "/")
	return g.beside[top] && !ownTop[top]
}

// layout judges where the step's files lie, what they are and how large. The
// changes that it keeps are of known kinds; those with a file hold one that may
// be read.
func (r *run) layout(s *step, g ground) error {
	kept := s.changes[:0]
	for _, c := range s.changes {
		if g.isBeside(c.Path) {
			kept = append(kept, c)
			continue
		}
		r.paths++
		if c.removed() {
			kept = append(kept, c)
			continue
		}
		ok, err := r.file(s.at(&c), c.Path, c.New, g)
		if err != nil {
			return err
		}
		if ok {
			kept = append(kept, c)
		}
	}
	s.changes = kept
	if s.broken {
		return nil
	}
	return r.twins(s)
}

// file judges one file of a tree. It is false for one that must not be read.
func (r *run) file(f Finding, path string, e gitstore.Entry, g ground) (bool, error) {
	p, err := register.ParsePath(path)
	if err != nil {
		r.add(rulePath, f, "%s", err)
		return false, nil
	}
	ok := true
	if p.Unit != "" && !g.unit(p.Unit) {
		r.add(ruleUnit, f, "unknown unit %q", string(p.Unit))
	}
	if g.onMain && p.Kind == register.Envelope {
		r.add(ruleEnvelopeOnMain, f, "envelope on main")
	}
	if e.Mode != gitstore.ModeFile {
		r.add(ruleMode, f, "%s: want a plain file", modeName(e.Mode))
		return false, nil
	}
	t, size, err := r.repo.Size(e.ID)
	switch {
	case err != nil:
		return false, fmt.Errorf("read %s: %w", path, err)
	case t != gitstore.Blob:
		r.add(ruleMode, f, "%s: want a plain file", t)
		ok = false
	case size > sizeLimit(p.Kind):
		r.add(ruleSize, f, "file of %d bytes: want at most %d", size, sizeLimit(p.Kind))
		ok = false
	}
	return ok, nil
}

func modeName(m gitstore.Mode) string {
	switch m {
	case gitstore.ModeExec:
		return "executable file"
	case gitstore.ModeSymlink:
		return "symbolic link"
	case gitstore.ModeSubmodule:
		return "submodule"
	}
	return fmt.Sprintf("mode %o", uint32(m))
}

// twins finds names below site/ and .github/ that differ in case only; elsewhere
// the layout allows lower case alone.
func (r *run) twins(s *step) error {
	for _, x := range []struct {
		top  string
		kind register.Kind
	}{{".github", register.Workflow}, {"site", register.Site}} {
		if !s.touches(x.kind) {
			continue
		}
		if err := r.twinsBelow(s.commit, s.to, x.top); err != nil {
			return fmt.Errorf("read %s: %w", x.top, err)
		}
	}
	return nil
}

func (r *run) twinsBelow(c *gitstore.Commit, tree gitstore.ID, top string) error {
	names := map[string]string{} // folded → as it stands, of every file and folder
	return gitstore.Walk(r.repo, tree, top, func(path string, _ gitstore.Entry) error {
		for p := path; p != top && p != ""; {
			fold := strings.ToLower(p)
			if other, ok := names[fold]; !ok {
				names[fold] = p
			} else if other != p {
				r.add(ruleCase, at(c, register.Path{}, p), "differs from %q in case only", clip(other))
			} else {
				break // its folders were looked at with the first file in it
			}
			i := strings.LastIndexByte(p, '/')
			if i < 0 {
				break
			}
			p = p[:i]
		}
		return nil
	})
}
