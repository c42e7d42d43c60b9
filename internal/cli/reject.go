package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) rejectCommand() *cobra.Command {
	var reason string
	var elsewhere bool
	c := a.build(command{
		use:   "reject NUMBER",
		short: a.tr("refuse a proposal, with a reason"),
		long: a.tr("Takes a proposal away from the server and leaves its author your reason, which only she can read. " +
			"She can mend what was wrong and send it again. " +
			"With --registered-elsewhere she learns that somebody is registered in the organisation already, and not who or where."),
		example: `medlem reject 2 --reason "The postal code does not fit the town"`,
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			switch {
			case elsewhere && reason != "":
				return usageError(a.tr("--registered-elsewhere has a reason of its own; leave out --reason"), "")
			case !elsewhere && strings.TrimSpace(reason) == "":
				return usageError(a.tr("say why: the officer reads it: --reason TEXT"), "")
			}
			return a.at(withKey, func(s *session) error {
				if elsewhere {
					reason = s.registeredElsewhere()
				}
				p, err := s.Reject(c.Context(), args[0], reason)
				if err != nil {
					return err
				}
				out := struct {
					Proposal proposalJSON `json:"proposal"`
				}{proposalOf(p)}
				return s.result(out, func(w io.Writer) {
					fmt.Fprintln(w, s.tr("Proposal {{.Number}} is refused; its author gets your reason.", "Number", p.N))
				})
			})
		},
	})
	c.Flags().BoolVar(&elsewhere, "registered-elsewhere", false, a.tr("instead of a reason: somebody in it is registered in the organisation already"))
	c.Flags().StringVar(&reason, "reason", "", a.tr("why, a `TEXT` for the officer"))
	return c
}
