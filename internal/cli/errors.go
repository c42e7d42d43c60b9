package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sheet"
)

// The exit codes, as every command's help lists them.
const (
	exitDone    = 0
	exitRefused = 1 // findings, or the rules say no
	exitUsage   = 2
	exitRead    = 3 // cannot read or verify
	exitOpen    = 4 // cannot open: no identity, wrong passphrase, no access
)

// failure is an error with its exit code and the way out. Main prints nothing
// where msg is empty: the command has said what is wrong.
type failure struct {
	code      int
	msg, hint string
}

func (f *failure) Error() string { return f.msg }

func usageError(msg, hint string) error { return &failure{exitUsage, msg, hint} }

func refused(msg, hint string) error { return &failure{exitRefused, msg, hint} }

// hintError is an error with another way out beside its own.
type hintError struct {
	error
	hint string
}

func (e *hintError) Unwrap() error { return e.error }

// errFindings ends a command whose output already says what is wrong.
var errFindings = &failure{code: exitRefused}

// report prints an error, one line, and the way out where there is one, and
// returns the exit code.
func (a *app) report(err error) int {
	a.endProgress()
	if errors.Is(err, desk.ErrNothing) {
		return a.nothing()
	}
	if a.begun {
		fmt.Fprint(a.Stdout, "\n}\n")
	}
	f := a.explain(err)
	if f.msg != "" {
		fmt.Fprintf(a.Stderr, "%s %s\n", a.tr("error:"), oneLine(f.msg))
	}
	if f.hint != "" {
		a.hint(f.hint)
	}
	if he := (*hintError)(nil); errors.As(err, &he) {
		a.hint(he.hint)
	}
	if fe := (*desk.FindingsError)(nil); errors.As(err, &fe) {
		_ = WriteReport(a.Stderr, fe.Report, "text", ReportOptions{})
	}
	if fe := (*desk.FaultsError)(nil); errors.As(err, &fe) && len(fe.Faults) > 1 {
		for i := range fe.Faults {
			name, msg, hint := a.fieldFault(&fe.Faults[i])
			fmt.Fprintf(a.Stderr, "  %s: %s\n", name, msgAndHint(msg, hint))
		}
	}
	return f.code
}

// nothing says that what was asked for is so already. That is no error: whoever
// repeats an interrupted command comes here.
func (a *app) nothing() int {
	err := a.result(struct {
		Nothing bool `json:"nothing"`
	}{true}, func(w io.Writer) { fmt.Fprintln(w, a.tr("There is nothing to do.")) })
	if err != nil {
		return exitRead
	}
	return exitDone
}

// warn prints something that does not stop the command.
func (a *app) warn(msg, hint string) {
	a.endProgress()
	fmt.Fprintf(a.Stderr, "%s %s\n", a.tr("warning:"), oneLine(msg))
	if hint != "" {
		a.hint(hint)
	}
}

// hint prints a way out.
func (a *app) hint(s string) { fmt.Fprintf(a.Stderr, "%s %s\n", a.tr("hint:"), oneLine(s)) }

// note prints something that is good to know.
func (a *app) note(msg string) {
	a.endProgress()
	fmt.Fprintln(a.Stderr, oneLine(msg))
}

// explain turns any error into one line, the way out, and an exit code.
func (a *app) explain(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	if f := a.explainDesk(err); f != nil {
		return f
	}
	if f := a.explainAct(err); f != nil {
		return f
	}
	if f := a.explainGrant(err); f != nil {
		return f
	}
	if f := a.explainEffect(err); f != nil {
		return f
	}
	if f := a.explainControl(err); f != nil {
		return f
	}
	if f := a.explainLost(err); f != nil {
		return f
	}
	if f := a.explainRun(err); f != nil {
		return f
	}
	if f := a.explainRights(err); f != nil {
		return f
	}
	if f := a.explainDraw(err); f != nil {
		return f
	}
	if f := a.explainSending(err); f != nil {
		return f
	}
	if f := a.explainIntroduction(err); f != nil {
		return f
	}
	if f := a.explainActivity(err); f != nil {
		return f
	}
	if f := a.explainDues(err); f != nil {
		return f
	}
	if f := a.explainSent(err); f != nil {
		return f
	}
	if f := a.explainStore(err); f != nil {
		return f
	}
	return &failure{exitRefused, err.Error(), ""}
}

