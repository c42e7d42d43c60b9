package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/slow"
)

// written are the deeds that change the register for good, and what is tried with fewer
// of them where time is short.
func written(short ...string) []deed {
	names := []string{"merge", "erase", "finish", "rotate", "rotate of the secretariat", "rotate --recovery", "rekey", "contain", "restore"}
	if !slow.Full() {
		names = short
	}
	var out []deed
	for _, d := range deeds() {
		if slices.Contains(names, d.name) {
			out = append(out, d)
		}
	}
	return out
}

// onFullDisk runs a command where a file system of its own holds the whole scene and has
// as many KiB left. It takes a mount and a user namespace, and no privilege.
const onFullDisk = `set -eu
scene=$1 kept=$2 free=$3; shift 3
mount -t tmpfs -o size=48m,mode=700 tmpfs "$scene"
cp -a "$kept/." "$scene"
room=$(df -k --output=avail "$scene" | tail -n 1)
head -c $(((room-free)*1024)) /dev/zero >"$scene/filler"
cd "$scene"
code=0
"$@" || code=$?
rm "$scene/filler"
rm -rf "$kept"
mkdir "$kept"
cp -a "$scene/." "$kept"
exit $code
`

// ATTACK (by accident): the disk that holds the server, the officer's copy and her
// identity file is full.
// At stake: half a write that is taken for a whole one. Proves, for each size of what was
// left, that nobody is locked out, and that the same command finishes when there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if exec.Command("unshare", "-rm", "true").Run() != nil {
		slow.Missing(t, "no namespace for a file system of its own")
	}
	for _, d := range written("erase") {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			step := 8 // KiB; a page of memory is 4
			if !slow.Full() {
				step = 100
			}
			for free := 0; ; free += step {
				s := d.scene(t)
				var failed bool
				s.trial(d, fmt.Sprintf("with %d KiB left", free), func(c *exec.Cmd) error {
					out, err := s.onDisk(c, free)
					failed = err != nil
					if failed && bytes.Contains(out, []byte("goroutine ")) {
						t.Errorf("%d KiB: a panic\n%s", free, out)
					}
					return err
				})
				s.remove()
				if !failed {
					if free == 0 {
						t.Error("it needs no room: the disk was not full")
					}
					return
				}
				if free > 8<<10 {
					t.Fatal("8 MiB are too little")
				}
			}
		})
	}
}

// onDisk runs a command of the scene with as many KiB left on its disk.
func (s *scene) onDisk(c *exec.Cmd, free int) ([]byte, error) {
	s.t.Helper()
	kept := s.dir + ".kept"
	if err := os.Rename(s.dir, kept); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		s.t.Fatal(err)
	}
	in := exec.Command("unshare", append([]string{"-rm", "sh", "-c", onFullDisk, "sh", s.dir, kept, strconv.Itoa(free)}, c.Args...)...)
	in.Env, in.Dir = c.Env, "/"
	out, err := in.CombinedOutput()
	if err := os.Remove(s.dir); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(kept, s.dir); err != nil {
		s.t.Fatal(err)
	}
	return out, err
}

// remove deletes the scene: a thousand of them would fill a disk.
func (s *scene) remove() {
	s.t.Helper()
	if err := os.RemoveAll(s.dir); err != nil {
		s.t.Fatal(err)
	}
}

// refusal is a server's hook that refuses the n-th change of refs, once.
const refusal = `#!/bin/sh
[ "$1" = prepared ] || exit 0
echo >>%[1]s
[ $(wc -l <%[1]s) -ne %[2]d ]
`

