package record

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/register"
)

const (
	siri  register.RecordID = "aaaaaaaaaaaaa" // who seeks
	ase   register.RecordID = "bbbbbbbbbbbbb"
	nils  register.RecordID = "ccccccccccccc"
	maret register.RecordID = "ddddddddddddd"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// round is one in which Åse and Nils consented.
func round() *Activity {
	a := &Activity{ID: "eeeeeeeeeeeee", Unit: "asker", Rev: 1, Name: "Ny grupp", Ends: "2026-12-20", Members: []register.RecordID{siri, ase, nils, maret}}
	a.Round = &Introduction{Seeker: siri, Named: true, Purpose: "En arbetsgrupp\nom lön", Asked: "2026-11-21"}
	for _, m := range []register.RecordID{ase, nils} {
		a.Round.Consents = append(a.Round.Consents, Consent{Member: m, To: siri, At: noon.Add(-time.Hour), Until: "2026-12-01", Purpose: Digest([]byte(a.Round.Purpose)), Answer: Digest([]byte("Ja"))})
	}
	return a
}

func TestIntroductionRoundTrip(t *testing.T) {
	for _, change := range []func(*Activity){
		func(*Activity) {},
		func(a *Activity) { a.Round.Consents = nil },
		func(a *Activity) { a.Round.Consents[0].Withdrawn = "2026-11-22" },
		func(a *Activity) { a.Round.Consents[1].Until = "" },
		func(a *Activity) { a.Round.Named, a.Round.Asked = false, "" },
		func(a *Activity) { *a = first(a.Without([]register.RecordID{siri})) },
	} {
		a := round()
		change(a)
		b, err := EncodeActivity(a)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeActivity(b)
		if err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		again, err := EncodeActivity(got)
		if err != nil || string(again) != string(b) {
			t.Errorf("%v\n%s\nis read as\n%s", err, b, again)
		}
	}
}

func first(a *Activity, _ bool) Activity { return *a }

// What is no round is not written, nor read.
func TestIntroductionRefuses(t *testing.T) {
	for name, change := range map[string]func(*Activity){
		"another receiver":    func(a *Activity) { a.Round.Consents[0].To = maret },
		"herself":             func(a *Activity) { a.Round.Consents[0].Member = siri },
		"nobody asked":        func(a *Activity) { a.Members = []register.RecordID{siri, ase} },
		"not among them":      func(a *Activity) { a.Members = a.Members[1:] },
		"no purpose":          func(a *Activity) { a.Round.Purpose = "" },
		"a guest":             func(a *Activity) { a.Guests = []Guest{{ID: "fffffffffffff", Name: "B", Email: "b@example.no"}} },
		"no digest":           func(a *Activity) { a.Round.Consents[1].Answer = "Ja, gärna" },
		"no time":             func(a *Activity) { a.Round.Consents[1].At = time.Time{} },
		"parts of a second":   func(a *Activity) { a.Round.Consents[1].At = noon.Add(time.Millisecond) },
		"no day":              func(a *Activity) { a.Round.Consents[1].Until = "soon" },
		"unsorted":            func(a *Activity) { slices.Reverse(a.Round.Consents) },
		"consents to nobody":  func(a *Activity) { a.Round.Seeker = "" },
		"a long purpose":      func(a *Activity) { a.Round.Purpose = strings.Repeat("a", ActivityNoteLimit+1) },
		"an unreadable asked": func(a *Activity) { a.Round.Asked = "2026-02-30" },
	} {
		a := round()
		change(a)
		if _, err := EncodeActivity(a); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	b, _ := EncodeActivity(round())
	for _, bad := range []string{
		strings.Replace(string(b), "seeker: ", "finder: ", 1), strings.Replace(string(b), "consents:\n", "", 1), strings.Replace(string(b), "    to: ", "    too: ", 1),
		strings.Replace(string(b), "T11:00:00Z", "T11:00:00+01:00", 1), string(b) + "    to: \"aaaaaaaaaaaaa\"\n", strings.Replace(string(b), "named: \"yes\"", "named: \"no\"", 1),
	} {
		if _, err := DecodeActivity([]byte(bad)); err == nil {
			t.Errorf("read:\n%s", bad)
		}
	}
}

// Who consented is known to the one who seeks: after she did, for this purpose, until it
// ends or is withdrawn (U10, U11).
func TestU11Consented(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Activity)
		at     time.Time
		want   []register.RecordID
	}{
		{"both", func(*Activity) {}, noon, []register.RecordID{ase, nils}},
		{"not before", func(*Activity) {}, noon.Add(-time.Hour), nil},
		{"a second later", func(*Activity) {}, noon.Add(-time.Hour + time.Second), []register.RecordID{ase, nils}},
		{"withdrawn", func(a *Activity) { a.Round.Consents[0].Withdrawn = "2026-11-22" }, noon, []register.RecordID{nils}},
		{"its last day", func(*Activity) {}, noon.AddDate(0, 0, 9), []register.RecordID{ase, nils}},
		{"after it", func(*Activity) {}, noon.AddDate(0, 0, 10), nil},
		{"until it is withdrawn", func(a *Activity) { a.Round.Consents[1].Until = "" }, noon.AddDate(1, 0, 0), []register.RecordID{nils}},
		{"another purpose", func(a *Activity) { a.Round.Purpose += "." }, noon, nil},
		{"who asked is erased", func(a *Activity) { *a = first(a.Without([]register.RecordID{siri})) }, noon, nil},
		{"one is erased", func(a *Activity) { *a = first(a.Without([]register.RecordID{ase})) }, noon, []register.RecordID{nils}},
	} {
		a := round()
		c.change(a)
		if got := a.Consented(c.at); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if got := round().Candidates(); !slices.Equal(got, []register.RecordID{ase, nils, maret}) {
		t.Errorf("asked are %v", got)
	}
}

// Two officers record answers at once: neither loses the other's, and a withdrawal stays.
func TestIntroductionMerge(t *testing.T) {
	base, ours, theirs := round(), round(), round()
	base.Round.Consents = base.Round.Consents[:1]
	ours.Round.Consents = ours.Round.Consents[:1]
	ours.Round.Consents[0].Withdrawn = "2026-11-22"
	theirs.Round.Purpose, theirs.Round.Seeker = "Något annat", maret
	got := MergeActivity(base, ours, theirs)
	if got.Round.Purpose != base.Round.Purpose || got.Round.Seeker != siri {
		t.Error("the round is another's, or for something else")
	}
	if len(got.Round.Consents) != 2 || got.Round.Consents[0].Withdrawn == "" {
		t.Errorf("%+v", got.Round.Consents)
	}
	ours, theirs = round(), round()
	ours.Members = []register.RecordID{siri, nils, maret} // Åse was taken out
	ours.Round.Consents = ours.Round.Consents[1:]
	got = MergeActivity(round(), ours, theirs)
	if _, err := EncodeActivity(got); err != nil || len(got.Round.Consents) != 1 || got.Round.Consents[0].Member != nils {
		t.Errorf("%v %+v", err, got.Round.Consents)
	}
}
