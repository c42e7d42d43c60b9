// Package mail writes e-mails and hands them to a mail server, one message for one
// person, and reads what comes back.
//
// Use Render for a text in Markdown, Letter.Write for the bytes of one message, Server
// for a Driver of the outbox, and ReadBounces for a mailbox. A message has one Address in
// To, which cannot hold two; there is no Cc and no Bcc in this package.
//
// No error of it holds an address or what a server wrote, which may quote one.
package mail

import (
	"errors"
	"net/mail"
	"strings"

	"golang.org/x/net/idna"
)

// An Address is the address of one mailbox. The zero Address is none.
type Address struct{ local, domain string }

// ErrAddress says that a text is not one e-mail address that mail can be sent to. It does
// not say which.
var ErrAddress = errors.New("not one e-mail address")

// Bounds of an address, in bytes (RFC 5321, section 4.5.3.1).
const (
	localLimit  = 64
	domainLimit = 253
)

// ParseAddress reads an address without a name: one at sign, a domain with a dot, in
// which letters beyond ASCII are written as IDNA has them.
func ParseAddress(text string) (Address, error) {
	a, err := mail.ParseAddress(text)
	if err != nil || a.Name != "" || a.Address != text || strings.ContainsAny(text, "\"<>() \t\r\n,;") {
		return Address{}, ErrAddress
	}
	at := strings.LastIndexByte(text, '@')
	local, domain := text[:at], strings.ToLower(text[at+1:])
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || !strings.Contains(ascii, ".") || strings.HasSuffix(ascii, ".") || len(local) > localLimit || len(ascii) > domainLimit {
		return Address{}, ErrAddress
	}
	return Address{local, ascii}, nil
}

// String is the address with its domain in ASCII.
func (a Address) String() string {
	if a.domain == "" {
		return ""
	}
	return a.local + "@" + a.domain
}

// Domain is the address's domain in ASCII.
func (a Address) Domain() string { return a.domain }

// With is the address with a tag after a plus (RFC 5233), where the server delivers it to
// the same mailbox.
func (a Address) With(tag string) (Address, error) {
	out := Address{a.local + "+" + tag, a.domain}
	if len(out.local) > localLimit {
		return Address{}, ErrAddress
	}
	return out, nil
}
