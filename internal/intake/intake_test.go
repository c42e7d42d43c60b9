package intake

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// viewSecret is that of the vectors in docs/format.md.
const viewSecret = "chjp-csv8-d5n6-pv3d-dsqq-0wbj-ef7r"

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func golden(t testing.TB, name string) *record.Request {
	t.Helper()
	r, err := record.DecodeRequest(file(t, "../record/testdata/golden/"+name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// joining is the unit's identity, and another unit's.
func joining(t testing.TB) (unit, other *age.HybridIdentity) {
	t.Helper()
	unit, err := age.ParseHybridIdentity(strings.TrimSpace(string(file(t, "testdata/joining.txt"))))
	if err != nil {
		t.Fatal(err)
	}
	if other, err = age.GenerateHybridIdentity(); err != nil {
		t.Fatal(err)
	}
	return unit, other
}

// What was sent in the first year opens for ever: the files are never made anew.
func TestVectors(t *testing.T) {
	unit, _ := joining(t)
	s, err := Open([]age.Identity{unit}, file(t, "testdata/join.age"))
	if err != nil || s.Unit != "asker" || s.ID != "m4k7qwertyuio" || s.Member != "" || !reflect.DeepEqual(s.Request, golden(t, "request-join")) {
		t.Errorf("a stranger's: %+v, %v", s, err)
	}
	s, err = Open([]age.Identity{unit}, file(t, "testdata/correct.age"))
	if err != nil || s.Unit != "asker" || s.ID != "m4k7qwertyuio" || s.Member != "aaaaaaaaaaaaa" || s.Request != nil {
		t.Fatalf("a member's: %+v, %v", s, err)
	}
	r, err := s.Prove(viewSecret)
	if err != nil || !reflect.DeepEqual(r, golden(t, "request-correct")) {
		t.Errorf("proved: %+v, %v", r, err)
	}
}

// Everything that is sent has one size, and comes back as it was.
func TestRoundTrip(t *testing.T) {
	unit, other := joining(t)
	for _, name := range []string{"request-join", "request-correct", "request-confirm", "request-copy", "request-leave"} {
		r := golden(t, name)
		var f []byte
		var err error
		if r.Kind == record.RequestJoin {
			f, err = SealJoin(r, unit.Recipient().String())
		} else {
			f, err = SealMember(r, viewSecret, unit.Recipient().String())
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(f) != FileSize || Check(f) != nil {
			t.Errorf("%s: %d bytes", name, len(f))
		}
		s, err := Open([]age.Identity{other, unit}, f)
		if err != nil {
			t.Fatal(err)
		}
		got := s.Request
		if got == nil {
			if got, err = s.Prove(viewSecret); err != nil {
				t.Fatal(err)
			}
		}
		if !reflect.DeepEqual(got, r) {
			t.Errorf("%s: %+v", name, got)
		}
		if _, err := Open([]age.Identity{other}, f); !errors.Is(err, ErrNotReader) {
			t.Errorf("%s: another unit's identity: %v", name, err)
		}
	}
	if _, err := SealJoin(golden(t, "request-copy"), unit.Recipient().String()); err == nil {
		t.Error("a member's request was sealed as a stranger's")
	}
	if _, err := SealMember(golden(t, "request-close"), viewSecret, unit.Recipient().String()); err == nil {
		t.Error("an officer's request was sealed as a member's")
	}
}

// ATTACK: a file says to be a member's. At stake: what is kept about her. Proves:
// what is not sealed with her secret, or is another request than the cover says, is
// refused as not proved, in the same words; the honest twin is TestRoundTrip.
func TestAttackForged(t *testing.T) {
	unit, _ := joining(t)
	to := unit.Recipient().String()
	blob := func(c *record.Cover) []byte {
		t.Helper()
		text, err := record.EncodeCover(c)
		if err != nil {
			t.Fatal(err)
		}
		f, err := seal.SealBlob(text, to)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	inner := func(secret string, r *record.Request, u register.UnitID, id register.RecordID) []byte {
		t.Helper()
		text, err := record.EncodeRequest(r)
		if err != nil {
			t.Fatal(err)
		}
		key, err := seal.ViewKey(secret, seal.KindRequest, u, id)
		if err != nil {
			t.Fatal(err)
		}
		f, err := seal.Seal(key, text)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	r := golden(t, "request-correct")
	officers := golden(t, "request-close")
	another := *r
	another.Member = "bbbbbbbbbbbbb"
	later := *r
	later.ID = "zzzzzzzzzzzzz"
	moved := *r
	moved.Unit = "alta"
	for name, c := range map[string]*record.Cover{
		"a guessed secret":      {ID: r.ID, Unit: r.Unit, Member: r.Member, Sealed: inner(seal.NewViewSecret(), r, r.Unit, r.ID)},
		"another's request":     {ID: r.ID, Unit: r.Unit, Member: r.Member, Sealed: inner(viewSecret, &another, r.Unit, r.ID)},
		"another number":        {ID: r.ID, Unit: r.Unit, Member: r.Member, Sealed: inner(viewSecret, &later, r.Unit, r.ID)},
		"another unit":          {ID: r.ID, Unit: r.Unit, Member: r.Member, Sealed: inner(viewSecret, &moved, r.Unit, r.ID)},
		"a new cover":           {ID: "zzzzzzzzzzzzz", Unit: r.Unit, Member: r.Member, Sealed: inner(viewSecret, r, r.Unit, r.ID)},
		"under a record's kind": {ID: r.ID, Unit: "alta", Member: r.Member, Sealed: inner(viewSecret, r, r.Unit, r.ID)},
		"an officer's request":  {ID: officers.ID, Unit: officers.Unit, Member: officers.Member, Sealed: inner(viewSecret, officers, officers.Unit, officers.ID)},
	} {
		s, err := Open([]age.Identity{unit}, blob(c))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := s.Prove(viewSecret); !errors.Is(err, ErrProof) || err.Error() != ErrProof.Error() {
			t.Errorf("%s: %v, want ErrProof and nothing more", name, err)
		}
	}
	// What no page makes: refused when it is opened, in words that tell nothing.
	record1, err := seal.SealBlob(file(t, "../record/testdata/golden/request-correct.yaml"), to)
	if err != nil {
		t.Fatal(err)
	}
	junk, err := seal.SealBlob([]byte("Åse Hålien\n"), to)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string][]byte{
		"a correction without a cover": record1, "junk": junk,
		"a cover of junk":   blob(&record.Cover{ID: r.ID, Unit: r.Unit, Member: r.Member, Sealed: []byte("Åse Hålien")}),
		"a cover of a blob": blob(&record.Cover{ID: r.ID, Unit: r.Unit, Member: r.Member, Sealed: file(t, "../seal/testdata/envelope.age")}),
	} {
		if _, err := Open([]age.Identity{unit}, f); err == nil || err.Error() != ErrContent.Error() {
			t.Errorf("%s: %v, want ErrContent and nothing more", name, err)
		}
	}
	if s, err := Open([]age.Identity{unit}, file(t, "testdata/join.age")); err != nil {
		t.Error(err)
	} else if _, err := s.Prove(viewSecret); !errors.Is(err, ErrProof) {
		t.Errorf("a stranger's is proved: %v", err)
	}
}

// rules is the policy that has every key.
func rules(t testing.TB, pages string) *policy.Policy {
	t.Helper()
	files := map[string][]byte{}
	for _, n := range policy.AllFiles() {
		b, err := os.ReadFile("../policy/testdata/full/" + n)
		if err == nil {
			files[n] = b
		}
	}
	if delete(files, "pages.yaml"); pages != "" {
		files["pages.yaml"] = []byte(pages)
	}
	p, problems := policy.Load(files)
	if problems != nil {
		t.Fatal(problems)
	}
	return p
}

const pages = "consents: [newsletter]\nconfirm: {field: confirmed, every: 12}\nleave: [left]\njoining: {levels: [branch], fields: [given, family, email]}\n"

// What a member sets is hers, what a stranger says is what the form asks for, and
// what comes out is as records have it, in the policy's order.
func TestJudge(t *testing.T) {
	set := func(kv ...string) (out []record.Set) {
		for i := 0; i < len(kv); i += 2 {
			out = append(out, record.Set{Key: kv[i], Value: record.Text(kv[i+1]), Plain: kv[i+1] == "true"})
		}
		return out
	}
	correct := func(sets []record.Set, clears ...string) *record.Request {
		return &record.Request{ID: "m4k7qwertyuio", Unit: "asker", Kind: record.RequestCorrect, Member: "aaaaaaaaaaaaa", From: record.FromMember, Set: sets, Clear: clears}
	}
	join := func(unit string, sets []record.Set) *record.Request {
		return &record.Request{ID: "m4k7qwertyuio", Unit: register.UnitID(unit), Kind: record.RequestJoin, Set: sets}
	}
	kind := func(k, reason string) *record.Request {
		return &record.Request{ID: "m4k7qwertyuio", Unit: "asker", Kind: k, Member: "aaaaaaaaaaaaa", From: record.FromMember, Reason: reason}
	}
	p := rules(t, pages)
	for name, c := range map[string]struct {
		r    *record.Request
		rule string // "" it is let through
	}{
		"an address":              {correct(set("email", "Ny@Example.ORG")), ""},
		"an address emptied":      {correct(nil, "street", "email"), ""},
		"a consent":               {correct(set("newsletter", "true")), ""},
		"a name":                  {correct(set("given", "Eve")), RuleNotOwn},
		"a name among addresses":  {correct(set("email", "a@example.org", "family", "Eve")), RuleNotOwn},
		"a name emptied":          {correct(nil, "given"), RuleNotOwn},
		"the end":                 {correct(set("closed", "2026-11-22")), RuleNotOwn},
		"a reason":                {correct(set("reason", "left")), RuleNotOwn},
		"her unit":                {correct(set("unit", "alta")), RuleNotOwn},
		"a field that is not":     {correct(set("shoe-size", "42")), RuleNotOwn},
		"the day of confirmation": {correct(set("confirmed", "2026-11-22")), RuleNotOwn},
		"a list for a text":       {correct([]record.Set{{Key: "email", Value: record.List("a@example.org")}}), RuleValue},
		"blanks":                  {correct(set("street", "   ")), RuleEmpty},
		"joins":                   {join("asker", set("email", "a@example.org", "family", "Kvåle", "given", "Åse")), ""},
		"joins without a name":    {join("asker", set("given", "Åse", "email", "a@example.org")), RuleMissing},
		"joins without an e-mail": {join("asker", set("given", "Åse", "family", "Kvåle")), RuleMissing},
		"joins with an office":    {join("asker", set("given", "Åse", "family", "Kvåle", "email", "a@example.org", "offices", "leader")), RuleNotAsked},
		"joins where nobody can":  {join("akershus", set("given", "Åse", "family", "Kvåle", "email", "a@example.org")), RuleNoForm},
		"joins nowhere":           {join("nowhere", set("given", "Åse", "family", "Kvåle", "email", "a@example.org")), RuleNoForm},
		"leaves":                  {kind(record.RequestClose, "left"), ""},
		"leaves unpaid":           {kind(record.RequestClose, "unpaid"), RuleReason},
		"leaves for nothing":      {kind(record.RequestClose, ""), RuleReason},
		"confirms":                {kind(record.RequestConfirm, ""), ""},
		"a copy":                  {kind(record.RequestCopy, ""), ""},
		"moves":                   {kind(record.RequestMove, ""), RuleKind},
	} {
		out, err := Judge(p, c.r, "")
		var refused *RefusedError
		switch {
		case c.rule == "" && (err != nil || out.ID != c.r.ID):
			t.Errorf("%s: %v", name, err)
		case c.rule != "" && (!errors.As(err, &refused) || refused.Rule != c.rule || out != nil):
			t.Errorf("%s: %v, want %q", name, err, c.rule)
		}
		if _, err := Judge(rules(t, ""), c.r, ""); !errors.Is(err, ErrNoPages) {
			t.Errorf("%s without pages: %v", name, err)
		}
	}
	out, err := Judge(p, correct(set("newsletter", "true", "street", " Storgata  1 ", "email", "Ny@Example.ORG")), "")
	want := []record.Set{{Key: "email", Value: record.Text("Ny@example.org")}, {Key: "street", Value: record.Text("Storgata 1")}, {Key: "newsletter", Value: record.Text("true"), Plain: true}}
	if err != nil || !reflect.DeepEqual(out.Set, want) {
		t.Errorf("written as %+v, %v", out, err)
	}
	var fault *record.Fault
	if _, err := Judge(p, correct(set("email", "Hålien")), ""); !errors.As(err, &fault) || strings.Contains(err.Error(), "Hålien") {
		t.Errorf("a value that is none: %v", err)
	}
	for _, none := range []string{"leave: [left]\n", "consents: [newsletter]\n"} {
		if _, err := Judge(rules(t, none), kind(record.RequestConfirm, ""), ""); err == nil {
			t.Error("confirmed where nobody asks")
		}
	}
}

// FuzzOpen: what anybody lays there is opened or refused, and never both.
func FuzzOpen(f *testing.F) {
	unit, _ := joining(f)
	f.Add(file(f, "testdata/join.age"))
	f.Add(file(f, "testdata/correct.age"))
	f.Add(file(f, "../seal/testdata/envelope.age"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Open([]age.Identity{unit}, b)
		if (s == nil) == (err == nil) {
			t.Fatal("neither or both")
		}
		if err != nil && !errors.Is(err, ErrForm) && !errors.Is(err, ErrNotReader) && !errors.Is(err, ErrContent) {
			t.Fatalf("another error: %v", err)
		}
	})
}
