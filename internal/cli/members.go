package cli

import (
	"strings"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// unitOf reads the id of a unit, or its name, as a person gives it.
func (a *app) unitOf(p *policy.Policy, text string) (register.UnitID, error) {
	if _, ok := p.Unit(register.UnitID(text)); ok {
		return register.UnitID(text), nil
	}
	var found []register.UnitID
	var ids []string
	for _, u := range p.Units {
		ids = append(ids, string(u.ID))
		if record.Fold(u.Name) == record.Fold(text) {
			found = append(found, u.ID)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return "", usageError(a.tr("there is no unit {{.Name}}", "Name", quote(text)), a.tr("the units are {{.Units}}", "Units", strings.Join(ids, ", ")))
}

func (s *session) units(texts []string) ([]register.UnitID, error) {
	var out []register.UnitID
	for _, t := range texts {
		u, err := s.unit(t)
		if err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, nil
}

// onMember opens the register and runs act on the member whose id, or the
// beginning of whose id, the person typed.
func (a *app) onMember(text string, act func(s *session, id register.RecordID) error) error {
	return a.at(withKey, func(s *session) error {
		id, err := s.recordID(text)
		if err != nil {
			return err
		}
		return act(s, id)
	})
}

// idPrefixMin is the shortest beginning of an id that stands for the whole.
const idPrefixMin = 4

// recordID reads a member's id, or the beginning of one where only one member
// that the person reads has it.
func (s *session) recordID(text string) (register.RecordID, error) {
	text = strings.ToLower(text)
	id, err := register.ParseRecordID(text)
	if err == nil {
		return id, nil
	}
	hint := s.tr("medlem find NAME shows the ids")
	if len(text) < idPrefixMin || strings.Trim(text, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return "", usageError(s.tr("that is not the id of a member"), hint)
	}
	ms, err := s.Members(desk.Query{Closed: true})
	if err != nil {
		return "", err
	}
	for _, m := range ms {
		if strings.HasPrefix(string(m.Path.ID), text) {
			if id != "" {
				return "", usageError(s.tr("more than one id begins like that"), hint)
			}
			id = m.Path.ID
		}
	}
	if id == "" {
		return "", desk.ErrNoRecord
	}
	return id, nil
}

// name is what a member is called, as far as the person may see it; her id where
// she may not.
func (s *session) name(r *record.Record) string {
	var parts []string
	for _, f := range s.Policy().Fields {
		if f.Type == record.TypeName && s.right(r.Unit, f.Key) > policy.Hidden {
			if v := r.Fields[f.Key].String(); v != "" {
				parts = append(parts, v)
			}
		}
	}
	if len(parts) == 0 {
		return string(r.ID)
	}
	return strings.Join(parts, " ")
}

// visible are the fields of a member that the person may see.
func (s *session) visible(m *desk.Member) map[string]record.Value {
	out := make(map[string]record.Value, len(m.Record.Fields))
	for k, v := range m.Record.Fields {
		if s.right(m.Path.Unit, k) > policy.Hidden {
			out[k] = v
		}
	}
	return out
}

// status is how a member stands, for programs.
func status(m *desk.Member) string {
	if m.Status == desk.Merged {
		return "merged"
	}
	return string(m.Status)
}

// statusText is how a member stands, for people; "" where there is nothing to
// say.
func (s *session) statusText(m *desk.Member) string {
	var out []string
	if m.Closed() {
		out = append(out, s.tr("membership ended"))
	}
	schema := s.Policy().Schema()
	if schema.Restriction(m.Record) != "" {
		out = append(out, s.tr("restricted: kept, not used"))
	}
	if objects := schema.Objections(m.Record); len(objects) > 0 {
		out = append(out, s.tr("objects to: {{.Purpose}}", "Purpose", s.objections(s.Policy(), objects)))
	}
	switch m.Status {
	case desk.Draft:
		out = append(out, s.tr("draft"))
	case desk.Submitted:
		out = append(out, s.tr("sent, waiting"))
	}
	return strings.Join(out, ", ")
}

// memberJSON is a member as every command gives it to programs.
type memberJSON struct {
	ID     register.RecordID       `json:"id"`
	Unit   register.UnitID         `json:"unit"`
	Status string                  `json:"status"` // merged, draft, submitted
	Closed bool                    `json:"closed"`
	Fields map[string]record.Value `json:"fields"`
}

func (s *session) memberJSON(m *desk.Member) memberJSON {
	return memberJSON{m.Path.ID, m.Path.Unit, status(m), m.Closed(), s.visible(m)}
}

// value is a field's value as people read it: choices by their names.
func (a *app) value(p *policy.Policy, key string, v record.Value) string {
	if key == record.Objects && p.Schema().HasRights() {
		return a.objections(p, v.List())
	}
	if key == record.Dues && p.Schema().HasDues() {
		return a.duesLines(v)
	}
	if key == record.Reason {
		if r, ok := p.Reason(v.String()); ok {
			return a.label(p, r.Name, r.ID)
		}
	}
	f, ok := p.Field(key)
	if !ok || v.Empty() {
		return v.String()
	}
	switch f.Type {
	case record.TypeChoice, record.TypeChoices:
		var out []string
		for _, id := range v.List() {
			if c, ok := f.Choice(id); ok {
				id = a.label(p, c.Name, id)
			}
			out = append(out, id)
		}
		return strings.Join(out, ", ")
	case record.TypeYesNo:
		if v.String() == "true" {
			return a.tr("yes")
		}
		return a.tr("no")
	}
	return v.String()
}
