package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/slow"
)

// The scripts in testdata are played by people: sec and tove of the secretariat,
// kari of Asker, astrid its chair, ola of Karasjok, and ci, which has no
// identity at all. Each runs the commands in a process of its own.

// clock is the variable that says what time it is in a script, and program the
// one that says where medlem lies.
const (
	clock   = "MEDLEM_TEST_NOW"
	program = "MEDLEM_TEST_PROGRAM"
)

// garbage is as GOGC, and memlimit as GOMEMLIMIT: thousands of short processes need not
// tidy their memory before it is much.
const (
	garbage  = "off"
	memlimit = "512MiB"
)

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == rendererName {
		if err := remember(); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(1)
		}
		return
	}
	testscript.Main(tidy{m}, map[string]func(){"medlem": func() {
		e := OSEnv()
		e.Now = func() time.Time {
			t, err := time.Parse(time.RFC3339, os.Getenv(clock))
			if err != nil {
				panic(err)
			}
			return t
		}
		e.Program = os.Getenv(program)
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) // as cmd/medlem has it
		code := Main(ctx, os.Args[1:], e)
		stop()
		os.Exit(code)
	}})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			medlem, err := exec.LookPath("medlem")
			if err != nil {
				return err
			}
			e.Setenv(program, medlem)
			e.Setenv(clock, "2026-11-22T10:00:00Z")
			e.Setenv("HOME", "/nonexistent")
			e.Setenv("XDG_CONFIG_HOME", "/nonexistent")
			e.Setenv("LC_ALL", "C")
			e.Setenv("GOGC", garbage)
			e.Setenv("GOMEMLIMIT", memlimit)
			e.Setenv("GIT_CONFIG_NOSYSTEM", "1")
			e.Setenv("GIT_CONFIG_GLOBAL", "/dev/null")
			e.Values[spokenKey{}] = &spoken{}
			return nil
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "netns":
				return exec.Command("unshare", "-rn", "true").Run() == nil, nil
			case "slow": // the longest, and what others show in part: in .ci/run they run
				return slow.On(), nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"lonely": lonely,
			"sec":    actor("sec"), "tove": actor("tove"), "kari": actor("kari"), "astrid": actor("astrid"), "ola": actor("ola"),
			"ci": ci, "code": code, "world": world, "json": jsonValue, "member": member, "at": at, "canary": canary, "output": output, "is": is,
			"sample": sample, "cells": cells, "hostile": hostile, "half": half, "renderer": renderer, "host": host,
			"sends": sends, "junk": junk, "paid": paid, "mandated": mandated,
			"smsgateway": smsGateway, "texted": texted,
			"mailserver": mailServer, "arrived": arrived, "comesback": comesBack, "imapbox": imapBox, "imapleft": imapLeft, "numberof": numberOf, "once": once,
			"secretof": secretOf, "emptied": emptied, "stockopen": stockOpen(t), "signers": signersOf, "swap": swap,
			"damage": damage, "letter": letter, "stock": stock(t), "nokey": unopened, "plant": plant, "forge": forge, "office": officeOpened,
		},
	})
}

// spoken is everything that a script's commands have printed.
type spoken struct {
	exit int
	said []utterance
}

type utterance struct {
	command, stdout, stderr string
	shows                   bool // stdout was asked to show members
}

type spokenKey struct{}

func of(ts *testscript.TestScript) *spoken { return ts.Value(spokenKey{}).(*spoken) }

// run runs medlem and remembers what it printed.
func (s *spoken) run(ts *testscript.TestScript, neg, shows bool, args []string) {
	s.runAs(ts, neg, shows, "medlem", args)
}

func (s *spoken) runAs(ts *testscript.TestScript, neg, shows bool, program string, args []string) {
	err := ts.Exec(program, args...)
	s.exit = 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		s.exit = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	u := utterance{strings.Join(args, " "), ts.ReadFile("stdout"), ts.ReadFile("stderr"), shows}
	s.said = append(s.said, u)
	if strings.Contains(u.stderr, "goroutine ") {
		ts.Fatalf("a bug: medlem panicked")
	}
	if (s.exit != 0) != neg {
		ts.Fatalf("exit code %d", s.exit)
	}
}

// actor is somebody with an identity and a copy of the register: kari medlem …;
// kari shows medlem … for what is asked to print members.
func actor(who string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		shows := len(args) > 0 && args[0] == "shows"
		if shows {
			args = args[1:]
		}
		if len(args) == 0 || args[0] != "medlem" {
			ts.Fatalf("usage: %s [shows] medlem …", who)
		}
		pre := []string{"-C", ts.MkAbs(who), "--as", ts.MkAbs(who + ".key")}
		of(ts).run(ts, neg, shows, append(pre, args[1:]...))
	}
}

