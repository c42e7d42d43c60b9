package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

type controlFlags struct {
	units   []string
	end     []string
	keepAll bool
	yes     bool
	idle    int
}

// idleMonths is after how many months without a sign of life a grant is pointed
// out.
const idleMonths = 12

func (a *app) controlCommand() *cobra.Command {
	var o controlFlags
	c := a.build(command{
		use:   "control",
		short: a.tr("go through who has access, and say whether each still needs it"),
		long: a.tr("Lists every access, since when, until when, when its holder last did anything and last made herself a new key, and points out those that may no longer be needed. " +
			"With --keep-all, or --end for each that is to end, it writes the control that the policy asks for: signed, naming every access, together with the end of those that end. " +
			"Without --yes it only shows what it would do. Who is not of the secretariat sends it as a proposal."),
		example: "medlem control --unit asker --end o-7k3fm2q4x6@asker --keep-all --yes",
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			n := anyKey
			if o.keepAll || len(o.end) > 0 {
				n = withKey
			}
			return a.at(n, func(s *session) error { return s.control(c.Context(), o) })
		},
	})
	f := c.Flags()
	f.StringArrayVar(&o.units, "unit", nil, a.tr("only this `UNIT`; may be given more than once (default: all)"))
	f.StringArrayVar(&o.end, "end", nil, a.tr("end this access, `HANDLE@UNIT`; may be given more than once"))
	f.BoolVar(&o.keepAll, "keep-all", false, a.tr("keep every access that does not end"))
	f.BoolVar(&o.yes, "yes", false, a.tr("write the control without being asked"))
	f.IntVar(&o.idle, "idle", idleMonths, a.tr("point out whose holder has done nothing for so many `MONTHS`"))
	return c
}

type controlledJSON struct {
	Unit    register.UnitID `json:"unit"`
	Handle  register.Handle `json:"handle"`
	Office  string          `json:"office"`
	From    register.Day    `json:"from"`
	Until   register.Day    `json:"until,omitempty"`
	Signed  register.Day    `json:"signed,omitempty"`
	Rotated register.Day    `json:"rotated,omitempty"`
	Missing []lackJSON      `json:"missing"`
	Marks   []desk.Mark     `json:"marks"`
	Ends    bool            `json:"ends"`
}

func (s *session) control(ctx context.Context, o controlFlags) error {
	opt := desk.ControlOptions{Idle: o.idle}
	var err error
	for _, text := range o.units {
		u, err := s.unit(text)
		if err != nil {
			return err
		}
		opt.Units = append(opt.Units, u)
	}
	ended, err := s.grantIDs(o.end)
	if err != nil {
		return err
	}
	list, err := s.Control(opt)
	if err != nil {
		return err
	}
	out := struct {
		Access  []controlledJSON `json:"access"`
		Written bool             `json:"written"`
		Topic   string           `json:"topic,omitempty"`
	}{Access: []controlledJSON{}}
	for _, c := range list {
		out.Access = append(out.Access, controlled(c, ended))
	}
	show := func(w io.Writer) { s.printControl(w, out.Access, list) }
	switch {
	case len(ended) > 0 && !o.keepAll && len(ended) < len(list):
		return usageError(s.tr("say that the other accesses are kept: --keep-all"), s.tr("a control names every access, as kept or as ended"))
	case !o.keepAll && len(ended) == 0:
		return s.result(out, show)
	case s.Terminal && !o.yes:
		show(s.Stderr)
		if err := s.agreed(s.tr("Write this control?")); err != nil {
			return err
		}
	case !o.yes:
		return s.result(out, func(w io.Writer) {
			show(w)
			fmt.Fprintln(w, s.tr("Nothing was changed. Say --yes to write this control."))
		})
	}
	sub, err := s.Controls(ctx, opt.Units, ended)
	if err != nil {
		return err
	}
	if out.Written = true; sub != nil {
		out.Topic = sub.Topic
	}
	return s.result(out, func(w io.Writer) {
		show(w)
		if sub != nil {
			fmt.Fprintln(w, s.tr("The control is sent to the secretariat and waits ({{.Topic}}).", "Topic", sub.Topic))
			return
		}
		fmt.Fprintln(w, s.tr("The control is written."))
	})
}

// grantIDs reads HANDLE@UNIT.
func (s *session) grantIDs(list []string) ([]access.GrantID, error) {
	var out []access.GrantID
	for _, text := range list {
		h, unit, ok := strings.Cut(text, "@")
		handle, err := register.ParseHandle(h)
		if !ok || err != nil {
			return nil, usageError(s.tr("--end: not understood"), s.tr("write it as --end HANDLE@UNIT"))
		}
		u, err := s.unit(unit)
		if err != nil {
			return nil, err
		}
		out = append(out, access.GrantID{Unit: u, Handle: handle})
	}
	return out, nil
}

func controlled(c *desk.Controlled, ended []access.GrantID) controlledJSON {
	g := c.Grant
	x := controlledJSON{Unit: g.Unit, Handle: g.Handle, Office: g.Office, From: g.From, Until: g.Last(), Signed: c.Signed, Rotated: c.Rotated,
		Missing: lacksJSON(c.Lacks), Marks: append([]desk.Mark{}, c.Marks...)}
	for _, id := range ended {
		x.Ends = x.Ends || id == g.ID()
	}
	return x
}

func (s *session) printControl(w io.Writer, rows []controlledJSON, list []*desk.Controlled) {
	t := &table{head: []string{s.tr("Unit"), s.tr("Office"), s.tr("Handle"), s.tr("From"), s.tr("Until"), s.tr("Last signed"), s.tr("Key made"), ""}}
	for i, x := range rows {
		var notes []string
		if x.Ends {
			notes = append(notes, s.tr("ENDS"))
		}
		for _, m := range x.Marks {
			notes = append(notes, s.mark(m))
		}
		if len(list[i].Lacks) > 0 {
			notes = append(notes, s.tr("waits: {{.Missing}}", "Missing", s.lacks(s.Policy(), x.Office, list[i].Lacks)))
		}
		signed := string(x.Signed)
		if signed == "" {
			signed = s.tr("never")
		}
		t.add(unitName(s.Policy(), x.Unit), s.officeName(s.Policy(), x.Office), string(x.Handle), string(x.From), string(x.Until), signed, string(x.Rotated), strings.Join(notes, "; "))
	}
	t.write(w, "")
	fmt.Fprintln(w, s.trn(len(rows), "{{.N}} access", "{{.N}} accesses"))
}

// mark says what should be looked at.
func (a *app) mark(m desk.Mark) string {
	switch m {
	case desk.MarkIdle:
		return a.tr("nothing signed for long")
	case desk.MarkEnded:
		return a.tr("its last day is over")
	case desk.MarkEndsSoon:
		return a.tr("ends soon")
	case desk.MarkGuide:
		return a.tr("an older guide")
	case desk.MarkPending:
		return a.tr("has waited for long")
	case desk.MarkRotate:
		return a.tr("an old key")
	}
	return string(m)
}

// explainControl explains why desk wrote no control.
func (a *app) explainControl(err error) *failure {
	switch {
	case errors.Is(err, desk.ErrNoControl):
		return &failure{exitRefused, a.tr("the policy asks for no control of access"), a.tr("medlem control shows what there is; policies/review.yaml can ask for controls")}
	case errors.Is(err, desk.ErrControlDone):
		return &failure{exitRefused, a.tr("this control was made today already"), ""}
	}
	return nil
}
