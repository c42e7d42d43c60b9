package gitstore

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Person is who wrote or committed, and when.
type Person struct {
	Name, Email string
	When        time.Time // to the second, in the zone that the commit names
	Zone        string    // as it stands in the commit, "+0100"
}

// Commit is a commit object taken apart.
type Commit struct {
	ID, Tree          ID
	Parents           []ID
	Author, Committer Person
	Message           string   // all that follows the header's blank line
	Extra             []string // names of the other headers, in order: gpgsig, encoding, mergetag, …
	Raw               []byte   // the object's content; not to be changed
}

// ReadCommit reads a commit and takes it apart strictly: tree, parents, author
// and committer in this order and well formed, then other headers, a blank line
// and the message. Anything else is an error that wraps ErrMalformedCommit.
func ReadCommit(r Reader, id ID) (*Commit, error) {
	raw, err := read(r, id, CommitType, CommitLimit)
	if err != nil {
		return nil, err
	}
	c, err := parseCommit(raw)
	if err != nil {
		return nil, fmt.Errorf("commit %s: %w", id, err)
	}
	c.ID = id
	return c, nil
}

func parseCommit(raw []byte) (*Commit, error) {
	if bytes.IndexByte(raw, 0) >= 0 {
		return nil, fmt.Errorf("%w: it holds a zero byte", ErrMalformedCommit)
	}
	end := bytes.Index(raw, []byte("\n\n"))
	if end < 0 {
		return nil, fmt.Errorf("%w: no blank line ends its header", ErrMalformedCommit)
	}
	if end > CommitHeaderLimit {
		return nil, fmt.Errorf("%w: header of %d bytes, limit %d", ErrMalformedCommit, end, CommitHeaderLimit)
	}
	c := &Commit{Raw: raw, Message: string(raw[end+2:])}
	h := header{rest: string(raw[:end+1])}
	var err error
	if c.Tree, err = h.id("tree "); err != nil {
		return nil, err
	}
	for strings.HasPrefix(h.rest, "parent ") {
		if len(c.Parents) == ParentLimit {
			return nil, fmt.Errorf("%w: more than %d parents", ErrMalformedCommit, ParentLimit)
		}
		p, err := h.id("parent ")
		if err != nil {
			return nil, err
		}
		c.Parents = append(c.Parents, p)
	}
	if c.Author, err = h.person("author "); err != nil {
		return nil, err
	}
	if c.Committer, err = h.person("committer "); err != nil {
		return nil, err
	}
	if c.Extra, err = h.others(); err != nil {
		return nil, err
	}
	return c, nil
}

// header is what is left of a commit's header; it ends in a newline.
type header struct {
	rest string
	line int
}

func (h *header) next() string {
	h.line++
	line, rest, _ := strings.Cut(h.rest, "\n")
	h.rest = rest
	return line
}

func (h *header) bad(what string) error {
	return fmt.Errorf("%w: line %d: %s", ErrMalformedCommit, h.line, what)
}

func (h *header) id(key string) (ID, error) {
	v, ok := strings.CutPrefix(h.next(), key)
	if !ok {
		return ZeroID, h.bad("want " + strings.TrimSpace(key))
	}
	id, err := ParseID(v)
	if err != nil || id.IsZero() {
		return ZeroID, h.bad("not an object id")
	}
	return id, nil
}

func (h *header) person(key string) (Person, error) {
	v, ok := strings.CutPrefix(h.next(), key)
	if !ok {
		return Person{}, h.bad("want " + strings.TrimSpace(key))
	}
	p, what := parsePerson(v)
	if what != "" {
		return Person{}, h.bad(what)
	}
	return p, nil
}

// others returns the names of the headers that follow the committer. A line
// that begins with a space continues the one before.
func (h *header) others() ([]string, error) {
	var names []string
	for h.rest != "" {
		line := h.next()
		if strings.HasPrefix(line, " ") {
			if len(names) == 0 {
				return nil, h.bad("continues nothing")
			}
			continue
		}
		name, _, ok := strings.Cut(line, " ")
		if !ok || !isHeaderName(name) {
			return nil, h.bad("not a header")
		}
		switch name {
		case "tree", "parent", "author", "committer":
			return nil, h.bad(name + " is out of place")
		}
		names = append(names, name)
	}
	return names, nil
}

func isHeaderName(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}

// parsePerson parses "Name <email> 1767225600 +0100" as git's fsck wants it. In
// place of an error it returns what is wrong.
func parsePerson(s string) (Person, string) {
	name, rest, ok := strings.Cut(s, " <")
	email, date, ok2 := strings.Cut(rest, "> ")
	if !ok || !ok2 || strings.ContainsAny(name, "<>\r") || strings.ContainsAny(email, "<> \t\r") || name == "" {
		return Person{}, "not a name and an address"
	}
	secs, zone, ok := strings.Cut(date, " ")
	if !ok || len(secs) > maxSecondsDigits || !isDigits(secs) || len(secs) > 1 && secs[0] == '0' {
		return Person{}, "not a time in seconds"
	}
	if len(zone) != 5 || zone[0] != '+' && zone[0] != '-' || !isDigits(zone[1:]) {
		return Person{}, "not a time zone"
	}
	n, _ := strconv.ParseInt(secs, 10, 64) // digits, and few of them
	hm, _ := strconv.Atoi(zone[1:])
	off := hm/100*3600 + hm%100*60
	if zone[0] == '-' {
		off = -off
	}
	return Person{Name: name, Email: email, When: time.Unix(n, 0).In(time.FixedZone("", off)), Zone: zone}, ""
}

// maxSecondsDigits bounds a time to the year 33,658, far below what overflows.
const maxSecondsDigits = 12

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
