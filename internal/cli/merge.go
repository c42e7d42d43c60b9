package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) mergeCommand() *cobra.Command {
	var take, set []string
	var keep bool
	c := a.build(command{
		use:   "merge NUMBER",
		short: a.tr("take a proposal in"),
		long: a.tr("Checks a proposal once more, takes it into the register and seals every record of it with a new key. " +
			"Where others have changed the same member meanwhile, it is merged field by field; where the same field was changed twice, it asks, or --take decides. " +
			"Where somebody new is likely registered already, in this unit or another, it stops: nothing is taken for one person by itself. " +
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
				given, err := s.settings(set, nil)
				if err != nil {
					return err
				}
				told, err := s.values(given, nil)
				if err != nil {
					return err
				}
				res, err := s.MergeWith(c.Context(), args[0], desk.MergeOptions{Resolve: s.resolve(takes), KeepDuplicates: keep, Set: told})
				if e := (*desk.DuplicateError)(nil); errors.As(err, &e) {
					return s.twiceRefused(args[0], e)
				}
				if err != nil {
					return err
				}
				if err := s.merged(res); err != nil {
					return err
				}
				if res.Counts["add"]+res.Counts["import"]+len(res.Joined) > 0 {
					s.greetAfterMerge(c.Context())
				}
				return nil
			})
		},
	})
	c.Flags().StringArrayVar(&take, "take", nil, a.tr("which value counts where a field was changed twice, `ID.FIELD=proposal` or ID.FIELD=main; may be given more than once"))
	c.Flags().StringArrayVar(&set, "set", nil, a.tr("what somebody who asked by SMS has told since, `FIELD=VALUE`; may be given more than once"))
	c.Flags().BoolVar(&keep, "keep-duplicates", false, a.tr("take in people who are likely registered already: they are two"))
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

		Joined []register.RecordID `json:"joined,omitempty"` // members whom joining forms made
		Copies []register.RecordID `json:"copies,omitempty"` // members to whom a copy is to be sent
	}{proposalOf(res.Proposal), res.Counts, res.Kept, res.Joined, res.Copies}
	return s.result(out, func(w io.Writer) {
		if len(res.Counts) == 0 && len(res.Copies) > 0 {
			fmt.Fprintln(w, s.tr("Proposal {{.Number}} is answered; nothing of the register changes.", "Number", res.Proposal.N))
		} else {
			fmt.Fprintln(w, s.tr("Proposal {{.Number}} is taken in: {{.Acts}}.", "Number", res.Proposal.N, "Acts", s.acts(res.Counts)))
		}
		if res.Kept > 0 {
			fmt.Fprintln(w, s.trn(res.Kept, "{{.N}} request was answered already.", "{{.N}} requests were answered already."))
		}
		for _, id := range res.Joined {
			fmt.Fprintln(w, s.tr("The new member is {{.ID}}.", "ID", id))
		}
		for _, id := range res.Copies {
			fmt.Fprintln(w, s.tr("Next: medlem page {{.ID}} --out FILE makes the copy; send it to her", "ID", id))
		}
	})
}
