package mail

import (
	"errors"
	"io"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// A Letter is one e-mail to one person.
type Letter struct {
	From      Address
	Name      string  // of the sender, as a mail program shows it
	Return    Address // of the envelope, where bounces go; none: From
	To        Address
	ID        string // the part of the Message-ID before the @; after it is From's domain
	Date      time.Time
	Subject   string
	Text      string
	HTML      string // "" none
	Files     []File
	Automatic bool     // no person wrote it (RFC 3834)
	Stop      []string // where one says that one wants no more: URLs, mailto: and https:; none: it is not offered
}

// A File is attached to a letter, or shown within its HTML.
type File struct {
	Name string
	Type string // such as application/pdf
	ID   string // by which the HTML names it, as cid:ID; "" it is attached
	Data []byte
}

// Errors of letters, none with a value of theirs.
var (
	ErrHeader = errors.New("a line break where there must be none")
	ErrLetter = errors.New("a letter without sender, recipient, name, subject or text")
)

// message builds go-mail's message. Only headers that are asked for here are in it:
// nothing of the program, of this machine, or of a list.
func (l *Letter) message() (*gomail.Msg, error) {
	if l.From.domain == "" || l.To.domain == "" || l.ID == "" || l.Subject == "" || l.Text == "" {
		return nil, ErrLetter
	}
	for _, s := range append([]string{l.Name, l.Subject, l.ID}, l.Stop...) {
		if strings.ContainsAny(s, "\r\n\x00") {
			return nil, ErrHeader
		}
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if m.FromFormat(l.Name, l.From.String()) != nil || m.To(l.To.String()) != nil {
		return nil, ErrAddress
	}
	m.SetDateWithValue(l.Date)
	m.SetMessageIDWithValue(l.ID + "@" + l.From.domain)
	m.Subject(l.Subject)
	if l.Automatic {
		m.SetGenHeader("Auto-Submitted", "auto-generated")
	}
	if len(l.Stop) > 0 {
		m.SetGenHeaderPreformatted("List-Unsubscribe", "<"+strings.Join(l.Stop, ">,\r\n <")+">")
	}
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	if l.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	}
	for _, f := range l.Files {
		if strings.ContainsAny(f.Name+f.Type+f.ID, "\r\n\x00") {
			return nil, ErrHeader
		}
		o := []gomail.FileOption{gomail.WithFileContentType(gomail.ContentType(f.Type))}
		var err error
		if f.ID != "" {
			err = m.EmbedReader(f.Name, strings.NewReader(string(f.Data)), append(o, gomail.WithFileContentID("<"+f.ID+">"))...)
		} else {
			err = m.AttachReader(f.Name, strings.NewReader(string(f.Data)), o...)
		}
		if err != nil {
			return nil, errors.New("attach a file")
		}
	}
	return m, nil
}

// Write writes the letter as RFC 5322 has it.
func (l *Letter) Write(w io.Writer) error {
	m, err := l.message()
	if err != nil {
		return err
	}
	_, err = m.WriteTo(w)
	return err
}
