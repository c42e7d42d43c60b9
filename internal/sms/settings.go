package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/phone"
)

// Settings say which gateway takes messages and what it asks for one. They are kept as
// JSON on the machine of whoever sends; the secret is kept apart.
type Settings struct {
	Gateway  string `json:"gateway"`            // one of Gateways
	URL      string `json:"url"`                // https://…
	User     string `json:"user,omitempty"`     // of the account; Twilio's account id
	From     string `json:"from"`               // a name of at most 11 letters and digits, or a number in E.164
	Price    string `json:"price,omitempty"`    // of one part to one number, as in 0.35; "" not known
	Currency string `json:"currency,omitempty"` // as in SEK

	Platform string `json:"platform,omitempty"` // LINK Mobility: platformId
	Partner  string `json:"partner,omitempty"`  // LINK Mobility: platformPartnerId

	// Of "http", any gateway that takes one request for each message.
	Body       string            `json:"body,omitempty"`   // BodyForm or BodyJSON
	Fields     map[string]string `json:"fields,omitempty"` // with {from}, {to} or {number} (without +), {text} and {ref} in them
	Header     string            `json:"header,omitempty"` // that holds the secret where there is no user; Authorization: as Bearer
	ID         string            `json:"id,omitempty"`     // the field of the answer, which is JSON, with the message's id; "" any answer below 300 means that it was taken
	PartsField string            `json:"parts,omitempty"`  // and the one with the parts
}

// The gateways.
const (
	Elks   = "46elks"
	Twilio = "twilio"
	Link   = "link"
	HTTP   = "http"
)

// Gateways are those that there are drivers for.
var Gateways = []string{Elks, Twilio, Link, HTTP}

// The bodies of requests to an HTTP gateway.
const (
	BodyForm = "form"
	BodyJSON = "json"
)

const (
	settingsLimit = 16 << 10 // bytes
	fieldsLimit   = 20       // of an HTTP gateway's request
	valueLimit    = 500      // characters of one
	nameLimit     = 11       // characters of a sender's name (3GPP TS 23.040, 9.1.2.5)
)

// addresses are the gateways' own; LINK Mobility gives each customer one.
var addresses = map[string]string{Elks: "https://api.46elks.com/a1/sms", Twilio: "https://api.twilio.com"}

