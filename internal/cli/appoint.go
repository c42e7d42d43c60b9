package cli

import (
	"errors"
	"fmt"
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
	var suited bool
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
			return a.appoint(unit, officer, out, &o, suited)
		},
	})
	f := c.Flags()
	f.StringVar(&unit, "unit", "", a.tr("the `UNIT` in which she is appointed"))
	f.StringVar(&officer, "officer", "", a.tr("her officer `FILE`, or her handle where the register knows her"))
	a.termFlags(c, &o)
	f.StringVar(&out, "out", "", a.tr("the new `FILE` to write"))
	f.BoolVar(&suited, "suited", false, a.tr("say that whoever is appointed is suited, as the office's page asks"))
	return c
}

// careful shows for whom an office that opens members is, and asks whether it is so;
// where nobody can be asked it warns. It refuses nothing that is not denied.
// said tells whether it was said that it is so.
func (a *app) careful(p *policy.Policy, office string, suited bool) (said bool, err error) {
	o, _ := p.Office(office)
	if suited || !o.Can(policy.ActRead) {
		return suited, nil
	}
	says := a.tr("Whoever has this office sees what members gave in trust. Choose somebody who is careful, who keeps what she learns to herself, and who has the time.")
	if !a.Terminal {
		a.warn(says, a.tr("when you have made sure of it, say so: --suited"))
		return false, nil
	}
	fmt.Fprintln(a.Stderr, wrap(says, helpWidth, ""))
	err = a.agreed(a.tr("Is she suited, and does she know what the office asks?"))
	return err == nil, err
}

func (a *app) appoint(unit, officer, out string, o *termFlags, suited bool) error {
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
	if suited, err = a.careful(state.Policy, o.office, suited); err != nil {
		return err
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
	ap.Suited = suited
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
	a.opened = append(a.opened, repo) // a state counts members when it is asked
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
