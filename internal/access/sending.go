package access

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// Sending is the receipt of something that was sent to members, or is planned to be,
// data/<unit>/sendings/<YYYY-MM>/<id>.yaml: who wrote to whose members, by which
// channel and when. Nothing of its text is in it. Whom it reached stands in the sealed
// files under the same id, one in each unit of theirs (record.SendingList).
type Sending struct {
	Unit  register.UnitID // the one above the others of Units, or the first of them
	Month register.Month  // of Made
	ID    register.RecordID

	Channel   string // one of policy.Channels
	By        register.Handle
	Made      register.Day // of the commit that brought it
	Planned   register.Day // on which it is to go; Made, or later for a plan
	Units     []register.UnitID
	Audience  []string          // of policy.Audiences: how those in Units were chosen
	Filtered  bool              // not every member of the units
	Event     string            // the token of what it is about (EventToken), or ""
	Automatic string            // one of SendingAutomatics, or ""
	Plan      register.RecordID // one's own plan that it carries out, or ""
	Count     int               // members; 0 for a plan
	Parts     int               // of one SMS; else 0
	Main      string            // the commit of main that it was made from, hexadecimal

	Sent int          // messages that the carrier took; only with Done
	Done register.Day // on which the last of them went; "" not said yet
}

// What the register sends by itself.
const (
	SendingClaim        = "claim"
	SendingReminder     = "reminder"
	SendingWelcome      = "welcome"
	SendingIntroduction = "introduction"
	SendingConfirm      = "confirm"
)

// SendingAutomatics lists what the register sends by itself.
var SendingAutomatics = []string{SendingClaim, SendingReminder, SendingWelcome, SendingIntroduction, SendingConfirm}

const (
	sendingUnitsLimit = 2000
	sendingCountLimit = 1_000_000
	sendingPartsLimit = 20
)

// IsPlan tells whether nothing has gone out by this receipt.
func (x *Sending) IsPlan() bool { return x.Count == 0 }

// IsVoid tells whether the carrier took nothing of what was to go out by this receipt:
// nobody has had it.
func (x *Sending) IsVoid() bool { return x.Done != "" && x.Sent == 0 }

// Path is where the receipt lies.
func (x *Sending) Path() register.Path {
	return register.Path{Kind: register.Sending, Unit: x.Unit, Month: x.Month, ID: x.ID}
}

// ListPath is where the sealed file lies of those whom it reached in a unit.
func (x *Sending) ListPath(u register.UnitID) register.Path {
	return register.Path{Kind: register.SendingList, Unit: u, Month: x.Month, ID: x.ID}
}

// Encode returns the receipt's file.
func (x *Sending) Encode() []byte {
	f := register.NewFlat()
	f.Set("channel", x.Channel)
	f.Set("by", string(x.By))
	f.Set("made", string(x.Made))
	f.Set("planned", string(x.Planned))
	f.SetList("units", texts(x.Units))
	f.SetList("audience", x.Audience)
	if x.Filtered {
		f.Set("filtered", "yes")
	}
	f.Set("event", x.Event)
	f.Set("automatic", x.Automatic)
	f.Set("plan", string(x.Plan))
	f.Set("count", strconv.Itoa(x.Count))
	if x.Parts > 0 {
		f.Set("parts", strconv.Itoa(x.Parts))
	}
	f.Set("main", x.Main)
	if x.Done != "" {
		f.Set("sent", strconv.Itoa(x.Sent))
		f.Set("done", string(x.Done))
	}
	return f.Encode()
}

