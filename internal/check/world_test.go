package check_test

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sign"
)

// The actors: sec and sig are the secretariat (sig from the second half of the
// year), rut proposes what the secretariat merges, liv serves the region, kari
// and tor the branch of Asker, ola that of Karasjok. eve is nobody.
var actors = sync.OnceValue(func() map[string]*identity.Identity {
	m := map[string]*identity.Identity{}
	for _, name := range []string{"sec", "sig", "rut", "liv", "kari", "tor", "ola", "eve", "recovery"} {
		id, err := identity.New("2026-01-01")
		if err != nil {
			panic(err)
		}
		m[name] = id
	}
	return m
})

func handle(name string) register.Handle { return actors()[name].Handle() }

// officerOf returns an actor's file, to be changed or encoded.
func officerOf(name string) *access.Officer {
	id := actors()[name]
	o := &access.Officer{Handle: id.Handle(), Signing: id.SigningKey(), Recipients: []string{id.Recipient()}}
	if name == "recovery" {
		o.Handle, o.Signing = register.Recovery, ""
	}
	return o
}

func officerPath(name string) string {
	if name == "recovery" {
		return register.Path{Kind: register.RecoveryFile, Handle: register.Recovery}.String()
	}
	return register.Path{Kind: register.Officer, Handle: handle(name)}.String()
}

func grantPath(name string, u register.UnitID) string {
	return register.Path{Kind: register.Grant, Unit: u, Handle: handle(name)}.String()
}

func grantFile(office string, from, until register.Day) []byte {
	return (&access.Grant{Office: office, From: from, Until: until}).Encode()
}

func memberPath(u register.UnitID, id register.RecordID) string {
	return register.Path{Kind: register.Member, Unit: u, ID: id}.String()
}

func closedPath(u register.UnitID, m register.Month, id register.RecordID) string {
	return register.Path{Kind: register.Closed, Unit: u, Month: m, ID: id}.String()
}

func tombPath(u register.UnitID, year string, id register.RecordID) string {
	return register.Path{Kind: register.Tombstone, Unit: u, Year: year, ID: id}.String()
}

func requestPath(u register.UnitID, id register.RecordID) string {
	return register.Path{Kind: register.Request, Unit: u, ID: id}.String()
}

func evidencePath(u register.UnitID, id register.RecordID) string {
	return register.Path{Kind: register.Evidence, Unit: u, ID: id}.String()
}

func envelopePath(u register.UnitID) string {
	return register.Path{Kind: register.Envelope, Unit: u, ID: register.NewRecordID()}.String()
}

func keyringPath(u register.UnitID) string {
	return register.Path{Kind: register.Keyring, Unit: u}.String()
}

func tombFile(day register.Day) []byte {
	return (&access.Tombstone{Day: day, Rule: "left"}).Encode()
}

