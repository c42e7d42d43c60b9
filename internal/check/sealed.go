package check

import (
	"errors"
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// sealRules are the rules that a *seal.HeaderError names.
var sealRules = map[string]*rule{
	seal.RuleNotAge:     ruleNotAge,
	seal.RuleStanza:     ruleStanza,
	seal.RuleCount:      ruleStanzas,
	seal.RuleClassic:    ruleClassic,
	seal.RuleWorkFactor: ruleWorkFactor,
	seal.RuleBucket:     ruleBucket,
	seal.RuleTrailing:   ruleTrailing,
	seal.RuleSize:       ruleSealedSize,
}

// sealed notes what package seal finds wrong with the form of a file.
func (r *run) sealed(f Finding, err error) {
	var h *seal.HeaderError
	if errors.As(err, &h) && sealRules[h.Rule] != nil {
		r.add(sealRules[h.Rule], f, "%s", strings.TrimPrefix(h.Error(), h.Rule+": "))
		return
	}
	r.add(ruleNotAge, f, "not a sealed file")
}

// records checks the form of every sealed file that the step brings.
func (r *run) records(s *step) error {
	var cs []*change
	for i := range s.changes {
		if s.changes[i].brings() {
			cs = append(cs, &s.changes[i])
		}
	}
	ids := make([]gitstore.ID, len(cs))
	for i, c := range cs {
		ids[i] = c.New.ID
	}
	return r.forms(ids, func(i int) register.Kind { return cs[i].p.Kind }, func(i int) Finding { return s.at(cs[i]) })
}

// forms checks the form of sealed files, several at a time, and notes what is
// wrong in the order of ids.
func (r *run) forms(ids []gitstore.ID, kind func(i int) register.Kind, place func(i int) Finding) error {
	errs := make([]error, len(ids))
	if err := r.repo.Blobs(ids, seal.EvidenceLimit, r.o.Workers, r.counted(len(ids), func(i int, content []byte) error {
		if k := kind(i); k == register.Evidence || k == register.Ledger || k == register.DrawList || k == register.SendingList {
			errs[i] = seal.CheckEvidence(content)
		} else {
			errs[i] = seal.CheckRecord(content)
		}
		return nil
	})); err != nil {
		return fmt.Errorf("read sealed files: %w", err)
	}
	r.sealedFiles += len(ids)
	for i, err := range errs {
		if err != nil {
			r.sealed(place(i), err)
		}
	}
	return nil
}

// seenBlobs are the sealed files that stand, or have stood, somewhere, and where:
// those of the map, and those of the seenBlobs under it.
type seenBlobs struct {
	here  map[gitstore.ID]register.Path
	under *seenBlobs
}

func newSeen(under *seenBlobs) *seenBlobs {
	return &seenBlobs{map[gitstore.ID]register.Path{}, under}
}

func (b *seenBlobs) find(id gitstore.ID) (register.Path, bool) {
	for ; b != nil; b = b.under {
		if p, ok := b.here[id]; ok {
			return p, true
		}
	}
	return register.Path{}, false
}

// unit adds the sealed files of a unit's folder; those of its draws and
// sendings only where they are wanted. There is a folder for each day or month of these,
// so that whoever changes a record would else pay for every list that there ever was.
func (b *seenBlobs) unit(r gitstore.Reader, tree gitstore.ID, u register.UnitID, draws bool) error {
	folder := "data/" + string(u)
	e, ok, err := gitstore.Find(r, tree, folder)
	if err != nil || !ok || e.Mode != gitstore.ModeDir {
		return wrapLookUp(err)
	}
	kinds, err := gitstore.ReadTree(r, e.ID)
	if err != nil {
		return fmt.Errorf("read unit %q: %w", u, err)
	}
	for _, k := range kinds {
		if k.Mode != gitstore.ModeDir || (k.Name == "draws" || k.Name == "sendings") && !draws {
			continue
		}
		err := gitstore.Walk(r, k.ID, "", func(path string, e gitstore.Entry) error {
			if p, err := register.ParsePath(folder + "/" + k.Name + "/" + path); err == nil && p.Kind.Sealed() {
				b.here[e.ID] = p
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("read unit %q: %w", u, err)
		}
	}
	return nil
}

// add adds both sides of a step.
func (b *seenBlobs) add(s *step) {
	for _, c := range s.changes {
		if !c.p.Kind.Sealed() {
			continue
		}
		if c.has(c.Old) {
			b.here[c.Old.ID] = c.p
		}
		if c.has(c.New) {
			b.here[c.New.ID] = c.p
		}
	}
}

// reused finds sealed files of the step that are not new: they stand, stood, or
// come twice. Every sealed file is made under a key for its own place, so one
// that turns up elsewhere was swapped or copied, and one that turns up again is
// an older version put back. A closed record may go to another month as it is.
func (r *run) reused(s *step, seen *seenBlobs) {
	removed := map[string]bool{}
	for i := range s.changes {
		if s.changes[i].removed() {
			removed[s.changes[i].Path] = true
		}
	}
	here := map[gitstore.ID]string{}
	for i := range s.changes {
		c := &s.changes[i]
		if !c.brings() {
			continue
		}
		if other, ok := here[c.New.ID]; ok {
			r.add(ruleReused, s.at(c), "the same file as %q", clip(other))
			continue
		}
		here[c.New.ID] = c.Path
		was, ok := seen.find(c.New.ID)
		switch {
		case !ok:
		case was.Kind == register.Closed && c.p.Kind == register.Closed && was.Unit == c.p.Unit && was.ID == c.p.ID && removed[was.String()]:
		case was == c.p:
			r.add(ruleReused, s.at(c), "an older version of this file was put back")
		default:
			r.add(ruleReused, s.at(c), "the file that stands or stood at %q", clip(was.String()))
		}
	}
}
