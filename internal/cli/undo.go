package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) undoCommand() *cobra.Command {
	var submitted, all bool
	c := a.build(command{
		use:   "undo [TOPIC]",
		short: a.tr("take back the last thing you did, or what you sent"),
		long: a.tr("Takes the last thing that you did out of your draft. With --submitted, takes back what you have sent, as long as the secretariat has not taken it in: " +
			"it becomes your draft again. TOPIC says which, where more than one waits; medlem status shows them. " +
			"With --all, drops the whole draft, also one that is damaged and does not open any more."),
		example: "medlem undo",
		codes:   "134",
		max:     1,
		run: func(c *cobra.Command, args []string) error {
			if len(args) > 0 && !submitted {
				return usageError(a.tr("a topic belongs to --submitted"), "")
			}
			if all && submitted {
				return usageError(a.tr("--all is about the draft, and --submitted about what you have sent: one of them"), "")
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
				if all {
					return s.undoAll()
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
	c.Flags().BoolVar(&all, "all", false, a.tr("drop the whole draft, also one that does not open"))
	return c
}

func (s *session) undoAll() error {
	n, opened, err := s.DropDraft()
	if err != nil {
		return err
	}
	out := undoneJSON{Undone: "all", N: n, Lost: !opened}
	return s.result(out, func(w io.Writer) {
		if !opened {
			fmt.Fprintln(w, s.tr("Your draft did not open any more, and is gone. What was in it is lost: enter it again."))
			return
		}
		fmt.Fprintln(w, s.trn(n, "Your draft, {{.N}} change, is taken back.", "Your draft, {{.N}} changes, is taken back."))
	})
}

type undoneJSON struct {
	Undone string          `json:"undone"`
	N      int             `json:"n"`
	Unit   register.UnitID `json:"unit"`
	Draft  int             `json:"draft"`
	Lost   bool            `json:"lost,omitempty"` // nobody can say what it was
}

func (s *session) undone(verb string, n int, unit register.UnitID) error {
	left, err := s.Drafted()
	if err != nil {
		return err
	}
	out := undoneJSON{Undone: verb, N: n, Unit: unit, Draft: left}
	return s.result(out, func(w io.Writer) {
		if verb == "request" {
			fmt.Fprintln(w, s.trn(n, "Taken back, in {{.Unit}}: {{.N}} request to the secretariat.", "Taken back, in {{.Unit}}: {{.N}} requests to the secretariat.", "Unit", unitName(s.Policy(), unit)))
		} else {
			fmt.Fprintln(w, s.tr("Taken back, in {{.Unit}}: {{.N}} {{.Act}}.", "Unit", unitName(s.Policy(), unit), "N", n, "Act", s.act(verb)))
		}
		if s.DraftClosed() {
			return // as the warning says
		}
		if left == 0 {
			fmt.Fprintln(w, s.tr("Your draft is empty."))
			return
		}
		fmt.Fprintln(w, s.drafted(left))
	})
}
