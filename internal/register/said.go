package register

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
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
}

// FieldsLimit is the number of fields that one message may name.
const FieldsLimit = 100

// EffectLength is the number of hexadecimal digits by which a message names the
// effect of a policy change.
const EffectLength = 16

const (
	fieldsTrailer = "Fields: "
	effectTrailer = "Effect: "
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

var messagePattern = regexp.MustCompile(`^(?:init|(` + strings.Join(Verbs, "|") + `) (0|[1-9][0-9]{0,6}) in ([a-z0-9-]+)|merge ([a-z0-9-]+)/([a-z0-9-]+)|keyring ([1-9][0-9]{0,18}) in ([a-z0-9-]+))$`)

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
	m := messagePattern.FindStringSubmatch(first)
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
// trailer that the verb may have.
func (s *Said) trailer(text string) bool {
	if text == "" {
		return true
	}
	line, empty := strings.CutPrefix(text, "\n")
	line, ended := strings.CutSuffix(line, "\n")
	if !empty || !ended {
		return false
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
