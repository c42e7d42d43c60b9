package outbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

type own struct{ id *identity.Identity }

func (o own) Seal(text []byte) ([]byte, error) { return seal.SealOwn(text, o.id.Recipient()) }
func (o own) Open(file []byte) ([]byte, error) { return seal.OpenOwn(file, o.id.Ages()) }

// world is an outbox with a clock of its own.
type world struct {
	t   *testing.T
	dir string
	id  *identity.Identity
	box *outbox.Box
	now time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	id, err := identity.New("2026-11-22")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: filepath.Join(t.TempDir(), "outbox"), id: id, now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	w.open()
	t.Cleanup(func() { w.box.Close() })
	return w
}

func (w *world) open() {
	w.t.Helper()
	if w.box != nil {
		w.box.Close()
	}
	var err error
	if w.box, err = outbox.Open(w.dir, own{w.id}, func() time.Time { return w.now }); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) put(n int) *outbox.Batch {
	w.t.Helper()
	b := &outbox.Batch{ID: register.NewRecordID(), Channel: "sms", Made: "2026-11-22", Text: "Hei, canary-text!"}
	for i := range n {
		b.Messages = append(b.Messages, outbox.Message{Member: register.NewRecordID(), Unit: "asker", To: fmt.Sprintf("+47400%05d", i)})
	}
	if err := w.box.Put(b); err != nil {
		w.t.Fatal(err)
	}
	return b
}

// carrier does with each message what a test says.
type carrier struct {
	do   func(i int, begin func() error) outbox.Outcome
	got  []string
	ends int
}

func (c *carrier) Send(_ context.Context, _ *outbox.Batch, m *outbox.Message, begin func() error) outbox.Outcome {
	i := len(c.got)
	c.got = append(c.got, m.To)
	return c.do(i, begin)
}

func (c *carrier) Close() error { c.ends++; return nil }

func taken(_ int, begin func() error) outbox.Outcome {
	if err := begin(); err != nil {
		return outbox.Outcome{Fate: outbox.Lost, Err: err}
	}
	return outbox.Outcome{Fate: outbox.Sent, Code: "250"}
}

// Without a receipt nothing goes; finished, nothing of what went or to whom is left.
func TestReceiptFirst(t *testing.T) {
	w := newWorld(t)
	b := w.put(3)
	c := &carrier{do: taken}
	if _, err := w.box.Deliver(context.Background(), b.ID, c, outbox.Pace{}, nil); !errors.Is(err, outbox.ErrUnreleased) || len(c.got) > 0 {
		t.Fatalf("%v, %d messages; want ErrUnreleased and none", err, len(c.got))
	}
	if err := w.box.Release(b.ID); err != nil {
		t.Fatal(err)
	}
	st, err := w.box.Deliver(context.Background(), b.ID, c, outbox.Pace{}, nil)
	if err != nil || st.Counts[outbox.Sent] != 3 || !st.Finished {
		t.Fatalf("%+v, %v", st, err)
	}
	if st, err = w.box.Deliver(context.Background(), b.ID, c, outbox.Pace{}, nil); err != nil || len(c.got) != 3 || !st.Finished {
		t.Fatalf("again: %+v, %v, %d messages", st, err, len(c.got))
	}
	left, err := w.box.Load(b.ID)
	if err != nil {
		t.Fatal(err)
	}
	if left.Text != "" || left.Messages[0].To != "" || fmt.Sprintf("%v %+v %s", b, b.Messages[0], b.Messages) == "" {
		t.Error("a finished sending keeps what it said, or to whom")
	}
	if strings.Contains(fmt.Sprintf("%v %+v %#v", b, b.Messages[0], b.Messages[0].To == ""), "+47") {
		t.Error("a message prints its address")
	}
	traces, err := w.box.Traces()
	if err != nil {
		t.Fatal(err)
	}
	x := traces[b.Messages[1].Token]
	if x.Member != b.Messages[1].Member || !x.Is(b.Messages[1].Token, b.Messages[1].To) || x.Is(b.Messages[1].Token, b.Messages[2].To) {
		t.Error("a token does not find its member, or takes another's address for hers")
	}
	w.now = w.now.Add((outbox.KeepDays + 1) * 24 * time.Hour)
	if err := w.box.Tidy(); err != nil {
		t.Fatal(err)
	}
	if all, _ := w.box.List(); len(all) != 0 {
		t.Error("a finished sending is kept beyond its days")
	}
}

