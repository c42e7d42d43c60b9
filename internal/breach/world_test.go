package breach

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// A world is a register that grows by commits in memory, with real keyrings and real
// sealed files, as the program makes them. What it keeps of the past is what a thief
// could have: every sealed keyring, every envelope, every sealed file.
type world struct {
	t    testing.TB
	r    *rand.Rand
	mem  *gitstore.Memory
	now  time.Time
	load *access.Loader

	ids    map[string]*identity.Identity // officers, by handle
	names  []string                      // handles; the first is the secretariat's
	rings  map[string]*seal.Keyring      // by unit
	sealed []oldKeyring
	envs   []oldEnvelope
	blobs  []oldBlob
	units  []string

	tree    gitstore.ID
	commits []gitstore.ID
	edits   map[string][]byte
	paths   map[register.RecordID]register.Path
	text    map[register.RecordID]gitstore.ID // the file of the last version
	revs    map[register.RecordID]int
	grants  map[string]string           // "unit handle" → office
	gone    map[string][]access.Retired // what officers stated to have destroyed
	opened  map[string]*seal.Keyring
	officer int // changes of officers
	brief   int // accesses given, used and taken within the hour
}

// oldKeyring is a keyring as it lay on the server, from one commit of main to another.
type oldKeyring struct {
	unit     string
	file     []byte
	from, to register.Day // to "": it is there still
}

type oldEnvelope struct {
	file   []byte
	merged register.Day // from then on in every copy
	blobs  []oldBlob
}

// oldBlob is a sealed file that some commit held.
type oldBlob struct {
	Version
	path register.Path
	file []byte
}

// keepDays is keep-versions of the policy.
const keepDays = 30

func newWorld(t testing.TB, seed uint64) *world {
	w := &world{t: t, r: rand.New(rand.NewPCG(seed, 7)), mem: gitstore.NewMemory(), now: time.Date(2021, 1, 4, 9, 0, 0, 0, time.UTC),
		ids: map[string]*identity.Identity{}, rings: map[string]*seal.Keyring{}, edits: map[string][]byte{},
		paths: map[register.RecordID]register.Path{}, text: map[register.RecordID]gitstore.ID{}, revs: map[register.RecordID]int{}, grants: map[string]string{}, gone: map[string][]access.Retired{}, opened: map[string]*seal.Keyring{}}
	w.load = access.NewLoader(w.mem)
	for range 14 {
		w.newOfficer()
	}
	w.policies()
	w.grant("national", w.names[0], "secretariat")
	w.grant("national", w.names[1], "secretariat")
	w.commit("init\n", "")
	return w
}

func (w *world) must(err error) {
	if err != nil {
		w.t.Helper()
		w.t.Fatal(err)
	}
}

func (w *world) day() register.Day { return register.DayOf(w.now) }

func (w *world) newOfficer() string {
	id, err := identity.New(w.day())
	w.must(err)
	h := string(id.Handle())
	w.ids[h], w.names = id, append(w.names, h)
	w.officerFile(h)
	return h
}

func (w *world) officerFile(h string) {
	id := w.ids[h]
	o := &access.Officer{Handle: id.Handle(), Signing: id.SigningKey(), Recipients: []string{id.Recipient()}, Retired: w.gone[h]}
	w.edits["data/officers/"+h+".yaml"] = o.Encode()
}

// policies are those of the access tests, with twelve units of three levels.
func (w *world) policies() {
	for _, f := range []string{"fields.yaml", "retention.yaml"} {
		b, err := os.ReadFile("../access/testdata/policies/" + f)
		w.must(err)
		w.edits["policies/"+f] = b
	}
	if !bytes.Contains(w.edits["policies/retention.yaml"], []byte(fmt.Sprintf("keep-versions: %d", keepDays))) {
		w.t.Fatal("the policy keeps versions for another time")
	}
	b, err := os.ReadFile("../access/testdata/policies/organisation.yaml")
	w.must(err)
	head, _, _ := strings.Cut(string(b), "units:\n")
	text := head + "units:\n  - {id: national, level: national, name: Unit}\n"
	w.units = []string{"national"}
	for i := range 2 {
		region := fmt.Sprintf("region-%d", i)
		w.units = append(w.units, region)
		text += fmt.Sprintf("  - {id: %s, level: region, name: Unit, under: national}\n", region)
		for j := range 5 - i {
			branch := fmt.Sprintf("branch-%d-%d", i, j)
			w.units = append(w.units, branch)
			text += fmt.Sprintf("  - {id: %s, level: branch, name: Unit, under: %s}\n", branch, region)
		}
	}
	w.edits["policies/organisation.yaml"] = []byte(text)
	offices := "offices:\n"
	for _, o := range []struct{ id, level, scope, may string }{
		{"secretariat", "national", "all", "[read, add, edit, move, close, reopen, request, merge, grant, policy, erase]"},
		{"auditor", "national", "all", "[read]"},
		{"county", "region", "subtree", "[read, add, edit, request]"},
		{"chair", "branch", "own", "[read, add, edit, request]"},
		{"clerk", "branch", "own", "[request]"},
	} {
		offices += fmt.Sprintf("  - id: %s\n    name: {en: Office}\n    level: %s\n    scope: %s\n    may: %s\n    seats: {min: 0, max: 90}\n", o.id, o.level, o.scope, o.may)
	}
	w.edits["policies/access.yaml"] = []byte(offices)
	for _, u := range w.units {
		w.rings[u] = &seal.Keyring{Unit: register.UnitID(u), Keys: map[register.RecordID]seal.Key{}, Versions: map[seal.Version]seal.OldKey{}, Views: map[register.RecordID]string{}}
	}
}

