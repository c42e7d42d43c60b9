package cli

import (
	"context"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
)

func (a *app) rekeyCommand() *cobra.Command {
	var all, due, pages bool
	c := a.build(command{
		use:   "rekey [UNIT…]",
		short: a.tr("seal all records of a unit under fresh keys"),
		long: a.tr("Seals every record of the units anew, under fresh keys, with one act for each unit: who has keys from before opens nothing with them that is fetched from now on. " +
			"Older versions stay readable for as many days as the policy keeps them, so that officers' changes which are on their way are merged as usual. Once a year is enough; the policy can say so (rekey, in retention.yaml), and medlem due tells it. " +
			"Documents of appointments keep their keys."),
		example: "medlem rekey --due",
		codes:   "134",
		max:     -1,
		run: func(c *cobra.Command, args []string) error {
			if n := len(args); n > 0 && (all || due) || all && due || n == 0 && !all && !due {
				return usageError(a.tr("name the units, or say --all or --due"), "")
			}
			return a.at(withKey, func(s *session) error { return s.rekey(c.Context(), args, due, pages) })
		},
	})
	f := c.Flags()
	f.BoolVar(&all, "all", false, a.tr("all units"))
	f.BoolVar(&due, "due", false, a.tr("the units that the policy asks for now"))
	f.BoolVar(&pages, "pages", false, a.tr("make new addresses for members' own pages; letters that were sent open nothing more"))
	return c
}

func (s *session) rekey(ctx context.Context, names []string, due, pages bool) error {
	o := desk.RekeyOptions{Pages: pages}
	var err error
	if o.Units, err = s.unitsOf(names); err != nil {
		return err
	}
	if due {
		days, err := s.RekeyDue(s.Today())
		if err != nil {
			return err
		}
		if len(days) == 0 {
			return desk.ErrNothing
		}
		for u := range days {
			o.Units = append(o.Units, u)
		}
		slices.Sort(o.Units)
	}
	if err := s.agreed(s.tr("Seal all their records under fresh keys?")); err != nil {
		return err
	}
	res, err := s.Rekey(ctx, o)
	if err != nil {
		return err
	}
	if len(res) == 0 {
		return desk.ErrNothing
	}
	out := struct {
		Rekeyed []rekeyedJSON `json:"rekeyed"`
	}{rekeyed(res)}
	return s.result(out, func(w io.Writer) { s.printRekeyed(w, out.Rekeyed) })
}
