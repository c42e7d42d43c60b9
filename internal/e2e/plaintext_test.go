package e2e

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/medlem-register/medlem/internal/slow"
)

// ATTACK: somebody takes a mirror of everything that the server has.
// At stake: who is a member. Proves that no object of any kind, message and
// header included, holds a name, address or number of 200 planted people, in
// UTF-8, in UTF-16 or in base64.
func TestMirrorHoldsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.officer("kari", "asker", "member-officer")
	list, planted := w.list("list.csv", "plantet", 200)
	w.run("kari", "import", list, "--unit", "asker")
	ids := w.members("kari", "asker")
	w.run("kari", "edit", ids[0], "--set", "note=plantetnote")
	w.run("kari", "close", ids[1], "--reason", "left")
	w.run("kari", "submit")
	w.run("sec", "inbox")
	w.run("sec", "merge", "1")
	w.run("kari", "sync")
	w.run("kari", "edit", ids[2], "--set", "city=plantetby")
	w.run("kari", "submit")
	w.run("sec", "inbox")
	w.run("sec", "reject", "2", "--reason", "plantetreason")
	mirror := w.at("mirror.git")
	w.git(w.dir, "clone", "-q", "--mirror", w.host, mirror)
	planted = append(planted, "plantetnote", "plantetby", "plantetreason")
	for _, dir := range []string{mirror, w.host} {
		if n := w.searchObjects(dir, planted); n < 200 {
			t.Fatalf("%s: only %d objects were searched", dir, n)
		}
	}
	w.searchFiles(w.at("kari"), planted)
	w.searchFiles(w.at("sec"), planted)
	w.searchFiles(w.host, planted)
}

// needles are the byte forms that a planted text could have.
func needles(planted []string) [][]byte {
	var out [][]byte
	for _, p := range planted {
		out = append(out, []byte(p))
		var u []byte
		for _, c := range utf16.Encode([]rune(p)) {
			u = binary.LittleEndian.AppendUint16(u, c)
		}
		out = append(out, u)
		// Base64 depends on where in the text it begins; what does not change is in
		// the middle of each of three shifts.
		for shift := range 3 {
			b := base64.StdEncoding.EncodeToString(append(bytes.Repeat([]byte("."), shift), p...))
			out = append(out, []byte(b[4:len(b)/4*4-4]))
		}
	}
	return out
}

// searchObjects looks through every object that a repository stores, reachable
// or not, and returns how many there were.
func (w *world) searchObjects(dir string, planted []string) int {
	w.t.Helper()
	c := exec.Command("git", "-C", dir, "cat-file", "--batch", "--batch-all-objects", "--unordered")
	c.Env = w.env()
	out, err := c.Output()
	if err != nil {
		w.t.Fatal(err)
	}
	all := needles(planted)
	n := 0
	for r := bufio.NewReader(bytes.NewReader(out)); ; n++ {
		var id, kind string
		var size int
		if _, err := fmt.Fscanf(r, "%s %s %d\n", &id, &kind, &size); err != nil {
			break
		}
		body := make([]byte, size+1)
		if _, err := readFull(r, body); err != nil {
			w.t.Fatal(err)
		}
		w.search(dir+" "+kind+" "+id, body, all)
	}
	return n
}

func readFull(r *bufio.Reader, b []byte) (int, error) {
	n := 0
	for n < len(b) {
		k, err := r.Read(b[n:])
		if err != nil {
			return n, err
		}
		n += k
	}
	return n, nil
}

func (w *world) search(where string, content []byte, all [][]byte) {
	w.t.Helper()
	for i, x := range all {
		if bytes.Contains(content, x) {
			w.t.Fatalf("%s holds planted text %d", where, i)
		}
	}
}

