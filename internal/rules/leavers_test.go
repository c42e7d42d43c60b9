package rules

import (
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/retention"
)

// D12: what an association says of a leaver waits for the secretariat, which is shown since
// when, and that it waits too long: a month, as for whatever somebody asks (GDPR, Article
// 12(3)). Her record is as it was.
func TestD12WaitsTooLong(t *testing.T) {
	h := partyHouse(t)
	day := register.DayOf(h.now)
	var id register.RecordID
	h.do("mette", func(d *desk.Desk) error {
		ms, err := d.Members(desk.Query{})
		if err != nil {
			return err
		}
		id = ms[0].Path.ID
		request, _, err := d.CloseMember(ctx, id, "left", false)
		if err == nil && !request {
			t.Error("an association closes a membership")
		}
		return err
	})
	topic := h.submit("mette")
	waits := func(today register.Day) (until register.Day, overdue bool) {
		h.do("sec", func(d *desk.Desk) error {
			items, err := d.Due(desk.DueOptions{Day: today, Ahead: 40, Members: true})
			for _, i := range items {
				if i.Kind == retention.Proposal && strings.HasSuffix(i.ID, topic) {
					until, overdue = i.Until, i.Overdue(today)
				}
			}
			return err
		})
		return until, overdue
	}
	if until, late := waits(day); until != day.AddMonths(1) || late {
		t.Errorf("by %s, late %t", until, late)
	}
	if _, late := waits(day.AddMonths(1).Add(1)); !late {
		t.Error("it may wait for ever")
	}
	if r := h.record(id); !r.Fields[record.Closed].Empty() {
		t.Error("her record says that she has left")
	}
	h.must(h.merge(topic))
	if until, _ := waits(day); until != "" {
		t.Errorf("answered, and due by %s", until)
	}
}

// D15: whoever has left is not found by an ordinary search, by name, address or number, by
// any officer, as soon as it is on main.
func TestD15NotFound(t *testing.T) {
	h := partyHouse(t)
	id := h.added("sec", "egeby", person("Solveig", "Ødegaard", fields{"email": record.Text("solveig@example.org"), "phone": record.Text("+45 20 12 34 56")}))
	words := []string{"Solveig", "ødegaard", "solveig@example.org", "20123456", string(id)}
	hits := func(who, word string) int {
		h.do(who, func(*desk.Desk) error { return nil }) // main as it is now
		out, code := h.program(who, "find", word, "--format", "json")
		if code != 0 {
			t.Fatalf("find as %s: %d", who, code)
		}
		return strings.Count(out, string(id))
	}
	for _, who := range []string{"sec", "mette", "bodil"} {
		for _, word := range words[:4] {
			if hits(who, word) == 0 {
				t.Errorf("%s does not find a member by %q", who, word)
			}
		}
	}
	h.do("sec", func(d *desk.Desk) error { _, _, err := d.CloseMember(ctx, id, "left", false); return err })
	for _, who := range []string{"sec", "mette", "bodil"} {
		for _, word := range words {
			if n := hits(who, word); n != 0 {
				t.Errorf("%s finds her by %q, %d times", who, word, n)
			}
		}
	}
}
