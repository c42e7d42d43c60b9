package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/mail"
	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sms"
)

func (a *app) welcomeCommand() *cobra.Command {
	var send bool
	c := a.build(command{
		use:   "welcome",
		short: a.tr("greet new members, each once"),
		long: a.tr("Shows how many new members nobody has greeted yet, and with --send greets them, by the way that the policy says (policies/sendings.yaml, automatic, the message welcome). " +
			"New is whoever the secretariat has taken in within 60 days and who was not in the register before; whoever joined long ago by her record is not. " +
			"Each is greeted once, also when this is killed and run again: who was greeted stands sealed beside the receipt, before the first message goes. " +
			"With medlem welcome setup --at-merge it is done after every merge. The first claim of dues is medlem dues claim."),
		example: "medlem welcome\nmedlem welcome --send",
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			return a.at(withKey, func(s *session) error { return s.welcome(c.Context(), send) })
		},
	})
	c.Flags().BoolVar(&send, "send", false, a.tr("send it"))
	c.AddCommand(a.welcomeSetupCommand())
	return c
}

// welcomeSettings is what new members are greeted with, as it is kept on this machine.
type welcomeSettings struct {
	Subject string `json:"subject"`
	Body    string `json:"body"` // Markdown, or the text of an SMS
	AtMerge bool   `json:"at_merge"`
}

const (
	welcomeFile  = "welcome.json"
	welcomeLimit = 4 * mail.BodyLimit // bytes; what is quoted in JSON grows
)

// greeting reads what new members are greeted with; nil: nothing is set up.
func (s *session) greeting() (*welcomeSettings, error) {
	b, err := readFile(filepath.Join(s.settingsFolder(), welcomeFile), welcomeLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	x := &welcomeSettings{}
	if json.Unmarshal(b, x) != nil || x.Body == "" {
		return nil, &failure{exitRead, s.tr("the greeting that is kept here cannot be read"), s.tr("set it up again: medlem welcome setup")}
	}
	return x, nil
}

func (a *app) welcomeSetupCommand() *cobra.Command {
	var subject, body string
	var atMerge bool
	c := a.build(command{
		use:   "setup --subject TEXT --body FILE",
		short: a.tr("say what new members are greeted with"),
		long: a.tr("Keeps on this computer, for this register, what new members are greeted with: a subject and a text in Markdown, or the text of an SMS where the policy greets by SMS. " +
			"With --at-merge every medlem merge of yours greets those whom it took in."),
		example: "medlem welcome setup --subject \"Velkommen\" --body velkommen.md --at-merge",
		codes:   "134",
		run: func(*cobra.Command, []string) error {
			return a.at(withKey, func(s *session) error { return s.welcomeSetup(subject, body, atMerge) })
		},
	})
	f := c.Flags()
	f.StringVar(&subject, "subject", "", a.tr("the subject: a line of `TEXT`"))
	f.StringVar(&body, "body", "", a.tr("the `FILE` with the text, in Markdown"))
	f.BoolVar(&atMerge, "at-merge", false, a.tr("greet after every merge"))
	return c
}

func (s *session) welcomeSetup(subject, body string, atMerge bool) error {
	channel := desk.WelcomeChannel(s.Policy())
	if channel == "" {
		return desk.ErrNoWelcome
	}
	if body == "" {
		return usageError(s.tr("say where the text is: --body FILE"), "")
	}
	if subject = strings.TrimSpace(subject); subject == "" && channel == policy.ChannelEmail {
		return usageError(s.tr("say what it is about: --subject TEXT"), "")
	}
	b, err := readFile(body, mail.BodyLimit)
	if err != nil {
		return err
	}
	x := &welcomeSettings{subject, string(b), atMerge}
	if _, err := s.greetingBatch(channel, x, body); err != nil { // what could not be sent is not kept
		return err
	}
	text, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(s.settingsFolder(), welcomeFile), append(text, '\n')); err != nil {
		return err
	}
	out := struct {
		Channel string `json:"channel"`
		Subject string `json:"subject"`
		AtMerge bool   `json:"at_merge"`
	}{channel, subject, atMerge}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, s.tr("New members are greeted with this, by {{.Channel}}.", "Channel", s.channelName(channel)))
		if atMerge {
			fmt.Fprintln(w, s.tr("It is done after every merge."))
		} else {
			fmt.Fprintln(w, s.tr("Next: medlem welcome --send"))
		}
	})
}

// greetingBatch makes the messages' text.
func (s *session) greetingBatch(channel string, x *welcomeSettings, path string) (*outbox.Batch, error) {
	if channel != policy.ChannelEmail {
		text, err := s.smsText(&smsFlags{text: x.Body})
		return &outbox.Batch{Text: text, Automatic: true}, err
	}
	if err := s.discreetly(s.tr("the subject"), x.Subject); err != nil {
		return nil, err
	}
	body, err := mail.Render([]byte(x.Body))
	if err != nil {
		return nil, s.bodyFailure(path, err)
	}
	if len(body.Images) > 0 {
		return nil, refused(s.tr("the greeting has pictures"), s.tr("link to them instead"))
	}
	return &outbox.Batch{Subject: x.Subject, Text: body.Text, HTML: body.HTML, Automatic: true}, nil
}