// sealed returns a fresh sealed record. What it says does not matter here: no
// check can open it.
func sealed() []byte {
	b, err := seal.Seal(seal.NewKey(), []byte("medlem: 1\n"))
	if err != nil {
		panic(err)
	}
	return b
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// files are changes of a tree by path; nil removes.
type files map[string][]byte

// start is the day on which the tests' register begins, at noon.
var start = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// The records that the register of the tests begins with.
const (
	anna  = register.RecordID("anna2aaaaaaaa") // in Asker
	berit = register.RecordID("berit2aaaaaaa") // in Asker
	cato  = register.RecordID("cato2aaaaaaaa") // in Karasjok
	dag   = register.RecordID("dag2aaaaaaaaa") // closed in Asker, to be erased by April
	erna  = register.RecordID("erna2aaaaaaaa") // was erased in Asker
	wish  = register.RecordID("wish2aaaaaaaa") // a request that waits in Asker
)

// world is a register in the making, in a repository of its own.
type world struct {
	t        testing.TB
	repo     *gitstore.Repo
	loader   *access.Loader
	head     gitstore.ID // main
	now      time.Time
	serial   map[register.UnitID]uint64
	keyrings map[register.UnitID][]byte

	tokenFiles map[register.UnitID][]byte // those that keyring.yaml names; nil: none
}

// template is the register that every test begins with, made once.
var template = sync.OnceValue(func() *world {
	dir, err := os.MkdirTemp("", "medlem-check-")
	if err != nil {
		panic(err)
	}
	templateDir = dir
	repo, err := gitstore.Init(dir)
	if err != nil {
		panic(err)
	}
	w := &world{t: panicker{}, repo: repo, loader: access.NewLoader(repo), now: start, serial: map[register.UnitID]uint64{}, keyrings: map[register.UnitID][]byte{}}
	first := files{}
	names, err := filepath.Glob("testdata/policies/*.yaml")
	w.must(err)
	for _, n := range names {
		b, err := os.ReadFile(n)
		w.must(err)
		first["policies/"+filepath.Base(n)] = b
	}
	for name := range actors() {
		if name != "eve" {
			first[officerPath(name)] = officerOf(name).Encode()
		}
	}
	day := register.DayOf(start)
	first[grantPath("sec", "national")] = grantFile("secretariat", day, "")
	first[grantPath("sig", "national")] = grantFile("secretariat", "2026-07-01", "")
	first[grantPath("rut", "national")] = grantFile("registrar", day, "")
	first[grantPath("liv", "akershus")] = grantFile("region-officer", day, "")
	first[grantPath("kari", "asker")] = grantFile("member-officer", day, "")
	first[grantPath("tor", "asker")] = grantFile("treasurer", day, "")
	first[grantPath("ola", "karasjok")] = grantFile("chair", day, "")
	first["site/content/index.md"] = []byte("Hello.\n")
	first["tools/README"] = []byte("Not the register's.\n")
	w.main("sec", first, register.InitMessage)
	w.later(24 * time.Hour)
	w.main("sec", files{
		memberPath("asker", anna):    sealed(),
		memberPath("asker", berit):   sealed(),
		memberPath("asker", dag):     sealed(),
		memberPath("asker", erna):    sealed(),
		memberPath("karasjok", cato): sealed(),
	}, register.Message("import", 5, "asker"))
	w.main("sec", files{requestPath("asker", wish): sealed()}, register.Message("request", 1, "asker"))
	w.later(24 * time.Hour)
	w.main("sec", files{memberPath("asker", erna): nil, tombPath("asker", "2026", erna): tombFile(w.day())}, register.Message("erase", 1, "asker"))
	w.main("sec", files{memberPath("asker", dag): nil, closedPath("asker", "2026-04", dag): sealed()}, register.Message("close", 1, "asker"))
	w.later(24 * time.Hour)
	return w
})

var templateDir string

// panicker is the testing.TB of the template, which is no one test's.
type panicker struct{ testing.TB }

func (panicker) Helper()                   {}
func (panicker) Fatal(args ...any)         { panic(fmt.Sprint(args...)) }
func (panicker) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }

// newWorld returns the register that every test begins with. The tests share one
// object store: nothing in it is named by a ref, so that none sees another's.
func newWorld(t testing.TB) *world {
	t.Helper()
	return template().copy(t)
}

func (from *world) copy(t testing.TB) *world {
	t.Helper()
	if err := from.repo.Compact(200); err != nil {
		t.Fatal(err)
	}
	w := *from
	w.t, w.loader = t, access.NewLoader(w.repo)
	w.serial, w.keyrings = map[register.UnitID]uint64{}, map[register.UnitID][]byte{}
	for u, n := range from.serial {
		w.serial[u], w.keyrings[u] = n, from.keyrings[u]
	}
	return &w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) later(d time.Duration) { w.now = w.now.Add(d) }
func (w *world) day() register.Day     { return register.DayOf(w.now) }

func (w *world) treeOf(commit gitstore.ID) gitstore.ID {
	w.t.Helper()
	if commit.IsZero() {
		return gitstore.ZeroID
	}
	c, err := gitstore.ReadCommit(w.repo, commit)
	w.must(err)
	return c.Tree
}

// tree writes the changes upon a tree.
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

// spec is a commit as medlem makes it; tests change it before it is written.
func (w *world) spec(who string, tree gitstore.ID, message string, parents ...gitstore.ID) gitstore.CommitSpec {
	h := handle(who)
	return gitstore.CommitSpec{Tree: tree, Parents: parents, Name: string(h), Email: h.Email(), When: w.now, Message: message,
		Sign: func(payload []byte) ([]byte, error) { return sign.Armor(payload, actors()[who].Signer()) }}
}

func (w *world) write(s gitstore.CommitSpec) gitstore.ID {
	w.t.Helper()
	b, err := w.repo.Begin()
	w.must(err)
	defer b.Abort()
	id, err := b.Commit(s)
	w.must(err)
	w.must(b.Close())
	return id
}

