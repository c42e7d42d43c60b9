package record

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
)

const reqHead = "medlem: 1\nid: \"m4k7qwertyuio\"\nunit: \"asker\"\n"

// What members and strangers send has one meaning: a request of another kind does
// not set fields, and nobody but the member corrects for her.
func TestRequestsFromPagesRefused(t *testing.T) {
	member := "member: \"aaaaaaaaaaaaa\"\n"
	for name, c := range map[string]struct{ text, says string }{
		"a stranger with a member":     {"kind: \"join\"\n" + member + "set given: \"Åse\"\n", `"member"`},
		"a join of nothing":            {"kind: \"join\"\n", "without a field"},
		"a join from the member":       {"kind: \"join\"\nfrom: \"member\"\nset given: \"Åse\"\n", `"from"`},
		"a join that empties":          {"kind: \"join\"\nset given: \"Åse\"\nclear:\n  - \"email\"\n", `"clear"`},
		"a join with a reason":         {"kind: \"join\"\nreason: \"left\"\nset given: \"Åse\"\n", `"reason"`},
		"a join elsewhere":             {"kind: \"join\"\nto: \"alta\"\nset given: \"Åse\"\n", `"to"`},
		"a correction by an officer":   {"kind: \"correct\"\n" + member + "set given: \"Åse\"\n", `"from"`},
		"a correction of nobody":       {"kind: \"correct\"\nfrom: \"member\"\nset given: \"Åse\"\n", `"member"`},
		"a correction of nothing":      {"kind: \"correct\"\n" + member + "from: \"member\"\n", "corrects nothing"},
		"a correction with a reason":   {"kind: \"correct\"\n" + member + "reason: \"left\"\nfrom: \"member\"\nset given: \"Åse\"\n", `"reason"`},
		"a field set twice":            {"kind: \"correct\"\n" + member + "from: \"member\"\nset given: \"Åse\"\nset given: \"Liv\"\n", "twice"},
		"a field set and emptied":      {"kind: \"correct\"\n" + member + "from: \"member\"\nset email: \"a@example.no\"\nclear:\n  - \"email\"\n", `"clear"`},
		"a field emptied twice":        {"kind: \"correct\"\n" + member + "from: \"member\"\nclear:\n  - \"email\"\n  - \"email\"\n", `"clear"`},
		"an empty value":               {"kind: \"correct\"\n" + member + "from: \"member\"\nset email: \"\"\n", "emptied under clear"},
		"a malformed field":            {"kind: \"correct\"\n" + member + "from: \"member\"\nset E-mail: \"x\"\n", "no such field"},
		"two blanks":                   {"kind: \"correct\"\n" + member + "from: \"member\"\nset  email: \"x\"\n", "no such field"},
		"a confirmation that sets":     {"kind: \"confirm\"\n" + member + "from: \"member\"\nset given: \"Åse\"\n", `"set given"`},
		"a confirmation by an officer": {"kind: \"confirm\"\n" + member, `"from"`},
		"a copy for an officer":        {"kind: \"copy\"\n" + member, `"from"`},
		"an objection by an officer":   {"kind: \"object\"\n" + member + "purpose: \"mailing\"\n", `"from"`},
		"an objection to nothing":      {"kind: \"object\"\n" + member + "from: \"member\"\n", `"purpose"`},
		"an objection both ways":       {"kind: \"object\"\n" + member + "purpose: \"mailing\"\nfrom: \"member\"\nclear:\n  - \"all\"\n", `"purpose"`},
		"an objection to no key":       {"kind: \"object\"\n" + member + "purpose: \"Mailing!\"\nfrom: \"member\"\n", `"purpose"`},
		"an objection that sets":       {"kind: \"object\"\n" + member + "purpose: \"mailing\"\nfrom: \"member\"\nset given: \"Åse\"\n", `"set given"`},
		"a restriction by an officer":  {"kind: \"restrict\"\n" + member, `"from"`},
		"a restriction with a purpose": {"kind: \"restrict\"\n" + member + "purpose: \"mailing\"\nfrom: \"member\"\n", `"purpose"`},
		"the end of a membership sets": {"kind: \"close\"\n" + member + "from: \"member\"\nset given: \"Åse\"\n", `"set given"`},
		"from somebody else":           {"kind: \"close\"\n" + member + "from: \"chair\"\n", `"from"`},
		"a move from the member":       {"kind: \"move\"\n" + member + "to: \"alta\"\nfrom: \"member\"\n", `"from"`},
		"a list from the member":       {"kind: \"list\"\nlist: \"x\"\npurpose: \"y\"\nfrom: \"member\"\n", `"from"`},
		"a list that sets":             {"kind: \"list\"\nlist: \"x\"\npurpose: \"y\"\nset given: \"Åse\"\n", `"set given"`},
	} {
		r, err := DecodeRequest([]byte(reqHead + c.text))
		if err == nil || r != nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	many := &Request{ID: "m4k7qwertyuio", Unit: "asker", Kind: RequestJoin}
	for i := range SetLimit + 1 {
		many.Set = append(many.Set, Set{Key: "f" + strings.Repeat("a", i%20) + string(rune('a'+i/20)), Value: Text("x")})
	}
	if _, err := EncodeRequest(many); err == nil {
		t.Error("more fields than the limit were written")
	}
	many.Set = many.Set[:SetLimit]
	if _, err := EncodeRequest(many); err != nil {
		t.Errorf("as many as the limit: %v", err)
	}
}

var malformedCovers = map[string]string{
	"no member":       reqHead + "sealed: \"YWdl\"\n",
	"another order":   reqHead + "sealed: \"YWdl\"\nmember: \"aaaaaaaaaaaaa\"\n",
	"more":            reqHead + "member: \"aaaaaaaaaaaaa\"\nsealed: \"YWdl\"\nkind: \"close\"\n",
	"a malformed id":  reqHead + "member: \"aaaaaaaaaaaaa1\"\nsealed: \"YWdl\"\n",
	"not base64":      reqHead + "member: \"aaaaaaaaaaaaa\"\nsealed: \"YWd\"\n",
	"not canonical":   reqHead + "member: \"aaaaaaaaaaaaa\"\nsealed: \"YWd=\"\n",
	"with line feeds": reqHead + "member: \"aaaaaaaaaaaaa\"\nsealed: \"YW\\ndl\"\n",
	"a list":          reqHead + "member: \"aaaaaaaaaaaaa\"\nsealed:\n  - \"YWdl\"\n",
	"nothing in it":   reqHead + "member: \"aaaaaaaaaaaaa\"\nsealed: \"\"\n",
	"too much":        reqHead + "member: \"aaaaaaaaaaaaa\"\nsealed: \"" + base64.StdEncoding.EncodeToString(make([]byte, CoverLimit+1)) + "\"\n",
}

func TestCoversRefused(t *testing.T) {
	for name, text := range malformedCovers {
		if c, ok, err := DecodeCover([]byte(text)); !ok || err == nil || c != nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
	if _, err := EncodeCover(&Cover{ID: "m4k7qwertyuio", Unit: "asker", Member: "aaaaaaaaaaaaa"}); err == nil {
		t.Error("an empty cover was written")
	}
}

// FuzzDecodeCover: every cover has one text, but for line endings and comments.
func FuzzDecodeCover(f *testing.F) {
	n := 1
	f.Add([]byte(reqHead + "member: \"aaaaaaaaaaaaa\"\nsealed: \"YWdl\"\n"))
	for _, text := range malformedCovers {
		if len(text) < 4096 {
			f.Add([]byte(text))
			n++
		}
	}
	atLeast(f, n, 10)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, ok, err := DecodeCover(b)
		if !ok || err != nil {
			return
		}
		out, err := EncodeCover(c)
		if err != nil {
			t.Fatalf("decoded but not encoded: %v", err)
		}
		again, ok, err := DecodeCover(out)
		if !ok || err != nil || !bytes.Equal(again.Sealed, c.Sealed) || again.ID != c.ID || again.Unit != c.Unit || again.Member != c.Member {
			t.Fatal("another cover came back")
		}
	})
}