// Nothing that lies in the outbox can be read without the identity, nor by anybody else
// on the machine.
func TestSealed(t *testing.T) {
	w := newWorld(t)
	b := w.put(2)
	err := filepath.WalkDir(w.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		st, err := d.Info()
		if err != nil {
			return err
		}
		if st.Mode().Perm()&0o077 != 0 && d.Name() != "lock" {
			t.Errorf("%s: mode %v", d.Name(), st.Mode())
		}
		if d.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, secret := range []string{"canary-text", "+47400", string(b.Messages[0].Member), b.Messages[0].Token} {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s stands in %s", secret, d.Name())
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.id, err = identity.New("2026-11-22"); err != nil {
		t.Fatal(err)
	}
	w.open()
	if _, err := w.box.Load(b.ID); !errors.Is(err, seal.ErrNotReader) {
		t.Errorf("another identity: %v, want ErrNotReader", err)
	}
}

// A new identity opens what the old one sealed, as long as Reseal came before the old one
// was destroyed.
func TestReseal(t *testing.T) {
	w := newWorld(t)
	b := w.put(1)
	old := w.id.Recipient()
	if err := w.id.Rotate("2026-11-23"); err != nil {
		t.Fatal(err)
	}
	if err := w.box.Reseal(); err != nil {
		t.Fatal(err)
	}
	if err := w.id.Destroy(old); err != nil {
		t.Fatal(err)
	}
	if x, err := w.box.Load(b.ID); err != nil || x.Messages[0].To != b.Messages[0].To {
		t.Errorf("%v", err)
	}
}

// What the journal says counts as far as its lines are whole, whatever a machine that
// stopped has left of the last one.
func TestTornJournal(t *testing.T) {
	w := newWorld(t)
	b := w.put(4)
	if err := w.box.Release(b.ID); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(w.dir, string(b.ID), "journal")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := string(whole) + "2026-11-22T10:00:00Z 0 begun - -\n2026-11-22T10:00:00Z 0 sent 250 -\n2026-11-22T10:00:00Z 1 begun - -\n2026-11-22T10:00:00Z 1 put-off 451-4.7.1 -\n2026-11-22T10:00:00Z 2 begun - -\n"
	for cut := len(whole); cut <= len(lines); cut++ {
		if err := os.WriteFile(path, []byte(lines[:cut]), 0o600); err != nil {
			t.Fatal(err)
		}
		sent := strings.Count(lines[:cut], "sent 250 -\n")
		unknown := strings.Count(lines[:cut], "begun - -\n") - sent - strings.Count(lines[:cut], "put-off 451-4.7.1 -\n")
		c := &carrier{do: taken}
		st, err := w.box.Deliver(context.Background(), b.ID, c, outbox.Pace{}, nil)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if len(c.got) != 4-sent-unknown || st.Counts[outbox.Unknown] != unknown || st.Finished != (unknown == 0) {
			t.Fatalf("cut at %d: %d went, %v; want %d and %d unknown", cut, len(c.got), st.Counts, 4-sent-unknown, unknown)
		}
		if unknown == 0 { // it is finished: the next one begins anew
			if err := w.box.Drop(b.ID, true); err != nil {
				t.Fatal(err)
			}
			if err := w.box.Put(b); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, bad := range []string{"", "x\n", "medlem outbox 1 sms 0\n", "medlem outbox 1 sms 4\n2026 0 sent - -\n", "medlem outbox 1 sms 4\n2026-11-22T10:00:00Z 9 sent - -\n"} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := w.box.Status(b.ID); err == nil {
			t.Errorf("%q is taken for a journal", bad)
		}
	}
}

// A carrier that is away is asked a few times and then no more; what was not handed over
// waits. One that refuses everything is asked once.
func TestCarrierAway(t *testing.T) {
	w := newWorld(t)
	b := w.put(10)
	if err := w.box.Release(b.ID); err != nil {
		t.Fatal(err)
	}
	away := errors.New("away")
	c := &carrier{do: func(i int, begin func() error) outbox.Outcome {
		if i < 2 {
			return taken(i, begin)
		}
		return outbox.Outcome{Fate: outbox.Lost, Err: away}
	}}
	st, err := w.box.Deliver(context.Background(), b.ID, c, outbox.Pace{}, nil)
	if !errors.Is(err, outbox.ErrCarrier) || !errors.Is(err, away) || st.Counts[outbox.Sent] != 2 || st.Waits() != 8 || len(c.got) != 5 {
		t.Errorf("%v, %v, asked %d times", err, st.Counts, len(c.got))
	}
	c = &carrier{do: func(int, func() error) outbox.Outcome {
		return outbox.Outcome{Fate: outbox.Lost, Err: away, Over: true}
	}}
	if st, err = w.box.Deliver(context.Background(), b.ID, c, outbox.Pace{}, nil); !errors.Is(err, away) || st.Waits() != 8 || len(c.got) != 1 {
		t.Errorf("%v, %v, asked %d times", err, st.Counts, len(c.got))
	}
	// Lost after it was begun is not lost: nobody knows.
	c = &carrier{do: func(_ int, begin func() error) outbox.Outcome {
		if err := begin(); err != nil {
			t.Fatal(err)
		}
		return outbox.Outcome{Fate: outbox.Lost, Err: away}
	}}
	if st, err = w.box.Deliver(context.Background(), b.ID, c, outbox.Pace{}, nil); err != nil || st.Counts[outbox.Unknown] != 8 {
		t.Errorf("%v, %v", err, st.Counts)
	}
	// And a driver that says more than it has done is stopped.
	b = w.put(1)
	if err := w.box.Release(b.ID); err != nil {
		t.Fatal(err)
	}
	c = &carrier{do: func(int, func() error) outbox.Outcome { return outbox.Outcome{Fate: outbox.Sent} }}
	if _, err = w.box.Deliver(context.Background(), b.ID, c, outbox.Pace{}, nil); err == nil {
		t.Error("a message counts as sent that was never begun")
	}
}

// What is put off is tried again after each wait, and no more often; who is not there any
// more is dropped, for good.
func TestPutOffAndDropped(t *testing.T) {
	w := newWorld(t)
	b := w.put(3)
	if err := w.box.Release(b.ID); err != nil {
		t.Fatal(err)
	}
	c := &carrier{do: func(int, func() error) outbox.Outcome { return outbox.Outcome{Fate: outbox.PutOff, Code: "451 a@b\nx"} }}
	there := func(m *outbox.Message) bool { return m.To != b.Messages[1].To }
	st, err := w.box.Deliver(context.Background(), b.ID, c, outbox.Pace{Backoff: []time.Duration{time.Millisecond, time.Millisecond}}, there)
	if err != nil || len(c.got) != 6 || st.Counts[outbox.Dropped] != 1 || st.Counts[outbox.PutOff] != 2 {
		t.Fatalf("%v, %v, %d tries", err, st.Counts, len(c.got))
	}
	lines, err := w.box.Fates(b.ID)
	if err != nil || lines[0] != (outbox.Line{Fate: outbox.PutOff, Code: "451abx", Tries: 3}) {
		t.Errorf("%+v, %v", lines, err)
	}
	left, err := w.box.Load(b.ID) // whoever is dropped is gone from it at once
	if err != nil || left.Messages[1].To != "" || left.Messages[0].To == "" || left.Messages[1].Token != b.Messages[1].Token {
		t.Errorf("%v, or an address is kept that nothing goes to, or lost", err)
	}
	if err := w.box.Drop(b.ID, false); !errors.Is(err, outbox.ErrWaits) {
		t.Errorf("%v, want ErrWaits", err)
	}
	c.do = taken
	if st, err = w.box.Deliver(context.Background(), b.ID, c, outbox.Pace{}, nil); err != nil || st.Counts[outbox.Sent] != 2 || !st.Finished {
		t.Errorf("%v, %v", st, err)
	}
}

// What was refused while others went can go again, for AgainDays; where nothing went at
// all, nothing is kept. What a record says of a refusal is not said of it again.
func TestRefused(t *testing.T) {
	w := newWorld(t)
	refuse := func(which ...int) *carrier {
		return &carrier{do: func(i int, begin func() error) outbox.Outcome {
			if slices.Contains(which, i) {
				return outbox.Outcome{Fate: outbox.Refused, Code: "550-5.7.1-data"}
			}
			if err := begin(); err != nil {
				return outbox.Outcome{Fate: outbox.Lost, Err: err}
			}
			return outbox.Outcome{Fate: outbox.Sent, Code: "250"}
		}}
	}
	send := func(b *outbox.Batch, c *carrier) *outbox.Status {
		t.Helper()
		st, err := w.box.Deliver(context.Background(), b.ID, c, outbox.Pace{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	put := func(n int) *outbox.Batch {
		t.Helper()
		b := w.put(n)
		if err := w.box.Release(b.ID); err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := put(4)
	if st := send(b, refuse(1, 3)); st.Finished || st.Counts[outbox.Refused] != 2 {
		t.Errorf("%v, finished %t", st.Counts, st.Finished)
	}
	left, err := w.box.Load(b.ID)
	if err != nil || left.Messages[0].To != "" || left.Messages[1].To == "" {
		t.Errorf("%v, or the address of one that went is kept, or of one that was refused is not", err)
	}
	alone := func(i int) bool {
		t.Helper()
		traces, err := w.box.Traces()
		if err != nil {
			t.Fatal(err)
		}
		return traces[b.Messages[i].Token].Alone
	}
	if !alone(1) || alone(3) {
		t.Error("the second was refused among others and the last was not")
	}
	if err := w.box.Heed(func(token string) bool { return token == b.Messages[1].Token }); err != nil {
		t.Fatal(err)
	}
	traces, err := w.box.Traces()
	if err != nil || !traces[b.Messages[1].Token].Heeded || traces[b.Messages[3].Token].Heeded || !alone(1) {
		t.Errorf("%v, or what a record says is not noted", err)
	}
	if lines, err := w.box.Fates(b.ID); err != nil || lines[1].Tries != 1 || lines[1].Code != "550-5.7.1-data" {
		t.Errorf("%+v, %v", lines, err)
	}
	if n, err := w.box.Settle(b.ID, outbox.Sent, nil); n != 0 || err != nil {
		t.Errorf("%d are said to be sent, %v", n, err)
	}
	if n, err := w.box.Settle(b.ID, outbox.Created, nil); n != 2 || err != nil {
		t.Errorf("%d go again, %v", n, err)
	}
	c := refuse()
	if st := send(b, c); !st.Finished || st.Counts[outbox.Sent] != 4 || len(c.got) != 2 || c.got[0] != b.Messages[1].To {
		t.Errorf("%v, finished %t, %d messages", st.Counts, st.Finished, len(c.got))
	}

	// Refused by a limit: nothing was taken soon after.
	b = put(3)
	c = refuse(1)
	ok := c.do
	c.do = func(i int, begin func() error) outbox.Outcome {
		if i == 2 {
			w.now = w.now.Add(time.Hour)
		}
		return ok(i, begin)
	}
	if send(b, c); alone(1) {
		t.Error("an hour later is not right after")
	}

	nothing := put(2)
	if st := send(nothing, refuse(0, 1)); !st.Finished {
		t.Error("a sending of which nothing went is kept")
	}
	if n, err := w.box.Settle(nothing.ID, outbox.Created, nil); n != 0 || err != nil {
		t.Errorf("%d go again, %v", n, err)
	}

	some := put(2)
	send(some, refuse(1))
	w.now = w.now.AddDate(0, 0, outbox.AgainDays+1)
	if err := w.box.Tidy(); err != nil {
		t.Fatal(err)
	}
	if left, err = w.box.Load(some.ID); err != nil || left.Text != "" || left.Messages[1].To != "" {
		t.Errorf("%v, or what was refused is kept beyond its days", err)
	}
}

// The pace is kept.
func TestPace(t *testing.T) {
	w := newWorld(t)
	b := w.put(6)
	if err := w.box.Release(b.ID); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if _, err := w.box.Deliver(context.Background(), b.ID, &carrier{do: taken}, outbox.Pace{PerSecond: 50}, nil); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(begun); d < 95*time.Millisecond {
		t.Errorf("6 messages at 50 a second took %v", d)
	}
}

// What cannot be sent is not put in.
func TestPutRefuses(t *testing.T) {
	w := newWorld(t)
	id, member := register.NewRecordID(), register.NewRecordID()
	for name, b := range map[string]*outbox.Batch{
		"no id":       {Channel: "email", Messages: []outbox.Message{{To: "a"}}},
		"no channel":  {ID: id, Messages: []outbox.Message{{To: "a"}}},
		"nobody":      {ID: id, Channel: "email"},
		"no address":  {ID: id, Channel: "email", Messages: []outbox.Message{{Member: member}}},
		"twice":       {ID: id, Channel: "email", Messages: []outbox.Message{{Member: member, To: "a"}, {Member: member, To: "b"}}},
		"two lines":   {ID: id, Channel: "e\nmail", Messages: []outbox.Message{{To: "a"}}},
		"a path":      {ID: "../../../../x", Channel: "email", Messages: []outbox.Message{{To: "a"}}},
		"half an id":  {ID: id[:5], Channel: "email", Messages: []outbox.Message{{To: "a"}}},
		"a path, two": {ID: ".", Channel: "email", Messages: []outbox.Message{{To: "a"}}},
	} {
		if err := w.box.Put(b); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	b := w.put(1)
	if err := w.box.Put(b); err == nil {
		t.Error("the same sending twice: taken")
	}
	if err := os.MkdirAll(filepath.Join(w.dir, string(id)+".new"), 0o700); err != nil { // a killed Put
		t.Fatal(err)
	}
	w.open()
	if all, err := w.box.List(); err != nil || len(all) != 1 {
		t.Errorf("%d sendings, %v; want 1", len(all), err)
	}
}

// ATTACK: an officer's machine is taken after a member was erased. At stake: that she was
// written to, and where. Proves that nothing for her stays, whatever became of it, while
// what is for others goes on; and that it takes no network.
func TestWithoutErased(t *testing.T) {
	w := newWorld(t)
	b := w.put(4)
	if err := w.box.Release(b.ID); err != nil {
		t.Fatal(err)
	}
	c := &carrier{do: func(i int, begin func() error) outbox.Outcome {
		if i > 1 {
			return outbox.Outcome{Fate: outbox.PutOff}
		}
		out := taken(i, begin)
		if i == 1 {
			out.Fate = outbox.Lost // after the last byte
		}
		return out
	}}
	st, err := w.box.Deliver(context.Background(), b.ID, c, outbox.Pace{}, nil)
	if err != nil || st.Counts[outbox.Sent] != 1 || st.Counts[outbox.Unknown] != 1 || st.Waits() != 2 {
		t.Fatalf("%v, %v: nothing is proved", st, err)
	}
	gone := func(i ...int) func(register.RecordID) bool {
		return func(id register.RecordID) bool {
			return slices.ContainsFunc(i, func(i int) bool { return b.Messages[i].Member == id })
		}
	}
	if n, err := w.box.Without(gone(0, 1, 2)); n != 2 || err != nil { // sent, unknown, waiting
		t.Errorf("%d dropped, %v, want 2", n, err)
	}
	if n, err := w.box.Without(gone(0, 1, 2)); n != 0 || err != nil {
		t.Errorf("again: %d dropped, %v", n, err)
	}
	x, err := w.box.Load(b.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range x.Messages {
		if erased := i < 3; erased != (m.To == "" && m.Was == "" && m.Text == "" && m.Subject == "") {
			t.Errorf("message %d: an address of an erased member is kept, or one of another's lost", i)
		}
	}
	if st, err := w.box.Status(b.ID); err != nil || st.Counts[outbox.Dropped] != 2 || st.Waits() != 1 || st.Finished {
		t.Errorf("%+v, %v", st, err)
	}
	if _, err := w.box.Without(gone(0, 1, 2, 3)); err != nil {
		t.Error(err)
	}
	if st, err := w.box.Status(b.ID); err != nil || !st.Finished { // nobody is left: what was said goes too
		t.Errorf("%+v, %v", st, err)
	}
	if x, err := w.box.Load(b.ID); err != nil || x.Text != "" || x.Subject != "" {
		t.Errorf("%v, or the text is kept", err)
	}
}
