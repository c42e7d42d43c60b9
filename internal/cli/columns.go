package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// The columns of a list besides fields.
const (
	columnID     = "id"
	columnUnit   = "unit"
	columnStatus = "status"
	columnAge    = "age"
)

var plainColumns = []string{columnID, columnUnit, columnStatus, columnAge}

// field reads the key of a field, or what it is called in any language.
func (s *session) field(text string) (string, error) {
	if _, ok := s.Policy().Field(text); ok || record.IsReserved(text) {
		return text, nil
	}
	if key, ok := s.Policy().Heading(text); ok {
		return key, nil
	}
	var keys []string
	for _, f := range s.Policy().Fields {
		keys = append(keys, f.Key)
	}
	return "", usageError(s.tr("there is no field {{.Name}}", "Name", quote(text)), s.tr("the fields are {{.Fields}}", "Fields", strings.Join(keys, ", ")))
}

func (s *session) columns(texts []string) ([]string, error) {
	var out []string
	for _, t := range texts {
		t = strings.TrimSpace(t)
		if slices.Contains(plainColumns, t) {
			out = append(out, t)
			continue
		}
		key, err := s.field(t)
		if err != nil {
			return nil, err
		}
		out = append(out, key)
	}
	return out, nil
}

func (s *session) columnText(r *row, key string) string {
	switch key {
	case columnID:
		return string(r.Path.ID)
	case columnUnit:
		return unitName(s.Policy(), r.Path.Unit)
	case columnStatus:
		return s.statusText(r.Member)
	case columnAge:
		day, err := s.today()
		born, berr := register.ParseDay(r.fields["born"].String())
		if err != nil || berr != nil {
			return ""
		}
		return fmt.Sprint(ageOn(born, day))
	}
	return s.value(s.Policy(), key, r.fields[key])
}

func (s *session) columnHead(key string) string {
	switch key {
	case columnID:
		return "Id"
	case columnUnit:
		return s.tr("Unit")
	case columnStatus:
		return s.tr("Status")
	case columnAge:
		return s.tr("Age")
	}
	return s.fieldName(s.Policy(), key)
}

// usualColumns are what a list shows where nobody says what: who it is and how
// to reach her.
func (s *session) usualColumns(rows []*row) []string {
	out := []string{columnID}
	units := map[register.UnitID]bool{}
	stands := false
	for _, r := range rows {
		units[r.Path.Unit] = true
		stands = stands || s.statusText(r.Member) != ""
	}
	if len(units) > 1 {
		out = append(out, columnUnit)
	}
	for _, t := range []record.Type{record.TypeName, record.TypePhone, record.TypeEmail, record.TypeCity} {
		for _, f := range s.Policy().Fields {
			if f.Type == t && slices.ContainsFunc(rows, func(r *row) bool { return s.right(r.Path.Unit, f.Key) > policy.Hidden }) {
				out = append(out, f.Key)
			}
		}
	}
	if stands {
		out = append(out, columnStatus)
	}
	return out
}

func (s *session) nameFields() []string {
	var out []string
	for _, f := range s.Policy().Fields {
		if f.Type == record.TypeName {
			out = append(out, f.Key)
		}
	}
	return out
}
