package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/slow"
)

// ATTACK (by accident): the power goes while the secretariat merges or erases.
// At stake: a register that nobody opens any more, or a keyring that does not
// fit its records. Proves that after SIGKILL at any instant main and the
// keyrings match, everything opens, and the same command again finishes.
func TestKilledAtAnyInstant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.officer("kari", "asker", "member-officer")
	w.unbraked()
	list, _ := w.list("list.csv", "k", 8)
	w.run("kari", "import", list, "--unit", "asker")
	w.run("kari", "submit")
	w.run("sec", "inbox")
	merge := took(func() { w.run("sec", "merge", "1") })
	w.run("kari", "sync")
	gone := w.members("sec", "asker")[0]
	w.run("sec", "close", gone, "--reason", "left", "--erase-now")
	erase := took(func() { w.run("sec", "erase", gone) })
	lost := w.newcomer(0)
	contain := took(func() { w.run("sec", "breach", "contain", lost) })
	kills := slow.Number(3, 40, 40)
	rnd := rand.New(rand.NewPCG(7, uint64(kills)))
	for i := range kills {
		switch i % 3 {
		case 0:
			w.killMerge(i, func() time.Duration { return time.Duration(rnd.Int64N(int64(merge))) })
		case 1:
			w.killErase(func() time.Duration { return time.Duration(rnd.Int64N(int64(erase))) })
		case 2:
			w.killContain(i, func() time.Duration { return time.Duration(rnd.Int64N(int64(contain))) })
		}
	}
	w.run("sec", "verify", "--all")
	w.git(w.host, "fsck", "--strict", "--no-dangling")
}

// ATTACK (by accident): the power goes while somebody works, in any command that writes.
// At stake: as above, and a copy, a draft, a backup that is half there. Proves that after
// SIGKILL at a random instant the register is consistent without a key, whoever was
// working reads all that she read, the same command again finishes, and nothing that
// names somebody lies on the disk.
func TestKilledInAnyCommand(t *testing.T) {
	t.Parallel()
	ds := deeds()
	kills := slow.Number(10, 240, 960)
	for i, d := range ds {
		n := kills / len(ds)
		if i < kills%len(ds) {
			n++
		}
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			if n == 0 {
				t.Skip("one of many")
			}
			rnd := rand.New(rand.NewPCG(17, uint64(i)))
			s := d.scene(t)
			whole := took(func() {
				if out, err := s.try(d, 0).CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
			})
			s.settled(d, "unharmed")
			for hit, k := 0, 0; hit < n; k++ {
				if k == 6*n+10 {
					t.Fatalf("%d of %d kills came in time", hit, n)
				}
				after := time.Duration(rnd.Int64N(int64(whole) * 9 / 10))
				s := d.scene(t)
				s.trial(d, fmt.Sprintf("killed after %v", after), func(c *exec.Cmd) error {
					err := killedAfter(c, after)
					if err != nil {
						hit++
					} else { // it came too late: the machine has less to do than when the time was taken
						whole = whole * 9 / 10
					}
					return err
				})
				if err := os.RemoveAll(s.dir); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// killedAfter starts a command and some time later kills it with everything that it has
// started, as when the power goes.
func killedAfter(c *exec.Cmd, after time.Duration) error {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		return err
	}
	time.Sleep(after)
	_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
	return c.Wait()
}

// took measures a command, so that kills fall anywhere in the life of the next.
func took(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// killMerge has an officer submit a change and kills the merge of it.
func (w *world) killMerge(i int, when func() time.Duration) {
	w.t.Helper()
	w.run("kari", "sync")
	id := w.members("kari", "asker")[0]
	phone := "+47 400 10 " + string(rune('0'+i/100%10)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10))
	w.run("kari", "edit", id, "--set", "phone="+phone)
	w.run("kari", "submit")
	n := lastNumber(w.run("sec", "inbox", "--format", "json"))
	w.killed(when(), "sec", "merge", n)
	w.intact()
	if out, err := w.cmd("sec", "merge", n).CombinedOutput(); err != nil && !strings.Contains(string(out), "no proposal") {
		w.t.Fatalf("kill %d: merge again: %v\n%s", i, err, out)
	}
	w.intact()
	if !strings.Contains(w.run("sec", "show", id), phone) {
		w.t.Fatalf("kill %d: the merged change is not there", i)
	}
}

// killErase closes a new member and kills her erasure.
func (w *world) killErase(when func() time.Duration) {
	w.t.Helper()
	w.run("sec", "sync")
	w.run("sec", "add", "--unit", "asker", "--set", "given=Kort", "--set", "family=Tid")
	var id string
	for _, m := range w.members("sec", "asker") {
		if strings.Contains(w.run("sec", "show", m), "Kort") {
			id = m
		}
	}
	w.run("sec", "close", id, "--reason", "left", "--erase-now")
	w.killed(when(), "sec", "erase", id)
	w.intact()
	w.run("sec", "erase", id)
	w.refused("sec", "show", id)
	w.intact()
}

// newcomer gives somebody access to two units, and returns her handle.
func (w *world) newcomer(i int) string {
	w.t.Helper()
	who := fmt.Sprintf("guest%d", i)
	w.key(who)
	for _, unit := range []string{"asker", "karasjok"} {
		w.run("sec", "grant", unit, w.at(who+".officer"), "--office", "chair")
	}
	text, err := os.ReadFile(w.at(who + ".officer"))
	if err != nil {
		w.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "handle: ")
	h, _, _ := strings.Cut(rest, "\n")
	return h
}

// killContain kills what is done about a lost identity, and does it again: then its
// access has ended, and nothing is sealed any more as it could open it.
func (w *world) killContain(i int, when func() time.Duration) {
	w.t.Helper()
	h := w.newcomer(i + 1)
	w.killed(when(), "sec", "breach", "contain", h)
	w.intact()
	w.run("sec", "breach", "contain", h)
	w.intact()
	if out := w.run("sec", "breach", "contain", h); !strings.Contains(out, "Nothing is left to do") {
		w.t.Fatalf("kill %d: something was left: %s", i, out)
	}
}

// killed starts a command and kills it some time after.
func (w *world) killed(after time.Duration, who string, args ...string) {
	w.t.Helper()
	c := w.cmd(who, args...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	time.Sleep(after)
	_ = c.Process.Kill()
	_ = c.Wait()
	w.settle()
}

// settle waits for the server's own processes, which a killed client leaves
// behind for a moment, as a real server's would be.
func (w *world) settle() {
	for range 100 {
		if exec.Command("pgrep", "-f", "git.receive-pack.*"+w.host).Run() != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// intact proves that main and the keyrings of the server match and that an
// officer's fresh copy opens every record.
func (w *world) intact() {
	w.t.Helper()
	c := w.cmd("", "-C", w.host, "check", "--all")
	if out, err := c.CombinedOutput(); err != nil {
		w.t.Fatalf("check --all: %v\n%s", err, out)
	}
	w.run("kari", "sync")
	if len(w.members("kari", "asker")) == 0 {
		w.t.Fatal("the unit is empty")
	}
}

func lastNumber(inbox string) string {
	i := strings.LastIndex(inbox, `"number":`)
	if i < 0 {
		return "0"
	}
	rest := strings.TrimLeft(inbox[i+len(`"number":`):], " ")
	return rest[:strings.IndexAny(rest, ",}\n ")]
}
