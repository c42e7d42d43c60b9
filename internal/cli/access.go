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
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) accessCommand() *cobra.Command {
	var fix bool
	c := a.build(command{
		use:   "access [UNIT|HANDLE]",
		short: a.tr("show who has access to what, on any day"),
		long: a.tr("Shows who holds which office and what she reaches by it; for a unit, everybody who can read its members; for a handle, everything that this officer can read. " +
			"It also shows who waits and for what, what ends soon, exceptions, and offices that nobody holds. " +
			"With --on it answers for another day: every state that the register was in on that day counts, so that an access of one hour is seen. " +
			"It needs no key. Where keys are sealed to others than those who have access, it says so; --fix, for the secretariat, mends it."),
		example:  "medlem access asker --on 2026-09-01",
		codes:    "134",
		findings: a.tr("keys are sealed to others than those who have access today"),
		on:       true,
		max:      1,
		run: func(c *cobra.Command, args []string) error {
			if fix {
				return a.fixAccess(c.Context())
			}
			return a.access(args)
		},
	})
	c.Flags().BoolVar(&fix, "fix", false, a.tr("seal the keys to those who have access today; for the secretariat"))
	return c
}

func (a *app) fixAccess(ctx context.Context) error {
	if a.on != "" {
		return usageError(a.tr("--on has no meaning here: {{.Command}} is about today", "Command", "medlem access --fix"), "")
	}
	return a.at(withKey, func(s *session) error {
		err := s.Readers(ctx)
		fixed := err == nil
		if err != nil && !errors.Is(err, desk.ErrNothing) {
			return err
		}
		out := struct {
			Fixed bool `json:"fixed"`
		}{fixed}
		return s.result(out, func(w io.Writer) {
			if fixed {
				fmt.Fprintln(w, s.tr("The keys are sealed to those who have access today."))
				return
			}
			fmt.Fprintln(w, s.tr("All keys are right already."))
		})
	})
}

func (a *app) access(args []string) error {
	_, repo, err := a.repository()
	if err != nil {
		return err
	}
	defer repo.Close()
	day, err := a.today()
	if err != nil {
		return err
	}
	loader := access.NewLoader(repo)
	states, err := a.statesOn(repo, loader, day, a.on == "")
	if err != nil {
		return err
	}
	if len(states) == 0 {
		return refused(a.tr("the register did not exist on {{.Day}}", "Day", day), "")
	}
	r := &accessReport{Day: day, Access: []accessJSON{}, Keys: []keysJSON{}, Pending: []waitingGrantJSON{}, Seats: []seatsJSON{}}
	for _, s := range states {
		r.add(s, day)
	}
	if err := r.waiting(states[0], day); err != nil {
		return err
	}
	a.speak(r.policy)
	r.sort()
	only := ""
	if len(args) > 0 {
		only = args[0]
	}
	if err := a.narrow(r, only); err != nil {
		return err
	}
	if err := a.result(r, func(w io.Writer) { a.printAccess(w, r, only) }); err != nil {
		return err
	}
	if len(r.Keys) > 0 && a.on == "" {
		return errFindings
	}
	return nil
}

// narrow leaves what is about one unit or one officer.
func (a *app) narrow(r *accessReport, only string) error {
	if only == "" {
		return nil
	}
	if h, err := register.ParseHandle(only); err == nil {
		r.Access = slices.DeleteFunc(r.Access, func(x accessJSON) bool { return x.Handle != h })
		r.Keys = slices.DeleteFunc(r.Keys, func(k keysJSON) bool { return !slices.Contains(k.Without, h) && !slices.Contains(k.Beyond, h) })
		r.narrowTo("", h)
		return nil
	}
	u, err := a.unitOf(r.policy, only)
	if err != nil {
		return err
	}
	r.Access = slices.DeleteFunc(r.Access, func(x accessJSON) bool { return x.Unit != u && !slices.Contains(x.Reads, u) })
	r.Keys = slices.DeleteFunc(r.Keys, func(k keysJSON) bool { return k.Unit != u })
	r.narrowTo(u, "")
	return nil
}

func (a *app) printAccess(w io.Writer, r *accessReport, only string) {
	p := r.policy
	fmt.Fprintln(w, a.tr("Access on {{.Day}}:", "Day", r.Day))
	t := &table{head: []string{a.tr("Unit"), a.tr("Office"), a.tr("Handle"), a.tr("From"), a.tr("Until"), a.tr("Reads")}}
	for _, x := range r.Access {
		t.add(unitName(p, x.Unit), a.officeName(p, x.Office), string(x.Handle), string(x.From), string(x.Until), a.reads(r, x))
	}
	t.write(w, "  ")
	if len(r.Access) == 0 {
		fmt.Fprintln(w, "  "+a.tr("nobody"))
	}
	a.printWaiting(w, r, only != "")
	if only == "" {
		fmt.Fprintln(w, a.tr("Besides, the recovery secret on paper opens everything."))
	}
	for _, k := range r.Keys {
		unit := unitName(p, k.Unit)
		for _, h := range k.Without {
			fmt.Fprintln(w, a.tr("Keys: {{.Handle}} has access to {{.Unit}}, but its keys are not sealed to her.", "Handle", h, "Unit", unit))
		}
		for _, h := range k.Beyond {
			fmt.Fprintln(w, a.tr("Keys: {{.Handle}} has no access to {{.Unit}}, but its keys are sealed to her.", "Handle", h, "Unit", unit))
		}
	}
	switch {
	case len(r.Keys) == 0:
		fmt.Fprintln(w, a.tr("Keys: sealed to exactly these."))
	case a.on == "":
		fmt.Fprintf(w, "%s %s\n", a.tr("hint:"), a.tr("the secretariat mends it with medlem access --fix"))
	}
}

// reads names the units that an office reaches, or counts them.
func (a *app) reads(r *accessReport, x accessJSON) string {
	const named = 3 // more are counted
	switch {
	case len(x.Reads) == 0:
		return a.tr("nothing")
	case len(x.Reads) == r.units && r.units > 1:
		return a.tr("everything")
	case len(x.Reads) > named:
		return a.trn(len(x.Reads), "{{.N}} unit", "{{.N}} units")
	}
	var names []string
	for _, u := range x.Reads {
		names = append(names, unitName(r.policy, u))
	}
	return strings.Join(names, ", ")
}
