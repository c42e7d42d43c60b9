package cli

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sheet"
)

type importOptions struct {
	unit     string
	dryRun   bool
	onlyGood bool
	rest     string
	update   bool
	keep     bool     // possible duplicates are persons of their own
	ignore   []string // columns
	columns  []string // Heading=field
	forget   bool     // the mapping of the last time

	encoding, separator string // of a text file
	passwordFD          int    // of a protected list; -1: asked for
}

func (a *app) importCommand() *cobra.Command {
	var o importOptions
	c := a.build(command{
		use:   "import FILE",
		short: a.tr("take in a list of members"),
		long: a.tr("Reads a list (.xlsx, .ods, .csv or address cards), protected by a password or not, finds out what its columns hold by their headings, and shows what it understood. " +
			"Every row is compared with the register: it is new, changed, the same, a possible duplicate, or has a fault. New rows are entered as members of the unit, and those that are there already are left as they are; with --update, what the list says otherwise of them is taken. " +
			"If any row has a fault or may be a duplicate, nothing is entered, and each is listed with its row, its column and the way out. " +
			"With --only-good and --rest, the good rows are entered and the others are written to a new file, with the fault beside each, to be mended and imported again; it has the password of the list, if the list has one."),
		example:  "medlem import members.xlsx --unit asker --only-good --rest to-mend.xlsx",
		codes:    "134",
		findings: a.tr("rows have faults, or the rules do not allow it; nothing was entered"),
		min:      1, max: 1,
		run: func(c *cobra.Command, args []string) error { return a.importList(c.Context(), args[0], o) },
	})
	f := c.Flags()
	f.StringVar(&o.unit, "unit", "", a.tr("the `UNIT` that they are members of"))
	f.BoolVar(&o.dryRun, "dry-run", false, a.tr("only show what would happen"))
	f.BoolVar(&o.update, "update", false, a.tr("take what the list says otherwise of members who are there"))
	f.BoolVar(&o.keep, "keep-duplicates", false, a.tr("enter possible duplicates as persons of their own"))
	f.BoolVar(&o.onlyGood, "only-good", false, a.tr("enter the rows without faults"))
	f.StringVar(&o.rest, "rest", "", a.tr("with --only-good: write the other rows to this new `FILE`, an .xlsx"))
	f.IntVar(&o.passwordFD, "password-fd", -1, a.tr("read the password of a protected list from this file descriptor `N`"))
	f.StringArrayVar(&o.columns, "column", nil, a.tr("what a column holds, `HEADING=FIELD`, by its heading or its letter; may be given more than once, and is remembered"))
	f.StringArrayVar(&o.ignore, "ignore", nil, a.tr("leave out this `COLUMN`, by its heading or its letter; may be given more than once, and is remembered"))
	f.BoolVar(&o.forget, "forget-mapping", false, a.tr("forget what was said of the columns of such a list before"))
	f.StringVar(&o.encoding, "encoding", "", a.tr("the `ENCODING` of the letters, where a text file leaves it in doubt"))
	f.StringVar(&o.separator, "separator", "", a.tr("the `SIGN` between the columns, where a text file leaves it in doubt"))
	f.Lookup("password-fd").DefValue = "0" // not to be shown
	return c
}

// check refuses flags that do not fit together.
func (o *importOptions) check(a *app) error {
	switch {
	case o.unit == "":
		return usageError(a.tr("say which unit they are members of: --unit UNIT"), "")
	case o.onlyGood && o.rest == "" && !o.dryRun:
		return usageError(a.tr("--only-good needs --rest FILE, where the rows with faults go"), "")
	case o.rest != "" && !o.onlyGood:
		return usageError(a.tr("--rest belongs to --only-good"), "")
	case o.encoding != "" && !slices.Contains(sheet.Encodings(), o.encoding):
		return usageError(a.tr("--encoding: not one that is known"), a.tr("write one of {{.Names}}", "Names", strings.Join(sheet.Encodings(), ", ")))
	case o.separator != "" && !slices.Contains([]string{";", ",", "|", "\t", "tab"}, o.separator):
		return usageError(a.tr("--separator: not one that is known"), a.tr("write one of {{.Names}}", "Names", "; , | tab"))
	case o.rest != "" && strings.ToLower(filepath.Ext(o.rest)) != ".xlsx":
		return usageError(a.tr("--rest: the file is a workbook; let its name end in .xlsx"), "")
	}
	return nil
}

func (a *app) importList(ctx context.Context, path string, o importOptions) error {
	if err := o.check(a); err != nil {
		return err
	}
	return a.at(withKey, func(s *session) error {
		u, err := s.unit(o.unit)
		if err != nil {
			return err
		}
		l := &list{session: s, unit: u}
		if err := l.read(path, o); err != nil {
			return err
		}
		if err := l.recognise(o); err != nil {
			return err
		}
		if len(l.faults) == 0 {
			if !o.dryRun {
				if err := s.Prepare(ctx); err != nil {
					return err
				}
			}
			l.results = l.mapping.Results(l.table, s.Policy())
			if err := l.judge(o); err != nil {
				return err
			}
		}
		return l.enter(ctx, o)
	})
}

// list is a list on its way into the register.
type list struct {
	*session
	unit       register.UnitID
	table      *sheet.Table
	password   string // of a protected list
	mapping    *sheet.Mapping
	remembered bool          // what was said of its columns before counts
	faults     []sheet.Fault // of the list as a whole
	results    []sheet.Result
	rows       []judged // of each result
	compared   []int    // the places of the results that were compared with the register
	sums       sums
}

// read reads the file, and refuses a template of another unit.
func (l *list) read(path string, o importOptions) error {
	b, err := readFile(path, sheet.FileLimit)
	if err != nil {
		return err
	}
	how := sheet.Options{Encoding: o.encoding, Password: func() (string, error) {
		var err error
		l.password, err = l.listPassword(o.passwordFD)
		return l.password, err
	}}
	switch o.separator {
	case "":
	case "tab":
		how.Separator = '\t'
	default:
		how.Separator = o.separator[0]
	}
	if l.table, err = sheet.ReadWith(filepath.Base(path), b, how); err != nil {
		return err
	}
	if t := l.table.Origin; t != nil && t.Unit != l.unit {
		return refused(l.tr("this is the template of another unit: {{.Unit}}", "Unit", unitName(l.Policy(), t.Unit)),
			l.tr("import it there, --unit {{.Its}}; or copy its rows into a template of this unit: medlem template --unit {{.This}}", "Its", t.Unit, "This", l.unit))
	}
	return nil
}

// recognise finds out what the columns hold, by what was said of them now and the
// last time.
func (l *list) recognise(o importOptions) error {
	said, err := l.said(o)
	if err != nil {
		return err
	}
	before, err := l.saidBefore(o)
	if err != nil {
		return err
	}
	l.remembered = len(before) > 0
	for heading, field := range before {
		if _, again := said[heading]; !again {
			said[heading] = field
		}
	}
	l.mapping, l.faults = sheet.RecogniseAs(l.table, l.Policy(), said)
	for _, name := range l.mapping.Unused {
		if _, old := before[name]; !old {
			return usageError(l.tr("the list has no column {{.Name}}", "Name", quote(name)), l.tr("name it by its heading or its letter, as --dry-run shows them"))
		}
	}
	return nil
}
