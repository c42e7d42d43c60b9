package cli

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/dues"
	"github.com/medlem-register/medlem/internal/label"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

type letterFlags struct {
	drawFlags
	body     string
	subject  string
	envelope string
	pageLink string
	dues     int    // a year: a claim's payment part at the foot; 0: none
	form     string // of the Swedish payment form
}

const (
	lettersPurpose  = "letters" // where the policy has it and nobody says otherwise; else labelsPurpose
	usualEnvelope   = "C5-left"
	siteWord        = "site"   // --page-link: by organisation.yaml
	letterBodyLimit = 64 << 10 // bytes of --body
)

func (a *app) lettersCommand() *cobra.Command {
	var o letterFlags
	c := a.build(command{
		use:   "letters",
		short: a.tr("print a letter to each member, as a sealed PDF with its receipt"),
		long: a.tr("Makes a PDF with a letter to each member, its address where an envelope's window shows it, sealed to whoever gets it, and writes the receipt of what left the register. "+
			"The text is that of a file; its first heading is the letter's subject. "+
			"With --page-link each letter ends with the member's own page, printed and as a QR code: whoever has the letter can open it. "+
			"With --dues YEAR it goes to those who owe something for that year, and has the payment part of their claim at its foot; whoever collects dues can do that. "+
			"Members without a postal address get no letter: they stand on a page of their own at the end. "+
			"Envelopes are {{.Envelopes}}.", "Envelopes", strings.Join(envelopeNames(), ", ")),
		example: "medlem letters --unit asker --body invitation.md --out letters.pdf.age",
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			post, err := a.letterPost(o)
			if err != nil {
				return err
			}
			letter, err := a.letterText(o)
			if err != nil {
				return err
			}
			return a.at(withKey, func(s *session) error {
				own := slices.ContainsFunc(s.Policy().Lists.Purposes, func(p policy.ListPurpose) bool { return p.ID == lettersPurpose })
				if own && !c.Flags().Changed("purpose") {
					o.purpose = lettersPurpose
				}
				return s.letters(c.Context(), o, post, letter)
			})
		},
	})
	f := c.Flags()
	a.printingFlags(c, &o.drawFlags, labelsPurpose)
	f.StringVar(&o.body, "body", "", a.tr("the `FILE` with the letter's text, in plain text or simple Markdown"))
	f.StringVar(&o.subject, "subject", "", a.tr("the letter's `SUBJECT` (default: the first heading of its text)"))
	f.StringVar(&o.envelope, "envelope", usualEnvelope, a.tr("the `ENVELOPE` whose window shows the address"))
	f.StringVar(&o.pageLink, "page-link", "", a.tr("the `ADDRESS` of the members' own pages, or site for those of the register's site; each letter gets the member's own link"))
	f.IntVar(&o.dues, "dues", 0, a.tr("with the payment part of the claim for a `YEAR`, and only to those who owe it"))
	f.StringVar(&o.form, "form", "", a.tr("the `TYPE` of your Swedish payment form, two digits that the bank tells, for its line for machines (default: no line)"))
	return c
}

func envelopeNames() []string {
	var out []string
	for _, e := range label.Envelopes {
		out = append(out, e.Name)
	}
	return out
}

// letterPost reads what all letters have in common and needs no register.
func (a *app) letterPost(o letterFlags) (label.Post, error) {
	e, ok := label.EnvelopeNamed(o.envelope)
	if !ok {
		return label.Post{}, usageError(a.tr("--envelope: not understood"), a.tr("give one of {{.Names}}", "Names", strings.Join(envelopeNames(), ", ")))
	}
	if o.pageLink != "" && o.pageLink != siteWord {
		u, err := url.Parse(o.pageLink)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.Fragment != "" || strings.HasSuffix(o.pageLink, "#") {
			return label.Post{}, usageError(a.tr("--page-link: not an address of pages"), a.tr("write it as https://…, without #: what follows it is each member's own"))
		}
	}
	return label.Post{Envelope: e}, nil
}

