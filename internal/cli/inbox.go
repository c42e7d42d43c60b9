package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
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
	c := a.build(command{
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
	c.AddCommand(a.inboxAddCommand())
	return c
}

// who is an officer by her handle and the office through which she reaches a
// unit: her name stands nowhere.
func (s *session) who(h register.Handle, u register.UnitID) string {
	for _, o := range s.State().Offices(h, u, s.Today()) {
		return string(h) + " (" + s.officeName(s.Policy(), o.ID) + ")"
	}
	return string(h)
}
