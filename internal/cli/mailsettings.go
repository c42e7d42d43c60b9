package cli

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/medlem-register/medlem/internal/mail"
	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/secretstore"
)

// The settings of e-mail lie beside the outbox of this copy, and the secrets of its
// accounts in the system's keyring or in files beside them.
const (
	mailSettingsFile  = "mail.json"
	mailSecret        = "mail"
	imapSecret        = "imap"
	mailSettingsLimit = 256 << 10 // bytes
)

// mailSettings reads the settings of e-mail; nil: there are none.
func (s *session) mailSettings() (*mail.Settings, error) {
	b, err := readFile(filepath.Join(s.settingsFolder(), mailSettingsFile), mailSettingsLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	x, err := mail.ParseSettings(b)
	if err != nil {
		return nil, &failure{exitRead, err.Error(), s.tr("set it up again: medlem mail setup")}
	}
	return x, nil
}

func (s *session) noMail() error {
	return refused(s.tr("no e-mail account is set up here"), s.tr("set one up: medlem mail setup"))
}

// accountSecretOf fetches the secret of an account of e-mail.
func (s *session) accountSecretOf(name string) (string, error) {
	store, err := secretstore.Open(s.settingsFolder())
	if err != nil {
		return "", err
	}
	secret, _, err := store.Get(name)
	switch {
	case errors.Is(err, secretstore.ErrNone):
		return "", &failure{exitOpen, s.tr("the secret of the e-mail account is not here"), s.tr("set it up again: medlem mail setup")}
	case errors.Is(err, secretstore.ErrLoose):
		return "", &failure{exitOpen, s.tr("others on this computer can read the secret of the e-mail account"), s.tr("change the secret, and set it up again: medlem mail setup")}
	}
	return secret, err
}

// mailCarrier is what hands over e-mails.
func (s *session) mailCarrier() (outbox.Driver, outbox.Pace, error) {
	x, err := s.mailSettings()
	if err != nil {
		return nil, outbox.Pace{}, err
	}
	if x == nil {
		return nil, outbox.Pace{}, s.noMail()
	}
	if err := s.sayNothing(x); err != nil {
		return nil, outbox.Pace{}, err
	}
	secret := ""
	if x.User != "" {
		if secret, err = s.accountSecretOf(mailSecret); err != nil {
			return nil, outbox.Pace{}, err
		}
	}
	return mail.NewSender(x.Server(secret), s.letterOf(x)), outbox.Pace{PerSecond: x.PerSecond, Backoff: x.Backoff()}, nil
}

// letterOf makes the letter of a message of the outbox.
func (s *session) letterOf(x *mail.Settings) func(*outbox.Batch, *outbox.Message) (*mail.Letter, error) {
	stop := s.stopLinks(x)
	return func(b *outbox.Batch, m *outbox.Message) (*mail.Letter, error) {
		from, err := mail.ParseAddress(x.From)
		if err != nil {
			return nil, err
		}
		l := &mail.Letter{From: from, Name: x.Name, ID: m.Token, Date: s.Now(), Automatic: b.Automatic,
			Subject: either(m.Subject, b.Subject), Text: either(m.Text, b.Text), HTML: m.HTML}
		if m.Text == "" {
			l.HTML = either(m.HTML, b.HTML)
		}
		if !b.Needed {
			l.Stop = stop
		}
		if l.To, err = mail.ParseAddress(m.To); err != nil {
			return nil, err
		}
		if x.Plus {
			if l.Return, err = from.With(m.Token); err != nil {
				return nil, err
			}
		}
		for _, f := range append(append([]outbox.File{}, b.Files...), m.Files...) {
			l.Files = append(l.Files, mail.File(f))
		}
		return l, nil
	}
}

// stopLinks are where a member says that she wants no more such e-mails: an answer to
// the sender, and where that tells nothing the form on the site. No address of the site
// takes such a wish without a person, so there is no one-click link (RFC 8058).
func (s *session) stopLinks(x *mail.Settings) []string {
	out := []string{"mailto:" + x.From + "?subject=stop"}
	if p := s.Policy(); p.Site != "" && !p.Hides() {
		out = append(out, p.Site+"me/")
	}
	return out
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// prefixLetters is how long the name of a unit must be to be told by a word that only begins
// with it, such as its genitive.
const prefixLetters = 4

// tells returns what in a text says that whoever gets it is a member, or of what kind the
// organisation is; "" nothing. It is asked of everything that shows outside a message.
func (s *session) tells(text string) string {
	p := s.Policy()
	if p.Tells(text) {
		for _, w := range strings.Fields(text) {
			if p.Tells(w) {
				return w
			}
		}
		return text
	}
	folded := " " + record.Fold(text) + " "
	for _, u := range p.Units {
		name := record.Fold(u.Name)
		if name != "" && strings.Contains(folded, " "+name+" ") || len(name) >= prefixLetters && strings.Contains(folded, " "+name) {
			return u.Name
		}
	}
	return ""
}

// discreetly refuses what shows outside a message where it tells, and the policy says
// that nothing may. what names it.
func (s *session) discreetly(what, text string) error {
	if !s.Policy().Hides() {
		return nil
	}
	if of := s.tells(text); of != "" {
		return refused(s.tr("{{.What}} tells by {{.Of}} that whoever gets it is a member, or of what kind the organisation is; here that is a sensitive fact", "What", what, "Of", quote(of)),
			s.tr("write it so that it says nothing"))
	}
	return nil
}

// sayNothing refuses a sender that tells.
func (s *session) sayNothing(x *mail.Settings) error {
	if err := s.discreetly(s.tr("the sender's name"), x.Name); err != nil {
		return err
	}
	return s.discreetly(s.tr("the sender's address"), x.From)
}
