package subject

import "github.com/medlem-register/medlem/internal/gitstore"

// Of two commits that follow on each other most folders are the same: what was read
// for the one is kept for the next.
const (
	recentObjects = 1024
	recentSize    = 64 << 10 // bytes of one that is kept
	recentTrees   = 512
	recentEntries = 2000 // of one tree that is kept
)

// recent is a Reader that keeps what was read lately. What it returns is not to be
// changed.
type recent struct {
	gitstore.Reader
	now, before map[gitstore.ID]object
	trees       map[gitstore.ID][]gitstore.Entry
}

// Recent returns a Reader for whoever goes through history commit by commit: it keeps
// what it read lately, and what it returns is not to be changed.
func Recent(r gitstore.Reader) gitstore.Reader { return &recent{Reader: r} }

// Tree is gitstore.TreeReader.
func (r *recent) Tree(id gitstore.ID) ([]gitstore.Entry, error) {
	if es, ok := r.trees[id]; ok {
		return es, nil
	}
	es, err := gitstore.ReadTree(r.Reader, id)
	if err != nil {
		return nil, err
	}
	if len(es) <= recentEntries {
		if len(r.trees) >= recentTrees || r.trees == nil {
			r.trees = map[gitstore.ID][]gitstore.Entry{}
		}
		r.trees[id] = es
	}
	return es, nil
}

type object struct {
	typ     gitstore.ObjectType
	content []byte
}

func (r *recent) Object(id gitstore.ID) (gitstore.ObjectType, []byte, error) {
	o, ok := r.now[id]
	if !ok {
		if o, ok = r.before[id]; !ok {
			var err error
			if o.typ, o.content, err = r.Reader.Object(id); err != nil {
				return o.typ, nil, err
			}
		}
		if len(o.content) <= recentSize {
			if len(r.now) >= recentObjects || r.now == nil {
				r.now, r.before = map[gitstore.ID]object{}, r.now
			}
			r.now[id] = o
		}
	}
	return o.typ, o.content, nil
}
