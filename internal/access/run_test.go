package access

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

var vectorRun = register.Path{Kind: register.Run, Unit: "national", Day: "2026-12-01", ID: "m4k7qwertyuio"}

// The runs that were fixed when the format was: they are read, and written again to
// the byte, and their digests are those of the program that made them.
func TestVectorRuns(t *testing.T) {
	ids := []register.RecordID{"m4k7aaaaaaaab", "zzzzzzzzzzzz7", "aaaaaaaaaaaaa"} // in any order
	var nonce [NonceSize]byte
	for i := range nonce {
		nonce[i] = byte(i)
	}
	open := &Run{Unit: "national", Day: "2026-12-01", ID: "m4k7qwertyuio", By: "o-sw42ziangi", Count: 3, SHA256: RunDigest(nonce, ids), Until: "2026-12-15"}
	done := *open
	done.Signed, done.Stops = []register.Handle{"o-easzgigbni"}, []string{StopDigest(nonce, ids[0])}
	done.Done, done.Nonce, done.Spared = "2026-12-16", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", ids[:1]
	for name, want := range map[string]*Run{"run-open.yaml": open, "run.yaml": &done} {
		got, err := ParseRun(vectorRun, vector(t, name))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as\n%+v, %v, want\n%+v", name, got, err, want)
		}
		if !bytes.Equal(want.Encode(), vector(t, name)) {
			t.Errorf("%s is written\n%s", name, want.Encode())
		}
	}
	if done.NonceBytes() != nonce || done.Open() || !open.Open() || done.Signers() != 2 || open.Signers() != 1 {
		t.Error("what a run says of itself is read wrongly")
	}
	if open.Path() != vectorRun || open.ListPath().String() != "data/national/runs/2026-12-01/m4k7qwertyuio.age" {
		t.Errorf("it lies at %s, its list at %s", open.Path(), open.ListPath())
	}
	if ids[0] != "m4k7aaaaaaaab" {
		t.Error("RunDigest sorts its caller's ids")
	}
}

// runText is a run with one of its lines, or lists, replaced: "" takes it out.
func runText(t testing.TB, key, lines string) string {
	t.Helper()
	var out []string
	skip := false
	for line := range strings.Lines(string(vector(t, "run.yaml"))) {
		if !strings.HasPrefix(line, "  - ") {
			if skip = strings.HasPrefix(line, key+":"); skip {
				out = append(out, lines)
			}
		}
		if !skip {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

// Every way in which a run can be wrong is refused, with its place.
func TestParseRunRefuses(t *testing.T) {
	half := "  - " + strings.Repeat("ab", 32) + "\n"
	many := "spared:\n"
	for i := range RunLimit + 1 {
		many += "  - aaaaaaaaa" + string([]byte{'a' + byte(i/17576%26), 'a' + byte(i/676%26), 'a' + byte(i/26%26), 'a' + byte(i%26)}) + "\n"
	}
	for name, c := range map[string]struct{ key, lines string }{
		"no proposer":            {"by", ""},
		"a name":                 {"by", "by: kari\n"},
		"no count":               {"count", ""},
		"a count of none":        {"count", "count: 0\n"},
		"a count with a zero":    {"count", "count: 03\n"},
		"too many":               {"count", "count: 10001\n"},
		"no digest":              {"sha256", ""},
		"a digest in capitals":   {"sha256", "sha256: " + strings.Repeat("AB", 32) + "\n"},
		"no quarantine":          {"until", ""},
		"over before it begins":  {"until", "until: 2026-11-30\n"},
		"signed by its proposer": {"signed", "signed:\n  - o-sw42ziangi\n"},
		"signed twice":           {"signed", "signed:\n  - o-easzgigbni\n  - o-easzgigbni\n"},
		"signed by a name":       {"signed", "signed:\n  - kari\n"},
		"a stop that is an id":   {"stop", "stop:\n  - m4k7aaaaaaaab\n"},
		"a stop twice":           {"stop", "stop:\n" + half + half},
		"both stopped and done":  {"done", "stopped: 2026-12-05\ndone: 2026-12-16\n"},
		"done without nonce":     {"nonce", ""},
		"nonce of a run open":    {"done", ""},
		"spared twice":           {"spared", "spared:\n  - m4k7aaaaaaaab\n  - m4k7aaaaaaaab\n"},
		"spared not sorted":      {"spared", "spared:\n  - zzzzzzzzzzzz7\n  - m4k7aaaaaaaab\n"},
		"spared by name":         {"spared", "spared:\n  - kari\n"},
		"too many spared":        {"spared", many},
		"a word more":            {"spared", "spared:\n  - m4k7aaaaaaaab\nwhy: left\n"},
	} {
		_, err := ParseRun(vectorRun, []byte(runText(t, c.key, c.lines)))
		if fe := (*register.FlatError)(nil); !errors.As(err, &fe) || fe.Line == 0 {
			t.Errorf("%s: %v, want a place", name, err)
		} else if strings.Contains(err.Error(), "kari") {
			t.Errorf("%s: the error quotes a name: %v", name, err)
		}
	}
}

func FuzzParseRun(f *testing.F) {
	for _, name := range []string{"run.yaml", "run-open.yaml"} {
		f.Add(vector(f, name))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := ParseRun(vectorRun, b)
		if err == nil && !bytes.Equal(x.Encode(), b) {
			t.Error("two texts say the same")
		}
	})
}
