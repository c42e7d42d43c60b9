package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) eraseCommand() *cobra.Command {
	var due bool
	c := a.build(command{
		use:   "erase [ID…]",
		short: a.tr("erase closed records for good"),
		long: a.tr("Destroys the keys of closed records: nobody can read them any more, in any copy of the register that is made from now on. " +
			"With --due, all whose time is over. It says how far the erasure has come; medlem erasure status follows it to the end.\n\n" +
			"It cannot be undone. Run it again if it was interrupted."),
		example: "medlem erase --due",
		codes:   "134",
		max:     -1,
		run: func(c *cobra.Command, args []string) error {
			if due == (len(args) > 0) {
				return usageError(a.tr("say whom: ids, or --due for all whose time is over"), "")
			}
			return a.at(withKey, func(s *session) error { return s.erase(c.Context(), args, due) })
		},
	})
	c.Flags().BoolVar(&due, "due", false, a.tr("all whose month of erasure has come"))
	return c
}

func (s *session) erase(ctx context.Context, args []string, due bool) error {
	var ids []register.RecordID
	if due {
		paths, err := s.DueErasures()
		if err != nil {
			return err
		}
		for _, p := range paths {
			ids = append(ids, p.ID)
		}
		if len(ids) == 0 {
			return desk.ErrNothing
		}
	}
	for _, x := range args {
		id, err := register.ParseRecordID(strings.ToLower(x)) // a whole id: this cannot be undone
		if err != nil {
			return usageError(s.tr("that is not the id of a member"), s.tr("medlem list --closed shows the ids"))
		}
		ids = append(ids, id)
	}
	if err := s.agreed(s.trn(len(ids), "Erase {{.N}} record for good?", "Erase {{.N}} records for good?")); err != nil {
		return err
	}
	res, err := s.Erase(ctx, ids)
	if err != nil {
		return err
	}
	out := struct {
		IDs      []register.RecordID `json:"ids"`
		Rejected []string            `json:"rejected"` // topics of proposals
		Server   bool                `json:"server"`
		Hint     string              `json:"hint,omitempty"`
		Site     desk.SiteFate       `json:"site,omitempty"` // of their own pages on the server
	}{res.IDs, append([]string{}, res.Rejected...), res.Server, res.Hint, res.Site}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, s.trn(len(res.IDs), "{{.N}} record is erased: no key to it is left in the register.", "{{.N}} records are erased: no key to them is left in the register."))
		for _, t := range res.Rejected {
			fmt.Fprintln(w, s.tr("The proposal {{.Topic}} is refused: it held one of them.", "Topic", t))
		}
		if res.Server {
			fmt.Fprintln(w, s.tr("The server has forgotten the old keys too."))
		} else {
			fmt.Fprintln(w, s.tr("The server still has the old keys: {{.Hint}}", "Hint", res.Hint))
		}
		s.printSiteFate(w, res.Site)
		fmt.Fprintln(w, s.tr("Old copies can be opened with old keys until everybody who could read has a new one: medlem erasure status"))
	})
}

// printSiteFate says what became of the own pages of those who were erased. Where it
// went wrong there was a warning already.
func (s *session) printSiteFate(w io.Writer, fate desk.SiteFate) {
	if fate == desk.SiteGone {
		fmt.Fprintln(w, s.tr("Their own pages are taken out of the published site. Who fetched one before can open it with what stands in the member's own letter, and with nothing that the register still holds."))
	}
	s.printPublishAnew(w)
}

// printPublishAnew says what to do where the site lies elsewhere than on the server.
func (s *session) printPublishAnew(w io.Writer) {
	if s.Policy().Pages != nil {
		fmt.Fprintln(w, s.tr("Where the site with members' own pages lies elsewhere, publish it anew: medlem site publish --views --to PUBLISH"))
	}
}