func (w *world) grant(unit, h, office string) {
	g := &access.Grant{Unit: register.UnitID(unit), Handle: register.Handle(h), Office: office, From: w.day()}
	w.edits["data/"+unit+"/grants/"+h+".yaml"] = g.Encode()
	w.grants[unit+" "+h] = office
	w.officer++
}

func (w *world) revoke(unit, h string) {
	w.edits["data/"+unit+"/grants/"+h+".yaml"] = nil
	delete(w.grants, unit+" "+h)
	w.officer++
}

// write seals a record under a fresh key and puts it at a place, from where it was.
func (w *world) write(id register.RecordID, to register.Path) {
	unit := string(to.Unit)
	ring, key := w.rings[unit], seal.NewKey()
	if from, ok := w.paths[id]; ok {
		old := w.rings[string(from.Unit)]
		old.Versions[seal.Version{ID: id, Rev: w.revs[id]}] = seal.OldKey{Key: old.Keys[id], Until: w.day().Add(keepDays)}
		delete(old.Keys, id)
		if from != to {
			w.edits[from.String()] = nil
		}
		w.touch(string(from.Unit))
	}
	w.revs[id]++
	ring.Keys[id] = key
	w.paths[id] = to
	w.put(to, key)
	w.touch(unit)
}

func (w *world) put(to register.Path, key seal.Key) oldBlob {
	file, err := seal.Seal(key, []byte(fmt.Sprintf("id %s at %s\n", to.ID, w.now)))
	w.must(err)
	w.edits[to.String()] = file
	blob, err := w.mem.Blob(file)
	w.must(err)
	b := oldBlob{Version{to.Unit, to.ID, to.Kind == register.Member || to.Kind == register.Closed, blob}, to, file}
	w.blobs = append(w.blobs, b)
	return b
}

// touch marks a unit's keyring as to be sealed anew.
func (w *world) touch(unit string) { w.edits["touched/"+unit] = nil }

// erase destroys every key of a record, everywhere.
func (w *world) erase(id register.RecordID) {
	p := w.paths[id]
	w.edits[p.String()] = nil
	t := &access.Tombstone{Day: w.day(), Rule: "left"}
	w.edits[register.Path{Kind: register.Tombstone, Unit: p.Unit, Year: w.day().Year(), ID: id}.String()] = t.Encode()
	for u, k := range w.rings {
		if _, ok := k.Keys[id]; ok {
			delete(k.Keys, id)
			w.touch(u)
		}
		for v := range k.Versions {
			if v.ID == id {
				delete(k.Versions, v)
				w.touch(u)
			}
		}
	}
	delete(w.paths, id)
}

// rekey seals all records of a unit anew.
func (w *world) rekey(unit string, forget bool) {
	if forget {
		clear(w.rings[unit].Versions)
	}
	for _, id := range w.in(unit) {
		w.write(id, w.paths[id])
		if forget {
			clear(w.rings[unit].Versions)
		}
	}
	w.touch(unit)
	verb := register.VerbRekey
	if forget {
		verb = register.VerbContain
	}
	w.commit(register.Message(verb, len(w.in(unit)), register.UnitID(unit)), "")
}

