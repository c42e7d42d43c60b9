package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
)

func (a *app) policyPutCommand() *cobra.Command {
	var dryRun bool
	var accept string
	c := a.build(command{
		use:   "put FOLDER",
		short: a.tr("put the policy files of a folder in force"),
		long: a.tr("Reads the policy files of a folder, checks them, says who gains and who loses access and rights by them, and puts them in force. " +
			"Where somebody gains or loses anything, it does so only when told that just this is meant: by a yes, or by --accept and the number that it prints. " +
			"An officer whose office changes the policies without being of the secretariat sends them as a proposal."),
		example:  "medlem policy put my-policies --accept 3f6a0c1d2e4b5a69",
		codes:    "134",
		findings: a.tr("the policies have faults, the rules say no, or the effect was not accepted; nothing has changed"),
		min:      1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.policyPut(c.Context(), args[0], accept, dryRun) })
		},
	})
	c.Flags().StringVar(&accept, "accept", "", a.tr("say that the effect of this `NUMBER`, which --dry-run prints, is meant"))
	c.Flags().BoolVar(&dryRun, "dry-run", false, a.tr("only check them and show what would change"))
	return c
}

func (s *session) policyPut(ctx context.Context, dir, accept string, dryRun bool) error {
	files, err := s.policyFiles(dir)
	if err != nil {
		return err
	}
	p, problems := policy.Load(files)
	if len(problems) > 0 {
		return s.problemsError(dir, problems)
	}
	s.lints(p)
	effect, changed, err := s.PolicyChange(files)
	if err != nil {
		return err
	}
	out := policyPutJSON{effectJSON: effectOf(effect), Files: slices.Sorted(maps.Keys(changed)), DryRun: dryRun}
	say := func(w io.Writer) {
		for _, n := range out.Files {
			if changed[n] == nil {
				fmt.Fprintln(w, s.tr("{{.File}} goes: what it says no longer holds", "File", n))
			}
		}
		s.printEffect(w, s.Policy(), p, effect)
	}
	switch {
	case dryRun:
		return s.result(out, func(w io.Writer) {
			say(w)
			fmt.Fprintln(w, s.tr("The policies are in order. Nothing was changed."))
		})
	case len(changed) == 0:
		return desk.ErrNothing
	case s.Terminal && accept == "":
		say(s.Stderr)
		if err := s.agreed(s.tr("Put these policies in force?")); err != nil {
			return err
		}
		if !effect.Empty() {
			accept = effect.Digest()
		}
	}
	sub, err := s.Policies(ctx, files, accept)
	if e := (*desk.EffectError)(nil); errors.As(err, &e) {
		say(s.Stderr)
	}
	if err != nil {
		return err
	}
	if sub != nil {
		out.Topic = sub.Topic
	}
	return s.result(out, func(w io.Writer) {
		say(w)
		if sub != nil {
			fmt.Fprintln(w, s.tr("The policies are sent to the secretariat and wait ({{.Topic}}).", "Topic", sub.Topic))
			return
		}
		fmt.Fprintln(w, s.tr("The policies are in force."))
	})
}

type policyPutJSON struct {
	effectJSON
	Files  []string `json:"files"` // that differ
	DryRun bool     `json:"dryRun"`
	Topic  string   `json:"topic,omitempty"` // of the proposal
}