// explainDesk explains what desk refuses.
func (a *app) explainDesk(err error) *failure {
	var findings *desk.FindingsError
	var faults *desk.FaultsError
	var conflict *desk.ConflictError
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case errors.As(err, &findings):
		return &failure{exitRefused, findings.Msg, ""}
	case errors.As(err, &faults):
		return a.explainFaults(strings.TrimSuffix(err.Error(), faults.Error()), faults.Faults)
	case errors.As(err, &conflict):
		c := conflict.Conflict
		return &failure{exitRefused,
			a.tr("{{.ID}}: the field {{.Field}} was changed both here and in the proposal", "ID", c.ID, "Field", quote(c.Field)),
			a.tr("say which counts: --take {{.Field}}=proposal or --take {{.Field}}=main", "Field", string(c.ID)+"."+c.Field)}
	case is(desk.ErrNoRegister):
		return &failure{exitRead, a.tr("there is no register here"), a.tr("go to its folder, or name it: medlem -C FOLDER …")}
	case is(desk.ErrNoIdentity):
		return &failure{exitOpen, a.tr("this needs your identity file"), a.tr("name it with --as FILE; medlem key new makes one")}
	case is(desk.ErrNotOfficer):
		return &failure{exitOpen, a.tr("this register does not know your identity"), a.tr("send the secretariat what medlem key show prints")}
	case is(desk.ErrGrantEnded):
		return &failure{exitOpen, a.tr("you have no access to this register today"), a.tr("ask the secretariat")}
	case is(desk.ErrSecretariat):
		return &failure{exitRefused, a.tr("only the secretariat can do this"), ""}
	case is(desk.ErrNotAllowed):
		return &failure{exitRefused, err.Error(), a.tr("medlem access shows what each office reaches; ask the secretariat")}
	case is(desk.ErrNoRecord):
		return &failure{exitOpen, a.tr("there is no such member among those that you may read"), a.tr("medlem find NAME shows the ids")}
	case errors.As(err, new(*desk.DraftError)):
		return &failure{exitRead, err.Error(), a.tr("medlem doctor says what is damaged; medlem undo --all drops the draft")}
	case is(desk.ErrNotes):
		return &failure{exitRead, err.Error(), a.makeAnew()}
	case is(desk.ErrRewound):
		return &failure{exitRead, a.tr("the server's register has gone backwards; what you have here stays as it is"), a.tr("tell the secretariat")}
	}
	return nil
}

// explainAct explains why desk did not do something to a record, a draft or a
// proposal.
func (a *app) explainAct(err error) *failure {
	var declared *desk.DeclaredError
	var gone *desk.DissolvedError
	var full *desk.NotEmptyError
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case is(desk.ErrWaiting):
		return &failure{exitRefused, a.tr("a change of this member waits for the secretariat"), a.tr("wait for the answer, or take it back: medlem undo --submitted")}
	case is(desk.ErrEnded):
		return &failure{exitRefused, a.tr("this membership has ended already"), a.tr("medlem reopen takes it up again")}
	case errors.As(err, &gone):
		return &failure{exitRefused, a.tr("{{.Unit}} is dissolved since {{.Day}}: nothing new comes into it", "Unit", string(gone.Unit), "Day", gone.Since), a.tr("name another unit; policies/organisation.yaml says which are no more")}
	case is(desk.ErrNotTogether):
		return &failure{exitRefused, a.tr("some of these memberships have ended already, or are another office's to end"), a.tr("nothing was changed; name those apart, in another command")}
	case is(desk.ErrActive):
		return &failure{exitRefused, a.tr("this is an active membership; only closed records are erased"), a.tr("close it first: medlem close ID --reason KEY --erase-now")}
	case is(desk.ErrAsked):
		return &failure{exitRefused, a.tr("you have asked for this already; it waits for the secretariat"), ""}
	case is(desk.ErrHasDraft):
		return &failure{exitRefused, a.tr("you have a draft"), a.tr("send it first (medlem submit), or take it back (medlem undo)")}
	case is(desk.ErrNoServer):
		return &failure{exitRefused, a.tr("this register has no server"), ""}
	case is(desk.ErrNoProposal):
		return &failure{exitRefused, a.tr("no proposal of that number waits"), a.tr("medlem inbox lists those that do")}
	case is(desk.ErrEvidence):
		return &failure{exitRefused, a.tr("the proposal brings documents, which come in with the secretariat's own command only"), a.tr("refuse it, and ask for the appointment file: medlem grant --appointment FILE")}
	case errors.As(err, &declared):
		return &failure{exitRefused, a.tr("the proposal does not say truly which fields it changes: {{.Reason}}", "Reason", a.notDeclared(declared)), a.tr("refuse it; whoever made it should do it again with medlem")}
	case errors.As(err, &full) && full.Dir == "":
		return &failure{exitRefused, a.tr("the server's repository is not empty"), a.tr("a register begins in an empty one")}
	case errors.As(err, &full):
		return &failure{exitRefused, a.tr("the folder {{.Path}} is not empty", "Path", full.Dir), a.tr("choose a new folder")}
	case is(desk.ErrBulkClosed):
		return &failure{exitRefused, a.tr("whole lists are no longer taken in"), a.tr("enter new members one by one: medlem add --unit UNIT")}
	}
	return nil
}

