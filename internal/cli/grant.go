package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

type grantFlags struct {
	terms        termFlags
	appointments []string
	member       string
	replace      bool
	end          []string
	dryRun       bool
}

func (a *app) grantCommand() *cobra.Command {
	var o grantFlags
	c := a.build(command{
		use:   "grant UNIT OFFICERFILE|HANDLE",
		short: a.tr("give an officer access"),
		long: a.tr("Gives an officer an office in a unit, from one day to another. OFFICERFILE is what her medlem key new printed, - for the standard input. " +
			"Telephone her and compare the fingerprint before you do it: whoever can put another file in its place reads the members instead of her.\n\n" +
			"Where the office asks for documents and signatures, they come in an appointment file (medlem appoint): --appointment FILE stands for everything else. " +
			"Until all is there the grant gives nothing and ends nobody's; the same command with the rest completes it. " +
			"A grant that leaves no place for a predecessor ends hers in the same step, with --replace."),
		example: "medlem grant asker kari.officer --office member-officer --replace\nmedlem grant --appointment kari.appointment",
		codes:   "134",
		max:     2,
		run: func(c *cobra.Command, args []string) error {
			if len(args) != 2 && (len(o.appointments) == 0 || len(args) > 0) {
				return usageError(a.tr("something is missing: {{.Usage}}", "Usage", c.UseLine()), a.tr("{{.Command}} --help shows how it is used", "Command", c.CommandPath()))
			}
			return a.at(withKey, func(s *session) error { return s.grant(c.Context(), args, o) })
		},
	})
	f := c.Flags()
	f.StringArrayVar(&o.appointments, "appointment", nil, a.tr("an appointment `FILE`; given more than once, copies of one that different people signed"))
	a.termFlags(c, &o.terms)
	f.StringVar(&o.member, "member", "", a.tr("her own `ID`, where the office asks that she belongs to the unit; it is compared and not kept"))
	f.BoolVar(&o.replace, "replace", false, a.tr("end the access of whoever holds the office in the unit now"))
	f.StringArrayVar(&o.end, "end", nil, a.tr("end the access of this `HANDLE` to the unit in the same step; may be given more than once"))
	f.BoolVar(&o.dryRun, "dry-run", false, a.tr("only show what would happen"))
	return c
}

func (s *session) grant(ctx context.Context, args []string, o grantFlags) error {
	g, err := s.grantOptions(args, &o)
	if err != nil {
		return err
	}
	if g.Appointment != nil && g.Appointment.Suited {
		s.note(s.tr("Whoever made the appointment says that she is suited for the office."))
	}
	if o.dryRun || s.Terminal { // somebody looks before anything changes
		plan, err := s.PlanGrant(ctx, g)
		if full := (*desk.ReplaceError)(nil); errors.As(err, &full) && s.Terminal && !o.dryRun {
			g.End, err = s.agreedEnds(full, g.End, err)
		}
		if err != nil {
			return err
		}
		if o.dryRun {
			return s.granted(plan, true)
		}
	}
	if err := s.compared(&g); err != nil {
		return err
	}
	given, err := s.Grant(ctx, g)
	if err != nil {
		return err
	}
	return s.granted(given, false)
}

// agreedEnds asks whether the grants for which a new one leaves no place shall end,
// where it is clear which they are; else the error stays.
func (s *session) agreedEnds(full *desk.ReplaceError, ends []register.Handle, err error) ([]register.Handle, error) {
	if full.TooMany > 0 && full.TooMany < len(full.Full) {
		return ends, err
	}
	more := slices.Clone(full.Unlisted)
	if full.TooMany > 0 {
		more = append(more, full.Full...)
	}
	if err := s.agreed(s.tr("This ends the access of {{.Handles}}. Go on?", "Handles", joined(more))); err != nil {
		return ends, err
	}
	return append(ends, more...), nil
}

// handles reads handles of officers.
func (a *app) handles(texts []string) ([]register.Handle, error) {
	var out []register.Handle
	for _, t := range texts {
		h, err := register.ParseHandle(t)
		if err != nil {
			return nil, usageError(err.Error(), a.tr("medlem access shows the handles"))
		}
		out = append(out, h)
	}
	return out, nil
}

// printEnding says that a grant ended another.
func (s *session) printEnding(w io.Writer, u register.UnitID, e desk.Ending) {
	unit := unitName(s.Policy(), u)
	if e.After != "" {
		fmt.Fprintln(w, s.tr("The access of {{.Handle}} to {{.Unit}} ends after {{.Day}}.", "Handle", e.Handle, "Unit", unit, "Day", e.After))
		return
	}
	fmt.Fprintln(w, s.tr("The access of {{.Handle}} to {{.Unit}} has ended.", "Handle", e.Handle, "Unit", unit))
}

