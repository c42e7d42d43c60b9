// Package e2e plays the register's life with the built command, real git and
// stock age: what only shows when everything works together, and when a process
// is killed in the middle of it.
//
// The tests are few and slow for their number. MEDLEM_SLOW=1 makes them as
// thorough as the continuous integration runs them.
package e2e

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/medlem-register/medlem/internal/scratch"
	"github.com/medlem-register/medlem/internal/seal/agetest"
)

var (
	binDir  string
	buildIt sync.Once
	buildEr error
)

func TestMain(m *testing.M) {
	if now := os.Getenv(clock); now != "" {
		atThatTime(now)
	}
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-test.") {
		fmt.Fprintln(os.Stderr, "medlem of a test, without a clock") // and no test of its own
		os.Exit(2)
	}
	// Where there is no memory to work in, half of the time goes into waiting for a disk,
	// since every command makes what it wrote durable: more tests at once than there are
	// processors.
	flag.Parse()
	if p := flag.Lookup("test.parallel"); p.Value.String() == p.DefValue {
		_ = flag.Set("test.parallel", strconv.Itoa(3*runtime.GOMAXPROCS(0)))
	}
	os.Exit(scratch.Run(tests{m}))
}

// tests have a folder for the program that they try.
type tests struct{ m *testing.M }

