package seal

import (
	"bytes"
	"encoding/base64"
	"fmt"
)

// Bounds on the header of a file. The last three are age's own, so that no file
// is a file to one of the two parsers only.
const (
	RecordHeaderLimit = 64 << 10 // 64 KiB; a record's header has 149 bytes
	HeaderLimit       = 2 << 20  // 2 MiB
	StanzaLimit       = 1024     // stanzas in a header
	argLimit          = 128      // arguments of a stanza, besides its type
)

const (
	intro        = "age-encryption.org/v1"
	macSize      = 32 // bytes
	bodyLineSize = 48 // bytes in a full line of a stanza's body, 64 characters
)

// Stanza is one part of an age header: the file key, wrapped for one recipient.
type Stanza struct {
	Type string
	Args []string
	Body []byte
}

// parseHeader reads the header of a binary age v1 file: its stanzas and its
// size in bytes. It knows nothing of keys and verifies no MAC.
//
// It is a parser of its own, ten times as fast as asking age, for the check of
// a whole register and so that no work is done for a file that will be refused.
// Wherever a key is at hand, age parses the header once more. FuzzHeader holds
// the two to the same answer for every input.
func parseHeader(file []byte, limit int) (stanzas []Stanza, size int, err error) {
	p := headerParser{rest: file[:min(len(file), limit)]}
	if line, ok := p.line(); !ok || string(line) != intro {
		return nil, 0, notAge("file does not begin with %q", intro)
	}
	for {
		line, ok := p.line()
		switch {
		case !ok:
			return nil, 0, notAge("header is cut off or longer than %d bytes", limit)
		case bytes.HasPrefix(line, []byte("--- ")):
			var buf [bodyLineSize]byte
			if mac, ok := decodeLine(buf[:0], line[len("--- "):]); !ok || len(mac) != macSize {
				return nil, 0, notAge("line %d: malformed header MAC", p.lines)
			}
			if len(stanzas) == 0 {
				return nil, 0, notAge("header without a stanza")
			}
			return stanzas, min(len(file), limit) - len(p.rest), nil
		case len(stanzas) == StanzaLimit:
			return nil, 0, notAge("header of more than %d stanzas", StanzaLimit)
		}
		s, err := p.stanza(line)
		if err != nil {
			return nil, 0, err
		}
		stanzas = append(stanzas, s)
	}
}

type headerParser struct {
	rest  []byte // what is not yet read
	lines int    // how many lines were
}

func (p *headerParser) line() ([]byte, bool) {
	line, rest, ok := bytes.Cut(p.rest, []byte{'\n'})
	if ok {
		p.rest = rest
		p.lines++
	}
	return line, ok
}

// stanza reads the stanza whose first line is given.
func (p *headerParser) stanza(first []byte) (s Stanza, err error) {
	args, ok := bytes.CutPrefix(first, []byte("-> "))
	if !ok || !splitArgs(&s, string(args)) {
		return s, notAge("line %d: malformed stanza", p.lines)
	}
	for {
		line, ok := p.line()
		if !ok {
			return s, notAge("header is cut off or too long")
		}
		before := len(s.Body)
		if s.Body, ok = decodeLine(s.Body, line); !ok {
			return s, notAge("line %d: malformed body of a stanza", p.lines)
		}
		if len(s.Body)-before < bodyLineSize { // a body ends with a short line
			return s, nil
		}
	}
}

// splitArgs sets the type and the arguments from text: visible ASCII, single
// spaces between.
func splitArgs(s *Stanza, text string) bool {
	start := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] != ' ' {
			if text[i] < '!' || text[i] > '~' {
				return false
			}
			continue
		}
		switch {
		case i == start || len(s.Args) == argLimit:
			return false
		case start == 0:
			s.Type = text[:i]
		default:
			s.Args = append(s.Args, text[start:i])
		}
		start = i + 1
	}
	return true
}

var base64Strict = base64.RawStdEncoding.Strict()

// decodeLine appends the bytes of one line of base64, at most bodyLineSize.
func decodeLine(dst, line []byte) ([]byte, bool) {
	if base64Strict.DecodedLen(len(line)) > bodyLineSize || bytes.IndexByte(line, '\r') >= 0 {
		return dst, false // encoding/base64 would skip a carriage return
	}
	dst, err := base64Strict.AppendDecode(dst, line)
	return dst, err == nil
}

func notAge(format string, args ...any) *HeaderError {
	return &HeaderError{Rule: RuleNotAge, msg: fmt.Sprintf(format, args...)}
}
