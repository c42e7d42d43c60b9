package access

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// actors are the officers of the tests. Their keys are made once.
var actors = func() map[string]*identity.Identity {
	m := map[string]*identity.Identity{}
	for _, name := range []string{"sec", "kari", "ola", "liv", "tor", "recovery"} {
		id, err := identity.New("2026-01-01")
		if err != nil {
			panic(err)
		}
		m[name] = id
	}
	return m
}()

func handle(name string) register.Handle { return actors[name].Handle() }

func officerFile(name string) []byte {
	id := actors[name]
	o := &Officer{Handle: id.Handle(), Signing: id.SigningKey(), Recipients: []string{id.Recipient()}}
	if name == "recovery" {
		o.Handle, o.Signing = register.Recovery, ""
	}
	return o.Encode()
}

// register of the tests: a tree in memory.
type tree struct {
	t    testing.TB
	mem  *gitstore.Memory
	l    *Loader
	root gitstore.ID

	policies map[string]string            // their texts by file
	records  map[register.UnitID][]string // paths
}

// newTree has the policies and every actor's file, and no grants.
func newTree(t testing.TB) *tree {
	t.Helper()
	x := &tree{t: t, mem: gitstore.NewMemory(), policies: map[string]string{}, records: map[register.UnitID][]string{}}
	x.l = NewLoader(x.mem)
	files, err := filepath.Glob("testdata/policies/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no policies: %v", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		x.policies[filepath.Base(f)] = string(b)
		x.put("policies/"+filepath.Base(f), b)
	}
	for name := range actors {
		h := string(handle(name))
		if name == "recovery" {
			h = name
		}
		x.put("data/officers/"+h+".yaml", officerFile(name))
	}
	return x
}

func (x *tree) put(path string, content []byte) {
	x.t.Helper()
	e := gitstore.Edit{Path: path}
	var err error
	if content != nil {
		if e.ID, err = x.mem.Blob(content); err != nil {
			x.t.Fatal(err)
		}
	}
	if x.root, err = x.mem.Tree(x.root, []gitstore.Edit{e}); err != nil {
		x.t.Fatal(err)
	}
}

// amend replaces a text that stands in a policy file once.
func (x *tree) amend(file, old, new string) {
	x.t.Helper()
	if strings.Count(x.policies[file], old) != 1 {
		x.t.Fatalf("%s holds %q %d times", file, old, strings.Count(x.policies[file], old))
	}
	x.policies[file] = strings.Replace(x.policies[file], old, new, 1)
	x.put("policies/"+file, []byte(x.policies[file]))
}

// members gives a unit so many active members, and closed ones.
func (x *tree) members(unit register.UnitID, active, closed int) {
	x.t.Helper()
	sealed, err := x.mem.Blob([]byte("sealed"))
	if err != nil {
		x.t.Fatal(err)
	}
	edits := map[string]gitstore.ID{}
	for _, path := range x.records[unit] {
		edits[path] = gitstore.ZeroID
	}
	x.records[unit] = nil
	for i := range active + closed {
		id := register.RecordID(fmt.Sprintf("%caaaaaaaaa%c%c%c", 'a'+i%26, 'a'+i/26/26%26, 'a'+i/26%26, 'a'+i%26))
		p := register.Path{Kind: register.Member, Unit: unit, ID: id}
		if i >= active {
			p = register.Path{Kind: register.Closed, Unit: unit, ID: id, Month: "2026-12"}
		}
		edits[p.String()] = sealed
		x.records[unit] = append(x.records[unit], p.String())
	}
	var list []gitstore.Edit
	for path, id := range edits {
		list = append(list, gitstore.Edit{Path: path, ID: id})
	}
	if x.root, err = x.mem.Tree(x.root, list); err != nil {
		x.t.Fatal(err)
	}
}

// give adds a grant with everything that is in g.
func (x *tree) give(g *Grant) {
	x.t.Helper()
	x.put(register.Path{Kind: register.Grant, Unit: g.Unit, Handle: g.Handle}.String(), g.Encode())
}

