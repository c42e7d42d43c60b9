package desk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// Terms are what a grant says, as its signatures fix it.
type Terms struct {
	Office    string
	From      register.Day // zero: today
	Until     register.Day // zero: no end
	Meeting   string       // the kind of meeting that decided
	Met       register.Day
	Position  string
	Purpose   string
	Task      string
	Exception string
	Factor    string // how her identity is protected; zero: as the office asks, where it asks for one way
	Belongs   bool   // she is a member of the unit herself
	Columns   []string
	Names     []register.Handle // everyone who keeps access in the unit, but the appointee; nil: not said
}

// grant returns the grant that says so, of an office that the policy has.
func (t *Terms) grant(u register.UnitID, h register.Handle, o *policy.Office, today register.Day) *access.Grant {
	g := &access.Grant{Unit: u, Handle: h, Office: t.Office, From: t.From, Until: t.Until, Meeting: t.Meeting, Met: t.Met,
		Position: t.Position, Purpose: t.Purpose, Task: t.Task, Exception: t.Exception, Factor: t.Factor, Columns: t.Columns}
	if g.From == "" {
		g.From = today
	}
	if t.Belongs {
		g.Belongs = u
	}
	if g.Factor == "" && len(o.SecondFactor) == 1 {
		g.Factor = o.SecondFactor[0]
	}
	if o.ListsEveryone || len(t.Names) > 0 {
		g.Names = append(slices.Clone(t.Names), h)
		slices.Sort(g.Names)
		g.Names = slices.Compact(g.Names)
	}
	return g
}

// TermError is a refusal of what a grant says: its office asks for something
// else.
type TermError struct {
	Term    string   // "position", "until" …, as in the grant's file
	Given   bool     // it was said, but is not one that the office takes
	Choices []string // what it can be, where that is a list
	Latest  register.Day
}

func (e *TermError) Error() string {
	msg := "the office asks for " + e.Term
	if e.Given {
		msg = "the office does not take this " + e.Term
	}
	if len(e.Choices) > 0 {
		msg += ": one of " + strings.Join(e.Choices, ", ")
	}
	if e.Latest != "" {
		msg += ": at the latest " + string(e.Latest)
	}
	return msg
}

// checkTerms returns an error where the policy would refuse what a grant says,
// before anybody signs it. The check judges the whole.
func checkTerms(g *access.Grant, o *policy.Office) error {
	list := func(term, given string, choices []string, need bool) error {
		switch {
		case given == "" && need:
			return &TermError{Term: term, Choices: choices}
		case given != "" && !slices.Contains(choices, given):
			return &TermError{Term: term, Given: true, Choices: choices}
		}
		return nil
	}
	needs := func(n string) bool { return slices.Contains(o.Needs, n) }
	at := o.Appointed.At
	if len(at) > 0 {
		if err := list("meeting", g.Meeting, at, true); err != nil {
			return err
		}
		if g.Met == "" {
			return &TermError{Term: "met"}
		}
	}
	for _, x := range []struct {
		term, given string
		choices     []string
		need        bool
	}{
		{"position", g.Position, termIDs(o.Positions), needs(policy.NeedPosition)},
		{"purpose", g.Purpose, termIDs(o.Purposes), needs(policy.NeedPurpose)},
		{"task", g.Task, taskIDs(o), needs(policy.NeedTask)},
		{"exception", g.Exception, exceptionIDs(o), false},
		{"factor", g.Factor, o.SecondFactor, len(o.SecondFactor) > 0},
	} {
		if err := list(x.term, x.given, x.choices, x.need); err != nil {
			return err
		}
	}
	if err := checkColumns(g, o); err != nil {
		return err
	}
	if o.Belongs && g.Belongs == "" && !waives(g, o, "belongs") {
		return &TermError{Term: "belongs"}
	}
	return checkEnd(g, o)
}

