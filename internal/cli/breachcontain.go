package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) breachContainCommand() *cobra.Command {
	var units []string
	var pages bool
	c := a.build(command{
		use:   "contain HANDLE",
		short: a.tr("take away an officer's access and seal anew what she could open"),
		long: a.tr("Ends every access of an officer whose key is in other hands, and seals every record anew, under fresh keys and without older versions, in the units that her key could open. " +
			"Interrupted, it goes on where it was when it is run again. What lies in old copies it cannot change: whoever has one, and the key, opens it.\n\n" +
			"With --pages, members there get a new address for their own page: who has the old keys opens none of them any more, and letters that were sent do not either."),
		example: "medlem breach contain o-7k3fm2q4x6",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			h, err := a.handleOf(args[0])
			if err != nil {
				return err
			}
			return a.at(withKey, func(s *session) error {
				return s.contain(c.Context(), desk.ContainOptions{Handle: h, Pages: pages}, units)
			})
		},
	})
	f := c.Flags()
	f.StringArrayVar(&units, "unit", nil, a.tr("seal anew only this `UNIT`; may be given more than once (default: all that her key could open)"))
	f.BoolVar(&pages, "pages", false, a.tr("make new addresses for members' own pages; letters that were sent open nothing more"))
	return c
}

// rekeyedJSON is a desk.Rekeyed.
type rekeyedJSON struct {
	Unit    register.UnitID `json:"unit"`
	Records int             `json:"records"`
	Others  int             `json:"others"`
}

type grantJSON struct {
	Unit   register.UnitID `json:"unit"`
	Office string          `json:"office"`
}

func (s *session) contain(ctx context.Context, o desk.ContainOptions, units []string) error {
	var err error
	if o.Units, err = s.unitsOf(units); err != nil {
		return err
	}
	if err := s.agreed(s.tr("End every access of {{.Handle}}, and seal anew what her key could open?", "Handle", o.Handle)); err != nil {
		return err
	}
	res, err := s.Contain(ctx, o)
	if err != nil {
		return err
	}
	out := struct {
		Handle  register.Handle `json:"handle"`
		Revoked []grantJSON     `json:"revoked"`
		Rekeyed []rekeyedJSON   `json:"rekeyed"`
		Left    int             `json:"left"` // records on main that are still sealed as she could open them
		Reads   bool            `json:"reads"`
	}{o.Handle, []grantJSON{}, rekeyed(res.Rekeyed), 0, false}
	for _, g := range res.Revoked {
		out.Revoked = append(out.Revoked, grantJSON{g.Unit, g.Office})
	}
	for _, u := range res.Extent.Units {
		out.Left, out.Reads = out.Left+u.Left, out.Reads || u.Reads
	}
	return s.result(out, func(w io.Writer) {
		for _, g := range out.Revoked {
			fmt.Fprintln(w, s.tr("The access of {{.Handle}} to {{.Unit}} has ended.", "Handle", o.Handle, "Unit", unitName(s.Policy(), g.Unit)))
		}
		s.printRekeyed(w, out.Rekeyed)
		if len(out.Revoked)+len(out.Rekeyed) == 0 {
			fmt.Fprintln(w, s.tr("Nothing is left to do."))
		}
		if out.Left > 0 {
			fmt.Fprintln(w, s.trn(out.Left, "{{.N}} record is still sealed as her key could open it.", "{{.N}} records are still sealed as her key could open them."))
		}
		fmt.Fprintln(w, s.tr("What lies in old copies of the register stays as it is: who has one, and her key, opens it."))
		if s.Policy().Pages != nil && !o.Pages {
			fmt.Fprintln(w, s.tr("Members' own pages on the site open with what her key could open; --pages makes new addresses, and letters that were sent become void."))
		}
		fmt.Fprintln(w, s.tr("Next: {{.Command}}", "Command", "medlem breach "+string(o.Handle)+" --since DATE --out FOLDER"))
	})
}

func rekeyed(list []desk.Rekeyed) []rekeyedJSON {
	out := []rekeyedJSON{}
	for _, x := range list {
		out = append(out, rekeyedJSON(x))
	}
	return out
}

func (s *session) printRekeyed(w io.Writer, list []rekeyedJSON) {
	for _, x := range list {
		fmt.Fprintln(w, s.trn(x.Records, "{{.Unit}}: {{.N}} record is sealed under a fresh key.", "{{.Unit}}: {{.N}} records are sealed under fresh keys.", "Unit", unitName(s.Policy(), x.Unit)))
	}
}

// unitsOf reads the units that a person named; none: nil.
func (s *session) unitsOf(names []string) ([]register.UnitID, error) {
	var out []register.UnitID
	for _, text := range names {
		u, err := s.unit(text)
		if err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, nil
}
