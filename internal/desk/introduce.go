package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// A round of introductions is an activity (record.Introduction): a member seeks others,
// and of those who are asked she learns only who consents. The default is that nobody is
// told who is a member; the policy says which offices arrange rounds, and for which
// lists a consent is needed (lists.yaml, disclosure).

// Errors of introductions.
var (
	ErrNoIntroductions  = errors.New("the policy has no introductions: nobody is told who is a member (policies/lists.yaml, disclosure)")
	ErrNotIntroducer    = errors.New("the policy lets other offices arrange introductions")
	ErrNoRound          = errors.New("no round of introductions of this id")
	ErrNotAsked         = errors.New("she was not asked in this round")
	ErrNobodyAsked      = errors.New("nobody has been asked in this round yet")
	ErrConsented        = errors.New("her consent is recorded already")
	ErrNoConsent        = errors.New("she has not consented in this round")
	ErrSeekerGone       = errors.New("who asked is no member any more: the round is over")
	ErrAskedAlready     = errors.New("they have been asked")
	ErrNobodyConsented  = errors.New("nobody has consented, or the consents were recorded this very second")
	ErrConsentList      = errors.New("a list for this purpose holds only those who have consented: medlem introduce hand makes it")
	ErrNoConsentPurpose = errors.New("the policy has no purpose of lists for those who consent to be known to another member")
)

// NewRound is what a round of introductions begins with.
type NewRound struct {
	Unit       register.UnitID
	Seeker     register.RecordID
	Named      bool   // she agreed that those who are asked are told her name
	Name       string // what the round is called here
	Purpose    string // as those who are asked read it
	Ends       register.Day
	Candidates func(*Member) (bool, error) // of the active members of the units on main; who seeks is none
	Among      []register.UnitID           // nil: Unit
}

// introduces returns an error unless an officer may arrange introductions in a unit.
func (d *Desk) introduces(h register.Handle, u register.UnitID) error {
	by := d.state.Policy.Lists.Disclosure.Introductions.By
	if len(by) == 0 {
		return ErrNoIntroductions
	}
	if slices.Contains(d.state.Secretariat(d.Today()), h) { // it writes down what the others arrange
		return nil
	}
	for _, o := range d.state.Offices(h, u, d.Today()) {
		if slices.Contains(by, o.ID) {
			return nil
		}
	}
	return ErrNotIntroducer
}

// OpenRound opens a round of introductions.
func (d *Desk) OpenRound(ctx context.Context, n NewRound) (*Activity, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	me, err := d.officer()
	if err != nil {
		return nil, err
	}
	if err := d.introduces(me, n.Unit); err != nil {
		return nil, err
	}
	seeker, err := d.Find(n.Seeker)
	if err != nil {
		return nil, err
	}
	if seeker.Closed() {
		return nil, ErrEnded
	}
	among := n.Among
	if len(among) == 0 {
		among = []register.UnitID{n.Unit}
	}
	all, err := d.Members(Query{Units: among, Main: true})
	if err != nil {
		return nil, err
	}
	a := record.Activity{Name: n.Name, Ends: n.Ends, Members: []register.RecordID{n.Seeker}, Round: &record.Introduction{Seeker: n.Seeker, Named: n.Named, Purpose: n.Purpose}}
	schema := d.state.Policy.Schema()
	for _, m := range all {
		id := m.Path.ID
		if id == n.Seeker || d.state.Policy.Protects(m.Path.Unit) || schema.Restriction(m.Record) != "" || slices.Contains(schema.Objections(m.Record), record.ObjectsAll) {
			continue
		}
		ok, err := n.Candidates(m)
		if err != nil {
			return nil, err
		}
		if ok {
			a.Members = append(a.Members, id)
		}
	}
	if len(a.Members) == 1 {
		return nil, ErrSendingNobody
	}
	return d.AddActivity(ctx, n.Unit, a)
}

// Rounds are the rounds of introductions of the units (nil: of all that the identity
// reads), by day.
func (d *Desk) Rounds(units []register.UnitID) ([]*Activity, error) {
	all, err := d.Activities(units)
	return slices.DeleteFunc(all, func(a *Activity) bool { return a.Record.Round == nil }), err
}

