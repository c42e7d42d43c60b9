package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) introduceAskCommand() *cobra.Command {
	var send bool
	c := a.build(command{
		use:   "ask ROUND",
		short: a.tr("ask those who may be interested, by e-mail"),
		long: a.tr("Shows the e-mail that asks them and whom it reaches, and sends it with --send: one message to each, once. " +
			"It says what the member looks for, and that nobody is made known who does not answer. She is named only where the round says so."),
		example: "medlem introduce ask h7k2\nmedlem introduce ask h7k2 --send",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.onRound(args[0], func(s *session, x *desk.Activity) error { return s.introduceAsk(c.Context(), x, send) })
		},
	})
	c.Flags().BoolVar(&send, "send", false, a.tr("send it"))
	return c
}

type askJSON struct {
	roundJSON
	Subject string         `json:"subject"`
	Text    string         `json:"text"`
	Reach   *reachJSON     `json:"reach"`
	Outcome *deliveredJSON `json:"outcome,omitempty"` // with --send
}

func (s *session) introduceAsk(ctx context.Context, x *desk.Activity, send bool) error {
	asked := x.Record.Round.Asked
	switch {
	case x.Record.Round.Seeker == "":
		return desk.ErrSeekerGone
	case asked != "": // noted; if what failed then came before the sending had its receipt, it goes on
		sent, err := s.RoundSent(x)
		if err != nil {
			return err
		}
		if sent {
			return desk.ErrAskedAlready
		}
	case send && x.Status != desk.Merged:
		return refused(s.tr("the round is not taken in yet"), s.tr("send it to the secretariat first: medlem submit"))
	}
	subject, text, err := s.introductionText(x)
	if err != nil {
		return err
	}
	opt := desk.SendingOptions{Channel: policy.ChannelEmail, Members: x.Record.Candidates(), Automatic: access.SendingIntroduction, Subject: subject,
		Condition: desk.RoundCondition(x.Path.ID), Once: map[register.RecordID]register.Day{}}
	for _, id := range opt.Members {
		opt.Once[id] = cmp.Or(asked, s.Today())
	}
	plan, err := s.PlanSending(ctx, opt)
	if err != nil {
		return err
	}
	out := askJSON{s.roundJSON(x), subject, text, s.reach(plan), nil}
	tell := func(w io.Writer) {
		fmt.Fprintln(w, s.tr("Subject: {{.Text}}", "Text", subject))
		for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
			fmt.Fprintln(w, strings.TrimRight("  "+cell(line), " "))
		}
		s.tellReach(w, plan)
	}
	if !send {
		return s.result(out, func(w io.Writer) {
			tell(w)
			fmt.Fprintln(w, s.tr("Nothing is sent. Next: the same with --send"))
		})
	}
	if len(plan.Recipients) == 0 {
		return desk.ErrSendingNobody
	}
	if _, _, err := s.carrier(policy.ChannelEmail); err != nil { // before it is noted that they are asked
		return err
	}
	if err := s.agreed(s.trn(len(plan.Recipients), "Send it to {{.N}} member?", "Send it to {{.N}} members?")); err != nil {
		return err
	}
	if asked == "" {
		if x, err = s.Asked(ctx, x.Path.ID); err != nil {
			return err
		}
	}
	// What is noted is a commit of its own: the sending is planned anew on it.
	if plan, err = s.PlanSending(ctx, plan.Options); err != nil {
		return err
	}
	batch := &outbox.Batch{Subject: subject, Text: text}
	for _, m := range plan.Recipients {
		batch.Messages = append(batch.Messages, outbox.Message{Member: m.Path.ID, Unit: m.Path.Unit, To: s.AddressOf(policy.ChannelEmail, m)})
	}
	d, err := s.deliver(ctx, plan, batch)
	if err != nil {
		return err
	}
	if d.Later != nil {
		s.warn(s.carrierFailure(d.Later).Error(), "")
	}
	out.roundJSON, out.Outcome = s.roundJSON(x), delivered(d)
	return s.result(out, func(w io.Writer) {
		tell(w)
		s.tellDelivered(w, d)
		if x.Status == desk.Draft || !s.Secretary() {
			fmt.Fprintln(w, s.tr("Next: {{.Command}}", "Command", "medlem submit"))
		}
	})
}

// introductionText is the e-mail that asks, in the organisation's language. It names the
// one who looks for others only where she agreed, and its subject says nothing.
func (s *session) introductionText(x *desk.Activity) (subject, text string, err error) {
	own := &app{Env: s.Env, texts: newTexts(s.Policy().Languages[0])}
	r := x.Record.Round
	who := own.tr("the one who asks")
	if r.Named {
		m, err := s.Find(r.Seeker)
		if err != nil {
			return "", "", err
		}
		who = s.name(m.Record)
	}
	paragraphs := []string{
		own.tr("Somebody looks for others:"),
		r.Purpose,
		own.tr("Do you want to be put in touch? Then answer this e-mail before {{.Day}}, and write that your name and how you are reached may be given to {{.Who}}, for this.", "Day", x.Record.Ends, "Who", who),
		own.tr("If you do not answer, nobody is told anything of you, and who asks does not learn that you were asked. What you have agreed to you may take back at any time, in the same way."),
	}
	if days := s.Policy().Lists.Disclosure.Introductions.Days; days > 0 {
		paragraphs = append(paragraphs, own.trn(days, "Your consent holds for {{.N}} day.", "Your consent holds for {{.N}} days."))
	}
	return own.tr("A question to you"), strings.Join(paragraphs, "\n\n") + "\n", nil
}