// letterText reads the letter's own text.
func (a *app) letterText(o letterFlags) (label.Letter, error) {
	if o.body == "" {
		return label.Letter{}, usageError(a.tr("say what to write to them: --body FILE"), "")
	}
	b, err := readFile(o.body, letterBodyLimit)
	if err != nil {
		return label.Letter{}, err
	}
	if !utf8.Valid(b) {
		return label.Letter{}, &failure{exitRead, a.tr("{{.Path}} is not plain text", "Path", o.body), a.tr("save it as text, in UTF-8")}
	}
	var l label.Letter
	l.Subject, l.Body = label.Plain(strings.TrimPrefix(string(b), "\ufeff"))
	if o.subject != "" {
		if l.Subject != "" {
			l.Body = l.Subject + "\n\n" + l.Body
		}
		l.Subject = o.subject
	}
	if strings.TrimSpace(l.Body) == "" {
		return l, usageError(a.tr("{{.Path}} has no text", "Path", o.body), "")
	}
	if missing := label.Missing(l.Subject + "\n" + l.Body); len(missing) > 0 {
		return l, refused(a.tr("the letter has letters that cannot be printed: {{.Letters}}", "Letters", codePoints(missing)), a.tr("write them otherwise"))
	}
	return l, nil
}

func codePoints(runes []rune) string {
	const shown = 8
	var out []string
	for _, r := range runes {
		if len(out) == shown {
			out = append(out, "…")
			break
		}
		out = append(out, quote(string(r)))
	}
	return strings.Join(out, " ")
}

func (s *session) letters(ctx context.Context, o letterFlags, post label.Post, text label.Letter) error {
	p := s.Policy()
	own := &app{texts: newTexts(p.Languages[0])}
	post.From = s.sender(o.units)
	if !p.Hides() { // it shows through the envelope's window
		post.Return = post.From[0]
	}
	text.Date = longDay(s.Today(), p.Languages[0])
	if o.pageLink == siteWord {
		if p.Site == "" {
			return usageError(s.tr("--page-link site: organisation.yaml has no site"), s.tr("write its address into policies/organisation.yaml (site), or give it"))
		}
		o.pageLink = p.Site + "me/"
	}
	if o.pageLink != "" {
		text.LinkSay = own.tr("Your own page shows what is kept about you. Keep this link to yourself: whoever has it can open the page.")
	}
	var claims map[register.RecordID]*label.Giro
	if o.dues != 0 {
		var err error
		if claims, err = s.claimLetters(&o); err != nil {
			return err
		}
	}
	return s.print(ctx, o.drawFlags, access.FormLetters, func(d label.Document, to []receiver, apart *label.Apart) ([]byte, error) {
		post.Apart = apart
		letters := make([]label.Letter, len(to))
		for i, r := range to {
			l := text
			l.ID, l.To = r.id, r.address.Lines()
			if o.dues != 0 {
				if l.Giro = claims[r.member.Path.ID]; l.Giro == nil {
					return nil, dues.ErrNoClaim
				}
			}
			if o.pageLink != "" {
				secret, ok, err := s.ViewSecret(r.member)
				if err != nil {
					return nil, err
				}
				if ok {
					l.Link = o.pageLink + "#" + secret
				}
			}
			letters[i] = l
		}
		return label.Letters(d, post, letters)
	})
}

// sender is whose letters they are: the organisation, the unit where there is one,
// and where to turn.
func (s *session) sender(units []string) []string {
	p := s.Policy()
	out := []string{p.Name}
	if len(units) == 1 {
		if u, err := s.unit(units[0]); err == nil {
			if name := unitName(p, u); name != p.Name {
				out = append(out, name)
			}
		}
	}
	if p.Contact != "" && !slices.Contains(out, p.Contact) {
		out = append(out, p.Contact)
	}
	return out
}

// monthNames are as the languages of the catalogues have them within a date.
var monthNames = map[string][12]string{
	"sv": {"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"},
	"da": {"januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december"},
	"nb": {"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"},
	"nn": {"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"},
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// longDay is a day as a letter has it; in other languages as numbers.
func longDay(d register.Day, lang string) string {
	names, ok := monthNames[lang]
	if !ok {
		return string(d)
	}
	t := d.Time()
	dot := ". "
	if lang == "sv" || lang == "en" {
		dot = " "
	}
	return strings.TrimLeft(t.Format("02"), "0") + dot + names[t.Month()-1] + t.Format(" 2006")
}
