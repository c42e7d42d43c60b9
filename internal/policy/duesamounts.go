package policy

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/expression"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// DefaultDueDays is from a claim to the day on which it is due, where the policy does not
// say.
const DefaultDueDays = 30

// ErrNoAmount says that no amount of the policy fits a member: she gets no claim.
var ErrNoAmount = errors.New("no amount of the policy fits")

// DuesFacts are what the amount of a claim can depend on.
type DuesFacts struct {
	Year   int                     // that is claimed
	Kind   string                  // ForJoin or ForRenewal
	Day    register.Day            // on which it is claimed: age is counted to it
	Unit   register.UnitID         // the member's
	Fields map[string]record.Value // of her record
}

// Amount returns the first amount that fits; ErrNoAmount for none. A condition that
// cannot be evaluated fits nobody.
func (p *Policy) Amount(f DuesFacts) (*DuesAmount, error) {
	var env expression.Env
	for i := range p.Dues.Amounts {
		a := &p.Dues.Amounts[i]
		if a.When == "" {
			return a, nil
		}
		if env == nil {
			env = p.duesEnv(f)
		}
		if ok, err := holds(a.when, env); ok && err == nil {
			return a, nil
		}
	}
	return nil, ErrNoAmount
}

// duesEnv holds the facts by the names that conditions have for them; a number that is
// not known is not a number, neither less, equal nor more than any.
func (p *Policy) duesEnv(f DuesFacts) expression.Env {
	env := expression.Env{}
	for i := range p.Fields {
		x := &p.Fields[i]
		env[strings.ReplaceAll(x.Key, "-", "_")] = plainOf(x.Type, f.Fields[x.Key])
	}
	env["year"], env["kind"], env["unit"] = f.Year, f.Kind, string(f.Unit)
	env["age"], env["joined_year"], env["joined_month"] = math.NaN(), math.NaN(), math.NaN()
	env["joined"] = f.Fields["joined"].String()
	if born, err := register.ParseDay(f.Fields["born"].String()); err == nil && f.Day != "" {
		env["age"] = float64(yearsBetween(born, f.Day))
	}
	if joined, err := register.ParseDay(f.Fields["joined"].String()); err == nil {
		t := joined.Time()
		env["joined_year"], env["joined_month"] = float64(t.Year()), float64(t.Month())
	}
	return env
}

func plainOf(t record.Type, v record.Value) any {
	switch t {
	case record.TypeChoices:
		if v.Empty() {
			return []string{}
		}
		return v.List()
	case record.TypeYesNo:
		return v.String() == "true"
	case record.TypeInteger:
		if n, err := strconv.ParseFloat(v.String(), 64); err == nil {
			return n
		}
		return math.NaN()
	}
	return v.String()
}

// yearsBetween is the age in whole years on a day of somebody born on another.
func yearsBetween(born, day register.Day) int {
	b, d := born.Time(), day.Time()
	n := d.Year() - b.Year()
	if d.Month() < b.Month() || d.Month() == b.Month() && d.Day() < b.Day() {
		n--
	}
	return n
}

// checkAmounts reports what is wrong with the amounts, and with what claims need besides.
func (d *document) checkAmounts(u *Dues, p *Policy) {
	ids(d, "/amounts", "amount", len(u.Amounts), func(i int) string { return u.Amounts[i].ID })
	for i := range u.Amounts {
		a, at := &u.Amounts[i], "/amounts/"+strconv.Itoa(i)
		if d.values[at+"/name"] != nil {
			d.names(at+"/name", a.Name, p.Languages)
		}
		a.when = d.condition(at+"/when", a.When, p.duesEnv(DuesFacts{}))
		if before := "/amounts/" + strconv.Itoa(i-1); i > 0 && u.Amounts[i-1].When == "" && !d.open[before+"/when"] && !d.open[before] {
			d.report(at, fmt.Sprintf("nobody gets to the amount %q: the one before fits everybody", a.ID), "put the amount without when last")
		}
	}
	if d.values["/payee"] != nil {
		d.names("/payee", u.Payee, p.Languages)
	}
	if u.ReferenceForm.Length > 0 && !strings.HasPrefix(u.ReferenceForm.Scheme, "ocr-4") && u.ReferenceForm.Scheme != "" {
		d.report("/reference-form/length", "only ocr-4 has a length that is agreed with the bank", "leave length out")
	}
	if len(u.Amounts) > 0 && d.values["/currency"] == nil {
		d.reportKey("/amounts", "amounts without a currency", "write currency: NOK, SEK, DKK or EUR")
	}
	if len(u.Amounts) > 0 && p.schema != nil && !p.schema.HasDues() {
		d.reportKey("/amounts", "fields.yaml has a field dues, mandate or bounced of its own, where the register keeps what it claims", "give that field another key")
	}
	if p.Hides() {
		for lang, name := range u.Payee {
			if p.Tells(name) {
				d.report("/payee/"+lang, "the payee tells of what kind the organisation is, or that somebody is a member, and here that is a sensitive fact", "write a name that tells nothing, as the bank lets you")
			}
		}
	}
}
