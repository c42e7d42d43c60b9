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

type listRequestFlags struct {
	unit    string
	of      []string
	purpose string
	columns []string
	note    string
}

func (a *app) drawRequestCommand() *cobra.Command {
	var o listRequestFlags
	c := a.build(command{
		use:   "request KIND --purpose PURPOSE",
		short: a.tr("ask the secretariat for a list"),
		long: a.tr("Asks for a list of a kind that the policy lets your office ask for (requests in policies/lists.yaml). The request is sent at once and sealed to the secretariat. " +
			"When it is approved, medlem sync says so, and medlem draw fetch writes the list. You get no access by it."),
		example: "medlem draw request district-list --purpose invitation --note 'the annual meeting'",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.requestList(c.Context(), args[0], o) })
		},
	})
	f := c.Flags()
	f.StringVar(&o.unit, "unit", "", a.tr("the `UNIT` in which you ask, where it could be several"))
	f.StringArrayVar(&o.of, "of", nil, a.tr("only of the members of this `UNIT`; may be given more than once (default: of all that the kind reaches)"))
	f.StringVar(&o.purpose, "purpose", "", a.tr("what it is for: a `PURPOSE` of policies/lists.yaml"))
	f.StringSliceVar(&o.columns, "columns", nil, a.tr("the `FIELDS` in it, with commas between (default: those of the purpose)"))
	f.StringVar(&o.note, "note", "", a.tr("`TEXT` for the secretariat, kept sealed"))
	return c
}

func (s *session) requestList(ctx context.Context, kind string, o listRequestFlags) error {
	opt := desk.ListRequestOptions{Kind: kind, Purpose: o.purpose, Note: o.note}
	if o.purpose == "" {
		return usageError(s.tr("say what the list is for: --purpose PURPOSE"), s.purposesHint())
	}
	var err error
	if o.unit != "" {
		if opt.Unit, err = s.unit(o.unit); err != nil {
			return err
		}
	}
	if opt.Units, err = s.units(o.of); err != nil {
		return err
	}
	for _, c := range o.columns {
		key, err := s.field(strings.TrimSpace(c))
		if err != nil {
			return err
		}
		opt.Columns = append(opt.Columns, key)
	}
	sub, err := s.RequestList(ctx, opt)
	if err != nil {
		return err
	}
	out := struct {
		Topic string `json:"topic"`
	}{sub.Topic}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, s.tr("The request is sent and waits ({{.Topic}}).", "Topic", sub.Topic))
	})
}

func (a *app) drawApproveCommand() *cobra.Command {
	var until, use string
	c := a.build(command{
		use:   "approve NUMBER",
		short: a.tr("say yes to a request for a list"),
		long: a.tr("Takes out the list that a proposal asks for, for whoever asked and nobody else: it goes to her sealed, in one step with its receipt and the end of the request. " +
			"medlem review NUMBER shows what is asked for, and medlem reject refuses it."),
		example: "medlem draw approve 3 --destroy-by 2026-06-30",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.approveList(c.Context(), args[0], until, use) })
		},
	})
	c.Flags().StringVar(&until, "destroy-by", "", a.tr("the last `DATE` on which it may exist (default: the last that the policy allows)"))
	c.Flags().StringVar(&use, "use", "", a.tr("the `DATE` of what it is for, where the policy counts from there"))
	return c
}

func (s *session) approveList(ctx context.Context, which, until, use string) error {
	var o desk.Approval
	var err error
	if o.Until, err = s.day(until, "--destroy-by"); err != nil {
		return err
	}
	if o.Use, err = s.day(use, "--use"); err != nil {
		return err
	}
	t, err := s.ApproveList(ctx, which, o, s.rendering(access.FormatXLSX))
	if err != nil {
		return err
	}
	r := t.Receipt
	out := struct {
		Draw drawJSON `json:"draw"`
	}{drawnJSON(&desk.Drawn{Receipt: r, Missing: r.Missing(s.Policy().Lists.Attest)})}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, s.trn(r.Count, "The list of {{.N}} member lies ready for {{.Handle}}, sealed to her alone, until she fetches it.",
			"The list of {{.N}} members lies ready for {{.Handle}}, sealed to her alone, until she fetches it.", "Handle", r.For))
		fmt.Fprintln(w, s.tr("It must be destroyed by {{.Day}} ({{.ID}}).", "Day", r.Day, "ID", r.ID))
	})
}

