package rules

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// K16: the secretariat, who can open records, verifies that her own stands in the
// branch, unless the exception for employees holds: a record of another branch, or a
// closed one, does not do.
func TestK16RecordInTheBranch(t *testing.T) {
	ctx, home, now := context.Background(), filepath.Join(t.TempDir(), "sec"), start
	clock := func() time.Time { now = now.Add(time.Minute); return now }
	first := map[string][]byte{}
	for name, b := range packFiles(t, "kommed") {
		first["policies/"+name] = b
	}
	if _, err := desk.Init(ctx, desk.InitOptions{Dir: home, Identity: actor("sec"), Now: clock, Files: first}); err != nil {
		t.Fatal(err)
	}
	d, err := desk.Open(desk.Options{Dir: home, Identity: actor("sec"), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	enter := func(u register.UnitID, n int) []register.RecordID {
		t.Helper()
		who := map[string]record.Value{"given": record.Text("Ylva"), "family": record.Text("Björk")}
		ids, err := d.Add(ctx, u, "add", slices.Repeat([]map[string]record.Value{who}, n))
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	there, both := enter("lulea", 1)[0], enter("motala", 2)
	here, left := both[0], both[1]
	if _, _, err := d.CloseMember(ctx, left, "left", true); err != nil {
		t.Fatal(err)
	}

	grant := func(member register.RecordID, belongs bool) error {
		today := register.DayOf(now)
		_, err := d.Grant(ctx, desk.GrantOptions{Unit: "motala", Officer: desk.OfficerOf(actor("ylva")), Member: member,
			Terms: desk.Terms{Office: localAdmin, Meeting: "board-meeting", Met: today, Belongs: belongs}})
		return err
	}
	for name, err := range map[string]error{"another branch": grant(there, true), "closed": grant(left, true), "none": grant("", true), "not said": grant(here, false)} {
		var e *desk.TermError
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := grant(here, true); err != nil {
		t.Error(err)
	}
	elsewhere := desk.GrantOptions{Unit: "motala", Officer: desk.OfficerOf(actor("rut")),
		Terms: desk.Terms{Office: localAdmin, Meeting: "board-meeting", Met: register.DayOf(now), Position: "employee", Exception: "employee-elsewhere"}}
	if _, err := d.Grant(ctx, elsewhere); err != nil {
		t.Errorf("an employee who lives elsewhere: %v", err)
	}
}
