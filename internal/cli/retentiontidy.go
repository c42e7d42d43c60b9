package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/retention"
)

func (a *app) retentionTidyCommand() *cobra.Command {
	var dry bool
	c := a.build(command{
		use:   "tidy",
		short: a.tr("take away what is past a period of its own"),
		long: a.tr("Takes away what the policy keeps for a time of its own (policies/retention.yaml, kinds) when that is over: access that has ended and its documents, receipts of lists and of erasures, controls of who has access. " +
			"What a policy sets no end for stays. Accounts, minutes and whatever else lies outside the register are not touched; see to them yourself. With --dry-run it only shows what would go."),
		example: "medlem retention tidy --dry-run",
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			return a.at(withKey, func(s *session) error { return s.tidy(c.Context(), dry) })
		},
	})
	c.Flags().BoolVar(&dry, "dry-run", false, a.tr("only show what would go"))
	return c
}

type pieceJSON struct {
	Unit  register.UnitID `json:"unit"`
	Kind  retention.Kind  `json:"kind"`
	ID    string          `json:"id"`
	Until register.Day    `json:"until"`
}

func (s *session) tidy(ctx context.Context, dry bool) error {
	past, err := s.PastPeriods()
	if err != nil {
		return err
	}
	if len(past) == 0 {
		return desk.ErrNothing
	}
	res := &desk.Tidied{Pieces: past}
	if !dry {
		if err := s.agreed(s.trn(len(past), "Take away {{.N}} item that is past its period?", "Take away {{.N}} items that are past their periods?")); err != nil {
			return err
		}
		if res, err = s.Tidy(ctx); err != nil {
			return err
		}
	}
	out := struct {
		Pieces []pieceJSON `json:"pieces"`
		Done   bool        `json:"done"`
		Server bool        `json:"server"`
		Hint   string      `json:"hint,omitempty"`
	}{[]pieceJSON{}, !dry, res.Server, res.Hint}
	counts := map[retention.Kind]int{}
	for _, x := range res.Pieces {
		out.Pieces = append(out.Pieces, pieceJSON{x.Unit, x.Kind, x.ID, x.Until})
		counts[x.Kind]++
	}
	return s.result(out, func(w io.Writer) {
		if dry {
			fmt.Fprintln(w, s.tr("Past their periods; nothing is changed:"))
		} else {
			fmt.Fprintln(w, s.tr("Taken away:"))
		}
		t := &table{}
		for _, k := range retention.Kinds {
			if counts[k] > 0 {
				t.add(s.dueWords(dueJSON{Kind: k, IDs: make([]string, counts[k])}), dueRules[k].rule)
			}
		}
		t.write(w, "  ")
		if !dry && !res.Server {
			fmt.Fprintln(w, s.tr("The server still has the old keys: {{.Hint}}", "Hint", res.Hint))
		}
	})
}
