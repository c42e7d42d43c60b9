package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// A Mailbox is a folder on an IMAP server.
type Mailbox struct {
	Host   string
	Port   int
	TLS    string // as of a Server
	User   string
	Secret string
	CA     []byte // as of a Server
	Folder string // "" INBOX
}

// Errors of mailboxes.
var (
	ErrIMAPLogin  = errors.New("the mailbox's server does not take the login")
	ErrIMAPFolder = errors.New("there is no such folder in the mailbox")
	ErrIMAP       = errors.New("the mailbox's server does not speak as it should")
)

// dialLimit is how long a server may take to be reached.
const dialLimit = 30 * time.Second

// fetchAtOnce is how many messages are fetched in one go: they lie in memory.
const fetchAtOnce = 20

// Read tells each of every message in the mailbox, by its UID. Where each returns true
// and remove is set, the message is deleted there when all are read; nothing else is
// changed, not even that somebody has seen it.
func (m *Mailbox) Read(ctx context.Context, remove bool, each func(uid uint32, x Report) (done bool, err error)) error {
	c, err := m.open(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	folder := m.Folder
	if folder == "" {
		folder = "INBOX"
	}
	if _, err := c.Select(folder, &imap.SelectOptions{ReadOnly: !remove}).Wait(); err != nil {
		return ErrIMAPFolder
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{}, nil).Wait()
	if err != nil {
		return ErrIMAP
	}
	uids := found.AllUIDs()
	if len(uids) > mailboxMessages {
		return fmt.Errorf("a mailbox of more than %d messages", mailboxMessages)
	}
	var handled []imap.UID
	for len(uids) > 0 {
		n := min(len(uids), fetchAtOnce)
		done, err := m.some(c, uids[:n], each)
		if err != nil {
			return err
		}
		handled, uids = append(handled, done...), uids[n:]
	}
	if remove && len(handled) > 0 {
		if err := expunge(c, imap.UIDSetNum(handled...)); err != nil {
			return err
		}
	}
	_ = c.Logout().Wait() // everything is read
	return nil
}

// some reads some messages, without marking them as seen, and returns those that each is
// done with.
func (m *Mailbox) some(c *imapclient.Client, uids []imap.UID, each func(uint32, Report) (bool, error)) ([]imap.UID, error) {
	whole := &imap.FetchItemBodySection{Peek: true}
	whole.Partial = &imap.SectionPartial{Size: messageLimit}
	got, err := c.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{whole}}).Collect()
	if err != nil {
		return nil, ErrIMAP
	}
	var handled []imap.UID
	for _, x := range got {
		for _, s := range x.BodySection {
			done, err := each(uint32(x.UID), ReadReport(bytes.NewReader(s.Bytes)))
			if err != nil {
				return nil, err
			}
			if done {
				handled = append(handled, x.UID)
			}
		}
	}
	return handled, nil
}

// expunge deletes just these messages, and no others that somebody else has marked.
func expunge(c *imapclient.Client, set imap.UIDSet) error {
	if err := c.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
		return ErrIMAP
	}
	if !c.Caps().Has(imap.CapUIDPlus) && !c.Caps().Has(imap.CapIMAP4rev2) {
		return nil // marked as deleted: the mailbox's owner has it emptied
	}
	if err := c.UIDExpunge(set).Close(); err != nil {
		return ErrIMAP
	}
	return nil
}

func (m *Mailbox) open(ctx context.Context) (*imapclient.Client, error) {
	conf, err := protection(m.Host, m.TLS, m.CA)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(m.Host, strconv.Itoa(m.Port)))
	if err != nil {
		return nil, reason(err)
	}
	c, err := m.protect(conn, conf)
	if err != nil {
		conn.Close()
		return nil, err
	}
	if err := c.Login(m.User, m.Secret).Wait(); err != nil {
		c.Close()
		return nil, ErrIMAPLogin
	}
	return c, nil
}

// protect makes the connection's protection, and the client.
func (m *Mailbox) protect(conn net.Conn, conf *tls.Config) (*imapclient.Client, error) {
	switch m.TLS {
	case TLSImplicit:
		t := tls.Client(conn, conf)
		if err := t.Handshake(); err != nil {
			return nil, reason(err)
		}
		return imapclient.New(t, nil), nil
	case TLSStart:
		c, err := imapclient.NewStartTLS(conn, &imapclient.Options{TLSConfig: conf})
		if err != nil {
			return nil, reason(err)
		}
		return c, nil
	}
	return imapclient.New(conn, nil), nil
}
