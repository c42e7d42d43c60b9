package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) outboxCommand() *cobra.Command {
	list := a.outboxListCommand()
	c := a.family("outbox", a.tr("what waits to be sent, and what became of it"),
		a.tr("E-mails and SMS lie here, sealed to you, until they are sent: when the network or the server was away, or the program was ended, medlem outbox send goes on. "+
			"Nothing goes twice. Of a message that was being handed over when the connection ended nobody knows whether it went: it does not go again unless you say so."),
		list, a.outboxSendCommand(), a.outboxShowCommand(), a.outboxSettleCommand(), a.outboxDropCommand())
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return a.noCommand(c, args)
		}
		return list.RunE(c, args)
	}
	return c
}

func (a *app) outboxListCommand() *cobra.Command {
	return a.build(command{
		use:     "list",
		short:   a.tr("list what lies in the outbox"),
		long:    a.tr("Lists what lies in the outbox, by sending: how many messages went, wait, were refused, and of how many nobody knows. Who they are for, medlem outbox show ID says."),
		example: "medlem outbox\nmedlem outbox list",
		codes:   "34",
		run:     func(*cobra.Command, []string) error { return a.at(withKey, (*session).outboxList) },
	})
}

type outboxJSON struct {
	ID       register.RecordID   `json:"id"`
	Channel  string              `json:"channel"`
	Messages int                 `json:"messages"`
	Released bool                `json:"released"` // it has its receipt
	Finished bool                `json:"finished"`
	Fates    map[outbox.Fate]int `json:"fates"`
}

func statusJSON(x *outbox.Status) outboxJSON {
	return outboxJSON{x.ID, x.Channel, x.Messages, x.Released, x.Finished, x.Counts}
}

func (s *session) outboxList() error {
	box, err := s.outbox()
	if err != nil {
		return err
	}
	defer box.Close()
	all, err := box.List()
	if err != nil {
		return err
	}
	out := struct {
		Outbox []outboxJSON `json:"outbox"`
	}{[]outboxJSON{}}
	for _, x := range all {
		out.Outbox = append(out.Outbox, statusJSON(x))
	}
	return s.result(out, func(w io.Writer) {
		if len(all) == 0 {
			fmt.Fprintln(w, s.tr("The outbox is empty."))
			return
		}
		t := &table{}
		waits := 0
		for _, x := range all {
			waits += x.Waits()
			t.add(string(x.ID), s.channelName(x.Channel), s.fates(x))
		}
		t.write(w, "")
		if waits > 0 {
			fmt.Fprintln(w, s.trn(waits, "{{.N}} message waits. Next: medlem outbox send", "{{.N}} messages wait. Next: medlem outbox send"))
		}
	})
}

// allFates are in the order in which they are told.
var allFates = []outbox.Fate{outbox.Sent, outbox.Created, outbox.PutOff, outbox.Refused, outbox.Unknown, outbox.Dropped}

func (a *app) fateName(f outbox.Fate) string {
	switch f {
	case outbox.Sent:
		return a.tr("sent")
	case outbox.Created:
		return a.tr("waiting")
	case outbox.PutOff:
		return a.tr("put off")
	case outbox.Refused:
		return a.tr("refused")
	case outbox.Unknown:
		return a.tr("not known")
	case outbox.Dropped:
		return a.tr("not to go any more")
	}
	return string(f)
}

func (a *app) fates(x *outbox.Status) string {
	var out []string
	for _, f := range allFates {
		if n := x.Counts[f]; n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, a.fateName(f)))
		}
	}
	if !x.Released {
		out = append(out, a.tr("without a receipt: it does not go"))
	}
	return strings.Join(out, ", ")
}

func (a *app) outboxSendCommand() *cobra.Command {
	return a.build(command{
		use:   "send [ID]",
		short: a.tr("send what waits in the outbox"),
		long: a.tr("Goes on with what waits in the outbox, of all sendings or of one. Whoever has left meanwhile, objects, or has another address is dropped, and so is a claim of dues that was paid or waived. " +
			"Where the register's server answers, it is asked first."),
		example: "medlem outbox send",
		codes:   "134",
		max:     1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.outboxSend(c.Context(), args) })
		},
	})
}

func (s *session) outboxSend(ctx context.Context, args []string) error {
	box, err := s.outbox()
	if err != nil {
		return err
	}
	defer box.Close()
	all, err := s.chosenOf(box, args)
	if err != nil {
		return err
	}
	out := struct {
		Outbox []outboxJSON `json:"outbox"`
	}{[]outboxJSON{}}
	if slices.ContainsFunc(all, func(x *outbox.Status) bool { return !x.Released }) {
		if _, err := s.Sync(ctx); err != nil { // a receipt may have come since
			return err
		}
	}
	var later error
	for _, x := range all {
		if x.Waits() == 0 {
			continue
		}
		if !x.Released && s.hasReceipt(x.ID) { // killed between the two
			if err := box.Release(x.ID); err != nil {
				return err
			}
			x.Released = true
		}
		if x.Released {
			if x, err = s.outboxGoOn(ctx, box, x, &later); err != nil {
				return err
			}
		}
		out.Outbox = append(out.Outbox, statusJSON(x))
	}
	if later != nil {
		s.warn(s.carrierFailure(later).Error(), "")
	}
	return s.result(out, func(w io.Writer) {
		if len(out.Outbox) == 0 {
			fmt.Fprintln(w, s.tr("Nothing waits."))
			return
		}
		t := &table{}
		for _, x := range out.Outbox {
			t.add(string(x.ID), s.channelName(x.Channel), s.fates(&outbox.Status{ID: x.ID, Counts: x.Fates, Released: x.Released}))
		}
		t.write(w, "")
	})
}

