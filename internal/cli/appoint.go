package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) appointCommand() *cobra.Command {
	var o termFlags
	var unit, officer, out string
	c := a.build(command{
		use:   "appoint",
		short: a.tr("begin an appointment that others are to sign"),
		long: a.tr("Writes an appointment file: who is to have which office where and for how long, her officer file, and the documents, sealed to the secretariat and to those who sign. " +
			"Send the file to each of them; medlem sign adds a signature, with or without the register at hand. The secretariat makes a grant of it: medlem grant --appointment FILE. " +
			"It needs the register's policies, and no key."),
		example: `medlem appoint --unit asker --office local-admin --officer kari.officer \
  --meeting board-meeting --met 2026-11-10 --document minutes=minutes.pdf --out kari.appointment`,
		codes: "13",
		run: func(*cobra.Command, []string) error {
			if unit == "" || officer == "" || out == "" {
				return usageError(a.tr("say where, who, and into which file: --unit UNIT --officer OFFICERFILE --out FILE"), "")
			}
			return a.appoint(unit, officer, out, &o)
		},
	})
	f := c.Flags()
	f.StringVar(&unit, "unit", "", a.tr("the `UNIT` in which she is appointed"))
	f.StringVar(&officer, "officer", "", a.tr("her officer `FILE`, or her handle where the register knows her"))
	a.termFlags(c, &o)
	f.StringVar(&out, "out", "", a.tr("the new `FILE` to write"))
	return c
}

func (a *app) appoint(unit, officer, out string, o *termFlags) error {
	state, _, err := a.inForce()
	if err != nil {
		return err
	}
	a.speak(state.Policy)
	opt := desk.AppointOptions{}
	if opt.Unit, err = a.unitOf(state.Policy, unit); err != nil {
		return err
	}
	if _, ok := state.Policy.Office(o.office); !ok {
		return a.unknownOffice(state.Policy, opt.Unit, o.office)
	}
	if opt.Terms, err = a.terms(o); err != nil {
		return err
	}
	if opt.Officer, opt.Handle, err = a.whom(state, officer); err != nil {
		return err
	}
	if opt.Documents, err = a.documents(o.documents, o.reason); err != nil {
		return err
	}
	today := register.DayOf(a.Now())
	ap, err := desk.Appoint(state, today, opt)
	if err != nil {
		return err
	}
	if err := a.writeNew(out, ap.Encode()); err != nil {
		return err
	}
	if err := a.wishes(ap, state, today); err != nil {
		return err
	}
	return a.showAppointment(ap, state, today, out)
}

// wishes says what the policy recommends and is not so. It refuses nothing.
func (a *app) wishes(ap *desk.Appointment, state *access.State, today register.Day) error {
	o, ok := state.Policy.Office(ap.Grant.Office)
	if !ok || len(o.Warn) == 0 {
		return nil
	}
	f, err := state.GrantFacts(ap.Grant, today)
	if err != nil {
		return err
	}
	for i := range o.Warn {
		if holds, err := o.Warn[i].Holds(f.Env()); err == nil && holds {
			a.warn(a.label(state.Policy, o.Warn[i].Says, o.ID), "")
		}
	}
	return nil
}

// writeNew writes a file that must not be there yet, for its owner alone.
func (a *app) writeNew(path string, content []byte) error {
	f, err := a.newFile(path)
	if err != nil {
		return err
	}
	return fill(f, content)
}

// writeOver puts new content in the place of a file, which is whole at every
// instant.
func writeOver(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".medlem-*")
	if err != nil {
		return err
	}
	if err = fill(f, content); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// appointments reads an appointment file, or copies of one that different people
// signed.
func (a *app) appointments(paths []string) (*desk.Appointment, error) {
	var out *desk.Appointment
	for _, path := range paths {
		b, err := readFile(path, desk.AppointmentLimit)
		if err != nil {
			return nil, err
		}
		ap, err := desk.ParseAppointment(b)
		if err == nil && out != nil {
			err = out.Join(ap)
		} else if err == nil {
			out = ap
		}
		if err != nil {
			return nil, refused(a.tr("{{.Path}} cannot be used: {{.Reason}}", "Path", path, "Reason", err.Error()), a.tr("ask for it again, unchanged"))
		}
	}
	return out, nil
}

// stateIfAny is the state of the register that is at hand, nil where there is
// none.
func (a *app) stateIfAny() (*access.State, error) {
	dir, err := a.registerDir()
	if errors.Is(err, desk.ErrNoRegister) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	repo, err := gitstore.Open(dir)
	if errors.Is(err, gitstore.ErrNoRepository) && a.dir == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer repo.Close()
	id, err := mainOf(repo)
	if err != nil || id.IsZero() {
		return nil, nil // another repository, or an empty one
	}
	c, err := gitstore.ReadCommit(repo, id)
	if err != nil {
		return nil, err
	}
	s, err := access.NewLoader(repo).At(c.Tree)
	if err != nil || s.Policy == nil {
		return nil, nil
	}
	a.speak(s.Policy)
	return s, nil
}

// stateFor is the state of the register that is at hand, where it knows the
// appointment's office.
func (a *app) stateFor(ap *desk.Appointment) (*access.State, error) {
	s, err := a.stateIfAny()
	if err != nil || s == nil || ap.Fits(s) {
		return s, err
	}
	a.warn(a.tr("the register here does not know this office: what the appointment itself says counts"), a.tr("run medlem sync"))
	return nil, nil
}

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
}

func (a *app) showAppointment(ap *desk.Appointment, state *access.State, today register.Day, path string) error {
	var p *policy.Policy
	if state != nil {
		p = state.Policy
	}
	g := ap.Grant
	missing := ap.Missing(state, today)
	out := appointmentJSON{path, g.Unit, g.Handle, ap.Officer.Fingerprint(), g.Office, g.From, g.Until, append([]string{}, ap.Documents()...),
		[]signatureJSON{}, lacksJSON(missing), append([]register.Handle{}, g.Names...)}
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
	add(a.tr("Everyone with access"), joined(g.Names))
	for _, e := range g.Evidence {
		add(a.tr("Document"), a.matter(p, g.Office, e.Kind)+"  "+e.Digest[:16])
	}
	t.write(w, "  ")
}
