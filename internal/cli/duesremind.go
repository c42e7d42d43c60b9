package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/dues"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) duesRemindCommand() *cobra.Command {
	var unit, on string
	var dry, send bool
	c := a.build(command{
		use:   "remind",
		short: a.tr("remind those who owe"),
		long: a.tr("Notes a reminder to each active member whose claim is past its day and not paid, in the first channel of the policy in which she is reached: at most as many in a calendar year as the policy allows, never two within a week, none after a payment or the end of the membership, and none while money of hers waits (medlem dues queue). " +
			"With --send they go out, and so do those of the last week that were noted and have reached nobody. With --dry-run, or --on another day, it only shows whom it would remind."),
		example: "medlem dues remind --dry-run\nmedlem dues remind --send",
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			return a.at(withKey, func(s *session) error {
				u, err := s.collector(unit)
				if err != nil {
					return err
				}
				day, err := s.day(on, "--on")
				if err != nil {
					return err
				}
				return s.duesRemind(c.Context(), u, day, dry || day != "" && day != s.Today(), send)
			})
		},
	})
	a.collects(c, &unit)
	c.Flags().StringVar(&on, "on", "", a.tr("as of this `DATE`: only shows it"))
	c.Flags().BoolVar(&dry, "dry-run", false, a.tr("only show what would happen"))
	c.Flags().BoolVar(&send, "send", false, a.tr("send the reminders"))
	return c
}

type duesRemindJSON struct {
	Reminders int                     `json:"reminders"`
	Channels  map[string]int          `json:"channels"`
	LeftOut   map[dues.Unreminded]int `json:"left_out"`
	Unsent    int                     `json:"unsent"` // noted within a week, and sent to nobody yet: these go now
	Sent      *duesSentJSON           `json:"sent,omitempty"`
}

func remindJSON(r *desk.DuesReminders) duesRemindJSON {
	out := duesRemindJSON{len(r.Claims), map[string]int{}, r.LeftOut, 0, nil}
	for _, c := range r.Channels {
		out.Channels[c]++
	}
	return out
}

func (s *session) duesRemind(ctx context.Context, u register.UnitID, day register.Day, dry, send bool) error {
	plan, err := s.PlanDuesReminders(ctx, u, day)
	if err != nil {
		return err
	}
	var before []notice
	if send {
		unsent, err := s.UnsentReminders(u)
		if err != nil {
			return err
		}
		before = byWire(noticesOf(unsent.Claims, unsent.Of, unsent.Channels, s.Policy()))
	}
	out := remindJSON(plan)
	out.Unsent = len(before)
	going := append(slices.Clone(before), noticesOf(plan.Claims, plan.Of, plan.Channels, s.Policy())...)
	tell := func(w io.Writer) {
		fmt.Fprintln(w, s.trn(out.Reminders, "{{.N}} reminder", "{{.N}} reminders"))
		for _, c := range policy.Channels {
			if n := out.Channels[c]; n > 0 {
				fmt.Fprintf(w, "  %d %s\n", n, s.channelName(c))
			}
		}
		if out.Unsent > 0 {
			fmt.Fprintln(w, s.trn(out.Unsent, "{{.N}} reminder was noted before and has reached nobody: it is sent now", "{{.N}} reminders were noted before and have reached nobody: they are sent now"))
		}
		for _, x := range []struct {
			why  dues.Unreminded
			text string
		}{
			{dues.NotDue, s.tr("are not due yet")}, {dues.Enough, s.tr("have had as many this year as the policy allows")},
			{dues.JustNow, s.tr("were reminded within a week")}, {dues.HasPaid, s.tr("have money in the queue: medlem dues queue")}, {dues.NoChannel, s.tr("have no address that works")},
		} {
			if n := out.LeftOut[x.why]; n > 0 {
				fmt.Fprintf(w, "  %d %s\n", n, x.text)
			}
		}
		if send {
			s.tellNoticesPrice(w, going)
		}
	}
	if dry || out.Reminders+out.Unsent == 0 {
		return s.result(out, func(w io.Writer) {
			tell(w)
			fmt.Fprintln(w, s.tr("Nothing was changed."))
		})
	}
	if send {
		if err := s.readyToSend(); err != nil {
			return err
		}
	}
	if s.Terminal {
		tell(s.Stderr)
	}
	if err := s.agreed(s.trn(out.Reminders+out.Unsent, "Remind {{.N}} member?", "Remind {{.N}} members?")); err != nil {
		return err
	}
	done := plan
	if out.Reminders > 0 {
		if done, err = s.RemindDues(ctx, u); err != nil {
			return err
		}
		out = remindJSON(done)
		out.Unsent = len(before)
	}
	if send {
		if out.Sent, err = s.sendDues(ctx, access.SendingReminder, append(before, noticesOf(done.Claims, done.Of, done.Channels, s.Policy())...)); err != nil {
			return err
		}
	}
	return s.result(out, func(w io.Writer) {
		if !s.Terminal {
			tell(w)
		}
		s.tellDuesSent(w, out.Sent)
	})
}