// Round returns the round of that id.
func (d *Desk) Round(id register.RecordID) (*Activity, error) {
	a, err := d.Activity(id)
	if errors.Is(err, ErrNoActivity) || err == nil && a.Record.Round == nil {
		return nil, fmt.Errorf("%w: %s", ErrNoRound, id)
	}
	return a, err
}

// changeRound changes a round that is not over.
func (d *Desk) changeRound(ctx context.Context, id register.RecordID, change func(*record.Activity) error) (*Activity, error) {
	return d.ChangeActivity(ctx, id, func(a *record.Activity) error {
		if a.Round == nil {
			return ErrNoRound
		}
		next := *a.Round
		next.Consents = slices.Clone(next.Consents)
		a.Round = &next
		return change(a)
	})
}

// Asked notes that those who may be interested are written to today. It is noted before
// the first message goes, so that nobody is asked twice; whether one went RoundSent tells.
func (d *Desk) Asked(ctx context.Context, id register.RecordID) (*Activity, error) {
	return d.changeRound(ctx, id, func(a *record.Activity) error {
		switch {
		case a.Round.Seeker == "":
			return ErrSeekerGone
		case a.Round.Asked != "":
			return ErrAskedAlready
		}
		a.Round.Asked = d.Today()
		return nil
	})
}

// RoundCondition is what stands in the sealed lists of the sending by which those who may
// be interested in a round are asked: it says of which round it is.
func RoundCondition(id register.RecordID) string { return consentCondition + string(id) }

// RoundSent tells whether a sending has asked those who may be interested in a round, as
// far as the identity can open it. Older versions did not write of which round one was:
// then it is one since the round was noted as asked, to any of them.
func (d *Desk) RoundSent(a *Activity) (bool, error) {
	wanted := map[register.RecordID]bool{}
	err := d.eachSending(a.Record.Round.Asked.Month(), func(o *PlannedSending) error {
		wanted[o.Receipt.ID] = o.Receipt.Automatic == access.SendingIntroduction && !o.Plan && !o.Void
		return nil
	})
	if err != nil {
		return false, err
	}
	sent, those := false, a.Record.Candidates()
	err = d.eachSent(a.Record.Round.Asked.Month(), func(id register.RecordID) bool { return wanted[id] }, func(l *record.SendingList) error {
		of := l.Where == RoundCondition(a.Path.ID) || l.Where == "" && l.Day >= a.Record.Round.Asked
		sent = sent || of && slices.ContainsFunc(l.Members, func(m register.RecordID) bool { return slices.Contains(those, m) })
		return nil
	})
	return sent, err
}

// Consent records that a member who was asked has written that her details may be given
// to the one who seeks. Of the answer only the digest is kept.
func (d *Desk) Consent(ctx context.Context, id, member register.RecordID, answer []byte) (*Activity, error) {
	return d.changeRound(ctx, id, func(a *record.Activity) error {
		r := a.Round
		switch {
		case r.Seeker == "":
			return ErrSeekerGone
		case r.Asked == "":
			return ErrNobodyAsked
		case !slices.Contains(a.Candidates(), member):
			return ErrNotAsked
		}
		c := record.Consent{Member: member, To: r.Seeker, At: d.now().UTC().Truncate(time.Second), Purpose: record.Digest([]byte(r.Purpose)), Answer: record.Digest(answer)}
		if days := d.state.Policy.Lists.Disclosure.Introductions.Days; days > 0 {
			c.Until = d.Today().Add(days)
		}
		i := slices.IndexFunc(r.Consents, func(x record.Consent) bool { return x.Member == member })
		switch {
		case i < 0:
			r.Consents = append(r.Consents, c)
		case r.Consents[i].Withdrawn == "" && (r.Consents[i].Until == "" || r.Consents[i].Until >= d.Today()):
			return ErrConsented
		case r.Consents[i].Answer == c.Answer: // the same letter does not count again
			return ErrConsented
		default:
			r.Consents[i] = c
		}
		return nil
	})
}

// WithdrawConsent notes that a member takes her consent back: from now on she is in no
// list of the round.
func (d *Desk) WithdrawConsent(ctx context.Context, id, member register.RecordID) (*Activity, error) {
	return d.changeRound(ctx, id, func(a *record.Activity) error {
		i := slices.IndexFunc(a.Round.Consents, func(c record.Consent) bool { return c.Member == member && c.Withdrawn == "" })
		if i < 0 {
			return ErrNoConsent
		}
		a.Round.Consents[i].Withdrawn = d.Today()
		return nil
	})
}

