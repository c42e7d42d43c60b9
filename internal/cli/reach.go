package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/register"
)

// What every command says that writes to members (mail, sms, welcome, introduce): whom it
// reaches, who is left out and why, what others plan, and what came of it.

// reachJSON is a desk.SendingPlan, without anybody's name.
type reachJSON struct {
	Channel string               `json:"channel"`
	Units   []register.UnitID    `json:"units"`
	Members int                  `json:"members"`
	LeftOut map[desk.LeftOut]int `json:"left_out"`
	Others  []otherJSON          `json:"others"`
	Stale   bool                 `json:"stale"` // the copy is too old to send by
}

// otherJSON is what another officer sends, or plans to.
type otherJSON struct {
	ID      register.RecordID `json:"id"`
	Day     register.Day      `json:"day"`
	By      register.Handle   `json:"by"`
	Office  string            `json:"office,omitempty"`
	Channel string            `json:"channel"`
	Units   []register.UnitID `json:"units"`
	Planned bool              `json:"planned"` // nothing has gone yet
	Event   bool              `json:"same_event"`
}

func (s *session) reach(plan *desk.SendingPlan) *reachJSON {
	x := &reachJSON{Channel: plan.Options.Channel, Units: plan.Receipt.Units, Members: len(plan.Recipients), LeftOut: map[desk.LeftOut]int{}, Others: []otherJSON{}, Stale: plan.Stale}
	for why, n := range plan.LeftOut {
		if n > 0 {
			x.LeftOut[why] = n
		}
	}
	for _, o := range plan.Others {
		x.Others = append(x.Others, otherJSON{o.Receipt.ID, o.Receipt.Planned, o.Receipt.By, o.Office, o.Receipt.Channel, o.Receipt.Units, o.Plan, sameEvent(plan, o)})
	}
	return x
}

// sameEvent tells whether another officer's sending is about the same event.
func sameEvent(plan *desk.SendingPlan, o *desk.PlannedSending) bool {
	return o.Receipt.Event != "" && o.Receipt.Event == plan.Receipt.Event
}

// tellReach says whom a sending reaches, and what is to be known before it goes.
func (s *session) tellReach(w io.Writer, plan *desk.SendingPlan) {
	fmt.Fprintln(w, s.trn(len(plan.Recipients), "It goes to {{.N}} member.", "It goes to {{.N}} members."))
	for _, why := range slices.Sorted(maps.Keys(plan.LeftOut)) {
		if n := plan.LeftOut[why]; n > 0 {
			fmt.Fprintln(w, "  "+s.trn(n, "{{.N}} left out: {{.Reason}}", "{{.N}} left out: {{.Reason}}", "Reason", s.leftOutReason(why)))
		}
	}
	if len(plan.Others) > 0 {
		fmt.Fprintln(w, s.tr("Others write to the same members; agree with them:"))
		t := &table{}
		for _, o := range plan.Others {
			what := s.tr("sent")
			if o.Plan {
				what = s.tr("planned")
			}
			units := ""
			for i, u := range o.Receipt.Units {
				if i == 3 {
					units += ", …"
					break
				}
				if i > 0 {
					units += ", "
				}
				units += unitName(s.Policy(), u)
			}
			who := string(o.Receipt.By)
			if o.Office != "" {
				who = s.officeName(s.Policy(), o.Office) + " (" + who + ")"
			}
			about := ""
			if sameEvent(plan, o) {
				about = s.tr("about the same event")
			}
			t.add(string(o.Receipt.Planned), what, s.channelName(o.Receipt.Channel), units, who, about)
		}
		t.write(w, "  ")
	}
	if plan.Stale {
		fmt.Fprintln(w, s.tr("This copy of the register is too old to send by: medlem sync"))
	}
}

// channelName is what a way of writing is called.
func (a *app) channelName(channel string) string {
	switch channel {
	case "email":
		return a.tr("e-mail")
	case "sms":
		return a.tr("SMS")
	case "letter":
		return a.tr("letter")
	}
	return channel
}

// leftOutReason says why somebody is left out.
func (a *app) leftOutReason(why desk.LeftOut) string {
	switch why {
	case desk.LeftNoAddress:
		return a.tr("no address for it in her record")
	case desk.LeftRestricted:
		return a.tr("her record is restricted")
	case desk.LeftObjects:
		return a.tr("she does not want it")
	case desk.LeftProtected:
		return a.tr("in a protected unit")
	case desk.LeftBounced:
		return a.tr("what was sent to this address before came back")
	case desk.LeftReached:
		return a.tr("she has had it already")
	case desk.LeftLimit:
		return a.tr("she has had as many in 30 days as the policy allows")
	case desk.LeftEvent:
		return a.tr("she has had an SMS about this event")
	case desk.LeftGone:
		return a.tr("she is no member here any more")
	}
	return string(why)
}

// deliveredJSON is what came of a sending.
type deliveredJSON struct {
	ID      register.RecordID `json:"id"`
	Sent    int               `json:"sent"`
	Refused int               `json:"refused"` // for good
	Waiting int               `json:"waiting"` // in the outbox: medlem outbox send
	Unknown int               `json:"unknown"` // nobody knows whether these went
	Dropped int               `json:"dropped"` // left since, or paid
	Receipt bool              `json:"receipt"` // the server has it
}

func delivered(d *delivery) *deliveredJSON {
	c := d.Status.Counts
	return &deliveredJSON{d.Receipt.ID, c[outbox.Sent], c[outbox.Refused], d.Status.Waits(), c[outbox.Unknown], c[outbox.Dropped], d.Sent}
}

// tellDelivered says what came of a sending.
func (s *session) tellDelivered(w io.Writer, d *delivery) { s.tellOutcome(w, delivered(d)) }

func (s *session) tellOutcome(w io.Writer, x *deliveredJSON) {
	fmt.Fprintln(w, s.trn(x.Sent, "{{.N}} message is sent.", "{{.N}} messages are sent."))
	for _, line := range s.notSent(x) {
		fmt.Fprintln(w, line)
	}
	if !x.Receipt {
		fmt.Fprintln(w, s.tr("Its receipt waits here, and goes with the next command that reaches the server."))
	}
}

// notSent says of a sending what did not go, and why.
func (s *session) notSent(x *deliveredJSON) []string {
	var out []string
	line := func(n int, text string) {
		if n > 0 {
			out = append(out, text)
		}
	}
	line(x.Refused, s.trn(x.Refused, "{{.N}} was refused: medlem outbox show {{.ID}}", "{{.N}} were refused: medlem outbox show {{.ID}}", "ID", x.ID))
	line(x.Dropped, s.trn(x.Dropped, "{{.N}} has left or paid meanwhile, and gets nothing.", "{{.N}} have left or paid meanwhile, and get nothing."))
	line(x.Unknown, s.trn(x.Unknown, "Of {{.N}} nobody knows whether it went; it does not go again by itself: medlem outbox show {{.ID}}", "Of {{.N}} nobody knows whether they went; they do not go again by themselves: medlem outbox show {{.ID}}", "ID", x.ID))
	line(x.Waiting, s.trn(x.Waiting, "{{.N}} waits in the outbox. Next: medlem outbox send", "{{.N}} wait in the outbox. Next: medlem outbox send"))
	if x.Refused > 0 && x.Sent+x.Unknown+x.Waiting == 0 {
		out = append(out, s.tr("Nothing of it went, and it counts as not sent: when the cause is mended, send it anew."))
	}
	return out
}
