package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) retentionCommand() *cobra.Command {
	return a.family("retention", a.tr("erase many, with brakes"),
		a.tr("Whoever has left is erased by a run: a list of those whose time is over, which only the secretariat can open. It is proposed, signed by as many as the policy asks for, and waits, so that it can be stopped, for one member or for all. Only then does it erase."),
		a.retentionRunCommand(), a.retentionListCommand(), a.retentionShowCommand(), a.retentionSignCommand(), a.retentionStopCommand(), a.retentionFinishCommand(), a.retentionTidyCommand())
}

func (a *app) retentionRunCommand() *cobra.Command {
	var dry bool
	c := a.build(command{
		use:   "run",
		short: a.tr("propose whom to erase"),
		long: a.tr("Proposes to erase the ended memberships whose month is over, those first that have waited longest, and no more of them than the policy lets one run have (policies/retention.yaml, brakes). What is restricted (medlem subject restrict) is kept and named. " +
			"Nothing is erased by it: the list waits until its last day of quarantine, and medlem retention finish erases then. With --dry-run it only shows what it would propose."),
		example: "medlem retention run --dry-run",
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			return a.at(withKey, func(s *session) error { return s.proposeRun(c.Context(), dry) })
		},
	})
	c.Flags().BoolVar(&dry, "dry-run", false, a.tr("only show it"))
	return c
}

type runGroupJSON struct {
	Unit  register.UnitID `json:"unit"`
	Rule  string          `json:"rule"`
	Month register.Month  `json:"month"`
	Count int             `json:"count"`
}

func (s *session) proposeRun(ctx context.Context, dry bool) error {
	var plan *desk.RunPlan
	var id register.RecordID
	var err error
	if dry {
		plan, err = s.PlanRun()
	} else {
		run, p, perr := s.ProposeRun(ctx)
		if plan, err = p, perr; perr == nil {
			id = run.ID
		}
	}
	if plan != nil {
		s.warnKept(plan.Kept)
	}
	if err != nil {
		return err
	}
	if len(plan.Records) == 0 {
		return desk.ErrNothing
	}
	out := struct {
		ID    register.RecordID `json:"id,omitempty"`
		Count int               `json:"count"`
		Left  int               `json:"left"` // whose time is over too, beyond what one run may have
		Until register.Day      `json:"until"`
		Due   []runGroupJSON    `json:"due"`

		Kept []register.RecordID `json:"kept,omitempty"` // likewise, and restricted
	}{id, len(plan.Records), plan.Left, plan.Until, runGroups(plan.Records), plan.Kept}
	return s.result(out, func(w io.Writer) {
		s.printGroups(w, out.Due)
		fmt.Fprintln(w, s.trn(out.Count, "{{.N}} ended membership in all", "{{.N}} ended memberships in all"))
		if out.Left > 0 {
			fmt.Fprintln(w, s.trn(out.Left, "{{.N}} more waits for another run: the policy lets one run have {{.Share}} % of all records.", "{{.N}} more wait for another run: the policy lets one run have {{.Share}} % of all records.", "Share", plan.Brakes.Share))
		}
		if dry {
			fmt.Fprintln(w, s.tr("Nothing was changed."))
			return
		}
		fmt.Fprintln(w, s.tr("The run {{.ID}} is proposed. It waits until {{.Day}}, and can be stopped: medlem retention stop", "ID", id, "Day", plan.Until))
		if plan.Brakes.Signers > 1 {
			fmt.Fprintln(w, s.tr("Next: somebody else of the secretariat signs it: medlem retention sign {{.ID}}", "ID", id))
		}
	})
}

func (s *session) printGroups(w io.Writer, groups []runGroupJSON) {
	t := &table{head: []string{s.tr("Unit"), s.tr("Reason"), s.tr("To be erased by"), s.tr("Members")}}
	for _, g := range groups {
		t.add(unitName(s.Policy(), g.Unit), s.endName(g.Rule), string(g.Month), fmt.Sprint(g.Count))
	}
	t.write(w, "")
}

