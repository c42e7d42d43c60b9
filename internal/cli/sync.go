package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) cloneCommand() *cobra.Command {
	var genesis string
	c := a.build(command{
		use:   "clone ADDRESS FOLDER",
		short: a.tr("get a register to this computer"),
		long: a.tr("Fetches a register from its server into a new folder and verifies it from its beginning. " +
			"It prints what the register begins with: compare that with what the secretariat gave you, or give it with --genesis. " +
			"Without an identity the register can be verified, but no member can be read."),
		example: "medlem clone ssh://git@example.org/register.git register",
		codes:   "134",
		min:     2, max: 2,
		run: func(c *cobra.Command, args []string) error { return a.clone(c.Context(), args[0], args[1], genesis) },
	})
	c.Flags().StringVar(&genesis, "genesis", "", a.tr("what the register must begin with, the 40 characters `ID` from the secretariat"))
	return c
}

// firstContact explains an error of a command that is the first to speak to a server: no
// draft is kept yet, and the address was typed just now.
func (a *app) firstContact(err error) error {
	hint := a.tr("is the address right, letter by letter, and is the network there? nothing was made")
	switch {
	case errors.Is(err, gitstore.ErrUnreachable):
		return &failure{exitRead, a.tr("the server does not answer"), hint}
	case errors.Is(err, gitstore.ErrNoRepository):
		return &failure{exitRead, a.tr("there is no register at the server's address"), hint}
	}
	return err
}

func (a *app) clone(ctx context.Context, url, dir, genesis string) error {
	me, err := a.officerIfAny()
	if err != nil {
		return err
	}
	o := desk.CloneOptions{URL: url, Dir: dir, Now: a.Now, Genesis: strings.ToLower(genesis), Progress: a.progress()}
	if me != nil {
		o.Identity = me.Identity
	}
	first, err := desk.Clone(ctx, o)
	if other := (*desk.WrongGenesisError)(nil); errors.As(err, &other) {
		return refused(a.tr("the register at this address begins with {{.Genesis}}, not with what you were given", "Genesis", other.Have), a.tr("do not use it, and tell the secretariat"))
	}
	if err != nil {
		return a.firstContact(err)
	}
	out := struct {
		Dir     string            `json:"dir"`
		Genesis string            `json:"genesis"`
		Units   []register.UnitID `json:"units"` // that the identity reads
	}{dir, first.String(), []register.UnitID{}}
	d, err := desk.Open(desk.Options{Dir: dir, Identity: o.Identity, Now: a.Now})
	if err != nil {
		return err
	}
	defer d.Close()
	a.speak(d.Policy())
	var names []string
	if h, err := d.Handle(); err == nil {
		for _, u := range d.State().InScope(h, d.Today()) {
			out.Units = append(out.Units, u)
			names = append(names, unitName(d.Policy(), u))
		}
	}
	return a.result(out, func(w io.Writer) {
		fmt.Fprintln(w, a.tr("The register of {{.Name}} is in {{.Dir}}, verified from its beginning.", "Name", cell(d.Policy().Name), "Dir", dir))
		if genesis == "" {
			fmt.Fprintln(w, a.tr("It begins with {{.Genesis}}. Compare that with what the secretariat gave you.", "Genesis", out.Genesis))
		}
		switch {
		case me == nil:
			fmt.Fprintln(w, a.tr("You have no identity here: no member can be read."))
		case len(names) == 0:
			fmt.Fprintln(w, a.tr("You have no access to any unit yet: send the secretariat what medlem key show prints."))
		default:
			fmt.Fprintln(w, a.tr("You may read: {{.Units}}", "Units", strings.Join(names, ", ")))
		}
	})
}

func (a *app) syncCommand() *cobra.Command {
	return a.build(command{
		use:   "sync",
		short: a.tr("bring the register here up to date"),
		long: a.tr("Fetches what is new from the server, verifies it, and says what became of your proposals. " +
			"When a new key of yours is in use everywhere, it destroys the old one."),
		example: "medlem sync",
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			return a.at(anyKey, func(s *session) error { return s.sync(c.Context()) })
		},
	})
}

