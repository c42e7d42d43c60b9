package access

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

// Every way in which a grant's file can be wrong is refused, with its place, and
// without repeating a text that could be a name.
func TestGrantRefuses(t *testing.T) {
	const head = "medlem: 1\noffice: chair\nfrom: 2026-01-01\n"
	id, other := "m4k7aaaaaaaaa", "m4k7aaaaaaaab"
	list := func(key string, items ...string) string {
		out := key + ":\n"
		for _, x := range items {
			out += "  - " + x + "\n"
		}
		return out
	}
	many := func(n int, format string) (out []string) {
		for i := range n {
			out = append(out, fmt.Sprintf(format, i))
		}
		return out
	}
	sig := func(blob string) string {
		return "agreement signed appointee o-abcdefghij 2026-01-01 " + blob
	}
	var handles []string
	for i := range namesLimit + 1 {
		handles = append(handles, "o-aaaaaaa"+string([]byte{'a' + byte(i/26/26), 'a' + byte(i/26%26), 'a' + byte(i%26)}))
	}
	for _, x := range []struct {
		name, file string
		line, col  int
	}{
		{"no office", "medlem: 1\nfrom: 2026-01-01\n", 2, 1},
		{"an office in words", "medlem: 1\noffice: Kari Lid\nfrom: 2026-01-01\n", 2, 9},
		{"an office in a list", "medlem: 1\noffice:\n  - chair\nfrom: 2026-01-01\n", 2, 1},
		{"no beginning", "medlem: 1\noffice: chair\n", 2, 1},
		{"a beginning that is no day", "medlem: 1\noffice: chair\nfrom: 2026-02-30\n", 3, 7},
		{"an end that is no day", head + "until: Kari\n", 4, 8},
		{"an end before the beginning", head + "until: 2025-12-31\n", 4, 8},
		{"an early end that is no day", head + "ended: soon\n", 4, 8},
		{"an early end before the beginning", head + "ended: 2025-12-31\n", 4, 8},
		{"an early end on the last day", head + "until: 2026-06-30\nended: 2026-06-30\n", 5, 8},
		{"an early end after the last day", head + "until: 2026-06-30\nended: 2026-07-01\n", 5, 8},
		{"a meeting in words", head + "meeting: board Kari\n", 4, 10},
		{"a meeting on no day", head + "met: yesterday\n", 4, 6},
		{"a position in words", head + "position: Kari\n", 4, 11},
		{"a purpose in words", head + "purpose: Kari\n", 4, 10},
		{"a task in words", head + "task: Kari\n", 4, 7},
		{"an exception in words", head + "exception: Kari\n", 4, 12},
		{"a unit that is none", head + "belongs: Kari\n", 4, 10},
		{"a factor in words", head + "factor: Kari\n", 4, 9},
		{"a version without a point", head + "guide: 2\n", 4, 8},
		{"a version of three numbers", head + "guide: 2.1.0\n", 4, 8},
		{"a version with a zero before", head + "guide: 02.1\n", 4, 8},
		{"a version of too many digits", head + "guide: 12345.1\n", 4, 8},
		{"a version without a minor number", head + "guide: 2.\n", 4, 8},
		{"columns in one line", head + "columns: email\n", 4, 1},
		{"a column in words", head + list("columns", "email", "Kari"), 6, 5},
		{"a column twice", head + list("columns", "email", "email"), 6, 5},
		{"too many columns", head + list("columns", many(columnsLimit+1, "c%d")...), 4, 1},
		{"a name", head + list("names", "Kari"), 5, 5},
		{"the recovery recipient's name", head + list("names", "recovery"), 5, 5},
		{"names unsorted", head + list("names", "o-bbbbbbbbbb", "o-aaaaaaaaaa"), 6, 5},
		{"a name twice", head + list("names", "o-aaaaaaaaaa", "o-aaaaaaaaaa"), 6, 5},
		{"too many names", head + list("names", handles...), 4, 1},
		{"evidence of one word", head + list("evidence", id), 5, 5},
		{"evidence of three words", head + list("evidence", "minutes "+id+" "+digest), 5, 5},
		{"evidence of five words", head + list("evidence", "minutes "+id+" "+digest+" "+digest+" x"), 5, 5},
		{"evidence with two spaces", head + list("evidence", id+"  "+digest), 5, 5},
		{"evidence of a kind in words", head + list("evidence", "Kari "+id+" "+digest+" "+digest), 5, 5},
		{"evidence with a short id", head + list("evidence", "minutes m4k7 "+digest+" "+digest), 5, 5},
		{"evidence with a short digest", head + list("evidence", "minutes "+id+" "+digest[2:]+" "+digest), 5, 5},
		{"evidence with a digest of the content in capitals", head + list("evidence", "minutes "+id+" "+digest+" "+strings.ToUpper(digest)), 5, 5},
		{"old evidence with a digest in capitals", head + list("evidence", id+" "+strings.ToUpper(digest)), 5, 5},
		{"two pieces of one kind", head + list("evidence", "minutes "+id+" "+digest+" "+digest, "minutes "+other+" "+digest+" "+digest), 6, 5},
		{"two pieces of one id", head + list("evidence", "minutes "+id+" "+digest+" "+digest, "reason "+id+" "+digest+" "+digest), 6, 5},
		{"too much evidence", head + list("evidence", many(evidenceLimit+1, "k%d x x x")...), 4, 1},
		{"a signature of five words", head + list("signatures", "agreement signed appointee o-abcdefghij 2026-01-01"), 5, 5},
		{"a signature of seven words", head + list("signatures", sig("AAAA")+" x"), 5, 5},
		{"a matter in words", head + list("signatures", strings.Replace(sig("AAAA"), "agreement", "Kari", 1)), 5, 5},
		{"an act in words", head + list("signatures", strings.Replace(sig("AAAA"), "signed", "Signed", 1)), 5, 5},
		{"a signer in words", head + list("signatures", strings.Replace(sig("AAAA"), "appointee", "Kari", 1)), 5, 5},
		{"a signer without a handle", head + list("signatures", strings.Replace(sig("AAAA"), "o-abcdefghij", "kari", 1)), 5, 5},
		{"a signature on no day", head + list("signatures", strings.Replace(sig("AAAA"), "2026-01-01", "2026-02-30", 1)), 5, 5},
		{"a signature that is not base64", head + list("signatures", sig("AA-A")), 5, 5},
		{"a signature without its padding", head + list("signatures", sig("AAA")), 5, 5},
		{"base64 with bits left over", head + list("signatures", sig("AAB=")), 5, 5},
		{"a huge signature", head + list("signatures", sig(strings.Repeat("AAAA", blobLimit/3+1))), 5, 5},
		{"one signature twice", head + list("signatures", sig("AAAA"), strings.Replace(sig("BBBB"), "2026-01-01", "2026-01-02", 1)), 6, 5},
		{"too many signatures", head + list("signatures", many(signatureLimit+1, "m%d x")...), 4, 1},
		{"an unknown key", head + "note: x\n", 4, 1},
		{"a reason in clear", head + "reason: Kari moved\n", 4, 1},
		{"keys out of order", head + "met: 2026-01-01\nmeeting: board\n", 5, 1},
		{"a key twice", head + "task: a\ntask: b\n", 5, 1},
		{"a comment", head + "# Kari\n", 4, 1},
		{"a quoted value", "medlem: 1\noffice: \"chair\"\nfrom: 2026-01-01\n", 2, 9},
		{"another version", "medlem: 2\noffice: chair\nfrom: 2026-01-01\n", 1, 9},
		{"no end of line", strings.TrimSuffix(head, "\n"), 3, 17},
		{"nothing", "", 1, 1},
		{"more than is read", head + strings.Repeat("#", register.FlatLimit), 1, 1},
	} {
		g, err := ParseGrant(vectorGrant, []byte(x.file))
		var f *register.FlatError
		switch {
		case !errors.As(err, &f):
			t.Errorf("%s: ParseGrant = %+v, %v, want a *register.FlatError", x.name, g, err)
		case f.Line != x.line || f.Col != x.col:
			t.Errorf("%s: at %d:%d (%s), want %d:%d", x.name, f.Line, f.Col, f.Msg, x.line, x.col)
		case strings.Contains(f.Msg, "Kari") || g != nil:
			t.Errorf("%s: %v repeats the text, or comes with a grant", x.name, err)
		}
	}
}

