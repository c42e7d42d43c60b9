package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/slow"
)

// ATTACK (by accident): the power goes while a new register is made of the old one, by
// the paper, when everybody of the secretariat has lost their identity.
// At stake: the only way back. Proves that after SIGKILL at any instant the old register
// is what it was, its officer reads what she read, and the paper still opens it; that the
// new server has nothing, or all of it with the new identity opening it; and that the
// same command into another folder makes the register.
func TestRecoverKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.officer("kari", "asker", "member-officer")
	list, _ := w.list("list.csv", "r", 6)
	w.run("sec", "import", list, "--unit", "asker")
	w.run("kari", "sync")
	was := w.git(w.host, "for-each-ref")
	genesis := w.git(w.host, "rev-list", "--max-parents=0", "main")
	if err := os.Remove(w.at("sec.key")); err != nil {
		t.Fatal(err)
	}
	w.key("tove")
	recovers := func(n int, server string) []string {
		name := fmt.Sprintf("%s-%d", server, n)
		return []string{"--as", w.at("tove.key"), "recover", w.host, w.at("to-" + name), "--remote", w.at(server + ".git"),
			"--recovery", w.at("recovery.txt"), "--recovery-out", w.at("paper-" + name + ".txt"), "--genesis", genesis}
	}
	server := func(name string) string {
		w.git("/", "init", "-q", "--bare", "-b", "main", w.at(name+".git"))
		return w.at(name + ".git")
	}
	server("whole")
	whole := took(func() { w.run("", recovers(0, "whole")...) })
	hits, empty, kills := 0, 0, slow.Number(4, 40, 120)
	for i := 0; hits < kills; i++ {
		if i == 3*kills {
			t.Fatalf("%d of %d kills came in time", hits, kills)
		}
		name := fmt.Sprintf("new%d", i)
		dir := server(name)
		if killedAfter(w.cmd("", recovers(1, name)...), whole*time.Duration(i%kills)/time.Duration(kills)) == nil {
			continue
		}
		hits++
		if now := w.git(w.host, "for-each-ref"); now != was {
			t.Fatalf("kill %d: the old register is another:\n%s", i, now)
		}
		if n := len(w.members("kari", "asker")); n != 6 {
			t.Fatalf("kill %d: the officer reads %d of 6 members of the old register", i, n)
		}
		into := w.at("to-" + name + "-2")
		if w.git(dir, "for-each-ref") == "" {
			empty++
			if out, err := w.cmd("", recovers(2, name)...).CombinedOutput(); err != nil {
				if !strings.Contains(string(out), "held by a lock") { // git died with the command
					t.Fatalf("kill %d: again: %v\n%s", i, err, out)
				}
				w.later()
				into = w.at("to-" + name + "-3")
				w.run("", recovers(3, name)...)
			}
		} else { // the push went through: the new register is there
			w.run("", "--as", w.at("tove.key"), "clone", dir, into)
		}
		if out := w.run("", "--as", w.at("tove.key"), "-C", into, "count", "--unit", "asker"); out == "" {
			t.Errorf("kill %d: nothing is counted", i)
		}
		w.run("", "-C", dir, "verify", "--all")
		w.run("", "-C", dir, "check", "--all")
		w.git(dir, "fsck", "--strict", "--no-dangling")
	}
	if empty == 0 {
		t.Error("no kill came before the push: the test could not fail")
	}
	w.run("", "-C", w.host, "verify", "--all")
}
