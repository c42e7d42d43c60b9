package record

import (
	"slices"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// What the register says of a member's dues, and of where she cannot be reached, beside
// what the policy keeps of her (docs/format.md, Records).
const (
	Dues    = "dues"    // a line for each claim; see DuesLine
	Mandate = "mandate" // that her bank pays what is claimed; see MandateOf
	Bounced = "bounced" // channels in which she was not reached; see Bounce
)

// The kinds of claims.
const (
	Join    = "join"    // the first
	Renewal = "renewal" // every later one
)

// The states of claims.
const (
	Open      = "open"      // nothing is paid
	Part      = "part"      // some of it is
	Paid      = "paid"      // all of it is
	Cancelled = "cancelled" // it is claimed no more
)

// A DuesLine is one claim as the member's record knows it. Amounts stand in the ledger,
// which only those read who collect, unless the policy lets every officer see them.
type DuesLine struct {
	Year    int
	Kind    string       // Join or Renewal
	Payload string       // ten digits: what is random in the payment reference
	Claimed register.Day // the day of the claim
	Due     register.Day
	State   string       // Open, Part, Paid or Cancelled
	Since   register.Day // the day of the payment, or on which it was cancelled; "" while it is open
	Amount  int64        // claimed, in øre or öre; 0: it is not seen here
}

// payloadDigits is the length of a payload.
const payloadDigits = 10

// String is the line as it stands in the record: ParseDuesLine's inverse.
func (l DuesLine) String() string {
	since := string(l.Since)
	if since == "" {
		since = "-"
	}
	words := []string{strconv.Itoa(l.Year), l.Kind, l.Payload, string(l.Claimed), string(l.Due), l.State, since}
	if l.Amount != 0 {
		words = append(words, strconv.FormatInt(l.Amount, 10))
	}
	return strings.Join(words, " ")
}

// Unpaid tells whether something of the claim is still to be paid.
func (l DuesLine) Unpaid() bool { return l.State == Open || l.State == Part }

// ParseDuesLine reads a line in its one form.
func ParseDuesLine(s string) (DuesLine, bool) {
	w := strings.Split(s, " ")
	if len(w) != 7 && len(w) != 8 {
		return DuesLine{}, false
	}
	year, err := strconv.Atoi(w[0])
	l := DuesLine{Year: year, Kind: w[1], Payload: w[2], Claimed: register.Day(w[3]), Due: register.Day(w[4]), State: w[5]}
	if w[6] != "-" {
		l.Since = register.Day(w[6])
	}
	if len(w) == 8 {
		if l.Amount, err = strconv.ParseInt(w[7], 10, 64); err != nil || l.Amount <= 0 {
			return DuesLine{}, false
		}
	}
	ok := err == nil && year >= 1800 && year <= 9999 && (l.Kind == Join || l.Kind == Renewal) && IsPayload(l.Payload) &&
		isDay(l.Claimed) && isDay(l.Due) && (l.Since == "" || isDay(l.Since)) && slices.Contains([]string{Open, Part, Paid, Cancelled}, l.State) &&
		(l.State == Open) == (l.Since == "") && l.String() == s
	return l, ok
}

// IsPayload tells whether s is the payload of a payment reference: ten digits.
func IsPayload(s string) bool {
	return len(s) == payloadDigits && strings.Trim(s, "0123456789") == ""
}

func isDay(d register.Day) bool {
	day, err := register.ParseDay(string(d))
	return err == nil && day == d
}

// HasDues tells whether records of the schema can hold dues, a mandate and bounces: in a
// policy of before there were such fields, one of its own may bear one of the names.
func (s *Schema) HasDues() bool {
	return !slices.ContainsFunc(s.Fields, func(f Field) bool { return f.Key == Dues || f.Key == Mandate || f.Key == Bounced })
}

// DuesOf returns a member's claims, in the order of the record; nil for none. Lines that
// are malformed are Validate's to find.
func (s *Schema) DuesOf(r *Record) []DuesLine {
	if !s.HasDues() {
		return nil
	}
	return DuesLines(r.fields()[Dues])
}

// DuesLines reads the lines of a field of dues.
func DuesLines(v Value) []DuesLine {
	var out []DuesLine
	for _, item := range v.List() {
		if l, ok := ParseDuesLine(item); ok {
			out = append(out, l)
		}
	}
	return out
}

// DuesValue is the field that holds the lines.
func DuesValue(lines []DuesLine) Value {
	items := make([]string, len(lines))
	for i, l := range lines {
		items[i] = l.String()
	}
	return List(items...)
}

// A MandateLine says that a member's bank pays what is claimed.
type MandateLine struct {
	Kind      string       // of Mandates
	Since     register.Day // on which it was made
	Reference string       // by which the bank names it: the KID of AvtaleGiro, digits
}

// Mandates are the kinds of direct debit.
var Mandates = []string{"avtalegiro", "autogiro", "betalingsservice"}

// String is the mandate as it stands in the record: ParseMandate's inverse.
func (m MandateLine) String() string { return m.Kind + " " + string(m.Since) + " " + m.Reference }

// ParseMandate reads a mandate in its one form.
func ParseMandate(s string) (MandateLine, bool) {
	w := strings.Split(s, " ")
	if len(w) != 3 {
		return MandateLine{}, false
	}
	m := MandateLine{w[0], register.Day(w[1]), w[2]}
	const longest = 25 // of a reference
	return m, slices.Contains(Mandates, m.Kind) && isDay(m.Since) && m.Reference != "" && len(m.Reference) <= longest && strings.Trim(m.Reference, "0123456789") == ""
}

// MandateOf returns a member's mandate, and whether she has one.
func (s *Schema) MandateOf(r *Record) (MandateLine, bool) {
	if !s.HasDues() {
		return MandateLine{}, false
	}
	return ParseMandate(r.fields()[Mandate].String())
}

// Channels are the ways to a member that a bounce can name, and the types of the fields
// that hold her addresses there.
var Channels = []string{"email", "sms", "letter"}

// channelTypes are the types of fields in which an address of a channel stands.
var channelTypes = map[string][]Type{
	"email": {TypeEmail}, "sms": {TypePhone}, "letter": {TypeStreet, TypePostcode, TypeCity, TypeCountry},
}

// BouncedIn returns the day on which a member was last not reached in a channel, "" for
// none.
func (s *Schema) BouncedIn(r *Record, channel string) register.Day {
	if !s.HasDues() {
		return ""
	}
	for _, item := range r.fields()[Bounced].List() {
		if c, day, ok := parseBounce(item); ok && c == channel {
			return day
		}
	}
	return ""
}

func parseBounce(s string) (channel string, day register.Day, ok bool) {
	channel, rest, _ := strings.Cut(s, " ")
	return channel, register.Day(rest), slices.Contains(Channels, channel) && isDay(register.Day(rest))
}

// Bounce returns the field with the line of a channel set to the day, or taken away where
// the day is "". One channel has one line.
func Bounce(was Value, channel string, day register.Day) Value {
	now := slices.DeleteFunc(was.List(), func(s string) bool { return strings.HasPrefix(s, channel+" ") })
	if day != "" {
		now = append(now, channel+" "+string(day))
	}
	slices.Sort(now)
	return List(now...)
}

// Reached takes from a record the bounces of the channels whose address was changed: what
// was sent to the old one says nothing of the new. was is nil of a new record.
func (s *Schema) Reached(was, is *Record) {
	if was == nil || !s.HasDues() || is.Fields[Bounced].Empty() || is.Fields[Bounced] != was.Fields[Bounced] {
		return
	}
	for _, key := range Diff(was, is) {
		f, ok := s.Field(key)
		if !ok {
			continue
		}
		for _, c := range Channels {
			if slices.Contains(channelTypes[c], f.Type) {
				is.Set(Bounced, Bounce(is.Fields[Bounced], c, ""))
			}
		}
	}
}

// checkDues returns the fault of one item of the register's own fields about dues.
func checkDues(key, text string) *Fault {
	switch key {
	case Dues:
		if _, ok := ParseDuesLine(text); !ok {
			return fault(RuleType, "not a claim of dues", "only medlem dues writes here")
		}
	case Mandate:
		if _, ok := ParseMandate(text); !ok {
			return fault(RuleType, "not a mandate", "write the kind, the day and the bank's reference")
		}
	case Bounced:
		if _, _, ok := parseBounce(text); !ok {
			return fault(RuleType, "not a channel and a day", "write email, sms or letter, and the day")
		}
	}
	return nil
}
