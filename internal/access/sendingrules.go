package access

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// The rules by which a sending is judged before it is made.
const (
	SendingReceipt   = "receipt"
	SendingScope     = "scope"
	SendingProtected = "protected"
)

// SendingRules lists the rules that a SendingFault names.
var SendingRules = []string{SendingReceipt, SendingScope, SendingProtected}

// planLimit is the number of days for which a sending can be planned ahead.
const planLimit = 366

// EventToken is what a receipt says of the event that a message is about: the same for
// the same words in one register, and nothing of them. first is the first commit of
// the register, hexadecimal; folded, the words as record.Fold gives them. Whoever reads
// the register can try words: the token keeps them out of sight, and is no secret.
func EventToken(first, folded string) string {
	if folded == "" {
		return ""
	}
	h := sha256.Sum256([]byte("medlem/v1/event\x00" + first + "\x00" + folded))
	const size = 13 // characters, as an id's
	return strings.ToLower(base32.StdEncoding.EncodeToString(h[:]))[:size]
}

// SendingFaults says what is wrong with a new sending by the state's policy and grants,
// nil for nothing. Access must be there on the day on which it was made and on the day
// given, on which it is judged. A tool asks before it sends, and the check afterwards.
func (s *State) SendingFaults(x *Sending, day register.Day) []SendingFault {
	j := &sendingJudge{s: s, x: x, days: []register.Day{x.Made}}
	if day != x.Made {
		j.days = append(j.days, day)
	}
	j.words()
	if j.units() {
		j.scope()
		j.protected()
	}
	return j.faults
}

// sendingJudge judges one sending.
type sendingJudge struct {
	s      *State
	x      *Sending
	days   []register.Day // on which access must be there
	faults []SendingFault
}

func (j *sendingJudge) say(rule, key string, item int, format string, args ...any) {
	j.faults = append(j.faults, SendingFault{rule, key, item, fmt.Sprintf(format, args...)})
}

// words judges the channel and the audience by the policy.
func (j *sendingJudge) words() {
	p := &j.s.Policy.Sendings
	if !slices.Contains(p.Channels, j.x.Channel) {
		j.say(SendingReceipt, "channel", 0, "members are not written to by %s (policies/sendings.yaml)", j.x.Channel)
	}
	if last := j.x.Made.Add(planLimit); j.x.Planned > last {
		j.say(SendingReceipt, "planned", 0, "planned for %s: want a day until %s", j.x.Planned, last)
	}
	if j.x.Automatic != "" || len(p.Audiences) == 0 {
		return
	}
	for i, a := range j.x.Audience {
		if !slices.Contains(p.Audiences, a) {
			j.say(SendingReceipt, "audience", i+1, "the policy lets this audience not be written to: %s", a)
		}
	}
}

// units judges where the receipt lies, and tells whether its units are known.
func (j *sendingJudge) units() bool {
	p, known := j.s.Policy, true
	for i, u := range j.x.Units {
		if _, ok := p.Unit(u); !ok {
			j.say(SendingScope, "units", i+1, "unknown unit %q", string(u))
			known = false
		}
	}
	if known && j.x.Unit != TopUnit(p, j.x.Units) {
		j.say(SendingScope, "units", 0, "the receipt lies in unit %q: want the one above the others, or the first", string(j.x.Unit))
	}
	return known
}

// TopUnit is the unit in which the receipt of something that is of several units lies:
// the one above the others, or the first.
func TopUnit(p *policy.Policy, units []register.UnitID) register.UnitID {
	for _, u := range units {
		if !slices.ContainsFunc(units, func(other register.UnitID) bool { return !p.Below(other, u) }) {
			return u
		}
	}
	if len(units) == 0 {
		return ""
	}
	return units[0]
}

// sendingActs are those of which an office must have one.
func sendingActs(automatic string) []policy.Act {
	switch automatic {
	case "":
		return []policy.Act{policy.ActSend}
	case SendingClaim, SendingReminder:
		return []policy.Act{policy.ActDues}
	}
	return []policy.Act{policy.ActSend, policy.ActMerge}
}

// scope judges the officer: in each unit she has an office that writes to members.
func (j *sendingJudge) scope() {
	acts := sendingActs(j.x.Automatic)
	for i, u := range j.x.Units {
		for _, day := range j.days {
			if !slices.ContainsFunc(acts, func(a policy.Act) bool { return j.s.May(j.x.By, a, u, day) }) {
				j.say(SendingScope, "units", i+1, "%s may not %s in unit %q on %s", j.x.By, acts[0], string(u), day)
				return
			}
		}
	}
}

