package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/secretstore"
	"github.com/medlem-register/medlem/internal/sms"
)

type smsSetupFlags struct {
	sms.Settings
	fields   []string
	secretFD int
	secretIn string
	remove   bool
}

func (a *app) smsSetupCommand() *cobra.Command {
	var o smsSetupFlags
	c := a.build(command{
		use:   "setup",
		short: a.tr("say by which gateway SMS go, and what one costs"),
		long: a.tr("Keeps on this computer, for this register, by which gateway SMS go: 46elks, twilio, link (LINK Mobility) or http, any that takes one request for each message. " +
			"The secret of the account is asked for, or read from --secret-fd, and kept in the system's keyring, or where there is none in a file that only you can read. " +
			"The price of one part is shown before anything is sent. Without flags it shows what is set up.\n\n" +
			"For http, --field says what a request holds; {from}, {to}, {number} (the number without +), {text} and {ref} in it are filled in. {ref} is of this message alone: a gateway that knows it sends none twice."),
		example: "medlem sms setup --gateway 46elks --user u1234 --from Bjork --price 0.35 --currency SEK\n" +
			"medlem sms setup --gateway http --url https://sms.example.org/send --from Bjork \\\n" +
			"  --body json --field to={to} --field msg={text} --header X-Key --id id",
		codes: "134",
		run: func(c *cobra.Command, _ []string) error {
			return a.at(withKey, func(s *session) error {
				if c.Flags().NFlag() == 0 || !c.Flags().Changed("gateway") && !o.remove {
					return s.showSMSSetup()
				}
				return s.smsSetup(&o)
			})
		},
	})
	f := c.Flags()
	f.StringVar(&o.Gateway, "gateway", "", a.tr("which `GATEWAY`: 46elks, twilio, link or http"))
	f.StringVar(&o.User, "user", "", a.tr("the `USER` of its account"))
	f.StringVar(&o.From, "from", "", a.tr("the `SENDER`: a name of at most 11 letters and digits, or a number as +46701234567"))
	f.StringVar(&o.Price, "price", "", a.tr("what one part to one number costs: `AMOUNT`, such as 0.35"))
	f.StringVar(&o.Currency, "currency", "", a.tr("of the price: `CURRENCY`, such as SEK"))
	f.StringVar(&o.URL, "url", "", a.tr("the `ADDRESS` of the gateway (46elks and twilio: known)"))
	f.StringVar(&o.Platform, "platform", "", a.tr("link: its platformId, `ID`"))
	f.StringVar(&o.Partner, "partner", "", a.tr("link: its platformPartnerId, `ID`"))
	f.StringVar(&o.Body, "body", "", a.tr("http: the request is a `form` or json"))
	f.StringArrayVar(&o.fields, "field", nil, a.tr("http: what the request holds, `NAME=VALUE`; may be given more than once"))
	f.StringVar(&o.Header, "header", "", a.tr("http without --user: the `NAME` of the header that holds the secret (default: Authorization)"))
	f.StringVar(&o.ID, "id", "", a.tr("http: the `FIELD` of the answer with the message's id"))
	f.StringVar(&o.PartsField, "parts", "", a.tr("http: the `FIELD` of the answer with the number of parts"))
	f.IntVar(&o.secretFD, "secret-fd", -1, a.tr("read the secret of the account from this file descriptor `N`"))
	f.Lookup("secret-fd").DefValue = "0"
	f.StringVar(&o.secretIn, "secret-in", "", a.tr("keep the secret in the system's `keyring`, or in a file"))
	f.BoolVar(&o.remove, "remove", false, a.tr("forget the gateway and the secret"))
	return c
}

func (s *session) smsSetup(o *smsSetupFlags) error {
	store, err := secretstore.Open(s.settingsFolder())
	if err != nil {
		return err
	}
	if o.remove {
		if err := os.Remove(filepath.Join(s.settingsFolder(), smsSettingsFile)); err != nil && !os.IsNotExist(err) {
			return err
		}
		if err := store.Remove(smsSecret); err != nil {
			return err
		}
		return s.showSMSSetup()
	}
	x := o.Settings
	for _, text := range o.fields {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return usageError(s.tr("--field: want NAME=VALUE"), "")
		}
		if x.Fields == nil {
			x.Fields = map[string]string{}
		}
		x.Fields[name] = value
	}
	if err := x.Check(); err != nil {
		return usageError(err.Error(), s.tr("{{.Command}} --help shows how it is used", "Command", "medlem sms setup"))
	}
	if err := s.smsSaysNothing(&x); err != nil {
		return err
	}
	in, err := s.secretPlace(o.secretIn)
	if err != nil {
		return err
	}
	secret, err := s.accountSecret(o.secretFD, s.tr("Secret of the SMS gateway's account:"))
	if err != nil {
		return err
	}
	if err := s.saveSMS(&x, secret, in); err != nil {
		return err
	}
	return s.showSMSSetup()
}

// smsSaysNothing refuses a sender that tells.
func (s *session) smsSaysNothing(x *sms.Settings) error {
	if s.Policy().Hides() && s.tells(x.From) != "" {
		return refused(s.tr("the sender's name tells that whoever gets this is a member, or of what kind the organisation is; here that is a sensitive fact"), s.tr("choose a name that says nothing, or a number"))
	}
	return nil
}

// showSMSSetup tells what is set up, without the secret.
func (s *session) showSMSSetup() error {
	x, err := s.smsSettings()
	if err != nil {
		return err
	}
	out := struct {
		SMS    *sms.Settings     `json:"sms"`              // null: none
		Secret secretstore.Where `json:"secret,omitempty"` // where it is kept
	}{SMS: x}
	if x != nil {
		if out.Secret, err = s.secretIs(smsSecret); err != nil {
			return err
		}
	}
	return s.result(out, func(w io.Writer) {
		if x == nil {
			fmt.Fprintln(w, s.tr("No SMS gateway is set up here."))
			return
		}
		fmt.Fprintln(w, s.tr("SMS go by {{.Gateway}}, from {{.Sender}}.", "Gateway", x.Gateway, "Sender", x.From))
		if x.Price != "" {
			fmt.Fprintln(w, s.tr("One part to one number costs {{.Price}}.", "Price", strings.TrimSpace(x.Price+" "+x.Currency)))
		} else {
			fmt.Fprintln(w, s.tr("What they cost is not said here: --price AMOUNT"))
		}
		s.tellSecret(w, out.Secret)
	})
}
