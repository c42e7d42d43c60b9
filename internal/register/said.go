package register

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Said is a commit message taken apart.
type Said struct {
	Verb   string // "init", "merge", "keyring", or one of Verbs
	N      uint64 // how many of them; of a keyring, its serial
	Unit   UnitID // "" in an init or a merge
	Handle Handle // of a merge
	Topic  string // of a merge

	Fields []string // sorted; the fields that an officer says her commit changes; nil: she does not say
	Effect string   // EffectLength hexadecimal digits; "" none: the effect of a policy change that is known and meant
	Rows   *Rows    // of an import: what became of the list's rows; nil: it does not say
}

// Rows says what became of the rows of a list that was taken in. Each row is one
// of them; rows in which nothing stands are not counted.
type Rows struct {
	New   uint64 // entered as members: as many as the commit brings
	Known uint64 // of members who were there
	Left  uint64 // left out: with faults, or perhaps of somebody who is there
}

// Read is how many rows the list had.
func (r Rows) Read() uint64 { return r.New + r.Known + r.Left }

// FieldsLimit is the number of fields that one message may name.
const FieldsLimit = 100

// EffectLength is the number of hexadecimal digits by which a message names the
// effect of a policy change.
const EffectLength = 16

const (
	fieldsTrailer = "Fields: "
	effectTrailer = "Effect: "
	rowsTrailer   = "Rows: "
)

// WithFields adds to a message which fields of records its commit changes.
func WithFields(msg string, fields []string) string {
	f := slices.Clone(fields)
	slices.Sort(f)
	if f = slices.Compact(f); len(f) == 0 {
		return msg
	}
	return msg + "\n" + fieldsTrailer + strings.Join(f, " ") + "\n"
}

// WithEffect adds to the message of a policy change, or of the merge of one, that
// its effect on who reads what is known and meant. effect is what names it: "" adds
// nothing.
func WithEffect(msg, effect string) string {
	if effect == "" {
		return msg
	}
	return msg + "\n" + effectTrailer + effect + "\n"
}

// WithRows adds to the message of an import, behind its fields, what became of the
// rows of the list: what was read is what came in and what was left out.
func WithRows(msg string, r *Rows) string {
	if r == nil {
		return msg
	}
	if strings.Count(msg, "\n") == 1 {
		msg += "\n"
	}
	return msg + fmt.Sprintf("%s%d = %d new + %d known + %d left out\n", rowsTrailer, r.Read(), r.New, r.Known, r.Left)
}

var rowsPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(0|[1-9][0-9]{0,6}) = (0|[1-9][0-9]{0,6}) new \+ (0|[1-9][0-9]{0,6}) known \+ (0|[1-9][0-9]{0,6}) left out$`)
})

// rows reads what became of the rows of a list: the sum must be right, and what is
// new as many as the message says at first.
func (s *Said) rows(text string) bool {
	m := rowsPattern().FindStringSubmatch(text)
	if m == nil || s.Verb != "import" {
		return false
	}
	var n [4]uint64
	for i := range n {
		n[i], _ = strconv.ParseUint(m[i+1], 10, 64) // the pattern bounds it
	}
	s.Rows = &Rows{New: n[1], Known: n[2], Left: n[3]}
	return n[0] == s.Rows.Read() && n[1] == s.N
}

var messagePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:init|(` + strings.Join(Verbs, "|") + `) (0|[1-9][0-9]{0,6}) in ([a-z0-9-]+)|merge ([a-z0-9-]+)/([a-z0-9-]+)|keyring ([1-9][0-9]{0,18}) in ([a-z0-9-]+))$`)
})

// ofRecords are the verbs whose message may name fields, ofRules those whose
// message may name an effect.
var (
	ofRecords = []string{"add", "edit", "import", "move", "close", "reopen"}
	ofRules   = []string{"policy", "unit", "merge"}
)

var errMessage = errors.New("malformed message: only generated messages are accepted")

// ParseMessage takes apart a message that this package makes. Any other is an
// error, which repeats nothing of it: a message stays in clear for ever.
func ParseMessage(msg string) (Said, error) {
	first, trailer, _ := strings.Cut(msg, "\n")
	m := messagePattern().FindStringSubmatch(first)
	if m == nil || !strings.HasSuffix(msg, "\n") {
		return Said{}, errMessage
	}
	s := Said{Verb: first} // init
	var err error
	switch {
	case m[1] != "":
		s.Verb = m[1]
		s.N, s.Unit, err = counted(m[2], m[3])
	case m[4] != "":
		s.Verb, s.Topic = "merge", m[5]
		if s.Handle, err = ParseHandle(m[4]); err == nil {
			_, err = ParseTopic(m[5])
		}
	case m[6] != "":
		s.Verb = "keyring"
		s.N, s.Unit, err = counted(m[6], m[7])
	}
	if err != nil || !s.trailer(trailer) {
		return Said{}, errMessage
	}
	return s, nil
}

func counted(n, unit string) (uint64, UnitID, error) {
	count, err := strconv.ParseUint(n, 10, 64)
	if err != nil {
		return 0, "", err
	}
	u, err := ParseUnitID(unit)
	return count, u, err
}

// trailer reads what follows the first line: nothing, or an empty line and one
// trailer that the verb may have; an import may have two.
func (s *Said) trailer(text string) bool {
	if text == "" {
		return true
	}
	line, empty := strings.CutPrefix(text, "\n")
	line, ended := strings.CutSuffix(line, "\n")
	if !empty || !ended {
		return false
	}
	if before, last, two := strings.Cut(line, "\n"); two {
		r, ok := strings.CutPrefix(last, rowsTrailer)
		if !ok || !strings.HasPrefix(before, fieldsTrailer) || !s.rows(r) {
			return false
		}
		line = before
	} else if r, ok := strings.CutPrefix(line, rowsTrailer); ok {
		return s.rows(r)
	}
	if f, ok := strings.CutPrefix(line, fieldsTrailer); ok && slices.Contains(ofRecords, s.Verb) {
		s.Fields = strings.Split(f, " ")
		return fieldNames(s.Fields)
	}
	if e, ok := strings.CutPrefix(line, effectTrailer); ok && slices.Contains(ofRules, s.Verb) {
		s.Effect = e
		return len(e) == EffectLength && strings.Trim(e, "0123456789abcdef") == ""
	}
	return false
}

// fieldNames tells whether the names are policy keys by form, each once, in
// order.
func fieldNames(names []string) bool {
	if len(names) > FieldsLimit {
		return false
	}
	for i, n := range names {
		if !IsKey(n) || i > 0 && n <= names[i-1] {
			return false
		}
	}
	return true
}