// consentCondition is the condition of a draw of those who consented in a round: it
// stands sealed beside the receipt, and the merge reads it.
const consentCondition = "introduction "

// IntroductionDraw is what Draw is to make of a round: the list of those who have
// consented before now, for the one who seeks. The caller says what kind of file.
func (d *Desk) IntroductionDraw(id register.RecordID) (DrawOptions, error) {
	var o DrawOptions
	a, err := d.Round(id)
	if err != nil {
		return o, err
	}
	if a.Record.Round.Seeker == "" {
		return o, ErrSeekerGone
	}
	if seeker, err := d.Find(a.Record.Round.Seeker); err != nil || seeker.Closed() {
		return o, ErrSeekerGone
	}
	consented := a.Record.Consented(d.now())
	if len(consented) == 0 {
		return o, ErrNobodyConsented
	}
	purpose := d.consentPurpose()
	if purpose == "" {
		return o, ErrNoConsentPurpose
	}
	for _, u := range d.readableUnits() {
		there, err := d.activeAt(d.tree, []register.UnitID{u})
		if err != nil {
			return o, err
		}
		if slices.ContainsFunc(consented, func(m register.RecordID) bool { return there[m] }) {
			o.Units = append(o.Units, u)
		}
	}
	if len(o.Units) == 0 {
		return o, ErrNobodyConsented
	}
	o.Purpose, o.Condition, o.Introduction = purpose, consentCondition+string(id), id
	o.Where = func(m *Member) (bool, error) { return slices.Contains(consented, m.Path.ID), nil }
	return o, nil
}

// consentPurpose is the purpose of lists for those who consent to be known to another
// member: the one that bears the id of the rule of disclosure that says so; "" none.
func (d *Desk) consentPurpose() string {
	l := &d.state.Policy.Lists
	for _, p := range l.Purposes {
		if needsConsent(l, p.ID) {
			return p.ID
		}
	}
	return ""
}

// needsConsent tells whether a list for a purpose may hold only those who consented.
func needsConsent(l *policy.Lists, purpose string) bool {
	return slices.ContainsFunc(l.Disclosure.Rules, func(r policy.DisclosureRule) bool {
		return r.ID == purpose && r.To == policy.ToMember && r.Consent == policy.ConsentWritten
	})
}

// consentedOnly returns an error unless a list that is drawn for those who consented
// names nobody else. It is the merge's part: the check cannot open the list.
func (d *Desk) consentedOnly(purpose string, list *record.DrawList) error {
	if !needsConsent(&d.state.Policy.Lists, purpose) || len(list.Members) == 0 {
		return nil
	}
	text, ok := strings.CutPrefix(list.Where, consentCondition)
	id, err := register.ParseRecordID(text)
	if !ok || err != nil {
		return ErrConsentList
	}
	a, err := d.Round(id)
	if err != nil {
		return err
	}
	consented := a.Record.Consented(d.now())
	for _, m := range list.Members {
		gone, err := d.erased(m)
		if err != nil {
			return err
		}
		if !gone && !slices.Contains(consented, m) {
			return fmt.Errorf("%w: it names somebody who has not", ErrConsentList)
		}
	}
	return nil
}

// judgeRound judges by its content what an author makes of a round: that she may arrange
// one, that who seeks and for what stays, and that no consent comes from the future.
func (d *Desk) judgeRound(author register.Handle, was, is *record.Activity) error {
	if is.Round == nil && (was == nil || was.Round == nil) {
		return nil
	}
	if is.Round == nil || was != nil && was.Round == nil {
		return fmt.Errorf("activity %s: a round of introductions stays one, and nothing else becomes one", is.ID)
	}
	if err := d.introduces(author, is.Unit); err != nil {
		return fmt.Errorf("activity %s: %w", is.ID, err)
	}
	if was != nil && (was.Round.Purpose != is.Round.Purpose || was.Round.Seeker != is.Round.Seeker && is.Round.Seeker != "" || was.Round.Named != is.Round.Named) {
		return fmt.Errorf("activity %s: a round is for one member and one purpose: open another one", is.ID)
	}
	for i, c := range is.Round.Consents {
		if c.At.After(d.now()) {
			return fmt.Errorf("activity %s: consent %d is of a time that is to come", is.ID, i+1)
		}
	}
	return nil
}
