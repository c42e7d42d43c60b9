package breach

import (
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/register"
)

// The drafts say what the register knows, in each language and of each loss, name no
// officer, and mark what only people know.
func TestNotices(t *testing.T) {
	w := newWorld(t, 5)
	h := w.names[2]
	w.grant("branch-0-0", h, "chair")
	for range 3 {
		id := register.NewRecordID()
		w.write(id, register.Path{Kind: register.Member, Unit: "branch-0-0", ID: id})
	}
	w.commit(register.Message("add", 3, "branch-0-0"), "")
	e, err := Of(w.mem, w.commits[len(w.commits)-1], Loss{Handle: register.Handle(h), Since: w.day()})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 5, 4, 9, 12, 0, 0, time.UTC)
	list := &List{&access.Draw{Count: 214, Columns: []string{"given"}, Units: []register.UnitID{"branch-0-0"}}, nil}
	for _, lang := range Languages {
		for _, lost := range Losses {
			var l *List
			if lost == LostList {
				l = list
			}
			n := NewNotice(e, lost, l, now, lang)
			if want := map[bool]int{true: 214, false: 3}[l != nil]; n.Members != want || len(n.Units) != 1 {
				t.Errorf("%s, %s: %d members of %d units, want %d of 1", lang, lost, n.Members, len(n.Units), want)
			}
			for _, which := range []string{"notice", "letter"} {
				b, err := n.Draft(which, lang)
				if err != nil {
					t.Fatal(err)
				}
				text := string(b)
				if strings.Contains(text, "<no value>") || strings.Contains(text, "{{") || strings.Contains(text, h) || !strings.Contains(text, "[[") {
					t.Errorf("%s, %s, %s: not as it should be:\n%s", which, lang, lost, text)
				}
				if which == "notice" && (!strings.Contains(text, "2026-05-07 09:12 UTC") || strings.Contains(text, "| 3 |") != (l == nil)) {
					t.Errorf("%s, %s: the hour or the number is missing:\n%s", lang, lost, text)
				}
			}
		}
	}
	if _, err := NewNotice(e, LostLaptop, nil, now, "en").Draft("notice", "xx"); err == nil {
		t.Error("a draft in no language")
	}
}
