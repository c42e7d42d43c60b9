package dues

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/reference"
	"github.com/medlem-register/medlem/internal/register"
)

// A Member is what dues know of a member: her record is the only place in which her id
// and her claims stand together.
type Member struct {
	ID     register.RecordID
	Unit   register.UnitID
	Left   bool // her membership has ended
	Moved  bool // to where other books are kept: these have claims of hers from before
	Fields map[string]record.Value
	Lines  []record.DuesLine
}

// Joined is the day on which she became a member, "" where her record does not say.
func (m *Member) Joined() register.Day {
	day, err := register.ParseDay(m.Fields["joined"].String())
	if err != nil {
		return ""
	}
	return day
}

// line is her claim of a year, or nil.
func (m *Member) line(year int) *record.DuesLine {
	for i := range m.Lines {
		if m.Lines[i].Year == year {
			return &m.Lines[i]
		}
	}
	return nil
}

// Rules are what the policy says that claims are made by.
type Rules struct {
	*policy.Policy
	Scheme reference.Scheme
}

// ErrNoClaims says that the policy does not say what is claimed.
var ErrNoClaims = errors.New("policies/dues.yaml does not say what is claimed: currency, reference-form and amounts")

// NewRules returns the rules of a policy; ErrNoClaims where it has none.
func NewRules(p *policy.Policy) (Rules, error) {
	if !p.Dues.Claims() {
		return Rules{}, ErrNoClaims
	}
	s, err := reference.ParseScheme(p.Dues.ReferenceForm.Scheme)
	return Rules{p, s}, err
}

// DueDay is the day on which a claim of the day is due.
func (r Rules) DueDay(claimed register.Day) register.Day {
	n := r.Dues.DueDays
	if n == 0 {
		n = policy.DefaultDueDays
	}
	return claimed.Add(n)
}

// Why a member gets no claim.
type Unclaimed string

// The reasons.
const (
	HasLeft    Unclaimed = "left"
	IsMoved    Unclaimed = "moved"
	HasClaim   Unclaimed = "claimed"   // for that year
	JoinsLater Unclaimed = "later"     // after that year
	FitsNone   Unclaimed = "no-amount" // no amount of the policy fits, or it is 0
)

// Claim makes the claim of a member for a year on a day, without its payload; or says why
// there is none.
func (r Rules) Claim(m *Member, year int, day register.Day) (Entry, Unclaimed) {
	joined := m.Joined()
	switch {
	case m.Left:
		return Entry{}, HasLeft
	case m.Moved:
		return Entry{}, IsMoved
	case m.line(year) != nil:
		return Entry{}, HasClaim
	case joined != "" && joined.Time().Year() > year:
		return Entry{}, JoinsLater
	}
	e := Entry{Do: DoClaim, Year: year, Kind: record.Renewal, Due: r.DueDay(day), Unit: m.Unit}
	const fresh = 365 // days; who joined before that is no new member, though the register never claimed
	if len(m.Lines) == 0 && joined != "" && joined.Add(fresh) >= day {
		e.Kind = record.Join
	}
	a, err := r.Amount(policy.DuesFacts{Year: year, Kind: e.Kind, Day: day, Unit: m.Unit, Fields: m.Fields})
	if err != nil || a.Amount == 0 {
		return Entry{}, FitsNone
	}
	e.Amount, e.Price = a.Amount, a.ID
	return e, ""
}

// Late tells whether a new member should have had her first claim by a day, by the days
// that the policy gives.
func (r Rules) Late(m *Member, day register.Day) bool {
	joined := m.Joined()
	if m.Left || m.Moved || joined == "" || r.Dues.NewMemberDays == 0 || joined.Add(r.Dues.NewMemberDays) >= day {
		return false
	}
	const watched = 365 // days after that it is the yearly claim's matter
	if joined.Add(watched) < day {
		return false
	}
	for _, l := range m.Lines {
		if l.Year >= joined.Time().Year() {
			return false
		}
	}
	_, none := r.Claim(m, joined.Time().Year(), day)
	return none == ""
}

// NewSeries is the key of a new series of references.
func NewSeries() string {
	var key [reference.KeySize]byte
	rand.Read(key[:]) // never fails
	return hex.EncodeToString(key[:])
}

// Payloads gives the payloads of new claims, from the books' counter on.
type Payloads struct {
	series *reference.Series
	Next   uint64
}

// Payloads returns where the books' series goes on; a new one where there is none.
func (b *Books) Payloads() (*Payloads, error) {
	if b.Series == "" {
		b.Series = NewSeries()
	}
	key, err := hex.DecodeString(b.Series)
	if err != nil {
		return nil, ErrChain
	}
	s, err := reference.NewSeries(key)
	return &Payloads{s, b.Next}, err
}

// Payload is the next one.
func (p *Payloads) Payload() string {
	p.Next++
	return p.series.Payload(p.Next - 1)
}

// KeyOf is what the ledger keeps of what tells a payment from all others: no account can
// be found again from it by trying.
func (b *Books) KeyOf(payment string) string {
	key, _ := hex.DecodeString(b.Series)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("medlem/payment/1\x00" + payment))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
