package mail_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/mail"
	"github.com/medlem-register/medlem/internal/mail/mailtest"
	"github.com/medlem-register/medlem/internal/outbox"
)

func start(t testing.TB, o mailtest.Options) *mailtest.Server {
	t.Helper()
	s, err := mailtest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// What a server answers is told of each message, and no word of it.
func TestFates(t *testing.T) {
	s := start(t, mailtest.Options{MaxBytes: 4000})
	x, b, key := box(t, []string{"gone1@people.example", "later1@people.example", "never1@people.example", "full1@people.example", "m1@people.example",
		"two@people.example,three@people.example", "åse@people.example", "m2@xn--blbr-roah.example", "not an address"})
	defer x.Close()
	st, err := x.Deliver(context.Background(), b.ID, driver(s), outbox.Pace{Backoff: []time.Duration{time.Millisecond}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	fates, err := x.Fates(b.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := []outbox.Line{{Fate: outbox.Refused, Code: "550-5.1.1-rcpt", Tries: 1}, {Fate: outbox.Sent, Code: "250", Tries: 2}, {Fate: outbox.PutOff, Code: "451-4.7.1", Tries: 2},
		{Fate: outbox.Refused, Code: "552-5.2.2-data", Tries: 1}, {Fate: outbox.Sent, Code: "250", Tries: 1}, {Fate: outbox.Refused, Code: "address", Tries: 1},
		{Fate: outbox.Sent, Code: "250", Tries: 1}, {Fate: outbox.Sent, Code: "250", Tries: 1}, {Fate: outbox.Refused, Code: "address", Tries: 1}}
	for i, l := range fates {
		if l != want[i] {
			t.Errorf("message %d: %+v, want %+v", i, l, want[i])
		}
	}
	if st.Finished || st.Waits() != 1 {
		t.Errorf("finished %t, %d wait; want one that waits", st.Finished, st.Waits())
	}
	for _, m := range s.Messages() {
		if strings.HasPrefix(m.To, "gone") || strings.HasPrefix(m.To, "two") || strings.HasPrefix(m.To, "three") {
			t.Error("somebody has a message who must not")
		}
	}
	noAddressLeft(t, strings.TrimSuffix(key, "key")+"outbox")

	// A message that is too large is refused, and is its own fault only.
	big, _, _ := box(t, []string{"m3@people.example"})
	defer big.Close()
	bb := &outbox.Batch{ID: b.ID, Channel: "email", Subject: "Mye", Text: strings.Repeat("mye tekst\n", 1000), Messages: []outbox.Message{{Member: "m", Unit: "asker", To: "m3@people.example"}}}
	if err := big.Put(bb); err != nil {
		t.Fatal(err)
	}
	if err := big.Release(bb.ID); err != nil {
		t.Fatal(err)
	}
	if st, err := big.Deliver(context.Background(), bb.ID, driver(s), outbox.Pace{}, nil); err != nil || st.Counts[outbox.Refused] != 1 {
		t.Errorf("%v, %v; want it refused", st.Counts, err)
	}
}

// A server that says nothing of a message, or not who it is, gets none.
func TestProtection(t *testing.T) {
	good := start(t, mailtest.Options{Login: "lag:secret"})
	clear := start(t, mailtest.Options{NoTLS: true})
	other := start(t, mailtest.Options{})
	refuses := start(t, mailtest.Options{Refuse: "550"})
	port := func(s *mailtest.Server) int { n, _ := strconv.Atoi(s.Port()); return n }
	for name, c := range map[string]struct {
		server mail.Server
		want   error
		sent   int
	}{
		"login":        {mail.Server{Host: "localhost", Port: port(good), TLS: mail.TLSStart, CA: good.CA, User: "lag", Secret: "secret"}, nil, 1},
		"wrong secret": {mail.Server{Host: "localhost", Port: port(good), TLS: mail.TLSStart, CA: good.CA, User: "lag", Secret: "x"}, outbox.ErrCarrier, 0},
		"no login":     {mail.Server{Host: "localhost", Port: port(good), TLS: mail.TLSStart, CA: good.CA}, outbox.ErrCarrier, 0},
		"unknown":      {mail.Server{Host: "localhost", Port: port(good), TLS: mail.TLSStart, User: "lag", Secret: "secret"}, mail.ErrCertificate, 0},
		"another's":    {mail.Server{Host: "localhost", Port: port(other), TLS: mail.TLSStart, CA: good.CA}, mail.ErrCertificate, 0},
		"no TLS":       {mail.Server{Host: "localhost", Port: port(clear), TLS: mail.TLSStart}, mail.ErrTalk, 0},
		"clear here":   {mail.Server{Host: "127.0.0.1", Port: port(clear), TLS: mail.TLSNone}, nil, 1},
		"clear there":  {mail.Server{Host: "mail.example", Port: 25, TLS: mail.TLSNone}, mail.ErrClear, 0},
		"nobody":       {mail.Server{Host: "localhost", Port: 1, TLS: mail.TLSStart}, mail.ErrReach, 0},
		"sender":       {mail.Server{Host: "localhost", Port: port(refuses), TLS: mail.TLSStart, CA: refuses.CA}, outbox.ErrCarrier, 0},
	} {
		t.Run(name, func(t *testing.T) {
			x, b, _ := box(t, []string{"m1@people.example"})
			defer x.Close()
			c.server.Timeout = 3 * time.Second
			st, err := x.Deliver(context.Background(), b.ID, mail.NewSender(&c.server, letter), outbox.Pace{}, nil)
			if !errors.Is(err, c.want) || st.Counts[outbox.Sent] != c.sent {
				t.Errorf("%v, %d sent; want %v, %d", err, st.Counts[outbox.Sent], c.want, c.sent)
			}
			if c.sent == 0 && st.Waits() != 1 {
				t.Error("what could not be handed over does not wait")
			}
			if err != nil && strings.Contains(err.Error(), "example") {
				t.Errorf("an address in %q", err)
			}
		})
	}
	if len(other.Messages())+len(refuses.Messages()) != 0 {
		t.Error("a message went to a server that must not have it")
	}
}

// A server that refuses one message after another says nothing of the addresses: the run
// ends, the rest waits, and its answer is told without any part of an address.
func TestRefusesAll(t *testing.T) {
	var to []string
	for i := range 20 {
		to = append(to, "ase.h"+strconv.Itoa(i)+"@people.example")
	}
	for name, c := range map[string]struct {
		o    mailtest.Options
		sent int
		want mail.RefusesError
	}{
		"spam":  {mailtest.Options{Spam: true}, 0, mail.RefusesError{Code: "550", Said: "message for classified as SPAM"}},
		"limit": {mailtest.Options{Limit: 7}, 7, mail.RefusesError{Code: "550", Said: "exceeded the max emails per hour"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, c.o)
			x, b, _ := box(t, to)
			defer x.Close()
			st, err := x.Deliver(context.Background(), b.ID, driver(s), outbox.Pace{}, nil)
			var refuses *mail.RefusesError
			if !errors.As(err, &refuses) || *refuses != c.want {
				t.Fatalf("%v, want %+v", err, c.want)
			}
			if st.Counts[outbox.Sent] != c.sent || st.Counts[outbox.Refused] != 5 || st.Waits() != len(to)-c.sent-5 {
				t.Errorf("%v", st.Counts)
			}
			traces, err := x.Traces()
			if err != nil {
				t.Fatal(err)
			}
			for _, trace := range traces {
				if trace.Fate == outbox.Refused && mail.GoneCode(trace.Code, trace.Alone) {
					t.Errorf("%s is taken to say that the address does not receive", trace.Code)
				}
			}
		})
	}
	// Those that receive nothing, among others that do, hold nothing up, and are known.
	s := start(t, mailtest.Options{})
	x, b, _ := box(t, []string{"m1@people.example", "bare1@people.example", "bare2@people.example", "m2@people.example", "gone1@people.example", "gone2@people.example",
		"gone3@people.example", "gone4@people.example", "gone5@people.example", "gone6@people.example", "m3@people.example", "bare3@people.example"})
	defer x.Close()
	st, err := x.Deliver(context.Background(), b.ID, driver(s), outbox.Pace{}, nil)
	if err != nil || st.Counts[outbox.Sent] != 3 || st.Counts[outbox.Refused] != 9 {
		t.Fatalf("%v, %v", st.Counts, err)
	}
	traces, err := x.Traces()
	if err != nil {
		t.Fatal(err)
	}
	gone := 0
	for _, trace := range traces {
		if trace.Fate == outbox.Refused && mail.GoneCode(trace.Code, trace.Alone) {
			gone++
		}
	}
	if gone != 8 { // after the last one nothing was taken
		t.Errorf("%d addresses are taken not to receive, want 8", gone)
	}
}

// A message may take longer than one word of the server: each piece of it has its own
// time. Whoever ends the program does not wait for a server that says nothing.
func TestPatience(t *testing.T) {
	s := start(t, mailtest.Options{Answer: 100 * time.Millisecond})
	n, _ := strconv.Atoi(s.Port())
	x, b, _ := box(t, []string{"m1@people.example", "m2@people.example", "m3@people.example", "m4@people.example", "m5@people.example"})
	defer x.Close()
	d := mail.NewSender(&mail.Server{Host: "localhost", Port: n, TLS: mail.TLSStart, CA: s.CA, Timeout: 400 * time.Millisecond}, letter)
	if st, err := x.Deliver(context.Background(), b.ID, d, outbox.Pace{}, nil); err != nil || st.Counts[outbox.Sent] != 5 {
		t.Errorf("%v, %v", st.Counts, err)
	}
	slow := slowly(t)
	x2, b2, _ := box(t, []string{"m1@people.example"})
	defer x2.Close()
	d = mail.NewSender(&mail.Server{Host: "127.0.0.1", Port: slow, TLS: mail.TLSNone, Timeout: time.Second}, letter)
	if st, err := x2.Deliver(context.Background(), b2.ID, d, outbox.Pace{}, nil); err != nil || st.Counts[outbox.Sent] != 1 {
		t.Errorf("a slow server, each of whose words comes in time: %v, %v", st.Counts, err)
	}
}

// slowly is a server whose words come one by one, each within a second, and all of them not.
func slowly(t *testing.T) (port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		text := textproto.NewConn(c)
		say := func(line string) { time.Sleep(300 * time.Millisecond); _ = text.PrintfLine("%s", line) }
		say("220 slow")
		for {
			line, err := text.ReadLine()
			if err != nil {
				return
			}
			switch word, _, _ := strings.Cut(line, " "); word {
			case "DATA":
				say("354 go on")
				if _, err := text.ReadDotBytes(); err != nil {
					return
				}
				say("250 taken")
			default:
				say("250 yes")
			}
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// A connection that ends instead of an answer leaves a fate that nobody knows: it is said,
// and nothing goes twice.
func TestLostAnswer(t *testing.T) {
	s := start(t, mailtest.Options{Drop: 4})
	var to []string
	for i := range 20 {
		to = append(to, "m"+strconv.Itoa(i)+"@people.example")
	}
	x, b, _ := box(t, to)
	defer x.Close()
	for range 3 {
		st, err := x.Deliver(context.Background(), b.ID, driver(s), outbox.Pace{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if st.Counts[outbox.Unknown] != 5 || st.Counts[outbox.Sent] != 15 || st.Finished {
			t.Fatalf("%v, finished %t", st.Counts, st.Finished)
		}
	}
	if n := len(s.Messages()); n != len(to) {
		t.Errorf("%d messages, want %d: some went twice", n, len(to))
	}
	if n, err := x.Settle(b.ID, outbox.Sent, nil); n != 5 || err != nil {
		t.Errorf("%d settled, %v", n, err)
	}
	if st, _ := x.Status(b.ID); !st.Finished {
		t.Error("not finished when everything is settled")
	}
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"ase@example.no": "ase@example.no", "Ase.B@EXAMPLE.no": "Ase.B@example.no", "ase@blåbær.no": "ase@xn--blbr-roah.no", "åse@example.no": "åse@example.no",
		"ase@example": "", "ase@-example.no": "", "ase@[127.0.0.1]": "", "Åse <ase@example.no>": "", " ase@example.no": "", "a@b.no,c@d.no": "", "": "", "ase@example.no.": "",
		"a\r\nBcc: x@y.no@example.no": "", "ase@example.no\r\nBcc: x@y.no": "", `"a b"@example.no`: "", "a@@b.no": "",
	} {
		a, err := mail.ParseAddress(text)
		if a.String() != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", text, a, err, want)
		}
	}
}

// Nothing that is put into a header makes another one.
func TestHeaders(t *testing.T) {
	to, _ := mail.ParseAddress("ase@people.example")
	for name, l := range map[string]mail.Letter{
		"subject": {From: sender, To: to, ID: "x", Subject: "a\r\nBcc: evil@x.example", Text: "t"},
		"name":    {From: sender, Name: "a\nX-Evil: 1", To: to, ID: "x", Subject: "a", Text: "t"},
		"id":      {From: sender, To: to, ID: "x\r\nX: y", Subject: "a", Text: "t"},
		"stop":    {From: sender, To: to, ID: "x", Subject: "a", Text: "t", Stop: []string{"mailto:a\r\nX: y"}},
		"file":    {From: sender, To: to, ID: "x", Subject: "a", Text: "t", Files: []mail.File{{Name: "a\r\nX: y", Type: "text/plain"}}},
	} {
		if err := l.Write(&strings.Builder{}); !errors.Is(err, mail.ErrHeader) {
			t.Errorf("%s: %v, want ErrHeader", name, err)
		}
	}
	if err := (&mail.Letter{From: sender, ID: "x", Subject: "a", Text: "t"}).Write(&strings.Builder{}); !errors.Is(err, mail.ErrLetter) {
		t.Errorf("without a recipient: %v", err)
	}
}

// What a letter says of itself, and nothing else: that nobody wrote it, where one says
// that one wants no more, what is within it and what is attached.
func TestLetter(t *testing.T) {
	to, _ := mail.ParseAddress("ase@people.example")
	l := mail.Letter{From: sender, Name: "Kari Ødegård", To: to, ID: "abcdefghij234567", Date: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), Subject: "Møte på lørdag", Text: "Hei!\n", HTML: "<img src=\"cid:picture-1\">",
		Automatic: true, Stop: []string{"mailto:lag@forening.example?subject=stop", "https://forening.example/me/"},
		Files: []mail.File{{Name: "kart.png", Type: "image/png", ID: "picture-1", Data: []byte("png")}, {Name: "Sakliste møte.txt", Type: "text/plain", Data: []byte("1. Åpning")}}}
	var b strings.Builder
	if err := l.Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Auto-Submitted: auto-generated\r\n", "List-Unsubscribe: <mailto:lag@forening.example?subject=stop>,\r\n <https://forening.example/me/>\r\n", "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n",
		"Subject: =?UTF-8?", "To: <ase@people.example>\r\n", "Message-ID: <abcdefghij234567@forening.example>\r\n", "Content-Id: <picture-1>", "multipart/mixed", "multipart/related", "multipart/alternative"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	allowed := []string{"date", "message-id", "mime-version", "subject", "from", "to", "auto-submitted", "list-unsubscribe", "content-type"}
	head, _, _ := strings.Cut(b.String(), "\r\n\r\n")
	for _, line := range strings.Split(head, "\r\n") {
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			continue
		}
		if name, _, _ := strings.Cut(strings.ToLower(line), ":"); !slices.Contains(allowed, name) {
			t.Errorf("a header %q", name)
		}
	}
}

// Addresses that do not receive, one after another, end no run: one that goes on where
// another was killed may have none but those left. Where the server says it of too many
// and has taken none, it is the server.
func TestGoneInRow(t *testing.T) {
	for n, left := range map[int]int{20: 0, 30: 5} {
		var to []string
		for i := range n {
			to = append(to, fmt.Sprintf("gone%02d@people.example", i))
		}
		x, b, _ := box(t, to)
		st, err := x.Deliver(context.Background(), b.ID, driver(start(t, mailtest.Options{})), outbox.Pace{}, nil)
		if st.Counts[outbox.Refused] != n-left || st.Waits() != left || errors.As(err, new(*mail.RefusesError)) != (left > 0) {
			t.Errorf("of %d: %v, %v", n, st.Counts, err)
		}
		x.Close()
	}
}
