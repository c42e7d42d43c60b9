package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

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
		}),
		a.erasureReceiptCommand(), a.erasureVerifyCommand(), a.erasureListCommand())
}

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
		x := erasureJSON{st.ID, st.Unit, st.Day, st.Server, []waitingJSON{}, len(st.Waiting) == 0 && st.Server == desk.ServerForgotten}
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
	case desk.ServerForgotten:
		fmt.Fprintln(w, "  "+s.tr("on the server: forgotten"))
	case desk.ServerHolds:
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
