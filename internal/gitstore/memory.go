package gitstore

import (
	"bytes"
	"fmt"
	"sync"
)

// Memory holds objects that must not reach a disk, such as keyrings on their way
// to and from a server. It is a Reader, safe for concurrent use, and holds at
// most MemoryLimit bytes.
type Memory struct {
	mu   sync.RWMutex
	objs map[ID]memObject
	size int64
}

type memObject struct {
	typ     ObjectType
	content []byte
}

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{objs: map[ID]memObject{}} }

// Blob adds a file.
func (m *Memory) Blob(content []byte) (ID, error) { return m.add(Blob, content) }

// Tree is as Builder.Tree.
func (m *Memory) Tree(root ID, edits []Edit) (ID, error) {
	if err := checkEdits(m.Size, edits); err != nil {
		return ZeroID, err
	}
	return editTree(m, root, edits)
}

// Commit is as Builder.Commit.
func (m *Memory) Commit(s CommitSpec) (ID, error) { return addCommit(m, m.Size, s) }

// Has tells whether the object is here.
func (m *Memory) Has(id ID) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	_, ok := m.objs[id]
	return ok
}

// Size returns the type of an object and the size of its content in bytes.
func (m *Memory) Size(id ID) (ObjectType, int64, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	o, ok := m.objs[id]
	if !ok {
		return 0, 0, notFound(id)
	}
	return o.typ, int64(len(o.content)), nil
}

// Object returns an object's type and a copy of its content.
func (m *Memory) Object(id ID) (ObjectType, []byte, error) { return m.object(id, ObjectLimit) }

func (m *Memory) object(id ID, limit int64) (ObjectType, []byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	o, ok := m.objs[id]
	if !ok {
		return 0, nil, notFound(id)
	}
	if int64(len(o.content)) > limit {
		return 0, nil, tooLarge(id, int64(len(o.content)), limit)
	}
	return o.typ, bytes.Clone(o.content), nil
}

func (m *Memory) add(t ObjectType, content []byte) (ID, error) {
	if len(content) > ObjectLimit {
		return ZeroID, fmt.Errorf("add object: %w: %d bytes, limit %d", ErrTooLarge, len(content), ObjectLimit)
	}
	id := hashObject(t, content)
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.objs[id]; ok {
		return id, nil
	}
	if m.size+int64(len(content)) > MemoryLimit {
		return ZeroID, fmt.Errorf("add object: %w: memory holds at most %d bytes", ErrLimit, MemoryLimit)
	}
	m.size += int64(len(content))
	m.objs[id] = memObject{t, bytes.Clone(content)}
	return id, nil
}
