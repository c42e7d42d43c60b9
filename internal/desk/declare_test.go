package desk_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// amend changes the policies: each edit puts new text in the place of old, which
// must be there, in one of the files.
func (o *office) amend(edits ...string) {
	o.t.Helper()
	o.do("sec", func(d *desk.Desk) error {
		files, err := desk.PolicyFiles(d.Repo(), d.State().Tree)
		if err != nil {
			return err
		}
		files = maps.Clone(files)
		for i := 0; i < len(edits); i += 2 {
			done := false
			for name, b := range files {
				if s := string(b); strings.Contains(s, edits[i]) {
					files[name], done = []byte(strings.Replace(s, edits[i], edits[i+1], 1)), true
				}
			}
			if !done {
				o.t.Fatalf("no policy file has %q", edits[i])
			}
		}
		effect, _, err := d.PolicyChange(files)
		if err != nil {
			return err
		}
		accept := ""
		if !effect.Empty() {
			accept = effect.Digest()
		}
		_, err = d.Policies(ctx, files, accept)
		return err
	})
}

// ATTACK: an officer says that she changes an address, and changes the birth date
// too. At stake: the check, which cannot open records, judges her rights by what
// she says. The test proves that the merge, which opens them, takes nothing in
// whose fields are not exactly those; and that the honest twin is merged.
func TestDeclaredFields(t *testing.T) {
	o := newOffice(t)
	o.amend("\noffices:\n", "\ndeclare-fields: true\noffices:\n")
	o.join("kari", "asker", "member-officer")
	id := o.one("Åse", "Kvåle")
	change := values("city=Asker", "born=1961-03-07")
	for _, tt := range []struct {
		name         string
		said         []string
		hidden, idle []string
	}{
		{"less than it changes", []string{"city"}, []string{"born"}, nil},
		{"more than it changes", []string{"city", "born", "phone"}, nil, []string{"phone"}},
		{"something else", []string{"phone"}, []string{"born", "city"}, []string{"phone"}},
	} {
		o.do("kari", func(d *desk.Desk) error {
			if _, err := d.Sync(ctx); err != nil {
				return err
			}
			return d.EditSaying(id, change, tt.said...)
		})
		topic := o.submit("kari")
		o.do("sec", func(d *desk.Desk) error {
			_, err := d.Merge(ctx, topic, nil)
			var lie *desk.DeclaredError
			if !errors.As(err, &lie) || !slices.Equal(lie.Hidden, tt.hidden) || !slices.Equal(lie.Idle, tt.idle) {
				t.Errorf("%s: %v", tt.name, err)
			}
			r, err := d.Review(ctx, topic)
			if err == nil && r.Declared == nil {
				t.Errorf("%s: a review does not say so", tt.name)
			}
			if err == nil {
				_, err = d.Reject(ctx, topic, "not what it says")
			}
			return err
		})
	}
	if v := o.field("sec", id, "city"); v != "" {
		t.Errorf("a lie was merged: city %q", v)
	}

	// Honest: two commits, the second of which takes back a part of the first.
	o.edit("kari", id, "city=Asker", "phone=+4740000001")
	o.edit("kari", id, "phone=")
	o.merge("kari")
	if v := o.field("sec", id, "city"); v != "Asker" {
		t.Errorf("the honest change was not merged: city %q", v)
	}
}

// A field or a choice that a unit does not have is refused wherever it would come
// in: at add, edit, move and merge; and it is hidden from everybody. What stood
// there before the policy changed does not keep anybody from her work.
func TestFieldNotHere(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	o.join("ola", "karasjok", "chair")
	old := o.one("Åse", "Kvåle")
	o.edit("kari", old, "note=ringer etter seks")
	o.merge("kari")
	waiting := o.one("Nils", "Eira")
	o.edit("kari", waiting, "note=flyttar snart")
	topic := o.submit("kari")
	o.amend(
		"  - key: note\n", "  - key: note\n    needs-purpose: true\n",
		"level: branch, name: Kárášjohka", "level: branch, purposes: {note: so that we call when it suits}, name: Kárášjohka",
		"- {id: candidate, name", "- {id: candidate, levels: [national], name")
	refused := func(what string, err error) {
		t.Helper()
		var f *desk.FaultsError
		if !errors.As(err, &f) || f.Faults[0].Rule != desk.RuleNotHere && f.Faults[0].Rule != desk.RuleChoiceNotHere {
			t.Errorf("%s: %v", what, err)
		}
	}
	add := func(who, unit string, set ...string) error {
		return o.as(who, func(d *desk.Desk) error {
			m := person("Ánne", "Utsi")
			maps.Copy(m, values(set...))
			_, err := d.Add(ctx, register.UnitID(unit), "add", []map[string]record.Value{m})
			return err
		})
	}
	refused("a field that needs a purpose, without one", add("kari", "asker", "note=x"))
	refused("a choice of another level", add("kari", "asker", "class=candidate"))
	refused("the secretariat too", add("sec", "asker", "note=x"))
	if err := add("ola", "karasjok", "note=x"); err != nil {
		t.Errorf("with a purpose: %v", err)
	}
	if err := add("sec", "national", "class=candidate"); err != nil {
		t.Errorf("a choice at its level: %v", err)
	}
	refused("an edit", o.as("kari", func(d *desk.Desk) error { _, err := d.Edit(ctx, old, values("class=candidate")); return err }))
	refused("a proposal from before", o.as("sec", func(d *desk.Desk) error { _, err := d.Merge(ctx, topic, nil); return err }))

	o.do("kari", func(d *desk.Desk) error {
		if r := d.FieldRight("asker", "note"); r != policy.Hidden {
			t.Errorf("what does not exist is %s", r)
		}
		_, err := d.Edit(ctx, old, values("city=Asker"))
		return err
	})
	refused("a move with it", o.as("sec", func(d *desk.Desk) error { _, err := d.Move(ctx, old, "lillestrom"); return err }))
	o.do("sec", func(d *desk.Desk) error { _, err := d.Edit(ctx, old, values("note=")); return err })
	o.do("sec", func(d *desk.Desk) error { _, err := d.Move(ctx, old, "lillestrom"); return err })
}
