package soak

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
)

// The ledger is what the federation would write by hand: who is where, who has left
// and why, who holds which office. It shares no code with the program but the ids and
// the days, and answers from first principles.

// person is a member as the ledger has her. What she is called is invented.
type person struct {
	id     register.RecordID
	unit   register.UnitID
	family string
	paid   register.Day
	reason string         // why she left; "" she has not
	month  register.Month // after which she is to be erased
	gone   register.Day   // erased; "" she is not
}

// kept is for how many months each reason keeps a record, as retentionPolicy has it.
var kept = map[string]int{"left": 3, "unpaid": 2, "died": 1}

// closing is the month after which a membership that ends on a day is erased.
func closing(day register.Day, reason string) register.Month {
	var y, m int
	_, _ = fmt.Sscanf(string(day), "%d-%d", &y, &m)
	m += kept[reason] - 1
	return register.Month(fmt.Sprintf("%04d-%02d", y+m/12, m%12+1))
}

// officer is somebody who holds, or held, an office.
type officer struct {
	id     *identity.Identity
	unit   register.UnitID
	office string
	until  register.Day // her last day; "" none is set
	copied bool         // she has a copy of her own
}

func (o *officer) handle() register.Handle { return o.id.Handle() }

// ledger is everything that the federation remembers.
type ledger struct {
	people   map[register.RecordID]*person
	active   []register.RecordID // in no order that matters, but always the same one
	closed   []register.RecordID // likewise
	erased   map[register.UnitID]map[register.RecordID]bool
	officers []*officer // in office
}

// enter takes new members in.
func (l *ledger) enter(u register.UnitID, ids []register.RecordID, ps []newcomer) {
	for i, id := range ids {
		l.people[id] = &person{id: id, unit: u, family: ps[i].family, paid: ps[i].paid}
		l.active = append(l.active, id)
	}
}

// leave notes that somebody's membership has ended.
func (l *ledger) leave(id register.RecordID, day register.Day, reason string) {
	p := l.people[id]
	p.reason, p.month = reason, closing(day, reason)
	l.active = without(l.active, id)
	l.closed = append(l.closed, id)
}

// comeBack notes that she is a member again.
func (l *ledger) comeBack(id register.RecordID) {
	p := l.people[id]
	p.reason, p.month = "", ""
	l.closed = without(l.closed, id)
	l.active = append(l.active, id)
}

// erase notes that nothing of her is left.
func (l *ledger) erase(id register.RecordID, day register.Day) {
	p := l.people[id]
	p.gone = day
	l.closed = without(l.closed, id)
	if l.erased[p.unit] == nil {
		l.erased[p.unit] = map[register.RecordID]bool{}
	}
	l.erased[p.unit][id] = true
}

func (l *ledger) erasedCount() (n int) {
	for _, ids := range l.erased {
		n += len(ids)
	}
	return n
}

// over are those whose month is over, whom a run may name.
func (l *ledger) over(day register.Day) []register.RecordID {
	var out []register.RecordID
	for _, id := range l.closed {
		if string(l.people[id].month) < string(day)[:7] {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// lists are the members of a unit, and those who have left it and are not erased.
func (l *ledger) lists() (members, left map[register.UnitID][]register.RecordID) {
	members, left = map[register.UnitID][]register.RecordID{}, map[register.UnitID][]register.RecordID{}
	for _, id := range l.active {
		u := l.people[id].unit
		members[u] = append(members[u], id)
	}
	for _, id := range l.closed {
		u := l.people[id].unit
		left[u] = append(left[u], id)
	}
	return members, left
}

// digest is of everything that the ledger has of these people.
func (l *ledger) digest(ids ...[]register.RecordID) [sha256.Size]byte {
	var b []byte
	for _, id := range slices.Sorted(slices.Values(slices.Concat(ids...))) {
		p := l.people[id]
		b = fmt.Appendln(b, p.id, p.unit, p.family, p.paid, p.reason, p.month)
	}
	return sha256.Sum256(b)
}

// readers are those who read a unit on a day, the recovery recipient among them.
func (l *ledger) readers(u register.UnitID, day register.Day) []register.Handle {
	out := []register.Handle{register.Recovery}
	for _, o := range l.officers {
		if o.until != "" && o.until < day {
			continue
		}
		switch o.office {
		case "secretariat", "clerk":
			out = append(out, o.handle())
		case "county":
			if o.unit == u || regionOf(u) == o.unit {
				out = append(out, o.handle())
			}
		default:
			if o.unit == u {
				out = append(out, o.handle())
			}
		}
	}
	slices.Sort(out)
	return out
}

func (l *ledger) holding(office string) []*officer {
	var out []*officer
	for _, o := range l.officers {
		if o.office == office && o.until == "" {
			out = append(out, o)
		}
	}
	return out
}

func without(ids []register.RecordID, id register.RecordID) []register.RecordID {
	i := slices.Index(ids, id)
	return slices.Delete(ids, i, i+1)
}

// newcomer is an invented member.
type newcomer struct {
	family string
	paid   register.Day
}

// name is the nth invented family name, which no other has.
func name(n int) string {
	var b strings.Builder
	for i := range 5 {
		b.WriteString([]string{"ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "ru"}[n%10])
		if n /= 10; i == 0 {
			s := []byte(b.String())
			s[0] -= 'a' - 'A'
			b.Reset()
			b.Write(s)
		}
	}
	return b.String()
}