func (a *app) drawFetchCommand() *cobra.Command {
	var passwordFile string
	c := a.build(command{
		use:   "fetch TOPIC FILE",
		short: a.tr("get a list that you asked for"),
		long: a.tr("Takes the list from the server, which has it no more then, and writes it as a workbook (.xlsx) under a password of its own. " +
			"The password is shown on the terminal, or goes into a file of its own."),
		example: "medlem draw fetch akershus-abcd2efgh3ijk invitation.xlsx",
		codes:   "134",
		min:     2, max: 2,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.fetchList(c.Context(), args[0], args[1], passwordFile) })
		},
	})
	c.Flags().StringVar(&passwordFile, "password-file", "", a.tr("write the password to this new `FILE`, which goes another way than the list"))
	return c
}

func (s *session) fetchList(ctx context.Context, topic, path, passwordFile string) error {
	if _, err := register.ParseTopic(topic); err != nil {
		return usageError(s.tr("that is not the topic of a request"), s.tr("medlem sync says which lists lie ready"))
	}
	if !strings.HasSuffix(path, "."+access.FormatXLSX) {
		return usageError(s.tr("the list is a workbook; let the file's name end in .xlsx"), "")
	}
	if err := s.discreet(path, passwordFile); err != nil {
		return err
	}
	var r *access.Draw
	err := s.FetchList(ctx, topic, func(h *desk.Handed) error {
		r = h.Receipt
		return s.writeProtected(path, passwordFile, h.Plain, s.Policy().Lists.Password)
	})
	if err != nil {
		return err
	}
	return s.tellDraw(&desk.Taken{Receipt: r, Sent: true}, path)
}

// explainListRequest explains what desk refuses of requests for lists.
func (a *app) explainListRequest(err error) *failure {
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case is(desk.ErrListAsked):
		return &failure{exitRefused, a.tr("the proposal asks for a list"), a.tr("approve it: medlem draw approve NUMBER; or refuse it: medlem reject NUMBER --reason TEXT")}
	case is(desk.ErrNoListAsk):
		return &failure{exitRefused, a.tr("the proposal asks for no list"), a.tr("medlem review NUMBER shows what it is")}
	case is(desk.ErrListKind):
		return &failure{exitRefused, a.tr("there is no such list to ask for"), a.tr("policies/lists.yaml says which there are (requests)")}
	case is(desk.ErrMayNotAsk):
		return &failure{exitRefused, a.tr("your office may not ask for such a list"), a.tr("policies/lists.yaml says who may (requests)")}
	case is(desk.ErrAskUnit):
		return &failure{exitUsage, a.tr("you may ask for such a list in several units"), a.tr("say in which: --unit UNIT")}
	case is(desk.ErrApprover):
		return &failure{exitRefused, a.tr("others approve such a list"), a.tr("policies/lists.yaml says who (approved-by)")}
	case is(desk.ErrNoListHere):
		return &failure{exitRefused, a.tr("no list lies ready for you under this name"), a.tr("medlem sync says which lists lie ready")}
	}
	return nil
}

// askedList is the request for a list that a proposal is, for whoever judges it.
type askedListJSON struct {
	List    string            `json:"list"`
	Purpose string            `json:"purpose"`
	Columns []string          `json:"columns"`
	Units   []register.UnitID `json:"units"`
	Age     int               `json:"age"`    // days
	Within  int               `json:"within"` // days; 0: the policy does not say
}

func (s *session) askedList(r *desk.Review) *askedListJSON {
	x := s.ListAskedOf(r)
	if x == nil {
		return nil
	}
	out := &askedListJSON{x.Request.List, x.Request.Purpose, x.Request.Columns, x.Units, x.Age, x.Within}
	for _, p := range s.Policy().Lists.Purposes {
		if p.ID == out.Purpose && len(out.Columns) == 0 {
			out.Columns = p.Columns
		}
	}
	return out
}

func (s *session) printAskedList(w io.Writer, x *askedListJSON, note string) {
	t := &table{}
	t.add(s.tr("Purpose"), s.purposeName(x.Purpose))
	var names []string
	for _, c := range x.Columns {
		names = append(names, s.fieldName(s.Policy(), c))
	}
	t.add(s.tr("Columns"), strings.Join(names, ", "))
	names = nil
	for _, u := range x.Units {
		names = append(names, unitName(s.Policy(), u))
	}
	t.add(s.tr("Units"), strings.Join(names, ", "))
	if note != "" {
		t.add(s.tr("In her words"), note)
	}
	age := s.trn(x.Age, "{{.N}} day", "{{.N}} days")
	if x.Within > 0 {
		age += s.tr("; to be answered within {{.Days}}", "Days", s.trn(x.Within, "{{.N}} day", "{{.N}} days"))
	}
	if x.Within > 0 && x.Age > x.Within {
		age += ": " + s.tr("OVERDUE")
	}
	t.add(s.tr("Has waited"), age)
	t.write(w, "  ")
}
