package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

type mailFlags struct {
	audience
	draw    string
	asking  bool // those who are to be asked whether what is kept about them is right
	subject string
	body    string
	attach  []string
}

func (a *app) mailCommand() *cobra.Command {
	var o mailFlags
	c := a.build(command{
		use:   "mail --unit UNIT --subject TEXT --body FILE",
		short: a.tr("send members an e-mail, or see whom it would reach"),
		long: a.tr("Shows whom an e-mail reaches and how it will look, and sends it with --send: one message to each, in which nobody else's address is. " +
			"Members get it who are active, have an address and do not object; who is left out is counted, and why. What others send to the same members, or plan to, is shown first. " +
			"The text is written in Markdown, and goes as text and as HTML. Pictures lie beside it; none is loaded from elsewhere, and no link may tell who has followed it. " +
			"What is attached must hold nothing of members, and no lists. " +
			"With --unconfirmed it asks those who have not confirmed for long that what is kept about them is right (policies/sendings.yaml, confirm-every), each once in that time. " +
			"Killed or without a network it goes on with medlem outbox send; nothing goes twice."),
		example: "medlem mail --unit asker --subject \"Årsmøte 12. mars\" --body innkalling.md\n" +
			"medlem mail --unit asker --subject \"Årsmøte 12. mars\" --body innkalling.md --send\n" +
			"medlem mail --unconfirmed --send",
		codes: "134",
		run: func(c *cobra.Command, _ []string) error {
			return a.at(withKey, func(s *session) error { return s.mail(c.Context(), &o) })
		},
	})
	a.audienceFlags(c, &o.audience)
	f := c.Flags()
	f.StringVar(&o.draw, "draw", "", a.tr("to those on a list that you took out, by its `ID`, as long as it is fresh"))
	f.BoolVar(&o.asking, "unconfirmed", false, a.tr("ask those whether what is kept about them is right who have not confirmed it for so long as the policy says; with a text of the program's own where you give none"))
	f.StringVar(&o.subject, "subject", "", a.tr("the subject: a line of `TEXT`"))
	f.StringVar(&o.body, "body", "", a.tr("the `FILE` with the text, in Markdown"))
	f.StringArrayVar(&o.attach, "attach", nil, a.tr("a `FILE` to attach; may be given more than once"))
	c.AddCommand(a.mailSetupCommand(), a.mailBouncesCommand())
	return c
}

type emailJSON struct {
	Subject     string            `json:"subject"`
	From        string            `json:"from,omitempty"` // "" no account is set up
	Text        string            `json:"text"`
	HTML        string            `json:"html"`
	Attachments []attachedJSON    `json:"attachments"`
	Warnings    []string          `json:"warnings"`
	Reach       *reachJSON        `json:"reach"`
	Outcome     *deliveredJSON    `json:"outcome,omitempty"` // with --send
	Plan        register.RecordID `json:"plan,omitempty"`    // with --plan-for
}

type attachedJSON struct {
	Name  string `json:"name"`
	Bytes int    `json:"bytes"`
}

func (s *session) mail(ctx context.Context, o *mailFlags) error {
	opt, err := s.mailOptions(ctx, o)
	if err != nil {
		return err
	}
	if o.asking && len(opt.Members) == 0 {
		return s.result(emailJSON{Subject: opt.Subject, Attachments: []attachedJSON{}, Warnings: []string{}}, func(w io.Writer) {
			fmt.Fprintln(w, s.tr("Nobody is to be asked now."))
		})
	}
	if o.send && opt.Planned != "" {
		return usageError(s.tr("--send and --plan-for do not go together"), "")
	}
	settings, err := s.mailSettings()
	if err != nil {
		return err
	}
	if o.send && settings == nil {
		return s.noMail()
	}
	var batch *outbox.Batch
	var text *mailText
	if o.body != "" || o.asking || opt.Planned == "" {
		if text, err = s.mailText(o); err != nil {
			return err
		}
		batch = text.batch
	}
	plan, err := s.PlanSending(ctx, opt)
	if err != nil {
		return err
	}
	out := emailJSON{Subject: opt.Subject, Attachments: []attachedJSON{}, Warnings: []string{}, Reach: s.reach(plan)}
	if settings != nil {
		if err := s.sayNothing(settings); err != nil {
			return err
		}
		out.From = settings.Name + " <" + settings.From + ">"
	}
	if text != nil {
		out.Text, out.HTML, out.Warnings = batch.Text, batch.HTML, s.mailWarnings(text, len(plan.Recipients))
		for _, f := range text.attached {
			out.Attachments = append(out.Attachments, attachedJSON{f.Name, len(f.Data)})
		}
	}
	switch {
	case opt.Planned != "":
		done, err := s.CommitSending(ctx, plan)
		if err != nil {
			return err
		}
		out.Plan = done.Receipt.ID
		return s.result(out, func(w io.Writer) {
			s.tellMail(w, &out, plan)
			fmt.Fprintln(w, s.tr("The others see that you plan it for {{.Day}}; nothing is sent.", "Day", opt.Planned))
		})
	case !o.send:
		return s.result(out, func(w io.Writer) {
			s.tellMail(w, &out, plan)
			if settings == nil {
				fmt.Fprintln(w, s.tr("No e-mail account is set up here: medlem mail setup"))
			}
			fmt.Fprintln(w, s.tr("Nothing is sent. Next: the same with --send"))
		})
	}
	if len(plan.Recipients) == 0 {
		return desk.ErrSendingNobody
	}
	if s.Terminal { // what is asked about is seen before it is asked
		var b strings.Builder
		s.tellMail(&b, &out, plan)
		fmt.Fprint(s.Stderr, b.String())
	}
	if err := s.agreed(s.trn(len(plan.Recipients), "Send it to {{.N}} member?", "Send it to {{.N}} members?")); err != nil {
		return err
	}
	for _, m := range plan.Recipients {
		x := outbox.Message{Member: m.Path.ID, Unit: m.Path.Unit, To: s.AddressOf(policy.ChannelEmail, m)}
		if o.asking {
			if err := s.askInHerLanguage(o, m, &x); err != nil {
				return err
			}
		}
		batch.Messages = append(batch.Messages, x)
	}
	d, err := s.deliver(ctx, plan, batch)
	if err != nil {
		return err
	}
	out.Outcome = delivered(d)
	if d.Later != nil {
		f := s.carrierFailure(d.Later)
		s.warn(f.Error(), "")
	}
	return s.result(out, func(w io.Writer) {
		if !s.Terminal {
			s.tellMail(w, &out, plan)
		}
		s.tellDelivered(w, d)
	})
}

