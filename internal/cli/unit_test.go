package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sheet"
)

func english() *app {
	return newApp(Env{Stdin: strings.NewReader(""), Getenv: func(string) string { return "" }}, nil)
}

// TestExplain proves that every error that others define on purpose has its exit
// code, however deep it is wrapped.
func TestExplain(t *testing.T) {
	a := english()
	for _, tt := range []struct {
		err  error
		code int
		hint bool
	}{
		{desk.ErrNoRegister, exitRead, true},
		{desk.ErrNoIdentity, exitOpen, true},
		{desk.ErrNotOfficer, exitOpen, true},
		{desk.ErrGrantEnded, exitOpen, true},
		{desk.ErrNotAllowed, exitRefused, true},
		{desk.ErrSecretariat, exitRefused, false},
		{desk.ErrNoRecord, exitOpen, true},
		{desk.ErrRewound, exitRead, true},
		{desk.ErrWaiting, exitRefused, true},
		{desk.ErrEnded, exitRefused, true},
		{desk.ErrActive, exitRefused, true},
		{desk.ErrAsked, exitRefused, false},
		{desk.ErrHasDraft, exitRefused, true},
		{desk.ErrNoServer, exitRefused, false},
		{desk.ErrNoProposal, exitRefused, true},
		{&desk.NotEmptyError{}, exitRefused, true},
		{&desk.NotEmptyError{Dir: "new"}, exitRefused, true},
		{&fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}, exitRead, true},
		{&fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission}, exitRead, true},
		{&fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, exitRead, true},
		{&desk.ConflictError{Conflict: desk.Conflict{ID: "m4k7q2x5zt3ab", Field: "phone"}}, exitRefused, true},
		{&desk.FaultsError{Faults: []record.Fault{{Field: "born", Msg: "not a date"}}}, exitRefused, false},
		{&desk.FindingsError{Msg: "refused", Report: &check.Report{}}, exitRefused, false},
		{identity.ErrWrongPassphrase, exitOpen, false},
		{identity.ErrNotPassphrase, exitOpen, false},
		{seal.ErrNotReader, exitOpen, true},
		{seal.ErrDamaged, exitRead, false},
		{seal.ErrWrongKey, exitRead, false},
		{gitstore.ErrUnreachable, exitRead, true},
		{gitstore.ErrDenied, exitRead, true},
		{gitstore.ErrNoAtomic, exitRead, true},
		{gitstore.ErrNoRepository, exitRead, true},
		{gitstore.ErrAnswer, exitRead, true},
		{&gitstore.DeniedError{Why: "run ssh-add"}, exitRead, true},
		{&desk.DraftError{Err: gitstore.ErrCorrupt}, exitRead, true},
		{desk.ErrNotes, exitRead, true},
		{gitstore.ErrCorrupt, exitRead, true},
		{gitstore.ErrNotFound, exitRead, false},
		{&gitstore.StaleError{Name: "refs/heads/main"}, exitRead, true},
		{&gitstore.LockedError{Path: "x.lock"}, exitRead, true},
		{&gitstore.RejectedError{Refs: map[string]string{"refs/heads/main": "no"}, Message: "hook says no"}, exitRefused, false},
		{&sheet.Error{Name: "x.xls", Reason: sheet.ErrLegacy, Hint: "save it as .xlsx"}, exitRead, true},
		{check.ErrNoPolicy, exitRead, false},
		{context.Canceled, exitRead, false},
		{errors.New("anything else"), exitRefused, false},
	} {
		f := a.explain(fmt.Errorf("doing something: %w", tt.err))
		if f.code != tt.code || (f.hint != "") != tt.hint || f.msg == "" {
			t.Errorf("%v: code %d, %q, hint %q", tt.err, f.code, f.msg, f.hint)
		}
	}
}

func TestSortKey(t *testing.T) {
	names := []string{"Aasen", "Ærlig", "Øvre", "Åsen", "Zakariassen", "Ängström", "Ösa", "adams", "Édith", "Đorđe", "Olsen"}
	for lang, want := range map[string][]string{
		"nb": {"Aasen", "adams", "Đorđe", "Édith", "Olsen", "Zakariassen", "Ängström", "Ærlig", "Ösa", "Øvre", "Åsen"},
		"sv": {"Aasen", "adams", "Đorđe", "Édith", "Olsen", "Zakariassen", "Åsen", "Ängström", "Ærlig", "Ösa", "Øvre"},
	} {
		got := slices.Clone(names)
		slices.SortFunc(got, func(a, b string) int { return strings.Compare(record.SortKey(lang, a), record.SortKey(lang, b)) })
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", lang, got, want)
		}
	}
}

