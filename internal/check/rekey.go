package check

import (
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// A commit of main may seal a whole unit anew (register.VerbRekey, VerbContain): the same
// files at the same places, each as another file, and nothing else. It changes no content
// that anybody could judge, so it takes the right to merge, whatever else its signer may.

// rekeys tells whether a message says that its commit seals a unit anew.
func rekeys(m message) bool { return m.verb == register.VerbRekey || m.verb == register.VerbContain }

// resealed are the kinds that are sealed under keys of the unit's keyring and named by no
// digest. Documents are not: the grants that they belong to name their files.
var resealed = []register.Kind{register.Member, register.Closed, register.DrawList, register.Activity, register.Ledger, register.SendingList}

// rekeyed judges a step that says that it seals a unit anew, and returns what it takes.
// The step is complete: who has the keys of before opens no file of the unit any more but
// the old one.
func (r *run) rekeyed(s *step, x *scope) []deed {
	var all []*change
	for i := range s.changes {
		c := &s.changes[i]
		switch {
		case c.p.Unit == x.rekey && c.p.Kind == register.Keyring:
		case c.p.Unit == x.rekey && slices.Contains(resealed, c.p.Kind) && c.changed():
			all = append(all, c)
		default:
			r.add(ruleRekey, s.at(c), "the commit says that it seals unit %q anew, and does something else", string(x.rekey))
		}
	}
	there, err := sealedIn(r.repo, s.to, x.rekey)
	if err != nil && !isMalformed(err) {
		r.fail(err)
		return nil
	}
	if len(all) < there {
		f := at(s.commit, register.Path{}, "")
		f.Unit = x.rekey
		r.add(ruleRekey, f, "%d of %d files are sealed anew, the others are as they were", len(all), there)
	}
	if len(all) == 0 {
		return nil
	}
	return []deed{{[]policy.Act{policy.ActMerge}, x.rekey, all}}
}

// sealedIn counts the files of a unit that a re-key seals anew.
func sealedIn(r gitstore.Reader, tree gitstore.ID, u register.UnitID) (int, error) {
	n := 0
	folder := "data/" + string(u)
	for _, name := range []string{"members", "erase", "draws", "activities", "dues", "sendings"} {
		e, ok, err := gitstore.Find(r, tree, folder+"/"+name)
		if err != nil {
			return 0, wrapLookUp(err)
		}
		if !ok || e.Mode != gitstore.ModeDir {
			continue
		}
		err = gitstore.Walk(r, e.ID, "", func(path string, _ gitstore.Entry) error {
			if p, err := register.ParsePath(folder + "/" + name + "/" + path); err == nil && slices.Contains(resealed, p.Kind) {
				n++
			}
			return nil
		})
		if err != nil {
			return 0, fmt.Errorf("read unit %q: %w", u, err)
		}
	}
	return n, nil
}

// parseMessageOf takes apart the message of a step's commit.
func parseMessageOf(s *step) (message, error) {
	if s.commit == nil {
		return message{}, nil
	}
	return parseMessage(s.commit.Message)
}
