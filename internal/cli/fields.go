package cli

import (
	"errors"
	"strings"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sheet"
)

// countryField is the field that says how phones and postal codes are written.
const countryField = "country"

// setting is one --set or --clear, not yet understood.
type setting struct{ field, text string }

// settings reads --set FIELD=VALUE and --clear FIELD. No error repeats a value.
func (s *session) settings(set, clears []string) ([]setting, error) {
	var out []setting
	seen := map[string]bool{}
	add := func(name, text string) error {
		key, err := s.field(strings.TrimSpace(name))
		if err != nil {
			return err
		}
		if key == record.Closed || key == record.Reason {
			return usageError(s.tr("a membership is ended with medlem close"), "")
		}
		if _, own := s.Policy().Field(key); !own && record.IsReserved(key) && !(key == record.Bounced && text == "") {
			return usageError(s.tr("members' rights are written with medlem subject restrict and object"), "")
		}
		if seen[key] {
			return usageError(s.tr("the field {{.Field}} is given twice", "Field", quote(key)), "")
		}
		seen[key] = true
		out = append(out, setting{key, text})
		return nil
	}
	for _, x := range set {
		name, text, ok := strings.Cut(x, "=")
		if !ok {
			return nil, usageError(s.tr("--set: what is given has no equals sign"), s.tr("write it as --set FIELD=VALUE"))
		}
		if err := add(name, text); err != nil {
			return nil, err
		}
	}
	for _, x := range clears {
		if err := add(x, ""); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// values turns what was typed into values of the record. All faults are
// collected. was is the record that is edited, nil for a new one.
func (s *session) values(settings []setting, was *record.Record) (map[string]record.Value, error) {
	schema := s.schema(settings, was)
	out := map[string]record.Value{}
	var faults []record.Fault
	for _, x := range settings {
		v, notice, err := schema.Normalise(x.field, x.text)
		var f *record.Fault
		switch {
		case errors.As(err, &f):
			faults = append(faults, *f)
			continue
		case err != nil:
			return nil, err
		}
		if notice != "" {
			s.note(s.fieldName(s.Policy(), x.field) + ": " + notice)
		}
		out[x.field] = v
	}
	if len(faults) > 0 {
		return nil, &desk.FaultsError{Faults: faults}
	}
	return out, nil
}

// fieldFault says of which field a fault is, what is wrong, and the way out.
func (a *app) fieldFault(f *record.Fault) (name, msg, hint string) {
	if a.policy == nil {
		return f.Field, f.Msg, f.Hint
	}
	name = a.fieldName(a.policy, f.Field)
	switch f.Rule {
	case desk.RuleChoiceNotHere:
		return name, a.hereFault(*f), a.tr("choose another")
	case desk.RuleNotHere:
		return name, a.hereFault(*f), a.tr("leave it empty: the policy has it in other units only")
	}
	var kind record.Type
	var choices []string
	if field, ok := a.policy.Field(f.Field); ok {
		kind = field.Type
		for _, o := range field.Options {
			choices = append(choices, a.label(a.policy, o.Name, o.ID))
		}
	}
	msg, hint = sheet.FieldFault(f, kind, strings.Join(choices, ", "), a.texts.lang)
	return name, msg, hint
}

// msgAndHint puts what is wrong and the way out on one line.
func msgAndHint(msg, hint string) string {
	if hint == "" {
		return msg
	}
	return msg + " (" + hint + ")"
}

// explainFaults says why values cannot stand; where there are several, each is listed
// after this. of says of what they are, "record …: " or nothing.
func (a *app) explainFaults(of string, faults []record.Fault) *failure {
	name, msg, hint := a.fieldFault(&faults[0])
	msg = of + name + ": " + msg
	if n := len(faults) - 1; n > 0 {
		return &failure{exitRefused, a.trn(n, "{{.What}}, and {{.N}} more", "{{.What}}, and {{.N}} more", "What", msg), ""}
	}
	return &failure{exitRefused, msg, hint}
}

// schema is the schema for the country that the record will be in.
func (s *session) schema(settings []setting, was *record.Record) *record.Schema {
	schema := s.Policy().Schema()
	country := ""
	if was != nil {
		country = was.Fields[countryField].String()
	}
	for _, x := range settings {
		if x.field == countryField {
			v, _, err := schema.Normalise(countryField, x.text)
			if err != nil {
				return schema // the field itself will be found at fault
			}
			country = v.String()
		}
	}
	return schema.In(country)
}

// clearWord is what empties a field in a form.
const clearWord = "-"

// form asks for each field that the person may fill in, one after another. Enter
// keeps what is there. was is nil for a new member. Nothing of it is written
// anywhere but to the terminal.
func (s *session) form(u register.UnitID, was *record.Record) (map[string]record.Value, error) {
	if !s.Terminal {
		return nil, usageError(s.tr("say what to write: --set FIELD=VALUE"), "")
	}
	s.note(s.tr("Press Enter to go on to the next field; {{.Clear}} empties a field. Ctrl-C stops, and nothing is changed.", "Clear", clearWord))
	need := policy.Edit
	if was == nil {
		need = policy.Read
	}
	out := map[string]record.Value{}
	var done []setting
	for i := range s.Policy().Fields {
		f := &s.Policy().Fields[i]
		if s.right(u, f.Key) < need {
			continue
		}
		v, text, err := s.formField(f, was, done)
		if err != nil {
			return nil, err
		}
		if v != nil {
			out[f.Key] = *v
			done = append(done, setting{f.Key, text})
		}
	}
	return out, nil
}

// formField asks for one field until the answer can stand. nil: it stays as it
// is.
func (s *session) formField(f *policy.Field, was *record.Record, done []setting) (*record.Value, string, error) {
	name := s.label(s.Policy(), f.Name, f.Key)
	question := name
	var present record.Value
	if was != nil {
		present = was.Fields[f.Key]
	}
	if !present.Empty() {
		question += " [" + cell(s.value(s.Policy(), f.Key, present)) + "]"
	} else if f.Required {
		question += " (" + s.tr("needed") + ")"
	}
	if len(f.Options) > 0 {
		var names []string
		for _, c := range f.Options {
			names = append(names, s.label(s.Policy(), c.Name, c.ID))
		}
		s.note("  " + s.tr("one of: {{.Choices}}", "Choices", strings.Join(names, ", ")))
	}
	for {
		text, err := s.ask(question + ":")
		if err != nil {
			return nil, "", err
		}
		switch {
		case text == "" && f.Required && present.Empty():
			s.note(s.tr("{{.Field}} is needed", "Field", name))
			continue
		case text == "":
			return nil, "", nil
		case text == clearWord && f.Required:
			s.note(s.tr("{{.Field}} is needed", "Field", name))
			continue
		case text == clearWord:
			return &record.Value{}, "", nil
		}
		v, notice, err := s.schema(done, was).Normalise(f.Key, text)
		var fault *record.Fault
		if errors.As(err, &fault) {
			_, msg, hint := s.fieldFault(fault)
			s.note(name + ": " + msgAndHint(msg, hint))
			continue
		}
		if err != nil {
			return nil, "", err
		}
		if notice != "" {
			s.note(name + ": " + notice)
		}
		return &v, text, nil
	}
}
