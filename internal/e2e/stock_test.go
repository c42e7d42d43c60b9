package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/seal/agetest"
	"github.com/medlem-register/medlem/internal/sign"
)

// The second opinion: what the tool wrote is what stock programs read, and the
// other way about.

// busy is a copy of the fixture in which a bit of everything has happened, with a
// proposal that waits.
func busy(t *testing.T) *world {
	t.Helper()
	w := copied(t)
	w.run("kari", "edit", w.vars["ASKER1"], "--set", "city=Oslo", "--set", "note=Ringer helst om kvelden.")
	w.run("kari", "close", w.vars["ASKER2"], "--reason", "left")
	w.run("kari", "submit")
	w.run("sec", "merge", w.onlyTopic())
	w.run("sec", "move", w.vars["ASKER3"], "--to", "lillestrom")
	w.run("kari", "rotate")
	w.run("sec", "sync")
	w.run("kari", "sync") // which destroys the old identity and says so
	w.run("sec", "sync")
	w.run("kari", "edit", w.vars["ASKER1"], "--set", "city=Alta")
	w.run("kari", "submit")
	return w
}

// Stock age opens every keyring and every record with an officer's identity file
// or the recovery secret, and every envelope with its author's.
func TestStockAgeOpensAll(t *testing.T) {
	t.Parallel()
	w := busy(t)
	records := 0
	for _, identity := range []string{"sec.key", "recovery.txt"} {
		for _, unit := range []string{"national", "akershus", "asker", "lillestrom", "finnmark", "karasjok"} {
			keyring := w.age(nil, w.blob("refs/medlem/keyrings/"+unit+":keyring.age"), "-d", "-i", w.at(identity))
			k, err := seal.ParseKeyring([]byte(keyring[:strings.LastIndex(keyring, "\n#")+1])) // without the padding
			if err != nil {
				t.Fatalf("%s: the keyring as age opened it: %v", unit, err)
			}
			for _, path := range strings.Fields(w.git(w.host, "ls-tree", "-r", "--name-only", "main", "data/"+unit)) {
				p, err := register.ParsePath(path)
				if err != nil || !p.Kind.Sealed() {
					continue
				}
				text := w.age([]string{"AGE_PASSPHRASE=" + k.Keys[p.ID].String()}, w.blob("main:"+path), "-d", "-j", "batchpass")
				if !strings.Contains(text, `id: "`+string(p.ID)+`"`) {
					t.Errorf("%s: not this record's", path)
				}
				records++
			}
		}
	}
	if records != 2*7 {
		t.Errorf("%d records were opened, want 14", records)
	}
	ref := strings.Fields(w.git(w.host, "for-each-ref", "--format=%(refname)", register.Proposals))[0]
	envelope := w.git(w.host, "ls-tree", "-r", "--name-only", ref, "data/asker/envelopes")
	for _, identity := range []string{"sec.key", "kari.key"} {
		if text := w.age(nil, w.blob(ref+":"+envelope), "-d", "-i", w.at(identity)); !strings.Contains(text, "secret: mrk1") {
			t.Errorf("%s: the envelope as age opened it has no secret", identity)
		}
	}
	if _, err := agetest.Age(t, nil, w.blob(ref+":"+envelope), "-d", "-i", w.at("recovery.txt")); err == nil {
		t.Error("the recovery identity opens an envelope: it is for the author and the secretariat")
	}
}

func (w *world) age(env []string, file []byte, args ...string) string {
	w.t.Helper()
	out, err := agetest.Age(w.t, env, file, args...)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(out)
}

// blob returns a file of the server, byte for byte.
func (w *world) blob(rev string) []byte {
	w.t.Helper()
	out, err := exec.Command("git", "-C", w.host, "cat-file", "blob", rev).Output()
	if err != nil {
		w.t.Fatalf("%s: %v", rev, err)
	}
	return out
}

// Stock git finds no fault with the repository, and verifies the signature of
// every commit: main's, proposals' and keyrings'.
func TestStockGitAcceptsAll(t *testing.T) {
	t.Parallel()
	w := busy(t)
	w.run("sec", "reject", w.onlyTopic(), "--reason", "Spør henne først.") // its answer is a commit too
	if out := w.git(w.host, "fsck", "--strict", "--no-dangling"); out != "" {
		t.Errorf("fsck: %s", out)
	}
	repo, err := gitstore.Open(w.host)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	c, err := gitstore.ReadCommit(repo, mustParse(t, w.git(w.host, "rev-parse", "main")))
	if err != nil {
		t.Fatal(err)
	}
	s, err := access.NewLoader(repo).At(c.Tree)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[register.Handle]string{}
	for h, o := range s.Officers {
		keys[h] = o.Signing
	}
	signers := w.write("allowed-signers", string(sign.AllowedSigners(keys)))
	commits := strings.Fields(w.git(w.host, "rev-list", "--all"))
	if len(commits) < 20 {
		t.Fatalf("only %d commits to verify", len(commits))
	}
	w.git(w.host, append([]string{"-c", "gpg.ssh.allowedSignersFile=" + signers, "verify-commit"}, commits...)...)
	nobody := w.write("no-signers", "")
	if exec.Command("git", "-C", w.host, "-c", "gpg.ssh.allowedSignersFile="+nobody, "verify-commit", commits[0]).Run() == nil {
		t.Error("verify-commit accepts what nobody may sign: this test could not fail")
	}
}