func (x *tree) grant(name, office string, unit register.UnitID, from, until register.Day) {
	x.t.Helper()
	g := &Grant{Unit: unit, Handle: handle(name), Office: office, From: from, Until: until}
	x.put(register.Path{Kind: register.Grant, Unit: unit, Handle: g.Handle}.String(), g.Encode())
}

func (x *tree) revoke(name string, unit register.UnitID) {
	x.put(register.Path{Kind: register.Grant, Unit: unit, Handle: handle(name)}.String(), nil)
}

func (x *tree) state() *State {
	x.t.Helper()
	s, err := x.l.At(x.root)
	if err != nil {
		x.t.Fatal(err)
	}
	return s
}

// sound is the state, which must have no problems.
func (x *tree) sound() *State {
	x.t.Helper()
	s := x.state()
	for _, p := range s.Problems {
		x.t.Errorf("problem %+v", p)
	}
	return s
}

func TestLoader(t *testing.T) {
	x := newTree(t)
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	k := &KeyringFile{Unit: "asker", Serial: 7, SHA256: digest, Readers: []register.Handle{register.Recovery}}
	x.put("data/asker/keyring.yaml", k.Encode())
	s := x.sound()
	if s.Policy == nil || s.Recovery == nil || len(s.Officers) != len(actors)-1 {
		t.Fatalf("state %+v", s)
	}
	if g := s.Units["asker"].Grants[handle("kari")]; g == nil || g.Office != "member-officer" || g.Unit != "asker" || g.Handle != handle("kari") {
		t.Errorf("grant %+v", g)
	}
	if got := s.Units["asker"].Keyring; got == nil || got.Serial != 7 || got.Unit != "asker" {
		t.Errorf("keyring %+v", got)
	}
	if h, ok := s.SignerOf(actors["kari"].Signer().PublicKey().Marshal()); !ok || h != handle("kari") {
		t.Errorf("SignerOf = %q, %v", h, ok)
	}
	if h, ok := s.SignerOf([]byte("another key")); ok {
		t.Errorf("SignerOf of an unknown key = %q", h)
	}
}

// The loader keeps what it parsed by content. The same bytes in another place
// must not take the first place's unit or handle along.
func TestLoaderSameBytesElsewhere(t *testing.T) {
	x := newTree(t)
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	x.grant("ola", "member-officer", "asker", "2026-01-01", "")
	x.grant("kari", "member-officer", "karasjok", "2026-01-01", "")
	k := &KeyringFile{Serial: 1, SHA256: digest, Readers: []register.Handle{register.Recovery}}
	x.put("data/asker/keyring.yaml", k.Encode())
	x.put("data/karasjok/keyring.yaml", k.Encode())
	for range 2 { // the second time from what is kept
		s := x.sound()
		for _, u := range []register.UnitID{"asker", "karasjok"} {
			if s.Units[u].ID != u || s.Units[u].Keyring.Unit != u {
				t.Errorf("unit %q is %q with the keyring of %q", u, s.Units[u].ID, s.Units[u].Keyring.Unit)
			}
			for h, g := range s.Units[u].Grants {
				if g.Unit != u || g.Handle != h {
					t.Errorf("grant of %s in %q says %s in %q", h, u, g.Handle, g.Unit)
				}
			}
		}
	}
}

// Two units whose folders are equal in every byte are still two units.
func TestLoaderSameFolder(t *testing.T) {
	x := newTree(t)
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	x.grant("kari", "member-officer", "karasjok", "2026-01-01", "")
	s := x.sound()
	if s.Units["asker"].Tree != s.Units["karasjok"].Tree {
		t.Fatal("the folders differ")
	}
	for range 2 {
		s = x.sound()
		if s.Units["asker"].ID != "asker" || s.Units["karasjok"].ID != "karasjok" {
			t.Errorf("units %q and %q", s.Units["asker"].ID, s.Units["karasjok"].ID)
		}
	}
}

