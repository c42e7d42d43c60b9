package cli

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/mail/mailtest"
)

// mailServers are those of the scripts that run.
var mailServers sync.Map // *testscript.TestScript -> *mailtest.Server

// mailServer starts a mail server, in place of the script's one before: mailserver
// [login=user:secret] [drop=N] [wait=D]. Its port is in $SMTP, its certificate in ca.pem.
func mailServer(ts *testscript.TestScript, _ bool, args []string) {
	var o mailtest.Options
	for _, a := range args {
		key, v, _ := strings.Cut(a, "=")
		var err error
		switch key {
		case "login":
			o.Login = v
		case "drop":
			o.Drop, err = strconv.Atoi(v)
		case "wait":
			o.Answer, err = time.ParseDuration(v)
		default:
			ts.Fatalf("unknown %s", key)
		}
		ts.Check(err)
	}
	s, err := mailtest.Start(o)
	ts.Check(err)
	ts.Defer(s.Close)
	mailServers.Store(ts, s)
	ts.Setenv("SMTP", s.Port())
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), s.CA, 0o600))
}

// arrived checks how many e-mails the server has taken, and writes each to arrived/<to>.eml
// with its envelope's sender in the first line: arrived N. With "end" it ends the server.
func arrived(ts *testscript.TestScript, _ bool, args []string) {
	v, ok := mailServers.Load(ts)
	if !ok {
		ts.Fatalf("no mail server")
	}
	s := v.(*mailtest.Server)
	if args[0] == "end" {
		s.Close()
		return
	}
	got := s.Messages()
	if len(args) != 1 || strconv.Itoa(len(got)) != args[0] {
		ts.Fatalf("%d e-mails have arrived, want %s", len(got), strings.Join(args, " "))
	}
	dir := ts.MkAbs("arrived")
	ts.Check(os.RemoveAll(dir))
	ts.Check(os.MkdirAll(dir, 0o700))
	seen := map[string]bool{}
	for _, m := range got {
		which := m.To + between(ts, m.Data, "Subject: ", "\r\n")
		if seen[which] {
			ts.Fatalf("somebody has an e-mail twice")
		}
		seen[which] = true
		ts.Check(os.WriteFile(filepath.Join(dir, m.To+".eml"), []byte("Return-Path: <"+m.From+">\r\n"+m.Data), 0o600))
		for _, other := range got {
			if other.To != m.To && other.To != "lag@forening.example" && strings.Contains(m.From+m.Data, other.To) {
				ts.Fatalf("an e-mail holds another's address")
			}
		}
	}
}