// protected judges a sending to members with protected identity: the secretariat's, by
// itself, or to one of them alone.
func (j *sendingJudge) protected() {
	for i, u := range j.x.Units {
		if !j.s.Policy.Protects(u) {
			continue
		}
		own := !slices.ContainsFunc(j.days, func(day register.Day) bool { return !j.s.May(j.x.By, policy.ActMerge, u, day) })
		alone := len(j.x.Units) == 1 && j.x.Count <= 1
		if !own || !alone && j.x.Automatic == "" {
			j.say(SendingProtected, "units", i+1, "unit %q is protected: the secretariat alone writes to its members, and to one at a time", string(u))
			return
		}
	}
}

// EachSending calls fn for every receipt of a sending in a tree that was made in the
// month or later; one that cannot be read is refused elsewhere, and left out. It reads
// clear files only.
func EachSending(r gitstore.Reader, tree gitstore.ID, since register.Month, fn func(*Sending) error) error {
	return EachSendingFile(r, tree, since, func(p register.Path, e gitstore.Entry) error {
		if p.Kind != register.Sending {
			return nil
		}
		b, err := blob(r, e.ID, register.FlatLimit)
		if err != nil {
			return err
		}
		x, err := ParseSending(p, b)
		if err != nil {
			return nil
		}
		return fn(x)
	})
}

// EachSendingFile calls fn for every file of a sending in a tree, receipt or sealed
// list, that was made in the month or later.
func EachSendingFile(r gitstore.Reader, tree gitstore.ID, since register.Month, fn func(register.Path, gitstore.Entry) error) error {
	data, ok, err := gitstore.Find(r, tree, "data")
	if err != nil || !ok || data.Mode != gitstore.ModeDir {
		return err
	}
	units, err := gitstore.ReadTree(r, data.ID)
	if err != nil {
		return fmt.Errorf("list sendings: %w", err)
	}
	for _, u := range units {
		if u.Mode != gitstore.ModeDir {
			continue
		}
		if err := unitSendings(r, u, since, fn); err != nil {
			return fmt.Errorf("list sendings: %w", err)
		}
	}
	return nil
}

// UnitSendingFiles is EachSendingFile of one unit.
func UnitSendingFiles(r gitstore.Reader, tree gitstore.ID, unit register.UnitID, since register.Month, fn func(register.Path, gitstore.Entry) error) error {
	u, ok, err := gitstore.Find(r, tree, "data/"+string(unit))
	if err != nil || !ok || u.Mode != gitstore.ModeDir {
		return err
	}
	u.Name = string(unit)
	return unitSendings(r, u, since, fn)
}

func unitSendings(r gitstore.Reader, unit gitstore.Entry, since register.Month, fn func(register.Path, gitstore.Entry) error) error {
	folder, ok, err := gitstore.Find(r, unit.ID, "sendings")
	if err != nil || !ok || folder.Mode != gitstore.ModeDir {
		return err
	}
	months, err := gitstore.ReadTree(r, folder.ID)
	if err != nil {
		return err
	}
	for _, m := range months {
		if m.Mode != gitstore.ModeDir || register.Month(m.Name) < since {
			continue
		}
		at := "data/" + unit.Name + "/sendings/" + m.Name + "/"
		err := gitstore.Walk(r, m.ID, "", func(name string, e gitstore.Entry) error {
			p, err := register.ParsePath(at + name)
			if err != nil || e.Mode != gitstore.ModeFile {
				return nil // refused when it came
			}
			return fn(p, e)
		})
		if err != nil && !errors.Is(err, gitstore.ErrNotFound) {
			return err
		}
	}
	return nil
}

// Overlaps tells whether two sendings are for a unit in common.
func (x *Sending) Overlaps(o *Sending) bool {
	return slices.ContainsFunc(x.Units, func(u register.UnitID) bool {
		_, found := slices.BinarySearch(o.Units, u)
		return found
	})
}

// SameEvent tells whether members of a sending's units have had another one, by the same
// channel about the same event.
func (x *Sending) SameEvent(o *Sending) bool {
	return x.Event != "" && o.ID != x.ID && o.Channel == x.Channel && o.Event == x.Event && !o.IsPlan() && !o.IsVoid() && o.Overlaps(x)
}

// AboutSame counts the SMS of others and of one's own about the same event, over units
// in common, that went out by the receipts of a tree.
func AboutSame(r gitstore.Reader, tree gitstore.ID, x *Sending) (int, error) {
	n := 0
	if x.Event == "" || x.Channel != policy.ChannelSMS {
		return 0, nil
	}
	err := EachSending(r, tree, "", func(o *Sending) error {
		if x.SameEvent(o) {
			n++
		}
		return nil
	})
	return n, err
}
