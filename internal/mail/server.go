package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"github.com/medlem-register/medlem/internal/outbox"
)

// How a connection is protected.
const (
	TLSStart    = "starttls" // begun in clear, and protected before anything is said; port 587
	TLSImplicit = "tls"      // from the first byte; port 465
	TLSNone     = "none"     // not at all: to this machine only
)

// A Server is a mail server that takes messages to be delivered.
type Server struct {
	Host    string
	Port    int
	TLS     string // TLSStart, TLSImplicit or TLSNone
	User    string // "" no login
	Secret  string
	CA      []byte        // PEM: the only certificates that may sign for it; nil: those of the system
	Timeout time.Duration // of one word and its answer; 0: DefaultTimeout
}

// DefaultTimeout is how long a server may take for one answer.
const DefaultTimeout = 60 * time.Second

// helo is what a server is told of this machine: an address that says nothing.
const helo = "[127.0.0.1]"

// Errors of servers.
var (
	ErrClear = errors.New("only to this machine may a connection be unprotected")
	ErrCA    = errors.New("no certificate in the file of certificates")
)

// Loopback tells whether a host is this machine.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// protection is the configuration of TLS; nil for none.
func protection(host, mode string, ca []byte) (*tls.Config, error) {
	switch mode {
	case TLSStart, TLSImplicit:
	case TLSNone:
		if !Loopback(host) {
			return nil, ErrClear
		}
		return nil, nil
	default:
		return nil, fmt.Errorf("protection %q: want %s, %s or %s", mode, TLSStart, TLSImplicit, TLSNone)
	}
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if ca != nil {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(ca) {
			return nil, ErrCA
		}
	}
	return c, nil
}