func mustParse(t testing.TB, s string) gitstore.ID {
	t.Helper()
	id, err := gitstore.ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestStockSeals runs testdata/stock: what stock age sealed under the right key,
// medlem reads.
func TestStockSeals(t *testing.T) {
	t.Parallel()
	w := fixture(t)
	agetest.Program(t)
	cmds := attackCmds()
	// stockseal OUT KEY TEXT seals TEXT, padded, with stock age; KEY is what medlem key
	// reveal printed, TEXT a file with @ID@ and @UNIT@ in it.
	cmds["stockseal"] = func(ts *testscript.TestScript, _ bool, args []string) {
		text := strings.NewReplacer("@ID@", ts.Getenv("ASKER1"), "@UNIT@", "asker").Replace(ts.ReadFile(args[2]))
		env := []string{"AGE_PASSPHRASE=" + strings.Fields(ts.ReadFile(args[1]))[0], "AGE_PASSPHRASE_WORK_FACTOR=1"}
		out, err := agetest.Age(t, env, seal.Pad([]byte(text)), "-e", "-j", "batchpass")
		ts.Check(err)
		keep(ts, args[0], out)
	}
	testscript.Run(t, testscript.Params{Dir: "testdata/stock", RequireExplicitExec: true, Cmds: cmds,
		Setup: func(env *testscript.Env) error { return setUp(w, env) }})
}

// docs/recovery.sh, ten lines of shell with git and age alone, gives what medlem
// shows: from a mirror with an officer's identity and with the recovery secret,
// and from an officer's own copy.
func TestRecoveryScript(t *testing.T) {
	t.Parallel()
	w := busy(t)
	w.run("sec", "merge", w.onlyTopic())
	w.run("kari", "sync")
	mirror := w.at("mirror.git")
	w.git(w.dir, "clone", "-q", "--mirror", w.host, mirror)
	script, err := filepath.Abs("../../docs/recovery.sh")
	if err != nil {
		t.Fatal(err)
	}
	var shown struct {
		Members []struct {
			ID     string
			Fields map[string]any
		}
	}
	if err := json.Unmarshal([]byte(w.run("kari", "list", "--unit", "asker", "--closed", "--format", "json")), &shown); err != nil {
		t.Fatal(err)
	}
	if len(shown.Members) != 4 {
		t.Fatalf("kari sees %d members, want 2 and 2 who have left", len(shown.Members))
	}
	for i, from := range [][2]string{{mirror, "kari.key"}, {mirror, "recovery.txt"}, {w.at("kari"), "kari.key"}, {w.at("sec"), "sec.key"}} {
		out := w.at(fmt.Sprintf("out%d", i))
		c := exec.Command("sh", script, from[0], w.at(from[1]), "asker", out)
		c.Env = append(w.env(), "PATH="+filepath.Dir(agetest.Program(t))+":"+os.Getenv("PATH"))
		w.must(c)
		files, err := os.ReadDir(out)
		if err != nil || len(files) != len(shown.Members) {
			t.Fatalf("%v: %d files, want %d: %v", from, len(files), len(shown.Members), err)
		}
		for _, m := range shown.Members {
			b, err := os.ReadFile(filepath.Join(out, m.ID+".yaml"))
			if err != nil {
				t.Fatal(err)
			}
			for field, v := range m.Fields {
				if s, ok := v.(string); ok && s != "" && !strings.Contains(string(b), field+": \""+s+"\"\n") {
					t.Errorf("%v: member %s: the file has another %s than medlem shows", from, m.ID, field)
				}
			}
		}
	}
	c := exec.Command("sh", script, mirror, w.at("kari.key"), "karasjok", w.at("other"))
	c.Env = append(w.env(), "PATH="+filepath.Dir(agetest.Program(t))+":"+os.Getenv("PATH"))
	if err := c.Run(); err == nil {
		t.Error("kari opens a unit that she does not read")
	}
}
