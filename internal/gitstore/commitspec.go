package gitstore

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// CommitSpec says what a new commit holds. Author and committer are the same.
type CommitSpec struct {
	Tree        ID
	Parents     []ID
	Name, Email string
	When        time.Time // written to the second, in its own zone
	Message     string    // UTF-8; a newline is added where none ends it
	// Sign, where set, returns the armored signature of the commit without it.
	Sign func(payload []byte) ([]byte, error)
}

// encode returns the raw commit, and refuses to make one that parseCommit would
// not take.
func (s *CommitSpec) encode() ([]byte, error) {
	if s.Message == "" || !utf8.ValidString(s.Message) {
		return nil, fmt.Errorf("commit: the message is empty or not UTF-8")
	}
	var head bytes.Buffer
	fmt.Fprintf(&head, "tree %s\n", s.Tree)
	for _, p := range s.Parents {
		fmt.Fprintf(&head, "parent %s\n", p)
	}
	if strings.Contains(s.Name+s.Email, "\n") {
		return nil, fmt.Errorf("commit: a newline in the name or the address")
	}
	who := fmt.Sprintf("%s <%s> %d %s", s.Name, s.Email, s.When.Unix(), s.When.Format("-0700"))
	fmt.Fprintf(&head, "author %s\ncommitter %s\n", who, who)
	tail := "\n" + s.Message
	if !strings.HasSuffix(tail, "\n") {
		tail += "\n"
	}
	if s.Sign != nil {
		sig, err := s.Sign([]byte(head.String() + tail))
		if err != nil {
			return nil, fmt.Errorf("sign commit: %w", err)
		}
		text := strings.TrimRight(string(sig), "\n")
		fmt.Fprintf(&head, "gpgsig %s\n", strings.ReplaceAll(text, "\n", "\n "))
	}
	raw := []byte(head.String() + tail)
	if len(raw) > CommitLimit {
		return nil, fmt.Errorf("commit: %w: %d bytes, limit %d", ErrTooLarge, len(raw), CommitLimit)
	}
	if _, err := parseCommit(raw); err != nil {
		return nil, err
	}
	return raw, nil
}
