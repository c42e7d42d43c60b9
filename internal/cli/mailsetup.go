package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/mail"
	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/secretstore"
)

type mailSetupFlags struct {
	mail.Settings
	imap         mail.IMAP
	ca           string
	retry        []string
	secretFD     int
	imapSecretFD int
	secretIn     string
	test         bool
	remove       bool
}

// The ports of e-mail, by protection (RFC 8314).
var (
	mailPorts = map[string]int{mail.TLSStart: 587, mail.TLSImplicit: 465, mail.TLSNone: 25}
	imapPorts = map[string]int{mail.TLSStart: 143, mail.TLSImplicit: 993, mail.TLSNone: 143}
)

// defaultRetry is in seconds.
var defaultRetry = []string{"5", "30", "120"}

func (a *app) mailSetupCommand() *cobra.Command {
	var o mailSetupFlags
	c := a.build(command{
		use:   "setup",
		short: a.tr("say by which account e-mails go, and from whom"),
		long: a.tr("Keeps on this computer, for this register, by which mail server e-mails go, and from which address and name. " +
			"The secret of the account is asked for, or read from --secret-fd, and kept in the system's keyring, or where there is none in a file that only you can read. " +
			"With --imap-host it is also said where answers arrive, for medlem mail bounces imap. " +
			"--test sends one e-mail to your own address. Without flags it shows what is set up."),
		example: "medlem mail setup --host smtp.example.org --user kari@example.org --from kari@example.org --name \"Kari\"\n" +
			"medlem mail setup --test",
		codes: "134",
		run: func(c *cobra.Command, _ []string) error {
			return a.at(withKey, func(s *session) error {
				switch {
				case o.test && !c.Flags().Changed("host"):
					return s.mailTest(c.Context())
				case !c.Flags().Changed("host") && !o.remove:
					if c.Flags().NFlag() > 0 {
						return usageError(s.tr("say by which server: --host NAME"), "")
					}
					return s.showMailSetup()
				}
				return s.mailSetup(c.Context(), &o)
			})
		},
	})
	f := c.Flags()
	f.StringVar(&o.Host, "host", "", a.tr("the `NAME` of the mail server"))
	f.IntVar(&o.Port, "port", 0, a.tr("its `PORT` (default: by --tls)"))
	f.StringVar(&o.TLS, "tls", mail.TLSStart, a.tr("how the connection is protected: `starttls`, tls, or none to this computer only"))
	f.StringVar(&o.User, "user", "", a.tr("the `USER` of its account; without it nobody logs in"))
	f.StringVar(&o.ca, "ca", "", a.tr("the `FILE` of certificates to trust, of a server of one's own"))
	f.StringVar(&o.From, "from", "", a.tr("the sender's `ADDRESS`"))
	f.StringVar(&o.Name, "name", "", a.tr("the sender's `NAME`, as members see it"))
	f.BoolVar(&o.Plus, "plus", false, a.tr("the server delivers name+anything@ to name@: bounces are found by it"))
	f.Float64Var(&o.PerSecond, "per-second", outbox.DefaultPerSecond, a.tr("at most `N` e-mails a second"))
	f.StringSliceVar(&o.retry, "retry", defaultRetry, a.tr("after how many `SECONDS` what was put off is tried again, with commas between"))
	f.StringVar(&o.imap.Host, "imap-host", "", a.tr("the `NAME` of the server on which answers are read"))
	f.IntVar(&o.imap.Port, "imap-port", 0, a.tr("its `PORT` (default: by --imap-tls)"))
	f.StringVar(&o.imap.TLS, "imap-tls", mail.TLSImplicit, a.tr("how that connection is protected: `tls`, starttls, or none to this computer only"))
	f.StringVar(&o.imap.User, "imap-user", "", a.tr("the `USER` there (default: that of --user, with its secret)"))
	f.StringVar(&o.imap.Folder, "imap-folder", "", a.tr("the `FOLDER` there (default: INBOX)"))
	f.IntVar(&o.secretFD, "secret-fd", -1, a.tr("read the secret of the account from this file descriptor `N`"))
	f.IntVar(&o.imapSecretFD, "imap-secret-fd", -1, a.tr("read the secret of --imap-user from this file descriptor `N`"))
	f.Lookup("secret-fd").DefValue, f.Lookup("imap-secret-fd").DefValue = "0", "0"
	f.StringVar(&o.secretIn, "secret-in", "", a.tr("keep the secret in the system's `keyring`, or in a file"))
	f.BoolVar(&o.test, "test", false, a.tr("send one e-mail to your own address"))
	f.BoolVar(&o.remove, "remove", false, a.tr("forget the account and the secret"))
	return c
}

func (s *session) mailSetup(ctx context.Context, o *mailSetupFlags) error {
	store, err := secretstore.Open(s.settingsFolder())
	if err != nil {
		return err
	}
	if o.remove {
		if err := os.Remove(filepath.Join(s.settingsFolder(), mailSettingsFile)); err != nil && !os.IsNotExist(err) {
			return err
		}
		if err := errors.Join(store.Remove(mailSecret), store.Remove(imapSecret)); err != nil {
			return err
		}
		return s.showMailSetup()
	}
	x, err := s.mailSettingsOf(o)
	if err != nil {
		return err
	}
	in, err := s.secretPlace(o.secretIn)
	if err != nil {
		return err
	}
	if x.User != "" {
		secret, err := s.accountSecret(o.secretFD, s.tr("Secret of the e-mail account:"))
		if err != nil {
			return err
		}
		if err := store.Put(mailSecret, secret, in); err != nil {
			return err
		}
	}
	if x.IMAP != nil && x.IMAP.User != x.User {
		secret, err := s.accountSecret(o.imapSecretFD, s.tr("Secret of the account where answers are read:"))
		if err != nil {
			return err
		}
		if err := store.Put(imapSecret, secret, in); err != nil {
			return err
		}
	}
	if err := replaceFile(filepath.Join(s.settingsFolder(), mailSettingsFile), x.Encode()); err != nil {
		return err
	}
	if o.test {
		return s.mailTest(ctx)
	}
	return s.showMailSetup()
}