// main adds a commit of the secretariat to main, with the keyrings that it
// needs, and returns it.
func (w *world) main(who string, fs files, message string) gitstore.ID {
	w.t.Helper()
	w.head = w.write(w.mainSpec(who, fs, message))
	return w.head
}

// mainSpec is the commit of main that would follow.
func (w *world) mainSpec(who string, fs files, message string) gitstore.CommitSpec {
	w.t.Helper()
	tree := w.withKeyrings(w.tree(w.treeOf(w.head), fs))
	if w.head.IsZero() {
		return w.spec(who, tree, message)
	}
	return w.spec(who, tree, w.meant(tree, message), w.head)
}

// meant is the message of a policy change with its effect, as medlem writes it
// once somebody has looked; other messages stay as they are.
func (w *world) meant(tree gitstore.ID, message string) string {
	w.t.Helper()
	m, err := register.ParseMessage(message)
	if err != nil || m.Verb != "policy" && m.Verb != "unit" || m.Effect != "" {
		return message
	}
	after, err := w.loader.At(tree)
	w.must(err)
	if after.Policy == nil {
		return message
	}
	before := w.state(w.head)
	e, err := access.EffectOf(before, before.With(after.Policy), w.day())
	w.must(err)
	if e.Empty() {
		return message
	}
	return register.WithEffect(message, e.Digest())
}

// withKeyrings adds to a tree the keyring of every unit whose sealed files,
// readers or recipients are others than on main.
func (w *world) withKeyrings(tree gitstore.ID) gitstore.ID {
	w.t.Helper()
	state, err := w.loader.At(tree)
	w.must(err)
	if state.Policy == nil {
		w.t.Fatalf("policy: %+v", state.Problems)
	}
	var before *access.State
	if !w.head.IsZero() {
		before, err = w.loader.At(w.treeOf(w.head))
		w.must(err)
	}
	touched := map[register.UnitID]bool{}
	w.must(gitstore.Diff(w.repo, w.treeOf(w.head), tree, func(c gitstore.Change) error {
		if p, err := register.ParsePath(c.Path); err == nil && p.Kind.Sealed() {
			touched[p.Unit] = true
		}
		return nil
	}))
	fs := files{}
	for _, u := range state.Policy.Units {
		readers := state.Readers(u.ID, w.day())
		if before != nil && !touched[u.ID] && state.Units[u.ID] != nil && state.Units[u.ID].Keyring != nil {
			if slices.Equal(readers, state.Units[u.ID].Keyring.Readers) && slices.Equal(before.Recipients(readers), state.Recipients(readers)) {
				continue
			}
		}
		fs[keyringPath(u.ID)] = w.keyring(state, u.ID, readers).Encode()
	}
	return w.tree(tree, fs)
}

// keyring seals the next keyring of a unit.
func (w *world) keyring(state *access.State, u register.UnitID, readers []register.Handle) *access.KeyringFile {
	w.t.Helper()
	w.serial[u]++
	b, err := seal.SealKeyring(&seal.Keyring{Unit: u, Serial: w.serial[u]}, state.Recipients(readers))
	w.must(err)
	w.keyrings[u] = b
	k := &access.KeyringFile{Unit: u, Serial: w.serial[u], SHA256: digest(b), Readers: readers}
	if state.Policy.Pages != nil {
		k.Joining = newJoining(w.t)
	}
	if w.tokenFiles != nil {
		w.tokenFiles[u] = w.sealTokens(state, u, state.TokenReaders(w.day()))
		k.Tokens = digest(w.tokenFiles[u])
	}
	return k
}

// sealTokens seals the tokens that go with the present keyring of a unit.
func (w *world) sealTokens(state *access.State, u register.UnitID, readers []register.Handle) []byte {
	w.t.Helper()
	x := seal.NewTokens(u, [32]byte{1})
	x.Serial = w.serial[u]
	b, err := seal.SealTokens(x, state.Recipients(readers))
	w.must(err)
	return b
}

// state is that of a commit.
func (w *world) state(commit gitstore.ID) *access.State {
	w.t.Helper()
	s, err := w.loader.At(w.treeOf(commit))
	w.must(err)
	return s
}