func (s *Server) client() (*gomail.Client, error) {
	c, err := protection(s.Host, s.TLS, s.CA)
	if err != nil {
		return nil, err
	}
	timeout := s.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	o := []gomail.Option{gomail.WithPort(s.Port), gomail.WithHELO(helo), gomail.WithTimeout(timeout)}
	switch s.TLS {
	case TLSStart:
		o = append(o, gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithTLSConfig(c))
	case TLSImplicit:
		o = append(o, gomail.WithSSL(), gomail.WithTLSConfig(c))
	case TLSNone:
		o = append(o, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.User != "" {
		auth := gomail.SMTPAuthAutoDiscover
		if s.TLS == TLSNone {
			auth = gomail.SMTPAuthPlainNoEnc
		}
		o = append(o, gomail.WithUsername(s.User), gomail.WithPassword(s.Secret), gomail.WithSMTPAuth(auth))
	}
	client, err := gomail.NewClient(s.Host, o...)
	if err != nil {
		return nil, errors.New("the settings of the mail server are not usable")
	}
	return client, nil
}

// A Sender is an outbox.Driver that writes each message as its Letter and hands it to a
// Server over one connection.
type Sender struct {
	server *Server
	letter func(*outbox.Batch, *outbox.Message) (*Letter, error)
	conn   *smtp.Client
	wait   time.Duration
}

// NewSender makes the driver. letter makes the letter of a message.
func NewSender(s *Server, letter func(*outbox.Batch, *outbox.Message) (*Letter, error)) *Sender {
	wait := s.Timeout
	if wait == 0 {
		wait = DefaultTimeout
	}
	return &Sender{server: s, letter: letter, wait: wait}
}

// Send implements outbox.Driver.
func (s *Sender) Send(ctx context.Context, b *outbox.Batch, m *outbox.Message, begin func() error) outbox.Outcome {
	l, err := s.letter(b, m)
	if err != nil {
		return outbox.Outcome{Fate: outbox.Refused, Code: "address"}
	}
	msg, err := l.message()
	if err != nil {
		return outbox.Outcome{Fate: outbox.Refused, Code: "address"}
	}
	if err := s.connect(ctx); err != nil {
		return s.failed(err, atSession)
	}
	if err := s.conn.UpdateDeadline(s.wait); err != nil {
		return s.failed(err, atSession)
	}
	from := l.Return
	if from.domain == "" {
		from = l.From
	}
	if err := s.conn.Mail("<" + from.String() + ">"); err != nil {
		return s.failed(err, atSession)
	}
	if err := s.conn.Rcpt("<" + l.To.String() + ">"); err != nil {
		return s.failed(err, atMessage)
	}
	w, err := s.conn.Data()
	if err != nil {
		return s.failed(err, atMessage)
	}
	// Until the final dot nothing is delivered, and a message that is cut short is thrown
	// away (RFC 5321, section 4.1.1.4): so it is the dot that begins.
	if _, err := msg.WriteTo(w); err != nil {
		return s.failed(err, atMessage)
	}
	if err := begin(); err != nil {
		s.cut()
		return outbox.Outcome{Fate: outbox.Lost, Err: err}
	}
	if err := w.Close(); err != nil {
		return s.failed(err, atEnd)
	}
	if err := s.conn.Reset(); err != nil {
		s.cut() // the message is taken; the next one has a connection of its own
	}
	return outbox.Outcome{Fate: outbox.Sent, Code: "250"}
}

// stage is how far a message had come when something failed.
type stage int

const (
	atSession stage = iota // nothing was said of the message: it is the fault of none
	atMessage              // its recipient or its text was on the way
	atEnd                  // its last byte was
)

// failed says what an error means for the message: the server's word where it gave one,
// else a lost connection, before the message was handed over or after.
func (s *Sender) failed(err error, at stage) outbox.Outcome {
	var said *textproto.Error
	if !errors.As(err, &said) {
		s.cut()
		if at == atEnd {
			return outbox.Outcome{Fate: outbox.Unknown}
		}
		return outbox.Outcome{Fate: outbox.Lost, Err: reason(err)}
	}
	switch {
	case at == atSession && said.Code >= 500:
		s.cut()
		return outbox.Outcome{Fate: outbox.Lost, Err: &ServerError{Code: code(said)}, Over: true}
	case at != atEnd && said.Code == 421: // RFC 5321, section 3.8: the server closes the connection
		s.cut()
		return outbox.Outcome{Fate: outbox.Lost, Err: &ServerError{Code: code(said)}}
	}
	if s.conn == nil || s.conn.Reset() != nil {
		s.cut()
	}
	if said.Code >= 500 {
		return outbox.Outcome{Fate: outbox.Refused, Code: code(said)}
	}
	return outbox.Outcome{Fate: outbox.PutOff, Code: code(said)}
}

// connect makes the connection where there is none.
func (s *Sender) connect(ctx context.Context) error {
	if s.conn != nil {
		return nil
	}
	c, err := s.server.client()
	if err != nil {
		return err
	}
	conn, err := c.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	s.conn = conn
	return nil
}

// cut ends the connection without another word.
func (s *Sender) cut() {
	if s.conn != nil {
		_ = s.conn.Close()
		s.conn = nil
	}
}

// Close implements outbox.Driver.
func (s *Sender) Close() error {
	if s.conn != nil {
		_ = s.conn.UpdateDeadline(closeWait)
		_ = s.conn.Quit() // everything is answered already
		s.cut()
	}
	return nil
}

const closeWait = 5 * time.Second

// enhanced is RFC 3463's status, with which an answer may begin.
var enhanced = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}(?: |$)`)

// code is a server's answer without its words.
func code(e *textproto.Error) string {
	out := strconv.Itoa(e.Code)
	if x := enhanced.FindString(e.Msg); x != "" {
		out += "-" + strings.TrimSpace(x)
	}
	return out
}

// A ServerError is a server that takes no messages at all: it refuses the login, or the
// whole session.
type ServerError struct{ Code string }

func (e *ServerError) Error() string { return "the mail server refuses: " + e.Code }

// reason is a lost connection without what a server may have written.
func reason(err error) error {
	var op *net.OpError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.Is(err, ErrClear), errors.Is(err, ErrCA):
		return err
	case errors.As(err, &unknown), errors.As(err, &name), errors.As(err, &invalid):
		return ErrCertificate
	case errors.Is(err, gomail.ErrNoActiveConnection), errors.As(err, &op):
		return ErrReach
	case errors.Is(err, context.Canceled):
		return context.Canceled
	}
	return ErrTalk
}

// Why there is no connection.
var (
	ErrReach       = errors.New("the mail server does not answer")
	ErrCertificate = errors.New("the mail server's certificate is not one that is trusted")
	ErrTalk        = errors.New("the mail server does not speak as it should: no protection (TLS), no login, or a connection that ended")
)
