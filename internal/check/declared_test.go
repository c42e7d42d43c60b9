package check_test

import (
	"testing"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/register"
)

// fieldPolicy adds a field that the secretariat, the registrar and chairs edit, and
// others see.
func fieldPolicy(w *world) {
	b := append(w.content("policies/fields.yaml"), `  - key: paid
    name: {en: Has paid}
    type: yesno
    category: identity
    purpose: membership
    legal-basis: agreement
    edit: [secretariat, registrar, chair]
`...)
	w.main("sec", files{"policies/fields.yaml": b}, msg("policy", "national"))
}

// ATTACK: an officer who changes more than her office gives, and declares less, or
// nothing, or what she may not. At stake: dues and names changed by whoever may
// change an address. Proves: scope/field, for what is declared; that the
// declaration is the truth is the merge's to say, which opens the records.
func TestAttackDeclared(t *testing.T) {
	as := func(who string, fs files, message string) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			fieldPolicy(w)
			return w.draft(who).add(fs, message).check()
		}
	}
	id := register.NewRecordID()
	annaEdited := files{memberPath("asker", anna): sealed()}
	edit := func(fields ...string) string { return register.WithFields(editAsker, fields) }
	add := func(fields ...string) string { return register.WithFields(msg("add", "asker"), fields) }
	runOffices(t, []attack{
		{"not declared", one("scope/field"), as("liv", annaEdited, edit("given")), as("liv", annaEdited, editAsker)},
		{"a field of another office", one("scope/field"), as("rut", annaEdited, edit("given", "paid")), as("liv", annaEdited, edit("given", "paid"))},
		{"a field that there is not", one("scope/field"), nil, as("rut", annaEdited, edit("kari-nordmann"))},
		{"a new member, not declared", one("scope/field"), as("liv", files{memberPath("asker", id): sealed()}, add("given", "paid")),
			as("liv", files{memberPath("asker", id): sealed()}, msg("add", "asker"))},
		{"a new member and an edit", one("scope/field"), nil, as("liv", files{memberPath("asker", id): sealed(), memberPath("asker", anna): sealed()}, edit("given", "paid"))},
		{"an import, not declared", one("scope/field"), nil, as("liv", files{memberPath("asker", id): sealed()}, msg("import", "asker"))},
		{"a closed record", one("scope/field"), as("rut", files{closedPath("asker", "2026-04", dag): sealed()}, edit("given")), as("rut", files{closedPath("asker", "2026-04", dag): sealed()}, editAsker)},
		{"in the second of two units", []string{"scope/field", "scope/act"}, nil, func(w *world) *check.Report {
			fieldPolicy(w)
			return w.draft("liv").add(files{memberPath("asker", anna): sealed(), memberPath("karasjok", cato): sealed()}, register.WithFields(register.Message("edit", 2, "asker"), []string{"given"})).check()
		}},
		{"in the second of two commits", one("scope/field"), nil, func(w *world) *check.Report {
			return w.draft("liv").add(annaEdited, edit("given")).add(files{memberPath("asker", berit): sealed()}, editAsker).check()
		}},
		{"fields of no record", one("scope/field"), as("rut", files{memberPath("asker", anna): nil, memberPath("lillestrom", anna): sealed()}, msg("move", "asker")),
			as("rut", files{memberPath("asker", anna): nil, memberPath("lillestrom", anna): sealed()}, register.WithFields(msg("move", "asker"), []string{"given"}))},
		{"merged without", one("scope/field"), func(w *world) *check.Report {
			return w.direct(w.merge("sec", w.draft("liv").add(annaEdited, edit("given")), register.NewTopic("asker"), nil))
		}, func(w *world) *check.Report {
			return w.direct(w.merge("sec", w.draft("liv").add(annaEdited, editAsker), register.NewTopic("asker"), nil))
		}},
		{"the secretariat's own", one("scope/field"), direct(annaEdited, editAsker), direct(annaEdited, edit("kari-nordmann"))},
	})
	// Where the policy does not ask, what is declared is judged all the same.
	run(t, []attack{
		{"a field that there is not, by choice", one("scope/field"), edit1("kari", "given"), edit1("kari", "kari-nordmann")},
	})
}

func edit1(who string, fields ...string) func(w *world) *check.Report {
	return proposal(who, files{memberPath("asker", anna): sealed()}, register.WithFields(editAsker, fields))
}
