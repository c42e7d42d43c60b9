package intake

import (
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
)

// ErrNoPages says that the policy has no pages.yaml: nobody sends anything.
var ErrNoPages = errors.New("this register has no members' pages (policies/pages.yaml)")

// A RefusedError says that the policy does not let this be asked.
type RefusedError struct {
	Rule  string // one of those below
	Field string // of fields.yaml, where one is to blame; else ""
}

// What the policy does not let be asked.
const (
	RuleNotOwn   = "a member does not change this herself"
	RuleNotAsked = "the joining form does not ask for it"
	RuleMissing  = "missing"
	RuleEmpty    = "empty"
	RuleValue    = "not the kind of value that it holds"
	RuleNoForm   = "this unit has no joining form"
	RuleNoSMS    = "nobody joins by SMS"
	RuleReason   = "not a reason for which members end their membership on their page"
	RuleConfirm  = "members are not asked to confirm what is kept about them"
	RulePurpose  = "no purpose for which lists are taken out"
	RuleKind     = "nobody asks for this from a page"
)

func (e *RefusedError) Error() string {
	if e.Field != "" {
		return fmt.Sprintf("field %q: %s", e.Field, e.Rule)
	}
	return e.Rule
}

// Judge judges a request of those that come from pages by the policy: what kind it
// is of, and which fields it sets. It returns the request as it is to be written:
// values as records have them, in the policy's order. country is that of the member's
// record, by which telephone numbers and postal codes are read; "" not known. Whether
// the record is right as a whole is the caller's to judge. Its errors are ErrNoPages, *RefusedError and, for
// a value, *record.Fault; none holds a value.
func Judge(p *policy.Policy, r *record.Request, country string) (*record.Request, error) {
	if p.Pages == nil {
		return nil, ErrNoPages
	}
	out := *r
	var err error
	switch r.Kind {
	case record.RequestJoin:
		err = judgeJoin(p, r)
	case record.RequestCorrect:
		err = judgeCorrection(p, r)
	case record.RequestConfirm:
		if p.Pages.Confirm.Field == "" {
			err = &RefusedError{Rule: RuleConfirm}
		}
	case record.RequestClose:
		if !slices.Contains(p.Pages.Leave, r.Reason) {
			err = &RefusedError{Rule: RuleReason}
		}
	case record.RequestObject:
		err = judgeObjection(p, r)
	case record.RequestCopy, record.RequestRestrict:
	default:
		err = &RefusedError{Rule: RuleKind}
	}
	if err != nil {
		return nil, err
	}
	if out.Set, err = written(p.Schema(), r.Set, country); err != nil {
		return nil, err
	}
	out.Clear = slices.Clone(r.Clear)
	p.Schema().Sort(out.Clear) // purposes, which are no fields, by the alphabet
	return &out, nil
}

// judgeJoin judges a joining form: it has the fields of the form, and no others. What came
// by SMS may lack some: see [Lacks].
func judgeJoin(p *policy.Policy, r *record.Request) error {
	u, ok := p.Unit(r.Unit)
	if !ok || !p.JoiningForm(u) {
		return &RefusedError{Rule: RuleNoForm}
	}
	sms := r.From == record.FromSMS
	if sms && p.Pages.Joining.SMS == nil {
		return &RefusedError{Rule: RuleNoSMS}
	}
	asked := p.Pages.Joining.Fields
	for _, x := range r.Set {
		if !slices.Contains(asked, x.Key) {
			return &RefusedError{Field: known(p, x.Key), Rule: RuleNotAsked}
		}
	}
	for _, f := range p.Fields {
		must := f.Required || f.Expected == policy.ExpectedEntry // whom only the secretariat enters without
		if must && !sms && slices.Contains(asked, f.Key) && !slices.ContainsFunc(r.Set, func(x record.Set) bool { return x.Key == f.Key }) {
			return &RefusedError{Field: f.Key, Rule: RuleMissing}
		}
	}
	return nil
}

// judgeCorrection judges what a member sets and empties: fields that are her own,
// and her consents.
func judgeCorrection(p *policy.Policy, r *record.Request) error {
	keys := slices.Clone(r.Clear)
	for _, x := range r.Set {
		keys = append(keys, x.Key)
	}
	for _, k := range keys {
		if !p.MemberSets(k) {
			return &RefusedError{Field: known(p, k), Rule: RuleNotOwn}
		}
	}
	return nil
}

// judgeObjection judges to what a member objects: a purpose of lists, a channel, or all. What
// she no longer objects to may be a purpose that has gone.
func judgeObjection(p *policy.Policy, r *record.Request) error {
	if _, channel := record.ObjectedChannel(r.Purpose); channel || r.Purpose == "" || r.Purpose == record.ObjectsAll || slices.ContainsFunc(p.Lists.Purposes, func(l policy.ListPurpose) bool { return l.ID == r.Purpose }) {
		return nil
	}
	return &RefusedError{Rule: RulePurpose}
}

// known returns the key if it is one of the policy's: others are foreign text.
func known(p *policy.Policy, key string) string {
	if _, ok := p.Field(key); ok {
		return key
	}
	return ""
}

// written returns what is set as records have it, in the policy's order.
func written(s *record.Schema, sets []record.Set, country string) ([]record.Set, error) {
	for _, x := range sets {
		if x.Key == "country" {
			country = x.Value.String()
		}
	}
	s = s.In(country)
	byKey := make(map[string]record.Set, len(sets))
	keys := make([]string, 0, len(sets))
	for _, x := range sets {
		f, ok := s.Field(x.Key)
		if !ok {
			return nil, &RefusedError{Rule: RuleNotOwn}
		}
		y := record.Set{Key: x.Key, Value: x.Value, Plain: f.Type == record.TypeYesNo || f.Type == record.TypeInteger}
		if !x.Value.IsList() {
			v, _, err := s.Normalise(x.Key, x.Value.String())
			if err != nil {
				return nil, err
			}
			y.Value = v
		}
		if y.Value.Empty() {
			return nil, &RefusedError{Field: x.Key, Rule: RuleEmpty}
		}
		if y.Value.IsList() != (f.Type == record.TypeChoices) {
			return nil, &RefusedError{Field: x.Key, Rule: RuleValue}
		}
		byKey[x.Key] = y
		keys = append(keys, x.Key)
	}
	s.Sort(keys)
	var out []record.Set
	for _, k := range keys {
		out = append(out, byKey[k])
	}
	return out, nil
}