// grantOptions reads what is to be granted, from the flags or from an appointment.
func (s *session) grantOptions(args []string, o *grantFlags) (g desk.GrantOptions, err error) {
	g.Replace = o.replace
	if o.member != "" {
		if g.Member, err = s.recordID(o.member); err != nil {
			return g, err
		}
	}
	if g.End, err = s.handles(o.end); err != nil {
		return g, err
	}
	if g.Documents, err = s.documents(o.terms.documents, o.terms.reason); err != nil {
		return g, err
	}
	if len(o.appointments) > 0 {
		if o.terms.said() {
			return g, usageError(s.tr("an appointment says the office, the days and the rest itself; it cannot be said again beside it"), "")
		}
		g.Appointment, err = s.appointments(o.appointments)
		return g, err
	}
	if g.Unit, err = s.unit(args[0]); err != nil {
		return g, err
	}
	if _, ok := s.Policy().Office(o.terms.office); !ok {
		return g, s.unknownOffice(s.Policy(), g.Unit, o.terms.office)
	}
	if g.Terms, err = s.terms(&o.terms); err != nil {
		return g, err
	}
	g.Officer, g.Handle, err = s.whom(s.State(), args[1])
	return g, err
}

// whom reads an officer file, or the handle of somebody whom the register knows.
func (a *app) whom(state *access.State, who string) (*access.Officer, register.Handle, error) {
	if h, err := register.ParseHandle(who); err == nil {
		if state.Officers[h] == nil {
			return nil, h, refused(a.tr("the register does not know the officer {{.Handle}}", "Handle", h), a.tr("give the officer file that her medlem key show prints"))
		}
		return nil, h, nil
	}
	o, err := a.officerFile(who)
	if err != nil {
		return nil, "", err
	}
	return o, o.Handle, nil
}

// compared makes sure that somebody new is who she says, as far as a question can.
func (s *session) compared(g *desk.GrantOptions) error {
	o := g.Officer
	if g.Appointment != nil {
		if o = g.Appointment.Officer; s.State().Officers[o.Handle] != nil {
			return nil
		}
	}
	if o == nil {
		return nil
	}
	s.note(s.tr("Her fingerprint is {{.Fingerprint}}: on the telephone, she must read the same.", "Fingerprint", o.Fingerprint()))
	if !s.Terminal {
		return nil
	}
	yes, err := s.confirm(s.tr("Have you compared it with her?"))
	if err == nil && !yes {
		err = refused(s.tr("not compared; nothing was changed"), "")
	}
	return err
}

// endingJSON is an access that a grant ended.
type endingJSON struct {
	Handle register.Handle `json:"handle"`
	After  register.Day    `json:"after,omitempty"` // the last day; none: at once
}

func (s *session) granted(x *desk.Given, dry bool) error {
	g := x.Grant
	out := struct {
		Handle      register.Handle `json:"handle"`
		Fingerprint string          `json:"fingerprint,omitempty"`
		Unit        register.UnitID `json:"unit"`
		Office      string          `json:"office"`
		From        register.Day    `json:"from"`
		Until       register.Day    `json:"until,omitempty"`
		Pending     bool            `json:"pending"`
		Missing     []lackJSON      `json:"missing"`
		Documents   []string        `json:"documents"` // that came in now
		Ended       []endingJSON    `json:"ended"`
		DryRun      bool            `json:"dryRun"`
	}{g.Handle, "", g.Unit, g.Office, g.From, g.Until, len(x.Lacks) > 0, lacksJSON(x.Lacks), append([]string{}, x.Fresh...), []endingJSON{}, dry}
	if o := s.State().Officers[g.Handle]; o != nil {
		out.Fingerprint = o.Fingerprint()
	}
	for _, e := range x.Ended {
		out.Ended = append(out.Ended, endingJSON{e.Handle, e.After})
	}
	return s.result(out, func(w io.Writer) {
		s.printGranted(w, x)
		if dry {
			fmt.Fprintln(w, s.tr("Nothing was changed."))
		}
	})
}

func (s *session) printGranted(w io.Writer, x *desk.Given) {
	g := x.Grant
	office, unit := s.officeName(s.Policy(), g.Office), unitName(s.Policy(), g.Unit)
	switch {
	case len(x.Lacks) > 0:
		fmt.Fprintln(w, s.tr("{{.Handle}} is to have access to {{.Unit}}: {{.Office}}. It gives nothing yet, and nobody else's access has ended. What is missing:",
			"Handle", g.Handle, "Unit", unit, "Office", office))
		for _, l := range x.Lacks {
			fmt.Fprintln(w, "  "+s.lack(s.Policy(), g.Office, l))
		}
	case g.Until != "":
		fmt.Fprintln(w, s.tr("{{.Handle}} has access to {{.Unit}} from {{.From}} until {{.Until}}: {{.Office}}.",
			"Handle", g.Handle, "Unit", unit, "From", g.From, "Until", g.Until, "Office", office))
	default:
		fmt.Fprintln(w, s.tr("{{.Handle}} has access to {{.Unit}} from {{.From}}: {{.Office}}.", "Handle", g.Handle, "Unit", unit, "From", g.From, "Office", office))
	}
	for _, e := range x.Ended {
		s.printEnding(w, g.Unit, e)
	}
}

func (a *app) unknownOffice(p *policy.Policy, u register.UnitID, office string) error {
	var ids []string
	unit, _ := p.Unit(u)
	for _, o := range p.Offices {
		if unit != nil && o.Level == unit.Level {
			ids = append(ids, o.ID)
		}
	}
	hint := a.tr("the offices of this unit are {{.Offices}}", "Offices", strings.Join(ids, ", "))
	if office == "" {
		return usageError(a.tr("say which office: --office OFFICE"), hint)
	}
	return usageError(a.tr("there is no office {{.Name}}", "Name", quote(office)), hint)
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
