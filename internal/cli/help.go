package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/medlem-register/medlem/internal/policy"
)

// Help lists commands in the order of the table, not of the alphabet.
func init() { cobra.EnableCommandSorting = false }

// command is what a command says of itself. Texts come translated.
type command struct {
	use      string   // "edit ID"
	short    string   // one line, for the list of commands
	long     string   // what it does
	example  string   // lines of a shell
	codes    string   // the exit codes that it has besides 0 and 2, such as "134"
	findings string   // what exit code 1 means where it is not a refusal
	formats  []string // of --format; nil: text and json
	on       bool     // --on has a meaning
	min, max int      // number of arguments; max -1: any number
	run      func(c *cobra.Command, args []string) error
}

// build makes cobra's command of it.
func (a *app) build(d command) *cobra.Command {
	c := &cobra.Command{
		Use: d.use, Short: d.short, Long: d.long, Example: indent(d.example), RunE: d.run,
		DisableFlagsInUseLine: true,
		Annotations:           map[string]string{annotationCodes: a.exitCodes(d)},
	}
	if c.Long == "" {
		c.Long = d.short
	}
	formats := d.formats
	if formats == nil {
		formats = []string{"text", "json"}
	}
	c.Annotations[annotationFormats] = strings.Join(formats, " ")
	if d.on {
		c.Annotations[annotationOn] = "yes"
	}
	c.Flags().SortFlags = false
	c.Args = func(c *cobra.Command, args []string) error { return a.countArgs(c, d, args) }
	return c
}

const (
	annotationCodes   = "codes"
	annotationFormats = "formats"
	annotationOn      = "on"
)

func (a *app) countArgs(c *cobra.Command, d command, args []string) error {
	hint := a.tr("{{.Command}} --help shows how it is used", "Command", c.CommandPath())
	switch {
	case len(args) < d.min:
		return usageError(a.tr("something is missing: {{.Usage}}", "Usage", c.UseLine()), hint)
	case d.max >= 0 && len(args) > d.max:
		return usageError(a.tr("that is too much: {{.Usage}}", "Usage", c.UseLine()), hint)
	}
	return nil
}

// family makes a command that only has others below it.
func (a *app) family(use, short, long string, below ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Long: long, Args: cobra.ArbitraryArgs, RunE: a.noCommand,
		Annotations: map[string]string{annotationFormats: "text json"}}
	c.SuggestionsMinimumDistance = suggestionDistance
	c.AddCommand(below...)
	return c
}

func (a *app) exitCodes(d command) string {
	lines := []string{"0  " + a.tr("done")}
	for _, code := range "1234" {
		if code != '2' && !strings.ContainsRune(d.codes, code) {
			continue
		}
		var s string
		switch code {
		case '1':
			if s = d.findings; s == "" {
				s = a.tr("the rules do not allow it; nothing has changed")
			}
		case '2':
			s = a.tr("wrong use")
		case '3':
			s = a.tr("something cannot be read or verified, or the server does not answer")
		case '4':
			s = a.tr("cannot be opened: no identity, a wrong passphrase, or no access")
		}
		lines = append(lines, string(code)+"  "+s)
	}
	return strings.Join(lines, "\n")
}

// checkGlobals refuses global flags that mean nothing to the command.
func (a *app) checkGlobals(c *cobra.Command, _ []string) error {
	formats := strings.Fields(c.Annotations[annotationFormats])
	if len(formats) > 0 && !slices.Contains(formats, a.format) {
		return usageError(a.tr("unknown format {{.Format}}", "Format", quote(a.format)),
			a.tr("{{.Command}} has {{.Formats}}", "Command", c.CommandPath(), "Formats", strings.Join(formats, ", ")))
	}
	if a.lang != "" && !slices.Contains(policy.Languages, a.lang) {
		return usageError(a.tr("there is no language {{.Name}}", "Name", quote(a.lang)), a.tr("the languages are {{.Names}}", "Names", strings.Join(catalogued, ", ")))
	}
	if a.on != "" && c.Annotations[annotationOn] == "" {
		return usageError(a.tr("--on has no meaning here: {{.Command}} is about today", "Command", c.CommandPath()), "")
	}
	return nil
}

