package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/dues"
	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sms"
)

// notice is what one member is told that she owes.
type notice struct {
	member  register.RecordID
	unit    register.UnitID
	fields  map[string]record.Value
	channel string // the first of the policy in which she is reached; "" none
	year    int
	payload string
	since   register.Day // from when it may have reached her; "" it goes again
	due     register.Day
	owes    int64 // øre or öre; 0: it is not known here
	again   bool  // it was claimed before
}

// noticesOf are the notices of claims; channels, where they are not the first that each
// member has.
func noticesOf(claims []*dues.Claim, of []*dues.Member, channels []string, p *policy.Policy) []notice {
	out := make([]notice, len(claims))
	for i, c := range claims {
		out[i] = notice{member: of[i].ID, unit: of[i].Unit, fields: of[i].Fields, year: c.Year, payload: c.Payload, due: c.Due, owes: c.Left(), again: channels != nil}
		if channels != nil {
			out[i].channel = channels[i]
		} else {
			out[i].channel, out[i].since = dues.Channel(p, of[i]), c.Claimed
		}
		if n := len(c.Reminds); channels != nil && n > 0 {
			out[i].since = c.Reminds[n-1].Day
		}
	}
	return out
}

// byWire are those of the notices that go by e-mail or SMS.
func byWire(ns []notice) []notice {
	return slices.DeleteFunc(ns, func(n notice) bool { return n.channel != policy.ChannelEmail && n.channel != policy.ChannelSMS })
}

// duesSentJSON is what came of telling members what they owe.
type duesSentJSON struct {
	Sendings []deliveredJSON `json:"sendings"`
	Letters  int             `json:"letters"` // reached by letter alone
	Nowhere  int             `json:"nowhere"` // have no address that works
	LeftOut  int             `json:"left_out"`
}

// readyToSend returns an error where a channel of the policy has nothing set up here by
// which messages go.
func (s *session) readyToSend() error {
	channels := s.Policy().Dues.Channels
	if len(channels) == 0 {
		channels = policy.Channels
	}
	if slices.Contains(channels, policy.ChannelEmail) {
		settings, err := s.mailSettings()
		if err != nil {
			return err
		}
		if settings == nil {
			return s.noMail()
		}
	}
	if slices.Contains(channels, policy.ChannelSMS) {
		settings, err := s.smsSettings()
		if err != nil {
			return err
		}
		if settings == nil {
			return s.noGateway()
		}
	}
	return nil
}

// sendDues sends the notices, by e-mail and by SMS, each with a receipt of its own: no
// objection keeps anybody from knowing what she owes. Letters are counted. automatic is ""
// where an officer who does not collect sends one member hers again: as what she writes.
func (s *session) sendDues(ctx context.Context, automatic string, ns []notice) (*duesSentJSON, error) {
	out := &duesSentJSON{Sendings: []deliveredJSON{}}
	by := map[string]map[register.RecordID]notice{policy.ChannelEmail: {}, policy.ChannelSMS: {}}
	for _, n := range ns {
		switch {
		case by[n.channel] != nil:
			by[n.channel][n.member] = n
		case n.channel == policy.ChannelLetter:
			out.Letters++
		default:
			out.Nowhere++
		}
	}
	for _, channel := range []string{policy.ChannelEmail, policy.ChannelSMS} {
		if len(by[channel]) == 0 {
			continue
		}
		opt := desk.SendingOptions{Channel: channel, Automatic: automatic, Needed: true, Subject: s.inOrganisation().duesSubject(automatic)}
		if automatic != "" {
			opt.Once = map[register.RecordID]register.Day{}
		}
		parts := 1
		for id, n := range by[channel] {
			if n.since != "" && automatic != "" {
				opt.Once[id] = n.since
			}
			if automatic == "" {
				opt.Units, opt.Condition = []register.UnitID{n.unit}, "id"
				opt.Where = func(m *desk.Member) (bool, error) { return m.Path.ID == id, nil }
			} else {
				opt.Members = append(opt.Members, id)
				if automatic == access.SendingClaim {
					opt.Condition = desk.ClaimCondition(n.year)
				}
			}
			parts = max(parts, sms.Measure(s.duesText(n, true)).Parts)
		}
		if channel == policy.ChannelSMS {
			opt.Parts = parts
		}
		plan, err := s.PlanSending(ctx, opt)
		if err != nil {
			return nil, err
		}
		for _, n := range plan.LeftOut {
			out.LeftOut += n
		}
		if len(plan.Recipients) == 0 {
			continue
		}
		batch := &outbox.Batch{Subject: opt.Subject, Automatic: true}
		for _, m := range plan.Recipients {
			n := by[channel][m.Path.ID]
			x := outbox.Message{Member: m.Path.ID, Unit: m.Path.Unit, To: s.AddressOf(channel, m), Text: s.duesText(n, channel == policy.ChannelSMS), Claim: n.payload}
			if channel == policy.ChannelEmail {
				x.Subject = s.inLanguageOf(n.fields).duesSubject(automatic)
			}
			batch.Messages = append(batch.Messages, x)
		}
		d, err := s.deliver(ctx, plan, batch)
		if err != nil {
			return nil, err
		}
		if d.Later != nil {
			s.warn(s.carrierFailure(d.Later).Error(), "")
		}
		out.Sendings = append(out.Sendings, *delivered(d))
	}
	return out, nil
}

