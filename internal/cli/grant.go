package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

type grantFlags struct {
	office, from, until, meeting string
	replace                      bool
}

func (a *app) grantCommand() *cobra.Command {
	var o grantFlags
	c := a.build(command{
		use:   "grant UNIT OFFICERFILE|HANDLE",
		short: a.tr("give an officer access"),
		long: a.tr("Gives an officer an office in a unit, from one day to another. OFFICERFILE is what her medlem key new printed, - for the standard input. " +
			"Telephone her and compare the fingerprint before you do it: whoever can put another file in its place reads the members instead of her."),
		example: "medlem grant asker kari.officer --office member-officer --replace",
		codes:   "134",
		min:     2, max: 2,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.grant(c.Context(), args[0], args[1], o) })
		},
	})
	f := c.Flags()
	f.StringVar(&o.office, "office", "", a.tr("the `OFFICE` that gives the access"))
	f.StringVar(&o.from, "from", "", a.tr("the first `DAY` (default: today)"))
	f.StringVar(&o.until, "until", "", a.tr("the last `DAY` (default: until it is ended)"))
	f.StringVar(&o.meeting, "meeting", "", a.tr("the kind of meeting that decided it, a `KEY` of the policy"))
	f.BoolVar(&o.replace, "replace", false, a.tr("end the access of whoever holds the office in the unit now"))
	return c
}

func (s *session) grant(ctx context.Context, unit, who string, o grantFlags) error {
	u, err := s.unit(unit)
	if err != nil {
		return err
	}
	if _, ok := s.Policy().Office(o.office); !ok {
		return s.unknownOffice(u, o.office)
	}
	g := desk.GrantOptions{Unit: u, Office: o.office, Meeting: o.meeting, Replace: o.replace}
	if g.From, err = s.dayFlag("--from", o.from); err != nil {
		return err
	}
	if g.Until, err = s.dayFlag("--until", o.until); err != nil {
		return err
	}
	fingerprint := ""
	if h, err := register.ParseHandle(who); err == nil {
		g.Handle = h
		known := s.State().Officers[h]
		if known == nil {
			return refused(s.tr("the register does not know the officer {{.Handle}}", "Handle", h), s.tr("give the officer file that her medlem key show prints"))
		}
		fingerprint = known.Fingerprint()
	} else {
		if g.Officer, err = s.officerFile(who); err != nil {
			return err
		}
		g.Handle = g.Officer.Handle
		fingerprint = g.Officer.Fingerprint()
		s.note(s.tr("Her fingerprint is {{.Fingerprint}}: on the telephone, she must read the same.", "Fingerprint", fingerprint))
		if s.Terminal {
			yes, err := s.confirm(s.tr("Have you compared it with her?"))
			if err != nil {
				return err
			}
			if !yes {
				return refused(s.tr("not compared; nothing was changed"), "")
			}
		}
	}
	ended, err := s.Grant(ctx, g)
	if err != nil {
		return err
	}
	return s.granted(g, fingerprint, ended)
}

func (s *session) granted(g desk.GrantOptions, fingerprint string, ended []register.Handle) error {
	from := g.From
	if from == "" {
		from = s.Today()
	}
	out := struct {
		Handle      register.Handle   `json:"handle"`
		Fingerprint string            `json:"fingerprint"`
		Unit        register.UnitID   `json:"unit"`
		Office      string            `json:"office"`
		From        register.Day      `json:"from"`
		Until       register.Day      `json:"until,omitempty"`
		Ended       []register.Handle `json:"ended"`
	}{g.Handle, fingerprint, g.Unit, g.Office, from, g.Until, append([]register.Handle{}, ended...)}
	return s.result(out, func(w io.Writer) {
		office, unit := s.officeName(s.Policy(), g.Office), unitName(s.Policy(), g.Unit)
		if g.Until != "" {
			fmt.Fprintln(w, s.tr("{{.Handle}} has access to {{.Unit}} from {{.From}} until {{.Until}}: {{.Office}}.",
				"Handle", g.Handle, "Unit", unit, "From", from, "Until", g.Until, "Office", office))
		} else {
			fmt.Fprintln(w, s.tr("{{.Handle}} has access to {{.Unit}} from {{.From}}: {{.Office}}.", "Handle", g.Handle, "Unit", unit, "From", from, "Office", office))
		}
		for _, h := range ended {
			fmt.Fprintln(w, s.tr("The access of {{.Handle}} to {{.Unit}} has ended.", "Handle", h, "Unit", unit))
		}
	})
}

func (s *session) unknownOffice(u register.UnitID, office string) error {
	var ids []string
	unit, _ := s.Policy().Unit(u)
	for _, o := range s.Policy().Offices {
		if unit != nil && o.Level == unit.Level {
			ids = append(ids, o.ID)
		}
	}
	hint := s.tr("the offices of this unit are {{.Offices}}", "Offices", strings.Join(ids, ", "))
	if office == "" {
		return usageError(s.tr("say which office: --office OFFICE"), hint)
	}
	return usageError(s.tr("there is no office {{.Name}}", "Name", quote(office)), hint)
}

func (a *app) dayFlag(name, text string) (register.Day, error) {
	if text == "" {
		return "", nil
	}
	d, err := register.ParseDay(text)
	if err != nil {
		return "", usageError(a.tr("{{.Flag}}: not a day", "Flag", name), a.tr("write it as YYYY-MM-DD"))
	}
	return d, nil
}

// officerFile reads what an officer's medlem key show printed.
func (a *app) officerFile(path string) (*access.Officer, error) {
	var b []byte
	var err error
	if path == "-" {
		b, err = readAll(a.in, path, register.FlatLimit)
	} else {
		b, err = readFile(path, register.FlatLimit)
	}
	if err != nil {
		return nil, err
	}
	o, err := access.ParseOfficer(b, seal.ParseRecipient)
	if err != nil {
		return nil, refused(a.tr("{{.Path}} is not an officer file: {{.Reason}}", "Path", path, "Reason", err.Error()),
			a.tr("ask her to send what her medlem key show prints, unchanged"))
	}
	return o, nil
}

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
