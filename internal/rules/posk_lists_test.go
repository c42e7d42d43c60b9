package rules

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// P29: whole lists are taken in on the last day and not on the next, by whoever
// it is, while what they say otherwise of members who are there still is.
func TestP29LastDay(t *testing.T) {
	t.Parallel()
	h := poskHouse(t)
	h.join("ida", "vetlanda", "local-officer")
	take := func(who string, n int) error {
		return h.as(who, func(d *desk.Desk) error {
			var list []fields
			for i := range n {
				list = append(list, person(fmt.Sprintf("Rut%c", 'a'+i), "Ekman"))
			}
			_, err := d.TakeIn(ctx, "vetlanda", list, nil, nil)
			return err
		})
	}
	h.now = time.Date(2026, 5, 17, 20, 0, 0, 0, time.UTC)
	h.must(take("ida", 15))
	h.must(take("sec", 15))
	h.must(h.merge(h.submit("ida")))
	h.now = time.Date(2026, 5, 18, 8, 0, 0, 0, time.UTC)
	for _, who := range []string{"ida", "sec"} {
		for _, n := range []int{1, 15} {
			if err := take(who, n); !errors.Is(err, desk.ErrBulkClosed) {
				t.Errorf("%s, %d: %v", who, n, err)
			}
		}
	}
	var id register.RecordID
	h.do("ida", func(d *desk.Desk) error {
		ms, err := d.Members(desk.Query{})
		if err == nil {
			id = ms[0].Path.ID
			_, err = d.TakeIn(ctx, "vetlanda", nil, []desk.Update{{ID: id, Set: fields{"city": record.Text("Vetlanda")}}}, nil)
		}
		return err
	})
}

// P30: after the last day one member at a time is entered; more than the policy
// takes at once are refused by the check, also of the secretariat.
func TestP30OneByOne(t *testing.T) {
	t.Parallel()
	h := poskHouse(t)
	h.join("ida", "vetlanda", "local-officer")
	h.now = time.Date(2026, 5, 18, 8, 0, 0, 0, time.UTC)
	h.added("ida", "vetlanda", person("Rut", "Ekman"))
	h.must(h.merge(h.submit("ida")))
	many := func(n int) (list []fields) {
		for i := range n {
			list = append(list, person(fmt.Sprintf("Frej%c", 'a'+i), "Holm"))
		}
		return list
	}
	err := h.as("sec", func(d *desk.Desk) error { _, err := d.Add(ctx, "vetlanda", "add", many(11)); return err })
	errorIs[*desk.FindingsError](t, err, "the secretariat's tool")
	h.do("sec", func(d *desk.Desk) error { _, err := d.Add(ctx, "vetlanda", "add", many(10)); return err })
	h.do("ida", func(d *desk.Desk) error { _, err := d.Add(ctx, "vetlanda", "add", many(11)); return err })
	err = h.as("ida", func(d *desk.Desk) error { _, err := d.Submit(ctx); return err })
	errorIs[*desk.FindingsError](t, err, "her tool")
}