func TestAge(t *testing.T) {
	for _, tt := range []struct {
		born, day string
		want      int
	}{{"2000-02-29", "2018-02-28", 17}, {"2000-02-29", "2018-03-01", 18}, {"1961-03-07", "2026-03-06", 64}, {"1961-03-07", "2026-03-07", 65}} {
		if got := ageOn(dayOf(tt.born), dayOf(tt.day)); got != tt.want {
			t.Errorf("born %s, on %s: %d, want %d", tt.born, tt.day, got, tt.want)
		}
	}
}

// TestUnknownNumber proves that a number that is not known is neither less, more
// nor equal.
func TestUnknownNumber(t *testing.T) {
	n, ok := plainValue(record.TypeInteger, record.Value{}).(float64)
	if !ok || !math.IsNaN(n) {
		t.Errorf("%v", n)
	}
}

func TestWidth(t *testing.T) {
	for s, want := range map[string]int{"": 0, "Åse": 3, "A\u030ase": 3, "漢字": 4, "Kárášjohka": 10} {
		if got := displayWidth(s); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
	var b strings.Builder
	x := &table{head: []string{"Name", "City"}}
	x.add("Åse", "Asker")
	x.add("Bjørnstjerne", "two\nlines\x1b[31m")
	x.write(&b, "  ")
	if want := "  Name          City\n  Åse           Asker\n  Bjørnstjerne  two / lines [31m\n"; b.String() != want {
		t.Errorf("%q", b.String())
	}
}

func TestWrap(t *testing.T) {
	if got, want := wrap("one two three\n\nfour", 9, "# "), "# one two\n# three\n#\n# four"; got != want {
		t.Errorf("%q", got)
	}
}

// TestOneLine proves that foreign text cannot move a terminal's cursor or look
// like another line.
func TestOneLine(t *testing.T) {
	if got, want := oneLine("a\nb\x1b[2Jc\u202ed\t"), "a;b [2Jc d"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := quote(strings.Repeat("x", 200)); len([]rune(got)) != 63 {
		t.Errorf("%d characters", len([]rune(got)))
	}
}

// TestHelp proves that every command has a line, a paragraph, an example that
// calls it, and exit codes, and that help of the two that CI starts most is
// there without a register.
func TestHelp(t *testing.T) {
	a := english()
	root := a.root()
	n := 0
	for _, c := range root.Commands() {
		for _, s := range append(c.Commands(), c) {
			if s.HasAvailableSubCommands() || s.Name() == "help" || s.Name() == "completion" {
				continue
			}
			n++
			text := a.helpText(s)
			for _, part := range []string{"Usage:", "Exit codes:", "  0  done", "  2  wrong use", "Example:"} {
				if !strings.Contains(text, part) {
					t.Errorf("%s: no %q", s.CommandPath(), part)
				}
			}
			if !strings.Contains(s.Example, s.CommandPath()) || len(s.Long) <= len(s.Short) || strings.HasSuffix(s.Short, ".") {
				t.Errorf("%s: the help is not in form", s.CommandPath())
			}
			for _, line := range strings.Split(text, "\n") {
				if displayWidth(line) > 110 {
					t.Errorf("%s: a line of %d characters", s.CommandPath(), displayWidth(line))
				}
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d commands were looked at", n)
	}
}

// TestWords proves that nothing that officers read speaks of git or encryption.
func TestWords(t *testing.T) {
	a := english()
	for _, g := range a.table() {
		if g.id != forOfficers && g.id != forKeys {
			continue
		}
		for _, c := range g.commands {
			for _, s := range append(c.Commands(), c) {
				text := strings.ToLower(s.Short + " " + s.Long)
				for _, word := range []string{"git", "encrypt", "commit", "branch", "push", "repository", " ref "} {
					if strings.Contains(text, word) {
						t.Errorf("%s says %q", s.Name(), word)
					}
				}
			}
		}
	}
}

func dayOf(s string) register.Day { return register.Day(s) }
