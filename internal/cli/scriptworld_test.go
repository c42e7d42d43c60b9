package cli

import (
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// worlds are the registers that scripts begin with, by what world was asked for. Each is
// made once, with the program's own commands, by the first script that asks; the others
// get copies.
var worlds = struct {
	sync.Mutex
	dir   string // removed when the tests are done
	saved map[string]*savedWorld
}{saved: map[string]*savedWorld{}}

type savedWorld struct {
	making sync.Mutex
	dir    string // a copy of what was made, "" before
	host   string // where its server was
}

// world makes a server and a register with sec as its secretariat; each argument,
// who=unit=office, is one more officer with a copy.
func world(ts *testscript.TestScript, _ bool, args []string) {
	names := []string{"host.git", "units.yaml", "recovery.txt", "sec", "sec.key", "sec.officer"}
	copies := []string{"sec"}
	for _, a := range args {
		who, _, _ := strings.Cut(a, "=")
		names = append(names, who, who+".key", who+".officer")
		copies = append(copies, who)
	}
	worlds.Lock()
	key := ts.Getenv(clock) + " " + strings.Join(args, " ")
	w := worlds.saved[key]
	if w == nil {
		w = &savedWorld{}
		worlds.saved[key] = w
	}
	if worlds.dir == "" {
		dir, err := os.MkdirTemp("", "worlds-*")
		ts.Check(err)
		worlds.dir = dir
	}
	worlds.Unlock()

	w.making.Lock()
	defer w.making.Unlock()
	host := ts.MkAbs("host.git")
	if w.dir == "" {
		makeWorld(ts, args)
		dir, err := os.MkdirTemp(worlds.dir, "")
		ts.Check(err)
		copyInto(ts, dir, ts.MkAbs("."), names)
		w.dir, w.host = dir, host
		return
	}
	copyInto(ts, ts.MkAbs("."), w.dir, names)
	for _, who := range copies { // each knows its server by the address, in hex
		path := ts.MkAbs(filepath.Join(who, ".git", "medlem", "state.yaml"))
		b, err := os.ReadFile(path)
		ts.Check(err)
		was, is := hex.EncodeToString([]byte(w.host)), hex.EncodeToString([]byte(host))
		if !strings.Contains(string(b), was) {
			ts.Fatalf("%s does not name the server", path)
		}
		ts.Check(os.WriteFile(path, []byte(strings.ReplaceAll(string(b), was, is)), 0o600))
	}
}

func copyInto(ts *testscript.TestScript, to, from string, names []string) {
	args := []string{"-a"}
	for _, n := range names {
		args = append(args, filepath.Join(from, n))
	}
	if out, err := exec.Command("cp", append(args, to)...).CombinedOutput(); err != nil {
		ts.Fatalf("cp: %v\n%s", err, out)
	}
}

func makeWorld(ts *testscript.TestScript, args []string) {
	s := of(ts)
	ts.Check(ts.Exec("git", "init", "-q", "--bare", "-b", "main", ts.MkAbs("host.git")))
	ts.Check(os.WriteFile(ts.MkAbs("units.yaml"), []byte(units), 0o600))
	key := func(who string) {
		s.run(ts, false, false, []string{"key", "new", "--plain", "--out", ts.MkAbs(who + ".key")})
		ts.Check(os.WriteFile(ts.MkAbs(who+".officer"), []byte(ts.ReadFile("stdout")), 0o600))
	}
	key("sec")
	sec := []string{"-C", ts.MkAbs("sec"), "--as", ts.MkAbs("sec.key")}
	s.run(ts, false, false, append(sec, "init", ts.MkAbs("sec"), "--name", "Folkerørsla Prøve", "--units", ts.MkAbs("units.yaml"),
		"--remote", ts.MkAbs("host.git"), "--recovery-out", ts.MkAbs("recovery.txt")))
	for _, a := range args {
		p := strings.Split(a, "=")
		key(p[0])
		s.run(ts, false, false, append(sec[:4:4], "grant", p[1], ts.MkAbs(p[0]+".officer"), "--office", p[2]))
		s.run(ts, false, false, []string{"--as", ts.MkAbs(p[0] + ".key"), "clone", ts.MkAbs("host.git"), ts.MkAbs(p[0])})
	}
}
