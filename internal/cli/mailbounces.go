package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/mail"
	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// mailboxLimit is the largest mailbox file that is read, in bytes.
const mailboxLimit = 2 << 30 // 2 GiB

const imapWord = "imap" // in the place of a file

func (a *app) mailBouncesCommand() *cobra.Command {
	var remove bool
	c := a.build(command{
		use:   "bounces FILE|imap",
		short: a.tr("read which e-mails came back, and note whose address does not receive"),
		long: a.tr("Reads a mailbox file (mbox), or with the word imap the mailbox that medlem mail setup knows, for e-mails that came back. " +
			"Where an address does not receive mail, it is noted in the member's record, as a correction: it gets nothing more until it is changed. " +
			"Only what bears the random mark of an e-mail that was sent from here counts; that a mailbox is full, or a filter refuses, notes nothing. " +
			"What the mail server refused at once is noted too, where it refused that address and took others. Somebody whose address works after all: medlem edit ID --clear bounced. Nothing in the mailbox is changed, unless --delete says so, which takes away what was dealt with."),
		example: "medlem mail bounces returned.mbox\nmedlem mail bounces imap --delete",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.mailBounces(c.Context(), args[0], remove) })
		},
	})
	c.Flags().BoolVar(&remove, "delete", false, a.tr("with imap: delete there what was dealt with"))
	return c
}

type bouncesJSON struct {
	Read      int                 `json:"read"`      // messages in the mailbox
	Reports   int                 `json:"reports"`   // of them, about e-mails that were sent from here
	Strangers int                 `json:"strangers"` // reports that name none of them
	Delayed   int                 `json:"delayed"`   // it may still arrive
	Other     int                 `json:"other"`     // refused for what is not the address
	Refused   int                 `json:"refused"`   // by the mail server, when they were sent
	Handled   []uint32            `json:"handled"`   // the messages that were dealt with: their numbers in the file, or UIDs
	Marked    []register.RecordID `json:"marked"`    // members whose address is noted now
	Before    int                 `json:"before"`    // noted already
	Gone      int                 `json:"gone"`      // left, or has another address by now
	Passed    int                 `json:"passed"`    // passed over: a change of hers waits, or she is not the officer's to correct
	Draft     bool                `json:"draft"`     // they are noted in the draft
	Deleted   bool                `json:"deleted"`   // with --delete
}

// bounces collects what a mailbox says.
type bounces struct {
	out    bouncesJSON
	traces map[string]outbox.Trace
	failed map[register.RecordID][]string // the tokens of a member's messages that came back
	of     map[uint32]register.RecordID   // whose address does not receive, by handled message
	keep   map[register.RecordID]bool     // whose reports are not dealt with yet
}

func newBounces() *bounces {
	return &bounces{out: bouncesJSON{Handled: []uint32{}, Marked: []register.RecordID{}}, failed: map[register.RecordID][]string{}, of: map[uint32]register.RecordID{}, keep: map[register.RecordID]bool{}}
}

// take takes one message in, and says whether it was about one that was sent from here.
func (b *bounces) take(n uint32, x mail.Report) bool {
	b.out.Read++
	if x.Kind == mail.ReportNone {
		return false
	}
	for _, token := range x.Tokens {
		t, ok := b.traces[token]
		if !ok || t.Channel != policy.ChannelEmail || t.Fate != outbox.Sent && t.Fate != outbox.Unknown {
			continue
		}
		b.out.Reports++
		switch x.Kind {
		case mail.ReportFailed:
			if b.keep[t.Member] {
				return false
			}
			b.failed[t.Member] = append(b.failed[t.Member], token)
			b.of[n] = t.Member
		case mail.ReportOther:
			b.out.Other++
		case mail.ReportDelayed:
			b.out.Delayed++
		}
		b.out.Handled = append(b.out.Handled, n)
		return true
	}
	b.out.Strangers++
	return false
}

// refused takes in what mail servers refused when it was handed over, where they said that
// it is the address.
func (b *bounces) refused() {
	for token, t := range b.traces {
		if t.Channel == policy.ChannelEmail && t.Fate == outbox.Refused && !t.Heeded && mail.GoneCode(t.Code, t.Alone) {
			b.out.Refused++
			b.failed[t.Member] = append(b.failed[t.Member], token)
		}
	}
}

func (s *session) mailBounces(ctx context.Context, from string, remove bool) error {
	if remove && from != imapWord {
		return usageError(s.tr("--delete is about a mailbox on a server"), s.tr("a file stays as it is"))
	}
	box, err := s.outbox()
	if err != nil {
		return err
	}
	defer box.Close()
	b := newBounces()
	if b.traces, err = box.Traces(); err != nil {
		return err
	}
	b.refused()
	// The records are noted before anything is deleted: killed in between, it is read again.
	if err := s.readBounces(ctx, from, false, b); err != nil {
		return err
	}
	if err := s.markBounced(ctx, b); err != nil {
		return err
	}
	if err := box.Heed(func(token string) bool {
		id := b.traces[token].Member
		return slices.Contains(b.failed[id], token) && !b.keep[id]
	}); err != nil {
		return err
	}
	if remove && len(b.out.Handled) > 0 {
		again := newBounces()
		again.traces, again.keep = b.traces, b.keep
		if err := s.readBounces(ctx, from, true, again); err != nil {
			return err
		}
		b.out.Deleted = true
	}
	return s.result(b.out, func(w io.Writer) { s.tellBounces(w, &b.out) })
}

