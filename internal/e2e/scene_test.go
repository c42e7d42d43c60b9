package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A scene is a small register in which everything is ready for each of the commands that
// write: a proposal that waits, a draft, a record to erase, a list to import, a backup, an
// identity that has no office yet. What is tried on it is tried on a copy, so that a
// thousand trials cost no more than their own commands.
//
// sec and tove are the secretariat, kari the member-officer of Asker, astrid its chair,
// ola the chair of Kárášjohka.
type scene struct {
	*world
	ids     []string // of Asker's active members
	gone    string   // is to be erased
	topic   string   // of the proposal that waits
	genesis string
	web     string // where its servers are on the net; "" they are folders
}

// planted is in everything that names somebody in a scene.
const plantedInScene = "plantetscene"

const (
	sceneNow = "2026-11-22T10:00:00Z"
	runNow   = "2027-03-01T10:00:00Z" // the month of who left in the scene has ended
	laterNow = "2027-03-16T10:00:00Z" // the quarantine of the run is over
)

var sceneOfficers = []string{"sec", "tove", "kari", "astrid", "ola"}

var (
	sceneOnce  sync.Once
	sceneBuilt *scene
	laterOnce  sync.Once
	laterBuilt *scene
)

// theScene is the scene, made once.
func theScene(t testing.TB) *scene {
	t.Helper()
	sceneOnce.Do(func() { sceneBuilt = buildScene(t) })
	if sceneBuilt == nil {
		t.Fatal("the scene could not be built")
	}
	return sceneBuilt
}

// laterScene is the scene four months later, with a run of erasures to finish.
func laterScene(t testing.TB) *scene {
	t.Helper()
	first := theScene(t)
	laterOnce.Do(func() {
		dir := filepath.Join(binDir, "later")
		s := first.copyTo(t, dir)
		s.run("sec", "erase", s.gone)
		s.now = runNow
		s.run("sec", "retention", "run", "--today", runNow[:10])
		s.now = laterNow
		for _, who := range sceneOfficers {
			s.run(who, "sync")
		}
		laterBuilt = s
	})
	if laterBuilt == nil {
		t.Fatal("the later scene could not be built")
	}
	return laterBuilt
}

