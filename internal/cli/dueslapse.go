package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) duesLapseCommand() *cobra.Command {
	var unit string
	var dry bool
	c := a.build(command{
		use:   "lapse",
		short: a.tr("end memberships of which nothing was paid for so long as the policy says"),
		long: a.tr("Shows whose membership ends by what is unpaid, on the clock of policies/dues.yaml, and what the law says of keeping them, and ends these memberships after you have agreed, for the policy's reason: they are kept and erased like any others that ended. " +
			"Who has paid one day before is not among them, nor who has money in the queue. With --dry-run it only shows them."),
		example: "medlem dues lapse --dry-run",
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			return a.at(withKey, func(s *session) error {
				u, err := s.collector(unit)
				if err != nil {
					return err
				}
				return s.duesLapse(c.Context(), u, dry)
			})
		},
	})
	a.collects(c, &unit)
	c.Flags().BoolVar(&dry, "dry-run", false, a.tr("only show what would happen"))
	return c
}

type lapseJSON struct {
	ID    register.RecordID `json:"id"`
	Unit  register.UnitID   `json:"unit"`
	Years []int             `json:"years"` // unpaid
}

func (s *session) duesLapse(ctx context.Context, u register.UnitID, dry bool) error {
	rule := s.Policy().Dues.Lapse
	if rule.UnpaidYears == 0 || rule.Reason == "" {
		return refused(s.tr("the policy ends no membership for unpaid dues"), s.tr("write lapse in policies/dues.yaml, with a reason"))
	}
	all, queued, err := s.PlanDuesLapse(ctx, u)
	if err != nil {
		return err
	}
	out := struct {
		Lapsed []lapseJSON `json:"lapsed"`
		Law    []string    `json:"law"`
		Ended  int         `json:"ended"`
		Queued int         `json:"queued"` // are left out, since money of theirs waits
	}{[]lapseJSON{}, s.lapseLaw(), 0, queued}
	var ids []register.RecordID
	t := &table{}
	for _, x := range all {
		l := lapseJSON{ID: x.Member.ID, Unit: x.Member.Unit, Years: []int{}}
		years := ""
		for _, c := range x.Unpaid {
			l.Years = append(l.Years, c.Year)
			years += " " + strconv.Itoa(c.Year)
		}
		t.add(string(l.ID), unitName(s.Policy(), l.Unit), s.tr("unpaid:")+years)
		out.Lapsed = append(out.Lapsed, l)
		ids = append(ids, l.ID)
	}
	tell := func(w io.Writer) {
		t.write(w, "")
		fmt.Fprintln(w, s.trn(len(ids), "{{.N}} membership ends by what is unpaid", "{{.N}} memberships end by what is unpaid"))
		if queued > 0 {
			fmt.Fprintln(w, s.trn(queued, "{{.N}} is left out, since money of hers waits: medlem dues queue", "{{.N}} are left out, since money of theirs waits: medlem dues queue"))
		}
		for _, l := range out.Law {
			fmt.Fprintln(w, s.tr("The law: {{.Text}}", "Text", l))
		}
	}
	if dry || len(ids) == 0 {
		return s.result(out, tell)
	}
	if s.Terminal {
		tell(s.Stderr)
	}
	if err := s.agreed(s.trn(len(ids), "End {{.N}} membership?", "End {{.N}} memberships?")); err != nil {
		return err
	}
	for part := range slices.Chunk(ids, desk.MostClosed) {
		if _, _, err := s.CloseMembers(ctx, part, rule.Reason, false); err != nil {
			return err
		}
		out.Ended += len(part)
	}
	return s.result(out, func(w io.Writer) {
		if !s.Terminal {
			tell(w)
		}
		fmt.Fprintln(w, s.trn(out.Ended, "{{.N}} membership has ended.", "{{.N}} memberships have ended."))
	})
}

// lapseLaw is what the lints of the policy say of unpaid dues.
func (s *session) lapseLaw() []string {
	out := []string{}
	for _, l := range policy.Lints(s.Policy()) {
		if l.ID == "law/unpaid-dues" {
			out = append(out, l.Authority+": "+l.Says)
		}
	}
	return out
}
