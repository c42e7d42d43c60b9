package procedures

import (
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sitepipe"
)

// RecipientsName is the file of a site that holds the joining recipients of all units:
// whoever sends a form fetches them all, so that whoever serves it cannot tell which
// unit was wanted.
const RecipientsName = "join/recipients.txt"

// pagesJSON is what the members', the joining and the officers' pages are made of.
type pagesJSON struct {
	Drop    string                     `json:"drop"` // "": what is sent is saved and mailed
	Mail    string                     `json:"mail"`
	Lock    int                        `json:"lock"` // minutes
	Joining *joiningJSON               `json:"joining,omitempty"`
	Units   map[register.UnitID]string `json:"units"` // their joining recipients
	Offices officersJSON               `json:"offices"`
}

// joiningJSON is the public form. A unit without a recipient has none yet.
type joiningJSON struct {
	Fields []joiningField `json:"fields"`
	Units  []joiningUnit  `json:"units"`
}

type joiningField struct {
	Key      string            `json:"key"`
	Name     map[string]string `json:"name"`
	Type     record.Type       `json:"type"`
	Required bool              `json:"required"`
	Consent  bool              `json:"consent,omitempty"`
	Max      int               `json:"max,omitempty"` // characters
	Choices  []joiningChoice   `json:"choices,omitempty"`
}

type joiningChoice struct {
	ID   string            `json:"id"`
	Name map[string]string `json:"name"`
}

type joiningUnit struct {
	ID        register.UnitID `json:"id"`
	Name      string          `json:"name"`
	Recipient string          `json:"recipient"`
}

// officersJSON are the offices that can have a page, and the units where they can be
// held: which of them is held is no concern of it.
type officersJSON struct {
	Units   []officersUnit   `json:"units"`
	Offices []officersOffice `json:"offices"`
}

type officersUnit struct {
	ID    register.UnitID `json:"id"`
	Name  string          `json:"name"`
	Level string          `json:"level"`
}

type officersOffice struct {
	ID    string            `json:"id"`
	Name  map[string]string `json:"name"`
	Level string            `json:"level"`
}

// memberPages returns what the pages are made of; nil where the policy has none of
// them.
func (t *telling) memberPages() *pagesJSON {
	g := t.policy.Pages
	if g == nil {
		return nil
	}
	out := &pagesJSON{Drop: g.Drop, Lock: g.LockAfter, Units: map[register.UnitID]string{}, Offices: t.officers()}
	if a, err := mail.ParseAddress(t.policy.MailTo()); err == nil && a.Name == "" {
		out.Mail = a.Address
	}
	for id, u := range t.state.Units {
		if at, ok := t.policy.Unit(id); ok && at.GoneOn(t.Day) {
			continue
		}
		if u.Keyring != nil && u.Keyring.Joining != "" && !t.policy.Protects(id) {
			out.Units[id] = u.Keyring.Joining
		}
	}
	if len(g.Joining.Levels) > 0 {
		out.Joining = t.joining(out.Units)
	}
	return out
}

// joining is the form that every unit of its levels has. One consent may be asked for
// with it: the first of its fields that is one.
func (t *telling) joining(recipients map[register.UnitID]string) *joiningJSON {
	g := t.policy.Pages
	out := &joiningJSON{Fields: []joiningField{}, Units: []joiningUnit{}}
	consents := 0
	for _, key := range g.Joining.Fields {
		f, ok := t.policy.Field(key)
		if !ok {
			continue // the policy is refused
		}
		x := joiningField{Key: key, Name: t.everywhere(f.Name, key), Type: f.Type, Required: f.Required, Max: f.Max, Consent: slices.Contains(g.Consents, key)}
		if x.Consent {
			if consents++; consents > 1 {
				continue
			}
		}
		for _, c := range f.Options {
			if len(c.Levels) == 0 || slices.ContainsFunc(g.Joining.Levels, func(l string) bool { return slices.Contains(c.Levels, l) }) {
				x.Choices = append(x.Choices, joiningChoice{c.ID, t.everywhere(c.Name, c.ID)})
			}
		}
		out.Fields = append(out.Fields, x)
	}
	for i := range t.policy.Units {
		u := &t.policy.Units[i]
		if t.policy.JoiningForm(u) && recipients[u.ID] != "" {
			out.Units = append(out.Units, joiningUnit{u.ID, u.Name, recipients[u.ID]})
		}
	}
	return out
}

// officers are the offices that read members, and the units of their levels.
func (t *telling) officers() officersJSON {
	out := officersJSON{Units: []officersUnit{}, Offices: []officersOffice{}}
	levels := map[string]bool{}
	for _, o := range t.policy.Offices {
		if o.Can(policy.ActRead) && o.Scope != policy.ScopeNone {
			levels[o.Level] = true
			out.Offices = append(out.Offices, officersOffice{o.ID, t.everywhere(o.Name, o.ID), o.Level})
		}
	}
	for _, u := range t.policy.Units {
		if levels[u.Level] && !u.Protected {
			out.Units = append(out.Units, officersUnit{u.ID, u.Name, u.Level})
		}
	}
	return out
}

// recipientsFile is the text of RecipientsName: a line for each unit, its id and its
// recipient.
func (p *pagesJSON) recipientsFile() sitepipe.Frame {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(p.Units)) {
		fmt.Fprintf(&b, "%s %s\n", id, p.Units[id])
	}
	return sitepipe.Frame{Body: []byte(b.String())}
}
