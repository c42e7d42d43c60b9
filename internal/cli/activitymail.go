package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) activityMailCommand() *cobra.Command {
	var moved, emptied, copies bool
	c := a.build(command{
		use:   "mail [ID]",
		short: a.tr("say that the e-mail about an activity is deleted"),
		long: a.tr("The register holds no e-mail, and medlem deletes none. When an activity is erased, whoever organised it deletes the e-mail about it herself, and says each step here under her signature: that it lies in the trash, that the trash is empty, and that the same is done on telephones and wherever mail is copied to. " +
			"Without an id it lists of which activities something is left to do; medlem due reminds."),
		example: "medlem activity mail h7k2aaaaaaaaa --moved --emptied",
		codes:   "134",
		max:     1,
		run: func(c *cobra.Command, args []string) error {
			var steps []string
			for i, said := range []bool{moved, emptied, copies} {
				if said {
					steps = append(steps, access.MailSteps[i])
				}
			}
			switch {
			case len(args) == 0 && steps != nil:
				return usageError(a.tr("say of which activity: its id"), a.tr("medlem activity mail lists them"))
			case len(args) == 0:
				return a.at(withKey, (*session).mails)
			case steps == nil:
				return usageError(a.tr("say what is done: --moved, --emptied, --copies"), "")
			}
			id, err := register.ParseRecordID(strings.ToLower(args[0]))
			if err != nil {
				return usageError(a.tr("that is not the id of an activity"), a.tr("medlem activity mail lists them"))
			}
			return a.at(withKey, func(s *session) error {
				m, err := s.AttestMail(c.Context(), id, steps)
				if err != nil {
					return err
				}
				return s.result(s.mailJSON(m), func(w io.Writer) {
					s.printMail(w, m)
					if !s.Secretary() {
						fmt.Fprintln(w, s.tr("Next: {{.Command}}", "Command", "medlem submit"))
					}
				})
			})
		},
	})
	f := c.Flags()
	f.BoolVar(&moved, "moved", false, a.tr("every message about it lies in the trash: received, sent and drafts"))
	f.BoolVar(&emptied, "emptied", false, a.tr("the trash is empty"))
	f.BoolVar(&copies, "copies", false, a.tr("the same is done on telephones, and wherever mail and contacts are copied to"))
	return c
}

// mailJSON is what is said of the e-mail about an activity, for programs.
type mailJSON struct {
	ID      register.RecordID `json:"id"`
	Unit    register.UnitID   `json:"unit"`
	Erased  register.Day      `json:"erased"`
	Done    []string          `json:"done"`
	Missing []string          `json:"missing"`
}

func (s *session) mailJSON(m *access.Mail) mailJSON {
	out := mailJSON{m.ID, m.Unit, m.Day, []string{}, append([]string{}, m.Missing()...)}
	for _, d := range m.Done {
		out.Done = append(out.Done, d.Step)
	}
	return out
}

func (s *session) mails() error {
	all, err := s.Mails(nil)
	if err != nil {
		return err
	}
	out := struct {
		Mail []mailJSON `json:"mail"`
	}{[]mailJSON{}}
	var open []*access.Mail
	for _, m := range all {
		if len(m.Missing()) > 0 {
			open = append(open, m)
			out.Mail = append(out.Mail, s.mailJSON(m))
		}
	}
	return s.result(out, func(w io.Writer) {
		if len(open) == 0 {
			fmt.Fprintln(w, s.tr("Of every activity that was erased it is said that the e-mail is deleted."))
			return
		}
		for _, m := range open {
			s.printMail(w, m)
		}
	})
}

func (s *session) printMail(w io.Writer, m *access.Mail) {
	fmt.Fprintln(w, s.tr("The activity {{.ID}} of {{.Unit}}, erased on {{.Day}}:", "ID", m.ID, "Unit", unitName(s.Policy(), m.Unit), "Day", m.Day))
	t := &table{}
	for _, step := range access.MailSteps {
		said := s.tr("not said yet")
		for _, d := range m.Done {
			if d.Step == step {
				said = s.tr("done on {{.Day}}, says {{.Handle}}", "Day", d.Day, "Handle", d.Handle)
			}
		}
		t.add(s.mailStep(step), said)
	}
	t.write(w, "  ")
}

func (a *app) mailStep(step string) string {
	switch step {
	case access.MailMoved:
		return a.tr("moved to the trash")
	case access.MailEmptied:
		return a.tr("trash emptied")
	}
	return a.tr("copies elsewhere")
}