// The twin of the refusals: at each limit, a grant is read.
func TestGrantLimits(t *testing.T) {
	g := &Grant{Unit: vectorGrant.Unit, Handle: vectorGrant.Handle, Office: "chair", From: "2026-01-01"}
	for i := range columnsLimit {
		g.Columns = append(g.Columns, fmt.Sprintf("c%d", i))
	}
	for i := range namesLimit {
		g.Names = append(g.Names, register.Handle("o-aaaaaaa"+string([]byte{'a' + byte(i/26/26), 'a' + byte(i/26%26), 'a' + byte(i%26)})))
	}
	for i := range evidenceLimit {
		g.Evidence = append(g.Evidence, Evidence{fmt.Sprintf("k%d", i), register.RecordID("m4k7aaaaaaaa" + string(rune('a'+i))), digest, digest})
	}
	for i := range signatureLimit {
		g.Signatures = append(g.Signatures, Signature{fmt.Sprintf("k%d", i), ActSigned, "branch", vectorGrant.Handle, "2026-01-01", bytes.Repeat([]byte{1}, blobLimit)})
	}
	got, err := ParseGrant(vectorGrant, g.Encode())
	if err != nil || fmt.Sprint(got) != fmt.Sprint(g) {
		t.Errorf("a grant of %d bytes at every limit: %v", len(g.Encode()), err)
	}
}