// mailSettingsOf reads and judges the flags.
func (s *session) mailSettingsOf(o *mailSetupFlags) (*mail.Settings, error) {
	x := o.Settings
	if x.Port == 0 {
		x.Port = mailPorts[x.TLS]
	}
	if o.ca != "" {
		b, err := readFile(o.ca, mailSettingsLimit/2)
		if err != nil {
			return nil, err
		}
		x.CA = string(b)
	}
	for _, t := range o.retry {
		n, err := strconv.Atoi(strings.TrimSpace(t))
		if err != nil {
			return nil, usageError(s.tr("--retry: want numbers of seconds"), "")
		}
		x.Retry = append(x.Retry, n)
	}
	if o.imap.Host != "" {
		i := o.imap
		if i.Port == 0 {
			i.Port = imapPorts[i.TLS]
		}
		i.User = either(i.User, x.User)
		x.IMAP = &i
	}
	if x.From == "" || x.Name == "" {
		return nil, usageError(s.tr("say from whom: --from ADDRESS --name NAME"), "")
	}
	if err := x.Check(); err != nil {
		if errors.Is(err, mail.ErrAddress) {
			return nil, usageError(s.tr("--from: not one e-mail address"), s.tr("write one address, as in name@example.org"))
		}
		return nil, usageError(err.Error(), s.tr("{{.Command}} --help shows how it is used", "Command", "medlem mail setup"))
	}
	return &x, s.sayNothing(&x)
}

// showMailSetup tells what is set up, without the secrets.
func (s *session) showMailSetup() error {
	x, err := s.mailSettings()
	if err != nil {
		return err
	}
	out := struct {
		Mail   *mail.Settings    `json:"mail"`             // null: none
		Secret secretstore.Where `json:"secret,omitempty"` // where it is kept
	}{Mail: x}
	if x != nil {
		if out.Secret, err = s.secretIs(mailSecret); err != nil {
			return err
		}
	}
	return s.result(out, func(w io.Writer) {
		if x == nil {
			fmt.Fprintln(w, s.tr("No e-mail account is set up here."))
			return
		}
		fmt.Fprintln(w, s.tr("E-mails go by {{.Host}}, from {{.Name}} <{{.From}}>.", "Host", x.Host, "Name", x.Name, "From", x.From))
		if x.TLS == mail.TLSNone {
			fmt.Fprintln(w, s.tr("The connection is not protected; it ends on this computer."))
		}
		if x.IMAP != nil {
			fmt.Fprintln(w, s.tr("Answers are read on {{.Host}}: medlem mail bounces imap", "Host", x.IMAP.Host))
		}
		if x.User == "" {
			fmt.Fprintln(w, s.tr("Nobody logs in there."))
		} else {
			s.tellSecret(w, out.Secret)
		}
	})
}

// mailTest sends one e-mail to the sender herself, past the outbox.
func (s *session) mailTest(ctx context.Context) error {
	x, err := s.mailSettings()
	if err != nil {
		return err
	}
	d, _, err := s.mailCarrier()
	if err != nil {
		return err
	}
	b := &outbox.Batch{ID: register.NewRecordID(), Subject: s.tr("A test"), Text: s.tr("This e-mail was sent to see whether e-mails go.") + "\n"}
	m := &outbox.Message{To: x.From, Token: strings.ToLower(string(register.NewRecordID()))}
	got := d.Send(ctx, b, m, func() error { return nil })
	_ = d.Close() // the message's fate is known
	switch got.Fate {
	case outbox.Sent:
	case outbox.Lost:
		return s.carrierFailure(got.Err)
	default:
		return &failure{exitRead, s.tr("the server did not take the e-mail: {{.Code}}", "Code", either(got.Code, string(got.Fate))), ""}
	}
	return s.result(struct {
		Sent string `json:"sent"`
	}{x.From}, func(w io.Writer) {
		fmt.Fprintln(w, s.tr("One e-mail is sent to {{.To}}: see whether it arrives, and how it looks.", "To", x.From))
	})
}

// carrierFailure says why nothing could be handed over.
func (a *app) carrierFailure(err error) error {
	var refuses *mail.ServerError
	var all *mail.RefusesError
	hint := a.tr("medlem mail setup shows what is set up")
	is := func(target error) bool { return errors.Is(err, target) }
	if f := a.gatewayFailure(err); f != nil {
		return f
	}
	switch {
	case errors.As(err, &all):
		return &failure{exitRead, a.tr("the mail server refuses one e-mail after another, and the rest waits: {{.Answer}}", "Answer", strings.TrimSpace(all.Code+" "+cell(all.Said))), a.tr("mend what it says; then: medlem outbox send")}
	case errors.As(err, &refuses):
		return &failure{exitRead, a.tr("the mail server refuses the login or the sender: {{.Code}}", "Code", refuses.Code), hint}
	case is(mail.ErrCertificate):
		return &failure{exitRead, a.tr("the mail server's certificate is not one that is trusted; nothing was said to it"), a.tr("check its name; for a server of your own: medlem mail setup --ca FILE")}
	case is(mail.ErrReach):
		return &failure{exitRead, a.tr("the mail server does not answer"), hint}
	case is(mail.ErrTalk):
		return &failure{exitRead, a.tr("the mail server offers no protection (TLS), no login, or ended the connection; nothing was said to it"), hint}
	}
	return err
}
