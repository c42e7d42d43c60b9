package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) sendingsCommand() *cobra.Command {
	var units []string
	var month string
	var all bool
	c := a.build(command{
		use:   "sendings",
		short: a.tr("show what was sent to members, and what is planned"),
		long: a.tr("Shows what officers have sent to the members of the units that you see, and what they plan, the newest first, and how much that was in each month and channel. " +
			"Receipts are open to everybody who has the register: they say who wrote to whose members, which way and when, and neither the text nor whom it reached. " +
			"medlem sendings show ID says more of one."),
		example: "medlem sendings --unit asker --month 2026-11",
		codes:   "134",
		run: func(*cobra.Command, []string) error {
			return a.at(mirror, func(s *session) error { return s.sendings(units, month, all) })
		},
	})
	f := c.Flags()
	f.StringArrayVar(&units, "unit", nil, a.tr("only to members of this `UNIT`; may be given more than once"))
	f.StringVar(&month, "month", "", a.tr("only of this `MONTH`, as 2026-11"))
	f.BoolVar(&all, "all", false, a.tr("also those of units that you do not see"))
	c.AddCommand(a.sendingsShowCommand())
	return c
}

func (a *app) sendingsShowCommand() *cobra.Command {
	var members bool
	c := a.build(command{
		use:   "show ID",
		short: a.tr("show one sending"),
		long: a.tr("Shows the receipt of one sending, by the beginning of its id. With --members it opens whom it reached, in the units that you read, and what their own pages say of it; " +
			"who has been erased since is in no list any more."),
		example: "medlem sendings show m4k7 --members",
		codes:   "134",
		min:     1, max: 1,
		run: func(_ *cobra.Command, args []string) error {
			n := mirror
			if members {
				n = withKey
			}
			return a.at(n, func(s *session) error { return s.sendingShow(args[0], members) })
		},
	})
	c.Flags().BoolVar(&members, "members", false, a.tr("open whom it reached"))
	return c
}

// sendingJSON is the receipt of a sending.
type sendingJSON struct {
	ID        register.RecordID `json:"id"`
	Unit      register.UnitID   `json:"unit"` // in whose folder the receipt lies
	Channel   string            `json:"channel"`
	By        register.Handle   `json:"by"`
	Office    string            `json:"office,omitempty"`
	Own       bool              `json:"own"`
	Made      register.Day      `json:"made"`
	Day       register.Day      `json:"day"` // on which it goes, or went
	Units     []register.UnitID `json:"units"`
	Audience  []string          `json:"audience"`
	Filtered  bool              `json:"filtered"`
	Automatic string            `json:"automatic,omitempty"`
	Planned   bool              `json:"planned"` // nothing has gone yet
	Members   int               `json:"members"`
	Parts     int               `json:"parts,omitempty"` // of an SMS
	Sent      int               `json:"sent"`
	Done      register.Day      `json:"done,omitempty"` // when that was said last
	Waits     bool              `json:"waits"`          // main does not have it yet
}

func sendingOf(x *desk.PlannedSending) sendingJSON {
	r := x.Receipt
	return sendingJSON{r.ID, r.Unit, r.Channel, r.By, x.Office, x.Own, r.Made, r.Planned, r.Units, r.Audience, r.Filtered, r.Automatic, x.Plan, r.Count, r.Parts, r.Sent, r.Done, x.Waits}
}

// sentInMonth is what went out in one month by one channel.
type sentInMonth struct {
	Month    register.Month `json:"month"`
	Channel  string         `json:"channel"`
	Sendings int            `json:"sendings"`
	Messages int            `json:"messages"` // members, each once for every sending
	Parts    int            `json:"parts,omitempty"`
}

