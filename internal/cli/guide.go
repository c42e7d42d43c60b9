package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) guideCommand() *cobra.Command {
	c := a.build(command{
		use:   "guide",
		short: a.tr("show the guides of your offices, and whether you have acknowledged them"),
		long: a.tr("Shows which guide goes with each of your offices, in which version, and which version you have acknowledged. " +
			"Without that your access has not begun, or it waits."),
		example: "medlem guide",
		codes:   "34",
		run:     func(*cobra.Command, []string) error { return a.at(withKey, (*session).guides) },
	})
	c.AddCommand(a.guideAcceptCommand())
	return c
}

func (s *session) guides() error {
	gs, err := s.Guides()
	if err != nil {
		return err
	}
	type guideJSON struct {
		Unit         register.UnitID `json:"unit"`
		Office       string          `json:"office"`
		Version      string          `json:"version"`
		Acknowledged string          `json:"acknowledged,omitempty"`
		By           register.Day    `json:"by,omitempty"`
		Holds        bool            `json:"holds"`
	}
	out := struct {
		Guides []guideJSON `json:"guides"`
	}{[]guideJSON{}}
	for _, g := range gs {
		out.Guides = append(out.Guides, guideJSON(g))
	}
	return s.result(out, func(w io.Writer) {
		if len(gs) == 0 {
			fmt.Fprintln(w, s.tr("Your offices have no guide."))
			return
		}
		open := false
		for _, g := range gs {
			open = open || g.Acknowledged != g.Version
			fmt.Fprintln(w, s.guide(g))
		}
		if open {
			fmt.Fprintln(w, s.tr("Next: read it, then medlem guide accept"))
		}
	})
}

// guide says how one stands to a guide.
func (s *session) guide(g desk.Guide) string {
	what := s.officeName(s.Policy(), g.Office) + ", " + unitName(s.Policy(), g.Unit) + ": "
	switch {
	case g.Acknowledged == "":
		return what + s.tr("the guide, version {{.Version}}, is not acknowledged: your access has not begun", "Version", g.Version)
	case !g.Holds:
		return what + s.tr("the guide, version {{.Version}}, is not acknowledged, version {{.Old}} is: your access waits", "Version", g.Version, "Old", g.Acknowledged)
	case g.Acknowledged != g.Version && g.By != "":
		return what + s.tr("version {{.Old}} is acknowledged, and holds until {{.Day}}; the guide has version {{.Version}}", "Version", g.Version, "Old", g.Acknowledged, "Day", g.By)
	case g.Acknowledged != g.Version:
		return what + s.tr("version {{.Old}} is acknowledged, and holds; the guide has version {{.Version}}", "Version", g.Version, "Old", g.Acknowledged)
	}
	return what + s.tr("the guide, version {{.Version}}, is acknowledged", "Version", g.Version)
}

func (a *app) guideAcceptCommand() *cobra.Command {
	var yes bool
	c := a.build(command{
		use:   "accept",
		short: a.tr("acknowledge the guides of your offices"),
		long: a.tr("Signs that you have read the guides of your offices, in the version that is in force, and sends that to the secretariat, whose next command takes it in by itself. " +
			"You need no access yet."),
		example: "medlem guide accept --yes",
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			return a.at(withKey, func(s *session) error { return s.guideAccept(c.Context(), yes) })
		},
	})
	c.Flags().BoolVar(&yes, "yes", false, a.tr("say that you have read them, without being asked"))
	return c
}

func (s *session) guideAccept(ctx context.Context, yes bool) error {
	switch {
	case yes:
	case s.Terminal:
		if err := s.agreed(s.tr("Have you read the guides of your offices?")); err != nil {
			return err
		}
	default:
		return usageError(s.tr("say that you have read the guides of your offices: --yes"), "")
	}
	sub, grants, err := s.AcknowledgeGuides(ctx)
	if errors.As(err, new(*desk.FindingsError)) {
		return &hintError{err, s.tr("where the office has no free seat yet, sign an appointment instead (medlem sign): the secretariat ends the predecessor's access with it")}
	}
	if err != nil {
		return err
	}
	return s.saidOfMyself(sub, grants, s.tr("You have acknowledged the guides of your offices."))
}

// saidOfMyself says what came of a word of an officer about herself.
func (s *session) saidOfMyself(sub *desk.Submission, grants []*access.Grant, done string) error {
	out := struct {
		Units []register.UnitID `json:"units"`
		Topic string            `json:"topic,omitempty"` // of the proposal that says it
	}{Units: []register.UnitID{}}
	for _, g := range grants {
		out.Units = append(out.Units, g.Unit)
	}
	if sub != nil {
		out.Topic = sub.Topic
	}
	return s.result(out, func(w io.Writer) {
		switch {
		case sub != nil && sub.Waits:
			fmt.Fprintln(w, s.tr("You have said so already; it waits for the secretariat."))
		case sub != nil:
			fmt.Fprintln(w, done)
			fmt.Fprintln(w, s.tr("It is sent to the secretariat, whose next command takes it in by itself."))
		default:
			fmt.Fprintln(w, done)
		}
	})
}

func (a *app) keyAttestCommand() *cobra.Command {
	var factor string
	c := a.build(command{
		use:   "attest",
		short: a.tr("state how your identity is protected"),
		long: a.tr("Signs, for offices that ask for it, that your identity file is protected: by a passphrase, which medlem sees itself, or as you state with --factor. " +
			"It is sent to the secretariat, whose next command takes it in by itself."),
		example: "medlem key attest",
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			return a.at(withKey, func(s *session) error { return s.attest(c.Context(), factor) })
		},
	})
	c.Flags().StringVar(&factor, "factor", "", a.tr("state that your identity is protected by `ssh-key` or plugin, which medlem cannot see"))
	return c
}

func (s *session) attest(ctx context.Context, stated string) error {
	factor, err := s.protection(s.me, stated)
	if err != nil {
		return err
	}
	if factor == "" {
		return refused(s.tr("your identity file has no passphrase"), s.tr("protect it: medlem key passphrase"))
	}
	sub, grants, err := s.AttestFactor(ctx, factor)
	if err != nil {
		return err
	}
	return s.saidOfMyself(sub, grants, s.tr("You have stated how your identity is protected."))
}
