package record

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/medlem-register/medlem/internal/register"
)

// An Activity is a course, a meeting or a demonstration, and who takes part in it,
// sealed like a record. It is there until it is over: its last day stands in the path,
// and after the policy's days it is erased with everybody in it.
type Activity struct {
	ID      register.RecordID
	Unit    register.UnitID // that holds it
	Rev     int             // rises by one with every change; the first is 1
	Name    string
	Place   string              // may be empty
	When    string              // in words, as "1. desember kl. 18"; may be empty
	Ends    register.Day        // its last day
	Note    string              // in the organiser's words; may be empty
	Members []register.RecordID // who take part, sorted, each once
	Guests  []Guest             // from outside, by id, each once
	Round   *Introduction       // nil: it is no round of introductions
}

// A Guest takes part in an activity and has no record: a name and one contact, and
// nothing more. Where somebody became a member, she is one of the members instead.
type Guest struct {
	ID    register.RecordID // of this participation; no record has it
	Name  string
	Email string // "" where there is a telephone number
	Phone string // as in records
}

// The limits of an Activity, in characters where nothing else is said.
const (
	ActivityTextLimit    = 200       // name, place, when
	ActivityNoteLimit    = 2000      // note
	ActivityGuestLimit   = 100       // a guest's name
	ActivityMembersLimit = 5000      // members
	ActivityGuestsLimit  = 1000      // guests
	activityLimit        = 256 << 10 // bytes of its plaintext
)

// EncodeActivity returns the canonical YAML of a.
func EncodeActivity(a *Activity) ([]byte, error) {
	b, err := appendHead(make([]byte, 0, 512+20*len(a.Members)+120*len(a.Guests)), string(a.ID), string(a.Unit))
	if err != nil {
		return nil, fmt.Errorf("encode activity: %w", err)
	}
	if err := a.check(); err != nil {
		return nil, fmt.Errorf("encode activity: %w", err)
	}
	b = append(strconv.AppendInt(append(b, "rev: "...), int64(a.Rev), 10), '\n')
	for _, x := range []struct{ key, text string }{{"name", a.Name}, {"place", a.Place}, {"when", a.When}, {"ends", string(a.Ends)}, {"note", a.Note}} {
		if x.text != "" {
			b = append(appendQuoted(append(b, x.key+": "...), x.text), '\n')
		}
	}
	if a.Round != nil {
		b = a.Round.appendHead(b)
	}
	if len(a.Members) > 0 {
		b = append(b, "members:\n"...)
	}
	for _, id := range a.Members {
		b = append(append(append(b, "  - \""...), id...), "\"\n"...)
	}
	if len(a.Guests) > 0 {
		b = append(b, "guests:\n"...)
	}
	for _, g := range a.Guests {
		b = append(append(append(b, "  - id: \""...), g.ID...), "\"\n"...)
		b = append(appendQuoted(append(b, "    name: "...), g.Name), '\n')
		contact, text := "email", g.Email
		if g.Email == "" {
			contact, text = "phone", g.Phone
		}
		b = append(appendQuoted(append(b, "    "+contact+": "...), text), '\n')
	}
	if a.Round != nil {
		b = a.Round.appendConsents(b)
	}
	if len(b) > activityLimit {
		return nil, fmt.Errorf("encode activity: %d bytes, more than %d", len(b), activityLimit)
	}
	return b, nil
}

// check returns an error unless a can be written. It holds none of its values.
func (a *Activity) check() error {
	if a.Rev < 1 || a.Rev > RevLimit {
		return fmt.Errorf("rev: want 1 to %d", RevLimit)
	}
	if day, err := register.ParseDay(string(a.Ends)); err != nil || day != a.Ends {
		return errors.New("ends: want a day")
	}
	for _, x := range []struct {
		key, text string
		limit     int
	}{{"name", a.Name, ActivityTextLimit}, {"place", a.Place, ActivityTextLimit}, {"when", a.When, ActivityTextLimit}, {"note", a.Note, ActivityNoteLimit}} {
		if err := activityText(x.text, x.limit, x.key == "note"); err != nil {
			return fmt.Errorf("%s: %w", x.key, err)
		}
	}
	switch {
	case a.Name == "":
		return errors.New("name: it has none")
	case len(a.Members) > ActivityMembersLimit:
		return fmt.Errorf("more than %d members", ActivityMembersLimit)
	case len(a.Guests) > ActivityGuestsLimit:
		return fmt.Errorf("more than %d guests", ActivityGuestsLimit)
	}
	for i, id := range a.Members {
		if _, err := register.ParseRecordID(string(id)); err != nil || i > 0 && id <= a.Members[i-1] {
			return errors.New("members: want ids, sorted, each once")
		}
	}
	for i, g := range a.Guests {
		if _, err := register.ParseRecordID(string(g.ID)); err != nil || i > 0 && g.ID <= a.Guests[i-1].ID {
			return errors.New("guests: want ids, sorted, each once")
		}
		if err := g.check(); err != nil {
			return fmt.Errorf("guest %d: %w", i+1, err)
		}
	}
	if a.Round != nil {
		return a.Round.check(a)
	}
	return nil
}