func checkColumns(g *access.Grant, o *policy.Office) error {
	i := slices.IndexFunc(o.Tasks, func(t policy.Task) bool { return t.ID == g.Task })
	var choices []string
	if i >= 0 {
		choices = o.Tasks[i].Columns
	}
	if len(g.Columns) == 0 && slices.Contains(o.Needs, policy.NeedColumns) {
		return &TermError{Term: "columns", Choices: choices}
	}
	for _, c := range g.Columns {
		if i >= 0 && !slices.Contains(choices, c) {
			return &TermError{Term: "columns", Given: true, Choices: choices}
		}
	}
	return nil
}

// checkEnd checks the last day against the office's term and the exception's.
func checkEnd(g *access.Grant, o *policy.Office) error {
	latest := register.Day("")
	months := o.Term.Months
	if e, ok := o.Exception(g.Exception); ok && e.Months > 0 && (months == 0 || e.Months < months) {
		months = e.Months
	}
	if months > 0 {
		latest = g.From.AddMonths(months)
	}
	switch {
	case g.Until == "" && (months > 0 || slices.Contains(o.Needs, policy.NeedUntil)):
		return &TermError{Term: "until", Latest: latest}
	case g.Until != "" && latest != "" && g.Until > latest:
		return &TermError{Term: "until", Given: true, Latest: latest}
	}
	return nil
}

func waives(g *access.Grant, o *policy.Office, what string) bool {
	e, ok := o.Exception(g.Exception)
	return ok && slices.Contains(e.Waives, what)
}

func termIDs(ts []policy.Term) (ids []string) {
	for _, t := range ts {
		ids = append(ids, t.ID)
	}
	return ids
}

func taskIDs(o *policy.Office) (ids []string) {
	for _, t := range o.Tasks {
		ids = append(ids, t.ID)
	}
	return ids
}

func exceptionIDs(o *policy.Office) (ids []string) {
	for _, e := range o.Exceptions {
		ids = append(ids, e.ID)
	}
	return ids
}

// AppointOptions say who is to be appointed to what.
type AppointOptions struct {
	Unit      register.UnitID
	Officer   *access.Officer // as her tool printed it; nil: the register knows Handle
	Handle    register.Handle
	Terms     Terms
	Documents []*Document
}

// Appoint makes an appointment by the policy of a state. It needs no key: its
// documents are sealed to the secretariat, to those who could sign today, and to
// the appointee.
func Appoint(s *access.State, today register.Day, o AppointOptions) (*Appointment, error) {
	officer, err := appointee(s, o.Officer, o.Handle)
	if err != nil {
		return nil, err
	}
	office, err := officeIn(s.Policy, o.Unit, o.Terms.Office)
	if err != nil {
		return nil, err
	}
	g := o.Terms.grant(o.Unit, officer.Handle, office, today)
	if err := checkTerms(g, office); err != nil {
		return nil, err
	}
	if office.ListsEveryone && o.Terms.Names == nil {
		if others := holders(s, o.Unit, officer.Handle, today); len(others) > 0 {
			return nil, &TermError{Term: "names", Choices: texts(others)}
		}
	}
	a := &Appointment{Grant: g, Officer: officer, Guide: office.Guide.Version, Factors: office.SecondFactor, documents: map[string][]byte{}}
	if a.Wants = wantsOf(s, g, today); len(a.Wants) == 0 && len(o.Documents) == 0 {
		return nil, fmt.Errorf("the office %q asks for no document and no signature: the secretariat grants it with medlem grant", office.ID)
	}
	a.Signers = signersOf(s, g, a.Wants, today)
	return a, a.Attach(s, today, o.Documents)
}

// Fits tells whether the policy of a state has the appointment's office.
func (a *Appointment) Fits(s *access.State) bool {
	_, err := officeIn(s.Policy, a.Grant.Unit, a.Grant.Office)
	return err == nil
}

