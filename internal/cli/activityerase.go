package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) activityEraseCommand() *cobra.Command {
	return a.build(command{
		use:   "erase ID…",
		short: a.tr("erase activities with everybody in them"),
		long: a.tr("Destroys the keys of activities, also before they are over: nobody can read any more who took part. The secretariat does it at once; of everybody else it goes with the draft. " +
			"Those whose time is over are erased by medlem erase --due as well. The register holds no e-mail: delete what you have of it yourself, in two steps, moved to the trash and the trash emptied."),
		example: "medlem activity erase h7k2aaaaaaaaa",
		codes:   "134",
		min:     1, max: -1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.eraseActivities(c.Context(), args) })
		},
	})
}

func (s *session) eraseActivities(ctx context.Context, args []string) error {
	var ids []register.RecordID
	for _, x := range args {
		id, err := register.ParseRecordID(strings.ToLower(x)) // a whole id: this cannot be undone
		if err != nil {
			return usageError(s.tr("that is not the id of an activity"), s.tr("medlem activity list shows the ids"))
		}
		ids = append(ids, id)
	}
	if err := s.agreed(s.activitiesQuestion(len(ids))); err != nil {
		return err
	}
	res, err := s.EraseActivities(ctx, ids)
	if err != nil {
		return err
	}
	return s.activitiesErased(res)
}

// eraseOver erases the activities whose time is over.
func (s *session) eraseOver(ctx context.Context, ids []register.RecordID) (*desk.Erased, error) {
	if err := s.agreed(s.activitiesQuestion(len(ids))); err != nil {
		return nil, err
	}
	return s.EraseActivities(ctx, ids)
}

func (s *session) activitiesQuestion(n int) string {
	return s.trn(n, "Erase {{.N}} activity, with everybody in it, for good?", "Erase {{.N}} activities, with everybody in them, for good?")
}

// activitiesErased tells of an erasure of activities.
func (s *session) activitiesErased(res *desk.Erased) error {
	out := struct {
		IDs    []register.RecordID `json:"ids"`
		Draft  bool                `json:"draft"` // it waits in the officer's draft
		Server bool                `json:"server"`
		Hint   string              `json:"hint,omitempty"`
	}{res.IDs, !s.Secretary(), res.Server, res.Hint}
	return s.result(out, func(w io.Writer) { s.printActivitiesErased(w, res) })
}

func (s *session) printActivitiesErased(w io.Writer, res *desk.Erased) {
	n := len(res.IDs)
	if !s.Secretary() {
		fmt.Fprintln(w, s.trn(n, "{{.N}} activity is to be erased.", "{{.N}} activities are to be erased."))
		fmt.Fprintln(w, s.tr("Next: {{.Command}}", "Command", "medlem submit"))
	} else {
		fmt.Fprintln(w, s.activitiesGone(n))
		if res.Server {
			fmt.Fprintln(w, s.tr("The server has forgotten the old keys too."))
		} else {
			fmt.Fprintln(w, s.tr("The server still has the old keys: {{.Hint}}", "Hint", res.Hint))
		}
	}
	s.printMailSteps(w)
}

func (s *session) activitiesGone(n int) string {
	return s.trn(n, "{{.N}} activity is erased: no key to it is left in the register.", "{{.N}} activities are erased: no key to them is left in the register.")
}

// printMailSteps says what the organiser does herself with the e-mail about an activity,
// of which the register holds none.
func (s *session) printMailSteps(w io.Writer) {
	fmt.Fprintln(w, s.tr("Now delete the e-mail about it:"))
	t := &table{}
	t.add("1.", s.tr("Move every message about it to the trash: received, sent and drafts."))
	t.add("2.", s.tr("Empty the trash."))
	t.add("3.", s.tr("Do the same on the telephone, and wherever mail and contacts are copied to."))
	t.write(w, "  ")
}

// explainActivity says what is wrong with what was asked of an activity.
func (a *app) explainActivity(err error) *failure {
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case is(desk.ErrNoActivity):
		return &failure{exitOpen, a.tr("there is no such activity among those that you may read"), a.tr("medlem activity list shows the ids")}
	case is(desk.ErrActivityOver):
		return &failure{exitRefused, a.tr("this activity is over"), a.tr("it can only be erased: medlem activity erase ID")}
	case is(desk.ErrActivityEnd):
		return &failure{exitRefused, a.tr("an activity ends today or later, and within the months of the policy"), a.tr("policies/retention.yaml says how many: activities, longest")}
	case is(desk.ErrTakesPart):
		return &failure{exitRefused, a.tr("she takes part already"), ""}
	case is(desk.ErrTakesNoPart):
		return &failure{exitRefused, a.tr("she takes no part"), ""}
	case is(desk.ErrNoMail):
		return &failure{exitRefused, a.tr("nothing is asked about the e-mail of an activity of this id"), a.tr("medlem activity mail lists of which it is")}
	}
	return nil
}
