package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) activityListCommand() *cobra.Command {
	var units []string
	c := a.build(command{
		use:     "list",
		short:   a.tr("list the activities of your units"),
		long:    a.tr("Lists the activities of the units that you read, with their last day and how many take part. Who takes part is shown by medlem activity show."),
		example: "medlem activity list --unit asker",
		codes:   "34",
		run: func(*cobra.Command, []string) error {
			return a.at(withKey, func(s *session) error {
				us, err := s.units(units)
				if err != nil {
					return err
				}
				return s.activities(us)
			})
		},
	})
	c.Flags().StringArrayVar(&units, "unit", nil, a.tr("only this `UNIT`; may be given more than once (default: all)"))
	return c
}

func (s *session) activities(units []register.UnitID) error {
	all, err := s.Activities(units)
	if err != nil {
		return err
	}
	out := struct {
		Activities []activityJSON `json:"activities"`
	}{[]activityJSON{}}
	for _, x := range all {
		out.Activities = append(out.Activities, s.activityJSON(x))
	}
	return s.result(out, func(w io.Writer) {
		if len(all) == 0 {
			fmt.Fprintln(w, s.tr("There are no activities."))
			return
		}
		t := &table{}
		for _, x := range all {
			t.add(string(x.Path.ID), cell(x.Record.Name), unitName(s.Policy(), x.Path.Unit), s.activityCounts(x.Record), s.activityEnd(x), s.statusText(&desk.Member{Status: x.Status}))
		}
		t.write(w, "")
	})
}

// activityEnd says until when an activity is there.
func (s *session) activityEnd(x *desk.Activity) string {
	if s.Until(x) < s.Today() {
		return s.tr("over, to be erased")
	}
	return s.tr("ends on {{.Day}}", "Day", x.Record.Ends)
}

func (a *app) activityShowCommand() *cobra.Command {
	return a.build(command{
		use:     "show ID",
		short:   a.tr("show an activity, and who takes part"),
		long:    a.tr("Shows an activity and everybody in it. Members whom you may not read are shown by their ids."),
		example: "medlem activity show h7k2",
		codes:   "34",
		min:     1, max: 1,
		run: func(_ *cobra.Command, args []string) error {
			return a.onActivity(args[0], func(s *session, id register.RecordID) error { return s.activity(id) })
		},
	})
}

// participantJSON is somebody who takes part in an activity.
type participantJSON struct {
	ID     register.RecordID `json:"id"`
	Member bool              `json:"member"`
	Name   string            `json:"name,omitempty"` // none of a member whom the person may not read
	Email  string            `json:"email,omitempty"`
	Phone  string            `json:"phone,omitempty"`
}

func (s *session) activity(id register.RecordID) error {
	x, err := s.Activity(id)
	if err != nil {
		return err
	}
	out := struct {
		activityJSON
		Note         string            `json:"note,omitempty"`
		Participants []participantJSON `json:"participants"`
	}{s.activityJSON(x), x.Record.Note, []participantJSON{}}
	members, err := s.Members(desk.Query{Closed: true})
	if err != nil {
		return err
	}
	names := map[register.RecordID]string{}
	for _, m := range members {
		names[m.Path.ID] = s.name(m.Record)
	}
	for _, m := range x.Record.Members {
		out.Participants = append(out.Participants, participantJSON{ID: m, Member: true, Name: names[m]})
	}
	for _, g := range x.Record.Guests {
		out.Participants = append(out.Participants, participantJSON{ID: g.ID, Name: g.Name, Email: g.Email, Phone: g.Phone})
	}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, cell(x.Record.Name))
		head := &table{}
		head.add("Id", string(x.Path.ID))
		head.add(s.tr("Unit"), unitName(s.Policy(), x.Path.Unit))
		for _, f := range []struct{ label, text string }{{s.tr("Place"), x.Record.Place}, {s.tr("When"), x.Record.When}, {s.tr("Note"), x.Record.Note}} {
			if f.text != "" {
				head.add(f.label, cell(f.text))
			}
		}
		head.add(s.tr("Last day"), string(x.Record.Ends))
		head.add(s.tr("Erased after"), string(s.Until(x)))
		if st := s.statusText(&desk.Member{Status: x.Status}); st != "" {
			head.add(s.tr("Status"), st)
		}
		head.write(w, "  ")
		fmt.Fprintln(w)
		t := &table{}
		for _, m := range out.Participants {
			kind := s.tr("from outside")
			if m.Member {
				kind = s.tr("member")
			}
			t.add(string(m.ID), cell(m.Name), kind, cell(m.Email+m.Phone))
		}
		t.write(w, "  ")
	})
}