// Attach adds documents to an appointment.
func (a *Appointment) Attach(s *access.State, today register.Day, docs []*Document) error {
	if len(docs) == 0 {
		return nil
	}
	a.Signers = signersOf(s, a.Grant, wantsOf(s, a.Grant, today), today)
	who := s.Secretariat(today)
	for _, x := range a.Signers {
		who = append(who, x.Handle)
	}
	slices.Sort(who)
	recipients := s.Recipients(slices.Compact(who))
	for _, r := range a.Officer.Recipients {
		if !slices.Contains(recipients, r) {
			recipients = append(recipients, r)
		}
	}
	for _, d := range docs {
		if err := a.attach(d, recipients); err != nil {
			return err
		}
	}
	return nil
}

// appointee is the officer file of whoever is to be appointed.
func appointee(s *access.State, o *access.Officer, h register.Handle) (*access.Officer, error) {
	if o == nil {
		if o = s.Officers[h]; o == nil {
			return nil, fmt.Errorf("officer %s is not known: her officer file is needed", h)
		}
		c := *o
		c.Retired = nil
		return &c, nil
	}
	if o.Handle != register.HandleOf(o.SigningKey()) && s.Officers[o.Handle] == nil {
		return nil, errOfficerFile
	}
	return o, nil
}

// officeIn returns the office, where it is one of the unit's level.
func officeIn(p *policy.Policy, u register.UnitID, office string) (*policy.Office, error) {
	unit, ok := p.Unit(u)
	if !ok {
		return nil, fmt.Errorf("unknown unit %q", u)
	}
	o, ok := p.Office(office)
	if !ok || o.Level != unit.Level {
		return nil, fmt.Errorf("unit %q has no office %q", u, office)
	}
	return o, nil
}

// holders are the officers who have access in a unit today, but one, sorted.
func holders(s *access.State, u register.UnitID, but register.Handle, today register.Day) []register.Handle {
	var out []register.Handle
	for _, g := range s.WithAccess(u, today) {
		if g.Handle != but {
			out = append(out, g.Handle)
		}
	}
	return out
}

// wantsOf returns everything that a grant's office asks for that somebody must
// sign or bring, whether it is there or not.
func wantsOf(s *access.State, g *access.Grant, today register.Day) []access.Lack {
	c := *g
	c.Evidence, c.Signatures, c.Guide = nil, nil, ""
	out := s.Lacks(&c, today)
	for _, l := range out {
		if l.Act == "" {
			c.Evidence = append(c.Evidence, access.Evidence{Kind: l.Matter})
		}
	}
	for _, l := range s.Lacks(&c, today) {
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// signersOf returns who could sign what is wanted, sorted.
func signersOf(s *access.State, g *access.Grant, wants []access.Lack, today register.Day) []Signer {
	var out []Signer
	for i := range s.Policy.Signers {
		signer := &s.Policy.Signers[i]
		if !slices.ContainsFunc(wants, func(w access.Lack) bool { return slices.Contains(strings.Split(w.Signer, orWord), signer.ID) }) {
			continue
		}
		for _, h := range signing(s, signer, g.Unit, today) {
			out = append(out, Signer{signer.ID, h})
		}
	}
	if len(out) > signerLimit {
		out = out[:signerLimit]
	}
	return out
}

// signing returns the officers who can sign in a capacity for a unit on a day,
// sorted.
func signing(s *access.State, signer *policy.Signer, u register.UnitID, day register.Day) []register.Handle {
	var units []register.UnitID
	switch signer.Of {
	case policy.OfUnit:
		units = append(units, u)
	case policy.OfTop:
		units = append(units, s.Policy.Root().ID)
	case policy.OfAbove:
		for x, ok := s.Policy.Unit(u); ok && x.Under != ""; {
			units = append(units, x.Under)
			x, ok = s.Policy.Unit(x.Under)
		}
	}
	var out []register.Handle
	for _, at := range units {
		for _, office := range signer.Offices {
			for _, g := range s.Holders(at, office, day) {
				out = append(out, g.Handle)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func texts[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, x := range in {
		out[i] = string(x)
	}
	return out
}
