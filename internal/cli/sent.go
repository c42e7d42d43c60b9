package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/intake"
	"github.com/medlem-register/medlem/internal/record"
)

// What members send from their own pages, and strangers from a joining form, comes
// as files, which `medlem inbox add` takes in.

func (a *app) inboxAddCommand() *cobra.Command {
	var sms, unit string
	c := a.build(command{
		use:   "add FILE...",
		short: a.tr("take in what members and strangers have sent"),
		long: a.tr("Opens files that came from members' own pages and from joining forms, proves that a member's is from her, and makes a proposal of each, which is judged like any other: medlem review, merge or reject. " +
			"A file that is not whole, is not proved, was taken in before, or asks for what the policy does not let a member change herself is refused, and nothing is made of it. " +
			"Delete the files when they are taken in. " +
			"With --sms it reads what your SMS gateway has received (csv or JSON, as 46elks, Twilio and others give it): whoever asks there to join waits as a proposal with her name and number, in no list and without a record. The secretariat takes her in with what the form asks for besides: medlem merge NUMBER --set FIELD=VALUE. " +
			"From one number there is one proposal; other messages are counted and left alone."),
		example: "medlem inbox add medlem.age\nmedlem inbox add --sms received.csv --unit asker",
		codes:   "134",
		max:     -1,
		run: func(c *cobra.Command, args []string) error {
			switch {
			case sms == "" && unit != "":
				return usageError(a.tr("--unit belongs to --sms: a file says itself which unit it is for"), "")
			case sms == "" && len(args) == 0:
				return usageError(a.tr("say which files: FILE..., or --sms FILE"), "")
			case sms != "" && len(args) > 0:
				return usageError(a.tr("--sms stands alone: take in the other files by themselves"), "")
			case sms != "" && unit == "":
				return usageError(a.tr("say which unit they want to join: --unit UNIT"), "")
			}
			return a.at(withKey, func(s *session) error {
				if sms != "" {
					return s.takeSMS(c.Context(), sms, unit)
				}
				return s.takeSent(c.Context(), args)
			})
		},
	})
	c.Flags().StringVar(&sms, "sms", "", a.tr("what your SMS gateway has received, a `FILE` of csv or JSON"))
	c.Flags().StringVar(&unit, "unit", "", a.tr("with --sms: the `UNIT` that they want to join"))
	return c
}

// sentJSON is what became of a file.
type sentJSON struct {
	File   string `json:"file,omitempty"` // left out of an SMS
	Number int    `json:"number,omitempty"`
	Topic  string `json:"topic"`
	changeJSON
}

// takeSent takes the files in one by one. One that is refused does not stop the
// others.
func (s *session) takeSent(ctx context.Context, files []string) error {
	out := struct {
		Taken []sentJSON `json:"taken"`
	}{[]sentJSON{}}
	var last error
	for _, name := range files {
		x, err := s.takeOne(ctx, name)
		if err == nil {
			out.Taken = append(out.Taken, *x)
			continue
		}
		if ctx.Err() != nil || len(files) == 1 {
			return err
		}
		f := s.explain(err)
		s.warn(name+": "+f.msg, f.hint)
		last = &failure{code: f.code}
	}
	err := s.result(out, func(w io.Writer) {
		for _, x := range out.Taken {
			if x.Number > 0 {
				fmt.Fprintln(w, s.tr("Proposal {{.Number}}: {{.What}}", "Number", x.Number, "What", s.sentence(x.changeJSON)))
			} else {
				fmt.Fprintln(w, s.tr("Sent to the secretariat ({{.Topic}}): {{.What}}", "Topic", x.Topic, "What", s.sentence(x.changeJSON)))
			}
		}
		if len(out.Taken) > 0 {
			fmt.Fprintln(w, s.trn(len(out.Taken), "Now delete the file, and the e-mail that it came with.", "Now delete the files, and the e-mails that they came with."))
		}
		if len(out.Taken) > 0 && out.Taken[0].Number > 0 {
			fmt.Fprintln(w, s.tr("Next: medlem review NUMBER"))
		}
	})
	if err != nil {
		return err
	}
	return last
}

func (s *session) takeOne(ctx context.Context, name string) (*sentJSON, error) {
	file, err := readSent(name)
	if err != nil {
		return nil, err
	}
	t, err := s.TakeSent(ctx, file)
	if err != nil {
		return nil, err
	}
	return &sentJSON{name, t.N, t.Submission.Topic, s.described(t.Change)}, nil
}

// readSent reads a file that was sent: all of them have one size.
func readSent(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, intake.FileSize+1))
	if err != nil {
		return nil, err
	}
	return b, intake.Check(b)
}

