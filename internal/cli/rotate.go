package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) rotateCommand() *cobra.Command {
	var recovery, destroyed bool
	var out string
	c := a.build(command{
		use:   "rotate",
		short: a.tr("make yourself a new key"),
		long: a.tr("Makes a new key in your identity file and tells the register to use it. Your handle stays. " +
			"The old key is kept until nothing needs it any more; then medlem sync destroys it. Do this every month: an erased member is beyond reach in old copies only when all who could read her have done it.\n\n" +
			"For the secretariat: --recovery makes a new recovery secret, and --recovery-destroyed says that every paper with an older one is gone."),
		example: "medlem rotate",
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			switch {
			case recovery && destroyed:
				return usageError(a.tr("--recovery and --recovery-destroyed do not go together"), a.tr("destroy the old paper first, then say so"))
			case out != "" && !recovery:
				return usageError(a.tr("--recovery-out belongs to --recovery"), "")
			case recovery:
				return a.rotateRecovery(c.Context(), out)
			case destroyed:
				return a.recoveryDestroyed(c.Context())
			}
			return a.at(withKey, func(s *session) error { return s.rotate(c.Context()) })
		},
	})
	f := c.Flags()
	f.BoolVar(&recovery, "recovery", false, a.tr("make a new recovery secret; for the secretariat"))
	f.StringVar(&out, "recovery-out", "", a.tr("write the recovery secret to this new `FILE` instead of showing it"))
	f.BoolVar(&destroyed, "recovery-destroyed", false, a.tr("say that all papers with older recovery secrets are destroyed; for the secretariat"))
	return c
}

func (s *session) rotate(ctx context.Context) error {
	h, err := s.Handle()
	if err != nil {
		return err
	}
	res, err := s.Sync(ctx)
	if err != nil {
		return err
	}
	if res.Offline {
		return gitstore.ErrUnreachable
	}
	if s.Secretary() { // whose new key is written to main at once
		if err := s.ClockStands(); err != nil {
			return err
		}
	}
	// A new key that the register does not know yet waits for the secretariat, or
	// is one that an interrupted command made: no other is made.
	if slices.Contains(s.State().Officers[h].Recipients, s.me.Recipient()) {
		if err := s.me.Rotate(s.Today()); err != nil {
			return err
		}
		if err := s.me.save(); err != nil {
			return err
		}
	}
	sub, err := s.Rotate(ctx)
	if err != nil {
		return err
	}
	out := struct {
		Handle    register.Handle `json:"handle"`
		Recipient string          `json:"recipient"`
		Topic     string          `json:"topic,omitempty"` // of the proposal that publishes it
		Waits     bool            `json:"waits,omitempty"` // it was sent before; nothing has changed
	}{Handle: h, Recipient: s.me.Recipient()}
	if sub != nil {
		out.Topic, out.Waits = sub.Topic, sub.Waits
	}
	return s.result(out, func(w io.Writer) {
		if out.Waits {
			fmt.Fprintln(w, s.tr("Your new key waits for the secretariat, whose next command takes it in by itself. Nothing was changed."))
			return
		}
		fmt.Fprintln(w, s.tr("You have a new key; it is in your identity file."))
		if sub != nil {
			fmt.Fprintln(w, s.tr("It is sent to the secretariat, whose next command takes it in by itself."))
		}
		fmt.Fprintln(w, s.tr("The old one is destroyed by medlem sync, when nothing needs it any more. Copies of your identity file that you made before hold it still: delete them then."))
	})
}

func (a *app) rotateRecovery(ctx context.Context, out string) error {
	return a.at(withKey, func(s *session) error {
		paper, err := a.recoveryPaper(out, a.tr("It counts when medlem has said that there is a new recovery secret; until then keep the old one."))
		if err != nil {
			return err
		}
		if err := s.RotateRecovery(ctx, paper.give); err != nil {
			return paper.failed(err, a.tr("the server may have taken the new recovery secret in: keep both, and run medlem rotate --recovery again; when it has ended well, destroy both"))
		}
		res := struct {
			File string `json:"file,omitempty"`
		}{out}
		return a.result(res, func(w io.Writer) {
			fmt.Fprintln(w, a.tr("There is a new recovery secret; the old one opens nothing that is written from now on."))
			paper.place(w)
			fmt.Fprintln(w, a.tr("Destroy the old paper, and every copy of it; then run medlem rotate --recovery-destroyed."))
		})
	})
}

func (a *app) recoveryDestroyed(ctx context.Context) error {
	return a.at(withKey, func(s *session) error {
		if err := s.agreed(s.tr("Is every paper and every file with an older recovery secret destroyed?")); err != nil {
			return err
		}
		if err := s.RetireRecovery(ctx); err != nil && !errors.Is(err, desk.ErrNothing) {
			return err
		}
		return s.result(struct {
			Stated bool `json:"stated"`
		}{true}, func(w io.Writer) {
			fmt.Fprintln(w, s.tr("It is stated, in your name, that the older recovery secrets no longer exist."))
		})
	})
}