type welcomeJSON struct {
	Waiting int            `json:"waiting"` // new members whom nobody has greeted
	Reach   *reachJSON     `json:"reach,omitempty"`
	Outcome *deliveredJSON `json:"outcome,omitempty"` // with --send
}

func (s *session) welcome(ctx context.Context, send bool) error {
	out, tell, err := s.greet(ctx, send, true)
	if err != nil {
		return err
	}
	return s.result(out, tell)
}

// greet greets the new members whom nobody has greeted, or says how many there are.
func (s *session) greet(ctx context.Context, send, ask bool) (*welcomeJSON, func(io.Writer), error) {
	waiting, err := s.Unwelcomed()
	if err != nil {
		return nil, nil, err
	}
	out := &welcomeJSON{Waiting: len(waiting)}
	if len(waiting) == 0 {
		return out, func(w io.Writer) { fmt.Fprintln(w, s.tr("No new member waits for a greeting.")) }, nil
	}
	channel := desk.WelcomeChannel(s.Policy())
	opt := desk.SendingOptions{Channel: channel, Automatic: access.SendingWelcome, Once: map[register.RecordID]register.Day{}}
	for _, m := range waiting {
		opt.Members, opt.Once[m.Path.ID] = append(opt.Members, m.Path.ID), s.Today().Add(-desk.WelcomeDays)
	}
	x, err := s.greeting()
	if err != nil {
		return nil, nil, err
	}
	if x == nil {
		if send {
			return nil, nil, refused(s.tr("it is not said here what new members are greeted with"), s.tr("say it: medlem welcome setup"))
		}
		return out, func(w io.Writer) {
			fmt.Fprintln(w, s.waitForGreeting(len(waiting)))
			fmt.Fprintln(w, s.tr("Next: medlem welcome setup"))
		}, nil
	}
	batch, err := s.greetingBatch(channel, x, welcomeFile)
	if err != nil {
		return nil, nil, err
	}
	opt.Subject = x.Subject
	settings, err := s.smsSettings()
	if err != nil {
		return nil, nil, err
	}
	if channel == policy.ChannelSMS {
		opt.Parts = sms.Measure(batch.Text).Parts
	}
	plan, err := s.PlanSending(ctx, opt)
	if errors.Is(err, desk.ErrSendingNobody) {
		return out, func(w io.Writer) { fmt.Fprintln(w, s.waitForGreeting(len(waiting))) }, nil
	}
	if err != nil {
		return nil, nil, err
	}
	out.Reach = s.reach(plan)
	tell := func(w io.Writer) {
		fmt.Fprintln(w, s.waitForGreeting(len(waiting)))
		s.tellReach(w, plan)
		if channel == policy.ChannelSMS {
			s.tellDear(w, batch.Text)
			s.tellPrice(w, opt.Parts, len(plan.Recipients), settings)
		}
	}
	if !send || len(plan.Recipients) == 0 {
		return out, func(w io.Writer) {
			tell(w)
			if len(plan.Recipients) > 0 {
				fmt.Fprintln(w, s.tr("Next: medlem welcome --send"))
			}
		}, nil
	}
	if ask {
		if s.Terminal { // what is asked about is seen before it is asked
			tell(s.Stderr)
		}
		if err := s.agreed(s.trn(len(plan.Recipients), "Greet {{.N}} new member?", "Greet {{.N}} new members?")); err != nil {
			return nil, nil, err
		}
	}
	for _, m := range plan.Recipients {
		batch.Messages = append(batch.Messages, outbox.Message{Member: m.Path.ID, Unit: m.Path.Unit, To: s.AddressOf(channel, m)})
	}
	d, err := s.deliver(ctx, plan, batch)
	if err != nil {
		return nil, nil, err
	}
	out.Outcome = delivered(d)
	if d.Later != nil {
		s.warn(s.carrierFailure(d.Later).Error(), "")
	}
	return out, func(w io.Writer) {
		if !s.Terminal {
			tell(w)
		}
		s.tellDelivered(w, d)
	}, nil
}

func (s *session) waitForGreeting(n int) string {
	return s.trn(n, "{{.N}} new member waits for a greeting.", "{{.N}} new members wait for a greeting.")
}

// greetAfterMerge greets the members whom a merge has taken in, where that is set up
// here; else it says how many wait. What goes wrong with it is said and does not undo the
// merge: they wait for the next medlem welcome.
func (s *session) greetAfterMerge(ctx context.Context) {
	if desk.WelcomeChannel(s.Policy()) == "" {
		return
	}
	x, err := s.greeting()
	if err == nil {
		var out *welcomeJSON
		if out, _, err = s.greet(ctx, x != nil && x.AtMerge, false); err == nil {
			switch {
			case out.Outcome != nil:
				s.note(s.trn(out.Outcome.Sent, "{{.N}} new member is greeted.", "{{.N}} new members are greeted."))
				for _, line := range s.notSent(out.Outcome) {
					s.note(line)
				}
			case out.Waiting > 0:
				s.note(s.waitForGreeting(out.Waiting) + " " + s.tr("Next: medlem welcome --send"))
			}
			return
		}
	}
	f := s.explain(err)
	s.warn(s.tr("the new members are taken in, and not greeted: {{.Reason}}", "Reason", f.msg), s.tr("Next: medlem welcome --send"))
}
