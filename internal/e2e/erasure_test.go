package e2e

import (
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/slow"
)

// ATTACK: a mirror of the server taken before an erasure, and every identity
// that exists afterwards.
// At stake: that an erased member is gone, and that nobody else is. Proves that
// such a thief opens none of the erased records, in no version and no proposal,
// rejected and waiting ones included, and all of their neighbours; and that
// erasure status named who had yet to rotate until all had.
func TestErasedIsErased(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.officer("kari", "asker", "member-officer")
	n := 12
	if slow.On() {
		n = 120
	}
	list, _ := w.list("list.csv", "e", n)
	w.run("kari", "import", list, "--unit", "asker")
	w.run("kari", "submit")
	w.run("sec", "inbox")
	w.run("sec", "merge", "1")
	w.run("kari", "sync")
	ids := w.members("kari", "asker")
	erased := ids[:n*5/6]
	// A rejected and a waiting proposal hold one of them each.
	w.run("kari", "edit", erased[0], "--set", "note=rejected")
	w.run("kari", "submit")
	w.run("sec", "inbox")
	w.run("sec", "merge", "2")
	w.run("kari", "sync")
	w.run("kari", "edit", erased[1], "--set", "note=rejected")
	w.run("kari", "submit")
	w.run("sec", "inbox")
	before := w.at("before.git")
	w.git(w.dir, "clone", "-q", "--mirror", w.host, before)
	w.run("sec", "reject", "3", "--reason", "no")
	w.run("kari", "sync")
	w.run("kari", "edit", erased[2], "--set", "note=waiting")
	w.run("kari", "submit")
	w.run("sec", "sync")
	w.git(before, "fetch", "-q", w.host, "+refs/*:refs/old/*")

	if got := openable(w, []string{before}, "sec.key", "kari.key").members(); len(got) < n {
		t.Fatalf("before: the identities open %d of %d records: the test could not fail", len(got), n)
	}
	if got := foundByTokens(w, []string{before}, "sec.key"); len(got) < n {
		t.Fatalf("before: tokens of %d of %d records: the test could not fail", len(got), n)
	}
	if got := foundByTokens(w, []string{before, w.at("kari")}, "kari.key"); len(got) != 0 {
		t.Errorf("a branch's officer opens tokens of %d records", len(got))
	}
	for _, id := range erased {
		w.run("sec", "close", id, "--reason", "left", "--erase-now")
	}
	w.run("sec", append([]string{"erase"}, erased...)...)
	w.run("sec", "verify", "--all")
	for _, who := range []string{"sec", "kari"} {
		if !strings.Contains(w.run("sec", "erasure", "status"), w.handle(who)) {
			t.Errorf("erasure status does not name %s, who has not rotated", who)
		}
	}
	// Whoever has not rotated opens them still: the tool had said so.
	if got := openable(w, []string{before}, "kari.key").members(); !got[erased[3]] {
		t.Error("an identity that was not rotated should still open the old copy")
	}
	w.run("kari", "rotate")
	w.run("sec", "sync")
	w.run("sec", "rotate")
	w.run("sec", "rotate", "--recovery", "--recovery-out", w.at("recovery2.txt"))
	w.run("sec", "rotate", "--recovery-destroyed")
	w.run("kari", "sync")
	w.run("sec", "sync")
	w.run("sec", "sync")
	status := w.run("sec", "erasure", "status")
	for _, who := range []string{w.handle("sec"), w.handle("kari"), "recovery"} {
		if strings.Contains(status, who) {
			t.Errorf("erasure status still names %s:\n%s", who, status)
		}
	}
	// The thief has the old copy, what is there now, and what officers' computers keep.
	got := openable(w, []string{before, w.host, w.at("sec"), w.at("kari")}, "sec.key", "kari.key", "recovery2.txt").members()
	for _, id := range erased {
		if got[id] {
			t.Errorf("erased record %s opens", id)
		}
	}
	if k := len(got); k != n-len(erased) {
		t.Errorf("%d of %d neighbours open", k, n-len(erased))
	}
	found := foundByTokens(w, []string{before, w.host, w.at("sec"), w.at("kari")}, "sec.key", "kari.key", "recovery2.txt")
	for _, id := range erased {
		if found[id] {
			t.Errorf("there are tokens of the erased record %s", id)
		}
	}
	if k := len(found); k != n-len(erased) {
		t.Errorf("tokens of %d of %d neighbours", k, n-len(erased))
	}
	w.run("sec", "verify", "--all")
	w.refused("sec", "show", erased[0])
}
