package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	links "github.com/medlem-register/medlem/internal/link"
	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sms"
)

type smsFlags struct {
	audience
	text string
	file string
	tidy bool
}

func (a *app) smsCommand() *cobra.Command {
	var o smsFlags
	c := a.build(command{
		use:   "sms --unit UNIT --text TEXT",
		short: a.tr("send members an SMS, or see what it would cost"),
		long: a.tr("Counts an SMS as the network does, shows what it costs and whom it reaches, and sends it with --send. " +
			"A text of 160 characters is one part; longer ones are paid for by part, and a letter that the telephones' own alphabet lacks (á, č, –) makes 70 of them: it is shown where the first stands. " +
			"Members get it who are active, have a mobile number and do not object; who is left out is counted, and why. What others send to the same members, or plan to, is shown first. " +
			"Links count with their length, and none may tell who has followed it."),
		example: "medlem sms --unit asker --event Aksjonsdag --text \"Aksjonsdag lørdag kl. 12 på torget. Mer: https://lag.example/aksjon\"\n" +
			"medlem sms --unit asker --event Aksjonsdag --file aksjon.txt --send",
		codes: "134",
		run: func(c *cobra.Command, _ []string) error {
			return a.at(withKey, func(s *session) error { return s.sms(c.Context(), &o) })
		},
	})
	a.audienceFlags(c, &o.audience)
	f := c.Flags()
	f.StringVar(&o.text, "text", "", a.tr("the `TEXT`"))
	f.StringVar(&o.file, "file", "", a.tr("or the `FILE` that holds it"))
	f.BoolVar(&o.tidy, "tidy", false, a.tr("replace dashes, quotation marks and the like by those that cost nothing extra; letters stay"))
	c.AddCommand(a.smsSetupCommand())
	return c
}

// smsText reads and judges the text of an SMS.
func (s *session) smsText(o *smsFlags) (string, error) {
	text := o.text
	if o.file != "" {
		b, err := readFile(o.file, 4*sms.TextLimit)
		if err != nil {
			return "", err
		}
		text = string(b)
	}
	if (o.text == "") == (o.file == "") {
		return "", usageError(s.tr("say what it says: --text TEXT or --file FILE"), "")
	}
	// What an editor of text puts around it costs parts, and shows nowhere.
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
	if text = strings.TrimSpace(text); o.tidy {
		text = sms.Tidy(text)
	}
	if text == "" || !validText(text) {
		return "", usageError(s.tr("there is no text in it, or signs that are none"), "")
	}
	if n := len([]rune(text)); n > sms.TextLimit {
		return "", refused(s.tr("an SMS has at most {{.Limit}} characters; this has {{.N}}", "Limit", sms.TextLimit, "N", n), s.tr("link to more, or send an e-mail"))
	}
	settings, err := s.smsSettings()
	if err != nil {
		return "", err
	}
	if settings != nil {
		if r := settings.Lacks(text); r != 0 {
			return "", refused(s.tr("the SMS gateway does not take «{{.Letter}}»", "Letter", cell(string(r))), s.tr("leave it out"))
		}
	}
	for _, l := range links.In(text) {
		if what := links.Tracking(l); what != "" {
			return "", refused(s.tr("a link in it tells who has followed it: {{.What}}", "What", quote(what)), s.tr("take that away, and link to the page itself"))
		}
	}
	return text, nil
}

// letterJSON is a letter that makes a text dear.
type letterJSON struct {
	Letter string `json:"letter"`
	Place  int    `json:"place"` // of its first in the text, from 1
	Times  int    `json:"times"`
}

type smsJSON struct {
	Encoding   string            `json:"encoding"`
	Characters int               `json:"characters"`
	Parts      int               `json:"parts"`
	Left       int               `json:"left"` // characters of the last part
	Letters    []letterJSON      `json:"letters"`
	Messages   int               `json:"messages"` // recipients times parts
	Cost       string            `json:"cost,omitempty"`
	Currency   string            `json:"currency,omitempty"`
	Reach      *reachJSON        `json:"reach"`
	Outcome    *deliveredJSON    `json:"outcome,omitempty"` // with --send
	Plan       register.RecordID `json:"plan,omitempty"`    // with --plan-for
}

