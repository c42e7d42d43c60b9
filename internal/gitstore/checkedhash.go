package gitstore

import (
	"errors"
	"fmt"
	"hash"

	"github.com/pjbgf/sha1cd"
)

// checkedHash computes the id of an object that came from elsewhere.
type checkedHash struct{ hash.Hash }

func newCheckedHash(t ObjectType, size int64) checkedHash {
	d := checkedHash{sha1cd.New()}
	var head [40]byte
	d.Write(objectHead(head[:0], t, size))
	return d
}

var errCollision = errors.New("an object is made to collide with another one")

func (d checkedHash) id() (id ID, err error) {
	sum, collision := d.Hash.(sha1cd.CollisionResistantHash).CollisionResistantSum(nil)
	if collision {
		return ZeroID, fmt.Errorf("%w: %w", ErrCorrupt, errCollision)
	}
	copy(id[:], sum)
	return id, nil
}
