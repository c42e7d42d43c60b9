package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) closeCommand() *cobra.Command {
	var reason string
	var now bool
	c := a.build(command{
		use:   "close ID…",
		short: a.tr("end a membership"),
		long: a.tr("Ends a membership for one of the reasons in the policy, which says how long the closed record is kept. "+
			"Where only the secretariat ends memberships, it is asked to.") + "\n\n" +
			a.tr("With several ids, at most 200, all of them end at once, for the same reason, or none does. "+
				"What erases the records is another command, and the policy's brakes hold there: medlem erase, medlem retention run."),
		example: "medlem close m4k7q2x5zt3ab --reason left",
		codes:   "134",
		min:     1, max: -1,
		run: func(c *cobra.Command, args []string) error {
			if len(args) > desk.MostClosed {
				return usageError(a.trn(desk.MostClosed, "at most {{.N}} membership ends at once", "at most {{.N}} memberships end at once"), a.tr("name the others in another command"))
			}
			return a.at(withKey, func(s *session) error { return s.close(c.Context(), args, reason, now) })
		},
	})
	c.Flags().StringVar(&reason, "reason", "", a.tr("why, a `KEY` of the policy"))
	c.Flags().BoolVar(&now, "erase-now", false, a.tr("let the record be erased at once, not when the policy's time is over"))
	return c
}

func (s *session) close(ctx context.Context, args []string, reason string, now bool) error {
	if reason == "" {
		return usageError(s.tr("say why: --reason KEY"), s.reasons())
	}
	if _, ok := s.Policy().Reason(reason); !ok {
		return usageError(s.tr("there is no reason {{.Name}}", "Name", quote(reason)), s.reasons())
	}
	var ids []register.RecordID
	for _, x := range args {
		id, err := s.recordID(x)
		if err != nil {
			return err
		}
		if slices.Contains(ids, id) {
			return usageError(s.tr("{{.ID}} is named twice", "ID", id), "")
		}
		ids = append(ids, id)
	}
	if len(ids) > 1 {
		if err := s.agreed(s.trn(len(ids), "End {{.N}} membership?", "End {{.N}} memberships?")); err != nil {
			return err
		}
	}
	request, month, err := s.CloseMembers(ctx, ids, reason, now)
	switch {
	case err != nil:
		return err
	case request && len(ids) == 1:
		return s.done("request", ids, s.tr("The secretariat will be asked to end the membership of {{.ID}}.", "ID", ids[0]))
	case request:
		return s.done("request", ids, s.trn(len(ids), "The secretariat will be asked to end {{.N}} membership.", "The secretariat will be asked to end {{.N}} memberships."))
	case len(ids) == 1:
		return s.done("close", ids, s.tr("The membership of {{.ID}} has ended; the record is to be erased by {{.Day}}.", "ID", ids[0], "Day", month.Last()))
	}
	return s.done("close", ids, s.trn(len(ids), "{{.N}} membership has ended; the record is to be erased by {{.Day}}.", "{{.N}} memberships have ended; the records are to be erased by {{.Day}}.", "Day", month.Last()))
}

// reasons lists the reasons for ending a membership.
func (s *session) reasons() string {
	text := ""
	for _, r := range s.Policy().Reasons {
		if text != "" {
			text += ", "
		}
		text += r.ID + " (" + s.label(s.Policy(), r.Name, r.ID) + ")"
	}
	return s.tr("the reasons are {{.Reasons}}", "Reasons", text)
}
