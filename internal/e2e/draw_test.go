package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/slow"
)

const listPolicy = `purposes:
  - {id: mailing, name: {sv: Utskick, da: Udsendelse, nb: Utsending, en: Mailing}, columns: [given, family, phone, street, postcode, city]}
destroy-after: 14
printed: true
requests:
  - {id: local, name: {sv: Lista, da: Liste, nb: Liste, en: List}, by: [chair], of: own, approved-by: [secretariat]}
`

// listWorld is a world in which the secretariat and membership officers draw lists,
// and a chair may ask for one.
func listWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.run("sec", "policy", "get", w.at("mine"))
	access := filepath.Join(w.at("mine"), "access.yaml")
	b, err := os.ReadFile(access)
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.ReplaceAll(b, []byte("policy, erase]"), []byte("policy, erase, draw]"))
	at := bytes.Index(b, []byte("- id: member-officer"))
	b = append(b[:at:at], bytes.Replace(b[at:], []byte("request]"), []byte("request, draw]"), 1)...)
	for path, text := range map[string][]byte{access: b, filepath.Join(w.at("mine"), "lists.yaml"): []byte(listPolicy)} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var effect struct{ Digest string }
	if err := json.Unmarshal([]byte(w.run("sec", "policy", "put", w.at("mine"), "--dry-run", "--format", "json")), &effect); err != nil {
		t.Fatal(err)
	}
	w.run("sec", "policy", "put", w.at("mine"), "--accept", effect.Digest)
	return w
}

// ATTACK: somebody looks at the disk of an officer's computer after a list was taken
// out, asked for, approved and fetched, and at everything that the server has.
// At stake: who stands on the list. Proves with strace that no member's name is
// written to any file in the clear, not even to one that is deleted again; only draw
// open, which says so, writes what it was asked to write.
func TestNoListReachesADiskInTheClear(t *testing.T) {
	slow.Test(t)
	t.Parallel()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("this test needs strace: apt-get install strace")
	}
	w := listWorld(t)
	w.officer("kari", "asker", "member-officer")
	w.officer("astrid", "asker", "chair")
	list, planted := w.list("list.csv", "sporet", 40)
	w.run("sec", "import", list, "--unit", "asker")
	w.run("kari", "sync")
	planted = append(planted, "sporetreason", "sporetnote")
	files := 0
	run := func(who string, args ...string) string {
		t.Helper()
		out, leak, n := w.traced(planted, w.cmd(who, args...))
		if leak != "" {
			t.Fatalf("%s %s %s: %s", who, args[0], args[1], leak)
		}
		files += n
		return out
	}
	draw := []string{"draw", "--unit", "asker", "--purpose", "mailing"}
	run("kari", append(draw, "--out", w.at("book.xlsx"), "--password-file", w.at("book.pw"))...)
	run("kari", append(draw, "--out", w.at("text.csv.age"))...)
	run("kari", append(draw, "--out", w.at("page.pdf.age"), "--copies", "1")...)
	run("sec", append(draw, "--out", w.at("sec.xlsx"), "--password-file", w.at("sec.pw"))...)
	topic := regexp.MustCompile(`asker-[a-z2-7]{13}`).FindString(run("astrid", "draw", "request", "local", "--purpose", "mailing", "--note", "sporetnote"))
	run("sec", "inbox")
	run("sec", "draw", "approve", topic)
	run("astrid", "draw", "fetch", topic, w.at("asked.xlsx"), "--password-file", w.at("asked.pw"))
	if files < 20 {
		t.Errorf("strace saw %d writes to files: fewer than these commands make", files)
	}
	w.searchFiles(w.host, planted)
	for _, who := range []string{"kari", "astrid", "sec"} {
		w.searchFiles(w.at(who), planted)
	}
	if out := w.run("kari", "draw", "identify", w.at("text.csv.age")); !strings.Contains(out, "This is the list") {
		t.Errorf("its own list: %s", out)
	}
	w.openedByOffice(t, planted[0], "book", "sec", "asked")
}

// openedByOffice has LibreOffice open workbooks with their passwords, and without.
// Where it is not installed nothing is tried, unless MEDLEM_SLOW is set.
func (w *world) openedByOffice(t *testing.T, says string, names ...string) {
	t.Helper()
	const python = "/usr/bin/python3"
	_, err := exec.LookPath("soffice")
	if err != nil || exec.Command(python, "-c", "import uno").Run() != nil {
		if slow.On() {
			t.Fatal("LibreOffice is needed: libreoffice-calc and python3-uno")
		}
		t.Log("LibreOffice is not installed: nothing was opened with it")
		return
	}
	type job struct {
		In       string `json:"in"`
		Password string `json:"password,omitempty"`
		Out      string `json:"out"`
	}
	var jobs []job
	want := ""
	for _, n := range names {
		password, err := os.ReadFile(w.at(n + ".pw"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(w.at(n + ".xlsx"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(b, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")) {
			t.Errorf("%s.xlsx is no protected workbook", n)
		}
		jobs = append(jobs, job{w.at(n + ".xlsx"), strings.TrimSpace(string(password)), w.at(n + ".out.csv")}, job{w.at(n + ".xlsx"), "", w.at(n + ".bad.csv")})
		want += "[written refused]"
	}
	in, _ := json.Marshal(jobs)
	c := exec.Command(python, filepath.Join("..", "officecrypt", "testdata", "office.py"), w.at("office"))
	c.Stdin = bytes.NewReader(in)
	out, err := c.Output()
	var results []string
	if err == nil {
		err = json.Unmarshal(out, &results)
	}
	if err != nil || len(results) != len(jobs) {
		t.Fatalf("LibreOffice: %v", err)
	}
	got := ""
	for i := 0; i < len(results); i += 2 {
		got += fmt.Sprint(results[i : i+2])
	}
	if got != want {
		t.Errorf("LibreOffice: %s, want %s", got, want)
	}
	for _, n := range names {
		b, err := os.ReadFile(w.at(n + ".out.csv"))
		if err != nil || !bytes.Contains(b, []byte(says)) || bytes.Count(b, []byte("\n")) != 42 || !bytes.HasPrefix(bytes.TrimPrefix(b, []byte("\ufeff")), []byte(`"Denne lista`)) && !bytes.Contains(b[:200], []byte("lista")) {
			t.Errorf("%s: %d lines, %v", n, bytes.Count(b, []byte("\n")), err)
		}
	}
}