func (a *app) duesAgainCommand() *cobra.Command {
	var send bool
	c := a.build(command{
		use:   "again ID",
		short: a.tr("send a member what she owes once more"),
		long: a.tr("Shows the newest claim of a member that is not paid, as she is told of it, and sends it once more with --send: under the same payment reference. Every officer who may write to her can; " +
			"the amount is said where it may be seen. It counts as no reminder."),
		example: "medlem dues again m4k7q2x5zt3ab --send",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.onMember(args[0], func(s *session, id register.RecordID) error { return s.duesAgain(c.Context(), id, send) })
		},
	})
	c.Flags().BoolVar(&send, "send", false, a.tr("send it"))
	return c
}

func (s *session) duesAgain(ctx context.Context, id register.RecordID, send bool) error {
	m, err := s.Find(id)
	if err != nil {
		return err
	}
	if m.Closed() {
		return desk.ErrEnded
	}
	schema := s.Policy().Schema()
	var open *record.DuesLine
	for _, l := range schema.DuesOf(m.Record) {
		if l.Unpaid() {
			open = &l
		}
	}
	if open == nil {
		return refused(s.tr("nothing is owed"), s.tr("medlem dues show ID shows what was claimed"))
	}
	n := notice{member: id, unit: m.Path.Unit, fields: m.Record.Fields, year: open.Year, payload: open.Payload, due: open.Due, owes: open.Amount, again: true}
	n.channel = dues.Channel(s.Policy(), &dues.Member{Fields: m.Record.Fields})
	automatic := ""
	claims, err := s.DuesClaims([]record.DuesLine{*open})
	if err == nil {
		automatic = access.SendingClaim
	}
	switch {
	case err == nil && claims[open.Payload] != nil:
		n.owes = claims[open.Payload].Left()
	case err != nil && !errors.Is(err, desk.ErrDues) && !errors.Is(err, desk.ErrNoDues):
		return err
	}
	out := struct {
		Year      int           `json:"year"`
		Reference string        `json:"reference"`
		Channel   string        `json:"channel"`
		Text      string        `json:"text"`
		Sent      *duesSentJSON `json:"sent,omitempty"`
	}{n.year, s.reference(n.payload), n.channel, s.duesText(n, n.channel == policy.ChannelSMS), nil}
	if send {
		if out.Sent, err = s.sendDues(ctx, automatic, []notice{n}); err != nil {
			return err
		}
	}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, out.Text)
		s.tellNoticesPrice(w, []notice{n})
		s.tellDuesSent(w, out.Sent)
		if out.Sent == nil {
			fmt.Fprintln(w, s.tr("Nothing is sent. Next: the same with --send"))
		}
	})
}