// comesBack writes a mailbox of bounces of e-mails that arrived: comesback FILE KIND=TO….
// KIND is failed, verp (failed, and only the envelope tells which), full, delayed, forged
// (without the mark) or answer (no bounce).
func comesBack(ts *testscript.TestScript, _ bool, args []string) {
	var b strings.Builder
	for _, a := range args[1:] {
		kind, to, _ := strings.Cut(a, "=")
		b.WriteString("From MAILER-DAEMON Sun Nov 22 10:00:00 2026\n" + strings.ReplaceAll(bounce(ts, kind, to), "\r\n", "\n") + "\n")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}

// bounce is a report as mail servers write it (RFC 3464).
func bounce(ts *testscript.TestScript, kind, to string) string {
	from, id := "lag@forening.example", "made-up-by-a-stranger@forening.example"
	if kind != "forged" {
		m := ts.ReadFile(filepath.Join("arrived", to+".eml"))
		from = between(ts, m, "Return-Path: <", ">")
		id = between(ts, m, "Message-ID: <", ">")
	}
	status, action := "5.1.1", "failed"
	returned := "Message-ID: <" + id + ">\r\nTo: " + to + "\r\nSubject: x\r\n"
	switch kind {
	case "answer":
		return "From: " + to + "\r\nTo: " + from + "\r\nIn-Reply-To: <" + id + ">\r\nSubject: Re: x\r\n\r\nTakk!\r\n"
	case "full":
		status = "5.2.2"
	case "delayed":
		status, action = "4.4.1", "delayed"
	case "verp":
		returned = "Subject: x\r\n"
	}
	part := "--b1\r\nContent-Type: text/rfc822-headers\r\n\r\n" + returned
	if kind == "failed" { // a whole message, packed
		part = "--b1\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte(returned+"\r\ntext\r\n")) + "\r\n"
	}
	return "Return-Path: <>\r\nDelivered-To: " + from + "\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: " + from + "\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"b1\"\r\n\r\nThis is a MIME message.\r\n" +
		"--b1\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you that <" + to + "> could not be reached.\r\n" +
		"--b1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\nArrival-Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\n" +
		"Final-Recipient: rfc822; " + to + "\r\nAction: " + action + "\r\nStatus: " + status + "\r\nDiagnostic-Code: smtp; 550 no such user\r\n\r\n" + part + "\r\n--b1--\r\n"
}

func between(ts *testscript.TestScript, s, a, b string) string {
	_, rest, ok := strings.Cut(s, a)
	out, _, ok2 := strings.Cut(rest, b)
	if !ok || !ok2 {
		ts.Fatalf("no %s in the e-mail", a)
	}
	return out
}

// imapBox starts an IMAP server with one mailbox of bounces, whose user is lag with the
// secret hemmelig: imapbox KIND=TO…. Its port is in $IMAP.
func imapBox(ts *testscript.TestScript, _ bool, args []string) {
	user := imapmemserver.NewUser("lag", "hemmelig")
	ts.Check(user.Create("INBOX", nil))
	for _, a := range args {
		kind, to, _ := strings.Cut(a, "=")
		text := bounce(ts, kind, to)
		_, err := user.Append("INBOX", literalOf{strings.NewReader(text)}, &imap.AppendOptions{})
		ts.Check(err)
	}
	mem := imapmemserver.New()
	mem.AddUser(user)
	s := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		Caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapUIDPlus: {}}, InsecureAuth: true,
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	go s.Serve(l)
	ts.Defer(func() { s.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	ts.Setenv("IMAP", port)
	imapUsers.Store(ts, user)
}

type literalOf struct{ *strings.Reader }

func (l literalOf) Size() int64 { return l.Reader.Size() }

var imapUsers sync.Map // *testscript.TestScript -> *imapmemserver.User

// imapLeft checks how many messages are in the mailbox: imapleft N.
func imapLeft(ts *testscript.TestScript, _ bool, args []string) {
	v, _ := imapUsers.Load(ts)
	st, err := v.(*imapmemserver.User).Status("INBOX", &imap.StatusOptions{NumMessages: true})
	ts.Check(err)
	if got := fmt.Sprint(*st.NumMessages); got != args[0] {
		ts.Fatalf("%s messages in the mailbox, want %s", got, args[0])
	}
}

// numberOf puts the number of the proposal of a topic, in the last inbox, into a
// variable: numberof VAR TOPIC.
func numberOf(ts *testscript.TestScript, _ bool, args []string) {
	var out struct {
		Proposals []struct {
			Number int
			Topic  string
		}
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &out))
	for _, p := range out.Proposals {
		if p.Topic == args[1] {
			ts.Setenv(args[0], strconv.Itoa(p.Number))
			return
		}
	}
	ts.Fatalf("no proposal of this topic")
}

// once checks that the outbox knows of every e-mail, and that none went twice: those that
// arrived are as many as it says were sent, and some of those of which it does not know:
// once N.
func once(ts *testscript.TestScript, _ bool, args []string) {
	v, _ := mailServers.Load(ts)
	seen := map[string]bool{}
	for _, m := range v.(*mailtest.Server).Messages() {
		if seen[m.To] {
			ts.Fatalf("somebody has the e-mail twice")
		}
		seen[m.To] = true
	}
	of(ts).run(ts, false, false, []string{"-C", ts.MkAbs("kari"), "--as", ts.MkAbs("kari.key"), "outbox", "--format", "json"})
	var out struct {
		Outbox []struct{ Fates map[string]int }
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &out))
	f := out.Outbox[0].Fates
	if n := strconv.Itoa(f["sent"] + f["unknown"]); n != args[0] || len(seen) < f["sent"] || len(seen) > f["sent"]+f["unknown"] {
		ts.Fatalf("%d arrived, and the outbox says %v; want %s", len(seen), f, args[0])
	}
}