func (a *app) retentionSignCommand() *cobra.Command {
	return a.build(command{
		use:     "sign RUN",
		short:   a.tr("sign a run that somebody else proposed"),
		long:    a.tr("Signs the open run, as another of the secretariat than who proposed it. Look into it first: medlem retention show. Where the policy asks for two (policies/retention.yaml, brakes), nothing is erased before."),
		example: "medlem retention sign m4k7qwertyuio",
		codes:   "134",
		min:     1,
		max:     1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.signRun(c.Context(), args[0]) })
		},
	})
}

func (s *session) signRun(ctx context.Context, text string) error {
	id, err := s.runID(text)
	if err != nil {
		return err
	}
	run, err := s.SignRun(ctx, id, func(x *desk.OpenedRun) error {
		return s.agreed(s.trn(x.Count, "Sign that {{.N}} record is erased after {{.Day}}?", "Sign that {{.N}} records are erased after {{.Day}}?", "Day", x.Until))
	})
	if err != nil {
		return err
	}
	return s.result(s.runJSON(run), func(w io.Writer) {
		fmt.Fprintln(w, s.tr("The run {{.ID}} is signed. It waits until {{.Day}}.", "ID", run.ID, "Day", run.Until))
	})
}

func (a *app) retentionStopCommand() *cobra.Command {
	return a.build(command{
		use:   "stop RUN | ID…",
		short: a.tr("stop a run, or spare members whom it names"),
		long: a.tr("Stops the whole run when it is named, and nobody is erased by it. With the ids of members it spares these: whoever asks to be kept, on her page or in a letter, whoever comes back. " +
			"A member who was taken up again or moved, whose record is restricted, or of whom a proposal waits, is spared without it. It can be done until the run is finished."),
		example: "medlem retention stop m4k7qwertyuio",
		codes:   "134",
		min:     1,
		max:     -1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.stopRun(c.Context(), args) })
		},
	})
}

func (s *session) stopRun(ctx context.Context, args []string) error {
	var ids []register.RecordID
	for _, x := range args {
		id, err := s.runID(x)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	run, err := s.StopRun(ctx, ids...)
	if err != nil {
		return err
	}
	if run.Stopped != "" {
		return s.result(s.runJSON(run), func(w io.Writer) {
			fmt.Fprintln(w, s.tr("The run {{.ID}} is stopped. Nobody is erased by it.", "ID", run.ID))
		})
	}
	return s.result(s.runJSON(run), func(w io.Writer) {
		fmt.Fprintln(w, s.trn(len(ids), "{{.N}} member is spared by the run {{.ID}}.", "{{.N}} members are spared by the run {{.ID}}.", "ID", run.ID))
		fmt.Fprintln(w, s.tr("The next run names them again, unless they are taken up again (medlem reopen)."))
	})
}

// runID reads the id of a run, or of a member: a whole one, since it cannot be undone.
func (s *session) runID(text string) (register.RecordID, error) {
	id, err := register.ParseRecordID(strings.ToLower(text))
	if err != nil {
		return "", usageError(s.tr("that is not the id of a run"), s.tr("medlem retention list shows the runs"))
	}
	return id, nil
}

func (a *app) retentionFinishCommand() *cobra.Command {
	var receipts string
	c := a.build(command{
		use:   "finish [RUN]",
		short: a.tr("erase whom a run names, after its quarantine"),
		long: a.tr("Destroys the keys of the records that the open run names, all but those who are spared, when its quarantine is over and as many have signed it as the policy asks for. " +
			"Everybody can see without a key that it erased nobody whom it had not announced.\n\n" +
			"It cannot be undone."),
		example: "medlem retention finish",
		codes:   "134",
		max:     1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.finishRun(c.Context(), args, receipts) })
		},
	})
	c.Flags().StringVar(&receipts, "receipt", "", a.tr("write each one's paper into this new `FOLDER`"))
	return c
}

