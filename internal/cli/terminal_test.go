package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// desktop is a person at a terminal, with a folder of her own.
type desktop struct {
	t         *testing.T
	dir       string
	now       time.Time
	passwords []string // that she will type, in order
}

func newDesktop(t *testing.T) *desktop {
	return &desktop{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
}

func (d *desktop) at(name string) string { return filepath.Join(d.dir, name) }

// try runs a command at which she types lines, and returns what it printed.
func (d *desktop) try(typed string, args ...string) (out, errs string, code int) {
	d.t.Helper()
	var o, e bytes.Buffer
	d.now = d.now.Add(time.Minute)
	env := Env{Stdin: strings.NewReader(typed), Stdout: &o, Stderr: &e, Now: func() time.Time { return d.now }, Terminal: true,
		Getenv:    func(k string) string { return map[string]string{"LC_ALL": "C"}[k] },
		ConfigDir: func() (string, error) { return d.at("settings"), nil },
		Password: func(<-chan struct{}) ([]byte, error) {
			if len(d.passwords) == 0 {
				return nil, errors.New("nobody types")
			}
			p := d.passwords[0]
			d.passwords = d.passwords[1:]
			return []byte(p), nil
		},
	}
	code = Main(d.t.Context(), args, env)
	return o.String(), e.String(), code
}

// must runs a command that must go well.
func (d *desktop) must(typed string, args ...string) (out, errs string) {
	d.t.Helper()
	out, errs, code := d.try(typed, args...)
	if code != exitDone {
		d.t.Fatalf("medlem %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out, errs
}

// as puts a person's folder and identity in front of a command.
func (d *desktop) as(who string, args ...string) []string {
	return append([]string{"-C", d.at(who), "--as", d.at(who + ".key")}, args...)
}

// register makes a server and a register with sec as its secretariat.
func (d *desktop) register(officers ...string) {
	d.t.Helper()
	if out, err := exec.Command("git", "init", "-q", "--bare", "-b", "main", d.at("host.git")).CombinedOutput(); err != nil {
		d.t.Fatalf("%v: %s", err, out)
	}
	write := func(name, text string) {
		if err := os.WriteFile(d.at(name), []byte(text), 0o600); err != nil {
			d.t.Fatal(err)
		}
	}
	write("units.yaml", units)
	d.must("", "key", "new", "--plain", "--out", d.at("sec.key"))
	d.must("", d.as("sec", "init", d.at("sec"), "--name", "Folkerørsla Prøve", "--units", d.at("units.yaml"), "--remote", d.at("host.git"),
		"--recovery-out", d.at("recovery.txt"))...)
	for _, o := range officers {
		who, office, _ := strings.Cut(o, "=")
		out, _ := d.must("", "key", "new", "--plain", "--out", d.at(who+".key"))
		write(who+".officer", out)
		d.must("yes\n", d.as("sec", "grant", "asker", d.at(who+".officer"), "--office", office)...)
		d.must("", d.as(who, "clone", d.at("host.git"), d.at(who))...)
	}
}

// id is the id of the one member whom somebody finds.
func (d *desktop) id(who, word string) string {
	d.t.Helper()
	out, _ := d.must("", d.as(who, "--format", "json", "find", word)...)
	var v struct{ Members []struct{ ID string } }
	if err := json.Unmarshal([]byte(out), &v); err != nil || len(v.Members) != 1 {
		d.t.Fatalf("%d members found: %v", len(v.Members), err)
	}
	return v.Members[0].ID
}

// has fails unless every text is in s.
func has(t *testing.T, s string, texts ...string) {
	t.Helper()
	for _, x := range texts {
		if !strings.Contains(s, x) {
			t.Errorf("%q is not in:\n%s", x, s)
		}
	}
}

// TestForm proves that a form takes values as people type them, asks again where
// one cannot stand, keeps what Enter passes over, and changes nothing when it is
// broken off.
func TestForm(t *testing.T) {
	d := newDesktop(t)
	d.register("kari=member-officer")
	// Given name (needed: asked again), family name, born (first a day that is none).
	_, errs := d.must("\nÅse\nHålien\n31.02.1961\n7.3.1961\n"+strings.Repeat("\n", 20), d.as("kari", "add", "--unit", "asker")...)
	has(t, errs, "Given name (needed):", "Given name is needed", "Date of birth: ", "one of: ")
	id := d.id("kari", "hålien")
	out, _ := d.must("", d.as("kari", "show", id)...)
	has(t, out, "Åse", "1961-03-07")

	// What is there is shown; Enter keeps it, the minus empties it, except what is needed.
	_, errs = d.must("\n-\n\n-\nase@example.no\n"+strings.Repeat("\n", 20), d.as("kari", "edit", id)...)
	has(t, errs, "Given name [Åse]:", "Family name is needed", "Date of birth [1961-03-07]:")
	out, _ = d.must("", d.as("kari", "show", id)...)
	has(t, out, "Hålien", "ase@example.no")
	if strings.Contains(out, "1961-03-07") {
		t.Error("the emptied field is still there")
	}

	// She goes away in the middle of it.
	_, errs, code := d.try("Anne\n", d.as("kari", "edit", id)...)
	if code != exitRefused {
		t.Errorf("exit code %d", code)
	}
	has(t, errs, "no answer; nothing was changed")
	if out, _ := d.must("", d.as("kari", "show", id)...); strings.Contains(out, "Anne") {
		t.Error("half a form was kept")
	}
	// Enter all the way changes nothing.
	out, _ = d.must(strings.Repeat("\n", 30), d.as("kari", "edit", id)...)
	has(t, out, "There is nothing to do.")
}

// TestMergeAsks proves that the same field changed twice is a question, showing
// both values, and that the answer counts.
func TestMergeAsks(t *testing.T) {
	d := newDesktop(t)
	d.register("kari=member-officer", "astrid=chair")
	d.must("", d.as("sec", "add", "--unit", "asker", "--set", "given=Åse", "--set", "family=Hålien")...)
	for _, who := range []string{"kari", "astrid"} {
		d.must("", d.as(who, "sync")...)
	}
	id := d.id("kari", "hålien")
	for _, x := range [][2]string{{"kari", "400 00 001"}, {"astrid", "400 00 002"}} {
		d.must("", d.as(x[0], "edit", id, "--set", "phone="+x[1])...)
		d.must("", d.as(x[0], "submit")...)
	}
	d.must("", d.as("sec", "inbox")...)
	d.must("", d.as("sec", "merge", "1")...)
	if _, _, code := d.try("3\nx\n", d.as("sec", "merge", "2")...); code != exitRefused {
		t.Errorf("without an answer: exit code %d", code)
	}
	_, errs := d.must("3\n2\n", d.as("sec", "merge", "2")...)
	has(t, errs, "Åse Hålien, Phone: changed both in the register and in the proposal.", "1  in the register: +47 400 00 001",
		"2  in the proposal: +47 400 00 002", "Which counts, 1 or 2?")
	out, _ := d.must("", d.as("sec", "show", id)...)
	has(t, out, "+47 400 00 002")
}

// TestConfirms proves that what cannot be undone, or lets somebody in, happens
// only after a clear yes.
func TestConfirms(t *testing.T) {
	d := newDesktop(t)
	d.register()
	out, _ := d.must("", "key", "new", "--plain", "--out", d.at("kari.key"))
	if err := os.WriteFile(d.at("kari.officer"), []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	grant := d.as("sec", "grant", "asker", d.at("kari.officer"), "--office", "chair")
	for _, answer := range []string{"", "y\n", "no\n", "\n"} {
		if _, _, code := d.try(answer, grant...); code != exitRefused {
			t.Errorf("grant after %q: exit code %d", answer, code)
		}
	}
	_, errs := d.must("YES\n", grant...)
	has(t, errs, "Her fingerprint is ", "Have you compared it with her? (write yes to go on)")

	d.must("", d.as("sec", "add", "--unit", "asker", "--set", "given=Åse", "--set", "family=Hålien")...)
	id := d.id("sec", "hålien")
	d.must("", d.as("sec", "close", id, "--reason", "left", "--erase-now")...)
	if _, _, code := d.try("no\n", d.as("sec", "erase", id)...); code != exitRefused {
		t.Errorf("erase after no: exit code %d", code)
	}
	d.must("", d.as("sec", "show", id)...)
	_, errs = d.must("yes\n", d.as("sec", "erase", id)...)
	has(t, errs, id+"  Åse Hålien  Asker  to be erased by 2026-11-30\nErase 1 record for good?")
	out, errs = d.must("", d.as("sec", "erase", id)...)
	has(t, out, id+" is erased already, since 2026-11-22.")
	if errs != "" {
		t.Errorf("erased again: %s", errs)
	}
	if _, _, code := d.try("", d.as("sec", "show", id)...); code != exitOpen {
		t.Errorf("show after erase: exit code %d", code)
	}
	d.must("", d.as("sec", "policy", "get", d.at("mine"))...)
	change := func(was, is string) {
		path := filepath.Join(d.at("mine"), "access.yaml")
		b, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(b), was) {
			t.Fatalf("no %q in access.yaml: %v", was, err)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(b), was, is, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	change("may: [read, request]", "may: [request]") // the treasurer's
	change("seats: {min: 0, max: 1}", "seats: {min: 0, max: 2}")
	put := d.as("sec", "policy", "put", d.at("mine"))
	for range 2 {
		if _, _, code := d.try("no\n", put...); code != exitRefused {
			t.Errorf("policy put after no: exit code %d", code)
		}
	}
	d.must("yes\n", put...)
	_, errs = d.must("", put...)
	if errs != "" {
		t.Errorf("the same policies again: %s", errs)
	}

	// A successor, where there is one seat: the question names whose access ends.
	out, _ = d.must("", "key", "new", "--plain", "--out", d.at("nils.key"))
	if err := os.WriteFile(d.at("nils.officer"), []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	successor := d.as("sec", "grant", "asker", d.at("nils.officer"), "--office", "chair")
	if _, _, code := d.try("no\n", successor...); code != exitRefused {
		t.Errorf("a successor after no: exit code %d", code)
	}
	_, errs = d.must("yes\nyes\n", successor...)
	has(t, errs, "This ends the access of o-", "Have you compared it with her?")
	if _, _, code := d.try("no\n", d.as("sec", "rotate", "--recovery-destroyed")...); code != exitRefused {
		t.Errorf("recovery destroyed after no: exit code %d", code)
	}
}

// TestPassphrase proves that a new passphrase is typed twice and not shown, that
// a weak one is refused, and that an identity is found where settings lie.
func TestPassphrase(t *testing.T) {
	d := newDesktop(t)
	d.passwords = []string{"short", "korrekt hest batteri", "korrekt hest bateri", "korrekt hest batteri", "korrekt hest batteri"}
	_, errs := d.must("", "key", "new")
	has(t, errs, "New passphrase", "the passphrase is too short: it has at least 12 characters", "hint: four or more words", "The same once more:", "the two are not the same", "Your identity is in "+d.at("settings/medlem/identity.age"))
	if strings.Contains(errs, "hest") {
		t.Error("a passphrase was printed")
	}
	d.passwords = []string{"korrekt hest batteri"}
	out, errs := d.must("", "key", "show")
	has(t, out, "signing: ssh-ed25519")
	has(t, errs, "Passphrase of your identity:")
	d.passwords = []string{"noe annet helt annet"}
	if _, _, code := d.try("", "key", "show"); code != exitOpen {
		t.Errorf("wrong passphrase: exit code %d", code)
	}
	d.passwords = nil
	if _, _, code := d.try("", "key", "show"); code != exitOpen {
		t.Errorf("no passphrase: exit code %d", code)
	}
}

// TestStopped proves that a question ends with the program, changes nothing, and leaves
// nobody to answer the next one.
func TestStopped(t *testing.T) {
	never, _ := io.Pipe()
	var errs bytes.Buffer
	a := newApp(Env{Stdin: never, Stdout: &errs, Stderr: &errs, Terminal: true, Getenv: func(string) string { return "" }}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	a.stop = ctx.Done()
	time.AfterFunc(50*time.Millisecond, cancel)
	for range 2 {
		err := a.agreed("Erase for good?")
		if code := a.report(err); code != exitRead {
			t.Errorf("exit code %d: %v", code, err)
		}
	}
	has(t, errs.String(), "Erase for good? (write yes to go on) \nerror: stopped; nothing was changed")

	// A question whose answer is not shown, at the end of the input.
	a.Password = func(<-chan struct{}) ([]byte, error) { return nil, io.EOF }
	_, err := a.hidden("Passphrase:")
	if code := a.report(err); code != exitRefused {
		t.Errorf("exit code %d: %v", code, err)
	}
	has(t, errs.String(), "no answer; nothing was changed")
}

// TestRecoverySecretIsOnPaper proves that a register begins only after the end of the
// secret was typed as it is.
func TestRecoverySecretIsOnPaper(t *testing.T) {
	for typed, want := range map[string]int{"": exitRefused, "ABCDEF\n": exitRefused, "ABCDEF\nghjkl7\n": exitDone} {
		var errs bytes.Buffer
		a := newApp(Env{Stdin: strings.NewReader(typed), Stdout: &errs, Stderr: &errs, Terminal: true, Getenv: func(string) string { return "" }}, nil)
		p := &paper{a: a, proven: true}
		err := p.give("AGE-SECRET-KEY-PQ-1QWERTYGHJKL7")
		code := exitDone
		if err != nil {
			code = a.report(err)
		}
		if code != want {
			t.Errorf("%q: exit code %d, want %d\n%s", typed, code, want, errs.String())
		}
		has(t, errs.String(), "write its last 6 characters")
	}
}

// TestProgress proves that long work shows how far it has come on a terminal,
// clears the line after itself, and shows nothing elsewhere.
func TestProgress(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		var errs bytes.Buffer
		a := newApp(Env{Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Stderr: &errs, Terminal: terminal,
			Getenv: func(string) string { return "" }}, nil)
		p := a.progress()
		p("sealing", 1, 10)
		if errs.Len() > 0 {
			t.Error("short work showed progress")
		}
		time.Sleep(progressAfter)
		p("sealing", 7, 10)
		a.note("done")
		want := ""
		if terminal {
			want = "\r\x1b[Kwriting 7/10\r\x1b[K"
		}
		if got := errs.String(); got != want+"done\n" {
			t.Errorf("terminal %v: %q", terminal, got)
		}
	}
}
