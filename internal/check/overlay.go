package check

import (
	"crypto/sha1" // git's object ids
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
)

// overlay holds trees that nobody has written: main's head with a proposal's
// changes laid over it, as far as access follows from them. A check writes
// nothing to the repository.
type overlay struct {
	r     gitstore.Reader
	trees map[gitstore.ID][]byte
}

func newOverlay(r gitstore.Reader) *overlay {
	return &overlay{r: r, trees: map[gitstore.ID][]byte{}}
}

// Object implements gitstore.Reader.
func (o *overlay) Object(id gitstore.ID) (gitstore.ObjectType, []byte, error) {
	if b, ok := o.trees[id]; ok {
		return gitstore.Tree, b, nil
	}
	return o.r.Object(id)
}

// apply returns root with the new sides of the changes in it; an absent one
// removes. Folders that become empty go.
func (o *overlay) apply(root gitstore.ID, cs []*change) (gitstore.ID, error) {
	edits := make(map[string]gitstore.Entry, len(cs))
	for _, c := range cs {
		edits[c.Path] = c.New
	}
	return o.dir(root, edits)
}

func (o *overlay) dir(tree gitstore.ID, edits map[string]gitstore.Entry) (gitstore.ID, error) {
	here := map[string]gitstore.Entry{}
	if !tree.IsZero() {
		es, err := gitstore.ReadTree(o, tree)
		if err != nil {
			return tree, fmt.Errorf("lay a proposal over main: %w", err)
		}
		for _, e := range es {
			here[e.Name] = e
		}
	}
	below := map[string]map[string]gitstore.Entry{}
	for path, e := range edits {
		name, rest, deeper := strings.Cut(path, "/")
		switch {
		case deeper:
			if below[name] == nil {
				below[name] = map[string]gitstore.Entry{}
			}
			below[name][rest] = e
		case e.ID.IsZero():
			delete(here, name)
		default:
			here[name] = gitstore.Entry{Name: name, Mode: e.Mode, ID: e.ID}
		}
	}
	for name, es := range below {
		was := here[name].ID
		if here[name].Mode != gitstore.ModeDir {
			was = gitstore.ZeroID
		}
		id, err := o.dir(was, es)
		if err != nil {
			return tree, err
		}
		if delete(here, name); !id.IsZero() {
			here[name] = gitstore.Entry{Name: name, Mode: gitstore.ModeDir, ID: id}
		}
	}
	return o.put(here), nil
}

// put keeps a tree of the entries and returns its id, zero for none.
func (o *overlay) put(here map[string]gitstore.Entry) gitstore.ID {
	if len(here) == 0 {
		return gitstore.ZeroID
	}
	es := make([]gitstore.Entry, 0, len(here))
	for _, e := range here {
		es = append(es, e)
	}
	slices.SortFunc(es, func(a, b gitstore.Entry) int { return strings.Compare(sortName(a), sortName(b)) })
	var b []byte
	for _, e := range es {
		b = fmt.Appendf(b, "%o %s\x00", uint32(e.Mode), e.Name)
		b = append(b, e.ID[:]...)
	}
	id := gitstore.ID(sha1.Sum(append(fmt.Appendf(nil, "tree %d\x00", len(b)), b...)))
	o.trees[id] = b
	return id
}

// sortName is what git orders entries by: a folder's name ends in a slash.
func sortName(e gitstore.Entry) string {
	if e.Mode == gitstore.ModeDir {
		return e.Name + "/"
	}
	return e.Name
}
