package record

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

func goldenDrawLists() map[string]*DrawList {
	return map[string]*DrawList{
		"draw-list": {ID: "m4k7qwertyuio", Unit: "asker", Reason: "Årsmøtet:\n\"telefon\" til ringerunden",
			Members: []register.RecordID{"aaaaaaaaaaaaa", "m4k7aaaaaaaab", "zzzzzzzzzzzz7"}},
		"draw-list-least": {ID: "m4k7qwertyuio", Unit: "asker"},
	}
}

// The lists that were fixed when the format was.
func TestGoldenDrawLists(t *testing.T) {
	for name, x := range goldenDrawLists() {
		want := golden(t, name)
		got, err := EncodeDrawList(x)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: encoded\n%s\n%v, want\n%s", name, got, err, want)
		}
		back, err := DecodeDrawList(want)
		if err != nil || !reflect.DeepEqual(back, x) {
			t.Errorf("%s: decoded %+v, %v\nwant %+v", name, back, err, x)
		}
	}
}

// The condition by which members were chosen stands behind the reason, and is bounded.
func TestDrawListWhere(t *testing.T) {
	x := &DrawList{ID: "m4k7qwertyuio", Unit: "asker", Reason: "Årsmøtet", Where: `city == "Asker"`, Members: []register.RecordID{"aaaaaaaaaaaaa"}}
	for range 2 {
		b, err := EncodeDrawList(x)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := DecodeDrawList(b); err != nil || !reflect.DeepEqual(back, x) {
			t.Errorf("%+v, %v", back, err)
		}
		x.Reason = ""
	}
	other := []byte("medlem: 1\nid: \"m4k7qwertyuio\"\nunit: \"asker\"\nwhere: \"x\"\nreason: \"y\"\n")
	if _, err := DecodeDrawList(other); err == nil {
		t.Error("another order is taken")
	}
	x.Where = strings.Repeat("x", DrawWhereLimit+1)
	if _, err := EncodeDrawList(x); err == nil {
		t.Error("a condition without bound is taken")
	}
}

// A list in any other form is refused, and the error repeats nothing of it.
func TestDrawListRefuses(t *testing.T) {
	const head = "medlem: 1\nid: \"m4k7qwertyuio\"\nunit: \"asker\"\n"
	for name, text := range map[string]string{
		"nothing":                 "",
		"another version":         strings.Replace(head, "1\n", "2\n", 1),
		"no id":                   "medlem: 1\nunit: \"asker\"\n",
		"an id in words":          strings.Replace(head, "m4k7qwertyuio", "kari", 1),
		"a unit in words":         strings.Replace(head, "asker", "Kari", 1),
		"an id without quotes":    strings.ReplaceAll(head, "\"m4k7qwertyuio\"", "m4k7qwertyuio"),
		"an empty reason":         head + "reason: \"\"\n",
		"a reason in two lines":   head + "reason: \"Kari\nLid\"\n",
		"a reason with an escape": head + "reason: \"Kari\\x41\"\n",
		"a long reason":           head + "reason: \"" + strings.Repeat("k", DrawReasonLimit+1) + "\"\n",
		"two reasons":             head + "reason: \"Kari\"\nreason: \"Kari\"\n",
		"the reason last":         head + "members:\n  - \"aaaaaaaaaaaaa\"\nreason: \"Kari\"\n",
		"an empty list":           head + "members:\n",
		"two lists":               head + "members:\n  - \"aaaaaaaaaaaaa\"\nmembers:\n  - \"baaaaaaaaaaaa\"\n",
		"a member outside":        head + "  - \"aaaaaaaaaaaaa\"\n",
		"a name":                  head + "members:\n  - \"Kari\"\n",
		"a member without quotes": head + "members:\n  - aaaaaaaaaaaaa\n",
		"members unsorted":        head + "members:\n  - \"baaaaaaaaaaaa\"\n  - \"aaaaaaaaaaaaa\"\n",
		"a member twice":          head + "members:\n  - \"aaaaaaaaaaaaa\"\n  - \"aaaaaaaaaaaaa\"\n",
		"a comment":               head + "# Kari\n",
		"an unknown key":          head + "note: \"Kari\"\n",
		"no end of line":          strings.TrimSuffix(head, "\n"),
		"more than is read":       head + strings.Repeat("#", drawListLimit),
	} {
		x, err := DecodeDrawList([]byte(text))
		if err == nil || x != nil {
			t.Errorf("%s: %+v, %v", name, x, err)
		} else if strings.Contains(strings.ToLower(err.Error()), "kari") || strings.Contains(err.Error(), "aaaa") {
			t.Errorf("%s: the error repeats it: %v", name, err)
		}
	}
}

// The twin of the refusals: a list at its limits is written and read, one beyond is
// not.
func TestDrawListLimits(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	x := &DrawList{ID: "m4k7qwertyuio", Unit: "asker", Reason: strings.Repeat("\n", 1) + strings.Repeat("å", DrawReasonLimit/2-1) + "."}
	for i := range DrawMembersLimit {
		x.Members = append(x.Members, register.RecordID(fmt.Sprintf("aaaaaaaaa%c%c%c%c", letters[i/17576%26], letters[i/676%26], letters[i/26%26], letters[i%26])))
	}
	b, err := EncodeDrawList(x)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := DecodeDrawList(b); err != nil || !reflect.DeepEqual(back, x) {
		t.Errorf("a list at its limits is not read again: %v", err)
	}
	x.Members = append(x.Members, "zzzzzzzzzzzz7")
	if _, err := EncodeDrawList(x); err == nil {
		t.Error("more members than a list may have are written")
	}
	x.Members, x.Reason = nil, strings.Repeat("k", DrawReasonLimit+1)
	if _, err := EncodeDrawList(x); err == nil {
		t.Error("a longer reason than a list may have is written")
	}
	for _, reason := range []string{"\x00", "a\tb", "\ufeff", "\u202e"} {
		x.Reason = reason
		if _, err := EncodeDrawList(x); err == nil {
			t.Errorf("the reason %q is written", reason)
		}
	}
}

// FuzzDrawList: a list that is read is written as it was.
func FuzzDrawList(f *testing.F) {
	n := 0
	for _, x := range goldenDrawLists() {
		b, err := EncodeDrawList(x)
		if err != nil {
			f.Fatal(err)
		}
		for i := range 8 {
			f.Add(b[:len(b)*(8-i)/8])
			n++
		}
		f.Add(bytes.Replace(b, []byte("\""), []byte("'"), 2))
		f.Add(bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")))
		n += 2
	}
	atLeast(f, n, 20)
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := DecodeDrawList(b)
		if err != nil {
			if x != nil {
				t.Fatal("a list and an error")
			}
			return
		}
		if got, err := EncodeDrawList(x); err != nil || !bytes.Equal(got, b) {
			t.Fatalf("read\n%s\nwritten\n%s%v", b, got, err)
		}
	})
}
