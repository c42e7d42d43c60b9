package record

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

func goldenActivities() map[string]*Activity {
	return map[string]*Activity{
		"activity": {ID: "h7k2aaaaaaaaa", Unit: "asker", Rev: 3, Name: "Kurs \"Ny i Folkerørsla\"", Place: "Folkets hus, Asker", When: "1. desember kl. 18–21",
			Ends: "2026-12-01", Note: "Ta med:\nnøklene", Members: []register.RecordID{"aaaaaaaaaaaaa", "m4k7qwertyuio"},
			Guests: []Guest{{ID: "b5h2wlzq3k7ma", Name: "Berit Bårdsen", Email: "berit@example.no"}, {ID: "c6i3xmar4l7nb", Name: "Máret Sara", Phone: "+47 400 00 001"}}},
		"introduction":   round(),
		"activity-least": {ID: "h7k2aaaaaaaaa", Unit: "a", Rev: 1, Name: "x", Ends: "2026-12-01"},
	}
}

// The activities that were fixed when the format was.
func TestGoldenActivities(t *testing.T) {
	for name, a := range goldenActivities() {
		want := golden(t, name)
		got, err := EncodeActivity(a)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: encoded\n%s\n%v, want\n%s", name, got, err, want)
		}
		if back, err := DecodeActivity(want); err != nil || !reflect.DeepEqual(back, a) {
			t.Errorf("%s: decoded %+v, %v", name, back, err)
		}
	}
}

// An activity in any other form is refused, and the error repeats nothing of it.
func TestActivityRefuses(t *testing.T) {
	whole := string(golden(t, "activity"))
	swap := func(old, is string) string {
		if !strings.Contains(whole, old) {
			t.Fatalf("%q is not there", old)
		}
		return strings.Replace(whole, old, is, 1)
	}
	for name, text := range map[string]string{
		"nothing":               "",
		"another version":       swap("medlem: 1", "medlem: 2"),
		"no id":                 swap("id: \"h7k2aaaaaaaaa\"\n", ""),
		"no end":                swap("ends: \"2026-12-01\"\n", ""),
		"no such day":           swap("2026-12-01", "2026-12-32"),
		"no name":               swap("name: \"Kurs \\\"Ny i Folkerørsla\\\"\"\n", ""),
		"no revision":           swap("rev: 3\n", ""),
		"a revision of nothing": swap("rev: 3", "rev: 0"),
		"another order":         swap("place: \"Folkets hus, Asker\"\nwhen: \"1. desember kl. 18–21\"\n", "when: \"1. desember kl. 18–21\"\nplace: \"Folkets hus, Asker\"\n"),
		"a name twice":          swap("place: \"Folkets hus, Asker\"\n", "name: \"Kari\"\n"),
		"a field that is none":  swap("place:", "allergies:"),
		"a comment":             swap("place:", "# Kari\nplace:"),
		"a control character":   swap("Folkets hus", "Folkets\x01hus"),
		"a member in words":     swap("aaaaaaaaaaaaa", "kari"),
		"members unsorted":      swap("aaaaaaaaaaaaa", "zzzzzzzzzzzzz"),
		"a member twice":        swap("aaaaaaaaaaaaa", "m4k7qwertyuio"),
		"a guest without name":  swap("    name: \"Berit Bårdsen\"\n", ""),
		"a guest out of reach":  swap("    email: \"berit@example.no\"\n", ""),
		"two ways to a guest":   swap("    email: \"berit@example.no\"\n", "    email: \"berit@example.no\"\n    phone: \"+47 400 00 002\"\n"),
		"a birthday":            swap("    email: \"berit@example.no\"\n", "    born: \"1980-01-01\"\n"),
		"no address":            swap("berit@example.no", "berit"),
		"a guest before guests": swap("guests:\n", ""),
		"no last line feed":     strings.TrimSuffix(whole, "\n"),
		"a long name":           swap("Folkets hus", strings.Repeat("Kari", 60)),
		"too long":              whole + strings.Repeat("# x\n", activityLimit/4),
	} {
		a, err := DecodeActivity([]byte(text))
		if err == nil {
			t.Errorf("%s: taken: %+v", name, a)
			continue
		}
		for _, secret := range []string{"Kari", "Berit", "berit", "Folkets", "400 00"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error repeats it: %v", name, err)
			}
		}
	}
}

// What a person types for somebody from outside is brought into one form; a name and
// one contact are all that is kept.
func TestNewGuest(t *testing.T) {
	g, bad := NewGuest("  Máret   Sara ", "", "400 00 001", "NO")
	if bad != nil || g.Name != "Máret Sara" || g.Phone != "+47 400 00 001" || g.Email != "" || g.ID == "" {
		t.Errorf("%+v, %v", g, bad)
	}
	if g, bad := NewGuest("Berit", " mailto:Berit@Example.NO", "", "NO"); bad != nil || g.Email != "Berit@example.no" {
		t.Errorf("%+v, %v", g, bad)
	}
	for name, x := range map[string][3]string{
		"nobody":       {"", "a@example.no", ""},
		"no contact":   {"Kari", "", ""},
		"two contacts": {"Kari", "a@example.no", "40000001"},
		"no address":   {"Kari", "kari", ""},
		"no number":    {"Kari", "", "12"},
	} {
		if g, bad := NewGuest(x[0], x[1], x[2], "NO"); bad == nil || strings.Contains(bad.Error(), "ari") && x[0] != "" {
			t.Errorf("%s: %+v, %v", name, g, bad)
		}
	}
}

// Two officers who enter participants of one activity both succeed: who came by either
// takes part, who went by either does not.
func TestMergeActivity(t *testing.T) {
	at := func(name string, members ...register.RecordID) *Activity {
		return &Activity{ID: "h7k2aaaaaaaaa", Unit: "asker", Rev: 2, Name: name, Ends: "2026-12-01", Members: members}
	}
	base := at("Kurs", "a", "b", "c")
	base.Guests = []Guest{{ID: "g1", Name: "Berit"}, {ID: "g2", Name: "Máret"}}
	ours := at("Kurs", "a", "c", "d")
	ours.Place, ours.Guests = "Asker", []Guest{{ID: "g1", Name: "Berit"}}
	theirs := at("Kveldskurs", "a", "b", "e")
	theirs.Ends, theirs.Guests = "2026-12-08", []Guest{{ID: "g0", Name: "Ola"}, {ID: "g1", Name: "Berit"}, {ID: "g2", Name: "Máret"}}
	got := MergeActivity(base, ours, theirs)
	want := at("Kveldskurs", "a", "d", "e")
	want.Place, want.Ends, want.Guests = "Asker", "2026-12-08", []Guest{{ID: "g0", Name: "Ola"}, {ID: "g1", Name: "Berit"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if got := MergeActivity(nil, at("x", "a"), at("y", "b")); !reflect.DeepEqual(got.Members, []register.RecordID{"a", "b"}) {
		t.Errorf("without a base: %+v", got)
	}
	if without, had := want.Without([]register.RecordID{"d", "q"}); !had || !reflect.DeepEqual(without.Members, []register.RecordID{"a", "e"}) || len(want.Members) != 3 {
		t.Errorf("%+v, %v", without, had)
	}
}

// FuzzDecodeActivity: what is taken is written again as it was.
func FuzzDecodeActivity(f *testing.F) {
	atLeast(f, seeds(f), 60)
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := DecodeActivity(b)
		if err != nil {
			return
		}
		again, err := EncodeActivity(a)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%v\n%s", err, again)
		}
	})
}
