package desk

import (
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// recruiterField is the field that says who recruited a member: her record's id, as it
// is asked for at joining.
const recruiterField = "recruiter"

// Recruited counts the active members of main, among those that the identity reads, in
// whose record a member stands as the one who recruited them. It names nobody. -1: the
// policy has no such field.
func (d *Desk) Recruited(id register.RecordID) (int, error) {
	if _, ok := d.state.Policy.Field(recruiterField); !ok {
		return -1, nil
	}
	all, err := d.Members(Query{Main: true})
	if err != nil {
		return 0, err
	}
	n := 0
	for _, m := range all {
		if strings.EqualFold(strings.TrimSpace(m.Record.Fields[recruiterField].String()), string(id)) && d.FieldRight(m.Path.Unit, recruiterField) >= policy.Read {
			n++
		}
	}
	return n, nil
}
