package access

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// Run is a run of erasures, data/<top unit>/runs/<YYYY-MM-DD>/<id>.yaml: many records
// that the secretariat proposes to erase together, signs, and erases when the run's
// quarantine is over. The day of the path is that of the proposal. Which records
// they are stands in the sealed file beside it (seal.RunList), bound to this one by
// its digest, and is known to everybody when the run is done.
type Run struct {
	Unit register.UnitID
	Day  register.Day
	ID   register.RecordID

	By     register.Handle // who proposed it
	Count  int             // records
	SHA256 string          // RunDigest of them
	Until  register.Day    // the last day of its quarantine
	Signed []register.Handle
	Stops  []string // StopDigest of members who are spared, in the order in which they came

	Stopped register.Day // the day on which the whole run was stopped, or ""
	Done    register.Day // the day on which it erased, or ""
	Nonce   string       // of a run that is done: what its digests begin with, hexadecimal
	Spared  []register.RecordID
}

// The limits of a run.
const (
	RunLimit      = 10_000 // records
	runStopsLimit = 1_000  // members who are spared by name: with as many spared as a run has, below register.FlatLimit
	runSigners    = 100
)

// NonceSize is the length in bytes of a run's nonce, without which nobody who reads
// the digests can try which ids give them.
const NonceSize = 32

// RunDigest is what a run says in clear of its records: the SHA-256 of the nonce and
// the sorted ids, each with a line feed, in hexadecimal.
func RunDigest(nonce [NonceSize]byte, ids []register.RecordID) string {
	ids = slices.Sorted(slices.Values(ids))
	h := sha256.New()
	h.Write(nonce[:])
	for _, id := range ids {
		h.Write([]byte(id + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// StopDigest is what a run says in clear of a member who is spared: the SHA-256 of
// the nonce and her id, in hexadecimal.
func StopDigest(nonce [NonceSize]byte, id register.RecordID) string {
	sum := sha256.Sum256(append(nonce[:], id...))
	return hex.EncodeToString(sum[:])
}

// Open tells whether the run still waits: it was neither stopped nor done.
func (x *Run) Open() bool { return x.Stopped == "" && x.Done == "" }

// Signers is how many officers have signed the run, who proposed it included.
func (x *Run) Signers() int { return 1 + len(x.Signed) }

// Path is where the run lies.
func (x *Run) Path() register.Path {
	return register.Path{Kind: register.Run, Unit: x.Unit, Day: x.Day, ID: x.ID}
}

// ListPath is where the sealed file beside it lies as long as the run is open.
func (x *Run) ListPath() register.Path {
	return register.Path{Kind: register.RunList, Unit: x.Unit, Day: x.Day, ID: x.ID}
}

// Encode returns the run's file.
func (x *Run) Encode() []byte {
	f := register.NewFlat()
	f.Set("by", string(x.By))
	f.Set("count", strconv.Itoa(x.Count))
	f.Set("sha256", x.SHA256)
	f.Set("until", string(x.Until))
	f.SetList("signed", texts(x.Signed))
	f.SetList("stop", x.Stops)
	f.Set("stopped", string(x.Stopped))
	f.Set("done", string(x.Done))
	f.Set("nonce", x.Nonce)
	f.SetList("spared", texts(x.Spared))
	return f.Encode()
}

// ParseRun reads the run that lies at a path of kind Run.
func ParseRun(p register.Path, b []byte) (*Run, error) {
	f, err := register.ParseFlat(b)
	if err != nil {
		return nil, err
	}
	r := &drawReader{grantReader{f: f}}
	x := &Run{Unit: p.Unit, Day: p.Day, ID: p.ID}
	x.By = r.handle("by", true)
	x.Count = r.number("count", true, RunLimit)
	x.SHA256 = r.digest("sha256", true)
	var line int
	if x.Until, line = r.day("until", true); x.Until < x.Day {
		r.fault(line, 8, "its quarantine ends before it begins")
	}
	if x.Count < 1 {
		r.fault(1, 1, "a run of no record")
	}
	x.Signed = r.seconders(x.By)
	x.Stops = r.stops()
	x.Stopped, _ = r.day("stopped", false)
	if x.Done, line = r.day("done", false); x.Done != "" && x.Stopped != "" {
		r.fault(line, 1, "both stopped and done")
	}
	x.Nonce = r.digest("nonce", x.Done != "")
	if x.Spared, line = r.spared(); x.Done == "" && (x.Nonce != "" || len(x.Spared) > 0) {
		r.fault(max(line, 1), 1, "only a run that is done has nonce and spared")
	}
	if r.err == nil {
		r.err = f.End()
	}
	if r.err != nil {
		return nil, r.err
	}
	return x, nil
}

// NonceBytes returns the nonce of a run that is done.
func (x *Run) NonceBytes() (n [NonceSize]byte) {
	hex.Decode(n[:], []byte(x.Nonce)) // ParseRun has seen its form
	return n
}

// digest is 32 bytes in hexadecimal.
func (r *drawReader) digest(key string, need bool) string {
	s, line := r.value(key, need)
	if s != "" && !isSHA256(s) {
		r.fault(line, len(key)+3, "malformed %s: want 64 hexadecimal digits", key)
	}
	return s
}

// seconders are the officers who have signed beside the one who proposed.
func (r *drawReader) seconders(by register.Handle) []register.Handle {
	l, line := r.list("signed", runSigners)
	var out []register.Handle
	for i, s := range l {
		h, err := register.ParseHandle(s)
		switch {
		case err != nil:
			r.fault(line+1+i, 5, "malformed handle: want o- and 10 characters a-z2-7")
		case h == by || slices.Contains(out, h):
			r.fault(line+1+i, 5, "%s has signed already", h)
		}
		out = append(out, h)
	}
	return out
}

func (r *drawReader) stops() []string {
	l, line := r.list("stop", runStopsLimit)
	for i, s := range l {
		if !isSHA256(s) || slices.Contains(l[:i], s) {
			r.fault(line+1+i, 5, "malformed or repeated digest: want 64 hexadecimal digits, each once")
		}
	}
	return l
}

// spared are ids, sorted, none twice.
func (r *drawReader) spared() ([]register.RecordID, int) {
	l, line := r.list("spared", RunLimit)
	var out []register.RecordID
	for i, s := range l {
		id, err := register.ParseRecordID(s)
		if err != nil || i > 0 && strings.Compare(s, l[i-1]) <= 0 {
			r.fault(line+1+i, 5, "malformed, repeated or not sorted: want ids of 13 characters a-z2-7")
		}
		out = append(out, id)
	}
	return out, line
}