// printSent says of a change that came from a page what a person must know who
// judges it.
func (s *session) printSent(w io.Writer, c *desk.Change) {
	if c.Request == nil || !c.Request.FromPages() {
		return
	}
	if c.Request.Note != "" {
		fmt.Fprintf(w, "  %s %s\n", s.tr("in her own words:"), cell(c.Request.Note))
	}
	if c.Request.Kind == record.RequestJoin {
		if c.Request.From == record.FromSMS {
			fmt.Fprintln(w, "  "+s.tr("This came by SMS from the number above: ask her for the rest, and make sure that it is meant, before you take it in."))
			return
		}
		fmt.Fprintln(w, "  "+s.tr("This came from the public joining form: anybody can send it. Make sure by hand that it is meant, before you take it in."))
	}
}

// refusedSent says what the policy does not let be asked.
func (a *app) refusedSent(e *intake.RefusedError) string {
	switch e.Rule {
	case intake.RuleNotOwn:
		return a.tr("a member does not change this herself")
	case intake.RuleNotAsked:
		return a.tr("the joining form does not ask for it")
	case intake.RuleEmpty:
		return a.tr("it is empty")
	case intake.RuleValue:
		return a.tr("it holds another kind of value")
	case intake.RuleNoForm:
		return a.tr("this unit has no joining form")
	case intake.RuleNoSMS:
		return a.tr("nobody joins by SMS here")
	case intake.RuleReason:
		return a.tr("not a reason for which members end their membership on their page")
	case intake.RuleConfirm:
		return a.tr("members are not asked to confirm what is kept about them")
	case intake.RulePurpose:
		return a.tr("no purpose for which lists are taken out")
	}
	return a.tr("nobody asks for this from a page")
}

// explainSent explains why a file that was sent is not taken in. None of it tells
// what the file holds, or whether somebody is a member.
func (a *app) explainSent(err error) *failure {
	var refused *intake.RefusedError
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case is(desk.ErrNoPages):
		return &failure{exitRefused, a.tr("members send nothing to this register: it has no policies/pages.yaml"), ""}
	case is(intake.ErrSMSFile):
		return &failure{exitRead, a.tr("this is no list of received SMS, or it is larger than one may be; nothing was taken in"), a.tr("csv with a head that names the number (from) and the text (text, message or body), or the gateway's JSON")}
	case is(desk.ErrNotBySMS):
		return &failure{exitUsage, a.tr("--set completes what somebody asked by SMS, and nothing else"), a.tr("a proposal of another kind is corrected after it is taken in: medlem edit")}
	case is(desk.ErrSentForm):
		return &failure{exitRead, a.tr("this is no file from a member's page or a joining form, or it was damaged on its way"), a.tr("ask whoever sent it to send it once more")}
	case is(desk.ErrSentNotHere):
		return &failure{exitOpen, a.tr("this file is for no unit that you read, or it is too old to be opened"), a.tr("run medlem sync; if that does not help, send the file to the secretariat")}
	case is(desk.ErrSentUnproved):
		return &failure{exitRefused, a.tr("nothing proves that this file is from a member whom you read; nothing was taken in"), a.tr("answer nobody because of it: whoever sent it is not known")}
	case is(desk.ErrSentContent):
		return &failure{exitRefused, a.tr("this file asks for nothing that this version knows; nothing was taken in"), a.tr("a newer medlem may know it")}
	case is(desk.ErrSentBefore):
		return &failure{exitRefused, a.tr("this file was taken in before; nothing was done"), a.tr("medlem inbox shows what waits; delete the file")}
	case is(desk.ErrSentID):
		return &failure{exitRefused, a.tr("this file bears a number that the register has had already; nothing was taken in"), a.tr("no page makes such a file: delete it")}
	case is(desk.ErrSentAuthor):
		return &failure{exitRefused, a.tr("this says that it is from a member, and was passed on by somebody who does not read the unit and could not prove it"), a.tr("refuse it: medlem reject NUMBER --reason TEXT")}
	case errors.As(err, &refused) && refused.Rule == intake.RuleMissing:
		return &failure{exitRefused, a.tr("the joining form lacks {{.Field}}; nothing was taken in", "Field", quote(refused.Field)), a.tr("the secretariat enters her without it: medlem add")}
	case errors.As(err, &refused) && refused.Field != "":
		return &failure{exitRefused, a.tr("the field {{.Field}}: {{.Reason}}; nothing was taken in", "Field", quote(refused.Field), "Reason", a.refusedSent(refused)), a.tr("the policy says what a member changes herself: own in fields.yaml, and pages.yaml")}
	case errors.As(err, &refused):
		return &failure{exitRefused, a.tr("the policy does not let this be asked: {{.Reason}}; nothing was taken in", "Reason", a.refusedSent(refused)), ""}
	}
	return nil
}
