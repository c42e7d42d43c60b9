package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) undoCommand() *cobra.Command {
	var submitted bool
	c := a.build(command{
		use:   "undo [TOPIC]",
		short: a.tr("take back the last thing you did, or what you sent"),
		long: a.tr("Takes the last thing that you did out of your draft. With --submitted, takes back what you have sent, as long as the secretariat has not taken it in: " +
			"it becomes your draft again. TOPIC says which, where more than one waits; medlem status shows them."),
		example: "medlem undo",
		codes:   "134",
		max:     1,
		run: func(c *cobra.Command, args []string) error {
			if len(args) > 0 && !submitted {
				return usageError(a.tr("a topic belongs to --submitted"), "")
			}
			return a.at(withKey, func(s *session) error {
				if submitted {
					topic := ""
					if len(args) > 0 {
						topic = args[0]
					}
					topic, err := s.Withdraw(c.Context(), topic)
					if err != nil {
						return err
					}
					return s.done("withdraw", nil, s.tr("{{.Topic}} is taken back.", "Topic", topic))
				}
				verb, n, unit, err := s.Undo()
				if err != nil {
					return err
				}
				return s.undone(verb, n, unit)
			})
		},
	})
	c.Flags().BoolVar(&submitted, "submitted", false, a.tr("take back what you have sent"))
	return c
}

func (s *session) undone(verb string, n int, unit register.UnitID) error {
	left, err := s.Drafted()
	if err != nil {
		return err
	}
	out := struct {
		Undone string          `json:"undone"`
		N      int             `json:"n"`
		Unit   register.UnitID `json:"unit"`
		Draft  int             `json:"draft"`
	}{verb, n, unit, left}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, s.tr("Taken back, in {{.Unit}}: {{.N}} {{.Act}}.", "Unit", unitName(s.Policy(), unit), "N", n, "Act", s.act(verb)))
		if left == 0 {
			fmt.Fprintln(w, s.tr("Your draft is empty."))
			return
		}
		fmt.Fprintln(w, s.drafted(left))
	})
}
