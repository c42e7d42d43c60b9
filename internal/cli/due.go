package cli

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/retention"
)

// aheadDays is how far ahead is looked, where nobody says otherwise: as long as an
// erasure that is proposed waits.
const aheadDays = 14

// aheadLimit bounds it, in days: ten years.
const aheadLimit = 3653

func (a *app) dueCommand() *cobra.Command {
	var o desk.DueOptions
	var units []string
	c := a.build(command{
		use:   "due",
		short: a.tr("show what the rules ask for now, and soon"),
		long: a.tr("Lists, unit by unit, what is due by a rule, with the day and the rule: ended memberships and activities to erase, lists to destroy, controls of access to make, access that ends, keys to make anew, and what waits for an answer. " +
			"With --members it also looks into the records that you may read, for members who have not confirmed for long that what is kept about them is right. Nothing is changed."),
		example: "medlem due --ahead 30",
		codes:   "134",
		on:      true,
		run: func(*cobra.Command, []string) error {
			if o.Ahead < 0 || o.Ahead > aheadLimit {
				return usageError(a.tr("--ahead: from 0 to {{.Most}} days", "Most", aheadLimit), "")
			}
			var err error
			if o.Day, err = a.today(); err != nil {
				return err
			}
			n := mirror
			if o.Members {
				n = withKey
			}
			return a.at(n, func(s *session) error {
				for _, text := range units {
					u, err := s.unit(text)
					if err != nil {
						return err
					}
					o.Units = append(o.Units, u)
				}
				items, err := s.Due(o)
				if err != nil {
					return err
				}
				return s.due(o.Day, items)
			})
		},
	})
	f := c.Flags()
	f.StringArrayVar(&units, "unit", nil, a.tr("only this `UNIT`; may be given more than once (default: all)"))
	f.IntVar(&o.Ahead, "ahead", aheadDays, a.tr("also what is due within so many `DAYS`"))
	f.BoolVar(&o.Members, "members", false, a.tr("look into the records that you may read, too"))
	return c
}

// dueRules are the rules that ask for each kind: of the check, where one finds it, or
// the place in the policy, and the command that sees to it.
var dueRules = map[retention.Kind]struct{ rule, command string }{
	retention.Closed:      {"retention/overdue", "medlem erase --due"},
	retention.Run:         {"retention.yaml:/brakes", "medlem retention finish"},
	retention.Activity:    {"retention/activity", "medlem erase --due"},
	retention.Draw:        {"retention/draw", "medlem draw destroyed"},
	retention.Review:      {"review/overdue", "medlem control"},
	retention.Grant:       {"access.yaml", "medlem access"},
	retention.Identity:    {"retention.yaml:/rotate", "medlem rotate"},
	retention.Proposal:    {"GDPR, Article 12(3)", "medlem inbox"},
	retention.Rekey:       {"retention.yaml:/rekey", "medlem rekey --due"},
	retention.Unconfirmed: {"pages.yaml:/confirm", ""},
	retention.Join:        {"pages.yaml:/joining", "medlem inbox"},
	retention.Claim:       {"dues.yaml:/new-member-days", "medlem dues claim YEAR"},
	retention.Reminders:   {"dues.yaml:/reminders/min", "medlem dues remind"},
	retention.LedgerPast:  {"dues.yaml:/keep-years", "medlem retention tidy"},
	retention.Mail:        {"retention/mail-due", "medlem activity mail"},
	retention.Evidence:    {"retention.yaml:/kinds/evidence", "medlem retention tidy"},
	retention.DrawPast:    {"retention.yaml:/kinds/draws", "medlem retention tidy"},
	retention.Receipt:     {"retention.yaml:/kinds/receipts", "medlem retention tidy"},
	retention.ReviewPast:  {"retention.yaml:/kinds/reviews", "medlem retention tidy"},
	retention.SendingPast: {"retention/sending", "medlem retention tidy"},
	retention.MailPast:    {"retention.yaml:/activities/attest-mail", "medlem retention tidy"},
}

type dueJSON struct {
	Unit    register.UnitID `json:"unit"`
	Kind    retention.Kind  `json:"kind"`
	Until   register.Day    `json:"until"`
	Overdue bool            `json:"overdue"`
	Rule    string          `json:"rule"`
	IDs     []string        `json:"ids"`
}