// searchFiles looks through the files of a folder as they are.
func (w *world) searchFiles(dir string, planted []string) {
	w.t.Helper()
	all := needles(planted)
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		w.search(path, b, all)
		w.search("the name of a file", []byte(path), all)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// The calls that put bytes somewhere, and those that name files.
const (
	writingCalls = "write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg"
	namingCalls  = "openat,creat,mkdirat,renameat,renameat2,linkat,symlinkat"
)

// wrote takes a line of strace apart: the process, the call, the file descriptor and
// what is behind it, and what was written.
var wrote = regexp.MustCompile(`^\d+ +(\w+)\((?:(\d+)<([^>]*)>, )?(.*)`)

// ATTACK: somebody looks at the disk of an officer's computer afterwards.
// At stake: what she saw on her screen. Proves with strace that no command of an
// officer or the secretariat writes a planted text to any file, not even one
// that it deletes again.
func TestNoPlaintextReachesADisk(t *testing.T) {
	slow.Test(t)
	t.Parallel()
	slow.Tool(t, "strace")
	w := newWorld(t)
	w.officer("kari", "asker", "member-officer")
	list, planted := w.list("list.csv", "sporet", 12)
	planted = append(planted, "sporetnote", "+47 411 11 111", "sporetreason")
	files := 0
	run := func(who string, args ...string) {
		t.Helper()
		_, leak, n := w.traced(planted, w.cmd(who, args...))
		if leak != "" {
			t.Fatalf("%s %s: %s", who, args[0], leak)
		}
		files += n
	}
	run("kari", "import", list, "--unit", "asker", "--dry-run")
	run("kari", "import", list, "--unit", "asker")
	ids := w.members("kari", "asker")
	run("kari", "list")
	run("kari", "find", "sporetgiven0001")
	run("kari", "show", ids[0])
	run("kari", "edit", ids[0], "--set", "note=sporetnote", "--set", "phone=+47 411 11 111")
	run("kari", "status")
	run("kari", "close", ids[1], "--reason", "left")
	run("kari", "undo")
	run("kari", "submit")
	run("sec", "inbox")
	run("sec", "review", "1")
	run("sec", "merge", "1")
	run("sec", "list")
	run("kari", "sync")
	run("kari", "key", "reveal", ids[0])
	run("kari", "edit", ids[3], "--set", "note=sporetnote")
	run("kari", "submit")
	run("sec", "inbox")
	run("sec", "reject", "2", "--reason", "sporetreason")
	run("kari", "sync")
	run("sec", "close", ids[2], "--reason", "left", "--erase-now")
	run("sec", "erase", ids[2])
	run("sec", "erasure", "status")
	if files < 50 {
		t.Errorf("strace saw %d writes to files: fewer than these commands make", files)
	}
	for _, script := range []string{`printf %s "$1" > leak`, `printf %s "$1" | cat > leak`, `: > "$1"`} {
		c := exec.Command("sh", "-c", script, "sh", "sporetleak")
		c.Dir = w.dir
		if _, leak, _ := w.traced([]string{"sporetleak"}, c); leak == "" {
			t.Errorf("what %q leaves behind is not found: this test could not fail", script)
		}
	}
}

// ATTACK: somebody looks at the disk of the machine on which members' own pages were
// made. At stake: every member at once. Proves with strace that what stands on the pages
// goes from the program to the renderer and back by pipes alone, and is sealed before any
// of it is a file: of a site in a folder, one that is published, and a page in one file.
func TestNoPageReachesADisk(t *testing.T) {
	slow.Test(t)
	t.Parallel()
	slow.Tool(t, "strace")
	w := newWorld(t)
	siteTools(t)
	w.officer("kari", "asker", "member-officer")
	w.pages()
	list, planted := w.list("list.csv", "sporet", 12)
	w.run("sec", "import", list, "--unit", "asker")
	ids := w.members("sec", "asker")
	files := 0
	run := func(args ...string) {
		t.Helper()
		_, leak, n := w.tracedWith(planted, w.cmd("sec", args...), true)
		if leak != "" {
			t.Fatalf("%s: %s", args[0], leak)
		}
		files += n
	}
	run("site", "build", w.at("out"), "--views")
	run("site", "publish", "--views")
	run("page", ids[0], "--out", w.at("hers.html"))
	made, err := filepath.Glob(filepath.Join(w.at("out"), "me", "??", "*.age"))
	if err != nil || len(made) != len(ids) || len(ids) < 12 || files < 200 {
		t.Errorf("%d pages of %d members, %d writes to files: %v", len(made), len(ids), files, err)
	}
	c := exec.Command("sh", "-c", `printf %s "$1" | cat > leak`, "sh", "sporetleak")
	c.Dir = w.dir
	if _, leak, _ := w.tracedWith([]string{"sporetleak"}, c, true); leak == "" {
		t.Error("what comes out of a pipe into a file is not found: this test could not fail")
	}
}

// traced runs a command under strace. leak says which planted text it wrote to
// anything but its own output, or gave a file for a name; files counts its writes
// to files.
func (w *world) traced(planted []string, c *exec.Cmd) (out, leak string, files int) {
	w.t.Helper()
	return w.tracedWith(planted, c, false)
}

// tracedWith is traced; with pipes, a program that it starts may be given the text by a
// pipe, and is watched as well.
func (w *world) tracedWith(planted []string, c *exec.Cmd, pipes bool) (out, leak string, files int) {
	w.t.Helper()
	log := w.at("strace.log")
	c.Args = append([]string{"strace", "-f", "-y", "-xx", "-s", "1048576", "-e", "trace=" + writingCalls + "," + namingCalls, "-o", log}, c.Args...)
	var err error
	if c.Path, err = exec.LookPath("strace"); err != nil {
		w.t.Fatal(err)
	}
	out = w.must(c)
	f, err := os.Open(log)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	var hexed []string
	for _, n := range needles(planted) {
		hexed = append(hexed, escaped(n))
	}
	for r := bufio.NewReaderSize(f, 1<<20); ; {
		line, err := r.ReadString('\n')
		if m := wrote.FindStringSubmatch(line); m != nil {
			call, fd, target, what := m[1], m[2], unescaped(m[3]), m[4]
			switch {
			case !strings.Contains(writingCalls, call):
			case strings.HasPrefix(target, w.dir), strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "/dev/"):
				files++
			case (pipes || fd == "1" || fd == "2") && strings.HasPrefix(target, "pipe:"):
				what = "" // what it prints
			}
			for i, h := range hexed {
				if strings.Contains(what, h) {
					leak = fmt.Sprintf("%s has planted text %d: %s", call, i, target)
				}
			}
		}
		if err != nil {
			return out, leak, files
		}
	}
}

// escaped is how strace -xx writes bytes.
func escaped(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		fmt.Fprintf(&s, `\x%02x`, c)
	}
	return s.String()
}

func unescaped(s string) string {
	b, err := hex.DecodeString(strings.ReplaceAll(s, `\x`, ""))
	if err != nil {
		return s
	}
	return string(b)
}