// tellNoticesPrice says what those of the notices cost that go by SMS, at most: by the
// longest of them.
func (s *session) tellNoticesPrice(w io.Writer, ns []notice) {
	n, longest := 0, ""
	for _, x := range ns {
		if x.channel != policy.ChannelSMS {
			continue
		}
		n++
		if text := s.duesText(x, true); longest == "" || sms.Measure(text).Parts > sms.Measure(longest).Parts {
			longest = text
		}
	}
	if n == 0 {
		return
	}
	settings, err := s.smsSettings()
	if err != nil {
		s.warn(s.explain(err).msg, "")
	}
	s.tellDear(w, longest)
	s.tellPrice(w, sms.Measure(longest).Parts, n, settings)
}

// inOrganisation says texts in the organisation's first language.
func (s *session) inOrganisation() *app { return &app{texts: newTexts(s.Policy().Languages[0])} }

// inLanguageOf says texts in the language that a member's record names, where it is one of
// the organisation's.
func (s *session) inLanguageOf(fields map[string]record.Value) *app {
	if lang := fields["language"].String(); slices.Contains(s.Policy().Languages, lang) {
		return &app{texts: newTexts(lang)}
	}
	return s.inOrganisation()
}

// duesSubject is what stands above such a message. It tells nobody who sees it that it is
// about a membership.
func (a *app) duesSubject(automatic string) string {
	if automatic == access.SendingReminder {
		return a.tr("Reminder of an invoice")
	}
	return a.tr("Invoice")
}

// duesText tells a member what she owes and how it is paid, in her language; short, on one
// line, for an SMS.
func (s *session) duesText(n notice, short bool) string {
	own, p := s.inLanguageOf(n.fields), s.Policy()
	payee := p.Label(p.Dues.Payee, own.texts.lang)
	said := &session{app: own, Desk: s.Desk}
	lines := []string{}
	if payee != "" {
		lines = append(lines, own.tr("To: {{.Name}}", "Name", payee))
	}
	if n.owes > 0 {
		lines = append(lines, own.tr("Amount: {{.Sum}}", "Sum", said.money(n.owes)))
	} else {
		lines = append(lines, own.tr("Amount: as on the invoice that you had before"))
	}
	if p.Dues.Account != "" {
		lines = append(lines, own.tr("Account: {{.Number}}", "Number", p.Dues.Account))
	}
	lines = append(lines, own.tr("Payment reference: {{.Number}}", "Number", s.reference(n.payload)), own.tr("Due: {{.Day}}", "Day", n.due))
	if short {
		return strings.Join(lines, ". ") + "."
	}
	text := own.tr("Invoice for {{.Year}}.", "Year", n.year)
	if n.again {
		text = own.tr("This is about the invoice for {{.Year}}, on which something is still open. If you have paid it in the last few days, you need do nothing.", "Year", n.year)
	}
	text += "\n\n" + strings.Join(lines, "\n") + "\n\n" + own.tr("Always pay with the reference: without it nobody can see whose payment it is.") + "\n"
	for _, m := range p.Dues.Means {
		if m.Offered && len(m.Says) > 0 {
			text += "\n" + p.Label(m.Says, own.texts.lang) + "\n"
		}
	}
	return text
}

// tellDuesSent says what came of it.
func (s *session) tellDuesSent(w io.Writer, x *duesSentJSON) {
	if x == nil {
		return
	}
	for i := range x.Sendings {
		s.tellOutcome(w, &x.Sendings[i])
	}
	if x.Letters > 0 {
		fmt.Fprintln(w, s.trn(x.Letters, "{{.N}} member is reached by letter only: medlem letters", "{{.N}} members are reached by letter only: medlem letters"))
	}
	if n := x.Nowhere + x.LeftOut; n > 0 {
		fmt.Fprintln(w, s.trn(n, "{{.N}} member has no address that works.", "{{.N}} members have no address that works."))
	}
}
