package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/medlem-register/medlem/internal/register"
)

// Pace is how fast messages go.
type Pace struct {
	// PerSecond is how many messages go in a second, at most; 0: as fast as the carrier
	// takes them.
	PerSecond float64
	// Backoff is how long to wait before messages that were put off are tried again, each
	// time; when it is used up they stay for another run.
	Backoff []time.Duration
	// Progress is told how many of the messages were dealt with; may be nil.
	Progress func(done, total int)
}

// DefaultPerSecond is how many messages go in a second where nobody says otherwise:
// servers take a faster sender for one who sends what nobody asked for.
const DefaultPerSecond = 5

// DefaultBackoff is how long to wait within one run: greylisting ends in minutes.
var DefaultBackoff = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute}

// lostLimit is how often in a row no carrier may be found before the run ends.
const lostLimit = 3

// ErrCarrier says that the carrier could not be reached, or ended the connection before
// anything was handed over: what was not tried waits.
var ErrCarrier = errors.New("the messages could not be handed over")

// Deliver hands over what waits of a sending, one message after another, and returns how
// far it came, also with an error. Killed at any instant it can be called again: what
// was sent does not go again, nor what has an unknown fate.
//
// Before a message goes, there is asked of it; what is not there is dropped, for good.
// A nil there lets all go.
func (b *Box) Deliver(ctx context.Context, id register.RecordID, d Driver, p Pace, there func(*Message) bool) (*Status, error) {
	j, err := b.journal(id, true)
	if err != nil {
		return nil, err
	}
	defer j.close()
	if !j.released {
		return j.status(id), ErrUnreleased
	}
	if j.finished {
		return j.status(id), nil
	}
	x, err := b.Load(id)
	if err != nil {
		return nil, err
	}
	if len(x.Messages) != len(j.of) {
		return nil, fmt.Errorf("the journal of sending %s is of %d messages, and there are %d", id, len(j.of), len(x.Messages))
	}
	r := &run{box: b, j: j, x: x, d: d, p: p, there: there}
	err = r.rounds(ctx)
	if cerr := d.Close(); err == nil && cerr != nil && j.status(id).Waits() > 0 {
		err = cerr
	}
	s := j.status(id)
	switch {
	case err == nil && s.over():
		err = b.finish(j, x)
		s.Finished = j.finished
	default:
		err = errors.Join(err, b.thin(j, x))
	}
	return s, err
}

// run is one Deliver at work.
type run struct {
	box   *Box
	j     *journal
	x     *Batch
	d     Driver
	p     Pace
	there func(*Message) bool
	lost  int       // in a row
	next  time.Time // before it no message goes
}

// rounds tries what waits, and again what was put off, until nothing was or there is no
// more waiting.
func (r *run) rounds(ctx context.Context) error {
	for round := 0; ; round++ {
		var todo []int
		for i := range r.j.of {
			if f := r.j.fate(i); f == Created && round == 0 || f == PutOff {
				todo = append(todo, i)
			}
		}
		if len(todo) == 0 {
			return nil
		}
		if round > 0 {
			if round > len(r.p.Backoff) {
				return nil
			}
			_ = r.d.Close() // no server keeps a connection for minutes
			if err := sleep(ctx, r.p.Backoff[round-1]); err != nil {
				return err
			}
		}
		for n, i := range todo {
			if err := r.one(ctx, i); err != nil {
				return err
			}
			if r.p.Progress != nil {
				r.p.Progress(n+1, len(todo))
			}
		}
	}
}

// one hands over one message, as often as the connection to the carrier is lost before
// anything was handed over.
func (r *run) one(ctx context.Context, i int) error {
	m := &r.x.Messages[i]
	if r.there != nil && !r.there(m) {
		return r.j.write(i, entry{fate: Dropped, at: r.box.now()}, false)
	}
	for {
		if err := r.pace(ctx); err != nil {
			return err
		}
		begun := false
		var failed error
		out := r.d.Send(ctx, r.x, m, func() error {
			begun = true
			failed = r.j.write(i, entry{fate: Begun, at: r.box.now()}, true)
			return failed
		})
		if failed != nil {
			return fmt.Errorf("write the journal of the outbox: %w", failed)
		}
		if out.Fate != Lost {
			r.lost = 0
			return r.note(i, out, begun)
		}
		if begun {
			return r.note(i, Outcome{Fate: Unknown}, true)
		}
		r.lost++
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if out.Over || r.lost >= lostLimit {
			return errors.Join(ErrCarrier, out.Err)
		}
		_ = r.d.Close()
	}
}

// note writes what came of a message. What cannot be is a fault of the driver's, and
// then nobody knows.
func (r *run) note(i int, out Outcome, begun bool) error {
	switch out.Fate {
	case Sent, Unknown:
		if !begun {
			return fmt.Errorf("the carrier's driver says %q of a message that it has not begun", out.Fate)
		}
	case Refused, PutOff:
	default:
		return fmt.Errorf("the carrier's driver says %q of a message", out.Fate)
	}
	return r.j.write(i, entry{fate: out.Fate, code: out.Code, ref: out.Ref, at: r.box.now()}, false)
}

// pace waits until the next message may go.
func (r *run) pace(ctx context.Context) error {
	if r.p.PerSecond <= 0 {
		return ctx.Err()
	}
	now := time.Now()
	if wait := r.next.Sub(now); wait > 0 {
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		now = r.next
	}
	r.next = now.Add(time.Duration(float64(time.Second) / r.p.PerSecond))
	return ctx.Err()
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
