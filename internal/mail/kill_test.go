package mail_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/mail"
	"github.com/medlem-register/medlem/internal/mail/mailtest"
	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/slow"
)

// job is what the process that is killed is told.
type job struct {
	Dir, Identity string
	Port          int
	CA            []byte
	Batch         register.RecordID
}

const jobVariable = "MEDLEM_MAIL_TEST_JOB"

func TestMain(m *testing.M) {
	if text := os.Getenv(jobVariable); text != "" {
		var j job
		if err := json.Unmarshal([]byte(text), &j); err != nil {
			panic(err)
		}
		if err := j.run(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func (j *job) run() error {
	id, err := identity.Load(j.Identity, nil)
	if err != nil {
		return err
	}
	box, err := outbox.Open(j.Dir, own{id}, time.Now)
	if err != nil {
		return err
	}
	defer box.Close()
	s := mail.NewSender(&mail.Server{Host: "localhost", Port: j.Port, TLS: mail.TLSStart, CA: j.CA}, letter)
	_, err = box.Deliver(context.Background(), j.Batch, s, outbox.Pace{Backoff: []time.Duration{10 * time.Millisecond}}, nil)
	return err
}

type own struct{ id *identity.Identity }

func (o own) Seal(text []byte) ([]byte, error) { return seal.SealOwn(text, o.id.Recipient()) }
func (o own) Open(file []byte) ([]byte, error) { return seal.OpenOwn(file, o.id.Ages()) }

var sender, _ = mail.ParseAddress("lag@forening.example")

func letter(b *outbox.Batch, m *outbox.Message) (*mail.Letter, error) {
	to, err := mail.ParseAddress(m.To)
	if err != nil {
		return nil, err
	}
	back, err := sender.With(m.Token)
	return &mail.Letter{From: sender, Name: "Kari", Return: back, To: to, ID: m.Token, Date: time.Now(), Subject: b.Subject, Text: b.Text, HTML: b.HTML,
		Stop: []string{"mailto:lag@forening.example?subject=stop"}}, err
}

// box makes an outbox with one released batch to the addresses.
func box(t testing.TB, to []string) (*outbox.Box, *outbox.Batch, string) {
	t.Helper()
	dir := t.TempDir()
	id, err := identity.New("2026-11-22")
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, "key")
	if err := id.Save(key, nil); err != nil {
		t.Fatal(err)
	}
	x, err := outbox.Open(filepath.Join(dir, "outbox"), own{id}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	b := &outbox.Batch{ID: register.NewRecordID(), Channel: "email", Made: "2026-11-22", Subject: "Møte på lørdag", Text: "Hei!\n\nVi møtes.\n", HTML: "<p>Hei!</p>"}
	for _, a := range to {
		b.Messages = append(b.Messages, outbox.Message{Member: register.NewRecordID(), Unit: "asker", To: a})
	}
	if err := x.Put(b); err != nil {
		t.Fatal(err)
	}
	if err := x.Release(b.ID); err != nil {
		t.Fatal(err)
	}
	return x, b, key
}

// ATTACK: the sending program is killed at any instant. At stake: that members get a
// message twice, or not at all, and nobody can say which. Proved: each address that
// receives mail has each message once, but for those of which the program says itself
// that it does not know; and what a person then says of them settles it.
func TestKilledSending(t *testing.T) {
	good, bad := slow.Number(150, 1000, 1000), 20
	s, err := mailtest.Start(mailtest.Options{Answer: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var to []string
	for i := range good {
		to = append(to, fmt.Sprintf("%s%04d@people.example", []string{"m", "later"}[min(i%50, 1)^1], i))
	}
	for i := range bad {
		to = append(to, fmt.Sprintf("gone%02d@people.example", i))
	}
	rand.Shuffle(len(to), func(i, j int) { to[i], to[j] = to[j], to[i] })
	x, b, key := box(t, to)
	dir := filepath.Join(filepath.Dir(key), "outbox")
	x.Close()
	port, _ := strconv.Atoi(s.Port())
	text, _ := json.Marshal(job{dir, key, port, s.CA, b.ID})
	kills, unknown := 0, 0
	for {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), jobVariable+"="+string(text))
		var errs strings.Builder
		c.Stderr = &errs
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		// The first runs are killed, as long as there is something to kill.
		killed := make(chan bool, 1)
		if kills < 40 {
			timer := time.AfterFunc(time.Duration(20+rand.IntN(100))*time.Millisecond, func() { _ = c.Process.Kill(); killed <- true })
			err = c.Wait()
			if timer.Stop() {
				killed <- false
			}
			if <-killed {
				kills++
				continue
			}
		} else {
			err = c.Wait()
		}
		if err != nil {
			t.Fatalf("%v: %s", err, errs.String())
		}
		// What it does not know is asked of the server, as a person would in its log.
		box := reopen(t, dir, key, time.Now())
		st, err := box.Status(b.ID)
		if err != nil {
			t.Fatal(err)
		}
		if st.Counts[outbox.Unknown] == 0 {
			box.Close()
			break
		}
		unknown += st.Counts[outbox.Unknown]
		has := map[string]bool{}
		for _, m := range s.Messages() {
			has[m.To] = true
		}
		if _, err := box.Settle(b.ID, outbox.Sent, func(m *outbox.Message) bool { return has[m.To] }); err != nil {
			t.Fatal(err)
		}
		if _, err := box.Settle(b.ID, outbox.Created, func(m *outbox.Message) bool { return !has[m.To] }); err != nil {
			t.Fatal(err)
		}
		box.Close()
	}
	t.Logf("%d kills, %d fates unknown", kills, unknown)
	if kills == 0 {
		t.Error("nothing was killed: the test proves nothing")
	}
	got := map[string]int{}
	for _, m := range s.Messages() {
		got[m.To]++
	}
	for _, a := range to {
		if want := map[bool]int{true: 0, false: 1}[strings.HasPrefix(a, "gone")]; got[a] != want {
			t.Errorf("an address has the message %d times, want %d", got[a], want)
		}
	}
	// What was refused can go again for some days; then the sending is finished.
	box := reopen(t, dir, key, time.Now().AddDate(0, 0, outbox.AgainDays+1))
	defer box.Close()
	if err := box.Tidy(); err != nil {
		t.Fatal(err)
	}
	st, err := box.Status(b.ID)
	if err != nil {
		t.Fatal(err)
	}
	if st.Counts[outbox.Sent] != good || st.Counts[outbox.Refused] != bad || !st.Finished {
		t.Errorf("%v, finished %t; want %d sent and %d refused", st.Counts, st.Finished, good, bad)
	}
	noAddressLeft(t, dir)
	done, err := box.Load(b.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range done.Messages {
		if m.To != "" || m.Token == "" {
			t.Fatal("a finished sending keeps an address, or has lost a token")
		}
	}
}

func reopen(t *testing.T, dir, key string, now time.Time) *outbox.Box {
	t.Helper()
	id, err := identity.Load(key, nil)
	if err != nil {
		t.Fatal(err)
	}
	box, err := outbox.Open(dir, own{id}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// noAddressLeft searches every file of an outbox.
func noAddressLeft(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b)+path, "people.example") {
			return errors.New("an address stands in " + filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Nobody's message holds anything of anybody else (U07), and To holds one address (U06).
func TestU06U07OneRecipient(t *testing.T) {
	s, err := mailtest.Start(mailtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var to []string
	for i := range 60 {
		to = append(to, fmt.Sprintf("person-%03dx@people.example", i))
	}
	x, b, _ := box(t, to)
	defer x.Close()
	if _, err := x.Deliver(context.Background(), b.ID, driver(s), outbox.Pace{}, nil); err != nil {
		t.Fatal(err)
	}
	got := s.Messages()
	if len(got) != len(to) {
		t.Fatalf("%d messages, want %d", len(got), len(to))
	}
	host, _ := os.Hostname()
	for i, m := range got {
		whole := m.From + "\n" + m.Data
		for j, other := range b.Messages {
			if strings.Contains(whole, string(other.Member)) {
				t.Fatalf("message %d holds a member's id", i)
			}
			if j != i && (strings.Contains(whole, other.To) || strings.Contains(whole, other.Token)) {
				t.Fatalf("message %d holds what is of message %d", i, j)
			}
		}
		head, _, _ := strings.Cut(m.Data, "\r\n\r\n")
		lower := "\n" + strings.ToLower(head)
		for _, h := range []string{"cc", "bcc", "x-mailer", "user-agent", "list-id", "sender", "received", "x-originating-ip", "precedence"} {
			if strings.Contains(lower, "\n"+h+":") {
				t.Fatalf("message %d has a header %s", i, h)
			}
		}
		if strings.Count(lower, "\nto:") != 1 {
			t.Fatalf("message %d has more than one To", i)
		}
		if host != "" && host != "localhost" && (strings.Contains(whole, "@"+host) || strings.Contains(whole, host+".") || strings.Contains(whole, " "+host)) {
			t.Fatalf("message %d names this machine", i)
		}
		if !strings.Contains(head, "Message-ID: <"+b.Messages[i].Token+"@forening.example>") || m.From != "lag+"+b.Messages[i].Token+"@forening.example" {
			t.Fatalf("message %d is not to be found again by its bounce", i)
		}
	}
	if n := s.Connections(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
	for _, h := range s.Helo {
		if h != "[127.0.0.1]" {
			t.Errorf("the server was told %q", h)
		}
	}
}

func driver(s *mailtest.Server) *mail.Sender {
	port, _ := strconv.Atoi(s.Port())
	return mail.NewSender(&mail.Server{Host: "localhost", Port: port, TLS: mail.TLSStart, CA: s.CA, Timeout: 5 * time.Second}, letter)
}