// readBounces reads the mailbox. With remove it deletes there what it was about.
func (s *session) readBounces(ctx context.Context, from string, remove bool, b *bounces) error {
	if from != imapWord {
		f, err := os.Open(from)
		if err != nil {
			return err
		}
		defer f.Close()
		if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() || st.Size() > mailboxLimit {
			return usageError(s.tr("{{.Path}} is no mailbox file that is read here", "Path", from), "")
		}
		err = mail.ReadMbox(f, func(n int, x mail.Report) error { b.take(uint32(n), x); return ctx.Err() })
		if errors.Is(err, mail.ErrMailbox) {
			return &failure{exitRead, s.tr("{{.Path}} is no mailbox file (mbox)", "Path", from), s.tr("save the messages that came back as one from your mail program")}
		}
		return err
	}
	x, err := s.mailSettings()
	if err != nil {
		return err
	}
	if x == nil || x.IMAP == nil {
		return refused(s.tr("it is not set up where answers are read"), s.tr("medlem mail setup --imap-host NAME"))
	}
	name := mailSecret
	if x.IMAP.User != x.User {
		name = imapSecret
	}
	secret, err := s.accountSecretOf(name)
	if err != nil {
		return err
	}
	err = x.Mailbox(secret).Read(ctx, remove, func(uid uint32, r mail.Report) (bool, error) { return b.take(uid, r), ctx.Err() })
	switch {
	case errors.Is(err, mail.ErrIMAPLogin), errors.Is(err, mail.ErrIMAPFolder), errors.Is(err, mail.ErrIMAP):
		return &failure{exitRead, err.Error(), s.tr("medlem mail setup shows what is set up")}
	}
	return s.carrierFailure(err)
}

// markBounced notes the addresses that do not receive.
func (s *session) markBounced(ctx context.Context, b *bounces) error {
	if len(b.failed) == 0 {
		return nil
	}
	var ids []register.RecordID
	for id := range b.failed {
		ids = append(ids, id)
	}
	done, err := s.MarkBounced(ctx, policy.ChannelEmail, ids, func(m *desk.Member) bool {
		to := s.AddressOf(policy.ChannelEmail, m)
		for _, token := range b.failed[m.Path.ID] {
			if b.traces[token].Is(token, to) {
				return true
			}
		}
		return false
	})
	if errors.Is(err, desk.ErrOwnBounced) {
		return refused(s.tr("policies/fields.yaml has a field bounced of its own, where this is noted"), s.tr("the secretariat gives that field another key"))
	}
	if err != nil {
		return err
	}
	b.out.Marked = append(b.out.Marked, done.Marked...)
	b.out.Before, b.out.Gone, b.out.Passed, b.out.Draft = done.Before, done.Gone, len(done.Passed), !s.Secretary() && len(done.Marked) > 0
	for _, id := range done.Passed {
		b.keep[id] = true
	}
	b.out.Handled = slices.DeleteFunc(b.out.Handled, func(n uint32) bool { return b.keep[b.of[n]] })
	return nil
}

func (s *session) tellBounces(w io.Writer, x *bouncesJSON) {
	fmt.Fprintln(w, s.trn(x.Read, "{{.N}} message read, {{.Reports}} about e-mails that were sent from here", "{{.N}} messages read, {{.Reports}} about e-mails that were sent from here", "Reports", x.Reports))
	line := func(n int, text string) {
		if n > 0 {
			fmt.Fprintln(w, "  "+text)
		}
	}
	line(x.Strangers, s.trn(x.Strangers, "{{.N}} report of something else, passed over", "{{.N}} reports of something else, passed over"))
	line(x.Delayed, s.trn(x.Delayed, "{{.N}} is still on its way", "{{.N}} are still on their way"))
	line(x.Other, s.trn(x.Other, "{{.N}} was refused, but not for its address", "{{.N}} were refused, but not for their address"))
	line(x.Refused, s.trn(x.Refused, "{{.N}} was refused by the mail server at once", "{{.N}} were refused by the mail server at once"))
	line(x.Before, s.trn(x.Before, "{{.N}} address was noted before", "{{.N}} addresses were noted before"))
	line(x.Gone, s.trn(x.Gone, "{{.N}} has left or has another address by now", "{{.N}} have left or have another address by now"))
	line(x.Passed, s.trn(x.Passed, "{{.N}} was passed over: a change of hers waits, or she is not yours to correct. It is read again next time", "{{.N}} were passed over: a change of theirs waits, or they are not yours to correct. They are read again next time"))
	fmt.Fprintln(w, s.trn(len(x.Marked), "{{.N}} address is noted as one that does not receive.", "{{.N}} addresses are noted as ones that do not receive."))
	for _, id := range x.Marked {
		fmt.Fprintln(w, "  "+string(id))
	}
	if x.Draft {
		fmt.Fprintln(w, s.tr("It stands in your draft. Next: medlem submit"))
	}
	switch {
	case x.Deleted:
		fmt.Fprintln(w, s.trn(len(x.Handled), "{{.N}} message was deleted from the mailbox.", "{{.N}} messages were deleted from the mailbox."))
	case len(x.Handled) > 0:
		fmt.Fprintln(w, s.trn(len(x.Handled), "{{.N}} message in the mailbox was dealt with, and is still there.", "{{.N}} messages in the mailbox were dealt with, and are still there."))
	}
}