func (s *session) sms(ctx context.Context, o *smsFlags) error {
	text, err := s.smsText(o)
	if err != nil {
		return err
	}
	count := sms.Measure(text)
	opt, err := s.smsOptions(o, count.Parts)
	if err != nil {
		return err
	}
	if o.send && opt.Planned != "" {
		return usageError(s.tr("--send and --plan-for do not go together"), "")
	}
	settings, err := s.smsSettings()
	if err != nil {
		return err
	}
	if o.send && settings == nil {
		return s.noGateway()
	}
	plan, err := s.PlanSending(ctx, opt)
	if err != nil {
		return err
	}
	out := smsJSON{Encoding: count.Encoding, Characters: count.Characters, Parts: count.Parts, Left: count.Left, Letters: []letterJSON{}, Messages: count.Parts * len(plan.Recipients), Reach: s.reach(plan)}
	for _, l := range count.Because {
		out.Letters = append(out.Letters, letterJSON{string(l.Rune), l.Place, l.Times})
	}
	if settings != nil {
		out.Cost, out.Currency = settings.Cost(count.Parts, len(plan.Recipients)), settings.Currency
	}
	tell := func(w io.Writer) { s.tellSMS(w, &out, plan, text, settings) }
	switch {
	case opt.Planned != "":
		done, err := s.CommitSending(ctx, plan)
		if err != nil {
			return err
		}
		out.Plan = done.Receipt.ID
		return s.result(out, func(w io.Writer) {
			tell(w)
			fmt.Fprintln(w, s.tr("The others see that you plan it for {{.Day}}; nothing is sent.", "Day", opt.Planned))
		})
	case !o.send:
		return s.result(out, func(w io.Writer) {
			tell(w)
			fmt.Fprintln(w, s.tr("Nothing is sent. Next: the same with --send"))
		})
	}
	if len(plan.Recipients) == 0 {
		return desk.ErrSendingNobody
	}
	if s.Terminal { // what is asked about is seen before it is asked
		var b strings.Builder
		tell(&b)
		fmt.Fprint(s.Stderr, b.String())
	}
	if err := s.agreed(s.smsQuestion(&out, len(plan.Recipients))); err != nil {
		return err
	}
	batch := &outbox.Batch{Text: text}
	for _, m := range plan.Recipients {
		batch.Messages = append(batch.Messages, outbox.Message{Member: m.Path.ID, Unit: m.Path.Unit, To: s.AddressOf(policy.ChannelSMS, m)})
	}
	d, err := s.deliver(ctx, plan, batch)
	if err != nil {
		return err
	}
	out.Outcome = delivered(d)
	if d.Later != nil {
		s.warn(s.carrierFailure(d.Later).Error(), "")
	}
	return s.result(out, func(w io.Writer) {
		if !s.Terminal {
			tell(w)
		}
		s.tellDelivered(w, d)
	})
}

// smsQuestion asks for a person's word on what is paid.
func (s *session) smsQuestion(x *smsJSON, recipients int) string {
	if x.Cost == "" {
		return s.trn(x.Messages, "Send {{.N}} SMS to {{.Members}} (what it costs is not known here)?", "Send {{.N}} SMS to {{.Members}} (what they cost is not known here)?", "Members", s.trn(recipients, "{{.N}} member", "{{.N}} members"))
	}
	return s.trn(x.Messages, "Send {{.N}} SMS to {{.Members}}, for {{.Cost}}?", "Send {{.N}} SMS to {{.Members}}, for {{.Cost}}?", "Members", s.trn(recipients, "{{.N}} member", "{{.N}} members"), "Cost", strings.TrimSpace(x.Cost+" "+x.Currency))
}