// What is malformed is a problem with its place, and gives nothing.
func TestLoaderProblems(t *testing.T) {
	good := newTree(t)
	good.grant("kari", "member-officer", "asker", "2026-01-01", "")
	kari := string(handle("kari"))
	for _, x := range []struct {
		name, path, content string
		line                int
		lost                func(*State) bool
	}{
		{"grant", "data/asker/grants/" + kari + ".yaml", "medlem: 1\noffice: chair\n", 2,
			func(s *State) bool { return len(s.Units["asker"].Grants) == 0 }},
		{"keyring", "data/asker/keyring.yaml", "medlem: 1\nserial: x\n", 2,
			func(s *State) bool { return s.Units["asker"].Keyring == nil }},
		{"officer", "data/officers/" + kari + ".yaml", "medlem: 1\nname: Kari\n", 2,
			func(s *State) bool { return s.Officers[handle("kari")] == nil }},
		{"officer of another handle", "data/officers/" + kari + ".yaml", string(officerFile("ola")), 2,
			func(s *State) bool { return s.Officers[handle("kari")] == nil }},
		{"recovery", "data/officers/recovery.yaml", "medlem: 1\nhandle: recovery\n", 2,
			func(s *State) bool { return s.Recovery == nil }},
		{"policy", "policies/access.yaml", "offices: []\n", 1,
			func(s *State) bool {
				return s.Policy == nil && !s.May(handle("sec"), policy.ActRead, "asker", "2026-06-01")
			}},
	} {
		y := *good
		y.put(x.path, []byte(x.content))
		s := y.state()
		i := slices.IndexFunc(s.Problems, func(p Problem) bool { return p.Path == x.path })
		if i < 0 {
			t.Errorf("%s: no problem at %s: %+v", x.name, x.path, s.Problems)
			continue
		}
		if p := s.Problems[i]; p.Line != x.line || p.Msg == "" || strings.Contains(p.Msg, "Kari") {
			t.Errorf("%s: problem %+v, want line %d", x.name, p, x.line)
		}
		if !x.lost(s) {
			t.Errorf("%s: what is malformed still gives something", x.name)
		}
	}
}

// Two officers with one signing key: only one of them can be known by it.
func TestLoaderSharedSigningKey(t *testing.T) {
	x := newTree(t)
	o := &Officer{Handle: handle("ola"), Signing: actors["kari"].SigningKey(), Recipients: []string{actors["ola"].Recipient()}}
	x.put("data/officers/"+string(o.Handle)+".yaml", o.Encode())
	s := x.state()
	if len(s.Problems) != 1 || s.Problems[0].Line != 3 {
		t.Errorf("problems %+v", s.Problems)
	}
	if (s.Officers[handle("kari")] == nil) == (s.Officers[handle("ola")] == nil) {
		t.Error("both officers, or neither, are known")
	}
}

func TestLoaderEmptyTrees(t *testing.T) {
	x := newTree(t)
	x.root = gitstore.ZeroID
	x.put("README", []byte("x"))
	s := x.state()
	var paths []string
	for _, p := range s.Problems {
		paths = append(paths, p.Path)
	}
	if !slices.Contains(paths, "data") || !slices.Contains(paths, "policies") {
		t.Errorf("problems at %q", paths)
	}
	if s.May(handle("sec"), policy.ActRead, "asker", "2026-06-01") || len(s.Secretariat("2026-06-01")) > 0 || s.Readers("asker", "2026-06-01") == nil {
		t.Error("a state without a policy gives rights, or forgets the recovery recipient")
	}
}

// AtFrom reads what is not written yet, without forgetting what is.
func TestAtFrom(t *testing.T) {
	x := newTree(t)
	before := x.sound()
	next := gitstore.NewMemory()
	g := &Grant{Unit: "asker", Handle: handle("kari"), Office: "chair", From: "2026-01-01"}
	blob, err := next.Blob(g.Encode())
	if err != nil {
		t.Fatal(err)
	}
	grants, err := next.Tree(gitstore.ZeroID, []gitstore.Edit{{Path: "data/asker/grants/" + string(g.Handle) + ".yaml", ID: blob}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := x.l.AtFrom(gitstore.Join(next, x.mem), grants)
	if err != nil {
		t.Fatal(err)
	}
	if s.Units["asker"] == nil || s.Units["asker"].Grants[handle("kari")] == nil {
		t.Errorf("state %+v", s.Units)
	}
	if again := x.sound(); len(again.Units) != len(before.Units) {
		t.Error("the state before changed")
	}
}