// ParseSending reads the receipt that lies at a path of kind Sending. Its words are
// those that any policy can have; whether this one has them is another question.
func ParseSending(p register.Path, b []byte) (*Sending, error) {
	f, err := register.ParseFlat(b)
	if err != nil {
		return nil, err
	}
	r := &sendingReader{drawReader{grantReader{f: f}}}
	x := &Sending{Unit: p.Unit, Month: p.Month, ID: p.ID}
	x.Channel = r.oneOf("channel", policy.Channels)
	x.By = r.handle("by", true)
	var line int
	if x.Made, line = r.day("made", true); x.Made != "" && x.Made.Month() != p.Month {
		r.fault(line, 7, "made in another month than that of its folder")
	}
	if x.Planned, line = r.day("planned", true); x.Planned < x.Made {
		r.fault(line, 10, "planned for a day before it was made")
	}
	x.Units = r.units()
	x.Audience = r.audience()
	s, line := r.value("filtered", false)
	if x.Filtered = s != ""; x.Filtered && s != "yes" {
		r.fault(line, 11, "want yes, or no line")
	}
	x.Event = r.event()
	if s, line = r.value("automatic", false); s != "" && !slices.Contains(SendingAutomatics, s) {
		r.fault(line, 12, "unknown automatic: want %s", strings.Join(SendingAutomatics, ", "))
	}
	x.Automatic = s
	x.Plan = r.id("plan")
	x.Count = r.number("count", true, sendingCountLimit)
	if x.Parts = r.number("parts", false, sendingPartsLimit); (x.Parts > 0) != (x.Channel == policy.ChannelSMS && x.Count > 0) {
		r.fault(1, 1, "parts are those of an SMS that goes out, and of nothing else")
	}
	if x.Main, line = r.value("main", true); !isCommit(x.Main) {
		r.fault(line, 7, "malformed commit: want 40 hexadecimal digits")
	}
	r.done(x)
	if r.err == nil {
		r.err = f.End()
	}
	if r.err != nil {
		return nil, r.err
	}
	return x, nil
}

// sendingReader reads the keys that only a sending has.
type sendingReader struct{ drawReader }

// audience is how those in the units were chosen: sorted as policy.Audiences is, "unit"
// or "below" among them.
func (r *sendingReader) audience() []string {
	l, line := r.list("audience", len(policy.Audiences))
	if len(l) == 0 || l[0] != policy.AudienceUnit && l[0] != policy.AudienceBelow {
		r.fault(max(line, 1), 1, "want an audience that begins with unit or below")
	}
	last := -1
	for i, s := range l {
		at := slices.Index(policy.Audiences, s)
		if at < 0 {
			r.fault(line+1+i, 5, "unknown audience: want %s", strings.Join(policy.Audiences, ", "))
		} else if at <= last {
			r.fault(line+1+i, 5, "audiences are not sorted, or one is repeated")
		}
		last = at
	}
	return l
}

func (r *sendingReader) event() string {
	s, line := r.value("event", false)
	if s != "" {
		if _, err := register.ParseRecordID(s); err != nil {
			r.fault(line, 8, "malformed event: want 13 characters a-z2-7")
		}
	}
	return s
}

func (r *sendingReader) done(x *Sending) {
	s, line := r.value("sent", false)
	if s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n > x.Count || strconv.Itoa(n) != s {
			r.fault(line, 7, "malformed number: want at most the count")
		}
		x.Sent = n
	}
	day, at := r.day("done", false)
	if (day == "") != (s == "") {
		r.fault(max(at, line), 1, "sent and done stand together")
	}
	if day != "" && (x.Count == 0 || day < x.Made) {
		r.fault(at, 7, "done before it was made, or a plan")
	}
	x.Done = day
}

// SendingFault is one thing of a sending that the policy does not allow, or that its
// officer may not do.
type SendingFault struct {
	Rule string // the rule of the check that refuses it, without "sending/": one of SendingRules
	Key  string // of the receipt; "" the receipt as a whole
	Item int    // of a list, from 1; 0: the key itself
	Msg  string // one line; nothing but policy keys, ids, handles, days and counts
}

func (x SendingFault) String() string { return fmt.Sprintf("sending/%s: %s", x.Rule, x.Msg) }
