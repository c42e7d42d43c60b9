package access

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

var vectorSending = register.Path{Kind: register.Sending, Unit: "asker", Month: "2026-11", ID: "h7k2aaaaaaaaa"}

// The receipts that were fixed when the format was: they are read, and written again to
// the byte.
func TestVectorSendings(t *testing.T) {
	const main = "89e6c98d92887913cadf06b2adb97f26cde4849b"
	whole := &Sending{Unit: "asker", Month: "2026-11", ID: "h7k2aaaaaaaaa", Channel: policy.ChannelSMS, By: "o-easzgigbni", Made: "2026-11-22", Planned: "2026-11-22",
		Units: []register.UnitID{"asker", "asker-vest"}, Audience: []string{policy.AudienceBelow, policy.AudienceOffices, policy.AudienceFilter}, Filtered: true,
		Event: EventToken(main, "arsmote 2026"), Automatic: SendingConfirm, Plan: "m4k7q2x5zt3ab", Count: 214, Parts: 2, Main: main, Sent: 210, Done: "2026-11-23"}
	plan := &Sending{Unit: "asker", Month: "2026-11", ID: "h7k2aaaaaaaaa", Channel: policy.ChannelEmail, By: "o-easzgigbni", Made: "2026-11-22", Planned: "2026-12-01",
		Units: []register.UnitID{"asker"}, Audience: []string{policy.AudienceUnit}, Main: main}
	for name, want := range map[string]*Sending{"sending.yaml": whole, "sending-plan.yaml": plan} {
		got, err := ParseSending(vectorSending, vector(t, name))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as\n%+v, %v, want\n%+v", name, got, err, want)
		}
		if !bytes.Equal(want.Encode(), vector(t, name)) {
			t.Errorf("%s is written\n%s", name, want.Encode())
		}
	}
	if whole.Path() != vectorSending || whole.ListPath("asker-vest").String() != "data/asker-vest/sendings/2026-11/h7k2aaaaaaaaa.age" {
		t.Errorf("it lies at %s, its list at %s", whole.Path(), whole.ListPath("asker-vest"))
	}
	if whole.IsPlan() || !plan.IsPlan() || !whole.Overlaps(plan) {
		t.Error("which is a plan, and what they have in common")
	}
}

// The token of an event is one for the same words, another in another register, and
// nothing where there are no words.
func TestVectorEventToken(t *testing.T) {
	const first = "89e6c98d92887913cadf06b2adb97f26cde4849b"
	got := EventToken(first, "arsmote 2026")
	if got != "iiekz4qtmtyqh" {
		t.Errorf("the token is %q", got)
	}
	if _, err := register.ParseRecordID(got); err != nil || EventToken(first, "") != "" || EventToken(strings.Repeat("0", 40), "arsmote 2026") == got {
		t.Errorf("%q, %v", got, err)
	}
}

// Every way in which a receipt can be wrong is refused, with its place, and without
// repeating a text that could be a name.
func TestSendingRefuses(t *testing.T) {
	for _, x := range []struct{ name, key, lines string }{
		{"no channel", "channel", ""},
		{"a channel in words", "channel", "channel: Kari\n"},
		{"nobody", "by", ""},
		{"a name", "by", "by: Kari\n"},
		{"no day", "made", ""},
		{"another month", "made", "made: 2026-12-01\n"},
		{"planned before it was made", "planned", "planned: 2026-11-21\n"},
		{"no unit", "units", ""},
		{"units unsorted", "units", "units:\n  - oslo\n  - asker\n"},
		{"no audience", "audience", ""},
		{"an audience in words", "audience", "audience:\n  - Kari\n"},
		{"an audience that begins with a filter", "audience", "audience:\n  - filter\n"},
		{"audiences unsorted", "audience", "audience:\n  - below\n  - filter\n  - offices\n"},
		{"not filtered", "filtered", "filtered: no\n"},
		{"an event in words", "event", "event: arsmote\n"},
		{"an automatic in words", "automatic", "automatic: Kari\n"},
		{"a plan in words", "plan", "plan: Kari\n"},
		{"no count", "count", ""},
		{"a count in words", "count", "count: many\n"},
		{"an SMS of no parts", "parts", ""},
		{"a hundred parts", "parts", "parts: 100\n"},
		{"no main", "main", ""},
		{"a main in words", "main", "main: Kari\n"},
		{"more than there are", "sent", "sent: 215\n"},
		{"done, and not how many", "sent", ""},
		{"how many, and not when", "done", ""},
		{"done before it began", "done", "done: 2026-11-21\n"},
		{"something more", "main", "main: 89e6c98d92887913cadf06b2adb97f26cde4849b\nsubject: Kari\n"},
	} {
		var out []string
		skip := false
		for line := range strings.Lines(string(vector(t, "sending.yaml"))) {
			if !strings.HasPrefix(line, "  - ") {
				if skip = strings.HasPrefix(line, x.key+":"); skip {
					out = append(out, x.lines)
				}
			}
			if !skip {
				out = append(out, line)
			}
		}
		_, err := ParseSending(vectorSending, []byte(strings.Join(out, "")))
		var flat *register.FlatError
		if !errors.As(err, &flat) || flat.Line == 0 {
			t.Errorf("%s: %v", x.name, err)
		} else if strings.Contains(err.Error(), "Kari") {
			t.Errorf("%s: the error repeats it: %v", x.name, err)
		}
	}
	mail := strings.Replace(strings.Replace(string(vector(t, "sending.yaml")), "channel: sms", "channel: email", 1), "parts: 2\n", "", 1)
	if _, err := ParseSending(vectorSending, []byte(mail)); err != nil {
		t.Errorf("an e-mail without parts: %v", err)
	}
}