func (g *Guest) check() error {
	if err := activityText(g.Name, ActivityGuestLimit, false); err != nil {
		return fmt.Errorf("name: %w", err)
	}
	var bad *Fault
	switch {
	case g.Name == "":
		return errors.New("name: it has none")
	case (g.Email == "") == (g.Phone == ""):
		return errors.New("want an e-mail address or a telephone number, one of them")
	case g.Email != "":
		bad = checkEmail(g.Email)
	default:
		bad = checkPhone(g.Phone)
	}
	if bad != nil {
		return errors.New(bad.Msg)
	}
	if len(g.Email) > 254 || len(g.Phone) > 32 { // as in records
		return errors.New("the contact is too long")
	}
	_, err := CheckText(g.Email+g.Phone, false)
	return err
}

func activityText(s string, limit int, lines bool) error {
	if utf8.RuneCountInString(s) > limit {
		return fmt.Errorf("more than %d characters", limit)
	}
	_, err := CheckText(s, lines)
	return err
}

// Tidy brings what somebody typed for an activity into the form in which it is kept.
func (a *Activity) Tidy() {
	a.Name, a.Place, a.When, a.Note = tidy(a.Name, false), tidy(a.Place, false), tidy(a.When, false), tidy(a.Note, true)
	slices.Sort(a.Members)
	a.Members = slices.Compact(a.Members)
	slices.SortFunc(a.Guests, compareGuests)
	if a.Round != nil {
		a.Round.Purpose = tidy(a.Round.Purpose, true)
		slices.SortFunc(a.Round.Consents, func(x, y Consent) int { return strings.Compare(string(x.Member), string(y.Member)) })
	}
}

func compareGuests(a, b Guest) int { return strings.Compare(string(a.ID), string(b.ID)) }

// NewGuest makes a guest of what somebody typed; numbers are read as people in the
// country write them. Its fault holds no value.
func NewGuest(name, email, phone, country string) (Guest, *Fault) {
	g := Guest{ID: register.NewRecordID(), Name: tidy(name, false)}
	var bad *Fault
	if email = tidy(email, false); email != "" {
		if g.Email, bad = normaliseEmail(email); bad != nil {
			bad.Field = "email"
			return g, bad
		}
	}
	if phone = tidy(phone, false); phone != "" {
		if g.Phone, _, bad = normalisePhone(phone, country); bad != nil {
			bad.Field = "phone"
			return g, bad
		}
	}
	if err := g.check(); err != nil {
		return g, &Fault{Field: "guest", Rule: RuleType, Msg: err.Error()}
	}
	return g, nil
}

// DecodeActivity reads the plaintext of an Activity, and accepts only what
// EncodeActivity writes. Its errors name lines and never quote one.
func DecodeActivity(b []byte) (*Activity, error) {
	if len(b) > activityLimit {
		return nil, fmt.Errorf("activity: %d bytes, more than %d", len(b), activityLimit)
	}
	a, rest, n := &Activity{}, b, 0
	consents := false
	for len(rest) > 0 {
		line, after, ok := bytes.Cut(rest, []byte("\n"))
		rest = after
		n++
		switch {
		case consents:
			ok = ok && a.Round.consent(string(line))
		case string(line) == "consents:":
			consents = true
			ok = ok && a.Round != nil
		default:
			ok = ok && a.line(string(line), n)
		}
		if !ok {
			return nil, fmt.Errorf("activity, line %d: malformed", n)
		}
	}
	again, err := EncodeActivity(a)
	if err != nil || !bytes.Equal(again, b) {
		return nil, errors.New("activity: not in its one form")
	}
	return a, nil
}

