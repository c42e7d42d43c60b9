package desk

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/gitstore"
)

// A copy of many erasures still opens, looks the latest up at the server, and knows of
// the others that they were seen to be forgotten; what the server still holds stays
// looked for.
func TestManyErasures(t *testing.T) {
	dir, host := t.TempDir(), filepath.Join(t.TempDir(), "host.git")
	if out, err := exec.Command("git", "init", "-q", "--bare", host).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	held := func() gitstore.ID {
		c := exec.Command("git", "-C", host, "hash-object", "-w", "--stdin")
		c.Stdin = strings.NewReader("a keyring")
		out, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		id, err := gitstore.ParseID(strings.TrimSpace(string(out)))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	id := func(kind byte, n int) gitstore.ID {
		x, err := gitstore.ParseID(fmt.Sprintf("%c%039x", kind, n))
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	const acts, units = 1_500, 4
	l, err := openLocal(dir)
	if err != nil {
		t.Fatal(err)
	}
	l.remote = host
	d := &Desk{local: l}
	for n := range acts {
		a := &act{head: id('a', n), replaced: nil}
		for u := range units {
			l.erasures = append(l.erasures, erasure{a.head.String(), "asker", id('b', n*units+u)})
		}
	}
	if err := l.save(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "state.yaml")); err != nil || info.Size() < 512<<10 {
		t.Fatalf("%v, %v: not many", info, err)
	}
	if l, err = openLocal(dir); err != nil || len(l.erasures) != acts*units {
		t.Fatalf("a copy with many erasures: %v", err)
	}
	d.local = l

	// One of the oldest is still there: all stay looked for.
	l.erasures[3].Keyring = held()
	d.settleErasures()
	if len(l.erasures) != acts*units || !l.forgotten.IsZero() {
		t.Errorf("%d are kept and %v is forgotten, though the server holds one", len(l.erasures), l.forgotten)
	}
	if got := d.fates()(&ErasureStatus{Commit: id('a', 0)}); got != ServerHolds {
		t.Errorf("the first one: %s", got)
	}
	l.erasures[3].Keyring = id('b', 3)
	l.erasures = l.erasures[:len(l.erasures)-1] // one less: the cut is in the middle of an act
	d.settleErasures()
	if n := len(l.erasures); n > erasuresKept || n <= erasuresKept-units {
		t.Errorf("%d are kept, want the whole acts among the last %d", n, erasuresKept)
	}
	last := acts - (len(l.erasures)+1)/units - 1
	if l.forgotten != id('a', last) {
		t.Errorf("forgotten up to %v, want %v", l.forgotten, id('a', last))
	}
	if err := l.save(); err != nil {
		t.Fatal(err)
	}
	if l, err = openLocal(dir); err != nil || l.forgotten != id('a', last) {
		t.Fatalf("read again: %v, %v", l, err)
	}
	d.local = l
	for n, want := range map[int]string{last: ServerUnknown, last + 1: ServerForgotten, acts - 1: ServerForgotten} {
		if got := d.fates()(&ErasureStatus{Commit: id('a', n)}); got != want {
			t.Errorf("act %d: %s, want %s by itself", n, got, want)
		}
	}
	h := &history{d: d, forgotten: 1, erased: []*ErasureStatus{{Commit: id('a', last)}, {Commit: id('a', acts)}}}
	got, err := h.statuses()
	if err != nil || got[0].Server != ServerForgotten || got[1].Server != ServerUnknown {
		t.Errorf("%v %v", got, err)
	}
}
