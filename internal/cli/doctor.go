package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) doctorCommand() *cobra.Command {
	var repair bool
	c := a.build(command{
		use:   "doctor",
		short: a.tr("see whether the server has what it should, and repair it"),
		long: a.tr("Compares the server with what was verified here: whether the register has been set back, and whether every unit's keys are there. " +
			"With --repair it puts back what this copy has. It never puts back less than there is: where the server has something else than what was verified here, it says so and changes nothing."),
		example:  "medlem doctor --repair",
		codes:    "134",
		findings: a.tr("the server lacks something, or has something that it should not"),
		run: func(c *cobra.Command, _ []string) error {
			return a.at(withKey, func(s *session) error { return s.doctor(c.Context(), repair) })
		},
	})
	c.Flags().BoolVar(&repair, "repair", false, a.tr("put back what is missing"))
	return c
}

type ailmentJSON struct {
	Kind     string          `json:"kind"`
	Unit     register.UnitID `json:"unit,omitempty"`
	Curable  bool            `json:"curable"`
	Repaired bool            `json:"repaired"`
}

func (s *session) doctor(ctx context.Context, repair bool) error {
	found, err := s.Doctor(ctx, repair)
	if err != nil {
		return err
	}
	out := struct {
		Ailments []ailmentJSON     `json:"ailments"`
		Joining  []register.UnitID `json:"joining"`        // whose joining identity is to be replaced
		Site     register.Day      `json:"site,omitempty"` // of members' pages that are behind
	}{Ailments: []ailmentJSON{}, Joining: []register.UnitID{}}
	due, err := s.JoiningDue()
	if err != nil {
		return err
	}
	out.Joining = append(out.Joining, due...)
	if out.Site, err = s.SiteBehind(); err != nil {
		return err
	}
	left := 0
	for _, x := range found {
		out.Ailments = append(out.Ailments, ailmentJSON{x.Kind, x.Unit, x.Cure, repair && x.Cure})
		if !repair || !x.Cure {
			left++
		}
	}
	err = s.result(out, func(w io.Writer) {
		for _, x := range found {
			line := s.ailment(x)
			switch {
			case !x.Cure:
				line += " " + s.tr("This copy cannot mend it.")
			case repair:
				line += " " + s.tr("Repaired.")
			}
			fmt.Fprintln(w, line)
		}
		switch {
		case len(found) == 0:
			fmt.Fprintln(w, s.tr("The server has everything that it should."))
		case left > 0 && !repair:
			fmt.Fprintln(w, s.tr("Next: medlem doctor --repair"))
		}
		for _, u := range out.Joining {
			fmt.Fprintln(w, s.tr("It is time for a new key to which those who join {{.Unit}} seal what they send: medlem sync", "Unit", unitName(s.Policy(), u)))
		}
		if out.Site != "" {
			fmt.Fprintln(w, s.siteBehind(out.Site))
		}
	})
	if err == nil && left > 0 {
		return errFindings
	}
	return err
}

// siteBehind says that members' own pages wait to be made anew.
func (s *session) siteBehind(made register.Day) string {
	return s.tr("the members' own pages are of {{.Day}}, and members have changed since: medlem site publish --views", "Day", made)
}

// ailment says what is wrong.
func (s *session) ailment(x desk.Ailment) string {
	unit := unitName(s.Policy(), x.Unit)
	switch x.Kind {
	case desk.MainBehind:
		return s.tr("The server's register has been set back to an earlier day.")
	case desk.MainForeign:
		return s.tr("The server's register is not the one that was verified here. Do not use it, and ask whoever keeps the server.")
	case desk.KeyringMissing:
		return s.tr("The keys of {{.Unit}} are missing on the server.", "Unit", unit)
	case desk.KeyringWrong:
		return s.tr("The keys of {{.Unit}} on the server are not the right ones.", "Unit", unit)
	}
	return s.tr("There are keys of a unit that does not exist: {{.Unit}}.", "Unit", cell(unit))
}
