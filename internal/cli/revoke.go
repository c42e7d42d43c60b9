package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) revokeCommand() *cobra.Command {
	return a.build(command{
		use:   "revoke UNIT HANDLE",
		short: a.tr("end an officer's access"),
		long: a.tr("Ends an officer's access to a unit at once: the unit's keys are sealed anew without her, and nothing that she sends from now on is taken in. " +
			"What she has read or kept, she keeps."),
		example: "medlem revoke asker o-7k3fm2q4x6",
		codes:   "134",
		min:     2, max: 2,
		run: func(c *cobra.Command, args []string) error {
			h, err := register.ParseHandle(args[1])
			if err != nil {
				return usageError(err.Error(), a.tr("medlem access shows the handles"))
			}
			return a.at(withKey, func(s *session) error {
				u, err := s.unit(args[0])
				if err != nil {
					return err
				}
				if err := s.Revoke(c.Context(), u, h); err != nil {
					return err
				}
				out := struct {
					Handle register.Handle `json:"handle"`
					Unit   register.UnitID `json:"unit"`
				}{h, u}
				return s.result(out, func(w io.Writer) {
					fmt.Fprintln(w, s.tr("The access of {{.Handle}} to {{.Unit}} has ended.", "Handle", h, "Unit", unitName(s.Policy(), u)))
				})
			})
		},
	})
}