var (
	senderName = regexp.MustCompile(`^[A-Za-z0-9]{1,11}$`)
	service    = regexp.MustCompile(`^MG[0-9a-f]{32}$`)
	money      = regexp.MustCompile(`^[0-9]{1,3}([.,][0-9]{1,4})?$`)
	currency   = regexp.MustCompile(`^[A-Z]{3}$`)
	headerName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,40}$`)
)

// ParseSettings reads settings, and accepts only those with which Open works.
func ParseSettings(b []byte) (*Settings, error) {
	if len(b) > settingsLimit {
		return nil, fmt.Errorf("sms settings: more than %d bytes", settingsLimit)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var s Settings
	if err := d.Decode(&s); err != nil {
		return nil, errors.New("sms settings: malformed JSON, or an unknown key")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("sms settings: something follows them")
	}
	if err := s.Check(); err != nil {
		return nil, fmt.Errorf("sms settings: %w", err)
	}
	return &s, nil
}

// Encode returns the settings as they are kept.
func (s *Settings) Encode() []byte {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err) // strings and a map of strings can be written
	}
	return append(b, '\n')
}

// Check completes settings by what a gateway fixes, and returns an error unless they
// are whole. It names the key that is wrong.
func (s *Settings) Check() error {
	if !slices.Contains(Gateways, s.Gateway) {
		return fmt.Errorf("gateway: want one of %s", strings.Join(Gateways, ", "))
	}
	if s.URL == "" {
		s.URL = addresses[s.Gateway]
	}
	if err := secure(s.URL); err != nil {
		return fmt.Errorf("url: %w", err)
	}
	if s.User == "" && s.Gateway != HTTP {
		return errors.New("user: missing")
	}
	if strings.ContainsAny(s.User, ":\r\n") {
		return errors.New("user: a colon or a line break in it")
	}
	if err := checkSender(s.From, s.Gateway); err != nil {
		return fmt.Errorf("from: %w", err)
	}
	if s.Price != "" && !money.MatchString(s.Price) {
		return errors.New("price: want an amount such as 0.35")
	}
	if s.Currency != "" && !currency.MatchString(s.Currency) {
		return errors.New("currency: want three capital letters, such as SEK")
	}
	if s.Gateway == Link && (s.Platform == "" || s.Partner == "") {
		return errors.New("platform, partner: LINK Mobility gives both")
	}
	if s.Gateway == HTTP {
		return s.checkFields()
	}
	if s.Body+s.Header+s.ID+s.PartsField != "" || len(s.Fields) > 0 {
		return errors.New("body, fields, header, id, parts: they belong to the gateway http")
	}
	return nil
}

// checkSender returns an error unless a message can come from what is named.
func checkSender(from, gateway string) error {
	if n, known := phone.Parse(from, ""); strings.HasPrefix(from, "+") && known == phone.Valid && n.E164() == from {
		return nil
	}
	if senderName.MatchString(from) && strings.ContainsFunc(from, func(r rune) bool { return r > '9' }) || gateway == Twilio && service.MatchString(from) {
		return nil
	}
	return fmt.Errorf("want a name of at most %d letters a-z and digits, or a number as +46701234567", nameLimit)
}

func (s *Settings) checkFields() error {
	if s.Body != BodyForm && s.Body != BodyJSON {
		return errors.New("body: want form or json")
	}
	if len(s.Fields) > fieldsLimit {
		return fmt.Errorf("fields: more than %d", fieldsLimit)
	}
	var all string
	for _, k := range slices.Sorted(maps.Keys(s.Fields)) {
		if k == "" || len(k) > valueLimit || len(s.Fields[k]) > valueLimit {
			return errors.New("fields: one has no name, or is too long")
		}
		all += s.Fields[k] + "\n"
	}
	if !strings.Contains(all, "{text}") || !strings.Contains(all, "{to}") && !strings.Contains(all, "{number}") {
		return errors.New("fields: want {to} or {number} in one and {text} in one")
	}
	if s.Header != "" && !headerName.MatchString(s.Header) {
		return errors.New("header: not the name of a header")
	}
	if s.PartsField != "" && s.ID == "" {
		return errors.New("parts: name the field with the id too")
	}
	return nil
}

// Lacks returns the first letter of a text that the gateway does not take, 0 where it
// takes them all.
func (s *Settings) Lacks(text string) rune {
	if s.Gateway == Link {
		for _, r := range text {
			if r > linkLimit {
				return r
			}
		}
	}
	return 0
}

// TenThousandths is what one part costs, in ten-thousandths of the currency; 0 where
// it is not known.
func (s *Settings) TenThousandths() int64 {
	whole, rest, _ := strings.Cut(strings.ReplaceAll(s.Price, ",", "."), ".")
	n, err := strconv.ParseInt(whole+(rest + "0000")[:4], 10, 64)
	if s.Price == "" || err != nil || len(rest) > 4 {
		return 0
	}
	return n
}

// Cost writes what parts to so many numbers cost, rounded up to hundredths, as in
// 42.70; "" where the price is not known.
func (s *Settings) Cost(parts, recipients int) string {
	price := s.TenThousandths()
	if price == 0 {
		return ""
	}
	hundredths := (price*int64(parts)*int64(recipients) + 99) / 100
	return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)
}

// Open returns the gateway that settings name. It connects to nothing yet.
func Open(s Settings, secret string) (Gateway, error) {
	if err := s.Check(); err != nil {
		return nil, fmt.Errorf("sms settings: %w", err)
	}
	if secret == "" || strings.ContainsAny(secret, "\r\n") {
		return nil, errors.New("sms settings: the secret of the account is missing, or has a line break")
	}
	c := newClient()
	return &careful{gateway: map[string]Gateway{
		Elks: &elks{c, s, secret}, Twilio: &twilio{c, s, secret}, Link: &linkMobility{c, s, secret}, HTTP: &form{c, s, secret},
	}[s.Gateway]}, nil
}

// refusalsInRow is after how many refusals without one message taken it is the setting
// that is wrong, and not the numbers.
const refusalsInRow = 5

// careful refuses what no gateway should get, and stops where a gateway refuses
// everything.
type careful struct {
	gateway Gateway
	refused int // since the last message was taken
	taken   bool
}

func (g *careful) Send(ctx context.Context, m Message, begin func() error) (Taken, error) {
	if m.To == "" || phone.MobileE164(m.To) != m.To {
		return Taken{}, &RefusedError{"number"}
	}
	if m.Text == "" || len([]rune(m.Text)) > TextLimit {
		return Taken{}, &RefusedError{"text"}
	}
	if g.refused >= refusalsInRow && !g.taken {
		return Taken{}, &StopError{"it refused the first " + strconv.Itoa(refusalsInRow)}
	}
	if err := ctx.Err(); err != nil {
		return Taken{}, &LaterError{Code: "stopped", Lost: true}
	}
	t, err := g.gateway.Send(ctx, m, begin)
	switch {
	case err == nil:
		g.taken = true
	case errors.As(err, new(*RefusedError)):
		g.refused++
	}
	return t, err
}
