package e2e

import (
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// The commands about what is sent to members.

// sendingRules is what may be sent in the scripts, by everybody who draws lists but the
// chair.
const sendingRules = `channels: [email, sms]
blind-copy: always
audiences: [unit, below, filter]
plan-window: 7
sms: {per-event: 1}
`

// sendingsCmd puts these rules in force, as the secretariat.
func sendingsCmd(ts *testscript.TestScript, _ bool, _ []string) {
	actor("sec")(ts, false, []string{"medlem", "policy", "get", "now"})
	head, chair, ok := strings.Cut(ts.ReadFile("now/access.yaml"), "- id: chair\n")
	if !ok {
		ts.Fatalf("sendings: access.yaml has no chair")
	}
	keep(ts, "now/access.yaml", []byte(head+"- id: chair\n"+strings.Replace(chair, ", send]", "]", 1)))
	keep(ts, "now/sendings.yaml", []byte(sendingRules))
	putPolicy(ts, "now")
}

// sending NAME SECRET WHO UNIT [word=value…] makes the receipt of an e-mail that WHO
// sends to a member of UNIT today, into the file NAME, and the sealed list of whom it
// reached, into NAME.list; where they belong goes into $NAME_SENDING and $NAME_SENT.
// Words:
//
//	of=OTHER: as the receipt OTHER has it, under the same id
//	by=WHO, units=A,B, channel=, event=WORDS, count=, sent=
//	plan=DAY (without a list), list=UNIT (that the list is of)
func sendingCmd(ts *testscript.TestScript, _ bool, args []string) {
	name, unit, today := args[0], register.UnitID(args[3]), register.Day(ts.Getenv("TODAY"))
	x := &access.Sending{Unit: unit, Month: today.Month(), ID: register.NewRecordID(), Channel: policy.ChannelEmail, By: load(ts, args[2]).Handle(),
		Made: today, Planned: today, Units: []register.UnitID{unit}, Audience: []string{policy.AudienceUnit}, Count: 1}
	revCmd(ts, false, []string{"MAIN", "main"})
	x.Main = ts.Getenv("MAIN")
	of := unit
	for _, a := range args[4:] {
		k, v, _ := strings.Cut(a, "=")
		switch k {
		case "of":
			p, err := register.ParsePath(ts.Getenv(v + "_SENDING"))
			ts.Check(err)
			x, err = access.ParseSending(p, []byte(ts.ReadFile(v)))
			ts.Check(err)
		case "by":
			x.By = load(ts, v).Handle()
		case "units":
			x.Units = nil
			for _, u := range strings.Split(v, ",") {
				x.Units = append(x.Units, register.UnitID(u))
			}
		case "channel":
			if x.Channel = v; v == policy.ChannelSMS {
				x.Parts = 1
			}
		case "event":
			x.Event = access.EventToken("the register", record.Fold(v)) // of which the check knows no more
		case "count", "sent":
			n, err := strconv.Atoi(v)
			ts.Check(err)
			if k == "count" {
				x.Count = n
			} else {
				x.Sent, x.Done = n, today
			}
		case "plan":
			x.Planned, x.Count, x.Parts = register.Day(v), 0, 0
		case "list":
			of = register.UnitID(v)
		default:
			ts.Fatalf("sending: unknown word %q", k)
		}
	}
	keep(ts, name, x.Encode())
	list := &record.SendingList{ID: x.ID, Unit: of, Receipt: x.Unit, Channel: x.Channel, Day: x.Made, Event: x.Event, Subject: "Årsmøte",
		Members: []register.RecordID{register.RecordID(ts.Getenv("ASKER1"))}}
	text, err := record.EncodeSendingList(list)
	ts.Check(err)
	file, err := seal.SealEvidence(readSecret(ts, args[1]).Derive(seal.KindSending, of, x.ID), text)
	ts.Check(err)
	keep(ts, name+".list", file)
	ts.Setenv(name+"_SENDING", x.Path().String())
	ts.Setenv(name+"_SENT", x.ListPath(of).String())
}
