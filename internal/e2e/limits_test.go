package e2e

import (
	"bytes"
	"compress/flate"
	"crypto/sha1" // git's object ids
	"fmt"
	"hash/adler32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sign"
	"github.com/medlem-register/medlem/internal/slow"
)

// What a proposal can be made of to stall whoever checks it. Each must be
// refused by its rule, in little time and memory.
const (
	limitTime   = 10 * time.Second // of the processor; under load still far from what it takes to fall for it
	limitMemory = 400 << 20        // bytes at most in memory
)

// heavy makes a proposal of kari's with the tree, checks it as CI does, and
// returns what was said.
func (w *world) heavy(tree gitstore.ID) string {
	w.t.Helper()
	id, err := identity.Load(w.at("kari.key"), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	author := fmt.Sprintf("%s <%s> %d +0000", id.Handle(), id.Handle().Email(), time.Now().Unix())
	head := fmt.Sprintf("tree %s\nparent %s\nauthor %s\ncommitter %s\n", tree, w.git(w.host, "rev-parse", "main"), author, author)
	message := "\n" + register.Message("edit", 1, "asker")
	sig, err := sign.Armor([]byte(head+message), id.Signer())
	if err != nil {
		w.t.Fatal(err)
	}
	commit := w.loose("commit", []byte(head+"gpgsig "+strings.ReplaceAll(strings.TrimRight(string(sig), "\n"), "\n", "\n ")+"\n"+message))
	ref := register.ProposalRef(id.Handle(), register.NewTopic("asker"))
	w.git(w.host, "update-ref", ref, commit.String())
	c := w.cmd("", "-C", w.host, "check", "--base", "main", "--head", ref)
	out, err := c.CombinedOutput()
	if err == nil || c.ProcessState.ExitCode() != 1 {
		w.t.Fatalf("check: %v, want findings\n%.2000s", err, out)
	}
	used := c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	memory := c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	w.t.Logf("%v of processor time, %d MiB", used.Round(time.Millisecond), memory>>20)
	if used > limitTime || memory > limitMemory {
		w.t.Errorf("the check took %v and %d MiB", used, memory>>20)
	}
	w.git(w.host, "update-ref", "-d", ref)
	return string(out)
}

func (w *world) loose(kind string, content []byte) gitstore.ID {
	w.t.Helper()
	id, err := writeLoose(w.host, kind, content)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) tree(entries ...rawEntry) gitstore.ID { return w.loose("tree", encodeRaw(entries)) }

// in returns main's tree with the folder of Asker's members whose name is c
// replaced.
func (w *world) in(c string, folder gitstore.ID) gitstore.ID {
	w.t.Helper()
	id := folder
	for path := "data/asker/members/" + c; path != ""; {
		dir, name := "", path
		if i := strings.LastIndexByte(path, '/'); i >= 0 {
			dir, name = path[:i], path[i+1:]
		}
		var entries []rawEntry
		for _, line := range strings.Split(w.git(w.host, "ls-tree", "main:"+dir), "\n") {
			head, n, _ := strings.Cut(line, "\t")
			f := strings.Fields(head)
			if n != name {
				entries = append(entries, rawEntry{strings.TrimPrefix(f[0], "0"), n, mustParse(w.t, f[2])})
			}
		}
		id = w.tree(insertRaw(entries, rawEntry{"40000", name, id})...)
		path = dir
	}
	return id
}

// ATTACK: a hundred thousand and one files in one proposal, all of them one and the
// same small file.
// At stake: CI, and whoever merges. Proves: layout/count.
func TestTooManyFiles(t *testing.T) {
	t.Parallel()
	w := copied(t)
	b := w.loose("blob", []byte("x"))
	var entries []rawEntry
	for i := range 100_001 {
		n := []byte("zaaaaaaaaaaaa")
		for k, x := 12, i; x > 0; k, x = k-1, x/26 {
			n[k] = 'a' + byte(x%26)
		}
		entries = append(entries, rawEntry{"100644", string(n) + ".yaml.age", b})
	}
	if out := w.heavy(w.in("z", w.tree(entries...))); !strings.Contains(out, "layout/count") {
		t.Errorf("want layout/count:\n%.1000s", out)
	}
	// As many as a large association's list has are looked at one by one, and a
	// report stays one that somebody reads.
	out := w.heavy(w.in("z", w.tree(entries[:5000]...)))
	if strings.Contains(out, "layout/count") || !strings.Contains(out, "seal/not-age") || !strings.Contains(out, "check/too-many") {
		t.Errorf("5000 files: want each judged:\n%.1000s", out)
	}
	if n := strings.Count(out, "\n"); n > 2100 {
		t.Errorf("a report of %d lines", n)
	}
}

// ATTACK: trees that hold one another ten times over, twelve deep: in a few
// kilobytes a million million files, or as many folders without a file.
// At stake: the same. Proves: layout/count and layout/tree.
func TestTreesUponTrees(t *testing.T) {
	t.Parallel()
	w := copied(t)
	for name, leaf := range map[string]rawEntry{
		"layout/count": {"100644", "zaaaaaaaaaaaa.yaml.age", w.loose("blob", []byte("x"))},
		"layout/tree":  {"40000", "z", w.tree()},
	} {
		id := w.tree(leaf)
		for range 12 {
			var entries []rawEntry
			for i := range 10 {
				entries = append(entries, rawEntry{"40000", string(rune('a' + i)), id})
			}
			id = w.tree(entries...)
		}
		if out := w.heavy(w.in("z", id)); !strings.Contains(out, name) {
			t.Errorf("want %s:\n%.1000s", name, out)
		}
	}
	id := w.tree(rawEntry{"100644", "x", w.loose("blob", []byte("x"))})
	for range 100 {
		id = w.tree(rawEntry{"40000", "z", id})
	}
	if out := w.heavy(w.in("z", id)); !strings.Contains(out, "layout/tree") {
		t.Errorf("100 folders deep: want layout/tree:\n%.1000s", out)
	}
}

// ATTACK: a file of one gibibyte that takes one megabyte on the way.
// At stake: the memory of CI, and of every officer. Proves: layout/size, before a
// byte of it is inflated.
func TestFileOfAGibibyte(t *testing.T) {
	slow.Test(t)
	t.Parallel()
	w := copied(t)
	id := w.zeros(1 << 30)
	if slow.On() { // that it is what it says
		w.git(w.host, "fsck", "--no-dangling")
	}
	path := w.vars["ASKER1_PATH"]
	folder := filepath.Base(filepath.Dir(path))
	tree := w.in(folder, w.tree(rawEntry{"100644", filepath.Base(path), id}))
	out := w.heavy(tree)
	if !strings.Contains(out, path+": layout/size: file of 1073741824 bytes") {
		t.Errorf("want layout/size:\n%.1000s", out)
	}
	if slow.On() { // it takes git itself half a minute to send and refuse it
		head := w.git(w.host, "rev-parse", "main")
		w.git(w.host, "update-ref", register.ProposalRef(register.Handle(w.vars["KARI"]), "asker-aaaaaaaaaaaaa"), w.commitOf(tree))
		w.run("astrid", "edit", w.vars["ASKER2"], "--set", "city=Oslo")
		w.run("astrid", "submit")
		w.run("sec", "sync")
		if !strings.Contains(w.run("sec", "inbox"), w.vars["ASTRID"]) || w.git(w.host, "rev-parse", "main") != head {
			t.Error("the secretariat does not see the others' proposals")
		}
	}
}

func (w *world) commitOf(tree gitstore.ID) string {
	author := fmt.Sprintf("x <x> %d +0000", time.Now().Unix())
	return w.loose("commit", fmt.Appendf(nil, "tree %s\nparent %s\nauthor %s\ncommitter %s\n\nx\n", tree, w.git(w.host, "rev-parse", "main"), author, author)).String()
}

// zeros stores a file of n zero bytes, a multiple of a mebibyte, without ever
// holding it: one compressed piece is repeated.
func (w *world) zeros(n int64) gitstore.ID {
	w.t.Helper()
	const piece = 1 << 20
	head := fmt.Appendf(nil, "blob %d\x00", n)
	sum, adler := sha1.New(), adler32.New()
	both := io.MultiWriter(sum, adler)
	both.Write(head)
	var out, one bytes.Buffer
	out.Write([]byte{0x78, 0x01})
	out.Write(w.deflated(head))
	zero := make([]byte, piece)
	one.Write(w.deflated(zero))
	for range n / piece {
		both.Write(zero)
		out.Write(one.Bytes())
	}
	out.Write([]byte{0x01, 0, 0, 0xff, 0xff}) // a last block, stored and empty
	out.Write(adler.Sum(nil))
	id := gitstore.ID(sum.Sum(nil))
	path := filepath.Join(w.host, "objects", id.String()[:2], id.String()[2:])
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		w.t.Fatal(err)
	}
	if size := w.git(w.host, "cat-file", "-s", id.String()); size != fmt.Sprint(n) {
		w.t.Fatalf("the file has %s bytes", size)
	}
	return id
}

// deflated compresses b into blocks that end on a byte and rest on nothing before.
func (w *world) deflated(b []byte) []byte {
	w.t.Helper()
	var out bytes.Buffer
	z, err := flate.NewWriter(&out, flate.BestSpeed)
	if err == nil {
		_, err = z.Write(b)
	}
	if err == nil {
		err = z.Flush()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Bytes()
}