// ATTACK: a signature is taken to another unit, officer, office, time or document.
// At stake is that nobody has access that was not agreed on. The test proves that
// whatever else is agreed changes the bytes that were signed; and that what has its
// own place does not, so that it need not be signed anew.
func TestPayloadIsOfOneGrant(t *testing.T) {
	read := func() *Grant {
		g, err := ParseGrant(vectorGrant, vector(t, "grant.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	all := []string{"agreement", "minutes", "exception", "guide"}
	for _, x := range []struct {
		name   string
		change func(g *Grant)
		broken []string // the matters whose payload differs then
	}{
		{"unit", func(g *Grant) { g.Unit = "oslo" }, all},
		{"handle", func(g *Grant) { g.Handle = "o-aaaaaaaaaa" }, all},
		{"office", func(g *Grant) { g.Office = "chair" }, all},
		{"from", func(g *Grant) { g.From = "2026-11-01" }, all},
		{"until", func(g *Grant) { g.Until = "2028-11-21" }, all},
		{"no until", func(g *Grant) { g.Until = "" }, all},
		{"meeting", func(g *Grant) { g.Meeting = "annual" }, all},
		{"met", func(g *Grant) { g.Met = "2026-11-11" }, all},
		{"position", func(g *Grant) { g.Position = "chief" }, all},
		{"purpose", func(g *Grant) { g.Purpose = "all" }, all},
		{"task", func(g *Grant) { g.Task = "all" }, all},
		{"exception", func(g *Grant) { g.Exception = "" }, all},
		{"belongs", func(g *Grant) { g.Belongs = "oslo" }, all},
		{"factor", func(g *Grant) { g.Factor = "plugin" }, all},
		{"columns", func(g *Grant) { g.Columns = append(g.Columns, "born") }, all},
		{"names", func(g *Grant) { g.Names = g.Names[1:] }, all},
		{"the agreement's content", func(g *Grant) { g.Evidence[0].Digest = digest }, []string{"agreement"}},
		{"the minutes' content", func(g *Grant) { g.Evidence[1].Digest = digest }, []string{"minutes"}},
		{"the reason's content", func(g *Grant) { g.Evidence[2].Digest = digest }, []string{"exception"}},
		{"another document for the minutes", func(g *Grant) { g.Evidence[1].Kind = "reason" }, []string{"minutes", "exception"}},
		{"the guide's version", func(g *Grant) { g.Guide = "3.0" }, []string{"guide"}},

		{"sealed anew", func(g *Grant) { g.Evidence[0].SHA256, g.Evidence[1].ID = digest, "m4k7zzzzzzzzz" }, nil},
		{"ended", func(g *Grant) { g.Ended = "2027-01-01" }, nil},
		{"not ended", func(g *Grant) { g.Ended = "" }, nil},
		{"another signature gone", func(g *Grant) { g.Signatures = g.Signatures[:1] }, nil},
	} {
		was, is := read(), read()
		if x.change(is); fmt.Sprint(is) == fmt.Sprint(was) {
			t.Errorf("%s: nothing is changed", x.name)
		}
		var broken []string
		for _, s := range was.Signatures {
			if !bytes.Equal(was.Payload(s), is.Payload(s)) {
				broken = append(broken, s.Matter)
			}
		}
		if fmt.Sprint(broken) != fmt.Sprint(x.broken) {
			t.Errorf("%s: signatures broken %q, want %q", x.name, broken, x.broken)
		}
	}
	g := read()
	for name, s := range map[string]Signature{
		"act":    {Matter: "agreement", Act: ActAttested, Signer: "appointee", Day: "2026-11-12"},
		"signer": {Matter: "agreement", Act: ActSigned, Signer: "national", Day: "2026-11-12"},
		"day":    {Matter: "agreement", Act: ActSigned, Signer: "appointee", Day: "2026-11-13"},
		"matter": {Matter: "minutes", Act: ActSigned, Signer: "appointee", Day: "2026-11-12"},
	} {
		if bytes.Equal(g.Payload(s), g.Payload(g.Signatures[0])) {
			t.Errorf("another %s, and the same bytes to sign", name)
		}
	}
}
