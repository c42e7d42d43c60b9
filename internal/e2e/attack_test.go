package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/slow"
)

// TestAttacks runs the scripts in testdata/attacks, all of them among the slow tests. Each begins with ATTACK, says
// what is at stake and what it proves, has a hostile act refused by its own rule,
// and an honest twin of the act accepted.
//
// The actors are commands: sec (the secretariat), kari (member-officer of
// Asker), astrid (chair of Asker), ola (chair of Kárášjohka), solveig (officer
// of the region Akershus), and ci, which has no identity at all and looks at what
// the server has. What an honest tool would not do is done with forge and
// its helpers (forge_test.go, craft_test.go), which write objects and refs as
// whoever controls the server could.
//
// The server has no hook here: the scripts attack the check and the tools
// themselves. TestHook has the hook.
func TestAttacks(t *testing.T) {
	t.Parallel()
	w := fixture(t)
	all, err := filepath.Glob("testdata/attacks/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var some []string
	for i := 0; i < len(all); i += slow.Number(4, 1, 1) { // package check has attacks of its own
		some = append(some, all[i])
	}
	testscript.Run(t, testscript.Params{
		Files:               some,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			if err := setUp(w, env); err != nil {
				return err
			}
			return os.Remove(filepath.Join(env.Getenv("HOST"), "hooks", "pre-receive"))
		},
		Cmds: attackCmds(),
	})
}

// attackCmds are the commands of the scripts.
func attackCmds() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"sec": actor("sec"), "kari": actor("kari"), "astrid": actor("astrid"), "ola": actor("ola"), "solveig": actor("solveig"), "mallory": actor("mallory"), "ci": ci,
		"forge": forgeCmd, "secret": secretCmd, "newid": newIDCmd, "record": recordCmd, "request": requestCmd, "envelope": envelopeCmd,
		"spoil": spoilCmd, "take": takeCmd, "sub": subCmd, "keyring": keyringCmd, "keyringyaml": keyringYAMLCmd, "tokens": tokensCmd, "officeryaml": officerYAMLCmd,
		"path": pathCmd, "rev": revCmd, "submitted": submittedCmd,
		"offices": officesCmd, "mean": meanCmd, "effect": effectCmd, "paper": paperCmd, "reviewyaml": reviewYAMLCmd, "addto": addToCmd,
		"activity": activityCmd, "lists": listsCmd, "dues": duesCmd, "books": booksCmd, "receipt": receiptCmd, "sendings": sendingsCmd, "sending": sendingCmd, "run": runCmd,
		"keyringref": keyringRefCmd, "answerref": answerRefCmd, "gitref": refCmd,
	}
}

// TestEveryAttackIsTold holds the scripts to their form.
func TestEveryAttackIsTold(t *testing.T) {
	files, err := filepath.Glob("testdata/attacks/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 120 {
		t.Errorf("%d attacks, want at least 120", len(files))
	}
	form := regexp.MustCompile(`\A# ATTACK: .+\n(?:# .+\n)*# At stake: .+\n(?:# .+\n)*# Proves: .+\n(?:# .+\n)*\n`)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		if !form.MatchString(text) {
			t.Errorf("%s: does not begin with ATTACK, At stake and Proves", f)
		}
		refused := regexp.MustCompile(`(?m)^! (?:ci|sec|kari|astrid|ola|solveig) medlem `).MatchString(text)
		accepted := regexp.MustCompile(`(?m)^(?:ci|sec|kari|astrid|ola|solveig) medlem `).MatchString(text)
		said := regexp.MustCompile(`(?m)^(?:stdout|stderr) `).MatchString(text)
		if !refused || !accepted || !said {
			t.Errorf("%s: want a refusal, what it says, and an honest twin", f)
		}
	}
}

// setUp gives a script its own copy of the fixture, and variables: handles
// ($KARI), members' ids and paths ($ASKER1, $ASKER1_PATH), and days.
func setUp(w *world, env *testscript.Env) error {
	c, err := w.copyOf(w.t, env.WorkDir)
	if err != nil {
		return err
	}
	for name, v := range c.vars {
		env.Setenv(name, v)
	}
	// No script goes over midnight: the program would know another day than its variables.
	if left := time.Until(time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)); left < time.Minute {
		time.Sleep(left + time.Second)
	}
	today := register.DayOf(time.Now())
	for name, v := range map[string]string{
		"TODAY": string(today), "YESTERDAY": string(today.Add(-1)), "TOMORROW": string(today.Add(1)), "NEXT_WEEK": string(today.Add(7)),
		"YEAR": today.Year(), "MONTH": string(today.Month()), "LAST_MONTH": string(today.AddMonths(-1).Month()), "IN_3_MONTHS": string(today.AddMonths(3).Month()), "IN_2_YEARS": string(today.AddMonths(24)),
		"HOST": c.host, "MEDLEM": c.bin, "GOGC": garbage, "GOMEMLIMIT": memlimit, "NO_COLOR": "1", "LC_ALL": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
	} {
		env.Setenv(name, v)
	}
	return nil
}

// actor is a command: NAME medlem ARGS… runs medlem with the officer's copy and
// identity.
func actor(who string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		dir := ts.Getenv("WORK")
		medlem(ts, neg, args, "-C", filepath.Join(dir, who), "--as", filepath.Join(dir, who+".key"))
	}
}

// ci medlem ARGS… runs medlem on the server's repository, with no identity and no
// home.
func ci(ts *testscript.TestScript, neg bool, args []string) {
	home := ts.Getenv("HOME")
	ts.Setenv("HOME", "/nonexistent")
	defer ts.Setenv("HOME", home)
	server := ts.Getenv("SERVER") // where the attackers forge in a copy of their own
	if server == "" {
		server = ts.Getenv("HOST")
	}
	medlem(ts, neg, args, "-C", server)
}

func medlem(ts *testscript.TestScript, neg bool, args []string, where ...string) {
	if len(args) == 0 || args[0] != "medlem" {
		ts.Fatalf("want: medlem and its arguments")
	}
	err := ts.Exec(ts.Getenv("MEDLEM"), append(where, args[1:]...)...)
	switch {
	case neg && err == nil:
		ts.Fatalf("should have been refused")
	case !neg && err != nil:
		ts.Fatalf("should have been accepted: %v", err)
	case neg && (!strings.HasPrefix(err.Error(), "exit status ") || err.Error() == "exit status 2"):
		ts.Fatalf("neither accepted nor refused: %v", err) // a wrong flag, or a panic
	}
}