func (s *session) sendings(texts []string, monthText string, everything bool) error {
	units, err := s.units(texts)
	if err != nil {
		return err
	}
	var month register.Month
	if monthText != "" {
		if month, err = register.ParseMonth(monthText); err != nil {
			return usageError(s.tr("--month: want a month, as 2026-11"), "")
		}
	}
	if len(units) == 0 && !everything {
		if me, err := s.Handle(); err == nil {
			units = s.State().InScope(me, s.Today())
		}
	}
	all, err := s.Sendings(units, month)
	if err != nil {
		return err
	}
	out := struct {
		Sendings []sendingJSON `json:"sendings"`
		Months   []sentInMonth `json:"months"`
	}{[]sendingJSON{}, []sentInMonth{}}
	for _, x := range all {
		out.Sendings = append(out.Sendings, sendingOf(x))
	}
	out.Months = append(out.Months, sentByMonth(out.Sendings)...)
	return s.result(out, func(w io.Writer) {
		s.sendingTable(w, out.Sendings)
		for _, m := range out.Months {
			fmt.Fprintln(w, s.trn(m.Sendings, "{{.Month}}, {{.Channel}}: {{.N}} sending, {{.Messages}} messages", "{{.Month}}, {{.Channel}}: {{.N}} sendings, {{.Messages}} messages",
				"Month", m.Month, "Channel", s.channelName(m.Channel), "Messages", m.Messages))
		}
	})
}

// sentByMonth adds up what has gone out, the newest month first.
func sentByMonth(all []sendingJSON) []sentInMonth {
	var out []sentInMonth
	for _, x := range all {
		if x.Planned {
			continue
		}
		at := slices.IndexFunc(out, func(m sentInMonth) bool { return m.Month == x.Made.Month() && m.Channel == x.Channel })
		if at < 0 {
			at = len(out)
			out = append(out, sentInMonth{Month: x.Made.Month(), Channel: x.Channel})
		}
		out[at].Sendings++
		out[at].Messages += x.Members
		out[at].Parts += x.Members * x.Parts
	}
	slices.SortFunc(out, func(a, b sentInMonth) int {
		if a.Month != b.Month {
			return strings.Compare(string(b.Month), string(a.Month))
		}
		return slices.Index(policy.Channels, a.Channel) - slices.Index(policy.Channels, b.Channel)
	})
	return out
}

func (s *session) sendingTable(w io.Writer, all []sendingJSON) {
	if len(all) == 0 {
		fmt.Fprintln(w, s.tr("Nothing was sent, and nothing is planned."))
		return
	}
	t := &table{head: []string{s.tr("Day"), s.tr("Receipt"), s.tr("Channel"), s.tr("Units"), s.tr("Members"), s.tr("By"), ""}}
	for _, x := range all {
		t.add(string(x.Day), string(x.ID), s.channelName(x.Channel), s.unitsBriefly(x.Units), fmt.Sprint(x.Members), s.writer(x), s.sendingState(x))
	}
	t.write(w, "")
}

// unitsBriefly names the first of several units.
func (s *session) unitsBriefly(units []register.UnitID) string {
	const most = 3
	var out []string
	for i, u := range units {
		if i == most {
			out = append(out, "…")
			break
		}
		out = append(out, unitName(s.Policy(), u))
	}
	return strings.Join(out, ", ")
}

func (s *session) writer(x sendingJSON) string {
	if x.Office == "" {
		return string(x.By)
	}
	return s.officeName(s.Policy(), x.Office) + " (" + string(x.By) + ")"
}

func (s *session) sendingState(x sendingJSON) string {
	var out []string
	switch {
	case x.Planned:
		out = append(out, s.tr("planned"))
	case x.Done == "":
		out = append(out, s.tr("not said yet how many went"))
	default:
		out = append(out, s.trn(x.Sent, "{{.N}} went", "{{.N}} went"))
	}
	if x.Automatic != "" {
		out = append(out, s.automaticName(x.Automatic))
	}
	if x.Waits {
		out = append(out, s.tr("waits"))
	}
	return strings.Join(out, ", ")
}

// automaticName is what the register sends by itself.
func (a *app) automaticName(id string) string {
	switch id {
	case access.SendingClaim:
		return a.tr("a claim of dues")
	case access.SendingReminder:
		return a.tr("a reminder of dues")
	case access.SendingWelcome:
		return a.tr("a welcome")
	case access.SendingIntroduction:
		return a.tr("an introduction")
	case access.SendingConfirm:
		return a.tr("the question whether all is right")
	}
	return id
}