// explainStore explains what identities, servers and files refuse.
func (a *app) explainStore(err error) *failure {
	var rejected *gitstore.RejectedError
	var stale *gitstore.StaleError
	var locked *gitstore.LockedError
	var list *sheet.Error
	var denied *gitstore.DeniedError
	var file *fs.PathError
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case is(syscall.ENOSPC), is(syscall.EDQUOT):
		return &failure{exitRead, a.tr("the disk is full; what the register held before is as it was"), a.tr("make room, and do it again")}
	case is(identity.ErrWrongPassphrase):
		return &failure{exitOpen, a.tr("the passphrase does not open your identity file"), ""}
	case is(identity.ErrNotPassphrase):
		return &failure{exitOpen, err.Error(), ""}
	case is(seal.ErrNotReader):
		return &failure{exitOpen, a.tr("your identity does not open this part of the register"), a.tr("run medlem sync; if that does not help, ask the secretariat")}
	case is(gitstore.ErrUnreachable):
		return &failure{exitRead, a.tr("the server does not answer"), a.tr("try again later; what you have done is kept in your draft")}
	case is(gitstore.ErrNoRepository):
		return &failure{exitRead, a.tr("there is no register at the server's address"), a.tr("is the disk or the network there? what you have done is kept in your draft")}
	case errors.As(err, &denied):
		return &failure{exitRead, a.tr("the server does not let you in"), denied.Why}
	case is(gitstore.ErrDenied):
		return &failure{exitRead, a.tr("the server does not let you in"), a.tr("ask whoever keeps the server")}
	case is(gitstore.ErrAnswer):
		return &failure{exitRead, a.tr("the server answers otherwise than it should: {{.Reason}}", "Reason", answerOf(err)), a.tr("is there a sign-in page of the network in between? what you have done is kept in your draft")}
	case errors.As(err, &rejected):
		if rejected.Locked() {
			return &failure{exitRead, a.tr("the server is held by a lock: another program is writing there, or one that was ended left it"), a.tr("do it again in a moment; if that does not help within ten minutes: medlem doctor --repair")}
		}
		msg := rejected.Message
		if msg == "" {
			msg = err.Error()
		}
		return &failure{exitRefused, a.tr("the server refused this: {{.Reason}}", "Reason", msg), ""}
	case errors.As(err, &stale):
		return &failure{exitRead, a.tr("somebody else changed the register at the same moment"), a.tr("do it again")}
	case errors.As(err, &locked):
		return &failure{exitRead, a.tr("another program is changing this register"), a.tr("wait until it has ended, then do it again")}
	case is(gitstore.ErrNoAtomic):
		return &failure{exitRead, a.tr("this server cannot take in several things as one, which a register needs"), a.tr("ask whoever keeps the server to set receive.advertiseAtomic")}
	case errors.As(err, &list):
		return a.explainList(list)
	case is(gitstore.ErrCorrupt):
		return &failure{exitRead, err.Error(), a.tr("medlem doctor says what is damaged, and what mends it")}
	case is(check.ErrNoPolicy), is(check.ErrNotDescendant), is(gitstore.ErrNotFound), is(gitstore.ErrIncomplete),
		is(gitstore.ErrUnsupported), is(gitstore.ErrReadOnly), is(seal.ErrDamaged), is(seal.ErrWrongKey):
		return &failure{exitRead, err.Error(), ""}
	case is(context.Canceled):
		return &failure{exitRead, a.tr("stopped; nothing was changed, or medlem sync shows what was"), ""}
	case errors.As(err, &file) && is(fs.ErrNotExist):
		return &failure{exitRead, a.tr("there is no file or folder {{.Path}}", "Path", quote(file.Path)), a.tr("is the name right, letter by letter, and are you in the right folder?")}
	case errors.As(err, &file) && is(fs.ErrPermission):
		return &failure{exitRead, a.tr("you may not read or write {{.Path}}", "Path", quote(file.Path)), a.tr("choose another place, or ask whoever keeps this computer")}
	case is(fs.ErrNotExist), is(fs.ErrPermission), is(fs.ErrExist), errors.As(err, new(*fs.PathError)), errors.As(err, new(*os.SyscallError)):
		return &failure{exitRead, err.Error(), ""}
	}
	return nil
}

// answerOf is what a server said instead of an answer.
func answerOf(err error) string {
	_, said, _ := strings.Cut(err.Error(), gitstore.ErrAnswer.Error()+": ")
	return said
}

// makeAnew is the way out where a copy is of no use any more.
func (a *app) makeAnew() string {
	return a.tr("Make the copy anew: medlem clone")
}

// flagError says what is wrong with a flag without repeating its value, which
// may be a member's.
func (a *app) flagError(c *cobra.Command, err error) error {
	hint := a.tr("{{.Command}} --help shows how it is used", "Command", c.CommandPath())
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return usageError(a.tr("there is no flag {{.Name}}", "Name", dashed(unknown.GetSpecifiedName())), hint)
	case errors.As(err, &missing):
		return usageError(a.tr("the flag {{.Name}} needs a value", "Name", dashed(missing.GetSpecifiedName())), hint)
	case errors.As(err, &invalid):
		return usageError(a.tr("the flag {{.Name}} has a value that it cannot have", "Name", dashed(invalid.GetFlag().Name)), hint)
	}
	return usageError(a.tr("the flags cannot be read"), hint)
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + strings.Map(printable, name)
}

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return '?'
}

// oneLine keeps foreign text from moving a terminal's cursor or adding lines.
func oneLine(s string) string {
	s = strings.TrimSpace(s)
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return ';'
		case unicode.IsPrint(r):
			return r
		}
		return ' '
	}, s)
}
