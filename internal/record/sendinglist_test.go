package record

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

func goldenSendingLists() map[string]*SendingList {
	return map[string]*SendingList{
		"sending-list": {ID: "m4k7qwertyuio", Unit: "asker", Receipt: "akershus", Channel: "sms", Day: "2026-11-22", Event: "iiekz4qtmtyqh", Automatic: "confirm",
			Subject: `Årsmøte "2026"`, Where: "age < 26", Members: []register.RecordID{"aaaaaaaaaaaaa", "m4k7aaaaaaaab"}},
		"sending-list-least": {ID: "m4k7qwertyuio", Unit: "asker", Receipt: "asker", Channel: "email", Day: "2026-11-22"},
	}
}

// The lists that were fixed when the format was.
func TestGoldenSendingLists(t *testing.T) {
	for name, x := range goldenSendingLists() {
		want := golden(t, name)
		got, err := EncodeSendingList(x)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: encoded\n%s\n%v, want\n%s", name, got, err, want)
		}
		back, err := DecodeSendingList(want)
		if err != nil || !reflect.DeepEqual(back, x) {
			t.Errorf("%s: decoded %+v, %v\nwant %+v", name, back, err, x)
		}
	}
}

// A list in any other form is refused, and the error repeats nothing of it.
func TestSendingListRefuses(t *testing.T) {
	whole := string(golden(t, "sending-list"))
	swap := func(old, new string) string { return strings.Replace(whole, old, new, 1) }
	for name, text := range map[string]string{
		"nothing":                   "",
		"another version":           swap("medlem: 1", "medlem: 2"),
		"no receipt":                swap("receipt: \"akershus\"\n", ""),
		"no channel":                swap("channel: \"sms\"\n", ""),
		"no day":                    swap("day: \"2026-11-22\"\n", ""),
		"a day that is none":        swap("2026-11-22", "2026-02-30"),
		"a channel that is no word": swap("\"sms\"", "\"Kari Lid\""),
		"an event in words":         swap("iiekz4qtmtyqh", "Kari"),
		"another order":             swap("channel: \"sms\"\nday: \"2026-11-22\"\n", "day: \"2026-11-22\"\nchannel: \"sms\"\n"),
		"a line twice":              swap("channel: \"sms\"\n", "channel: \"sms\"\nchannel: \"sms\"\n"),
		"an unknown line":           swap("channel: \"sms\"\n", "channel: \"sms\"\nname: \"Kari\"\n"),
		"a subject of two lines":    swap(`Årsmøte \"2026\"`, `Kari\nLid`),
		"members unsorted":          swap("  - \"aaaaaaaaaaaaa\"\n  - \"m4k7aaaaaaaab\"\n", "  - \"m4k7aaaaaaaab\"\n  - \"aaaaaaaaaaaaa\"\n"),
		"a member twice":            swap("  - \"m4k7aaaaaaaab\"\n", "  - \"aaaaaaaaaaaaa\"\n"),
		"a member in words":         swap("m4k7aaaaaaaab", "Kari Lid Aaas"),
		"no end of a line":          strings.TrimSuffix(whole, "\n"),
		"something behind":          whole + "subject: \"Kari\"\n",
	} {
		if _, err := DecodeSendingList([]byte(text)); err == nil {
			t.Errorf("%s is taken", name)
		} else if strings.Contains(err.Error(), "Kari") {
			t.Errorf("%s: the error repeats it: %v", name, err)
		}
	}
}

// What is too long, or has no place in one line, is not written.
func TestSendingListLimits(t *testing.T) {
	for name, change := range map[string]func(x *SendingList){
		"a long subject":    func(x *SendingList) { x.Subject = strings.Repeat("x", SendingSubjectLimit+1) },
		"a long condition":  func(x *SendingList) { x.Where = strings.Repeat("x", SendingWhereLimit+1) },
		"a subject of two":  func(x *SendingList) { x.Subject = "a\nb" },
		"too many members":  func(x *SendingList) { x.Members = make([]register.RecordID, DrawMembersLimit+1) },
		"no unit":           func(x *SendingList) { x.Unit = "" },
		"no receipt":        func(x *SendingList) { x.Receipt = "" },
		"a hidden sign":     func(x *SendingList) { x.Subject = "a\u200bb" },
		"members backwards": func(x *SendingList) { x.Members = []register.RecordID{"zzzzzzzzzzzz7", "aaaaaaaaaaaaa"} },
	} {
		x := *goldenSendingLists()["sending-list"]
		change(&x)
		if _, err := EncodeSendingList(&x); err == nil {
			t.Errorf("%s is written", name)
		}
	}
}

// What is read is written again as it was.
func FuzzDecodeSendingList(f *testing.F) {
	for _, x := range goldenSendingLists() {
		b, err := EncodeSendingList(x)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := DecodeSendingList(b)
		if err != nil {
			return
		}
		if again, err := EncodeSendingList(x); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%q is written again as %q, %v", b, again, err)
		}
	})
}
