// Package cli is the command line: it reads flags, asks where somebody is there
// to answer, calls desk and check, and says in words what came of it.
//
// Use Main, with OSEnv for a real program and an Env of one's own in tests and
// wherever commands are run in process. Every command is a file, and a line in
// the table of commands.
//
// What a command was asked for goes to Stdout, and it alone may hold personal
// data. Errors, warnings, questions and progress go to Stderr and never quote a
// record, nor what somebody typed as a field's value. Officers read neither
// "git" nor "encryption" there: the words are register, server, draft, proposal.
package cli

import (
	"bufio"
	"context"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/policy"
)

// Main runs one command and returns its exit code: 0 done, 1 refused by the
// rules, 2 wrong use, 3 cannot read or verify, 4 cannot open.
func Main(ctx context.Context, args []string, env Env) int {
	a := newApp(env, args)
	a.stop = ctx.Done()
	defer a.wipe()
	defer a.close()
	root := a.root()
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		return a.report(err)
	}
	return exitDone
}

// app is one run of the program.
type app struct {
	Env
	texts  *texts
	chosen bool           // a person chose the language; it is not the organisation's to set
	policy *policy.Policy // of the register that was opened last; nil before
	in     *bufio.Reader
	stop   <-chan struct{} // closed when the program is to end

	dir          string // -C
	as           string // --as
	on           string // --on
	typed        string // --today
	format       string // --format
	lang         string // --lang
	passphraseFD int    // --passphrase-fd

	passphrases *bufio.Reader // of passphraseFD, once opened
	secrets     [][]byte      // passphrases that were typed, to wipe
	progressing bool          // a line of progress stands on the terminal
	begun       bool          // the beginning of a result in JSON is printed
	opened      []io.Closer   // what states read from as long as the program runs
}

func newApp(env Env, args []string) *app {
	a := &app{Env: env, in: bufio.NewReader(env.Stdin)}
	lang, chosen := language(env.Getenv, args)
	a.texts, a.chosen = newTexts(lang), chosen
	return a
}

// close closes what was opened for the whole run.
func (a *app) close() {
	for _, c := range a.opened {
		c.Close() // it was only read from
	}
}

// wipe is a courtesy: the garbage collector may have copied what it wipes.
func (a *app) wipe() {
	for _, s := range a.secrets {
		clear(s)
	}
}

// The groups of the commands in help, by who uses them.
const (
	forOfficers    = "officers"
	forSecretariat = "secretariat"
	forEverybody   = "everybody"
	forAccess      = "appointments"
	forKeys        = "keys"
	forTrying      = "trying"
)

// table returns the commands in the order in which help lists them, by group.
func (a *app) table() []group {
	return []group{
		{forOfficers, a.tr("For officers"), []*cobra.Command{
			a.cloneCommand(), a.syncCommand(), a.listCommand(), a.findCommand(), a.showCommand(), a.countCommand(), a.reportCommand(), a.labelsCommand(), a.lettersCommand(), a.pageCommand(),
			a.addCommand(), a.editCommand(), a.moveCommand(), a.closeCommand(), a.reopenCommand(), a.importCommand(), a.templateCommand(), a.missingCommand(),
			a.drawCommand(), a.activityCommand(), a.mailCommand(), a.smsCommand(), a.outboxCommand(), a.sendingsCommand(), a.introduceCommand(),
			a.statusCommand(), a.undoCommand(), a.submitCommand(),
		}},
		{forSecretariat, a.tr("For the secretariat"), []*cobra.Command{
			a.initCommand(), a.inboxCommand(), a.reviewCommand(), a.mergeCommand(), a.rejectCommand(), a.welcomeCommand(),
			a.grantCommand(), a.revokeCommand(), a.evidenceCommand(), a.controlCommand(), a.dueCommand(), a.breachCommand(), a.rekeyCommand(), a.identityCommand(), a.recoverCommand(), a.retentionCommand(), a.duesCommand(), a.eraseCommand(), a.policyCommand(), a.siteCommand(), a.backupCommand(), a.restoreCommand(), a.doctorCommand(),
		}},
		{forEverybody, a.tr("For everybody, without a key"), []*cobra.Command{
			a.checkCommand(), a.verifyCommand(), a.accessCommand(), a.subjectCommand(), a.erasureCommand(), a.versionCommand(), a.hookCommand(),
		}},
		{forAccess, a.tr("Appointments"), []*cobra.Command{a.appointCommand(), a.appointmentCommand(), a.signCommand(), a.guideCommand()}},
		{forKeys, a.tr("Your own key"), []*cobra.Command{a.keyCommand(), a.rotateCommand()}},
		{forTrying, a.tr("Trying it out"), trying(a)},
	}
}