// envelope is one that an officer seals today.
func (w *world) envelope(who string) []byte {
	w.t.Helper()
	b, err := seal.SealEnvelope(seal.NewKey(), w.state(w.head).EnvelopeRecipients(handle(who), w.day()))
	w.must(err)
	return b
}

// draft is a proposal in the making.
type draft struct {
	w    *world
	who  string
	base gitstore.ID
	head gitstore.ID
	ref  string
	bare bool // no envelope by itself
}

func (w *world) draft(who string) *draft { return &draft{w: w, who: who, base: w.head, head: w.head} }

// bareDraft is a draft that gets no envelope by itself.
func (w *world) bareDraft(who string) *draft {
	d := w.draft(who)
	d.bare = true
	return d
}

// add adds a commit; the first that seals anything brings the envelope.
func (d *draft) add(fs files, message string) *draft {
	d.w.t.Helper()
	return d.commit(d.spec(fs, message))
}

func (d *draft) spec(fs files, message string) gitstore.CommitSpec {
	d.w.t.Helper()
	fs = maps.Clone(fs)
	for path, b := range fs {
		if p, err := register.ParsePath(path); err == nil && p.Kind.Sealed() && b != nil && d.head == d.base && !d.bare {
			fs[envelopePath(p.Unit)] = d.w.envelope(d.who)
			break
		}
	}
	tree := d.w.tree(d.w.treeOf(d.head), fs)
	return d.w.spec(d.who, tree, d.w.meant(tree, message), d.head)
}

func (d *draft) commit(s gitstore.CommitSpec) *draft {
	d.w.t.Helper()
	d.head = d.w.write(s)
	return d
}

// on says on which ref the draft lies.
func (d *draft) on(ref string) *draft {
	d.ref = ref
	return d
}

// check is what continuous integration says of the draft.
func (d *draft) check() *check.Report {
	d.w.t.Helper()
	o := d.w.options()
	o.HeadRef = d.ref
	return d.w.proposed(check.Proposal(d.w.repo, d.w.loader, d.w.head, d.head, o))
}

func (w *world) options() check.Options { return check.Options{Now: w.now, Day: w.day()} }

// proposed, ofMain and whole take what a check of their kind returns.
func (w *world) proposed(r *check.Report, err error) *check.Report {
	w.t.Helper()
	w.must(err)
	noteEmitted(w.t, r, check.Applies, check.InProposal)
	return r
}

func (w *world) ofMain(r *check.Report, err error) *check.Report {
	w.t.Helper()
	w.must(err)
	noteEmitted(w.t, r, check.Applies, check.InMain)
	return r
}

func (w *world) whole(r *check.Report, err error) *check.Report {
	w.t.Helper()
	w.must(err)
	noteEmitted(w.t, r, check.Applies, check.InAll)
	return r
}

// direct is what is said of a commit that follows main.
func (w *world) direct(s gitstore.CommitSpec) *check.Report {
	w.t.Helper()
	o := w.options()
	o.Keyrings = w
	id := w.write(s)
	r := w.ofMain(check.Direct(w.repo, w.loader, w.head, id, o))
	// A server that receives it must come to the same result.
	o.Incoming = true
	v, err := check.Verify(w.repo, w.loader, w.head, id, o)
	if errors.Is(err, check.ErrNotDescendant) {
		return r
	}
	if w.ofMain(v, err); !slices.Equal(rules(v), rules(r)) {
		w.t.Errorf("Verify names the rules %q, Direct %q", rules(v), rules(r))
	}
	return r
}

// all is what is said of a tree as a register.
func (w *world) all(tree gitstore.ID) *check.Report {
	w.t.Helper()
	o := w.options()
	o.Keyrings = w
	return w.whole(check.All(w.repo, w.loader, w.write(w.spec("sec", tree, register.InitMessage)), o))
}

// merge is the commit that merges a draft: every sealed file of it sealed anew,
// the envelope left out.
func (w *world) merge(who string, d *draft, topic string, more files) gitstore.CommitSpec {
	w.t.Helper()
	fs := files{}
	w.must(gitstore.Diff(w.repo, w.treeOf(d.base), w.treeOf(d.head), func(c gitstore.Change) error {
		p, err := register.ParsePath(c.Path)
		switch {
		case err == nil && p.Kind == register.Envelope:
		case c.New.ID.IsZero():
			fs[c.Path] = nil
		case err == nil && p.Kind.Sealed():
			fs[c.Path] = sealed()
		default:
			b, err := w.repo.Blob(c.New.ID, 1<<20)
			if err != nil {
				return err
			}
			fs[c.Path] = b
		}
		return nil
	}))
	for path, b := range more {
		fs[path] = b
	}
	s := w.mainSpec(who, fs, register.MergeMessage(handle(d.who), topic))
	s.Parents = append(s.Parents, d.head)
	return s
}