// outboxGoOn hands over what waits of one sending.
func (s *session) outboxGoOn(ctx context.Context, box *outbox.Box, x *outbox.Status, later *error) (*outbox.Status, error) {
	carrier, pace, err := s.carrier(x.Channel)
	if err != nil {
		return nil, err
	}
	b, err := box.Load(x.ID)
	if err != nil {
		return nil, err
	}
	still, err := s.stillToGet(ctx, b)
	if err != nil {
		return nil, err
	}
	st, why, err := s.handOver(ctx, box, x.ID, carrier, pace, still)
	*later = errors.Join(*later, why)
	return st, err
}

// hasReceipt tells whether a sending's receipt is on main, or waits to be.
func (s *session) hasReceipt(id register.RecordID) bool {
	_, err := s.FindSending(string(id))
	return err == nil
}

// stillToGet returns the members of a batch who are to get it as the register is now:
// active in one of its units, and with the address that it goes to; who still owes what it
// is about; and unless it is needed, who does not object and whose record is not
// restricted.
func (s *session) stillToGet(ctx context.Context, b *outbox.Batch) ([]register.RecordID, error) {
	r := &access.Sending{ID: b.ID}
	plan := &desk.SendingPlan{Receipt: r}
	seen := map[register.UnitID]bool{}
	for _, m := range b.Messages {
		if !seen[m.Unit] {
			seen[m.Unit] = true
			r.Units = append(r.Units, m.Unit)
		}
		plan.Recipients = append(plan.Recipients, &desk.Member{Path: register.Path{Kind: register.Member, Unit: m.Unit, ID: m.Member}})
	}
	ids, err := s.StillThere(ctx, plan)
	if err != nil {
		return nil, err
	}
	there := map[register.RecordID]bool{}
	for _, id := range ids {
		there[id] = true
	}
	ms, err := s.Members(desk.Query{Units: r.Units, Main: true})
	if err != nil {
		return nil, err
	}
	to, claim := map[register.RecordID]string{}, map[register.RecordID]string{}
	for _, m := range b.Messages {
		to[m.Member], claim[m.Member] = m.To, m.Claim
	}
	owed := s.stillOwed(b)
	schema := s.Policy().Schema()
	var out []register.RecordID
	for _, m := range ms {
		id := m.Path.ID
		objects := schema.Objections(m.Record)
		if !there[id] || to[id] == "" || s.AddressOf(b.Channel, m) != to[id] || schema.Restriction(m.Record) != "" || slices.Contains(objects, record.ObjectsBy(b.Channel)) ||
			!owed(m, claim[id]) || !b.Needed && (slices.Contains(objects, record.ObjectsAll) || slices.Contains(objects, b.Purpose)) {
			continue
		}
		out = append(out, id)
	}
	return out, nil
}

// stillOwed returns what tells whether something is still owed on the claim that a member
// is written to about: by the books where they are open here, and by her record. What is
// about no claim is.
func (s *session) stillOwed(b *outbox.Batch) func(m *desk.Member, claim string) bool {
	var books *desk.Dues
	if slices.ContainsFunc(b.Messages, func(m outbox.Message) bool { return m.Claim != "" }) {
		books, _ = s.Dues("") // whoever does not collect sees less
	}
	return func(m *desk.Member, claim string) bool {
		if claim == "" {
			return true
		}
		if books != nil {
			if c := books.Claims[claim]; c != nil && c.Left() == 0 {
				return false
			}
		}
		lines := s.Policy().Schema().DuesOf(m.Record)
		return !slices.ContainsFunc(lines, func(l record.DuesLine) bool { return l.Payload == claim && !l.Unpaid() })
	}
}

// chosenOf returns the sendings in the outbox that the arguments name: all, or one.
func (s *session) chosenOf(box *outbox.Box, args []string) ([]*outbox.Status, error) {
	if len(args) == 0 {
		return box.List()
	}
	id, err := register.ParseRecordID(args[0])
	if err != nil {
		return nil, s.notInOutbox()
	}
	x, err := box.Status(id)
	if errors.Is(err, outbox.ErrNoBatch) {
		return nil, s.notInOutbox()
	}
	if err != nil {
		return nil, err
	}
	return []*outbox.Status{x}, nil
}

func (s *session) notInOutbox() error {
	return refused(s.tr("nothing of this sending lies in the outbox"), s.tr("medlem outbox shows the ids"))
}
