package view

import (
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// Whose record is kept and not used stands in the office's list like everybody, so that
// it is known and can be looked into, with the day since when; of nobody else it is said.
func TestOfficeMarksRestricted(t *testing.T) {
	members := askers()
	members[1].Fields[record.Restricted] = record.Text("2026-11-01")
	d, page := officePage(t, standardPolicy(t), "chair", "asker", []register.UnitID{"asker"}, members)
	if len(d.Members) != len(members) {
		t.Fatalf("%d of %d members stand there", len(d.Members), len(members))
	}
	marked := 0
	for _, m := range d.Members {
		if m.Kept == "" {
			continue
		}
		marked++
		if m.ID != string(members[1].ID) || m.Kept != "1. november 2026" {
			t.Errorf("%s is marked %q", m.ID, m.Kept)
		}
	}
	if marked != 1 || strings.Count(page, `"kept"`) != 1 {
		t.Errorf("%d members are marked, in %d places", marked, strings.Count(page, `"kept"`))
	}
}
