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
	"slices"
	"strconv"
	"strings"
	"sync"
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
	Timeout time.Duration // of one word and its answer; 0: as the constants below say
}

// How long a server may take: to be connected to, for each word and each piece of a
// message, and for its answer after the last one (RFC 5321, section 4.5.3.2).
const (
	connectTimeout = time.Minute
	wordTimeout    = 5 * time.Minute
	endTimeout     = 10 * time.Minute
)

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

// or is a time, or what Timeout says instead.
func (s *Server) or(d time.Duration) time.Duration {
	if s.Timeout != 0 {
		return s.Timeout
	}
	return d
}

// client makes what connects, and what holds the connection that it makes.
func (s *Server) client() (*gomail.Client, *line, error) {
	c, err := protection(s.Host, s.TLS, s.CA)
	if err != nil {
		return nil, nil, err
	}
	l := &line{wait: s.or(connectTimeout)}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if l.begin(conn); s.TLS != TLSImplicit {
			return l, nil
		}
		t := tls.Client(l, c)
		if err := t.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, err
		}
		return t, nil
	}
	o := []gomail.Option{gomail.WithPort(s.Port), gomail.WithHELO(helo), gomail.WithTimeout(s.or(connectTimeout)), gomail.WithDialContextFunc(dial)}
	switch s.TLS {
	case TLSStart:
		o = append(o, gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithTLSConfig(c))
	case TLSImplicit: // dial has protected it; opportunistic so that the client looks, and knows that it is
		o = append(o, gomail.WithTLSPolicy(gomail.TLSOpportunistic), gomail.WithTLSConfig(c))
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
		return nil, nil, errors.New("the settings of the mail server are not usable")
	}
	return client, l, nil
}

// line is a connection on which each piece of what is said, and each answer, has a time of
// its own: a large message over a slow line takes as long as it takes.
type line struct {
	net.Conn
	mu   sync.Mutex
	wait time.Duration
}

func (l *line) begin(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Conn = c
}

func (l *line) Read(b []byte) (int, error) {
	if err := l.until(l.Conn.SetReadDeadline); err != nil {
		return 0, err
	}
	return l.Conn.Read(b)
}

func (l *line) Write(b []byte) (int, error) {
	if err := l.until(l.Conn.SetWriteDeadline); err != nil {
		return 0, err
	}
	return l.Conn.Write(b)
}

// SetDeadline does nothing: the client's is of a whole exchange.
func (l *line) SetDeadline(time.Time) error { return nil }

func (l *line) until(set func(time.Time) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return set(time.Now().Add(l.wait))
}

// patience sets how long each may take from now on.
func (l *line) patience(wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wait = wait
}

// hurry ends within a moment also what is being waited for.
func (l *line) hurry() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wait = stopWait
	if l.Conn != nil {
		_ = l.Conn.SetDeadline(time.Now().Add(stopWait)) // else it is closed already
	}
}

// stopWait is how long a server may still answer when the program is to end.
const stopWait = 5 * time.Second

// A Sender is an outbox.Driver that writes each message as its Letter and hands it to a
// Server over one connection.
type Sender struct {
	server  *Server
	letter  func(*outbox.Batch, *outbox.Message) (*Letter, error)
	conn    *smtp.Client
	line    *line // of conn
	taken   bool  // a message, since the sender was made
	refused int   // messages in a row, but those whose address does not receive
	gone    int   // of those, before any was taken
	last    *RefusesError
}

// refusalsInRow is after how many refusals in a row it is taken to be the server, the
// account or the text that is wrong, and not the addresses.
const refusalsInRow = 5

// goneInRow is that where the server says of each that its address does not receive, and
// has taken none yet: a run that goes on where another was killed may have those left.
const goneInRow = 25

// NewSender makes the driver. letter makes the letter of a message.
func NewSender(s *Server, letter func(*outbox.Batch, *outbox.Message) (*Letter, error)) *Sender {
	return &Sender{server: s, letter: letter}
}

