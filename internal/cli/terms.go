package cli

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// termFlags are the flags that say what a grant says.
type termFlags struct {
	office, from, until, meeting, met          string
	position, purpose, task, exception, factor string
	columns, names                             []string
	belongs                                    bool
	documents                                  []string
	reason                                     string
}

func (a *app) termFlags(c *cobra.Command, o *termFlags) {
	f := c.Flags()
	f.StringVar(&o.office, "office", "", a.tr("the `OFFICE` that gives the access"))
	f.StringVar(&o.from, "from", "", a.tr("the first `DAY` (default: today)"))
	f.StringVar(&o.until, "until", "", a.tr("the last `DAY` (default: until it is ended)"))
	f.StringVar(&o.meeting, "meeting", "", a.tr("the kind of meeting that decided it, a `KEY` of the policy"))
	f.StringVar(&o.met, "met", "", a.tr("the `DAY` of that meeting"))
	f.StringVar(&o.position, "position", "", a.tr("her position, a `KEY` of the policy"))
	f.StringVar(&o.purpose, "purpose", "", a.tr("what the access is for, a `KEY` of the policy"))
	f.StringVar(&o.task, "task", "", a.tr("the task that needs the access, a `KEY` of the policy"))
	f.StringSliceVar(&o.columns, "columns", nil, a.tr("the `FIELDS` that the task needs, with commas between"))
	f.StringVar(&o.exception, "exception", "", a.tr("the exception that is made, a `KEY` of the policy"))
	f.StringVar(&o.factor, "factor", "", a.tr("how her identity is protected: `passphrase`, ssh-key or plugin"))
	f.BoolVar(&o.belongs, "belongs", false, a.tr("she is a member of the unit herself"))
	f.StringSliceVar(&o.names, "names", nil, a.tr("the `HANDLES` of all others who keep access to the unit, with commas between, or none"))
	f.StringArrayVar(&o.documents, "document", nil, a.tr("a document that goes with it, `KIND=FILE`; may be given more than once"))
	f.StringVar(&o.reason, "reason", "", a.tr("why, a `TEXT` that is sealed as the document reason"))
}

// terms reads the flags.
func (a *app) terms(o *termFlags) (desk.Terms, error) {
	t := desk.Terms{Office: o.office, Meeting: o.meeting, Position: o.position, Purpose: o.purpose, Task: o.task,
		Exception: o.exception, Factor: o.factor, Belongs: o.belongs, Columns: o.columns}
	var err error
	for _, d := range []struct {
		flag, text string
		to         *register.Day
	}{{"--from", o.from, &t.From}, {"--until", o.until, &t.Until}, {"--met", o.met, &t.Met}} {
		if *d.to, err = a.dayFlag(d.flag, d.text); err != nil {
			return t, err
		}
	}
	if o.names != nil {
		t.Names = []register.Handle{}
	}
	for _, n := range o.names {
		if n == "none" && len(o.names) == 1 {
			break
		}
		h, err := register.ParseHandle(n)
		if err != nil {
			return t, usageError(err.Error(), a.tr("medlem access shows the handles"))
		}
		t.Names = append(t.Names, h)
	}
	return t, nil
}

// said tells whether any of the flags was given, but for documents.
func (o *termFlags) said() bool {
	return o.office+o.from+o.until+o.meeting+o.met+o.position+o.purpose+o.task+o.exception+o.factor != "" || o.belongs || o.columns != nil || o.names != nil
}

