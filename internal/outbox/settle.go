package outbox

import (
	"fmt"
	"os"
	"time"

	"github.com/medlem-register/medlem/internal/register"
)

// Settle says what became of the messages with an unknown fate, as far as which holds of
// them: Sent, Dropped, or Created, and then they go again. It returns how many it was
// said of.
func (b *Box) Settle(id register.RecordID, as Fate, which func(*Message) bool) (int, error) {
	if as != Sent && as != Dropped && as != Created {
		return 0, fmt.Errorf("fate %q: want sent, dropped or created", as)
	}
	j, err := b.journal(id, true)
	if err != nil {
		return 0, err
	}
	defer j.close()
	x, err := b.Load(id)
	if err != nil {
		return 0, err
	}
	n := 0
	for i := range x.Messages {
		if i >= len(j.of) || j.fate(i) != Unknown || which != nil && !which(&x.Messages[i]) {
			continue
		}
		if err := j.write(i, entry{fate: as, at: b.now()}, false); err != nil {
			return n, err
		}
		n++
	}
	if err := j.f.Sync(); err != nil {
		return n, err
	}
	if s := j.status(id); s.Waits() == 0 && s.Counts[Unknown] == 0 && !j.finished {
		return n, b.finish(j, x)
	}
	return n, nil
}

// Without takes out of the outbox what it has for members who are erased: what was still
// to go, or has an unknown fate, is dropped, and of what went no trace of the address
// stays. It returns how many messages were dropped.
func (b *Box) Without(erased func(register.RecordID) bool) (int, error) {
	all, err := b.List()
	if err != nil {
		return 0, err
	}
	n := 0
	for _, s := range all {
		dropped, err := b.without(s.ID, erased)
		if n += dropped; err != nil {
			return n, err
		}
	}
	return n, nil
}

func (b *Box) without(id register.RecordID, erased func(register.RecordID) bool) (n int, err error) {
	j, err := b.journal(id, true)
	if err != nil {
		return 0, err
	}
	defer j.close()
	x, err := b.Load(id)
	if err != nil {
		return 0, err
	}
	changed := false
	for i := range x.Messages {
		m := &x.Messages[i]
		if i >= len(j.of) || m.Member == "" || !erased(m.Member) {
			continue
		}
		if f := j.fate(i); f.Waits() || f == Unknown {
			if err := j.write(i, entry{fate: Dropped, at: b.now()}, false); err != nil {
				return n, err
			}
			n++
		}
		if m.To != "" || m.Was != "" {
			*m, changed = Message{Member: m.Member, Unit: m.Unit, Token: m.Token}, true
		}
	}
	if err := j.f.Sync(); err != nil || !changed {
		return n, err
	}
	if s := j.status(id); s.Waits() == 0 && s.Counts[Unknown] == 0 && !j.finished {
		return n, b.finish(j, x)
	}
	return n, b.seal(b.path(id, batchFile), x)
}

// finish takes what the messages said, and to whom, out of the outbox: only by which
// token a bounce finds its member stays.
func (b *Box) finish(j *journal, x *Batch) error {
	done := &Batch{ID: x.ID, Channel: x.Channel, Made: x.Made, Messages: make([]Message, len(x.Messages))}
	for i, m := range x.Messages {
		done.Messages[i] = Message{Member: m.Member, Unit: m.Unit, Token: m.Token, Was: m.Was}
		if m.To != "" {
			done.Messages[i].Was = digest(m.Token, m.To)
		}
	}
	if err := b.seal(b.path(x.ID, batchFile), done); err != nil {
		return err
	}
	return j.mark(b.now(), finished)
}

// thin takes the addresses of messages that never go again out of the outbox, as long as
// others wait.
func (b *Box) thin(j *journal, x *Batch) error {
	changed := false
	for i := range x.Messages {
		m := &x.Messages[i]
		if f := j.fate(i); m.To == "" || f.Waits() || f == Unknown {
			continue
		}
		*m, changed = Message{Member: m.Member, Unit: m.Unit, Token: m.Token, Was: digest(m.Token, m.To)}, true
	}
	if !changed {
		return nil
	}
	return b.seal(b.path(x.ID, batchFile), x)
}

// KeepDays is for how many days the tokens of messages that were sent are kept: bounces
// come within a week, and somebody reads them within some more.
const KeepDays = 60

// Tidy takes finished sendings out of the outbox that are older than KeepDays.
func (b *Box) Tidy() error {
	all, err := b.List()
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.Finished && !s.Last.IsZero() && s.Last.Add(KeepDays*24*time.Hour).Before(b.now()) {
			if err := b.Drop(s.ID, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// Reseal seals everything in the outbox anew: for an identity that has changed.
func (b *Box) Reseal() error {
	all, err := b.List()
	if err != nil {
		return err
	}
	for _, s := range all {
		file, err := os.ReadFile(b.path(s.ID, batchFile))
		if err != nil {
			return err
		}
		text, err := b.sealer.Open(file)
		if err != nil {
			return fmt.Errorf("open the messages of sending %s: %w", s.ID, err)
		}
		if file, err = b.sealer.Seal(text); err == nil {
			err = writeFile(b.path(s.ID, batchFile), file)
		}
		clear(text)
		if err != nil {
			return err
		}
	}
	return nil
}

// Trace is which message of which sending a token names.
type Trace struct {
	Sending register.RecordID
	Channel string
	Member  register.RecordID
	Unit    register.UnitID
	Fate    Fate
	Code    string // the carrier's

	was string // the digest of the address
}

// Is tells whether the message went, or was to go, to an address.
func (t Trace) Is(token, to string) bool { return t.was == digest(token, to) }

// Traces returns whom every token in the outbox names.
func (b *Box) Traces() (map[string]Trace, error) {
	all, err := b.List()
	if err != nil {
		return nil, err
	}
	out := map[string]Trace{}
	for _, s := range all {
		x, err := b.Load(s.ID)
		if err != nil {
			return nil, err
		}
		fates, err := b.Fates(s.ID)
		if err != nil {
			return nil, err
		}
		for i, m := range x.Messages {
			if i < len(fates) && m.Member != "" {
				was := m.Was
				if m.To != "" {
					was = digest(m.Token, m.To)
				}
				out[m.Token] = Trace{s.ID, s.Channel, m.Member, m.Unit, fates[i].Fate, fates[i].Code, was}
			}
		}
	}
	return out, nil
}