// trying returns the commands that show what the register is like.
func trying(a *app) []*cobra.Command { return []*cobra.Command{a.demoCommand()} }

type group struct {
	id, title string
	commands  []*cobra.Command
}

// root is the command medlem itself.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "medlem",
		Short: a.tr("A membership register for associations with branches"),
		Long: a.tr("A membership register for associations with branches. Each officer sees the members of her own part of the organisation, " +
			"corrects them on her own computer, and sends her changes to the secretariat, which takes them in. " +
			"The server that keeps the register can read none of it."),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          a.noCommand,
	}
	root.SuggestionsMinimumDistance = suggestionDistance
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetFlagErrorFunc(a.flagError)
	root.PersistentPreRunE = a.checkGlobals
	a.globals(root)
	for _, g := range a.table() {
		if len(g.commands) == 0 {
			continue
		}
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, c := range g.commands {
			c.GroupID = g.id
			root.AddCommand(c)
		}
	}
	a.helpTemplates(root)
	return root
}

func (a *app) globals(root *cobra.Command) {
	f := root.PersistentFlags()
	f.SortFlags = false
	f.StringVarP(&a.dir, "dir", "C", "", a.tr("the `FOLDER` of the register (default: the nearest one from here upwards)"))
	f.StringVar(&a.as, "as", "", a.tr("your identity `FILE` (default: $MEDLEM_IDENTITY, then identity.age in your settings folder)"))
	f.StringVar(&a.on, "on", "", a.tr("answer for another `DATE`, YYYY-MM-DD"))
	f.StringVar(&a.typed, "today", "", a.tr("the present `DATE`, typed by you: where this computer's clock and the register are far apart"))
	f.StringVar(&a.format, "format", "text", a.tr("`FORMAT` of the output: text (the default) or json; for check also github, gitlab, sarif"))
	f.StringVar(&a.lang, "lang", "", a.tr("`LANGUAGE` of the output: sv, da, nb or en"))
	f.IntVar(&a.passphraseFD, "passphrase-fd", -1, a.tr("read passphrases, one a line, from this file descriptor `N`"))
	f.Lookup("format").DefValue, f.Lookup("passphrase-fd").DefValue = "", "0" // not to be shown: the texts say it
	f.BoolP("help", "h", false, a.tr("show this help"))
}

// noCommand answers a call that names no command that there is.
func (a *app) noCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 && c == c.Root() {
		return a.homePage(c)
	}
	if len(args) == 0 {
		return c.Help()
	}
	hint := a.tr("{{.Command}} --help lists the commands", "Command", c.CommandPath())
	if s := c.SuggestionsFor(args[0]); len(s) > 0 {
		hint = a.tr("did you mean {{.Command}}?", "Command", c.CommandPath()+" "+s[0])
	}
	return usageError(a.tr("there is no command {{.Name}}", "Name", quote(args[0])), hint)
}

// suggestionDistance is by how many letters a mistyped command may differ from
// the one that is suggested.
const suggestionDistance = 2

// quote bounds and quotes what somebody typed as a name of something. It is not
// for values of fields, which no message repeats.
func quote(s string) string {
	const limit = 60 // characters
	r := []rune(s)
	if len(r) > limit {
		s = string(r[:limit]) + "…"
	}
	return `"` + strings.Map(printable, s) + `"`
}

// workDir is the folder that relative paths begin from.
func workDir() string {
	d, err := os.Getwd()
	if err != nil {
		return "."
	}
	return d
}