func buildScene(t testing.TB) *scene {
	t.Helper()
	dir := filepath.Join(binDir, "scene")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s := &scene{world: begun(clockedWorld(t, dir, sceneNow))}
	s.officer("tove", "national", "secretariat")
	s.officer("kari", "asker", "member-officer")
	s.officer("astrid", "asker", "chair")
	s.officer("ola", "karasjok", "chair")
	s.key("nora")
	list, _ := s.list("list.csv", plantedInScene, 30)
	s.run("kari", "import", list, "--unit", "asker")
	s.run("kari", "submit")
	s.run("sec", "inbox")
	s.run("sec", "merge", "1")
	s.run("kari", "sync")
	ids := s.members("kari", "asker")
	s.gone = ids[1]
	s.run("sec", "close", s.gone, "--reason", "left", "--erase-now")
	s.run("sec", "close", ids[2], "--reason", "left")
	s.run("kari", "sync")
	s.run("kari", "edit", ids[0], "--set", "note="+plantedInScene+"merged")
	s.run("kari", "submit")
	s.run("sec", "inbox")
	s.topic = s.onlyTopic()
	s.run("kari", "sync")
	s.run("kari", "edit", ids[4], "--set", "note="+plantedInScene+"draft")
	s.run("tove", "sync")
	s.run("astrid", "sync")
	s.run("", "-C", s.host, "backup", "--out", s.at("backup.age"))
	s.git("/", "init", "-q", "--bare", "-b", "main", s.at("new.git"))
	s.list("more.csv", plantedInScene+"more", 4)
	s.ids = s.members("kari", "asker")
	s.genesis = s.git(s.host, "rev-list", "--max-parents=0", "main")
	for _, who := range sceneOfficers {
		s.vars[who] = s.handle(who)
		s.git(s.at(who), "repack", "-q", "-d")
	}
	s.git(s.host, "repack", "-q", "-d") // each trial copies few files
	for _, dir := range []string{s.host, s.at("new.git")} {
		samples, err := filepath.Glob(filepath.Join(dir, "hooks", "*.sample"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range samples {
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s
}

// copyTo copies a scene.
func (s *scene) copyTo(t testing.TB, dir string) *scene {
	t.Helper()
	if err := copyTree(dir, s.dir); err != nil {
		t.Fatal(err)
	}
	c := *s
	c.world = &world{t: t, dir: dir, host: filepath.Join(dir, "host.git"), bin: s.bin, vars: s.vars, now: s.now}
	for _, who := range sceneOfficers {
		c.reroute(who, s.host, c.host)
	}
	if err := os.MkdirAll(c.at("tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	return &c
}

// deed is one command of somebody's, which a fault may hit.
type deed struct {
	name  string
	who   string
	later bool // in the later scene
	args  func(s *scene, try int) []string
	// over is what the same command says, refusing, when it was over already.
	over string
	done func(s *scene)
}

func words(args ...string) func(*scene, int) []string {
	return func(*scene, int) []string { return args }
}

// try is the command of a deed.
func (s *scene) try(d deed, n int) *exec.Cmd {
	c := s.cmd(d.who, d.args(s, n)...)
	c.Env = append(c.Env, "TMPDIR="+s.at("tmp"))
	return c
}

// whole proves that nobody is locked out: the server's register is consistent without a
// key, and whoever acted reads all of hers in her copy as it is.
func (s *scene) whole(d deed, what string) {
	s.t.Helper()
	if out, err := s.cmd("", "-C", s.host, "check", "--all").CombinedOutput(); err != nil {
		s.t.Fatalf("%s %s: check --all: %v\n%s", d.name, what, err, out)
	}
	s.lists(d.who, d, what)
}

// lists proves that an officer of Asker or of the secretariat lists all its members.
func (s *scene) lists(who string, d deed, what string) {
	s.t.Helper()
	if who == "" || who == "ola" {
		return
	}
	out, err := s.cmd(who, "list", "--unit", "asker", "--format", "json").CombinedOutput()
	var got struct {
		Members []struct {
			ID string `json:"id"`
		} `json:"members"`
	}
	if err == nil {
		err = json.Unmarshal(out, &got)
	}
	if err != nil {
		s.t.Fatalf("%s %s: %s lists: %v\n%s", d.name, what, who, err, out)
	}
	for _, id := range s.ids {
		if !slices.ContainsFunc(got.Members, func(m struct {
			ID string `json:"id"`
		}) bool {
			return m.ID == id
		}) {
			s.t.Fatalf("%s %s: %s does not see %s", d.name, what, who, id)
		}
	}
}

// again runs the deed once more, as often as a person would whose command failed, and
// proves that it is done then.
func (s *scene) again(d deed, what string) {
	s.t.Helper()
	var out []byte
	var err error
	for n, tries := 1, 2; n <= tries; n++ {
		out, err = s.try(d, n).CombinedOutput()
		if err == nil || d.over != "" && strings.Contains(string(out), d.over) {
			s.settled(d, what+", again")
			return
		}
		if tries == 2 && strings.Contains(string(out), "held by a lock") { // git died with the command
			s.unlock()
			tries++
		}
	}
	s.t.Fatalf("%s %s: again: %v\n%s", d.name, what, err, out)
}

// unlock lets ten minutes go by and has the doctor remove the locks that a killed git left
// on the server.
func (s *scene) unlock() {
	s.t.Helper()
	s.later()
	if out, err := s.cmd("sec", "doctor", "--repair").CombinedOutput(); err != nil {
		s.t.Fatalf("doctor --repair: %v\n%s", err, out)
	}
}

// later lets ten minutes go by for the locks that a killed git left on a server.
func (w *world) later() {
	w.t.Helper()
	err := filepath.WalkDir(w.dir, func(path string, e os.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) { // git tidies in the background
			return nil
		}
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".lock") || !strings.Contains(path, ".git/") {
			return err
		}
		then := time.Now().Add(-10 * time.Minute)
		return os.Chtimes(path, then, then)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// settled proves that the deed is done and nothing else has changed.
func (s *scene) settled(d deed, what string) {
	s.t.Helper()
	s.whole(d, what)
	if out, err := s.cmd("kari", "sync").CombinedOutput(); err != nil {
		s.t.Fatalf("%s %s: kari's sync: %v\n%s", d.name, what, err, out)
	}
	s.lists("kari", d, what)
	d.done(s)
	s.clean(d, what)
}

// trial has a command hit by a fault: c is the command, run says how it ended. Whatever
// it was, the register is whole, and the same command finishes what it has not.
func (s *scene) trial(d deed, what string, run func(c *exec.Cmd) error) {
	s.t.Helper()
	err := run(s.try(d, 0))
	s.whole(d, what)
	if err == nil {
		s.settled(d, what)
		return
	}
	s.clean(d, what)
	s.again(d, what)
}

// scene is a fresh copy of the scene that a deed is done in.
func (d deed) scene(t testing.TB) *scene {
	t.Helper()
	if d.later {
		return laterScene(t).copyTo(t, t.TempDir())
	}
	return theScene(t).copyTo(t, t.TempDir())
}

// clean proves that nothing that names somebody lies in any file of the scene, but in
// the lists that were given in.
func (s *scene) clean(d deed, what string) {
	s.t.Helper()
	all := needles([]string{plantedInScene})
	err := filepath.WalkDir(s.dir, func(path string, e os.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) { // git tidies in the background
			return nil
		}
		if err != nil || e.IsDir() || filepath.Ext(path) == ".csv" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		s.search(d.name+" "+what+": "+path, b, all)
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}
