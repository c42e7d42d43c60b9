package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) activityCommand() *cobra.Command {
	return a.family("activity", a.tr("keep who takes part in an activity, until it is over"),
		a.tr("An activity is a course, a meeting or a demonstration that has a last day. Who takes part is kept sealed: members, and people from outside with a name and one contact. "+
			"When the last day and the days of the policy are over, it is erased with everybody in it. It works without a network; what you enter goes with your draft (medlem submit)."),
		a.activityAddCommand(), a.activityListCommand(), a.activityShowCommand(), a.activityJoinCommand(), a.activityLeaveCommand(),
		a.activityChangeCommand(), a.activityMoveCommand(), a.activityEraseCommand(), a.activityMailCommand())
}

type activityFlags struct{ unit, name, place, when, ends, note string }

func (a *app) activityFlags(c *cobra.Command, o *activityFlags) {
	f := c.Flags()
	f.StringVar(&o.name, "name", "", a.tr("what it is called: `TEXT`"))
	f.StringVar(&o.place, "place", "", a.tr("where: `TEXT`"))
	f.StringVar(&o.when, "when", "", a.tr("when, in words: `TEXT`"))
	f.StringVar(&o.note, "note", "", a.tr("a note: `TEXT`; what concerns one person's health or belief does not belong here"))
}

func (a *app) activityAddCommand() *cobra.Command {
	var o activityFlags
	c := a.build(command{
		use:     "add --unit UNIT --name TEXT --ends DATE",
		short:   a.tr("enter an activity"),
		long:    a.tr("Enters an activity of your unit. It needs a last day: after that, and the days that the policy allows, it is erased."),
		example: `medlem activity add --unit asker --name "Kurs for nye medlemmer" --ends 2026-12-01`,
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			switch "" {
			case o.unit:
				return usageError(a.tr("say which unit holds it: --unit UNIT"), "")
			case strings.TrimSpace(o.name):
				return usageError(a.tr("say what it is called: --name TEXT"), "")
			case o.ends:
				return usageError(a.tr("say when it ends: --ends DATE"), a.tr("an activity that has no last day cannot be kept"))
			}
			return a.at(withKey, func(s *session) error {
				u, err := s.unit(o.unit)
				if err != nil {
					return err
				}
				x := record.Activity{Name: o.name, Place: o.place, When: o.when, Note: o.note}
				if x.Ends, err = s.day(o.ends, "--ends"); err != nil {
					return err
				}
				act, err := s.AddActivity(c.Context(), u, x)
				return s.activityDone(act, err)
			})
		},
	})
	c.Flags().StringVar(&o.unit, "unit", "", a.tr("the `UNIT` that holds it"))
	a.activityFlags(c, &o)
	c.Flags().StringVar(&o.ends, "ends", "", a.tr("its last `DATE`"))
	return c
}

func (a *app) activityChangeCommand() *cobra.Command {
	var o activityFlags
	c := a.build(command{
		use:     "change ID",
		short:   a.tr("correct what is said of an activity"),
		long:    a.tr("Corrects the name, the place, the time or the note of an activity that is in your draft or in the register. Who takes part is changed with join and leave, the last day with move."),
		example: `medlem activity change h7k2 --place "Folkets hus"`,
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.onActivity(args[0], func(s *session, id register.RecordID) error {
				act, err := s.ChangeActivity(c.Context(), id, func(x *record.Activity) error {
					was := *x
					for _, f := range []struct {
						flag string
						to   *string
						text string
					}{{"name", &x.Name, o.name}, {"place", &x.Place, o.place}, {"when", &x.When, o.when}, {"note", &x.Note, o.note}} {
						if c.Flags().Changed(f.flag) {
							*f.to = f.text
						}
					}
					if was.Name == x.Name && was.Place == x.Place && was.When == x.When && was.Note == x.Note {
						return desk.ErrNothing
					}
					return nil
				})
				return s.activityDone(act, err)
			})
		},
	})
	a.activityFlags(c, &o)
	return c
}

func (a *app) activityMoveCommand() *cobra.Command {
	return a.build(command{
		use:     "move ID DATE",
		short:   a.tr("give an activity another last day"),
		long:    a.tr("Postpones an activity, or lets it end earlier. What is over cannot be postponed."),
		example: "medlem activity move h7k2 2026-12-08",
		codes:   "134",
		min:     2, max: 2,
		run: func(c *cobra.Command, args []string) error {
			return a.onActivity(args[0], func(s *session, id register.RecordID) error {
				day, err := s.day(args[1], "DATE")
				if err != nil {
					return err
				}
				act, err := s.ChangeActivity(c.Context(), id, func(x *record.Activity) error {
					if x.Ends == day {
						return desk.ErrNothing
					}
					x.Ends = day
					return nil
				})
				return s.activityDone(act, err)
			})
		},
	})
}

