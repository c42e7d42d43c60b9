package subject

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// commit makes the next commit of main, a merge of head where that is not "". Where
// keyrings are to be brought up to date, all of them are whose readers are others
// than the grants of the day give; those of units that changed are sealed anew.
func (s *story) commit(reseal bool, head string) {
	day := s.day()
	units := map[string]bool{}
	for path := range s.edits {
		if p := strings.Split(path, "/"); p[0] == "data" && p[1] != "officers" && p[2] != "grants" {
			units[p[1]] = true
		}
	}
	for _, u := range oUnits {
		var want []string
		for _, o := range oOfficers {
			if len(s.next.through(o, u.id, day, true)) > 0 && s.next.known[o] {
				want = append(want, o)
			}
		}
		if s.odd > 0 && s.r.IntN(s.odd) == 0 {
			want = append(want, s.pick(oOfficers)) // who has no grant: nobody knows why
		}
		slices.Sort(want)
		want = slices.Compact(want)
		if !reseal {
			want = s.next.keyring[u.id]
		}
		if !units[u.id] && slices.Equal(want, s.next.keyring[u.id]) {
			continue
		}
		s.seal(u.id, want)
	}
	s.finish(head)
}

// seal makes the keyring of a unit anew; versions that were kept long enough go.
func (s *story) seal(unit string, readers []string) {
	s.serial++
	s.next.keyring[unit] = readers
	for m, c := range s.next.holds[unit] {
		if !c.here && c.until < s.day() {
			s.hold(unit, m, oCopy{})
		}
	}
	k := &access.KeyringFile{Unit: register.UnitID(unit), Serial: uint64(s.serial), SHA256: fmt.Sprintf("%064x", s.serial), Readers: []register.Handle{register.Recovery}}
	for _, o := range readers {
		k.Readers = append(k.Readers, register.Handle(o))
	}
	slices.Sort(k.Readers)
	s.edits["data/"+unit+"/keyring.yaml"] = k.Encode()
}

func (s *story) finish(head string) {
	var root gitstore.ID
	var parents []gitstore.ID
	if n := len(s.commits); n > 0 {
		root, parents = s.roots[n-1], []gitstore.ID{s.commits[n-1]}
	}
	if head != "" {
		id, err := gitstore.ParseID(head)
		if err != nil {
			s.t.Fatal(err)
		}
		parents = append(parents, id)
	}
	root, id := s.store(root, parents, s.edits, oOfficers[0], s.now)
	s.edits = map[string][]byte{}
	s.commits, s.roots = append(s.commits, id), append(s.roots, root)
	m := s.next
	m.when = s.now
	m.known, m.keyring, m.holds, m.version = clone(m.known), clone(m.keyring), clone(m.holds), clone(m.version)
	s.log = append(s.log, m)
}

func (s *story) store(root gitstore.ID, parents []gitstore.ID, files map[string][]byte, by string, when time.Time) (tree, commit gitstore.ID) {
	s.t.Helper()
	var edits []gitstore.Edit
	for path, content := range files {
		e := gitstore.Edit{Path: path}
		if content != nil {
			var err error
			if e.ID, err = s.mem.Blob(content); err != nil {
				s.t.Fatal(err)
			}
		} else if _, ok, err := gitstore.Find(s.mem, root, path); err != nil || !ok {
			continue // given and taken in one commit
		}
		edits = append(edits, e)
	}
	tree, err := s.mem.Tree(root, edits)
	if err != nil {
		s.t.Fatal(err)
	}
	commit, err = s.mem.Commit(gitstore.CommitSpec{Tree: tree, Parents: parents, Name: by, Email: by + "@medlem.invalid", When: when, Message: "a story"})
	if err != nil {
		s.t.Fatal(err)
	}
	return tree, commit
}

func clone[K comparable, V any](m map[K]V) map[K]V {
	out := make(map[K]V, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

func (s *story) find(path string) gitstore.ID {
	e, ok, err := gitstore.Find(s.mem, s.roots[len(s.roots)-1], path)
	if err != nil || !ok {
		s.t.Fatalf("%s is not there: %v", path, err)
	}
	return e.ID
}
