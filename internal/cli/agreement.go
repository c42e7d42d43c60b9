package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

func (a *app) policyAgreementCommand() *cobra.Command {
	var accept string
	var dryRun bool
	c := a.build(command{
		use:   "agreement UNIT FILE",
		short: a.tr("take in the agreement on processing that a unit has signed"),
		long: a.tr("Seals the agreement on processing personal data that a unit has signed into the unit's folder, and names it in the policies. " +
			"Where the policies ask for one, nobody in the unit has access before it is there; whoever gains access by it is shown first."),
		example: "medlem policy agreement asker agreement.pdf",
		codes:   "134",
		min:     2, max: 2,
		run: func(c *cobra.Command, args []string) error {
			b, err := readFile(args[1], seal.DocumentLimit)
			if err != nil {
				return err
			}
			doc, err := desk.NewDocument(access.MatterAgreement, strings.TrimPrefix(filepath.Ext(args[1]), "."), b)
			if err != nil {
				return usageError(err.Error(), "")
			}
			return a.at(withKey, func(s *session) error {
				u, err := s.unit(args[0])
				if err != nil {
					return err
				}
				if dryRun {
					e, err := s.AgreementEffect(u)
					if err != nil {
						return err
					}
					return s.result(effectOf(e), func(w io.Writer) {
						s.printEffect(w, s.Policy(), s.Policy(), e)
						fmt.Fprintln(w, s.tr("Nothing was changed."))
					})
				}
				if err := s.agreement(c.Context(), u, doc, accept); err != nil {
					return err
				}
				return s.result(struct {
					Unit register.UnitID `json:"unit"`
				}{u}, func(w io.Writer) {
					fmt.Fprintln(w, s.tr("The agreement of {{.Unit}} is in the register.", "Unit", unitName(s.Policy(), u)))
				})
			})
		},
	})
	c.Flags().BoolVar(&dryRun, "dry-run", false, a.tr("only show what would happen"))
	c.Flags().StringVar(&accept, "accept", "", a.tr("say that the effect of this `NUMBER` on who has access is meant"))
	return c
}

// agreement takes in a unit's agreement; where somebody gains access by it, after
// a yes to that.
func (s *session) agreement(ctx context.Context, u register.UnitID, doc *desk.Document, accept string) error {
	err := s.Agreement(ctx, u, doc, accept)
	var e *desk.EffectError
	if !errors.As(err, &e) {
		return err
	}
	s.printEffect(s.Stderr, s.Policy(), s.Policy(), e.Effect)
	if !s.Terminal || accept != "" {
		return err
	}
	if err := s.agreed(s.tr("Take in the agreement?")); err != nil {
		return err
	}
	return s.Agreement(ctx, u, doc, e.Effect.Digest())
}
