package gitstore

import (
	"crypto/sha1" // the object format's hash; what arrives is checked for collisions in ingest.go
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"github.com/go-git/go-git/v5/plumbing"
)

// ID is the SHA-1 of an object. Other packages name it through this alias and
// never import go-git.
type ID = plumbing.Hash

// ZeroID stands for no object: an absent ref, an empty tree.
var ZeroID ID

// ParseID returns the id that s spells in 40 lower-case hexadecimal digits.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 2*len(id) || !isHex(s) {
		return ZeroID, fmt.Errorf("malformed object id %q: want 40 digits 0-9a-f", clip(s))
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return ZeroID, fmt.Errorf("malformed object id %q: %w", clip(s), err)
	}
	return id, nil
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// ObjectType says what an object is.
type ObjectType = plumbing.ObjectType

// The types of objects.
const (
	Blob       = plumbing.BlobObject
	Tree       = plumbing.TreeObject
	CommitType = plumbing.CommitObject
	TagType    = plumbing.TagObject
)

// Reader reads objects. Object must return the content whose hash is id, or an
// error that wraps ErrNotFound where there is none; it must be safe for
// concurrent use.
type Reader interface {
	Object(id ID) (ObjectType, []byte, error)
}

// Errors that callers act on, with errors.Is.
var (
	// ErrNotFound: the object is not in the repository.
	ErrNotFound = errors.New("object not found")
	// ErrCorrupt: what is stored or was received is not what its id or its
	// format says.
	ErrCorrupt = errors.New("damaged")
	// ErrTooLarge: a size limit is exceeded; nothing was read beyond the header.
	ErrTooLarge = errors.New("too large")
	// ErrLimit: one of the limits on counts or depths is exceeded.
	ErrLimit = errors.New("limit exceeded")
	// ErrMalformedTree: a tree object that git would not write.
	ErrMalformedTree = errors.New("malformed tree")
	// ErrMalformedCommit: a commit object that git would not write.
	ErrMalformedCommit = errors.New("malformed commit")
)

// sizedReader is a Reader that can refuse an object for its size before it reads
// the content. Every Reader of this package is one.
type sizedReader interface {
	object(id ID, limit int64) (ObjectType, []byte, error)
}

// read returns the content of an object of the wanted type and of at most limit
// bytes.
func read(r Reader, id ID, want ObjectType, limit int64) ([]byte, error) {
	var t ObjectType
	var b []byte
	var err error
	if s, ok := r.(sizedReader); ok {
		t, b, err = s.object(id, limit)
	} else if t, b, err = r.Object(id); err == nil && int64(len(b)) > limit {
		err = tooLarge(id, int64(len(b)), limit)
	}
	if err != nil {
		return nil, err
	}
	if t != want {
		return nil, fmt.Errorf("object %s is a %s, not a %s", id, t, want)
	}
	return b, nil
}

func tooLarge(id ID, size, limit int64) error {
	return fmt.Errorf("object %s: %w: %d bytes, limit %d", id, ErrTooLarge, size, limit)
}

// hashObject computes an object's id.
func hashObject(t ObjectType, content []byte) ID {
	d := sha1.New()
	var head [40]byte
	d.Write(objectHead(head[:0], t, int64(len(content))))
	d.Write(content)
	var id ID
	d.Sum(id[:0])
	return id
}

// objectHead appends what git hashes before an object's content.
func objectHead(p []byte, t ObjectType, size int64) []byte {
	p = append(p, t.Bytes()...)
	p = append(p, ' ')
	p = strconv.AppendInt(p, size, 10)
	return append(p, 0)
}

// Join returns a Reader that looks in each of rs in turn.
func Join(rs ...Reader) Reader { return joined(rs) }

type joined []Reader

func (j joined) Object(id ID) (ObjectType, []byte, error) { return j.object(id, ObjectLimit) }

func (j joined) object(id ID, limit int64) (ObjectType, []byte, error) {
	for _, r := range j {
		var t ObjectType
		var b []byte
		var err error
		if s, ok := r.(sizedReader); ok {
			t, b, err = s.object(id, limit)
		} else {
			t, b, err = r.Object(id)
		}
		if !errors.Is(err, ErrNotFound) {
			return t, b, err
		}
	}
	return 0, nil, notFound(id)
}

func notFound(id ID) error { return fmt.Errorf("%w: %s", ErrNotFound, id) }

// clip bounds foreign text in an error.
func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
