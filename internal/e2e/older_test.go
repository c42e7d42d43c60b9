package e2e

import (
	"archive/tar"
	"compress/gzip"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A register that the first version of this program made, on 22 November 2026, with
// what that version could do: the server, kari's copy with a draft, and the identities
// of its officers, all invented. Asker has one member, Lillestrøm one whom a proposal of
// ola's changes, one has left and one was erased; kari has rotated, ola has no grant any
// more.
const (
	firstRegister = "testdata/old/first.tar.gz"
	firstServer   = "/tmp/g-old/host.git" // where it lay
	firstNow      = "2026-11-22T20:00:00Z"
	firstMember   = "azqkff22zvcjl"
	firstLeft     = "3urirvaef4cfn"
	firstErased   = "xkcmwjnarku5e"
)

// What a version wrote, every later version reads, works on, and verifies: the server,
// a copy with a draft, identity files and the recovery paper.
func TestFirstVersionIsRead(t *testing.T) {
	t.Parallel()
	w := firstWorld(t)
	for _, args := range [][]string{{"check", "--all"}, {"verify", "--all"}, {"doctor"}} {
		w.run("", append([]string{"-C", w.host}, args...)...)
	}
	if got := w.members("kari", "asker"); !slices.Equal(got, []string{firstMember}) {
		t.Fatalf("kari's old copy lists %q", got)
	}
	if s := w.run("kari", "status"); !strings.Contains(s, "Note changed") {
		t.Errorf("the draft of the old copy is not there:\n%s", s)
	}
	// The copy goes on, and the secretariat with a new one.
	w.run("kari", "submit")
	w.run("sec", "clone", w.host, w.at("sec"))
	if s := w.run("sec", "show", firstMember); !strings.Contains(s, "Moss") {
		t.Error("an edit of then is not shown")
	}
	w.refused("sec", "show", firstErased)
	w.run("sec", "inbox")
	w.run("sec", "merge", lastNumber(w.run("sec", "inbox", "--format", "json")))
	w.run("kari", "sync")
	if s := w.run("kari", "show", firstMember); !strings.Contains(s, "utkast") {
		t.Error("the old draft did not come in")
	}
	// What is newer than the register is written into it.
	w.run("sec", "rekey", "asker")
	w.run("sec", "erase", firstLeft)
	w.run("kari", "rotate")
	w.run("sec", "sync")
	w.run("kari", "sync")
	if s := w.refused("kari", "draw", "--unit", "asker", "--purpose", "mailing", "--format", "csv.age", "--out", w.at("list.csv.age")); !strings.Contains(s, "lists.yaml") {
		t.Errorf("a list under a policy that knows none: %s", s)
	}
	w.run("", "-C", w.host, "backup", "--out", w.at("backup.age"))
	w.run("sec", "rotate", "--recovery", "--recovery-out", w.at("recovery2.txt"))
	w.run("sec", "subject", "readers", firstMember)
	w.run("", "-C", w.host, "breach", w.handle("kari"), "--since", "2026-11-22")
	w.run("", "-C", w.host, "check", "--all")
	w.run("", "-C", w.host, "verify", "--all")
	if got := w.members("kari", "asker"); !slices.Equal(got, []string{firstMember}) {
		t.Errorf("afterwards kari lists %q", got)
	}
}

// The paper of the first version opens its register.
func TestFirstVersionsPaperOpens(t *testing.T) {
	t.Parallel()
	w := firstWorld(t)
	w.key("tove")
	w.git("/", "init", "-q", "--bare", "-b", "main", w.at("new.git"))
	genesis := w.git(w.host, "rev-list", "--max-parents=0", "main")
	c := w.cmd("", "--as", w.at("tove.key"), "recover", w.host, w.at("tove"), "--remote", w.at("new.git"),
		"--recovery", w.at("recovery.txt"), "--recovery-out", w.at("paper.txt"), "--genesis", genesis)
	w.must(c)
	if got := w.members("tove", "asker"); !slices.Equal(got, []string{firstMember}) {
		t.Errorf("recovered: %q", got)
	}
	w.run("", "-C", w.at("new.git"), "verify", "--all")
}

// firstWorld unpacks the register of the first version.
func firstWorld(t testing.TB) *world {
	t.Helper()
	w := clockedWorld(t, t.TempDir(), firstNow)
	f, err := os.Open(firstRegister)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || !filepath.IsLocal(h.Name) {
			t.Fatalf("%s: %v", firstRegister, err)
		}
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(w.at(h.Name), 0o700)
		} else {
			var b []byte
			if b, err = io.ReadAll(r); err == nil {
				err = os.WriteFile(w.at(h.Name), b, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	w.reroute("kari", firstServer, w.host)
	return w
}

// reroute has an officer's copy know its server under another address.
func (w *world) reroute(who, from, to string) {
	w.t.Helper()
	path := filepath.Join(w.at(who), ".git", "medlem", "state.yaml")
	b, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	text := strings.Replace(string(b), hex.EncodeToString([]byte(from)), hex.EncodeToString([]byte(to)), 1)
	if text == string(b) {
		w.t.Fatalf("%s does not name the server", path)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}
