package desk

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// Document is a piece of evidence in clear: a signed agreement, minutes, a
// reason. It lies in memory only, or in a file that a person named.
type Document struct {
	Kind    string
	Ending  string // of its file's name, "pdf"; "" where it had none
	Content []byte
	plain   []byte // as it is sealed
}

const documentHead = "medlem document 1\n"

// nonceSize is the number of random bytes before each document, so that its
// digest, which stands in clear, tells nothing of what it says.
const nonceSize = 20

// endingLimit bounds the ending of a file's name that is kept, in characters.
const endingLimit = 10

// NewDocument makes a document of a file's content. ending is that of the file's
// name, without the dot; one that is not plain is left out.
func NewDocument(kind, ending string, content []byte) (*Document, error) {
	if !register.IsKey(kind) {
		return nil, fmt.Errorf("malformed kind of document %q: want a policy key", kind)
	}
	if len(content) == 0 {
		return nil, fmt.Errorf("document %q is empty", kind)
	}
	if len(content) > seal.DocumentLimit {
		return nil, fmt.Errorf("document %q has %d bytes: want at most %d", kind, len(content), seal.DocumentLimit)
	}
	ending = strings.ToLower(ending)
	if len(ending) > endingLimit || strings.Trim(ending, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		ending = ""
	}
	var nonce [nonceSize]byte
	rand.Read(nonce[:]) // never fails: crypto/rand ends the program instead
	d := &Document{Kind: kind, Ending: ending, Content: content}
	d.plain = fmt.Appendf(nil, "%snonce %s\nkind %s\nending %s\nsize %d\n\n", documentHead, register.Base32.EncodeToString(nonce[:]), kind, ending, len(content))
	d.plain = append(append(d.plain, content...), '\n')
	return d, nil
}

// Digest is what signatures are about: the SHA-256 of the document with what
// stands before it.
func (d *Document) Digest() string { return digestOf(d.plain) }

// parseDocument reads a document as it was sealed.
func parseDocument(plain []byte) (*Document, error) {
	malformed := errors.New("not a document that medlem sealed")
	rest, ok := bytes.CutPrefix(plain, []byte(documentHead))
	if !ok {
		return nil, malformed
	}
	var values [4]string
	for i, key := range []string{"nonce ", "kind ", "ending ", "size "} {
		line, after, ok := bytes.Cut(rest, []byte("\n"))
		value, ok2 := bytes.CutPrefix(line, []byte(key))
		if !ok || !ok2 {
			return nil, malformed
		}
		values[i], rest = string(value), after
	}
	size, err := strconv.Atoi(values[3])
	if err != nil || len(rest) < 2 || rest[0] != '\n' || rest[len(rest)-1] != '\n' || size != len(rest)-2 || !register.IsKey(values[1]) {
		return nil, malformed
	}
	return &Document{Kind: values[1], Ending: values[2], Content: rest[1 : len(rest)-1], plain: plain}, nil
}