// line takes one line in; that all stand in their order and none twice is seen when
// the activity is written again.
func (a *Activity) line(line string, n int) bool {
	if n == 1 {
		return line == "medlem: 1"
	}
	if item, ok := strings.CutPrefix(line, "  - "); ok {
		if id, guest := strings.CutPrefix(item, "id: "); guest {
			text, quoted := unquote(id)
			a.Guests = append(a.Guests, Guest{ID: register.RecordID(text)})
			return quoted && len(a.Guests) <= ActivityGuestsLimit
		}
		text, quoted := unquote(item)
		a.Members = append(a.Members, register.RecordID(text))
		return quoted && len(a.Members) <= ActivityMembersLimit
	}
	if line == "members:" || line == "guests:" {
		return true
	}
	inGuest := strings.HasPrefix(line, "    ")
	key, value, _ := strings.Cut(strings.TrimPrefix(line, "    "), ": ")
	text, quoted := unquote(value)
	if key == "rev" && !inGuest {
		rev, err := strconv.Atoi(value)
		a.Rev = rev
		return err == nil
	}
	if !quoted || inGuest && len(a.Guests) == 0 {
		return false
	}
	var to *string
	if inGuest {
		g := &a.Guests[len(a.Guests)-1]
		to = map[string]*string{"name": &g.Name, "email": &g.Email, "phone": &g.Phone}[key]
	} else if key == "id" || key == "unit" || key == "ends" {
		switch key {
		case "id":
			a.ID = register.RecordID(text)
		case "unit":
			a.Unit = register.UnitID(text)
		default:
			a.Ends = register.Day(text)
		}
		return true
	} else if round := (&Introduction{}); round.head(key, text) {
		if a.Round == nil {
			a.Round = round
			return true
		}
		return a.Round.head(key, text)
	} else {
		to = map[string]*string{"name": &a.Name, "place": &a.Place, "when": &a.When, "note": &a.Note}[key]
	}
	if to == nil {
		return false
	}
	*to = text
	return true
}

// MergeActivity joins what two people made of one activity, participant by
// participant: who was added by either takes part, who was taken out by either does
// not, and neither loses what the other did. Of name, place, when, note and day the
// later change, theirs, counts where both changed. base nil stands for one of which
// nothing is known: then everybody in either takes part.
func MergeActivity(base, ours, theirs *Activity) *Activity {
	if base == nil {
		base = &Activity{}
	}
	out := *theirs
	keep := func(b, o, t string) string {
		if t == b {
			return o
		}
		return t
	}
	out.Name, out.Place = keep(base.Name, ours.Name, theirs.Name), keep(base.Place, ours.Place, theirs.Place)
	out.When, out.Note = keep(base.When, ours.When, theirs.When), keep(base.Note, ours.Note, theirs.Note)
	out.Ends = register.Day(keep(string(base.Ends), string(ours.Ends), string(theirs.Ends)))
	out.Members = joined(base.Members, ours.Members, theirs.Members, func(id register.RecordID) register.RecordID { return id })
	out.Guests = joined(base.Guests, ours.Guests, theirs.Guests, func(g Guest) register.RecordID { return g.ID })
	out.Round = mergeRound(base, ours, theirs, out.Members)
	return &out
}

// joined is what is in both, and what either added to base; sorted by id.
func joined[T any](base, ours, theirs []T, id func(T) register.RecordID) []T {
	of := func(list []T) map[register.RecordID]bool {
		m := make(map[register.RecordID]bool, len(list))
		for _, x := range list {
			m[id(x)] = true
		}
		return m
	}
	was, here, there := of(base), of(ours), of(theirs)
	var out []T
	for _, x := range theirs {
		if here[id(x)] || !was[id(x)] {
			out = append(out, x)
		}
	}
	for _, x := range ours {
		if !there[id(x)] && !was[id(x)] {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b T) int { return strings.Compare(string(id(a)), string(id(b))) })
	return out
}

// Without returns the activity without the members, and whether it had any of them.
func (a *Activity) Without(ids []register.RecordID) (*Activity, bool) {
	out := *a
	out.Members = slices.DeleteFunc(slices.Clone(a.Members), func(id register.RecordID) bool { return slices.Contains(ids, id) })
	if a.Round != nil {
		out.Round = a.Round.without(ids)
	}
	return &out, len(out.Members) < len(a.Members)
}