// Sealed and Complete make the world its own check.Keyrings.
func (w *world) Sealed(u register.UnitID) ([]byte, bool, error) {
	b, ok := w.keyrings[u]
	return b, ok, nil
}

func (w *world) Tokens(u register.UnitID) ([]byte, bool, error) {
	b, ok := w.tokenFiles[u]
	return b, ok, nil
}

func (w *world) Complete() bool { return true }

// object writes an object that no part of medlem would write, and returns its
// id.
func (w *world) object(kind string, content []byte) gitstore.ID {
	w.t.Helper()
	raw := append(fmt.Appendf(nil, "%s %d\x00", kind, len(content)), content...)
	id := gitstore.ID(sha1.Sum(raw))
	var z bytes.Buffer
	zw := zlib.NewWriter(&z)
	_, err := zw.Write(raw)
	w.must(err)
	w.must(zw.Close())
	path := filepath.Join(w.repo.Dir(), "objects", id.String()[:2], id.String()[2:])
	w.must(os.MkdirAll(filepath.Dir(path), 0o755))
	w.must(os.WriteFile(path, z.Bytes(), 0o644))
	return id
}

// treeWith writes a tree that has an entry as it is, in folders that are made as
// needed: for what medlem would never write.
func (w *world) treeWith(root gitstore.ID, path string, mode gitstore.Mode, id gitstore.ID) gitstore.ID {
	w.t.Helper()
	var es []gitstore.Entry
	if !root.IsZero() {
		var err error
		es, err = gitstore.ReadTree(w.repo, root)
		w.must(err)
	}
	name, rest, deeper := strings.Cut(path, "/")
	e := gitstore.Entry{Name: name, Mode: mode, ID: id}
	i := slices.IndexFunc(es, func(e gitstore.Entry) bool { return e.Name == name })
	if deeper {
		below := gitstore.ZeroID
		if i >= 0 {
			below = es[i].ID
		}
		e = gitstore.Entry{Name: name, Mode: gitstore.ModeDir, ID: w.treeWith(below, rest, mode, id)}
	}
	if i >= 0 {
		es[i] = e
	} else {
		es = append(es, e)
	}
	return w.rawTree(es)
}

func (w *world) rawTree(es []gitstore.Entry) gitstore.ID {
	slices.SortFunc(es, func(a, b gitstore.Entry) int { return strings.Compare(slashed(a), slashed(b)) })
	var b []byte
	for _, e := range es {
		b = fmt.Appendf(b, "%o %s\x00", uint32(e.Mode), e.Name)
		b = append(b, e.ID[:]...)
	}
	return w.object("tree", b)
}

func slashed(e gitstore.Entry) string {
	if e.Mode == gitstore.ModeDir {
		return e.Name + "/"
	}
	return e.Name
}

// rules are the ids that a report names, each once, in order.
func rules(r *check.Report) []string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, f.Rule)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// want fails unless the report names exactly these rules.
func want(t testing.TB, r *check.Report, ids ...string) {
	t.Helper()
	slices.Sort(ids)
	if got := rules(r); !slices.Equal(got, ids) {
		t.Errorf("rules %q, want %q", got, ids)
		for _, f := range r.Findings {
			t.Logf("%s:%d:%d %s: %s (%s)", f.Path, f.Line, f.Col, f.Rule, f.Message, f.Commit)
		}
	}
}

// emitted are the rules that any test has seen named.
var emitted = struct {
	sync.Mutex
	ids map[string]bool
}{ids: map[string]bool{}}

// noteEmitted also makes sure that a report counts every rule that it names.
func noteEmitted[K any](t testing.TB, r *check.Report, applies func(string, K) bool, k K) {
	t.Helper()
	emitted.Lock()
	defer emitted.Unlock()
	for _, f := range slices.Concat(r.Findings, r.Warnings) {
		emitted.ids[f.Rule] = true
		if !applies(f.Rule, k) {
			t.Errorf("a check of this kind does not count the rule %s, and names it", f.Rule)
		}
	}
}
