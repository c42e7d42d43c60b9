package cli

import (
	"fmt"
	"io"
	"maps"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// done says what happened, in one sentence, and where it stands now: in the
// draft of an officer, or in the register where the secretariat acts.
func (s *session) done(act string, ids []register.RecordID, sentence string) error {
	out := struct {
		Act    string              `json:"act"`
		IDs    []register.RecordID `json:"ids"`
		Status string              `json:"status"` // draft, merged
		Draft  int                 `json:"draft"`  // changes in the draft
	}{Act: act, IDs: ids, Status: "merged"}
	where := s.tr("It is in the register.")
	if !s.Secretary() {
		n, err := s.Drafted()
		if err != nil {
			return err
		}
		out.Status, out.Draft = string(desk.Draft), n
		where = s.drafted(n)
	}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, sentence)
		fmt.Fprintln(w, where)
	})
}

func (s *session) drafted(n int) string {
	return s.trn(n, "Your draft has {{.N}} change. Next: medlem submit", "Your draft has {{.N}} changes. Next: medlem submit")
}

func (a *app) addCommand() *cobra.Command {
	var unit string
	var set []string
	var keep bool
	c := a.build(command{
		use:   "add",
		short: a.tr("enter a new member"),
		long: a.tr("Enters a new member of a unit. Dates, telephone numbers and the like are taken as people write them. " +
			"Without --set it asks for each field, where somebody is there to answer. " +
			"It looks first whether she is registered already in a unit that you see, also as somebody who has left: where that is likely it asks, " +
			"and without a terminal it enters nobody."),
		example: `medlem add --unit asker --set given=Åse --set family=Kvåle --set phone="400 00 001"`,
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			if unit == "" {
				return usageError(a.tr("say which unit she is a member of: --unit UNIT"), "")
			}
			return a.at(withKey, func(s *session) error {
				u, err := s.unit(unit)
				if err != nil {
					return err
				}
				fields, err := s.given(u, nil, set, nil)
				if err != nil {
					return err
				}
				for k, v := range fields {
					if v.Empty() {
						delete(fields, k)
					}
				}
				if err := s.notTwice(u, fields, keep); err != nil {
					return err
				}
				if err := s.placeFits("", fields); err != nil {
					return err
				}
				ids, err := s.Add(c.Context(), u, "add", []map[string]record.Value{fields})
				if err != nil {
					return err
				}
				return s.done("add", ids, s.tr("{{.ID}} is entered in {{.Unit}}.", "ID", ids[0], "Unit", unitName(s.Policy(), u)))
			})
		},
	})
	c.Flags().StringVar(&unit, "unit", "", a.tr("the `UNIT` that she is a member of"))
	c.Flags().StringArrayVar(&set, "set", nil, a.tr("write this in a field, `FIELD=VALUE`; may be given more than once"))
	c.Flags().BoolVar(&keep, "keep-duplicates", false, a.tr("enter her though somebody is likely the same person: they are two"))
	return c
}

// given are the values from the flags, or from a form where there are none.
func (s *session) given(u register.UnitID, was *record.Record, set, clears []string) (map[string]record.Value, error) {
	settings, err := s.settings(set, clears)
	if err != nil {
		return nil, err
	}
	if len(settings) == 0 {
		return s.form(u, was)
	}
	return s.values(settings, was)
}

func (a *app) editCommand() *cobra.Command {
	var set, clears []string
	c := a.build(command{
		use:   "edit ID",
		short: a.tr("correct what is known about a member"),
		long: a.tr("Changes fields of a member. Without --set and --clear it asks for each field, where somebody is there to answer. " +
			"Nothing that you type is kept on this computer except in your draft, which nobody else can read."),
		example: `medlem edit m4k7q2x5zt3ab --set phone="400 00 002" --clear note`,
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.onMember(args[0], func(s *session, id register.RecordID) error {
				m, err := s.Find(id)
				if err != nil {
					return err
				}
				fields, err := s.given(m.Path.Unit, m.Record, set, clears)
				if err != nil {
					return err
				}
				next := maps.Clone(m.Record.Fields)
				maps.Copy(next, fields)
				if s.moved(fields) {
					if err := s.placeFits(id, next); err != nil {
						return err
					}
				}
				if _, err := s.Edit(c.Context(), id, fields); err != nil {
					return err
				}
				return s.done("edit", []register.RecordID{id}, s.tr("{{.ID}} is changed.", "ID", id))
			})
		},
	})
	c.Flags().StringArrayVar(&set, "set", nil, a.tr("write this in a field, `FIELD=VALUE`; may be given more than once"))
	c.Flags().StringArrayVar(&clears, "clear", nil, a.tr("empty this `FIELD`; may be given more than once"))
	return c
}

func (a *app) moveCommand() *cobra.Command {
	var to string
	c := a.build(command{
		use:   "move ID",
		short: a.tr("move a member to another unit"),
		long: a.tr("Moves a member to another unit, with everything that is known about her. " +
			"Where your office does not reach both units, the secretariat is asked to do it."),
		example: "medlem move m4k7q2x5zt3ab --to lillestrom",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			if to == "" {
				return usageError(a.tr("say where she moves: --to UNIT"), "")
			}
			return a.onMember(args[0], func(s *session, id register.RecordID) error {
				u, err := s.unit(to)
				if err != nil {
					return err
				}
				request, err := s.Move(c.Context(), id, u)
				if err != nil {
					return err
				}
				if request {
					return s.done("request", []register.RecordID{id}, s.tr("The secretariat will be asked to move {{.ID}} to {{.Unit}}.", "ID", id, "Unit", unitName(s.Policy(), u)))
				}
				return s.done("move", []register.RecordID{id}, s.tr("{{.ID}} moves to {{.Unit}}.", "ID", id, "Unit", unitName(s.Policy(), u)))
			})
		},
	})
	c.Flags().StringVar(&to, "to", "", a.tr("the `UNIT` that she moves to"))
	return c
}

func (a *app) reopenCommand() *cobra.Command {
	return a.build(command{
		use:     "reopen ID",
		short:   a.tr("take an ended membership up again"),
		long:    a.tr("Takes up a membership that has ended, as long as the record has not been erased. Where only the secretariat does that, it is asked to."),
		example: "medlem reopen m4k7q2x5zt3ab",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.onMember(args[0], func(s *session, id register.RecordID) error {
				request, err := s.Reopen(c.Context(), id)
				if err != nil {
					return err
				}
				if request {
					return s.done("request", []register.RecordID{id}, s.tr("The secretariat will be asked to take up the membership of {{.ID}} again.", "ID", id))
				}
				return s.done("reopen", []register.RecordID{id}, s.tr("{{.ID}} is a member again.", "ID", id))
			})
		},
	})
}

// placeFits warns of a post code and a place that do not fit, before anything is entered.
func (s *session) placeFits(id register.RecordID, fields map[string]record.Value) error {
	places, err := s.Whereabouts()
	if err == nil && places.Odd(id, fields) {
		s.warn(s.tr("the post code and the place do not fit: others with this post code have another place"), s.tr("look at both again"))
	}
	return err
}

// moved tells whether fields say anew where somebody lives.
func (s *session) moved(fields map[string]record.Value) bool {
	for key := range fields {
		if f, ok := s.Policy().Field(key); ok && (f.Type == record.TypePostcode || f.Type == record.TypeCity) {
			return true
		}
	}
	return false
}