// Send implements outbox.Driver.
func (s *Sender) Send(ctx context.Context, b *outbox.Batch, m *outbox.Message, begin func() error) outbox.Outcome {
	if s.refused >= refusalsInRow || s.gone >= goneInRow {
		return outbox.Outcome{Fate: outbox.Lost, Err: s.last, Over: true}
	}
	l, err := s.letter(b, m)
	if err != nil {
		return outbox.Outcome{Fate: outbox.Refused, Code: "address"}
	}
	msg, err := l.message()
	if err != nil {
		return outbox.Outcome{Fate: outbox.Refused, Code: "address"}
	}
	if err := s.connect(ctx); err != nil {
		return s.failed(err, atSession, "")
	}
	s.line.patience(s.server.or(wordTimeout))
	defer context.AfterFunc(ctx, s.line.hurry)()
	from := l.Return
	if from.domain == "" {
		from = l.From
	}
	if err := s.conn.Mail("<" + from.String() + ">"); err != nil {
		return s.failed(err, atSession, "")
	}
	if err := s.conn.Rcpt("<" + l.To.String() + ">"); err != nil {
		return s.failed(err, atRecipient, l.To.String())
	}
	w, err := s.conn.Data()
	if err != nil {
		return s.failed(err, atMessage, l.To.String())
	}
	// Until the final dot nothing is delivered, and a message that is cut short is thrown
	// away (RFC 5321, section 4.1.1.4): so it is the dot that begins.
	if _, err := msg.WriteTo(w); err != nil {
		return s.failed(err, atMessage, l.To.String())
	}
	if err := begin(); err != nil {
		s.cut()
		return outbox.Outcome{Fate: outbox.Lost, Err: err}
	}
	s.line.patience(s.server.or(endTimeout))
	if ctx.Err() != nil {
		s.line.hurry()
	}
	if err := w.Close(); err != nil {
		return s.failed(err, atEnd, l.To.String())
	}
	s.taken, s.refused, s.gone = true, 0, 0
	s.line.patience(s.server.or(wordTimeout))
	if err := s.conn.Reset(); err != nil {
		s.cut() // the message is taken; the next one has a connection of its own
	}
	return outbox.Outcome{Fate: outbox.Sent, Code: "250"}
}

// stage is how far a message had come when something failed.
type stage int

const (
	atSession   stage = iota // nothing was said of the message: it is the fault of none
	atRecipient              // its recipient was named, and nothing else yet
	atMessage                // its text was on the way
	atEnd                    // its last byte was
)

// What stands behind the code of a refusal, after a hyphen, as the journal has it: whether
// the recipient was refused, or the message.
const (
	ofRecipient = "rcpt"
	ofMessage   = "data"
)

// failed says what an error means for the message: the server's word where it gave one,
// else a lost connection, before the message was handed over or after.
func (s *Sender) failed(err error, at stage, to string) outbox.Outcome {
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
		of := ofMessage
		if at == atRecipient {
			of = ofRecipient
		}
		out := outbox.Outcome{Fate: outbox.Refused, Code: code(said) + "-" + of}
		s.last = &RefusesError{code(said), repeatable(said.Msg, to)}
		switch {
		case !GoneCode(out.Code, false):
			s.refused++
		case !s.taken:
			s.gone++
		}
		return out
	}
	return outbox.Outcome{Fate: outbox.PutOff, Code: code(said)}
}

// connect makes the connection where there is none.
func (s *Sender) connect(ctx context.Context) error {
	if s.conn != nil {
		return nil
	}
	c, line, err := s.server.client()
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, line.hurry)()
	conn, err := c.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	s.conn, s.line = conn, line
	return nil
}

// cut ends the connection without another word.
func (s *Sender) cut() {
	if s.conn != nil {
		s.line.patience(stopWait)
		_ = s.conn.Close()
		s.conn = nil
	}
}

// Close implements outbox.Driver.
func (s *Sender) Close() error {
	if s.conn != nil {
		s.line.patience(stopWait)
		_ = s.conn.Quit() // everything is answered already
		s.cut()
	}
	return nil
}

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

// A RefusesError is a server that refuses one message after another.
type RefusesError struct {
	Code string
	Said string // the words of its last answer, without what can be of an address; may be empty
}

func (e *RefusesError) Error() string {
	return "the mail server refuses one message after another: " + e.Code
}

// wordsLimit bounds how much of a server's answer is repeated, in bytes.
const wordsLimit = 160

// repeatable are the words of a server's answer that cannot be of the address that it is about:
// plain ones, in which no part of that address stands.
func repeatable(answer, to string) string {
	parts := strings.FieldsFunc(strings.ToLower(to), func(r rune) bool { return strings.ContainsRune("@.-_+", r) })
	of := func(w string) bool {
		low := strings.ToLower(w)
		return strings.ContainsFunc(w, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("@<>", r) }) ||
			slices.ContainsFunc(parts, func(p string) bool {
				return low == p || len(p) > 2 && strings.Contains(low, p)
			})
	}
	var out []string
	n := 0
	for _, w := range strings.Fields(answer) {
		if enhanced.MatchString(w) || of(w) {
			continue
		}
		if n += len(w) + 1; n > wordsLimit {
			break
		}
		out = append(out, w)
	}
	return strings.Join(out, " ")
}

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
