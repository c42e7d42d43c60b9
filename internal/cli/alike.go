package cli

import (
	"strings"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/duplicate"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// notTwice shows the members who look like somebody that is to be entered, of those
// that the officer reads. Where one of them is likely the same person, it goes on
// only if somebody at the terminal says so, or if keep is set.
func (s *session) notTwice(u register.UnitID, fields map[string]record.Value, keep bool) error {
	alike, err := s.Alikes(u, fields)
	if err != nil || len(alike) == 0 {
		return err
	}
	likely := alike[0].Score >= duplicate.Ask
	if likely {
		s.note(s.tr("She is likely registered already:"))
	} else {
		s.note(s.tr("Somebody like her is registered:"))
	}
	const told = 5
	for _, a := range alike[:min(len(alike), told)] {
		s.note("  " + s.alike(a))
	}
	if n := len(alike) - told; n > 0 {
		s.note("  " + s.trn(n, "and {{.N}} more", "and {{.N}} more"))
	}
	switch {
	case !likely || keep:
		return nil
	case s.Terminal:
		return s.agreed(s.tr("Enter her all the same?"))
	}
	return refused(s.tr("somebody in the register is likely the same person; nothing was entered"),
		s.tr("change what is known of her (medlem edit), or take a membership that has ended up again (medlem reopen); where they are two people: --keep-duplicates"))
}

// alike is one line about a member who looks like somebody.
func (s *session) alike(a desk.Alike) string {
	m := a.Member
	line := s.tr("{{.ID}}, {{.Unit}}", "ID", m.Path.ID, "Unit", unitName(s.Policy(), m.Path.Unit))
	if s.Terminal { // elsewhere it may be kept: nobody's name is told without being asked for
		line = s.tr("{{.Name}}, {{.Unit}} [{{.ID}}]", "Name", cell(s.name(m.Record)), "Unit", unitName(s.Policy(), m.Path.Unit), "ID", m.Path.ID)
	}
	if m.Closed() {
		line += " " + s.tr("(the membership has ended)")
	}
	if why := s.reasonsFor(m.Path.Unit, a.Reasons); why != "" {
		line += ": " + why
	}
	return line
}

// reasonsFor says what two records have in common, of what the officer may see in
// the unit.
func (s *session) reasonsFor(u register.UnitID, reasons []duplicate.Reason) string {
	var out []string
	for _, r := range reasons {
		if s.FieldRight(u, fieldOfReason(r)) > policy.Hidden {
			out = append(out, s.reasonName(r))
		}
	}
	return strings.Join(out, ", ")
}

// fieldOfReason is the field that a reason speaks of, the first of two.
func fieldOfReason(r duplicate.Reason) string {
	if r == duplicate.NamesSwapped {
		return "given"
	}
	field, _, _ := strings.Cut(string(r), "-")
	return field
}

// reasonName says in words what two records have in common.
func (a *app) reasonName(r duplicate.Reason) string {
	switch r {
	case duplicate.Given:
		return a.tr("the same given name")
	case duplicate.GivenPart:
		return a.tr("one of the given names")
	case duplicate.GivenInitial:
		return a.tr("the initial of a given name")
	case duplicate.GivenSimilar:
		return a.tr("a similar given name")
	case duplicate.Family:
		return a.tr("the same family name")
	case duplicate.FamilyPart:
		return a.tr("one of the family names")
	case duplicate.FamilySimilar:
		return a.tr("a similar family name")
	case duplicate.NamesSwapped:
		return a.tr("the names the other way round")
	case duplicate.Born:
		return a.tr("the day of birth")
	case duplicate.BornSwapped:
		return a.tr("the day of birth with day and month the other way round")
	case duplicate.BornCentury:
		return a.tr("the day of birth, a hundred years apart")
	case duplicate.BornDigit:
		return a.tr("the day of birth but for a digit")
	case duplicate.Email:
		return a.tr("the e-mail address")
	case duplicate.Phone:
		return a.tr("the telephone number")
	case duplicate.Postcode:
		return a.tr("the postal code")
	case duplicate.Street:
		return a.tr("the street")
	case duplicate.City:
		return a.tr("the town")
	}
	return string(r)
}

// kindName says in words what two people have in common of whom only tokens were
// compared.
func (a *app) kindName(k duplicate.Kind) string {
	switch k {
	case duplicate.KindNameBorn:
		return a.tr("name and day of birth")
	case duplicate.KindNameEmail:
		return a.tr("name and e-mail address")
	case duplicate.KindNamePhone:
		return a.tr("name and telephone number")
	case duplicate.KindNamePostcode:
		return a.tr("name and postal code")
	case duplicate.KindEmail:
		return a.tr("the e-mail address")
	case duplicate.KindGivenPhone:
		return a.tr("given name and telephone number")
	}
	return string(k)
}

// twinJSON is somebody who may be the same person as somebody new.
type twinJSON struct {
	ID     register.RecordID `json:"id"`
	Unit   register.UnitID   `json:"unit"`
	Closed bool              `json:"closed"` // that membership has ended
	New    bool              `json:"new"`    // she is in the same proposal
	Likely bool              `json:"likely"` // medlem merge stops
}

func twinsOf(c *desk.Change) []twinJSON {
	out := []twinJSON{}
	for _, t := range c.Twins {
		out = append(out, twinJSON{t.ID, t.Unit, t.Closed, t.New, t.Score >= duplicate.Ask})
	}
	return out
}

// twin is one line about somebody who may be the same person as somebody new.
func (s *session) twin(r *desk.Review, t desk.Twin) string {
	var rec *record.Record
	if t.New {
		for _, c := range r.Changes {
			if c.Path.ID == t.ID {
				rec = c.Is
			}
		}
	} else if m, err := s.Find(t.ID); err == nil {
		rec = m.Record
	}
	name := string(t.ID)
	if rec != nil {
		name = s.name(rec) + ", " + unitName(s.Policy(), t.Unit)
	}
	line := ""
	if t.Score >= duplicate.Ask {
		line = s.tr("likely the same person as {{.Name}} [{{.ID}}]", "Name", cell(name), "ID", t.ID)
	} else {
		line = s.tr("perhaps the same person as {{.Name}} [{{.ID}}]", "Name", cell(name), "ID", t.ID)
	}
	var common []string
	for _, k := range t.Common {
		common = append(common, s.kindName(k))
	}
	line += ": " + strings.Join(common, ", ")
	switch {
	case t.Closed:
		line += " " + s.tr("(the membership has ended)")
	case t.New:
		line += " " + s.tr("(in this proposal)")
	}
	return line
}

// twiceRefused explains why a proposal with people who are likely registered
// already is not taken in.
func (s *session) twiceRefused(which string, e *desk.DuplicateError) error {
	n := len(e.Twins)
	return refused(s.trn(n, "{{.N}} new member is likely registered already; nothing was taken in", "{{.N}} new members are likely registered already; nothing was taken in"),
		s.tr("medlem review {{.Number}} shows who; then medlem reject {{.Number}} --registered-elsewhere, or, where they are two people, medlem merge {{.Number}} --keep-duplicates", "Number", which))
}

// registeredElsewhere is what an officer learns whose new member is registered
// already, in the organisation's language: not where, and not who.
func (s *session) registeredElsewhere() string {
	o := app{texts: s.texts}
	if langs := s.Policy().Languages; len(langs) > 0 {
		o.texts = newTexts(langs[0])
	}
	return o.tr("Somebody whom you entered is registered elsewhere in the organisation already. Ask her about it; the secretariat can move the membership to your unit.")
}
