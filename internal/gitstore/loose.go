package gitstore

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/go-git/go-git/v5/plumbing"
)

// loosePath is where an object that is not in a pack lies below a folder of
// objects.
func loosePath(dir string, id ID) string {
	x := id.String()
	return filepath.Join(dir, x[:2], x[2:])
}

// looseObject is an open loose object of which the head has been read.
type looseObject struct {
	f    *os.File
	in   *bufio.Reader
	zr   io.ReadCloser
	typ  ObjectType
	size int64
}

// looseHeadLimit is the longest head of a loose object in bytes: the name of a
// type, a space, a size, a zero byte.
const looseHeadLimit = 32

func openLoose(dir string, id ID) (*looseObject, error) {
	f, err := os.Open(loosePath(dir, id))
	if err != nil {
		return nil, err
	}
	o := &looseObject{f: f, in: bufio.NewReader(f)}
	if err := o.readHead(); err != nil {
		f.Close()
		return nil, err
	}
	return o, nil
}

func (o *looseObject) readHead() (err error) {
	if o.zr, err = zlib.NewReader(o.in); err != nil {
		return inflateError(err)
	}
	var head []byte
	for {
		var c [1]byte
		if _, err := io.ReadFull(o.zr, c[:]); err != nil {
			return inflateError(err)
		}
		if c[0] == 0 {
			break
		}
		if head = append(head, c[0]); len(head) == looseHeadLimit {
			return badEntry("malformed head of a loose object")
		}
	}
	name, size, ok := bytes.Cut(head, []byte(" "))
	if !ok || !isDigits(string(size)) || len(size) > 1 && size[0] == '0' {
		return badEntry("malformed head of a loose object")
	}
	if o.size, err = strconv.ParseInt(string(size), 10, 62); err != nil {
		return badEntry("malformed head of a loose object")
	}
	o.typ, err = plumbing.ParseObjectType(string(name))
	switch o.typ {
	case CommitType, Tree, Blob, TagType:
		if err == nil {
			return nil
		}
	}
	return badEntry("unknown type of object")
}

// content reads the rest, of which the size has been compared with a limit.
func (o *looseObject) content() ([]byte, error) {
	st, err := o.f.Stat()
	if err != nil {
		return nil, err
	}
	if o.size > st.Size()*maxRatio {
		return nil, badEntry("an object is larger than its data can make")
	}
	out := make([]byte, o.size)
	if _, err := io.ReadFull(o.zr, out); err != nil {
		return nil, inflateError(err)
	}
	var one [1]byte
	if n, err := o.zr.Read(one[:]); n != 0 || err != io.EOF {
		if n != 0 || err == nil {
			return nil, badEntry("an object is longer than it says")
		}
		return nil, inflateError(err)
	}
	if _, err := o.in.ReadByte(); err != io.EOF {
		return nil, badEntry("something follows a loose object")
	}
	return out, nil
}

// readLoose reads a loose object. Its hash is the caller's to check.
func readLoose(dir string, id ID, limit int64) (ObjectType, []byte, error) {
	o, err := openLoose(dir, id)
	if err != nil {
		return 0, nil, err
	}
	defer o.f.Close()
	if o.size > limit {
		return 0, nil, fmt.Errorf("%w: %d bytes, limit %d", ErrTooLarge, o.size, limit)
	}
	b, err := o.content()
	return o.typ, b, err
}

// looseSize returns the type and the size of a loose object from its head.
func looseSize(dir string, id ID) (ObjectType, int64, error) {
	o, err := openLoose(dir, id)
	if err != nil {
		return 0, 0, err
	}
	return o.typ, o.size, errors.Join(o.f.Close())
}
