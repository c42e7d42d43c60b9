package gitstore

import "sync"

const (
	rememberedSize = 64 << 10 // bytes of the largest tree or commit that is remembered
	rememberedFile = 2 << 10  // bytes of the largest file; a grant or a keyring.yaml has less
	rememberedAll  = 16 << 20 // bytes of each of two generations
)

// Remember keeps trees, commits and small files that were read lately in memory, until what it
// returns is called. It is for who follows a history, in which each commit's trees are
// read several times over, and are almost those of the commit before. Callers must not
// change what Object returns meanwhile.
func (r *Repo) Remember() (forget func()) {
	r.remember.Add(1)
	var once sync.Once
	return func() {
		once.Do(func() {
			if r.remember.Add(-1) == 0 {
				r.lately.clear()
			}
		})
	}
}

// lately are objects that were read, in two generations: what is not asked for again
// while the younger one fills up is forgotten. Safe for concurrent use.
type lately struct {
	mu          sync.Mutex
	now, before map[ID]memObject
	size        int // bytes of now
}

func (l *lately) get(id ID) (memObject, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if o, ok := l.now[id]; ok {
		return o, true
	}
	o, ok := l.before[id]
	if ok {
		l.put(id, o)
	}
	return o, ok
}

func (l *lately) add(id ID, o memObject) {
	most := rememberedSize
	if o.typ == Blob {
		most = rememberedFile
	}
	if len(o.content) > most {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(id, o)
}

func (l *lately) put(id ID, o memObject) {
	if l.now == nil || l.size+len(o.content) > rememberedAll {
		l.now, l.before, l.size = map[ID]memObject{}, l.now, 0
	}
	if _, ok := l.now[id]; !ok {
		l.now[id] = o
		l.size += len(o.content)
	}
}

func (l *lately) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now, l.before, l.size = nil, nil, 0
}
