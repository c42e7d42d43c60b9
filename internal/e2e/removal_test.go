package e2e

import (
	"os"
	"strings"
	"testing"
)

// ATTACK: Kari is removed from her office. She keeps her identity, her copy of the
// register, mirrors of the server from before and after, and proposals that were
// open when she left, her own and another's.
// At stake: everything that comes after. Proves that she opens nothing that was
// merged after her removal, that her removal touched one keyring and no record, and
// that what she could read before she still can: nobody promises otherwise.
func TestRemovedOfficer(t *testing.T) {
	t.Parallel()
	w := copied(t)
	w.run("kari", "edit", w.vars["ASKER1"], "--set", "city=Oslo")
	w.run("kari", "submit")
	hers := w.onlyTopic()
	w.run("astrid", "edit", w.vars["ASKER2"], "--set", "city=Oslo")
	w.run("astrid", "submit")
	mirror := func(name string) string {
		w.git(w.dir, "clone", "-q", "--mirror", w.host, w.at(name))
		return w.at(name)
	}
	copies := []string{mirror("before.git"), w.at("kept")}
	if err := copyTree(w.at("kept"), w.at("kari")); err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(w.at("kari.key"))
	if err != nil {
		t.Fatal(err)
	}
	w.write("kept.key", string(key))

	before := w.git(w.host, "rev-parse", "main")
	w.run("sec", "revoke", "asker", w.vars["KARI"])
	changed := w.git(w.host, "diff", "--name-only", before, "main")
	if changed != "data/asker/grants/"+w.vars["KARI"]+".yaml\ndata/asker/keyring.yaml" {
		t.Errorf("a removal touched:\n%s", changed)
	}
	if out := w.refused("sec", "merge", hers); !strings.Contains(out, "scope/act") {
		t.Errorf("her open proposal: %s", out)
	}
	for _, line := range strings.Split(w.git(w.host, "for-each-ref", "--format=%(refname)", "refs/heads/proposals/"+w.vars["ASTRID"]), "\n") {
		w.run("sec", "merge", line[strings.LastIndexByte(line, '/')+1:])
	}
	w.run("sec", "edit", w.vars["ASKER3"], "--set", "city=Oslo")
	w.run("sec", "add", "--unit", "asker", "--set", "given=Ny", "--set", "family=Prøve")
	w.run("sec", "move", w.vars["KARASJOK1"], "--to", "asker")
	copies = append(copies, mirror("after.git"))

	got := openable(w, copies, "kept.key")
	after := 0
	for _, line := range strings.Split(w.git(w.host, "diff", "--raw", "--no-abbrev", before, "main", "--", "data/*.age"), "\n") {
		f := strings.Fields(line) // :mode mode old new status path
		if strings.Trim(f[3], "0") == "" {
			continue
		}
		after++
		if got[f[3]] != "" {
			t.Errorf("she opens %s, which was merged after her removal", f[5])
		}
	}
	if after != 4 {
		t.Errorf("%d records were merged after her removal, want 4: this test could not fail", after)
	}
	for _, who := range []string{"ASKER1", "ASKER2", "ASKER3", "ASKER4"} {
		if !got.members()[w.vars[who]] {
			t.Errorf("she does not open what she could read of %s: this test could not fail", who)
		}
	}
	if got.members()[w.vars["KARASJOK1"]] {
		t.Error("she opens a member who came after her")
	}
	w.run("astrid", "sync")
	if out := w.run("astrid", "list"); strings.Count(out, "Oslo") < 2 {
		t.Errorf("astrid does not see what was merged:\n%s", out)
	}
}
