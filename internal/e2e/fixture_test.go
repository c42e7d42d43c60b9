package e2e

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

// The fixture is the register that the attack scripts, the hook and the stock
// tools are tried on. It is built once, with the tool's own commands, and each
// test works on a copy.
//
// sec is the secretariat, kari the member-officer and astrid the chair of Asker,
// ola the chair of Kárášjohka, solveig the officer of the region Akershus;
// mallory has a key and no office. Asker has four members, one who has left and
// one who was erased; Kárášjohka has two.
var (
	fixtureOnce  sync.Once
	fixtureBuilt *world
)

var fixtureOfficers = []string{"sec", "kari", "astrid", "ola", "solveig"}

func fixture(t testing.TB) *world {
	t.Helper()
	tools(t)
	fixtureOnce.Do(func() { fixtureBuilt = buildFixture(t) })
	if fixtureBuilt == nil {
		t.Fatal("the fixture could not be built")
	}
	return fixtureBuilt
}

func buildFixture(t testing.TB) *world {
	dir := filepath.Join(binDir, "fixture")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	w := newWorldIn(t, dir)
	w.officer("kari", "asker", "member-officer")
	w.officer("astrid", "asker", "chair")
	w.officer("ola", "karasjok", "chair")
	w.officer("solveig", "akershus", "region-officer")
	w.key("mallory")
	w.people("kari", "asker", "Asker1", "Asker2", "Asker3", "Asker4", "Left", "Gone")
	w.people("ola", "karasjok", "Karasjok1", "Karasjok2")
	w.run("sec", "close", w.vars["LEFT"], "--reason", "left")
	w.run("sec", "close", w.vars["GONE"], "--reason", "left", "--erase-now")
	w.run("sec", "erase", w.vars["GONE"])
	for _, who := range fixtureOfficers {
		w.run(who, "sync")
	}
	for _, dir := range append([]string{"host.git"}, fixtureOfficers...) {
		w.git(w.at(dir), "repack", "-q", "-d") // each test copies one file for hundreds
	}
	for _, path := range strings.Split(w.git(w.host, "ls-tree", "-r", "--name-only", "main", "data"), "\n") {
		if p, err := register.ParsePath(path); err == nil {
			for name, id := range w.vars {
				if id == string(p.ID) && id != "" && p.Kind != register.Receipt {
					w.vars[name+"_PATH"] = path
				}
			}
		}
	}
	for _, who := range append([]string{"mallory"}, fixtureOfficers...) {
		w.vars[strings.ToUpper(who)] = w.handle(who)
	}
	w.vars["GENESIS"] = w.git(w.host, "rev-list", "--max-parents=0", "main")
	w.vars["TOMB_PATH"] = w.vars["GONE_PATH"]
	w.vars["GONE_PATH"] = register.Path{Kind: register.Member, Unit: "asker", ID: register.RecordID(w.vars["GONE"])}.String()
	return w
}

// people has an officer import people by their given names, which become the
// variables of their ids, and the secretariat take them in.
func (w *world) people(who, unit string, given ...string) {
	w.t.Helper()
	list := "Fornavn;Etternavn;Mobil\n"
	for i, g := range given {
		list += fmt.Sprintf("%s;Prøve;+47 400 00 %03d\n", g, i)
	}
	w.run(who, "import", w.write(who+".csv", list), "--unit", unit)
	w.run(who, "submit")
	w.run("sec", "merge", w.onlyTopic())
	var d struct {
		Members []struct {
			ID     string
			Fields map[string]any
		}
	}
	if err := json.Unmarshal([]byte(w.run("sec", "list", "--unit", unit, "--format", "json")), &d); err != nil {
		w.t.Fatal(err)
	}
	for _, m := range d.Members {
		w.vars[strings.ToUpper(fmt.Sprint(m.Fields["given"]))] = m.ID
	}
	for _, g := range given {
		if w.vars[strings.ToUpper(g)] == "" {
			w.t.Fatalf("%s is not listed", g)
		}
	}
}

// onlyTopic is the topic of the one proposal that waits on the server.
func (w *world) onlyTopic() string {
	w.t.Helper()
	refs := strings.Fields(w.git(w.host, "for-each-ref", "--format=%(refname)", register.Proposals))
	if len(refs) != 1 {
		w.t.Fatalf("%d proposals wait, want one", len(refs))
	}
	return refs[0][strings.LastIndexByte(refs[0], '/')+1:]
}

// copyOf returns a copy of the world w in dir, whose officers' copies know the
// copied server as theirs.
func (w *world) copyOf(t testing.TB, dir string) (*world, error) {
	c := &world{t: t, dir: dir, host: filepath.Join(dir, "host.git"), bin: w.bin, vars: w.vars}
	if err := copyTree(dir, w.dir); err != nil {
		return nil, fmt.Errorf("copy the fixture: %w", err)
	}
	was, is := hex.EncodeToString([]byte(w.host)), hex.EncodeToString([]byte(c.host))
	for _, who := range fixtureOfficers {
		path := filepath.Join(dir, who, ".git", "medlem", "state.yaml")
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if !strings.Contains(string(b), was) {
			return nil, fmt.Errorf("%s does not name the server", path)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(b), was, is, 1)), 0o600); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// copied is a copy of the fixture for a test.
func copied(t testing.TB) *world {
	t.Helper()
	w, err := fixture(t).copyOf(t, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// copyTree copies a folder with the permissions of its files, which os.CopyFS
// widens: an identity file is nobody else's to read.
func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		dst := filepath.Join(to, rel)
		if e.IsDir() {
			return os.MkdirAll(dst, 0o700)
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(dst, b, info.Mode().Perm())
	})
}