func (t tests) Run() int {
	dir, err := os.MkdirTemp("", "medlem-e2e-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	defer agetest.Remove()
	binDir = dir
	return t.m.Run()
}

// tools builds medlem and returns the folder that holds it.
func tools(t testing.TB) string {
	t.Helper()
	buildIt.Do(func() {
		out, err := exec.Command("go", "build", "-o", filepath.Join(binDir, "medlem"), "github.com/medlem-register/medlem/cmd/medlem").CombinedOutput()
		if err != nil {
			buildEr = fmt.Errorf("build medlem: %w\n%s", err, out)
		}
	})
	if buildEr != nil {
		t.Fatal(buildEr)
	}
	return binDir
}

// world is a federation with a bare server in a temporary folder.
type world struct {
	t    testing.TB
	dir  string
	host string
	bin  string
	vars map[string]string // what scripts call the ids and paths of the fixture
	now  string            // what a clocked world's commands take for the time, RFC 3339
}

// garbage is as GOGC, and memlimit as GOMEMLIMIT: thousands of short processes need not
// tidy their memory before it is much.
const (
	garbage  = "off"
	memlimit = "512MiB"
)

const units = `units:
  - {id: national, level: national, name: Folkerørsla Prøve}
  - {id: akershus, level: region, name: Akershus, under: national}
  - {id: asker, level: branch, name: Asker, under: akershus}
  - {id: lillestrom, level: branch, name: Lillestrøm, under: akershus}
  - {id: finnmark, level: region, name: Finnmark, under: national}
  - {id: karasjok, level: branch, name: Kárášjohka, under: finnmark}
`

// newWorld makes a register with its first secretariat officer, "sec".
func newWorld(t testing.TB) *world { return newWorldIn(t, t.TempDir()) }

func newWorldIn(t testing.TB, dir string) *world {
	t.Helper()
	return begun(&world{t: t, dir: dir, bin: filepath.Join(tools(t), "medlem"), vars: map[string]string{}})
}

// begun makes the register of a world.
func begun(w *world) *world {
	w.t.Helper()
	w.host = filepath.Join(w.dir, "host.git")
	w.git("/", "init", "-q", "--bare", "-b", "main", w.host)
	w.write("units.yaml", units)
	w.key("sec")
	w.run("sec", "init", w.at("sec"), "--name", "Folkerørsla Prøve", "--units", w.at("units.yaml"),
		"--remote", w.host, "--recovery-out", w.at("recovery.txt"))
	return w
}

func (w *world) at(name string) string { return filepath.Join(w.dir, name) }

func (w *world) write(name, text string) string {
	w.t.Helper()
	if err := os.WriteFile(w.at(name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return w.at(name)
}

// key makes an identity file and the officer file for it.
func (w *world) key(who string) {
	w.t.Helper()
	out := w.must(w.cmd("", "key", "new", "--plain", "--out", w.at(who+".key")))
	w.write(who+".officer", out)
}

// officer gives a new person an office and a copy of the register.
func (w *world) officer(who, unit, office string) {
	w.t.Helper()
	w.key(who)
	w.run("sec", "grant", unit, w.at(who+".officer"), "--office", office)
	w.run(who, "clone", w.host, w.at(who))
}

// cmd prepares a command of an officer; "" has no identity.
func (w *world) cmd(who string, args ...string) *exec.Cmd {
	var pre []string
	if who != "" {
		pre = []string{"-C", w.at(who), "--as", w.at(who + ".key")}
	}
	c := exec.Command(w.bin, append(pre, args...)...)
	c.Env = w.env()
	c.Dir = w.dir
	return c
}

func (w *world) env() []string {
	e := append(os.Environ(), "PATH="+filepath.Dir(w.bin)+":"+os.Getenv("PATH"), "HOME="+w.dir, "MEDLEM_IDENTITY=",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "LC_ALL=C.UTF-8", "NO_COLOR=1", "GOGC="+garbage, "GOMEMLIMIT="+memlimit)
	if w.now != "" {
		e = append(e, clock+"="+w.now)
	}
	return e
}

func (w *world) must(c *exec.Cmd) string {
	w.t.Helper()
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		w.t.Fatalf("%s: %v\n%s%s", strings.Join(c.Args, " "), err, out, errs.String())
	}
	return string(out)
}

// run runs a command that must succeed and returns what it printed.
func (w *world) run(who string, args ...string) string {
	w.t.Helper()
	return w.must(w.cmd(who, args...))
}

// refused runs a command that must fail and returns everything it printed.
func (w *world) refused(who string, args ...string) string {
	w.t.Helper()
	out, err := w.cmd(who, args...).CombinedOutput()
	if err == nil {
		w.t.Fatalf("%s %s: should have been refused\n%s", who, strings.Join(args, " "), out)
	}
	return string(out)
}

// git runs stock git.
func (w *world) git(dir string, args ...string) string {
	w.t.Helper()
	return strings.TrimSpace(w.must(w.gitCmd(dir, args...)))
}

func (w *world) gitCmd(dir string, args ...string) *exec.Cmd {
	c := exec.Command("git", append([]string{"-C", dir}, args...)...)
	c.Env = w.env()
	return c
}

// members returns the ids that an officer lists in a unit.
func (w *world) members(who, unit string) []string {
	w.t.Helper()
	var d struct {
		Members []struct {
			ID string `json:"id"`
		} `json:"members"`
	}
	if err := json.Unmarshal([]byte(w.run(who, "list", "--unit", unit, "--format", "json")), &d); err != nil {
		w.t.Fatal(err)
	}
	var ids []string
	for _, m := range d.Members {
		ids = append(ids, m.ID)
	}
	return ids
}

// handle returns an officer's handle.
func (w *world) handle(who string) string {
	w.t.Helper()
	var d struct {
		Handle string `json:"handle"`
	}
	if err := json.Unmarshal([]byte(w.run(who, "key", "show", "--format", "json")), &d); err != nil {
		w.t.Fatal(err)
	}
	return d.Handle
}

// list writes a csv of n invented people, with a prefix that makes their names
// unique, and returns its path and everything in it that names somebody.
func (w *world) list(name, prefix string, n int) (string, []string) {
	w.t.Helper()
	var b strings.Builder
	var planted []string
	b.WriteString("Fornavn;Etternavn;Fødselsdato;E-post;Mobil;Adresse;Postnr;Poststed\n")
	for i := range n {
		given, family := fmt.Sprintf("%sgiven%04dæ", prefix, i), fmt.Sprintf("%sfamily%04dø", prefix, i)
		mail, phone := fmt.Sprintf("%s%04d@planted.example", prefix, i), fmt.Sprintf("+47 4%02d %02d %03d", i/100%100, i%100, 100+i%900)
		fmt.Fprintf(&b, "%s;%s;19%02d-0%d-1%d;%s;%s;%sgata %d;0150;Oslo\n", given, family, 30+i*11%69, 1+i%9, i%10, mail, phone, prefix, i)
		planted = append(planted, given, family, mail, phone, strings.ReplaceAll(phone, " ", ""))
	}
	return w.write(name, b.String()), planted
}
