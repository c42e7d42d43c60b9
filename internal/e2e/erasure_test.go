package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/slow"
)

// ATTACK: a mirror of the server, a copy of its disk, officers' copies, a backup, and a
// build of the site with members' and offices' pages, all taken before an erasure; the
// receipts and papers of it, and every identity that exists afterwards.
// At stake: that an erased member is gone, and that nobody else is. Proves that
// such a thief opens none of the erased records, in no version and no proposal,
// rejected and waiting ones included, no page of theirs and none of an office of that
// time, and nothing of the backup, and all of their neighbours, pages included; and that
// erasure status named who had yet to rotate until all had, and that whoever had not
// could open all of it still.
func TestErasedIsErased(t *testing.T) {
	t.Parallel()
	siteTools(t)
	w := newWorld(t)
	w.officer("kari", "asker", "member-officer")
	gone := slow.Number(20, 200, 1000)
	n := gone + slow.Number(4, 20, 20)
	w.unbraked()
	w.pages()
	w.run("kari", "sync")
	list, planted := w.list("list.csv", "e", n)
	w.run("kari", "import", list, "--unit", "asker", "--keep-duplicates")
	w.run("kari", "submit")
	w.run("sec", "inbox")
	w.run("sec", "merge", "1")
	w.run("kari", "sync")
	ids := w.members("kari", "asker")
	erased := ids[:gone]
	at := filepath.Join(w.dir, "site")
	w.run("sec", "site", "build", at, "--views")
	w.run("sec", "site", "publish", "--views")
	site := []string{at}
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
	// What was taken before: the mirror, the server's disk, a backup, two computers.
	taken := []string{before}
	for _, name := range []string{"host.git", "sec", "kari"} {
		dir := w.at("taken-" + name)
		if err := copyTree(dir, w.at(name)); err != nil {
			t.Fatal(err)
		}
		taken = append(taken, dir)
	}
	w.run("", "-C", w.host, "backup", "--out", w.at("backup.age"))
	if !unpacked(w, "backup.age", w.at("backup.git"), "sec.key") {
		t.Fatal("the backup does not open: the test could not fail")
	}
	if got := openable(w, []string{w.at("backup.git")}, "sec.key").members(); len(got) < n {
		t.Fatalf("before: the backup opens %d of %d records: the test could not fail", len(got), n)
	}

	if got := openable(w, []string{before}, "sec.key", "kari.key").members(); len(got) < n {
		t.Fatalf("before: the identities open %d of %d records: the test could not fail", len(got), n)
	}
	if got := foundByTokens(w, []string{before}, "sec.key"); len(got) < n {
		t.Fatalf("before: tokens of %d of %d records: the test could not fail", len(got), n)
	}
	if got := foundByTokens(w, []string{before, w.at("kari")}, "kari.key"); len(got) != 0 {
		t.Errorf("a branch's officer opens tokens of %d records", len(got))
	}
	for _, key := range []string{"sec.key", "kari.key"} {
		if got := pagesOpen(w, taken, site, nil, planted, key); len(got.members) != n || len(got.offices) != 1 || len(got.named) < n {
			t.Fatalf("before: %s opens the pages of %d of %d members and of %d offices, which name %d: the test could not fail",
				key, len(got.members), n, len(got.offices), len(got.named))
		}
	}
	for some := range slices.Chunk(erased, desk.MostClosed) {
		w.run("sec", append([]string{"close", "--reason", "left", "--erase-now"}, some...)...)
	}
	w.run("sec", append([]string{"erase", "--receipt", w.at("papers")}, erased...)...)
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
	if got := pagesOpen(w, taken, site, nil, planted, "kari.key"); len(got.members) != n || len(got.offices) != 1 || len(got.named) < n {
		t.Errorf("an identity that was not rotated opens the old pages of %d of %d members and of %d offices", len(got.members), n, len(got.offices))
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
	// The thief has the old copies, what is there now, and what officers' computers keep.
	all := append(taken, w.host, w.at("sec"), w.at("kari"))
	if unpacked(w, "backup.age", w.at("backup2.git"), "sec.key", "kari.key", "recovery2.txt") {
		t.Error("the backup of before opens with an identity of today")
	}
	got := openable(w, all, "sec.key", "kari.key", "recovery2.txt").members()
	for _, id := range erased {
		if got[id] {
			t.Errorf("erased record %s opens", id)
		}
	}
	if k := len(got); k != n-len(erased) {
		t.Errorf("%d of %d neighbours open", k, n-len(erased))
	}
	found := foundByTokens(w, all, "sec.key", "kari.key", "recovery2.txt")
	for _, id := range erased {
		if found[id] {
			t.Errorf("there are tokens of the erased record %s", id)
		}
	}
	if k := len(found); k != n-len(erased) {
		t.Errorf("tokens of %d of %d neighbours", k, n-len(erased))
	}
	hints := w.receiptsIn(w.host, w.at("papers"))
	if len(hints.keys) != gone || len(hints.views) != gone {
		t.Fatalf("%d receipts and %d papers of %d erasures", len(hints.keys), len(hints.views), gone)
	}
	for _, p := range planted {
		if strings.Contains(hints.text, p) {
			t.Error("a receipt or a paper names somebody")
		}
	}
	if k := w.keysOpen(all, hints.keys); k > 0 {
		t.Errorf("receipts open %d versions of what was erased", k)
	}
	pages := pagesOpen(w, all, site, hints.views, planted, "sec.key", "kari.key", "recovery2.txt")
	for _, id := range erased {
		if pages.members[id] {
			t.Errorf("the old page of the erased record %s opens", id)
		}
	}
	if k := len(pages.members); k != n-len(erased) {
		t.Errorf("the pages of %d of %d neighbours open", k, n-len(erased))
	}
	if len(pages.offices) > 0 {
		t.Errorf("%d pages of offices of before open with identities of today", len(pages.offices))
	}
	w.run("sec", "verify", "--all")
	w.refused("sec", "show", erased[0])
}

// unbraked takes the brakes off the policy: so many at once, or one by one, want a run
// with them. That a run destroys the same keys, retention.txt shows.
func (w *world) unbraked() {
	w.t.Helper()
	w.run("sec", "policy", "get", w.at("now"))
	b, err := os.ReadFile(w.at("now/retention.yaml"))
	if err != nil {
		w.t.Fatal(err)
	}
	without := regexp.MustCompile(`(?m)^brakes:.*\n`).ReplaceAllString(string(b), "")
	if without == string(b) {
		w.t.Fatal("the policy has no brakes to take away")
	}
	w.write("now/retention.yaml", without)
	w.run("sec", "policy", "put", w.at("now"))
}