func (a *app) activityJoinCommand() *cobra.Command {
	var o struct{ name, email, phone string }
	c := a.build(command{
		use:     "join ID [MEMBER]",
		short:   a.tr("enter somebody who takes part"),
		long:    a.tr("Enters a member, by her id, or somebody from outside, by a name and one contact: nothing more is kept of her."),
		example: "medlem activity join h7k2 m4k7q2x5zt3ab\nmedlem activity join h7k2 --name \"Berit Bårdsen\" --email berit@example.no",
		codes:   "134",
		min:     1, max: 2,
		run: func(c *cobra.Command, args []string) error {
			if guest := o.name+o.email+o.phone != ""; guest == (len(args) == 2) {
				return usageError(a.tr("say who: a member's id, or --name with --email or --phone"), "")
			}
			return a.onActivity(args[0], func(s *session, id register.RecordID) error {
				if len(args) == 1 {
					act, _, err := s.JoinGuest(c.Context(), id, o.name, o.email, o.phone)
					return s.activityDone(act, err)
				}
				member, err := s.recordID(args[1])
				if err != nil {
					return err
				}
				act, err := s.JoinActivity(c.Context(), id, member)
				return s.activityDone(act, err)
			})
		},
	})
	f := c.Flags()
	f.StringVar(&o.name, "name", "", a.tr("of somebody from outside: her `NAME`"))
	f.StringVar(&o.email, "email", "", a.tr("her e-mail `ADDRESS`"))
	f.StringVar(&o.phone, "phone", "", a.tr("or her telephone `NUMBER`"))
	return c
}

func (a *app) activityLeaveCommand() *cobra.Command {
	return a.build(command{
		use:     "leave ID WHO",
		short:   a.tr("take somebody out who takes no part"),
		long:    a.tr("Takes out a member, by her id, or somebody from outside, by the id that medlem activity show gives her."),
		example: "medlem activity leave h7k2 m4k7q2x5zt3ab",
		codes:   "134",
		min:     2, max: 2,
		run: func(c *cobra.Command, args []string) error {
			return a.onActivity(args[0], func(s *session, id register.RecordID) error {
				act, err := s.Activity(id)
				if err != nil {
					return err
				}
				var found []register.RecordID
				for _, x := range participants(act.Record) {
					if len(args[1]) >= idPrefixMin && strings.HasPrefix(string(x), strings.ToLower(args[1])) {
						found = append(found, x)
					}
				}
				if len(found) != 1 {
					return usageError(s.tr("that is not the id of one who takes part"), s.tr("medlem activity show ID shows the ids"))
				}
				act, err = s.LeaveActivity(c.Context(), id, found[0])
				return s.activityDone(act, err)
			})
		},
	})
}

func participants(x *record.Activity) []register.RecordID {
	out := append([]register.RecordID{}, x.Members...)
	for _, g := range x.Guests {
		out = append(out, g.ID)
	}
	return out
}

// onActivity opens the register and runs act on the activity whose id, or the beginning
// of whose id, the person typed.
func (a *app) onActivity(text string, act func(s *session, id register.RecordID) error) error {
	return a.at(withKey, func(s *session) error {
		id, err := s.activityID(text)
		if err != nil {
			return err
		}
		return act(s, id)
	})
}

// activityID reads an activity's id, or the beginning of one where only one activity
// that the person reads has it.
func (s *session) activityID(text string) (register.RecordID, error) {
	text = strings.ToLower(text)
	if id, err := register.ParseRecordID(text); err == nil {
		return id, nil
	}
	hint := s.tr("medlem activity list shows the ids")
	if len(text) < idPrefixMin {
		return "", usageError(s.tr("that is not the id of an activity"), hint)
	}
	all, err := s.Activities(nil)
	if err != nil {
		return "", err
	}
	var found register.RecordID
	for _, x := range all {
		if !strings.HasPrefix(string(x.Path.ID), text) {
			continue
		}
		if found != "" {
			return "", usageError(s.tr("more than one id begins like that"), hint)
		}
		found = x.Path.ID
	}
	if found == "" {
		return "", usageError(s.tr("that is not the id of an activity"), hint)
	}
	return found, nil
}

// activityJSON is an activity as every command gives it to programs.
type activityJSON struct {
	ID      register.RecordID `json:"id"`
	Unit    register.UnitID   `json:"unit"`
	Name    string            `json:"name"`
	Place   string            `json:"place,omitempty"`
	When    string            `json:"when,omitempty"`
	Ends    register.Day      `json:"ends"`
	Until   register.Day      `json:"until"` // the last day on which it is kept
	Members int               `json:"members"`
	Guests  int               `json:"guests"`
	Status  string            `json:"status"`
}

func (s *session) activityJSON(x *desk.Activity) activityJSON {
	status := string(x.Status)
	if x.Status == desk.Merged {
		status = "merged"
	}
	r := x.Record
	return activityJSON{r.ID, r.Unit, r.Name, r.Place, r.When, r.Ends, s.Until(x), len(r.Members), len(r.Guests), status}
}

// activityDone tells what became of an activity.
func (s *session) activityDone(x *desk.Activity, err error) error {
	if err != nil {
		return err
	}
	if !s.Secretary() {
		x.Status = desk.Draft
	}
	return s.result(s.activityJSON(x), func(w io.Writer) {
		fmt.Fprintln(w, cell(x.Record.Name)+": "+s.activityCounts(x.Record))
		fmt.Fprintln(w, s.tr("It ends on {{.Day}}, and is erased after {{.Until}}.", "Day", x.Record.Ends, "Until", s.Until(x)))
		t := &table{}
		t.add("Id", string(x.Record.ID))
		t.write(w, "  ")
		if x.Status == desk.Draft {
			fmt.Fprintln(w, s.tr("Next: {{.Command}}", "Command", "medlem submit"))
		}
	})
}

func (s *session) activityCounts(r *record.Activity) string {
	return s.trn(len(r.Members), "{{.N}} member", "{{.N}} members") + ", " + s.trn(len(r.Guests), "{{.N}} from outside", "{{.N}} from outside")
}