// ATTACK (by accident): the server refuses to change its refs, once, at any of the times
// that a command asks it to.
// At stake: a keyring without its main, or a key that only one of them knows. Proves that
// nobody is locked out and that the same command finishes.
func TestRefusedPush(t *testing.T) {
	t.Parallel()
	for _, d := range written("merge") {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			for n := 1; ; n++ {
				s := d.scene(t)
				servers := []string{s.at("host.git/hooks/reference-transaction"), s.at("new.git/hooks/reference-transaction")}
				for _, hook := range servers {
					if err := os.MkdirAll(filepath.Dir(hook), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(hook, fmt.Appendf(nil, refusal, s.at("asked"), n), 0o755); err != nil {
						t.Fatal(err)
					}
				}
				var asked int
				s.trial(d, fmt.Sprintf("refused at change %d", n), func(c *exec.Cmd) error {
					out, err := c.CombinedOutput()
					for _, hook := range servers { // it refuses this command, and not those that look at what it left
						if err := os.Remove(hook); err != nil {
							t.Fatal(err)
						}
					}
					b, rerr := os.ReadFile(s.at("asked"))
					if rerr != nil {
						t.Fatalf("the server was not asked: %v\n%s", rerr, out)
					}
					asked = bytes.Count(b, []byte("\n"))
					return err
				})
				s.remove()
				if asked < n {
					if n == 1 {
						t.Error("nothing was refused")
					}
					return
				}
			}
		})
	}
}

// ATTACK (by accident): two of the secretariat work at the same moment, each from what
// the register was before.
// At stake: that one undoes the other, or that neither can go on. Proves that both are
// done when each whom it refused has given the same command again.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	all := map[string]deed{}
	for _, d := range deeds() {
		all[d.name] = d
	}
	pairs := [][2]string{{"merge", "erase"}, {"rekey", "merge"}, {"merge", "merge"}, {"erase", "rekey"},
		{"rotate of the secretariat", "rekey"}, {"erase", "erase"}, {"rotate --recovery", "merge"}, {"contain", "grant"}}
	rounds := 3
	if !slow.Full() {
		pairs, rounds = pairs[:1], 1
	}
	for _, p := range pairs {
		t.Run(p[0]+" and "+p[1], func(t *testing.T) {
			t.Parallel()
			for range rounds {
				one, two := all[p[0]], all[p[1]]
				two.who = "tove"
				s := one.scene(t)
				a, b := s.try(one, 0), s.try(two, 0)
				var said bytes.Buffer
				a.Stderr = &said
				if err := a.Start(); err != nil {
					t.Fatal(err)
				}
				out, errTwo := b.CombinedOutput()
				errOne := a.Wait()
				if errOne != nil && errTwo != nil && !strings.Contains(string(out), "at the same moment") {
					t.Errorf("both failed: %v, %v\n%s%s", errOne, errTwo, said.String(), out)
				}
				s.whole(one, "with "+p[1])
				if errTwo != nil {
					s.again(two, "after "+p[0])
				}
				if errOne != nil {
					s.again(one, "after "+p[1])
				}
				s.settled(one, "with "+p[1])
				s.settled(two, "with "+p[0])
				s.remove()
			}
		})
	}
}

// ATTACK (by accident): the clock of an officer's computer is a year ahead, or stands at
// 1970, and the server's is right.
// At stake: an act of another day, which everybody refuses from then on. Proves that the
// server takes no such act in, and that the same command finishes when the clock is right.
func TestWrongClock(t *testing.T) {
	t.Parallel()
	for _, d := range written("merge", "rotate") {
		for _, now := range []string{"2028-03-16T10:00:00Z", "1970-01-01T00:01:00Z"} {
			t.Run(d.name+" "+now[:4], func(t *testing.T) {
				t.Parallel()
				s := d.scene(t)
				s.rightServer()
				s.trial(d, "at "+now, func(c *exec.Cmd) error {
					c.Env = append(c.Env, clock+"="+now)
					out, err := c.CombinedOutput()
					if strings.Contains(string(out), "goroutine ") {
						t.Errorf("a panic\n%s", out)
					}
					return err
				})
			})
		}
	}
}

// rightServer gives the servers of a scene their own clock, which is right.
func (s *scene) rightServer() {
	s.t.Helper()
	hook := filepath.Join(s.host, "hooks", "pre-receive")
	b, err := os.ReadFile(hook)
	if err != nil {
		s.t.Fatal(err)
	}
	text := strings.Replace(string(b), "#!/bin/sh\n", "#!/bin/sh\nexport "+clock+"="+s.now+"\n", 1)
	if text == string(b) {
		s.t.Fatalf("the hook is no script: %s", b)
	}
	for _, dir := range []string{s.host, s.at("new.git")} {
		if err := os.MkdirAll(filepath.Join(dir, "hooks"), 0o755); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "hooks", "pre-receive"), []byte(text), 0o755); err != nil {
			s.t.Fatal(err)
		}
	}
}