func (s *session) sync(ctx context.Context) error {
	if _, err := s.Sync(ctx); err != nil {
		return err
	}
	if s.me != nil {
		if err := s.tidyOutbox(false); err != nil {
			s.warn(err.Error(), "") // it may be another identity's
		}
	}
	destroyed := 0
	if s.me != nil && !s.News().Offline && s.ClockStands() == nil {
		var err error
		if destroyed, err = s.retire(ctx); err != nil {
			return err
		}
	}
	n := s.News()
	s.told = true
	out := struct {
		Offline   bool                    `json:"offline"`
		Commits   int                     `json:"commits"`
		Merged    []string                `json:"merged"`
		Answers   []answerJSON            `json:"answers"`
		Accepted  int                     `json:"accepted"`
		Receipts  int                     `json:"receipts"`
		Lists     []string                `json:"lists"`
		Newcomers map[register.UnitID]int `json:"newcomers"`
		Destroyed int                     `json:"destroyed"`
		Rotate    bool                    `json:"rotate"`
	}{n.Offline, n.Commits, append([]string{}, n.Merged...), answersJSON(n.Answers), n.Accepted, n.Receipts, append([]string{}, n.Lists...), n.Newcomers, destroyed, n.Rotate}
	err := s.result(out, func(w io.Writer) {
		switch {
		case n.Offline:
		case n.Commits == 0:
			fmt.Fprintln(w, s.tr("Up to date."))
		default:
			fmt.Fprintln(w, s.trn(n.Commits, "{{.N}} change of the register has come in, verified.", "{{.N}} changes of the register have come in, verified."))
		}
		for _, x := range out.Answers {
			fmt.Fprintln(w, s.tr("{{.Topic}} was not taken in. The secretariat's answer: {{.Reason}}", "Topic", x.Topic, "Reason", cell(s.reasonOf(x))))
		}
	})
	if err != nil {
		return err
	}
	if n.Offline {
		return &failure{exitRead, s.tr("the server does not answer"), s.tr("what is here can be read; try again later")}
	}
	s.tell(n)
	if destroyed > 0 {
		s.note(s.trn(destroyed, "{{.N}} old key of yours is not needed any more and has been destroyed.", "{{.N}} old keys of yours are not needed any more and have been destroyed."))
	}
	return nil
}

// retire destroys the older keys of the identity that nothing needs any more,
// in the file first, and then says so in the register. What was interrupted in
// between is said now.
func (s *session) retire(ctx context.Context) (int, error) {
	old, err := s.Retirable()
	if err != nil {
		return 0, err
	}
	if len(old) > 0 {
		if err := s.PlanRetire(old); err != nil {
			return 0, err
		}
		if err := s.tidyOutbox(true); err != nil {
			return 0, err
		}
		for _, r := range old {
			if err := s.me.Destroy(r); err != nil {
				return 0, err
			}
		}
		if err := s.me.save(); err != nil {
			return 0, err
		}
	}
	return len(old), s.Retire(ctx)
}

// news says after a command, which ended with err, what its sync brought. Answers may
// hold what a person wrote about a member, so they are only announced.
func (s *session) news(err error) {
	if s.told {
		return
	}
	n := s.News()
	if errors.As(err, new(*desk.ClockError)) {
		n.Clock = nil // that is said already
	}
	s.tell(n)
	if len(n.Answers) > 0 {
		s.note(s.tr("The secretariat has answered you: medlem status"))
	}
}

func (s *session) tell(n desk.SyncResult) {
	if n.Clock != nil {
		s.warn(s.tr("this computer's clock says {{.Day}}, and the newest entry of the register is of {{.Newest}}; nothing was sent or taken in unasked", "Day", n.Clock.Today, "Newest", n.Clock.Newest), s.clockHint(n.Clock))
	}
	for _, t := range n.Merged {
		s.note(s.tr("Your proposal {{.Topic}} is taken in.", "Topic", t))
	}
	if n.Dropped > 0 {
		s.note(s.trn(n.Dropped, "{{.N}} change was taken out of your draft: the member has been erased, or you do not read her any more.", "{{.N}} changes were taken out of your draft: the members have been erased, or you do not read them any more."))
	}
	if n.Ended > 0 {
		s.note(s.trn(n.Ended, "Your access has ended: {{.N}} change that was not taken in is gone from this computer.", "Your access has ended: {{.N}} changes that were not taken in are gone from this computer."))
	}
	if n.Accepted > 0 {
		s.note(s.trn(n.Accepted, "{{.N}} officer has sent word of herself (a new key, or the guide read); it counts now.", "{{.N}} officers have sent word of themselves (new keys, or the guide read); it counts now."))
	}
	if n.Receipts > 0 {
		s.note(s.trn(n.Receipts, "{{.N}} receipt of a list or a message by an officer has come in.", "{{.N}} receipts of lists and messages by officers have come in."))
	}
	for _, u := range slices.Sorted(maps.Keys(n.Newcomers)) {
		s.note(s.trn(n.Newcomers[u], "{{.N}} new member in {{.Unit}}.", "{{.N}} new members in {{.Unit}}.", "Unit", unitName(s.Policy(), u)))
	}
	for _, t := range n.Lists {
		s.note(s.tr("A list that you asked for lies ready: medlem draw fetch {{.Topic}} FILE.xlsx", "Topic", t))
	}
	if n.Rotate {
		s.note(s.tr("It is time for a new key: medlem rotate"))
	}
}