// documents reads the files of --document and the text of --reason.
func (a *app) documents(named []string, reason string) ([]*desk.Document, error) {
	var out []*desk.Document
	for _, n := range named {
		kind, path, ok := strings.Cut(n, "=")
		if !ok || kind == "" || path == "" {
			return nil, usageError(a.tr("--document: not understood"), a.tr("write it as --document KIND=FILE"))
		}
		b, err := readFile(path, seal.DocumentLimit)
		if err != nil {
			return nil, err
		}
		d, err := desk.NewDocument(kind, strings.TrimPrefix(filepath.Ext(path), "."), b)
		if err != nil {
			return nil, usageError(err.Error(), "")
		}
		out = append(out, d)
	}
	if reason = strings.TrimSpace(reason); reason != "" {
		d, err := desk.NewDocument(policy.NeedReason, "txt", []byte(reason))
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// explainGrant explains why desk did not make a grant of what it was told.
func (a *app) explainGrant(err error) *failure {
	var term *desk.TermError
	var replace *desk.ReplaceError
	switch {
	case errors.As(err, &term):
		return a.explainTerm(term)
	case errors.As(err, &replace) && len(replace.Unlisted) > 0:
		return &failure{exitRefused, a.tr("the grant lists everyone who keeps access, and does not list {{.Handles}}", "Handles", joined(replace.Unlisted)),
			a.tr("--replace ends their access in the same step; otherwise the appointment must list them")}
	case errors.As(err, &replace):
		return &failure{exitRefused, a.tr("the office has no free seat; it is held by {{.Handles}}", "Handles", joined(replace.Full)),
			a.tr("--replace ends the access of whoever holds it in the same step; --end HANDLE that of one")}
	case errors.Is(err, desk.ErrUnprotected):
		return &failure{exitRefused, a.tr("the secretariat's office asks that your identity is protected"), a.tr("protect it: medlem key passphrase; or state how it is: --factor KIND")}
	case errors.Is(err, desk.ErrFirstDayPast):
		return &failure{exitRefused, a.tr("the first day of the appointment has passed, and it was not taken in before that"), a.tr("begin it anew with a later --from; an appointment can be taken in before all is there, and waits for the rest")}
	case errors.Is(err, desk.ErrReasonShort):
		return &failure{exitRefused, a.tr("the reason is too short to say anything: at least 20 characters"), ""}
	case errors.Is(err, desk.ErrReasonSame):
		return &failure{exitRefused, a.tr("the reason is word for word that of another grant in this unit"), a.tr("say why for this one: --reason TEXT")}
	}
	return nil
}

func (a *app) explainTerm(e *desk.TermError) *failure {
	choices := strings.Join(e.Choices, ", ")
	flag := "--" + e.Term
	switch {
	case e.Term == "member" && e.Given:
		return &failure{exitRefused, a.tr("there is no member of that id in the unit"), a.tr("the office asks that she belongs to the unit herself")}
	case e.Term == "member":
		return &failure{exitUsage, a.tr("this office asks that she is a member of the unit herself: --member ID"), a.tr("the id is compared with the register and not kept")}
	case e.Term == "belongs":
		return &failure{exitUsage, a.tr("this office asks that she is a member of the unit herself: --belongs"), a.tr("where she is not, an exception of the policy may allow it: --exception KEY")}
	case e.Term == "names":
		return &failure{exitUsage, a.tr("this office lists everyone who keeps access to the unit: --names HANDLES, or --names none"), a.tr("these have access today: {{.Handles}}", "Handles", choices)}
	case e.Latest != "" && e.Given:
		return &failure{exitUsage, a.tr("{{.Flag}}: later than this office allows", "Flag", flag), a.tr("at the latest {{.Day}}", "Day", e.Latest)}
	case e.Latest != "":
		return &failure{exitUsage, a.tr("this office asks for {{.Flag}}", "Flag", flag), a.tr("at the latest {{.Day}}", "Day", e.Latest)}
	case e.Given && choices == "":
		return &failure{exitUsage, a.tr("{{.Flag}}: this office has none", "Flag", flag), ""}
	case e.Given:
		return &failure{exitUsage, a.tr("{{.Flag}}: not one that this office takes", "Flag", flag), a.tr("one of {{.Choices}}", "Choices", choices)}
	case choices != "":
		return &failure{exitUsage, a.tr("this office asks for {{.Flag}}", "Flag", flag), a.tr("one of {{.Choices}}", "Choices", choices)}
	}
	return &failure{exitUsage, a.tr("this office asks for {{.Flag}}", "Flag", flag), ""}
}

func joined[T ~string](list []T) string {
	var out []string
	for _, x := range list {
		out = append(out, string(x))
	}
	return strings.Join(out, ", ")
}
