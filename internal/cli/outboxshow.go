package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) outboxShowCommand() *cobra.Command {
	return a.build(command{
		use:     "show ID",
		short:   a.tr("show what became of each message of a sending"),
		long:    a.tr("Shows what became of the messages of a sending, by the ids of the members: those that were sent only as a number, the others one by one, with the code that the carrier gave."),
		example: "medlem outbox show k7m2q4x9w3r5a",
		codes:   "134",
		min:     1, max: 1,
		run: func(_ *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.outboxShow(args) })
		},
	})
}

type fateJSON struct {
	Member register.RecordID `json:"member"`
	Unit   register.UnitID   `json:"unit"`
	Fate   outbox.Fate       `json:"fate"`
	Code   string            `json:"code,omitempty"`
	Tries  int               `json:"tries"`
}

func (s *session) outboxShow(args []string) error {
	box, err := s.outbox()
	if err != nil {
		return err
	}
	defer box.Close()
	all, err := s.chosenOf(box, args)
	if err != nil {
		return err
	}
	x := all[0]
	b, err := box.Load(x.ID)
	if err != nil {
		return err
	}
	fates, err := box.Fates(x.ID)
	if err != nil {
		return err
	}
	out := struct {
		outboxJSON
		Left []fateJSON `json:"left"` // those that were not sent
	}{statusJSON(x), []fateJSON{}}
	for i, m := range b.Messages {
		if f := fates[i]; f.Fate != outbox.Sent {
			out.Left = append(out.Left, fateJSON{m.Member, m.Unit, f.Fate, f.Code, f.Tries})
		}
	}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, string(x.ID)+", "+s.channelName(x.Channel)+": "+s.fates(x))
		t := &table{}
		for _, f := range out.Left {
			t.add(string(f.Member), unitName(s.Policy(), f.Unit), s.fateName(f.Fate), f.Code)
		}
		t.write(w, "  ")
		if x.Counts[outbox.Unknown] > 0 {
			fmt.Fprintln(w, s.tr("Of some nobody knows whether they went. Ask the carrier (the mail server's log, the sent folder), then: medlem outbox settle {{.ID}} --sent, or --again", "ID", x.ID))
		}
		switch {
		case x.Counts[outbox.Refused] == 0:
		case !x.Finished:
			fmt.Fprintln(w, s.tr("What was refused goes again, when its cause is mended, with medlem outbox settle {{.ID}} --again and medlem outbox send.", "ID", x.ID))
		case x.Counts[outbox.Sent] == 0:
			fmt.Fprintln(w, s.tr("Nothing of it went, and it counts as not sent: when the cause is mended, send it anew."))
		}
	})
}

func (a *app) outboxSettleCommand() *cobra.Command {
	var sent, again bool
	c := a.build(command{
		use:   "settle ID [MEMBER]...",
		short: a.tr("say what became of messages of which nobody knows, or that they go again"),
		long: a.tr("Says of messages whose fate is not known, of those that are named or of all, that they went (--sent), or that they are to go again (--again). With --again also those go again that were refused, within 14 days, under the same receipt. " +
			"Whoever gets a message twice because you were wrong gets it twice: ask the carrier first."),
		example: "medlem outbox settle k7m2q4x9w3r5a --sent",
		codes:   "134",
		min:     1, max: -1,
		run: func(c *cobra.Command, args []string) error {
			if sent == again {
				return usageError(a.tr("say what became of them: --sent or --again"), "")
			}
			return a.at(withKey, func(s *session) error {
				as := outbox.Created
				if sent {
					as = outbox.Sent
				}
				return s.outboxSettle(c, args, as)
			})
		},
	})
	c.Flags().BoolVar(&sent, "sent", false, a.tr("they went"))
	c.Flags().BoolVar(&again, "again", false, a.tr("they are to go again with medlem outbox send"))
	return c
}

func (s *session) outboxSettle(c *cobra.Command, args []string, as outbox.Fate) error {
	box, err := s.outbox()
	if err != nil {
		return err
	}
	defer box.Close()
	all, err := s.chosenOf(box, args[:1])
	if err != nil {
		return err
	}
	named := map[register.RecordID]bool{}
	for _, text := range args[1:] {
		id, err := register.ParseRecordID(text)
		if err != nil {
			return usageError(s.tr("{{.ID}} is not the id of a member", "ID", quote(text)), s.tr("medlem outbox show ID shows them"))
		}
		named[id] = true
	}
	if x := all[0]; as == outbox.Created && x.Finished && x.Counts[outbox.Refused] > 0 {
		return refused(s.tr("what was refused is not kept any more"), s.tr("when the cause is mended, send it anew to those whom it has not reached"))
	}
	n, err := box.Settle(all[0].ID, as, func(m *outbox.Message) bool { return len(named) == 0 || named[m.Member] })
	if err != nil {
		return err
	}
	x, err := box.Status(all[0].ID)
	if err != nil {
		return err
	}
	if as == outbox.Sent && n > 0 {
		if err := s.FinishSending(c.Context(), x.ID, x.Counts[outbox.Sent]); err != nil {
			return err
		}
	}
	out := struct {
		outboxJSON
		Settled int `json:"settled"`
	}{statusJSON(x), n}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, s.trn(n, "It is said of {{.N}} message.", "It is said of {{.N}} messages."))
		fmt.Fprintln(w, string(x.ID)+": "+s.fates(x))
	})
}

func (a *app) outboxDropCommand() *cobra.Command {
	var yes bool
	c := a.build(command{
		use:     "drop ID",
		short:   a.tr("take a sending out of the outbox"),
		long:    a.tr("Takes a sending out of the outbox, with everything that waits of it: it never goes. Bounces of what went are not recognised any more. Its receipt stays in the register."),
		example: "medlem outbox drop k7m2q4x9w3r5a",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.outboxDrop(c.Context(), args, yes) })
		},
	})
	c.Flags().BoolVar(&yes, "yes", false, a.tr("also where messages wait, without being asked"))
	return c
}

func (s *session) outboxDrop(ctx context.Context, args []string, yes bool) error {
	box, err := s.outbox()
	if err != nil {
		return err
	}
	defer box.Close()
	all, err := s.chosenOf(box, args)
	if err != nil {
		return err
	}
	x := all[0]
	err = box.Drop(x.ID, yes)
	if errors.Is(err, outbox.ErrWaits) {
		if !s.Terminal {
			return refused(s.tr("some of these messages are not sent, or nobody knows whether they went"), s.tr("send them (medlem outbox send), or say that they are not to go: --yes"))
		}
		if err := s.agreed(s.trn(x.Waits(), "{{.N}} message never goes then. Take it out?", "{{.N}} messages never go then. Take them out?")); err != nil {
			return err
		}
		err = box.Drop(x.ID, true)
	}
	if err != nil {
		return err
	}
	if x.Released && x.Counts[outbox.Sent]+x.Counts[outbox.Unknown] == 0 { // nobody has had it
		if err := s.FinishSending(ctx, x.ID, 0); err != nil {
			return err
		}
	}
	return s.result(statusJSON(x), func(w io.Writer) {
		fmt.Fprintln(w, s.tr("It is taken out of the outbox."))
	})
}