func (s *session) smsOptions(o *smsFlags, parts int) (desk.SendingOptions, error) {
	opt, err := s.sendingOptions(&o.audience, policy.ChannelSMS)
	if err != nil {
		return opt, err
	}
	opt.Parts, opt.Subject = parts, opt.Event
	if err := s.chosen(&o.audience, &opt); err != nil {
		return opt, err
	}
	if rules := s.Policy().Sendings.SMS; opt.Event == "" && rules.PerEvent > 0 {
		return opt, usageError(s.trn(rules.PerEvent, "say what it is about: --event WORDS; a member gets at most {{.N}} SMS about one event", "say what it is about: --event WORDS; a member gets at most {{.N}} SMS about one event"), "")
	}
	return opt, nil
}

// tellSMS shows an SMS, what it costs and whom it reaches.
func (s *session) tellSMS(w io.Writer, x *smsJSON, plan *desk.SendingPlan, text string, settings *sms.Settings) {
	p := s.Policy()
	for _, line := range strings.Split(text, "\n") {
		fmt.Fprintln(w, "  "+cell(line))
	}
	fmt.Fprintln(w, s.trn(x.Characters, "{{.N}} character", "{{.N}} characters")+", "+s.trn(x.Parts, "{{.N}} part", "{{.N}} parts")+"; "+s.trn(x.Left, "{{.N}} more fits", "{{.N}} more fit"))
	s.tellDear(w, text)
	if len(x.Letters) > 0 && sms.Measure(sms.Tidy(text)).Encoding == sms.GSM7 {
		fmt.Fprintln(w, s.tr("--tidy replaces them by signs that look nearly the same."))
	}
	if most := p.Sendings.SMS.Characters; most > 0 && x.Characters > most {
		fmt.Fprintln(w, s.tr("The policy asks for at most {{.N}} characters: longer messages cost more.", "N", most))
	}
	if p.Sendings.SMS.Links == "prefer" && len(links.In(text)) == 0 && x.Parts > 1 {
		fmt.Fprintln(w, s.tr("Rather link to more than write it all."))
	}
	if p.Hides() && p.Tells(text) {
		fmt.Fprintln(w, s.tr("The text tells that whoever gets it is a member, or of what kind the organisation is; telephones show it when they are locked."))
	}
	s.tellReach(w, plan)
	s.tellPrice(w, x.Parts, len(plan.Recipients), settings)
}

// tellDear says which letters make a text dearer.
func (s *session) tellDear(w io.Writer, text string) {
	for _, l := range sms.Measure(text).Because {
		fmt.Fprintln(w, s.tr("«{{.Letter}}», the {{.Place}}th character, makes it dearer: a part has 70 characters with it, and 160 without", "Letter", cell(string(l.Rune)), "Place", l.Place))
	}
}

// tellPrice says what SMS of so many parts to so many members cost. Whatever asks whether
// SMS are to go says it before.
func (s *session) tellPrice(w io.Writer, parts, members int, settings *sms.Settings) {
	if members == 0 {
		return
	}
	cost := ""
	if settings != nil {
		cost = settings.Cost(parts, members)
	}
	if cost == "" {
		fmt.Fprintln(w, s.tr("What it costs is not known here: medlem sms setup --price AMOUNT"))
		return
	}
	fmt.Fprintln(w, s.tr("Price: {{.Parts}} × {{.Members}} × {{.Price}} = {{.Cost}}", "Parts", s.trn(parts, "{{.N}} part", "{{.N}} parts"),
		"Members", s.trn(members, "{{.N}} member", "{{.N}} members"), "Price", settings.Price, "Cost", strings.TrimSpace(cost+" "+settings.Currency)))
}

func validText(text string) bool {
	return !slices.ContainsFunc([]rune(text), func(r rune) bool { return r == '\ufffd' || r < ' ' && r != '\n' && r != '\t' && r != '\r' })
}
