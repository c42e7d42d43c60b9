package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// fieldChangeJSON is what a proposal does to one field.
type fieldChangeJSON struct {
	Field string       `json:"field"`
	Was   record.Value `json:"was"`
	Is    record.Value `json:"is"`
}

type fieldFaultJSON struct {
	Field   string `json:"field"`
	Rule    string `json:"rule"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

type reviewChangeJSON struct {
	changeJSON
	Values []fieldChangeJSON `json:"values"`
	Faults []fieldFaultJSON  `json:"faults"`
	Twins  []twinJSON        `json:"twins"` // who may be the same person as somebody new
}

func (a *app) reviewCommand() *cobra.Command {
	return a.build(command{
		use:   "review NUMBER",
		short: a.tr("look at a proposal"),
		long: a.tr("Shows each change of a proposal with what stood there before, what the rules say of it, and members who may be the same person as somebody new. " +
			"What breaks the rules is not opened. Nothing is changed."),
		example:  "medlem review 1",
		codes:    "134",
		findings: a.tr("the proposal breaks the rules"),
		min:      1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error {
				r, err := s.Review(c.Context(), args[0])
				if err != nil {
					return err
				}
				return s.printReview(r)
			})
		},
	})
}

func (s *session) printReview(r *desk.Review) error {
	out := struct {
		Proposal proposalJSON       `json:"proposal"`
		Changes  []reviewChangeJSON `json:"changes"`
		Declared string             `json:"declared,omitempty"` // in what the proposal does not say truly what it changes
		Effect   *effectJSON        `json:"effect,omitempty"`   // of a change of the policies
		List     *askedListJSON     `json:"list,omitempty"`     // that it asks for
		Check    jsonReport         `json:"check"`
	}{Proposal: proposalOf(r.Proposal), Changes: []reviewChangeJSON{}, Check: reportJSON(r.Report, ReportOptions{})}
	for _, c := range r.Changes {
		out.Changes = append(out.Changes, s.reviewed(c))
	}
	if r.Declared != nil {
		out.Declared = s.notDeclared(r.Declared)
	}
	next, effect, err := s.proposedPolicy(r)
	if err != nil {
		return err
	}
	if effect != nil {
		e := effectOf(effect)
		out.Effect = &e
	}
	out.List = s.askedList(r)
	err = s.result(out, func(w io.Writer) {
		p := r.Proposal
		fmt.Fprintln(w, s.tr("Proposal {{.Number}}, {{.Unit}}, from {{.From}}, {{.Day}}", "Number", p.N, "Unit", unitName(s.Policy(), p.Unit),
			"From", s.who(p.Handle, p.Unit), "Day", register.DayOf(p.When)))
		faulty, twice := 0, false
		for i, c := range out.Changes {
			s.printReviewed(w, r, r.Changes[i], c)
			if len(c.Faults) > 0 {
				faulty++
			}
			for _, t := range c.Twins {
				twice = twice || t.Likely
			}
		}
		if len(r.Report.Findings) > 0 {
			_ = WriteReport(w, r.Report, "text", ReportOptions{Color: s.Color})
			return
		}
		if effect != nil {
			fmt.Fprintln(w)
			s.printEffect(w, s.Policy(), next, effect)
		}
		if out.List != nil {
			s.printAskedList(w, out.List, r.Changes[0].Request.Note)
			fmt.Fprintln(w, s.tr("Next: medlem draw approve {{.Number}}, or medlem reject {{.Number}} --reason TEXT", "Number", p.N))
			return
		}
		fmt.Fprintln(w, s.trn(len(out.Changes), "{{.N}} change; the rules allow it.", "{{.N}} changes; the rules allow them."))
		if out.Declared != "" {
			fmt.Fprintln(w, s.tr("It cannot be taken in: {{.Reason}}.", "Reason", out.Declared))
		}
		if faulty > 0 {
			fmt.Fprintln(w, s.trn(faulty, "{{.N}} of them has a fault and cannot be taken in.", "{{.N}} of them have faults and cannot be taken in."))
		}
		if twice {
			fmt.Fprintln(w, s.tr("Next: medlem reject {{.Number}} --registered-elsewhere, or, where they are two people, medlem merge {{.Number}} --keep-duplicates", "Number", p.N))
			return
		}
		if faulty > 0 && r.Changes[0].Request != nil && r.Changes[0].Request.From == record.FromSMS {
			fmt.Fprintln(w, s.tr("Next: medlem merge {{.Number}} --set FIELD=VALUE, with what she has told since, or medlem reject {{.Number}} --reason TEXT", "Number", p.N))
			return
		}
		fmt.Fprintln(w, s.tr("Next: medlem merge {{.Number}}, or medlem reject {{.Number}} --reason TEXT", "Number", p.N))
	})
	if err != nil {
		return err
	}
	if len(r.Report.Findings) > 0 {
		return errFindings
	}
	return nil
}

// proposedPolicy is the policy that a proposal brings, and what it would do today;
// nil where it brings none.
func (s *session) proposedPolicy(r *desk.Review) (*policy.Policy, *access.Effect, error) {
	if !slices.ContainsFunc(r.Changes, func(c *desk.Change) bool { return c.Verb == "policy" }) {
		return nil, nil, nil
	}
	effect, next, err := s.ProposedEffect(r)
	return next, effect, err
}

// notDeclared says in what a proposal does not say truly what it changes.
func (a *app) notDeclared(e *desk.DeclaredError) string {
	var out []string
	if len(e.Hidden) > 0 {
		out = append(out, a.tr("it changes {{.Fields}}, and does not say so", "Fields", strings.Join(e.Hidden, ", ")))
	}
	if len(e.Idle) > 0 {
		out = append(out, a.tr("it says that it changes {{.Fields}}, and does not", "Fields", strings.Join(e.Idle, ", ")))
	}
	return strings.Join(out, "; ")
}

func (s *session) reviewed(c *desk.Change) reviewChangeJSON {
	out := reviewChangeJSON{changeJSON: s.described(c), Values: []fieldChangeJSON{}, Faults: []fieldFaultJSON{},
		Twins: twinsOf(c)}
	for _, f := range c.Faults {
		out.Faults = append(out.Faults, fieldFaultJSON{f.Field, f.Rule, f.Msg, f.Hint})
	}
	if c.Is == nil {
		return out
	}
	for _, f := range c.Fields {
		x := fieldChangeJSON{Field: f, Is: c.Is.Fields[f]}
		if c.Was != nil {
			x.Was = c.Was.Fields[f]
		}
		out.Values = append(out.Values, x)
	}
	return out
}

func (s *session) printReviewed(w io.Writer, r *desk.Review, c *desk.Change, x reviewChangeJSON) {
	if x.ID == "" {
		fmt.Fprintf(w, "\n%s\n", s.sentence(x.changeJSON))
		return
	}
	fmt.Fprintf(w, "\n%s  [%s]\n", s.sentence(x.changeJSON), x.ID)
	t := &table{}
	for _, v := range x.Values {
		name := s.fieldName(s.Policy(), v.Field)
		is := s.value(s.Policy(), v.Field, v.Is)
		if v.Is.Empty() {
			is = s.tr("(nothing)")
		}
		switch {
		case x.Act == "add", x.Act == "request-join":
			t.add(name, is)
		case c.Was == nil:
			t.add(name, s.tr("(no longer readable)"), "→", is)
		case v.Was.Empty():
			t.add(name, s.tr("(nothing)"), "→", is)
		default:
			t.add(name, s.value(s.Policy(), v.Field, v.Was), "→", is)
		}
	}
	t.write(w, "  ")
	s.printSent(w, c)
	for _, f := range c.Faults {
		fmt.Fprintf(w, "  %s %s\n", s.tr("fault:"), f.Error())
	}
	for _, t := range c.Twins {
		fmt.Fprintln(w, "  "+s.twin(r, t))
	}
}
