package rules

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/scratch"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sign"
)

// start is the day on which the tests' registers begin, at noon.
var start = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// world is a register under one of the packs, in a repository of its own. What is
// done in it is judged by the keyless check alone; there is no desk.
type world struct {
	t        testing.TB
	repo     *gitstore.Repo
	loader   *access.Loader
	head     gitstore.ID // main
	now      time.Time
	serial   map[register.UnitID]uint64
	keyrings map[register.UnitID][]byte
	policies map[string][]byte // those on main, by name
}

// identities are the officers of all worlds, made when they are first named.
var identities = struct {
	sync.Mutex
	by map[string]*identity.Identity
}{by: map[string]*identity.Identity{}}

func actor(name string) *identity.Identity {
	identities.Lock()
	defer identities.Unlock()
	id := identities.by[name]
	if id == nil {
		var err error
		if id, err = identity.New("2026-01-01"); err != nil {
			panic(err)
		}
		identities.by[name] = id
	}
	return id
}

func handle(name string) register.Handle { return actor(name).Handle() }

func officerFile(name string) *access.Officer {
	id := actor(name)
	o := &access.Officer{Handle: id.Handle(), Signing: id.SigningKey(), Recipients: []string{id.Recipient()}}
	if name == "recovery" {
		o.Handle, o.Signing = register.Recovery, ""
	}
	return o
}

// files are changes of a tree by path; nil removes.
type files map[string][]byte

// decisions are what the tests decide where a procedure is silent, by pack: each
// place and its value. They are ours, not the organisations'.
var decisions = map[string]map[string]string{}

// packFiles returns a pack's policy with the tests' decisions, and with edits: an
// edit "access.yaml: a → b" puts text b in the place of a, which must be there.
func packFiles(t testing.TB, pack string, edits ...string) map[string][]byte {
	t.Helper()
	fs, ok := policy.Pack(pack)
	if !ok {
		t.Fatalf("no pack %q", pack)
	}
	fs, problems := policy.Decide(fs, decisions[pack])
	if len(problems) > 0 {
		t.Fatalf("decide: %v", problems)
	}
	return edited(t, fs, edits...)
}

func edited(t testing.TB, fs map[string][]byte, edits ...string) map[string][]byte {
	t.Helper()
	fs = maps.Clone(fs)
	for _, e := range edits {
		file, change, _ := strings.Cut(e, ": ")
		was, is, ok := strings.Cut(change, " → ")
		if !ok || !strings.Contains(string(fs[file]), was) {
			t.Fatalf("edit %q: nothing to change", e)
		}
		fs[file] = []byte(strings.Replace(string(fs[file]), was, is, 1))
	}
	return fs
}

// open makes a register under a pack. sec holds the secretariat's office in the
// top unit.
func open(t testing.TB, pack string, edits ...string) *world {
	t.Helper()
	return openFiles(t, packFiles(t, pack, edits...))
}