// helpTemplates sets how help looks: cobra's own words are English only.
func (a *app) helpTemplates(root *cobra.Command) {
	root.SetHelpFunc(func(c *cobra.Command, _ []string) {
		_, _ = a.Stdout.Write([]byte(a.helpText(c)))
	})
	root.SetHelpCommand(&cobra.Command{Use: "help [COMMAND]", Hidden: true, Args: cobra.ArbitraryArgs, RunE: func(_ *cobra.Command, args []string) error {
		c, rest, err := root.Find(args)
		if err != nil || len(rest) > 0 {
			return a.noCommand(root, args)
		}
		return c.Help()
	}})
}

const helpWidth = 78 // characters

func (a *app) helpText(c *cobra.Command) string {
	var b strings.Builder
	b.WriteString(wrap(c.Long, helpWidth, "") + "\n\n")
	use := c.UseLine()
	if c.HasAvailableSubCommands() {
		use = c.CommandPath() + " COMMAND"
	}
	b.WriteString(a.tr("Usage:") + "\n  " + use + "\n")
	if c == c.Root() {
		for _, g := range c.Groups() {
			b.WriteString("\n" + g.Title + "\n")
			a.helpList(&b, c, g.ID)
		}
	} else if c.HasAvailableSubCommands() {
		b.WriteString("\n" + a.tr("Commands:") + "\n")
		a.helpList(&b, c, "")
	}
	if c != c.Root() {
		if s := flagUsages(c.LocalNonPersistentFlags()); s != "" {
			b.WriteString("\n" + a.tr("Flags:") + "\n" + s)
		}
	}
	b.WriteString("\n" + a.tr("Flags of every command:") + "\n" + flagUsages(c.Root().PersistentFlags()))
	if codes := c.Annotations[annotationCodes]; codes != "" {
		b.WriteString("\n" + a.tr("Exit codes:") + "\n" + indent(codes) + "\n")
	}
	if c.Example != "" {
		b.WriteString("\n" + a.tr("Example:") + "\n" + c.Example + "\n")
	}
	if c.HasAvailableSubCommands() {
		b.WriteString("\n" + a.tr("{{.Command}} COMMAND --help says more about each.", "Command", c.CommandPath()) + "\n")
	}
	return b.String()
}

func (a *app) helpList(b *strings.Builder, c *cobra.Command, group string) {
	width := 0
	for _, s := range c.Commands() {
		if s.IsAvailableCommand() {
			width = max(width, len(s.Name()))
		}
	}
	for _, s := range c.Commands() {
		if s.IsAvailableCommand() && s.GroupID == group {
			b.WriteString("  " + s.Name() + strings.Repeat(" ", width-len(s.Name())+2) + s.Short + "\n")
		}
	}
}

// flagUsages lists flags, those of them that are not hidden.
func flagUsages(f *pflag.FlagSet) string {
	if !f.HasAvailableFlags() {
		return ""
	}
	return f.FlagUsagesWrapped(helpWidth)
}

func indent(s string) string {
	if s == "" {
		return ""
	}
	return "  " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n  ")
}

// wrap breaks text into lines of at most width characters, paragraph by
// paragraph; each line begins with the prefix.
func wrap(text string, width int, prefix string) string {
	var out []string
	for _, par := range strings.Split(text, "\n") {
		line := ""
		for _, w := range strings.Fields(par) {
			if line != "" && displayWidth(prefix+line)+1+displayWidth(w) > width {
				out = append(out, prefix+line)
				line = ""
			}
			if line != "" {
				line += " "
			}
			line += w
		}
		out = append(out, strings.TrimRight(prefix+line, " "))
	}
	return strings.Join(out, "\n")
}