func (s *session) finishRun(ctx context.Context, args []string, receipts string) error {
	var id register.RecordID
	var err error
	if len(args) > 0 {
		if id, err = s.runID(args[0]); err != nil {
			return err
		}
	}
	papers, err := s.erasurePapers(receipts)
	if err != nil {
		return err
	}
	res, err := s.FinishRun(ctx, id, func(n int) error {
		return s.agreed(s.trn(n, "Erase {{.N}} record for good?", "Erase {{.N}} records for good?"))
	}, papers.give)
	if err != nil {
		papers.drop()
		return err
	}
	out := struct {
		Run    runJSON      `json:"run"`
		Spared []sparedJSON `json:"spared"`
		erasedJSON
	}{s.runJSON(res.Run), []sparedJSON{}, erasedOf(res.Erased, papers)}
	for _, id := range res.Run.Spared {
		out.Spared = append(out.Spared, sparedJSON{id, res.Spared[id]})
	}
	return s.result(out, func(w io.Writer) {
		s.printErased(w, res.Erased, papers)
		for _, x := range out.Spared {
			fmt.Fprintln(w, s.tr("{{.ID}} is spared: {{.Why}}", "ID", x.ID, "Why", s.sparedWhy(x.Why)))
		}
	})
}

type sparedJSON struct {
	ID  register.RecordID `json:"id"`
	Why desk.Spared       `json:"why"`
}

func (a *app) sparedWhy(why desk.Spared) string {
	switch why {
	case desk.SparedStopped:
		return a.tr("the secretariat stopped it")
	case desk.SparedMoved:
		return a.tr("taken up again, moved, or erased already")
	}
	if why == desk.SparedKept {
		return a.tr("the record is restricted: kept, not used")
	}
	return a.tr("a proposal about her waits for an answer")
}

// clockHint is the way out where this computer's clock and main do not agree.
func (a *app) clockHint(e *desk.ClockError) string {
	if e.Today < e.Newest {
		return a.tr("set the clock; where it is right, the register was written with a wrong one: medlem doctor")
	}
	return a.tr("set the clock; or where it is right, say so: --today {{.Day}}", "Day", e.Today)
}

// explainRun explains why desk did not run, or erase.
func (a *app) explainRun(err error) *failure {
	var unripe *desk.UnripeError
	var clock *desk.ClockError
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case is(desk.ErrNoRun):
		return &failure{exitRefused, a.tr("no such run of erasures is open"), a.tr("medlem retention list shows the runs")}
	case is(desk.ErrRunOpen):
		return &failure{exitRefused, a.tr("a run of erasures is open already"), a.tr("finish it (medlem retention finish), or stop it (medlem retention stop RUN)")}
	case is(desk.ErrRunOwn):
		return &failure{exitRefused, a.tr("whoever proposed a run has signed it by that"), a.tr("somebody else of the secretariat signs it")}
	case is(desk.ErrRunSigned):
		return &failure{exitRefused, a.tr("you have signed this run already"), ""}
	case is(desk.ErrNotInRun):
		return &failure{exitRefused, a.tr("the open run does not name this member"), a.tr("medlem retention show lists whom it names")}
	case is(desk.ErrByRun):
		return &failure{exitRefused, a.tr("the policy has brakes: several records are erased by a run alone"), a.tr("propose one: medlem retention run")}
	case errors.As(err, &unripe) && unripe.Until != "":
		return &failure{exitRefused, a.tr("the run can be stopped until {{.Day}}; it erases nobody before", "Day", unripe.Until), a.tr("finish it after that day: medlem retention finish")}
	case errors.As(err, &unripe):
		return &failure{exitRefused, a.tr("the run is signed by {{.Have}} of the secretariat; the policy asks for {{.Need}}", "Have", unripe.Have, "Need", unripe.Need), a.tr("somebody else of the secretariat signs it: medlem retention sign RUN")}
	case errors.As(err, &clock):
		return &failure{exitRefused, a.tr("this computer's clock says {{.Day}}, and the newest entry of the register is of {{.Newest}}; nothing is written or erased by a clock that may be wrong", "Day", clock.Today, "Newest", clock.Newest),
			a.clockHint(clock)}
	}
	return nil
}
