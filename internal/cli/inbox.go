package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

type proposalJSON struct {
	Number  int             `json:"number"`
	Handle  register.Handle `json:"handle"`
	Topic   string          `json:"topic"`
	Unit    register.UnitID `json:"unit"`
	Changes int             `json:"changes"`
	When    time.Time       `json:"when"`
}

func proposalOf(p *desk.Proposal) proposalJSON {
	return proposalJSON{p.N, p.Handle, p.Topic, p.Unit, p.Count, p.When.UTC()}
}

func (a *app) inboxCommand() *cobra.Command {
	return a.build(command{
		use:     "inbox",
		short:   a.tr("list the proposals that wait"),
		long:    a.tr("Lists what officers have sent and nobody has judged yet. A proposal keeps its number as long as it waits."),
		example: "medlem inbox",
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			return a.at(withKey, func(s *session) error {
				ps, err := s.Inbox(c.Context())
				if err != nil {
					return err
				}
				out := struct {
					Proposals []proposalJSON `json:"proposals"`
				}{[]proposalJSON{}}
				for _, p := range ps {
					out.Proposals = append(out.Proposals, proposalOf(p))
				}
				return s.result(out, func(w io.Writer) {
					if len(ps) == 0 {
						fmt.Fprintln(w, s.tr("Nothing waits."))
						return
					}
					t := &table{head: []string{s.tr("No."), s.tr("Day"), s.tr("Unit"), s.tr("From"), s.tr("Changes"), s.tr("Topic")}}
					for _, p := range ps {
						t.add(fmt.Sprint(p.N), string(register.DayOf(p.When)), unitName(s.Policy(), p.Unit), s.who(p.Handle, p.Unit), fmt.Sprint(p.Count), p.Topic)
					}
					t.write(w, "")
					fmt.Fprintln(w, s.tr("Next: medlem review NUMBER"))
				})
			})
		},
	})
}