func (a *app) erasureCommand() *cobra.Command {
	return a.family("erasure", a.tr("follow erasures to their end"),
		a.tr("An erasure is final when no key that could open the record exists any more, not even for old copies of the register."),
		a.build(command{
			use:   "status",
			short: a.tr("show how far each erasure has come"),
			long: a.tr("Shows for each erased record whether the server has forgotten the old keys, and who has not yet said that the keys of that time are destroyed. " +
				"It needs no key. It is attestation, not proof: whoever kept a copy of an old key has kept it."),
			example: "medlem erasure status",
			codes:   "3",
			run: func(*cobra.Command, []string) error {
				return a.at(noKey, func(s *session) error { return s.erasureStatus() })
			},
		}))
}

// What desk says of a server.
const (
	serverForgotten = "forgotten"
	serverHolds     = "not forgotten"
)

type erasureJSON struct {
	ID      register.RecordID `json:"id"`
	Unit    register.UnitID   `json:"unit"`
	Day     register.Day      `json:"day"`
	Server  string            `json:"server"`
	Waiting []waitingJSON     `json:"waiting"`
	Final   bool              `json:"final"`
}

type waitingJSON struct {
	Handle    register.Handle `json:"handle"`
	Recipient string          `json:"recipient"`
}

func (s *session) erasureStatus() error {
	sts, err := s.ErasureStatuses()
	if err != nil {
		return err
	}
	out := struct {
		Erasures []erasureJSON `json:"erasures"`
	}{[]erasureJSON{}}
	for _, st := range sts {
		x := erasureJSON{st.ID, st.Unit, st.Day, st.Server, []waitingJSON{}, len(st.Waiting) == 0 && st.Server == serverForgotten}
		for _, r := range st.Waiting {
			x.Waiting = append(x.Waiting, waitingJSON{r.Handle, r.Recipient})
		}
		out.Erasures = append(out.Erasures, x)
	}
	return s.result(out, func(w io.Writer) {
		if len(out.Erasures) == 0 {
			fmt.Fprintln(w, s.tr("Nothing has been erased."))
		}
		final := 0
		for _, x := range out.Erasures {
			s.printErasure(w, x)
			if x.Final {
				final++
			}
		}
		if n := len(out.Erasures); n > 0 {
			fmt.Fprintln(w, s.trn(n, "{{.N}} record erased, {{.Final}} of them for good.", "{{.N}} records erased, {{.Final}} of them for good.", "Final", final))
			s.printPublishAnew(w)
		}
	})
}

func (s *session) printErasure(w io.Writer, x erasureJSON) {
	fmt.Fprintln(w, s.tr("{{.ID}}, {{.Unit}}, erased {{.Day}}", "ID", x.ID, "Unit", unitName(s.Policy(), x.Unit), "Day", x.Day))
	fmt.Fprintln(w, "  "+s.tr("in the register: no key is left"))
	switch x.Server {
	case serverForgotten:
		fmt.Fprintln(w, "  "+s.tr("on the server: forgotten"))
	case serverHolds:
		fmt.Fprintln(w, "  "+s.tr("on the server: the old keys are still there; run medlem erase {{.ID}} again", "ID", x.ID))
	default:
		fmt.Fprintln(w, "  "+s.tr("on the server: not known here; docs/server.md says what to run there"))
	}
	if len(x.Waiting) == 0 {
		fmt.Fprintln(w, "  "+s.tr("in old copies: everybody who could read it has said that the keys of that time are destroyed"))
		return
	}
	var who []string
	recovery := false
	for _, r := range x.Waiting {
		if name := string(r.Handle); len(who) == 0 || who[len(who)-1] != name {
			who = append(who, name)
		}
		recovery = recovery || r.Handle == register.Recovery
	}
	fmt.Fprintln(w, "  "+s.tr("in old copies: not confirmed by {{.Handles}}", "Handles", strings.Join(who, ", ")))
	if recovery {
		fmt.Fprintln(w, "  "+s.tr("(the recovery secret: medlem rotate --recovery, then --recovery-destroyed)"))
	}
}