// audienceName is how those in the units were chosen.
func (a *app) audienceName(id string) string {
	switch id {
	case policy.AudienceUnit:
		return a.tr("members of the units")
	case policy.AudienceBelow:
		return a.tr("members of a unit and of those below it")
	case policy.AudienceOffices:
		return a.tr("those who hold a post")
	case policy.AudienceFilter:
		return a.tr("those whom a search finds")
	}
	return id
}

func (s *session) sendingShow(text string, members bool) error {
	x, err := s.FindSending(text)
	if err != nil {
		return err
	}
	type reachedJSON struct {
		Unit    register.UnitID     `json:"unit"`
		Members []register.RecordID `json:"members"`
	}
	out := struct {
		sendingJSON
		Main    string        `json:"main"`
		Subject string        `json:"subject,omitempty"`
		Reached []reachedJSON `json:"reached,omitempty"`
	}{sendingJSON: sendingOf(x), Main: x.Receipt.Main}
	if members {
		lists, err := s.OpenSending(x.Receipt.ID)
		if err != nil {
			return err
		}
		for _, l := range lists {
			out.Subject = l.Subject
			out.Reached = append(out.Reached, reachedJSON{l.Unit, append([]register.RecordID{}, l.Members...)})
		}
	}
	return s.result(out, func(w io.Writer) {
		t := &table{}
		t.add(s.tr("Receipt"), string(out.ID))
		t.add(s.tr("Channel"), s.channelName(out.Channel))
		t.add(s.tr("Day"), string(out.Day))
		t.add(s.tr("By"), s.writer(out.sendingJSON))
		t.add(s.tr("Units"), s.unitsBriefly(out.Units))
		var audience []string
		for _, id := range out.Audience {
			audience = append(audience, s.audienceName(id))
		}
		t.add(s.tr("To"), strings.Join(audience, ", "))
		t.add(s.tr("Members"), fmt.Sprint(out.Members))
		if out.Parts > 0 {
			t.add(s.tr("Parts of a message"), fmt.Sprint(out.Parts))
		}
		if out.Subject != "" {
			t.add(s.tr("Subject"), out.Subject)
		}
		t.add("", s.sendingState(out.sendingJSON))
		t.write(w, "")
		for _, r := range out.Reached {
			fmt.Fprintln(w, unitName(s.Policy(), r.Unit)+":")
			for _, id := range r.Members {
				fmt.Fprintln(w, "  "+string(id))
			}
		}
	})
}

// explainSending explains why something was not sent.
func (a *app) explainSending(err error) *failure {
	var refusal *desk.SendingError
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case errors.As(err, &refusal):
		return &failure{exitRefused, err.Error(), wayOut("sending/" + refusal.Faults[0].Rule)}
	case is(desk.ErrNoChannel):
		return &failure{exitRefused, a.tr("members are not written to this way"), a.tr("policies/sendings.yaml says which ways there are")}
	case is(desk.ErrSendingNobody):
		return &failure{exitRefused, a.tr("nobody would get this"), a.tr("without --send it is told who is left out, and why")}
	case is(desk.ErrSendingStale):
		return &failure{exitRefused, a.tr("this copy of the register is too old to send by: who has left since would get it"), a.tr("run medlem sync where the server can be reached")}
	case is(desk.ErrSendingGone):
		return &failure{exitRefused, a.tr("no sending has this id"), a.tr("medlem sendings shows them")}
	case is(desk.ErrSendingEvent):
		return &failure{exitRefused, a.tr("members of these units have already had an SMS about this event"), a.tr("medlem sendings shows it; the secretariat may send one more, to those who have had none")}
	case is(desk.ErrSendingMembers):
		return &failure{exitRefused, a.tr("members are not named one by one: the secretariat may write to one alone"), a.tr("choose them with --where")}
	case is(desk.ErrSendingPost):
		return &failure{exitRefused, a.tr("records have no such post or class, or more than one by that name"), a.tr("policies/fields.yaml has them, as choices; or choose with --where")}
	case is(desk.ErrSendingSubject):
		return &failure{exitRefused, a.tr("the subject is one line, of at most 200 bytes"), ""}
	}
	return nil
}