// openFiles makes a register under these policies. more are files that its first
// commit brings besides.
func openFiles(t testing.TB, policies map[string][]byte, more ...files) *world {
	t.Helper()
	repo, err := gitstore.Init(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, repo: repo, loader: access.NewLoader(repo), now: start, serial: map[register.UnitID]uint64{}, keyrings: map[register.UnitID][]byte{}}
	p, problems := policy.Load(policies)
	if p == nil {
		t.Fatalf("policy: %v", problems)
	}
	first := files{}
	for _, fs := range more {
		maps.Copy(first, fs)
	}
	w.policies = policies
	for name, b := range policies {
		first["policies/"+name] = b
	}
	office, ok := p.MergingOffice()
	if !ok {
		t.Fatal("no office merges")
	}
	first[register.Path{Kind: register.Officer, Handle: handle("sec")}.String()] = officerFile("sec").Encode()
	first[register.Path{Kind: register.RecoveryFile, Handle: register.Recovery}.String()] = officerFile("recovery").Encode()
	g := w.grant("sec", p.Root().ID, office.ID)
	if len(office.SecondFactor) > 0 {
		g.g.Factor = office.SecondFactor[0]
		g.signed("sec", access.MatterFactor, access.ActAttested, policy.Appointee)
	}
	first[g.path()] = g.g.Encode()
	w.ok(w.commit("sec", first, register.InitMessage))
	w.later(1)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// later lets days pass.
func (w *world) later(days int)    { w.now = w.now.AddDate(0, 0, days) }
func (w *world) day() register.Day { return register.DayOf(w.now) }

func (w *world) treeOf(commit gitstore.ID) gitstore.ID {
	w.t.Helper()
	if commit.IsZero() {
		return gitstore.ZeroID
	}
	c, err := gitstore.ReadCommit(w.repo, commit)
	w.must(err)
	return c.Tree
}

func (w *world) tree(root gitstore.ID, fs files) gitstore.ID {
	w.t.Helper()
	if len(fs) == 0 {
		return root
	}
	b, err := w.repo.Begin()
	w.must(err)
	defer b.Abort()
	var edits []gitstore.Edit
	for path, content := range fs {
		e := gitstore.Edit{Path: path}
		if content != nil {
			e.ID, err = b.Blob(content)
			w.must(err)
		}
		edits = append(edits, e)
	}
	id, err := b.Tree(root, edits)
	w.must(err)
	w.must(b.Close())
	return id
}

func (w *world) write(who string, tree gitstore.ID, message string, parents ...gitstore.ID) gitstore.ID {
	w.t.Helper()
	b, err := w.repo.Begin()
	w.must(err)
	defer b.Abort()
	h := handle(who)
	id, err := b.Commit(gitstore.CommitSpec{Tree: tree, Parents: parents, Name: string(h), Email: h.Email(), When: w.now, Message: message,
		Sign: func(payload []byte) ([]byte, error) { return sign.Armor(payload, actor(who).Signer()) }})
	w.must(err)
	w.must(b.Close())
	return id
}

// state is what main says of access.
func (w *world) state() *access.State {
	w.t.Helper()
	s, err := w.loader.At(w.treeOf(w.head))
	w.must(err)
	if s.Policy == nil {
		w.t.Fatalf("policy: %+v", s.Problems)
	}
	return s
}

// commit is a commit of main with the keyrings that it needs. Main moves only
// where nothing is found.
func (w *world) commit(who string, fs files, message string) *check.Report {
	w.t.Helper()
	tree := w.tree(w.treeOf(w.head), fs)
	next, err := w.loader.At(tree)
	w.must(err)
	was := w.fork()
	if next.Policy != nil {
		tree = w.withKeyrings(tree, next)
	}
	var parents []gitstore.ID
	if !w.head.IsZero() {
		parents = append(parents, w.head)
	}
	id := w.write(who, tree, message, parents...)
	r, err := check.Direct(w.repo, w.loader, w.head, id, check.Options{Now: w.now, Day: w.day(), Keyrings: w})
	w.must(err)
	if len(r.Findings) == 0 {
		w.head = id
	} else {
		w.serial, w.keyrings = was.serial, was.keyrings
	}
	return r
}

// fork is a world that goes its own way from here.
func (w *world) fork() *world {
	c := *w
	c.serial, c.keyrings = maps.Clone(w.serial), maps.Clone(w.keyrings)
	return &c
}

// file returns the content of a file of a commit.
func (w *world) file(commit gitstore.ID, path string) []byte {
	w.t.Helper()
	e, ok, err := gitstore.Find(w.repo, w.treeOf(commit), path)
	w.must(err)
	if !ok {
		w.t.Fatalf("no %s", path)
	}
	_, b, err := w.repo.Object(e.ID)
	w.must(err)
	return b
}

// direct is what is said of a commit of main that is ready, which main does not
// move to.
func (w *world) direct(commit gitstore.ID) *check.Report {
	w.t.Helper()
	r, err := check.Direct(w.repo, w.loader, w.head, commit, check.Options{Now: w.now, Day: w.day(), Keyrings: w})
	w.must(err)
	return r
}

// opens tells whether an officer's identity opens the unit's keyring as it is.
func (w *world) opens(name string, u register.UnitID) bool {
	w.t.Helper()
	_, err := seal.OpenKeyring(w.keyrings[u], actor(name).Ages())
	return err == nil
}

// amend is the secretariat's change of the policy, by edits as packFiles takes
// them and nothing else. It says that its effect is known.
func (w *world) amend(edits ...string) *check.Report {
	w.t.Helper()
	next := edited(w.t, w.policies, edits...)
	fs := files{}
	for name, b := range next {
		if !bytes.Equal(b, w.policies[name]) {
			fs["policies/"+name] = b
		}
	}
	message := register.Message("policy", len(fs), w.state().Policy.Root().ID)
	r := w.commit("sec", fs, register.WithEffect(message, w.effect(w.tree(w.treeOf(w.head), fs))))
	if len(r.Findings) == 0 {
		w.policies = next
	}
	return r
}

// effect is by what a commit that makes this tree of main acknowledges what it does
// to access; "" where it does nothing, or where there is no policy to tell.
func (w *world) effect(tree gitstore.ID) string {
	w.t.Helper()
	after, err := w.loader.At(tree)
	w.must(err)
	if after.Policy == nil {
		return ""
	}
	e, err := access.EffectOf(w.state(), after, w.day())
	w.must(err)
	if e.Empty() {
		return ""
	}
	return e.Digest()
}

func (w *world) withKeyrings(tree gitstore.ID, next *access.State) gitstore.ID {
	w.t.Helper()
	var before *access.State
	if !w.head.IsZero() {
		before = w.state()
	}
	touched := map[register.UnitID]bool{}
	w.must(gitstore.Diff(w.repo, w.treeOf(w.head), tree, func(c gitstore.Change) error {
		if p, err := register.ParsePath(c.Path); err == nil && p.Kind.Sealed() {
			touched[p.Unit] = true
		}
		return nil
	}))
	fs := files{}
	for _, u := range next.Policy.Units {
		readers := next.Readers(u.ID, w.day())
		var was *access.KeyringFile
		if st := next.Units[u.ID]; st != nil {
			was = st.Keyring
		}
		pages := next.Policy.Pages != nil
		if before != nil && !touched[u.ID] && was != nil && pages == (was.Joining != "") &&
			slices.Equal(readers, was.Readers) && slices.Equal(before.Recipients(readers), next.Recipients(readers)) {
			continue
		}
		n := w.serial[u.ID] + 1
		b, err := seal.SealKeyring(&seal.Keyring{Unit: u.ID, Serial: n}, next.Recipients(readers))
		w.must(err)
		w.serial[u.ID], w.keyrings[u.ID] = n, b
		fs[register.Path{Kind: register.Keyring, Unit: u.ID}.String()] = (&access.KeyringFile{Unit: u.ID, Serial: n, SHA256: digest(b), Readers: readers, Joining: w.joining(was, readers, pages)}).Encode()
	}
	return w.tree(tree, fs)
}

// joining is the joining recipient of a keyring that is sealed anew: as it was, or
// another if somebody reads it no more. Its identity lies in no keyring here, where no
// check can see it.
func (w *world) joining(was *access.KeyringFile, readers []register.Handle, pages bool) string {
	w.t.Helper()
	if !pages {
		return ""
	}
	if was != nil && was.Joining != "" && !slices.ContainsFunc(was.Readers, func(h register.Handle) bool { return !slices.Contains(readers, h) }) {
		return was.Joining
	}
	id, err := seal.NewJoining()
	w.must(err)
	r, err := (&seal.Keyring{Joining: id}).JoiningRecipient()
	w.must(err)
	return r
}

// Sealed and Complete make the world its own check.Keyrings.
func (w *world) Sealed(u register.UnitID) ([]byte, bool, error) {
	b, ok := w.keyrings[u]
	return b, ok, nil
}

func (w *world) Complete() bool { return false }

func (w *world) Tokens(register.UnitID) ([]byte, bool, error) { return nil, false, nil }

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// sealed is a fresh sealed record. What it says does not matter: no check can
// open it.
func sealed() []byte {
	b, err := seal.Seal(seal.NewKey(), []byte("medlem: 1\n"))
	if err != nil {
		panic(err)
	}
	return b
}

// members adds n members to a unit.
func (w *world) members(u register.UnitID, n int) []register.RecordID {
	w.t.Helper()
	fs := files{}
	var ids []register.RecordID
	for range n {
		id := register.NewRecordID()
		ids = append(ids, id)
		fs[memberPath(u, id)] = sealed()
	}
	w.ok(w.commit("sec", fs, register.Message("import", n, u)))
	return ids
}

func memberPath(u register.UnitID, id register.RecordID) string {
	return register.Path{Kind: register.Member, Unit: u, ID: id}.String()
}

func keyringPath(u register.UnitID) string {
	return register.Path{Kind: register.Keyring, Unit: u}.String()
}

func closedPath(u register.UnitID, m register.Month, id register.RecordID) string {
	return register.Path{Kind: register.Closed, Unit: u, Month: m, ID: id}.String()
}

// propose is what continuous integration says of one commit that an officer
// proposes. Whatever is sealed brings its envelope.
func (w *world) propose(who string, fs files, message string) *check.Report {
	w.t.Helper()
	r, err := check.Proposal(w.repo, w.loader, w.head, w.proposal(who, fs, message), check.Options{Now: w.now, Day: w.day()})
	w.must(err)
	return r
}

// proposal is the commit that an officer proposes.
func (w *world) proposal(who string, fs files, message string) gitstore.ID {
	w.t.Helper()
	fs = maps.Clone(fs)
	for _, path := range slices.Sorted(maps.Keys(fs)) {
		if p, err := register.ParsePath(path); err == nil && p.Kind.Sealed() && fs[path] != nil {
			b, err := seal.SealEnvelope(seal.NewKey(), w.state().EnvelopeRecipients(handle(who), w.day()))
			w.must(err)
			fs[register.Path{Kind: register.Envelope, Unit: p.Unit, ID: register.NewRecordID()}.String()] = b
			break
		}
	}
	return w.write(who, w.tree(w.treeOf(w.head), fs), message, w.head)
}

// all is what is said of the register as it stands.
func (w *world) all() *check.Report {
	w.t.Helper()
	r, err := check.All(w.repo, w.loader, w.head, check.Options{Now: w.now, Day: w.day(), Keyrings: w})
	w.must(err)
	return r
}

// reads tells whether an officer is a reader of the unit's keyring as main names
// them.
func (w *world) reads(name string, u register.UnitID) bool {
	w.t.Helper()
	return slices.Contains(w.state().Units[u].Keyring.Readers, handle(name))
}

// ok fails unless nothing was found.
func (w *world) ok(r *check.Report) {
	w.t.Helper()
	w.refused(r)
}

// refused fails unless exactly these rules were named.
func (w *world) refused(r *check.Report, rules ...string) {
	w.t.Helper()
	slices.Sort(rules)
	if got := named(r.Findings); !slices.Equal(got, slices.Compact(rules)) {
		w.t.Errorf("rules %q, want %q", got, rules)
		for _, f := range r.Findings {
			w.t.Logf("%s:%d:%d %s: %s", f.Path, f.Line, f.Col, f.Rule, f.Message)
		}
	}
}

// warned fails unless nothing was found and exactly these rules warned; what is
// said of the policy itself is left out.
func (w *world) warned(r *check.Report, rules ...string) {
	w.t.Helper()
	w.ok(r)
	slices.Sort(rules)
	got := slices.DeleteFunc(named(r.Warnings), func(rule string) bool { return rule == "policy/lint" })
	if !slices.Equal(got, slices.Compact(rules)) {
		w.t.Errorf("warnings %q, want %q", got, rules)
	}
}

func named(fs []check.Finding) []string {
	var out []string
	for _, f := range fs {
		out = append(out, f.Rule)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestMain(m *testing.M) { os.Exit(scratch.Run(m)) }