// mailOptions reads the flags that say whom an e-mail is to reach.
func (s *session) mailOptions(ctx context.Context, o *mailFlags) (desk.SendingOptions, error) {
	opt, err := s.sendingOptions(&o.audience, policy.ChannelEmail)
	if err != nil {
		return opt, err
	}
	if opt.Subject = strings.TrimSpace(o.subject); opt.Subject == "" && o.asking {
		opt.Subject = s.inOrganisation().askSubject()
	}
	switch {
	case opt.Subject == "":
		return opt, usageError(s.tr("say what it is about: --subject TEXT"), "")
	case o.asking:
		return opt, s.toUnconfirmed(o, &opt)
	case o.draw != "":
		return opt, s.toThoseOnList(ctx, o, &opt)
	}
	return opt, s.chosen(&o.audience, &opt)
}

// ownUnits are those of the officer's grants that let her do one of the acts, such as to
// write to members, without those below another of them.
func (s *session) ownUnits(acts ...policy.Act) []register.UnitID {
	me, err := s.Handle()
	if err != nil {
		return nil
	}
	var out []register.UnitID
	for _, g := range s.State().Grants(me, s.Today()) {
		may := func(act policy.Act) bool { return s.State().May(me, act, g.Unit, s.Today()) }
		if slices.ContainsFunc(acts, may) && !slices.Contains(out, g.Unit) {
			out = append(out, g.Unit)
		}
	}
	return slices.DeleteFunc(slices.Clone(out), func(u register.UnitID) bool {
		return slices.ContainsFunc(out, func(top register.UnitID) bool { return top != u && s.Policy().Below(u, top) })
	})
}

// toThoseOnList makes the options of a sending to those on a list: its filter and its id
// are kept with the sending, and whoever has left or objects since is left out.
func (s *session) toThoseOnList(ctx context.Context, o *mailFlags, opt *desk.SendingOptions) error {
	if len(o.units) > 0 || o.below || o.office != "" || o.class != "" || o.where != "" || o.purpose != "" {
		return usageError(s.tr("--draw says to whom by itself"), s.tr("leave the other flags out"))
	}
	id, err := register.ParseRecordID(o.draw)
	if err != nil {
		return desk.ErrNoDraw
	}
	to, err := s.ReachOf(ctx, id)
	if err != nil {
		return err
	}
	named := make(map[register.RecordID]bool, len(to.Members))
	for _, m := range to.Members {
		named[m.Path.ID] = true
	}
	opt.Units, opt.Purpose = to.Fresh.Draw.Units, to.Fresh.Draw.Purpose
	opt.Condition = strings.TrimSpace("draw " + string(id) + " " + to.Where)
	opt.Where = func(m *desk.Member) (bool, error) { return named[m.Path.ID], nil }
	if to.Where == "" {
		return nil
	}
	where, err := s.condition(s.Policy(), to.Where, s.Today())
	if err != nil {
		return err
	}
	opt.Where = func(m *desk.Member) (bool, error) { return named[m.Path.ID] && where.holds(m, s.visible(m)), nil }
	return nil
}

// tellMail shows an e-mail as it goes, without an address, and whom it reaches.
func (s *session) tellMail(w io.Writer, x *emailJSON, plan *desk.SendingPlan) {
	t := &table{}
	if x.From != "" {
		t.add(s.tr("From:"), x.From)
	}
	t.add(s.tr("To:"), s.tr("each member alone"))
	t.add(s.tr("Subject:"), x.Subject)
	for _, f := range x.Attachments {
		t.add(s.tr("Attached:"), f.Name+", "+kilobytes(f.Bytes))
	}
	t.write(w, "  ")
	if x.Text != "" {
		fmt.Fprintln(w)
		for _, line := range strings.Split(strings.TrimRight(x.Text, "\n"), "\n") {
			fmt.Fprintln(w, strings.TrimRight("  "+cell(line), " "))
		}
		fmt.Fprintln(w)
	}
	for _, m := range x.Warnings {
		fmt.Fprintln(w, s.tr("Consider: {{.What}}", "What", m))
	}
	s.tellReach(w, plan)
}

func kilobytes(n int) string {
	const kb = 1000
	return fmt.Sprintf("%d kB", (n+kb-1)/kb)
}
