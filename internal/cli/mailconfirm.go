package cli

import (
	"errors"
	"net/url"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/mail"
	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// lessThanMonth is a number of days in which nobody is asked twice, whatever the policy: it
// counts in months. Who has been asked since then has been by another desk, just now.
const lessThanMonth = 27

// toUnconfirmed makes the options of an e-mail that asks members whether what is kept
// about them is right: nobody twice within the months of the policy.
func (s *session) toUnconfirmed(o *mailFlags, opt *desk.SendingOptions) error {
	if o.office != "" || o.class != "" || o.where != "" || o.draw != "" || o.purpose != "" || o.event != "" || o.planFor != "" {
		return usageError(s.tr("--unconfirmed says to whom by itself"), s.tr("leave the other flags out, but --unit and --below"))
	}
	units, below := opt.Units, opt.Below
	if len(units) == 0 {
		units, below = s.ownUnits(policy.ActSend, policy.ActMerge), true
	}
	if len(units) == 0 {
		return usageError(s.tr("say whose members: --unit UNIT"), "")
	}
	ms, err := s.Unconfirmed(units, below)
	if errors.Is(err, desk.ErrNeverAsked) {
		return refused(s.tr("the policy asks members by no message whether what is kept about them is right"), s.tr("write after how many months into policies/sendings.yaml: confirm-every"))
	}
	if err != nil {
		return err
	}
	opt.Units, opt.Below, opt.Automatic, opt.Once = nil, false, access.SendingConfirm, map[register.RecordID]register.Day{}
	for _, m := range ms {
		opt.Members, opt.Once[m.Path.ID] = append(opt.Members, m.Path.ID), s.Today().Add(-lessThanMonth)
	}
	return nil
}

// askSubject is what stands above such an e-mail. It tells nobody of a membership.
func (a *app) askSubject() string { return a.tr("Are your details still right?") }

// askText asks a member, in Markdown and in the language of own, whether what is kept
// about her is right. It says nothing of what that is, and has no secret: her page opens
// with what stands in her letter. Where membership is a sensitive fact it names no
// organisation, nor a site that tells.
func (s *session) askText(own *app) []byte {
	p := s.Policy()
	page := ""
	if p.Site != "" && p.Pages != nil {
		page = p.Site + "me/"
		if u, err := url.Parse(page); p.Hides() && (err != nil || s.tells(u.Host+" "+u.Path) != "") {
			page = ""
		}
	}
	lines := []string{own.tr("Hello,"), own.tr("from time to time we ask whether the details that we have of you are still right, such as how we reach you.")}
	if page != "" {
		lines = append(lines, own.tr("You see them on your own page, which opens with what stands in the letter that you have from us. There you can also say that all is right, or correct it:"), "<"+page+">",
			own.tr("If you do not have the letter any more, answer this e-mail."))
	} else {
		lines = append(lines, own.tr("If something has changed, such as your address or your phone number, answer this e-mail and tell us. If all is as it was, say that."))
	}
	if !p.Hides() {
		lines = append(lines, own.tr("Regards,")+"\\\n"+markdownEscape.Replace(p.Name))
	}
	return []byte(strings.Join(lines, "\n\n") + "\n")
}

// markdownEscape keeps what a name holds from being taken for Markdown.
var markdownEscape = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "`", "\\`", "&", `\&`, "#", `\#`, "!", `\!`)

// askInHerLanguage puts the program's own text into a message in the language that the
// member's record names, where that is another than the organisation's first.
func (s *session) askInHerLanguage(o *mailFlags, m *desk.Member, x *outbox.Message) error {
	own := s.inLanguageOf(m.Record.Fields)
	if o.body != "" || own.texts.lang == s.Policy().Languages[0] {
		return nil
	}
	body, err := mail.Render(s.askText(own))
	if err != nil {
		return err
	}
	if o.subject == "" {
		x.Subject = own.askSubject()
	}
	x.Text, x.HTML = own.withStop(body)
	return nil
}