// in returns the records of a unit, sorted; "" all.
func (w *world) in(unit string) []register.RecordID {
	var out []register.RecordID
	for id, p := range w.paths {
		if unit == "" || string(p.Unit) == unit {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// commit makes the next commit of main, and the keyrings that it needs.
func (w *world) commit(msg, merged string) {
	touched := map[string]bool{}
	for path := range w.edits {
		if u, ok := strings.CutPrefix(path, "touched/"); ok {
			touched[u] = true
			delete(w.edits, path)
		}
	}
	tree, s := w.apply(w.tree, w.edits)
	clear(w.edits)
	rings := map[string][]byte{}
	for _, u := range w.units {
		readers := s.Readers(register.UnitID(u), w.day())
		old := s.Units[register.UnitID(u)]
		var prev *access.KeyringFile
		if old != nil {
			prev = old.Keyring
		}
		same := prev != nil && slices.Equal(prev.Readers, readers) && slices.Equal(w.recipients(w.tree, readers), s.Recipients(readers))
		if same && !touched[u] {
			continue
		}
		k := w.rings[u]
		k.Serial++
		maps.DeleteFunc(k.Versions, func(_ seal.Version, o seal.OldKey) bool { return o.Until < w.day() })
		file, err := seal.SealKeyring(k, s.Recipients(readers))
		w.must(err)
		for i := range w.sealed {
			if x := &w.sealed[i]; x.unit == u && x.to == "" {
				x.to = w.day()
			}
		}
		w.sealed = append(w.sealed, oldKeyring{u, file, w.day(), ""})
		f := &access.KeyringFile{Unit: register.UnitID(u), Serial: k.Serial, SHA256: fmt.Sprintf("%064x", len(w.sealed)), Readers: readers}
		rings["data/"+u+"/keyring.yaml"] = f.Encode()
	}
	tree, _ = w.apply(tree, rings)
	var parents []gitstore.ID
	if n := len(w.commits); n > 0 {
		parents = append(parents, w.commits[n-1])
	}
	if merged != "" {
		id, err := gitstore.ParseID(merged)
		w.must(err)
		parents = append(parents, id)
	}
	w.tree = tree
	w.commits = append(w.commits, w.store(tree, parents, w.names[0], msg))
	w.now = w.now.Add(time.Minute)
}

func (w *world) recipients(tree gitstore.ID, readers []register.Handle) []string {
	if tree.IsZero() {
		return nil
	}
	s, err := w.load.At(tree)
	w.must(err)
	return s.Recipients(readers)
}

func (w *world) apply(root gitstore.ID, files map[string][]byte) (gitstore.ID, *access.State) {
	var edits []gitstore.Edit
	for path, b := range files {
		e := gitstore.Edit{Path: path}
		if b != nil {
			id, err := w.mem.Blob(b)
			w.must(err)
			e.ID = id
		}
		edits = append(edits, e)
	}
	tree, err := w.mem.Tree(root, edits)
	w.must(err)
	s, err := w.load.At(tree)
	w.must(err)
	if s.Policy == nil {
		w.t.Fatal(s.Problems)
	}
	return tree, s
}

func (w *world) store(tree gitstore.ID, parents []gitstore.ID, by, msg string) gitstore.ID {
	id, err := w.mem.Commit(gitstore.CommitSpec{Tree: tree, Parents: parents, Name: by, Email: by + "@medlem.invalid", When: w.now, Message: msg})
	w.must(err)
	return id
}

// propose writes a proposal of an officer upon main and merges it a while later.
func (w *world) propose(by string, ids []register.RecordID, wait time.Duration) {
	s, err := w.load.At(w.tree)
	w.must(err)
	secret := seal.NewKey()
	env := oldEnvelope{}
	env.file, err = seal.SealEnvelope(secret, s.EnvelopeRecipients(register.Handle(by), w.day()))
	w.must(err)
	parent, tree := w.commits[len(w.commits)-1], w.tree
	for _, id := range ids {
		p := w.paths[id]
		b := w.put(p, secret.Derive(seal.KindRecord, p.Unit, id))
		delete(w.edits, p.String())
		env.blobs = append(env.blobs, b)
		tree, _ = w.apply(tree, map[string][]byte{p.String(): b.file})
		parent = w.store(tree, []gitstore.ID{parent}, by, register.Message("edit", 1, p.Unit))
		w.now = w.now.Add(time.Minute)
	}
	w.now = w.now.Add(wait)
	for _, id := range ids {
		w.write(id, w.paths[id])
	}
	env.merged = w.day()
	w.envs = append(w.envs, env)
	w.commit(register.MergeMessage(register.Handle(by), "branch-0-0-m4k7qwertyuio"), parent.String())
}

// identities are those of an officer that she had not stated to have destroyed before a
// day.
func (w *world) identities(h string, since register.Day) []age.Identity {
	id := w.ids[h]
	all := append([]string{id.Recipient()}, id.Old()...)
	var out []age.Identity
	for i, a := range id.Ages() {
		if !slices.ContainsFunc(w.gone[h], func(r access.Retired) bool { return r.Recipient == access.RecipientID(all[i]) && r.Day < since }) {
			out = append(out, a)
		}
	}
	return out
}