// lonely is kari, or somebody else, at a machine that has no network interface: lonely
// [sec] medlem …. Where the kernel gives no namespace without privileges she only has no
// server.
func lonely(ts *testscript.TestScript, neg bool, args []string) {
	who := "kari"
	if len(args) > 0 && args[0] == "sec" {
		who, args = args[0], args[1:]
	}
	if len(args) == 0 || args[0] != "medlem" {
		ts.Fatalf("usage: lonely [sec] medlem …")
	}
	args = append([]string{"-C", ts.MkAbs(who), "--as", ts.MkAbs(who + ".key")}, args[1:]...)
	s := of(ts)
	if exec.Command("unshare", "-rn", "true").Run() == nil {
		s.runAs(ts, neg, false, "unshare", append([]string{"-rn", "medlem"}, args...))
	} else {
		s.run(ts, neg, false, args)
	}
}

// ci has no identity and works on a mirror, made anew each time: ci medlem ….
func ci(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 || args[0] != "medlem" {
		ts.Fatalf("usage: ci medlem …")
	}
	mirror := ts.MkAbs("ci.git")
	ts.Check(os.RemoveAll(mirror))
	ts.Check(ts.Exec("git", "clone", "-q", "--mirror", ts.MkAbs("host.git"), mirror))
	of(ts).run(ts, neg, false, append([]string{"-C", mirror}, args[1:]...))
}

// code checks the exit code of the last command.
func code(ts *testscript.TestScript, _ bool, args []string) {
	if got := of(ts).exit; len(args) != 1 || strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, strings.Join(args, " "))
	}
}

// at sets the clock.
func at(ts *testscript.TestScript, _ bool, args []string) { ts.Setenv(clock, args[0]) }

// units is the federation of the scripts.
const units = `units:
  - {id: national, level: national, name: Folkerørsla Prøve}
  - {id: akershus, level: region, name: Akershus, under: national}
  - {id: asker, level: branch, name: Asker, under: akershus}
  - {id: lillestrom, level: branch, name: Lillestrøm, under: akershus}
  - {id: finnmark, level: region, name: Finnmark, under: national}
  - {id: karasjok, level: branch, name: Kárášjohka, under: finnmark}
`

// jsonValue puts a value of the last output, found by a path such as
// members.0.id, into a variable: json ID members.0.id.
func jsonValue(ts *testscript.TestScript, _ bool, args []string) {
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &v))
	for _, k := range strings.Split(args[1], ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[k]
		case []any:
			if k == "len" {
				v = float64(len(x))
				continue
			}
			i, err := strconv.Atoi(k)
			if err != nil || i >= len(x) {
				ts.Fatalf("no %s in the output", args[1])
			}
			v = x[i]
		default:
			ts.Fatalf("no %s in the output", args[1])
		}
	}
	b, err := json.Marshal(v)
	ts.Check(err)
	ts.Setenv(args[0], strings.Trim(string(b), `"`))
}

// output puts the last output, which is one line, into a variable.
func output(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// is compares two values.
func is(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 || (args[0] == args[1]) == neg {
		ts.Fatalf("%q", args)
	}
}

// member puts the id of the one member whom somebody finds into a variable:
// member ID kari åse.
func member(ts *testscript.TestScript, _ bool, args []string) {
	pre := []string{"-C", ts.MkAbs(args[1]), "--as", ts.MkAbs(args[1] + ".key"), "--format", "json", "find"}
	of(ts).run(ts, false, true, append(pre, args[2:]...))
	var out struct{ Members []struct{ ID string } }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &out))
	for _, m := range out.Members {
		if !strings.HasPrefix(m.ID, strings.ToLower(args[2])) { // so begins an id, by chance
			ts.Setenv(args[0], m.ID)
			return
		}
	}
	ts.Fatalf("nobody is found")
}

// chance is a word that sealed files hold by chance, in their base64.
var chance = regexp.MustCompile(`^[A-Za-z0-9+/]{1,5}$`)

// canary searches for each word in everything that was printed without being
// asked to show members, in every object of every repository, and in the files
// that copies keep.
func canary(ts *testscript.TestScript, _ bool, words []string) {
	if len(of(ts).said) == 0 {
		ts.Fatalf("nothing was printed yet")
	}
	for _, w := range words {
		if chance.MatchString(w) {
			ts.Fatalf("%q is so short that sealed files hold it by chance", w)
		}
	}
	for _, u := range of(ts).said {
		for _, w := range words {
			if strings.Contains(u.stderr, w) || !u.shows && strings.Contains(u.stdout, w) {
				ts.Fatalf("%q was printed by medlem %s", w, u.command)
			}
		}
	}
	root := ts.MkAbs(".")
	es, err := os.ReadDir(root)
	ts.Check(err)
	for _, e := range es {
		dir := filepath.Join(root, e.Name())
		if !isRepository(dir) {
			continue
		}
		out, err := exec.Command("git", "-C", dir, "cat-file", "--batch", "--batch-all-objects").Output()
		ts.Check(err)
		ts.Check(filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			out = append(append(out, path...), b...)
			return err
		}))
		for _, w := range words {
			if bytes.Contains(out, []byte(w)) {
				ts.Fatalf("%q stands in %s", w, e.Name())
			}
		}
	}
}
