package mail

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"

	"github.com/emersion/go-mbox"

	"github.com/medlem-register/medlem/internal/outbox"
)

// A Report is what a message in a mailbox says of one that was sent from here, as far as
// it can be read (RFC 3464). Everything in it is a stranger's word, but for the token,
// which only somebody can write who had the message.
type Report struct {
	Tokens []string // what can be the tokens of our messages, in the order in which they are believed
	Kind   ReportKind
	Status string // such as 5.1.1; "" none
}

// ReportKind is what a message in a mailbox is.
type ReportKind string

// The kinds of messages.
const (
	ReportNone    ReportKind = "none"    // no report of a delivery at all
	ReportFailed  ReportKind = "failed"  // the address does not receive mail
	ReportOther   ReportKind = "other"   // it was not delivered, for a reason that is not the address: a full mailbox, a filter
	ReportDelayed ReportKind = "delayed" // it may still be delivered, or was
)

// Bounds of what is read from a mailbox.
const (
	mailboxMessages = 50_000   // messages of one mailbox
	messageLimit    = 10 << 20 // bytes of one message: 10 MiB
	partLimit       = 256 << 10
	nesting         = 5
)

// ErrMailbox says that a file is not a mailbox, or has more than is read.
var ErrMailbox = errors.New("not a mailbox (mbox)")

// ReadMbox reads a mailbox file and tells each of every message, by its number from 1.
func ReadMbox(r io.Reader, each func(n int, x Report) error) error {
	box := mbox.NewReader(r)
	for n := 1; ; n++ {
		msg, err := box.NextMessage()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return ErrMailbox
		}
		if n > mailboxMessages {
			return fmt.Errorf("a mailbox of more than %d messages", mailboxMessages)
		}
		if err := each(n, ReadReport(msg)); err != nil {
			return err
		}
	}
}

// ReadReport reads one message. What it cannot read is no report.
func ReadReport(r io.Reader) Report {
	out := Report{Kind: ReportNone}
	m, err := mail.ReadMessage(bufio.NewReader(io.LimitReader(r, messageLimit)))
	if err != nil {
		return out
	}
	for _, key := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To"} {
		for _, v := range m.Header[textproto.CanonicalMIMEHeaderKey(key)] {
			out.tokens(v)
		}
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || params["boundary"] == "" || !strings.EqualFold(params["report-type"], "delivery-status") {
		return out
	}
	out.parts(m.Body, params["boundary"], 0)
	return out
}

// parts reads the parts of a report: the delivery status and the message that came back.
func (x *Report) parts(r io.Reader, boundary string, depth int) {
	if depth == nesting {
		return
	}
	parts := multipart.NewReader(r, boundary)
	for {
		p, err := parts.NextRawPart()
		if err != nil {
			return // a report that was cut still says what it said
		}
		kind, params, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if err != nil {
			continue
		}
		body := decoded(p.Header.Get("Content-Transfer-Encoding"), io.LimitReader(p, partLimit))
		switch kind {
		case "message/delivery-status", "message/global-delivery-status":
			x.status(body)
		case "message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers":
			head, err := textproto.NewReader(bufio.NewReader(io.MultiReader(body, strings.NewReader("\r\n\r\n")))).ReadMIMEHeader()
			if err == nil || len(head) > 0 {
				x.tokens(head.Get("Message-Id"))
			}
		case "multipart/mixed", "multipart/report", "multipart/alternative":
			x.parts(body, params["boundary"], depth+1)
		}
	}
}

func decoded(encoding string, r io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	}
	return r
}

// status reads the fields about recipients: groups of lines, of which the first is about
// the whole message (RFC 3464, section 2). Ours have one recipient.
func (x *Report) status(r io.Reader) {
	b, err := io.ReadAll(r)
	if err != nil {
		return
	}
	b = append(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), "\n\n"...)
	for _, group := range bytes.Split(b, []byte("\n\n")) {
		h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(bytes.TrimLeft(group, "\n"), "\n\n"...)))).ReadMIMEHeader()
		if err != nil || h.Get("Action") == "" {
			continue
		}
		if h.Get("Original-Envelope-Id") != "" {
			x.tokens(h.Get("Original-Envelope-Id"))
		}
		x.Status = statusCode.FindString(h.Get("Status"))
		switch strings.ToLower(strings.TrimSpace(h.Get("Action"))) {
		case "failed":
			x.Kind = ReportOther
			if Gone(x.Status) {
				x.Kind = ReportFailed
			}
		default: // delayed, delivered, relayed, expanded
			x.Kind = ReportDelayed
		}
	}
}

var statusCode = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}`)

// Gone tells whether a status (RFC 3463) says that an address does not receive mail, now
// and later: there is no such mailbox or domain, or it was closed. That a mailbox is full
// or a filter refuses says nothing of the address.
func Gone(status string) bool {
	p := strings.Split(status, ".")
	if len(p) != 3 || p[0] != "5" {
		return false
	}
	switch p[1] {
	case "0", "1": // undefined, as servers say of addresses that they do not explain; addressing
		return p[2] != "7" && p[2] != "8" // those are about the sender's address
	case "2":
		return p[2] == "1" // disabled
	case "4":
		return p[2] == "4" // no such domain
	}
	return false
}

// GoneCode tells whether what a server answered when a message was handed over, as the
// outbox notes it, says that the address does not receive mail: it has refused the
// recipient, and not the message, with a status that says so ("550-5.1.1-rcpt"). alone
// says that it took others right after: then the code of a server without statuses
// ("550-rcpt") says so too. What an older version noted has no stage ("550-5.1.1").
func GoneCode(code string, alone bool) bool {
	basic, status, _ := strings.Cut(code, "-")
	status, of, staged := strings.Cut(status, "-")
	if statusCode.MatchString(status) && !strings.HasPrefix(status, "5.0.") {
		return (!staged || of == ofRecipient) && Gone(status)
	}
	if !statusCode.MatchString(status) {
		of = status
	}
	return alone && of == ofRecipient && (basic == "550" || basic == "551" || basic == "553")
}

var word = regexp.MustCompile(`[a-z2-7]+`)

// tokens notes what in a header can be the token of a message.
func (x *Report) tokens(v string) {
	const most = 20
	for _, w := range word.FindAllString(v, -1) {
		if outbox.IsToken(w) && len(x.Tokens) < most {
			x.Tokens = append(x.Tokens, w)
		}
	}
}
