package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) introduceHandCommand() *cobra.Command {
	var o drawFlags
	c := a.build(command{
		use:   "hand ROUND --out FILE",
		short: a.tr("make the list of those who consented, for the one who asks alone"),
		long: a.tr("Makes the list of those whose consent holds now, to the member who asked and to nobody else, as a protected file with a receipt, as medlem draw does. " +
			"Give her the file, and its password another way. Who consented for somebody else, has taken it back, or has left is not in it."),
		example: "medlem introduce hand h7k2 --out contacts.xlsx",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.onRound(args[0], func(s *session, x *desk.Activity) error { return s.introduceHand(c.Context(), x, o) })
		},
	})
	f := c.Flags()
	f.StringVar(&o.handOut, "hand-out", "", a.tr("for somebody without access: a `KIND` of receiver of policies/lists.yaml"))
	f.StringVar(&o.recipient, "recipient", "", a.tr("of a hand-out that is sealed: age1pq1…, or a `FILE` that holds it"))
	f.StringVar(&o.passwordFile, "password-file", "", a.tr("write the password to this new `FILE`, which goes another way than the list"))
	f.StringVar(&o.out, "out", "", a.tr("the new `FILE`; its ending says what it is: .xlsx, .csv.age or .pdf.age"))
	return c
}

func (s *session) introduceHand(ctx context.Context, x *desk.Activity, o drawFlags) error {
	opt, err := s.IntroductionDraw(x.Path.ID)
	if err != nil {
		return err
	}
	opt.HandOut, opt.Reason = o.handOut, opt.Condition
	if o.recipient != "" {
		if opt.Recipient, err = s.recipient(o.recipient); err != nil {
			return err
		}
	}
	if opt.Format, err = s.drawFormat(o.out); err != nil {
		return err
	}
	opt.Form = access.FormList
	t, err := s.writeDraw(o.out, o.passwordFile, opt.Format == access.FormatXLSX, func() (*desk.Taken, error) {
		return s.Draw(ctx, opt, s.rendering(opt.Format))
	})
	if err != nil {
		return err
	}
	return s.tellDraw(t, o.out)
}

func (a *app) introduceListCommand() *cobra.Command {
	var units []string
	c := a.build(command{
		use:     "list",
		short:   a.tr("list the rounds of introductions of your units"),
		long:    a.tr("Lists the rounds of introductions of the units that you read, with their last day, how many were asked and how many have consented."),
		example: "medlem introduce list",
		codes:   "34",
		run: func(*cobra.Command, []string) error {
			return a.at(withKey, func(s *session) error {
				us, err := s.units(units)
				if err != nil {
					return err
				}
				return s.rounds(us)
			})
		},
	})
	c.Flags().StringArrayVar(&units, "unit", nil, a.tr("only this `UNIT`; may be given more than once (default: all)"))
	return c
}

func (s *session) rounds(units []register.UnitID) error {
	all, err := s.Rounds(units)
	if err != nil {
		return err
	}
	out := struct {
		Rounds []roundJSON `json:"rounds"`
	}{[]roundJSON{}}
	for _, x := range all {
		out.Rounds = append(out.Rounds, s.roundJSON(x))
	}
	return s.result(out, func(w io.Writer) {
		if len(all) == 0 {
			fmt.Fprintln(w, s.tr("There are no rounds of introductions."))
			return
		}
		t := &table{}
		for i, x := range all {
			j := out.Rounds[i]
			t.add(string(j.ID), j.Name, unitName(s.Policy(), j.Unit), s.trn(j.Candidates, "{{.N}} asked", "{{.N}} asked"), s.trn(j.Consented, "{{.N}} consent", "{{.N}} consents"),
				s.activityEnd(x), s.statusText(&desk.Member{Status: x.Status}))
		}
		t.write(w, "")
	})
}

func (a *app) introduceShowCommand() *cobra.Command {
	return a.build(command{
		use:   "show ROUND",
		short: a.tr("show a round, who has consented, and what the one who asks may be told"),
		long: a.tr("Shows a round of introductions: how many were asked, who has consented and when, with the SHA-256 of each answer, by which a member can prove what she wrote. " +
			"Who asks is told nothing of this but what the last line says."),
		example: "medlem introduce show h7k2",
		codes:   "34",
		min:     1, max: 1,
		run: func(_ *cobra.Command, args []string) error {
			return a.onRound(args[0], func(s *session, x *desk.Activity) error { return s.round(x) })
		},
	})
}

type consentJSON struct {
	Member    register.RecordID `json:"member"`
	Name      string            `json:"name,omitempty"` // none of a member whom the person may not read
	To        register.RecordID `json:"to"`
	At        time.Time         `json:"at"`
	Until     register.Day      `json:"until,omitempty"` // left out: until it is withdrawn
	Purpose   string            `json:"purpose_sha256"`
	Answer    string            `json:"answer_sha256"`
	Withdrawn register.Day      `json:"withdrawn,omitempty"`
}

func (s *session) round(x *desk.Activity) error {
	r := x.Record.Round
	out := struct {
		roundJSON
		Seeker   register.RecordID `json:"seeker,omitempty"`
		Named    bool              `json:"named"`
		Purpose  string            `json:"purpose"`
		Consents []consentJSON     `json:"consents"`
	}{s.roundJSON(x), r.Seeker, r.Named, r.Purpose, []consentJSON{}}
	names := map[register.RecordID]string{}
	members, err := s.Members(desk.Query{Closed: true})
	if err != nil {
		return err
	}
	for _, m := range members {
		names[m.Path.ID] = s.name(m.Record)
	}
	for _, c := range r.Consents {
		out.Consents = append(out.Consents, consentJSON{c.Member, names[c.Member], c.To, c.At, c.Until, c.Purpose, c.Answer, c.Withdrawn})
	}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, cell(x.Record.Name))
		if r.Seeker != "" {
			fmt.Fprintln(w, "  "+s.tr("For {{.Who}}", "Who", cell(string(r.Seeker)+" "+names[r.Seeker])))
		}
		fmt.Fprintln(w, "  "+cell(r.Purpose))
		t := &table{}
		for _, c := range out.Consents {
			state := s.tr("until it is taken back")
			switch {
			case c.Withdrawn != "":
				state = s.tr("taken back on {{.Day}}", "Day", c.Withdrawn)
			case c.Until != "":
				state = s.tr("until {{.Day}}", "Day", c.Until)
			}
			t.add(string(c.Member), cell(c.Name), c.At.Format("2006-01-02 15:04"), state, c.Answer[:16]+"…")
		}
		t.write(w, "  ")
		s.tellRound(w, x)
	})
}