// due prints items, those of a unit, kind and day together.
func (s *session) due(day register.Day, items []retention.Item) error {
	out := struct {
		Day register.Day `json:"day"`
		Due []dueJSON    `json:"due"`
	}{day, []dueJSON{}}
	for _, i := range items {
		last := len(out.Due) - 1
		if last < 0 || out.Due[last].Unit != i.Unit || out.Due[last].Kind != i.Kind || out.Due[last].Until != i.Until {
			out.Due = append(out.Due, dueJSON{i.Unit, i.Kind, i.Until, i.Overdue(day), s.dueRule(i.Kind), []string{}})
			last++
		}
		if i.ID != "" {
			out.Due[last].IDs = append(out.Due[last].IDs, i.ID)
		}
	}
	return s.result(out, func(w io.Writer) {
		if len(out.Due) == 0 {
			fmt.Fprintln(w, s.tr("Nothing is due."))
			return
		}
		var unit register.UnitID
		t := &table{}
		var commands []string
		for _, x := range out.Due {
			if x.Unit != unit {
				t.write(w, "  ")
				t, unit = &table{}, x.Unit
				fmt.Fprintln(w, unitName(s.Policy(), unit)+":")
			}
			when := s.tr("by {{.Day}}", "Day", x.Until)
			if x.Overdue {
				when = s.tr("overdue since {{.Day}}", "Day", x.Until)
			}
			t.add(when, s.dueWords(x), x.Rule)
			if c := s.dueNext(x, out.Due); c != "" && !slices.Contains(commands, c) {
				commands = append(commands, c)
			}
		}
		t.write(w, "  ")
		for _, c := range commands {
			fmt.Fprintln(w, s.tr("Next: {{.Command}}", "Command", c))
		}
	})
}

// dueRule is the rule that asks for a kind. Whether members are asked by a message, or by
// their own pages alone, is the policy's.
func (s *session) dueRule(k retention.Kind) string {
	if k == retention.Unconfirmed && s.Policy().Sendings.ConfirmEvery > 0 {
		return "sendings.yaml:/confirm-every"
	}
	return dueRules[k].rule
}

// dueNext is the command that sees to what is due. Under brakes more than one record
// is erased by a run, which is proposed once.
func (s *session) dueNext(x dueJSON, all []dueJSON) string {
	closed, run := 0, false
	for _, y := range all {
		if y.Kind == retention.Closed {
			closed += len(y.IDs)
		}
		run = run || y.Kind == retention.Run
	}
	switch {
	case x.Kind == retention.Unconfirmed && s.Policy().Sendings.ConfirmEvery > 0:
		return "medlem mail --unconfirmed"
	case x.Kind == retention.Run && !x.Overdue:
		return "medlem retention show"
	case x.Kind == retention.Closed && run:
		return ""
	case x.Kind == retention.Closed && closed > 1 && s.Policy().Brakes != nil && !x.Overdue:
		return "" // a run takes those whose month has ended
	case x.Kind == retention.Closed && closed > 1 && s.Policy().Brakes != nil:
		return "medlem retention run"
	}
	return dueRules[x.Kind].command
}

func (s *session) dueWords(x dueJSON) string {
	n := len(x.IDs)
	switch x.Kind {
	case retention.Closed:
		return s.trn(n, "{{.N}} ended membership to erase", "{{.N}} ended memberships to erase")
	case retention.Run:
		if x.Overdue {
			return s.tr("a run of erasures to finish")
		}
		return s.tr("a run of erasures that can still be stopped")
	case retention.Activity:
		return s.trn(n, "{{.N}} activity to erase", "{{.N}} activities to erase")
	case retention.Draw:
		return s.trn(n, "{{.N}} list to destroy", "{{.N}} lists to destroy")
	case retention.Review:
		return s.tr("the control of who has access")
	case retention.Grant:
		return s.trn(n, "{{.N}} officer's access ends", "{{.N}} officers' access ends")
	case retention.Identity:
		return s.trn(n, "{{.N}} officer makes new keys", "{{.N}} officers make new keys")
	case retention.Rekey:
		return s.tr("all records to seal under fresh keys")
	case retention.Proposal:
		return s.trn(n, "{{.N}} proposal to answer", "{{.N}} proposals to answer")
	case retention.Join:
		return s.trn(n, "{{.N}} joining form to look at", "{{.N}} joining forms to look at")
	case retention.Claim:
		return s.trn(n, "{{.N}} new member without her first claim of dues", "{{.N}} new members without their first claims of dues")
	case retention.Reminders:
		return s.trn(n, "{{.N}} member who owes and had fewer reminders this year than the policy asks for", "{{.N}} members who owe and had fewer reminders this year than the policy asks for")
	case retention.LedgerPast:
		return s.trn(n, "the books of dues of {{.N}} year, past their period", "the books of dues of {{.N}} years, past their period")
	case retention.Mail:
		return s.trn(n, "the e-mail about {{.N}} activity to delete", "the e-mail about {{.N}} activities to delete")
	case retention.Evidence:
		return s.trn(n, "{{.N}} ended access, or a document of one, past its period", "{{.N}} ended accesses, or documents of them, past their period")
	case retention.DrawPast:
		return s.trn(n, "{{.N}} receipt of a list past its period", "{{.N}} receipts of lists past their period")
	case retention.Receipt:
		return s.trn(n, "{{.N}} receipt of an erasure past its period", "{{.N}} receipts of erasures past their period")
	case retention.ReviewPast:
		return s.trn(n, "{{.N}} control of access past its period", "{{.N}} controls of access past their period")
	case retention.SendingPast:
		return s.tr("a month's receipts of sendings, past their period")
	case retention.MailPast:
		return s.trn(n, "what was said of the e-mail about {{.N}} activity, past its period", "what was said of the e-mail about {{.N}} activities, past its period")
	}
	return s.trn(n, "{{.N}} member to ask whether all is right", "{{.N}} members to ask whether all is right")
}
