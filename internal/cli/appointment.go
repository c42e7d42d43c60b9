package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) appointmentCommand() *cobra.Command {
	var documents []string
	var open, out, reason string
	c := a.build(command{
		use:   "appointment FILE",
		short: a.tr("show what an appointment says, and what is missing"),
		long: a.tr("Shows what an appointment file says, which documents and signatures it has, and what its office still asks for. " +
			"With --document it takes in another document, where the register is at hand. With --open and --out you can read a document before you sign."),
		example: "medlem appointment kari.appointment --open minutes --out minutes.pdf",
		codes:   "134",
		min:     1, max: 1,
		run: func(_ *cobra.Command, args []string) error {
			ap, err := a.appointments(args)
			if err != nil {
				return err
			}
			if (open == "") != (out == "") {
				return usageError(a.tr("--open and --out go together"), "")
			}
			if open != "" {
				return a.openDocument(ap, open, out)
			}
			return a.appointment(ap, args[0], documents, reason)
		},
	})
	f := c.Flags()
	f.StringArrayVar(&documents, "document", nil, a.tr("a document that goes with it, `KIND=FILE`; may be given more than once"))
	f.StringVar(&reason, "reason", "", a.tr("why, a `TEXT` that is sealed as the document reason"))
	f.StringVar(&open, "open", "", a.tr("the `KIND` of a document to read"))
	f.StringVar(&out, "out", "", a.tr("the new `FILE` to write"))
	return c
}

func (a *app) appointment(ap *desk.Appointment, path string, documents []string, reason string) error {
	state, err := a.stateFor(ap)
	if err != nil {
		return err
	}
	today := register.DayOf(a.Now())
	docs, err := a.documents(documents, reason)
	if err != nil {
		return err
	}
	if len(docs) > 0 {
		if state == nil {
			return &failure{exitRead, a.tr("a document can be taken in only where the register is at hand"), a.tr("go to its folder, or name it: medlem -C FOLDER …")}
		}
		if err := ap.Attach(state, today, docs); err != nil {
			return err
		}
		if err := writeOver(path, ap.Encode()); err != nil {
			return err
		}
	}
	return a.showAppointment(ap, state, today, path)
}

// openDocument writes a document of an appointment into a new file, for whoever
// may read it.
func (a *app) openDocument(ap *desk.Appointment, kind, out string) error {
	me, err := a.officer()
	if err != nil {
		return err
	}
	d, err := ap.Document(kind, me.Ages())
	if err != nil {
		return err
	}
	if err := a.writeNew(out, d.Content); err != nil {
		return err
	}
	return a.result(struct {
		File string `json:"file"`
	}{out}, func(w io.Writer) { fmt.Fprintln(w, a.tr("Written to {{.Path}}.", "Path", out)) })
}

type signatureJSON struct {
	Matter string          `json:"matter"`
	Act    string          `json:"act"`
	Signer string          `json:"signer"`
	Handle register.Handle `json:"handle"`
	Day    register.Day    `json:"day"`
	Fault  string          `json:"fault,omitempty"`
}

type appointmentJSON struct {
	File       string            `json:"file"`
	Unit       register.UnitID   `json:"unit"`
	Handle     register.Handle   `json:"handle"`
	Print      string            `json:"fingerprint"`
	Office     string            `json:"office"`
	From       register.Day      `json:"from"`
	Until      register.Day      `json:"until,omitempty"`
	Documents  []string          `json:"documents"`
	Signatures []signatureJSON   `json:"signatures"`
	Missing    []lackJSON        `json:"missing"`
	Names      []register.Handle `json:"names"`
	Suited     bool              `json:"suited"` // says whoever made the file
}

func (a *app) showAppointment(ap *desk.Appointment, state *access.State, today register.Day, path string) error {
	var p *policy.Policy
	if state != nil {
		p = state.Policy
	}
	g := ap.Grant
	missing := ap.Missing(state, today)
	out := appointmentJSON{path, g.Unit, g.Handle, ap.Officer.Fingerprint(), g.Office, g.From, g.Until, append([]string{}, ap.Documents()...),
		[]signatureJSON{}, lacksJSON(missing), append([]register.Handle{}, g.Names...), ap.Suited}
	for _, s := range g.Signatures {
		out.Signatures = append(out.Signatures, signatureJSON{s.Matter, s.Act, s.Signer, s.Handle, s.Day, ap.SignatureFault(state, s)})
	}
	err := a.result(out, func(w io.Writer) {
		a.printTerms(w, p, ap)
		for i, s := range g.Signatures {
			line := a.signature(p, g.Office, s)
			if f := out.Signatures[i].Fault; f != "" {
				line += " – " + a.tr("not good: {{.Reason}}", "Reason", f)
			}
			fmt.Fprintln(w, "  "+line)
		}
		if len(missing) == 0 {
			fmt.Fprintln(w, a.tr("Nothing is missing. Next: the secretariat runs medlem grant --appointment {{.Path}}", "Path", path))
			return
		}
		fmt.Fprintln(w, a.tr("Missing:"))
		for _, l := range missing {
			fmt.Fprintln(w, "  "+a.lack(p, g.Office, l))
		}
		fmt.Fprintln(w, a.tr("The secretariat must take it in by {{.Day}}, complete or not; it waits for the rest.", "Day", g.From))
	})
	if err != nil {
		return err
	}
	for _, s := range out.Signatures {
		if s.Fault != "" {
			return errFindings
		}
	}
	return nil
}

// printTerms prints what an appointment says.
func (a *app) printTerms(w io.Writer, p *policy.Policy, ap *desk.Appointment) {
	g := ap.Grant
	office, unit := g.Office, string(g.Unit)
	if p != nil {
		office, unit = a.officeName(p, g.Office), unitName(p, g.Unit)
	}
	fmt.Fprintln(w, a.tr("Appointment of {{.Handle}} in {{.Unit}}: {{.Office}}", "Handle", g.Handle, "Unit", unit, "Office", office))
	t := &table{}
	add := func(name, value string) {
		if value != "" {
			t.add(name, value)
		}
	}
	add(a.tr("Fingerprint"), ap.Officer.Fingerprint())
	add(a.tr("From"), string(g.From))
	add(a.tr("Until"), string(g.Until))
	add(a.tr("Meeting"), g.Meeting)
	add(a.tr("Day of the meeting"), string(g.Met))
	add(a.tr("Position"), g.Position)
	add(a.tr("Purpose"), g.Purpose)
	add(a.tr("Task"), g.Task)
	add(a.tr("Columns"), joined(g.Columns))
	add(a.tr("Exception"), g.Exception)
	if g.Belongs != "" {
		add(a.tr("Member of"), string(g.Belongs))
	}
	add(a.tr("Identity protected by"), g.Factor)
	if ap.Suited {
		add(a.tr("Suited for the office"), a.tr("says whoever made this file"))
	}
	add(a.tr("Everyone with access"), joined(g.Names))
	for _, e := range g.Evidence {
		add(a.tr("Document"), a.matter(p, g.Office, e.Kind)+"  "+e.Digest[:16])
	}
	t.write(w, "  ")
}