// who is an officer by her handle and the office through which she reaches a
// unit: her name stands nowhere.
func (s *session) who(h register.Handle, u register.UnitID) string {
	for _, o := range s.State().Offices(h, u, s.Today()) {
		return string(h) + " (" + s.officeName(s.Policy(), o.ID) + ")"
	}
	return string(h)
}

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
	Values []fieldChangeJSON   `json:"values"`
	Faults []fieldFaultJSON    `json:"faults"`
	Twins  []register.RecordID `json:"twins"` // members who may be the same person
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
		Check    jsonReport         `json:"check"`
	}{proposalOf(r.Proposal), []reviewChangeJSON{}, reportJSON(r.Report, ReportOptions{})}
	for _, c := range r.Changes {
		out.Changes = append(out.Changes, s.reviewed(c))
	}
	err := s.result(out, func(w io.Writer) {
		p := r.Proposal
		fmt.Fprintln(w, s.tr("Proposal {{.Number}}, {{.Unit}}, from {{.From}}, {{.Day}}", "Number", p.N, "Unit", unitName(s.Policy(), p.Unit),
			"From", s.who(p.Handle, p.Unit), "Day", register.DayOf(p.When)))
		faulty := 0
		for i, c := range out.Changes {
			s.printReviewed(w, r.Changes[i], c)
			if len(c.Faults) > 0 {
				faulty++
			}
		}
		if len(r.Report.Findings) > 0 {
			_ = WriteReport(w, r.Report, "text", ReportOptions{Color: s.Color})
			return
		}
		fmt.Fprintln(w, s.trn(len(out.Changes), "{{.N}} change; the rules allow it.", "{{.N}} changes; the rules allow them."))
		if faulty > 0 {
			fmt.Fprintln(w, s.trn(faulty, "{{.N}} of them has a fault and cannot be taken in.", "{{.N}} of them have faults and cannot be taken in."))
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

func (s *session) reviewed(c *desk.Change) reviewChangeJSON {
	out := reviewChangeJSON{changeJSON: s.described(c), Values: []fieldChangeJSON{}, Faults: []fieldFaultJSON{},
		Twins: append([]register.RecordID{}, c.Twins...)}
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

func (s *session) printReviewed(w io.Writer, c *desk.Change, x reviewChangeJSON) {
	fmt.Fprintf(w, "\n%s  [%s]\n", s.sentence(x.changeJSON), x.ID)
	t := &table{}
	for _, v := range x.Values {
		name := s.fieldName(s.Policy(), v.Field)
		is := s.value(s.Policy(), v.Field, v.Is)
		if v.Is.Empty() {
			is = s.tr("(nothing)")
		}
		switch {
		case x.Act == "add":
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
	for _, f := range c.Faults {
		fmt.Fprintf(w, "  %s %s\n", s.tr("fault:"), f.Error())
	}
	for _, id := range x.Twins {
		name := string(id)
		if m, err := s.Find(id); err == nil {
			name = s.name(m.Record) + ", " + unitName(s.Policy(), m.Path.Unit)
		}
		fmt.Fprintln(w, "  "+s.tr("perhaps the same person as {{.Name}} [{{.ID}}]", "Name", cell(name), "ID", id))
	}
}

func (a *app) mergeCommand() *cobra.Command {
	var take []string
	c := a.build(command{
		use:   "merge NUMBER",
		short: a.tr("take a proposal in"),
		long: a.tr("Checks a proposal once more, takes it into the register and seals every record of it with a new key. " +
			"Where others have changed the same member meanwhile, it is merged field by field; where the same field was changed twice, it asks, or --take decides. " +
			"If anything goes wrong, nothing has changed."),
		example: "medlem merge 1 --take m4k7q2x5zt3ab.phone=proposal",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			takes, err := a.takes(take)
			if err != nil {
				return err
			}
			return a.at(withKey, func(s *session) error {
				res, err := s.Merge(c.Context(), args[0], s.resolve(takes))
				if err != nil {
					return err
				}
				return s.merged(res)
			})
		},
	})
	c.Flags().StringArrayVar(&take, "take", nil, a.tr("which value counts where a field was changed twice, `ID.FIELD=proposal` or ID.FIELD=main; may be given more than once"))
	return c
}

// takes reads --take: "id.field" → whether the proposal's value counts.
func (a *app) takes(texts []string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, t := range texts {
		what, which, ok := strings.Cut(t, "=")
		id, field, dot := strings.Cut(what, ".")
		if _, err := register.ParseRecordID(id); !ok || !dot || err != nil || field == "" || which != "proposal" && which != "main" {
			return nil, usageError(a.tr("--take: not understood"), a.tr("write it as --take ID.FIELD=proposal or --take ID.FIELD=main"))
		}
		out[what] = which == "proposal"
	}
	return out, nil
}

// resolve decides conflicts by --take, and asks about the others where somebody
// is there to answer.
func (s *session) resolve(takes map[string]bool) desk.Resolve {
	return func(c desk.Conflict) (bool, error) {
		if theirs, ok := takes[string(c.ID)+"."+c.Field]; ok {
			return theirs, nil
		}
		if !s.Terminal {
			return false, &desk.ConflictError{Conflict: c}
		}
		name := string(c.ID)
		if m, err := s.Find(c.ID); err == nil {
			name = s.name(m.Record)
		}
		main, theirs := s.value(s.Policy(), c.Field, c.Main), s.value(s.Policy(), c.Field, c.Theirs)
		s.note(s.tr("{{.Name}}, {{.Field}}: changed both in the register and in the proposal.", "Name", name, "Field", s.fieldName(s.Policy(), c.Field)))
		s.note("  1  " + s.tr("in the register: {{.Value}}", "Value", cell(main)))
		s.note("  2  " + s.tr("in the proposal: {{.Value}}", "Value", cell(theirs)))
		for {
			switch answer, err := s.ask(s.tr("Which counts, 1 or 2?")); {
			case err != nil:
				return false, err
			case answer == "1":
				return false, nil
			case answer == "2":
				return true, nil
			}
		}
	}
}

func (s *session) merged(res *desk.Result) error {
	out := struct {
		Proposal proposalJSON   `json:"proposal"`
		Counts   map[string]int `json:"counts"`
		Kept     int            `json:"kept"`
	}{proposalOf(res.Proposal), res.Counts, res.Kept}
	return s.result(out, func(w io.Writer) {
		var acts []string
		for verb, n := range res.Counts {
			acts = append(acts, fmt.Sprintf("%d %s", n, s.act(verb)))
		}
		slices.Sort(acts)
		fmt.Fprintln(w, s.tr("Proposal {{.Number}} is taken in: {{.Acts}}.", "Number", res.Proposal.N, "Acts", strings.Join(acts, ", ")))
		if res.Kept > 0 {
			fmt.Fprintln(w, s.trn(res.Kept, "{{.N}} request was answered already.", "{{.N}} requests were answered already."))
		}
	})
}

func (a *app) rejectCommand() *cobra.Command {
	var reason string
	c := a.build(command{
		use:   "reject NUMBER",
		short: a.tr("refuse a proposal, with a reason"),
		long: a.tr("Takes a proposal away from the server and leaves its author your reason, which only she can read. " +
			"She can mend what was wrong and send it again."),
		example: `medlem reject 2 --reason "The postal code does not fit the town"`,
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			if strings.TrimSpace(reason) == "" {
				return usageError(a.tr("say why: the officer reads it: --reason TEXT"), "")
			}
			return a.at(withKey, func(s *session) error {
				p, err := s.Reject(c.Context(), args[0], reason)
				if err != nil {
					return err
				}
				out := struct {
					Proposal proposalJSON `json:"proposal"`
				}{proposalOf(p)}
				return s.result(out, func(w io.Writer) {
					fmt.Fprintln(w, s.tr("Proposal {{.Number}} is refused; its author gets your reason.", "Number", p.N))
				})
			})
		},
	})
	c.Flags().StringVar(&reason, "reason", "", a.tr("why, a `TEXT` for the officer"))
	return c
}
