// Package mailtest is a mail server on loopback for tests: real SMTP with TLS, limits,
// and refusals that a test asks for by the address. Use Start; what was delivered is in
// Messages, what never was is not.
package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// A Message is one that the server has taken.
type Message struct {
	From, To string // of the envelope
	Data     string
}

// Options say how the server behaves.
type Options struct {
	NoTLS    bool          // it offers none
	Login    string        // "user:secret" that it wants; "" none
	MaxBytes int64         // of a message; 0: 10 MiB
	Answer   time.Duration // how long it waits between taking a message and saying so
	Drop     int           // it ends the connection instead of answering every nth message, having taken it; 0 never
	Refuse   string        // it refuses every sender with this code, such as "550"
	Spam     bool          // it refuses every message after its end (550, with no status)
	Limit    int           // it refuses every recipient (550, with no status) after so many messages; 0 never
}

// Server is a mail server. Recipients whose local part begins with
//
//	gone   are refused for good (550 5.1.1, with the address in the words)
//	bare   are refused for good (550, with no status)
//	later  are put off once (451 4.7.1), and then taken
//	never  are put off each time
//	full   are taken, and the message is refused after its end (552 5.2.2)
type Server struct {
	Addr string
	CA   []byte // PEM, of its certificate
	o    Options
	smtp *smtp.Server

	mu       sync.Mutex
	messages []Message
	seen     map[string]bool // of later
	Helo     []string
	conns    map[string]bool
}

// Start starts a server; Close ends it.
func Start(o Options) (*Server, error) {
	s := &Server{o: o, seen: map[string]bool{}, conns: map[string]bool{}}
	s.smtp = smtp.NewServer(backend{s})
	s.smtp.Domain, s.smtp.MaxRecipients, s.smtp.EnableSMTPUTF8 = "localhost", 1, true
	s.smtp.MaxMessageBytes = o.MaxBytes
	if o.MaxBytes == 0 {
		s.smtp.MaxMessageBytes = 10 << 20
	}
	s.smtp.AllowInsecureAuth = o.NoTLS
	s.smtp.ErrorLog = quiet{}
	if !o.NoTLS {
		cert, err := s.certificate()
		if err != nil {
			return nil, err
		}
		s.smtp.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.Addr = l.Addr().String()
	go s.smtp.Serve(l)
	return s, nil
}

// Close ends the server.
func (s *Server) Close() { s.smtp.Close() }

// Port is where it listens on 127.0.0.1.
func (s *Server) Port() string {
	_, port, _ := net.SplitHostPort(s.Addr)
	return port
}

// Messages are those that were taken, in their order.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message{}, s.messages...)
}

// Connections is how often somebody connected.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

func (s *Server) certificate() (tls.Certificate, error) {
	cert, ca, err := Certificate()
	s.CA = ca
	return cert, err
}

// Certificate makes one for localhost, and the file of certificates that trusts it.
func Certificate() (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	t := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

type backend struct{ s *Server }

func (b backend) NewSession(c *smtp.Conn) (smtp.Session, error) {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	b.s.conns[c.Conn().RemoteAddr().String()] = true
	b.s.Helo = append(b.s.Helo, c.Hostname())
	return &session{s: b.s, c: c, in: b.s.o.Login == ""}, nil
}

type session struct {
	s  *Server
	c  *smtp.Conn
	in bool
	m  Message
}

func (x *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (x *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, secret string) error {
		if user+":"+secret != x.s.o.Login {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "no"}
		}
		x.in = true
		return nil
	}), nil
}

func (x *session) Mail(from string, _ *smtp.MailOptions) error {
	if !x.in {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "log in first"}
	}
	if x.s.o.Refuse != "" {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "not from " + from}
	}
	x.m = Message{From: from}
	return nil
}

func (x *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	x.s.mu.Lock()
	first := !x.s.seen[to]
	x.s.seen[to] = true
	x.s.mu.Unlock()
	switch {
	case strings.HasPrefix(to, "gone"):
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user: " + to}
	case strings.HasPrefix(to, "bare"):
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.NoEnhancedCode, Message: "unknown: " + to}
	case x.s.o.Limit > 0 && len(x.s.Messages()) >= x.s.o.Limit:
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.NoEnhancedCode, Message: "<" + to + "> exceeded the max emails per hour"}
	case strings.HasPrefix(to, "never"), strings.HasPrefix(to, "later") && first:
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted: " + to}
	}
	x.m.To = to
	return nil
}

func (x *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if x.s.o.Spam {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.NoEnhancedCode, Message: "message for " + x.m.To + " classified as SPAM"}
	}
	if strings.HasPrefix(x.m.To, "full") {
		return &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 2, 2}, Message: "full: " + x.m.To}
	}
	x.m.Data = string(b)
	x.s.mu.Lock()
	x.s.messages = append(x.s.messages, x.m)
	n := len(x.s.messages)
	x.s.mu.Unlock()
	if x.s.o.Drop > 0 && n%x.s.o.Drop == 0 {
		x.c.Conn().Close()
		return io.ErrClosedPipe
	}
	time.Sleep(x.s.o.Answer)
	return nil
}

func (x *session) Reset()        {}
func (x *session) Logout() error { return nil }
