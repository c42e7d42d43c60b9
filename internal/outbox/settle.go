package outbox

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/medlem-register/medlem/internal/register"
)

// Settle says what became of the messages with an unknown fate, as far as which holds of
// them: Sent, Dropped, or Created, and then they go again; so do those that were refused.
// It returns how many it was said of.
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
		m := &x.Messages[i]
		if i >= len(j.of) || which != nil && !which(m) {
			continue
		}
		if f := j.fate(i); f != Unknown && !(f == Refused && as == Created && m.To != "") {
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
	if !j.finished && j.status(id).over() {
		return n, b.finish(j, x)
	}
	return n, nil
}

// Without takes out of the outbox what it has for members who are erased: what was still
// to go or may go again, or has an unknown fate, is dropped, and of what went no trace of the address
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
		if f := j.fate(i); f.Waits() || f == Unknown || f == Refused && !j.finished {
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
	if s := j.status(id); s.over() && !j.finished {
		return n, b.finish(j, x)
	}
	return n, b.seal(b.path(id, batchFile), x)
}

// over tells whether nothing of a sending is to go, or to be asked about, any more. What
// was refused may go again, if others went: else it is as if it had never been sent.
func (s *Status) over() bool {
	return s.Waits() == 0 && s.Counts[Unknown] == 0 && (s.Counts[Refused] == 0 || s.Counts[Sent] == 0)
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
		if f := j.fate(i); m.To == "" || f.Waits() || f == Unknown || f == Refused {
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

// AgainDays is for how many days what was refused can go again.
const AgainDays = 14

// Tidy takes finished sendings out of the outbox that are older than KeepDays, and what
// was refused out of those that are older than AgainDays.
func (b *Box) Tidy() error {
	all, err := b.List()
	if err != nil {
		return err
	}
	for _, s := range all {
		old := func(days int) bool {
			return !s.Last.IsZero() && s.Last.AddDate(0, 0, days).Before(b.now())
		}
		switch {
		case s.Finished && old(KeepDays):
			err = b.Drop(s.ID, false)
		case !s.Finished && s.Waits() == 0 && s.Counts[Unknown] == 0 && old(AgainDays):
			err = b.finishOld(s.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *Box) finishOld(id register.RecordID) error {
	j, err := b.journal(id, true)
	if err != nil {
		return err
	}
	defer j.close()
	x, err := b.Load(id)
	if err != nil {
		return err
	}
	return b.finish(j, x)
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
	Alone   bool   // it was refused, and the carrier took others right after
	Heeded  bool   // it was refused, and that is noted in the member's record; see Heed

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
		j, err := b.journal(s.ID, false)
		if err != nil {
			return nil, err
		}
		j.close()
		alone := j.alone()
		for i, m := range x.Messages {
			if i < len(j.of) && m.Member != "" {
				was := m.Was
				if m.To != "" {
					was = digest(m.Token, m.To)
				}
				e := j.of[i]
				out[m.Token] = Trace{s.ID, s.Channel, m.Member, m.Unit, j.fate(i), e.code, alone[i], e.fate == Refused && e.ref == heeded, was}
			}
		}
	}
	return out, nil
}

// A carrier that refuses everything from some moment on, since so many have gone in an
// hour, says nothing of an address. So a refusal is of one message alone only where no more
// than aloneRow stand in a row, and within aloneTime after it another one was taken.
const (
	aloneRow  = 4
	aloneTime = 10 * time.Minute
)

// alone tells which messages were refused while others were taken.
func (j *journal) alone() map[int]bool {
	var order []int
	for i, e := range j.of {
		if e.fate == Sent && e.code != "" || e.fate == Refused || e.fate == PutOff || e.fate == Begun || e.fate == Unknown {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(j.of[a].seq, j.of[b].seq) })
	out := map[int]bool{}
	var row []int
	for _, i := range order {
		e := j.of[i]
		if e.fate == Refused {
			row = append(row, i)
			continue
		}
		if e.fate == Sent && len(row) <= aloneRow {
			for _, r := range row {
				out[r] = e.at.Sub(j.of[r].at) <= aloneTime
			}
		}
		row = row[:0]
	}
	return out
}

// Heed notes of the refused messages for which it holds that their members' records say so:
// it is not said of them again, also when somebody has taken it out of a record since.
func (b *Box) Heed(which func(token string) bool) error {
	all, err := b.List()
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.Counts[Refused] == 0 {
			continue
		}
		if err := b.heed(s.ID, which); err != nil {
			return err
		}
	}
	return nil
}

func (b *Box) heed(id register.RecordID, which func(token string) bool) error {
	x, err := b.Load(id)
	if err != nil {
		return err
	}
	j, err := b.journal(id, true)
	if err != nil {
		return err
	}
	defer j.close()
	for i, m := range x.Messages {
		if i < len(j.of) && j.of[i].fate == Refused && j.of[i].ref != heeded && which(m.Token) {
			if err := j.write(i, entry{fate: Refused, code: j.of[i].code, ref: heeded, at: b.now()}, false); err != nil {
				return err
			}
		}
	}
	return j.f.Sync()
}
