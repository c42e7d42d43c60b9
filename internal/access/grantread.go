package access

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// grantReader reads the keys of a grant's file and keeps the first fault. It
// repeats nothing that stands there: it could be a name.
type grantReader struct {
	f   *register.Flat
	err error
}

func (r *grantReader) fault(line, col int, format string, args ...any) {
	if r.err == nil {
		r.err = &register.FlatError{Line: line, Col: col, Msg: fmt.Sprintf(format, args...)}
	}
}

func (r *grantReader) value(key string, need bool) (string, int) {
	s, line, err := r.f.Value(key, need)
	if err != nil && r.err == nil {
		r.err = err
	}
	return s, line
}

func (r *grantReader) list(key string, limit int) ([]string, int) {
	l, line, err := r.f.List(key, false)
	if err != nil && r.err == nil {
		r.err = err
	}
	if len(l) > limit {
		r.fault(line, 1, "%d items in %s: want at most %d", len(l), key, limit)
	}
	return l, line
}

// word is a key of the policy: in clear files no other text may stand, since it
// could be a person's name.
func (r *grantReader) word(key string, need bool) (string, int) {
	s, line := r.value(key, need)
	if s != "" && !register.IsKey(s) {
		r.fault(line, len(key)+3, "malformed %s: want a policy key", key)
	}
	return s, line
}

func (r *grantReader) day(key string, need bool) (register.Day, int) {
	s, line := r.value(key, need)
	if s == "" {
		return "", line
	}
	d, err := register.ParseDay(s)
	if err != nil {
		r.fault(line, len(key)+3, "malformed day: want YYYY-MM-DD")
	}
	return d, line
}

func (r *grantReader) unit(key string) register.UnitID {
	s, line := r.value(key, false)
	if s == "" {
		return ""
	}
	u, err := register.ParseUnitID(s)
	if err != nil {
		r.fault(line, len(key)+3, "malformed unit: want the id of one")
	}
	return u
}

func (r *grantReader) version(key string) string {
	s, line := r.value(key, false)
	if s != "" && !isVersion(s) {
		r.fault(line, len(key)+3, "malformed version: want two numbers and a point, 2.1")
	}
	return s
}

// isVersion tells whether s is two small numbers and a point.
func isVersion(s string) bool {
	major, minor, ok := strings.Cut(s, ".")
	digits := func(n string) bool {
		return n != "" && len(n) <= 4 && strings.Trim(n, "0123456789") == "" && (n == "0" || n[0] != '0')
	}
	return ok && digits(major) && digits(minor)
}

func (r *grantReader) words(key string, limit int) []string {
	l, line := r.list(key, limit)
	for i, s := range l {
		if !register.IsKey(s) || slices.Contains(l[:i], s) {
			r.fault(line+1+i, 5, "malformed or repeated item: want a policy key, each once")
		}
	}
	return l
}

func (r *grantReader) handles(key string) []register.Handle {
	l, line := r.list(key, namesLimit)
	var out []register.Handle
	for i, s := range l {
		h, err := register.ParseHandle(s)
		if err != nil {
			r.fault(line+1+i, 5, "malformed handle: want o- and 10 characters a-z2-7")
		} else if i > 0 && s <= l[i-1] {
			r.fault(line+1+i, 5, "handles are not sorted, or one is repeated")
		}
		out = append(out, h)
	}
	return out
}

// evidence reads "<kind> <id> <sha256> <digest>", and the first version's
// "<id> <sha256>".
func (r *grantReader) evidence() []Evidence {
	l, line := r.list("evidence", evidenceLimit)
	var out []Evidence
	for i, s := range l {
		w := strings.Split(s, " ")
		e := Evidence{}
		ok := len(w) == 2
		switch len(w) {
		case 2:
			e.ID, e.SHA256 = register.RecordID(w[0]), w[1]
		case 4:
			e = Evidence{w[0], register.RecordID(w[1]), w[2], w[3]}
			ok = register.IsKey(e.Kind) && isSHA256(e.Digest)
		}
		if _, err := register.ParseRecordID(string(e.ID)); err != nil || !ok || !isSHA256(e.SHA256) {
			r.fault(line+1+i, 5, "malformed evidence: want its kind, an id, the digest of the file and that of its content")
		}
		for _, x := range out {
			if x.ID == e.ID || e.Kind != "" && x.Kind == e.Kind {
				r.fault(line+1+i, 5, "two pieces of evidence of one kind or one id")
			}
		}
		out = append(out, e)
	}
	return out
}

// strict64 takes the one text that each blob has: a clear file has no line ends
// within a value, which the decoder would pass over.
var strict64 = base64.StdEncoding.Strict()

func (r *grantReader) signatures() []Signature {
	l, line := r.list("signatures", signatureLimit)
	var out []Signature
	for i, s := range l {
		w := strings.Split(s, " ")
		if len(w) != 6 {
			r.fault(line+1+i, 5, "malformed signature: want matter, act, signer, handle, day and base64")
			return nil
		}
		h, herr := register.ParseHandle(w[3])
		d, derr := register.ParseDay(w[4])
		blob, berr := strict64.DecodeString(w[5])
		if herr != nil || derr != nil || berr != nil || len(blob) > blobLimit || !register.IsKey(w[0]) || !register.IsKey(w[1]) || !register.IsKey(w[2]) {
			r.fault(line+1+i, 5, "malformed signature: want matter, act, signer, handle, day and base64")
		}
		x := Signature{w[0], w[1], w[2], h, d, blob}
		for _, y := range out {
			if x.Matter == y.Matter && x.Act == y.Act && x.Signer == y.Signer && x.Handle == y.Handle {
				r.fault(line+1+i, 5, "a signature stands twice")
			}
		}
		out = append(out, x)
	}
	return out
}
