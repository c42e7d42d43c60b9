package mail

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Settings are of the account by which e-mails go out, without its secrets.
type Settings struct {
	Host      string  `json:"host"`
	Port      int     `json:"port"`
	TLS       string  `json:"tls"` // TLSStart, TLSImplicit or TLSNone
	User      string  `json:"user,omitempty"`
	CA        string  `json:"ca,omitempty"` // PEM
	From      string  `json:"from"`
	Name      string  `json:"name"`
	Plus      bool    `json:"plus,omitempty"`  // the server delivers name+anything@ to name@
	PerSecond float64 `json:"per_second"`      // messages
	Retry     []int   `json:"retry,omitempty"` // seconds after which what was put off is tried again, in one run
	IMAP      *IMAP   `json:"imap,omitempty"`
}

// IMAP is where bounces are read.
type IMAP struct {
	Host   string `json:"host"`
	Port   int    `json:"port"`
	TLS    string `json:"tls"`
	User   string `json:"user"`
	Folder string `json:"folder,omitempty"`
}

// Bounds of settings.
const (
	nameLimit      = 60  // bytes of the sender's name
	perSecondLimit = 100 // messages
	retryLimit     = 3600
	retries        = 10
)

// Errors of settings.
var (
	ErrName      = errors.New("the sender's name is one line of 1 to 60 bytes")
	ErrHost      = errors.New("a host is a name or an address, and a port is from 1 to 65535")
	ErrPerSecond = errors.New("messages per second: more than 0, at most 100")
	ErrRetry     = errors.New("seconds until the next try: at most 10 numbers from 0 to 3600")
)

// Check returns what is wrong with the settings.
func (s *Settings) Check() error {
	if _, err := ParseAddress(s.From); err != nil {
		return err
	}
	if err := checkHost(s.Host, s.Port, s.TLS, s.CA); err != nil {
		return err
	}
	switch {
	case s.Name == "" || len(s.Name) > nameLimit || strings.ContainsAny(s.Name, "\r\n\x00@"):
		return ErrName
	case s.PerSecond <= 0 || s.PerSecond > perSecondLimit:
		return ErrPerSecond
	case len(s.Retry) > retries:
		return ErrRetry
	}
	for _, n := range s.Retry {
		if n < 0 || n > retryLimit {
			return ErrRetry
		}
	}
	if s.IMAP != nil {
		return checkHost(s.IMAP.Host, s.IMAP.Port, s.IMAP.TLS, s.CA)
	}
	return nil
}

func checkHost(host string, port int, mode, ca string) error {
	if host == "" || strings.ContainsAny(host, " /@\r\n") || port < 1 || port > 65535 {
		return ErrHost
	}
	var pem []byte
	if ca != "" {
		pem = []byte(ca)
	}
	_, err := protection(host, mode, pem)
	return err
}

// Encode is the settings' file.
func (s *Settings) Encode() []byte {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err) // strings and numbers
	}
	return append(b, '\n')
}

// ParseSettings reads what Encode wrote.
func ParseSettings(b []byte) (*Settings, error) {
	s := &Settings{}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		return nil, errors.New("the settings of e-mail cannot be read") // json's errors quote
	}
	if err := s.Check(); err != nil {
		return nil, fmt.Errorf("the settings of e-mail: %w", err)
	}
	return s, nil
}

// Server is the server of the settings, with its secret.
func (s *Settings) Server(secret string) *Server {
	x := &Server{Host: s.Host, Port: s.Port, TLS: s.TLS, User: s.User, Secret: secret}
	if s.CA != "" {
		x.CA = []byte(s.CA)
	}
	return x
}

// Mailbox is where bounces are read, with its secret.
func (s *Settings) Mailbox(secret string) *Mailbox {
	x := &Mailbox{Host: s.IMAP.Host, Port: s.IMAP.Port, TLS: s.IMAP.TLS, User: s.IMAP.User, Secret: secret, Folder: s.IMAP.Folder}
	if s.CA != "" {
		x.CA = []byte(s.CA)
	}
	return x
}

// Backoff is how long to wait before each further try.
func (s *Settings) Backoff() []time.Duration {
	out := []time.Duration{}
	for _, n := range s.Retry {
		out = append(out, time.Duration(n)*time.Second)
	}
	return out
}
