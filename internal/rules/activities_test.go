package rules

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

func activityPath(u register.UnitID, ends register.Day, id register.RecordID) string {
	return register.Path{Kind: register.Activity, Unit: u, Day: ends, ID: id}.String()
}

// U13: an activity without an end is no activity: there is no place for it. Nor may it
// end in the past, or later than the organisation has decided.
func TestU13AnActivityEnds(t *testing.T) {
	w := open(t, "unionen")
	id := register.NewRecordID()
	enters := func(path string) []string {
		return named(w.commit("sec", files{path: sealed()}, register.Message("activity", 1, "granvik")).Findings)
	}
	equal(t, enters("data/granvik/activities/"+string(id)+".yaml.age"), "layout/path")
	equal(t, enters("data/granvik/activities/none/"+string(id)+".yaml.age"), "layout/path")
	equal(t, enters(activityPath("granvik", w.day().Add(-1), id)), "retention/activity-end")
	equal(t, enters(activityPath("granvik", w.day().AddMonths(12).Add(1), id)), "retention/activity-end")
	w.ok(w.commit("sec", files{activityPath("granvik", w.day().AddMonths(12), id): sealed()}, register.Message("activity", 1, "granvik")))
	w.ok(w.grant("maja", "granvik", "representative").complete().put())
	other := activityPath("granvik", w.day().Add(14), register.NewRecordID()) // U17: nobody in a club opens anything
	equal(t, named(w.propose("maja", files{other: sealed()}, register.Message("activity", 1, "granvik")).Findings), "scope/act")
}

// sealedActivities are all files of activities that any commit of the server has.
func (h *house) sealedActivities() (out [][]byte) {
	h.t.Helper()
	list, err := exec.Command("git", "-C", h.host(), "rev-list", "--all", "--objects").Output()
	h.must(err)
	for line := range strings.Lines(string(list)) {
		id, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.Contains(path, "/activities/") && strings.HasSuffix(path, ".age") {
			b, err := exec.Command("git", "-C", h.host(), "cat-file", "blob", id).Output()
			h.must(err)
			out = append(out, b)
		}
	}
	return out
}

// opened counts those of the files that some key opens of some keyring, on the server or in
// any copy, which some identity opens.
func (h *house) opened(files [][]byte, who ...string) int {
	h.t.Helper()
	var keyrings [][]byte
	refs, err := exec.Command("git", "-C", h.host(), "for-each-ref", "--format=%(refname)", register.KeyringRefs).Output()
	h.must(err)
	for ref := range strings.FieldsSeq(string(refs)) {
		b, err := exec.Command("git", "-C", h.host(), "show", ref+":keyring.age").Output()
		h.must(err)
		keyrings = append(keyrings, b)
	}
	for _, name := range who {
		local, err := filepath.Glob(filepath.Join(h.at(name), ".git", "medlem", "keyrings", "*.age"))
		h.must(err)
		for _, path := range local {
			b, err := os.ReadFile(path)
			h.must(err)
			keyrings = append(keyrings, b)
		}
	}
	var keys []seal.Key
	for _, b := range keyrings {
		for _, name := range who {
			k, err := seal.OpenKeyring(b, actor(name).Ages())
			if err != nil {
				continue
			}
			for _, key := range k.Keys {
				keys = append(keys, key)
			}
			for _, old := range k.Versions {
				keys = append(keys, old.Key)
			}
		}
	}
	n := 0
	for _, file := range files {
		for _, key := range keys {
			if _, err := seal.Open(key, file); err == nil {
				n++
				break
			}
		}
	}
	return n
}

// U14: when an activity is over all personal data of its participants is cleared away: the
// check is red while it is there, and then no key that is left anywhere opens any version of
// it.
func TestU14ClearedAway(t *testing.T) {
	h := openHouse(t, "unionen")
	maja := h.added("sec", "unionen", person("Maja", "Lind"))
	day := register.DayOf(h.now)
	var id register.RecordID
	h.do("sec", func(d *desk.Desk) error {
		a, err := d.AddActivity(ctx, "granvik", record.Activity{Name: "Kvällskurs", Ends: day.Add(3)})
		if err != nil {
			return err
		}
		id = a.Path.ID
		if _, err := d.JoinActivity(ctx, id, maja); err != nil {
			return err
		}
		_, _, err = d.JoinGuest(ctx, id, "Berit Bårdsli", "berit@example.org", "")
		return err
	})
	versions := h.sealedActivities()
	if len(versions) != 3 || h.opened(versions, "sec") != 3 {
		t.Fatalf("%d versions, of which %d open", len(versions), h.opened(versions, "sec"))
	}
	red := func() (out []string) {
		h.do("sec", func(d *desk.Desk) error {
			rep, err := check.All(d.Repo(), d.Loader(), d.Head(), check.Options{Now: h.now, Day: register.DayOf(h.now)})
			if err == nil {
				out = named(rep.Findings)
			}
			return err
		})
		return out
	}
	h.now = day.Add(3).Time()
	equal(t, red())
	h.now = day.Add(4).Time() // the routine names no days of grace
	equal(t, red(), "retention/activity")
	h.do("sec", func(d *desk.Desk) error {
		paths, err := d.DueActivities()
		if err != nil || len(paths) != 1 || paths[0].ID != id {
			t.Fatalf("due: %v, %v", paths, err)
		}
		_, err = d.EraseActivities(ctx, []register.RecordID{id})
		return err
	})
	equal(t, red())
	if n := h.opened(versions, "sec"); n != 0 {
		t.Errorf("%d versions of it open still", n)
	}
	if err := h.as("sec", func(d *desk.Desk) error { _, err := d.Activity(id); return err }); !errors.Is(err, desk.ErrNoActivity) {
		t.Errorf("it is found: %v", err)
	}
	h.record(maja) // she is a member still
}

// A member who is erased is in no version of any activity that a key is left for; who else
// takes part stays.
func TestU14ErasedMember(t *testing.T) {
	h := openHouse(t, "unionen")
	maja, nils := h.added("sec", "unionen", person("Maja", "Lind")), h.added("sec", "unionen", person("Nils", "Ek"))
	var id register.RecordID
	h.do("sec", func(d *desk.Desk) error {
		a, err := d.AddActivity(ctx, "granvik", record.Activity{Name: "Kvällskurs", Ends: register.DayOf(h.now).Add(30)})
		if err != nil {
			return err
		}
		id = a.Path.ID
		for _, m := range []register.RecordID{maja, nils} {
			if _, err := d.JoinActivity(ctx, id, m); err != nil {
				return err
			}
		}
		if _, _, err := d.CloseMember(ctx, maja, "left", true); err != nil {
			return err
		}
		return nil
	})
	before := h.sealedActivities()
	h.do("sec", func(d *desk.Desk) error { _, err := d.Erase(ctx, []register.RecordID{maja}); return err })
	if n := h.opened(before, "sec"); n != 0 {
		t.Errorf("%d versions that name her open still", n)
	}
	h.do("sec", func(d *desk.Desk) error {
		a, err := d.Activity(id)
		if err == nil && (len(a.Record.Members) != 1 || a.Record.Members[0] != nils) {
			t.Errorf("takes part: %v", a.Record.Members)
		}
		return err
	})
}

// U15: the e-mail about an activity is deleted in two steps, and elsewhere too: each is
// somebody's word by itself, and what nobody has said is due.
func TestU15TwoSteps(t *testing.T) {
	h := openHouse(t, "unionen")
	var id register.RecordID
	h.do("sec", func(d *desk.Desk) error {
		a, err := d.AddActivity(ctx, "granvik", record.Activity{Name: "Kvällskurs", Ends: register.DayOf(h.now).Add(3)})
		if err != nil {
			return err
		}
		id = a.Path.ID
		_, err = d.EraseActivities(ctx, []register.RecordID{id})
		return err
	})
	due := func() (n int) {
		h.do("sec", func(d *desk.Desk) error {
			items, err := d.Due(desk.DueOptions{Ahead: 30})
			for _, i := range items {
				if i.Kind == "mail" {
					n++
				}
			}
			return err
		})
		return n
	}
	for _, step := range access.MailSteps {
		if due() != 1 {
			t.Errorf("before %s nothing is due", step)
		}
		h.do("sec", func(d *desk.Desk) error {
			m, err := d.AttestMail(ctx, id, []string{step})
			if err == nil && m.Done[len(m.Done)-1].Step != step {
				t.Errorf("said %+v", m.Done)
			}
			return err
		})
	}
	if n := due(); n != 0 {
		t.Errorf("%d due when all is said", n)
	}
}

// U01: the routine holds for every activity with people's private addresses, without
// anybody's asking for it: it has an end, goes with everybody in it, and the e-mail about
// it is asked for.
func TestU01TheRoutineHolds(t *testing.T) {
	h := openHouse(t, "unionen")
	day := register.DayOf(h.now)
	var id register.RecordID
	h.do("sec", func(d *desk.Desk) error {
		if _, err := d.AddActivity(ctx, "granvik", record.Activity{Name: "Kvällskurs"}); err == nil {
			t.Error("an activity without an end is taken")
		}
		a, err := d.AddActivity(ctx, "granvik", record.Activity{Name: "Kvällskurs", Ends: day.Add(3)})
		if err != nil {
			return err
		}
		id = a.Path.ID
		a, _, err = d.JoinGuest(ctx, id, "Berit Bårdsli", "berit@example.org", "")
		if err == nil && d.Until(a) != a.Path.Day.Add(d.Policy().Activities.Keep) {
			t.Errorf("it is kept until %s", d.Until(a))
		}
		return err
	})
	versions := h.sealedActivities()
	h.now = h.now.AddDate(0, 0, 3+60)
	h.do("sec", func(d *desk.Desk) error {
		due, err := d.DueActivities()
		if err != nil || len(due) != 1 || due[0].ID != id {
			t.Errorf("due are %v (%v)", due, err)
		}
		if _, err := d.EraseActivities(ctx, []register.RecordID{id}); err != nil {
			return err
		}
		asked, err := d.Mails(nil)
		if err == nil && (len(asked) != 1 || asked[0].ID != id) {
			t.Errorf("the e-mail about %d activities is asked about", len(asked))
		}
		return err
	})
	if n := h.opened(versions, "sec"); n != 0 || len(versions) == 0 {
		t.Errorf("%d of %d versions open", n, len(versions))
	}
}

// P33: nothing is kept without a period: as long as the organisation has not decided on one
// for a kind of data that the register keeps, the policy is not taken.
func TestP33APeriodForEachKind(t *testing.T) {
	files, _ := policy.Pack("posk")
	all := map[string]string{}
	for key, value := range decisions["posk"] {
		all[key] = value
	}
	decided, problems := policy.Decide(files, all)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if p, problems := policy.Load(decided); p == nil {
		t.Fatal(problems)
	}
	n := 0
	for key := range decisions["posk"] {
		if !strings.HasPrefix(key, "retention.yaml:") {
			continue
		}
		n++
		some := map[string]string{}
		for k, v := range all {
			if k != key {
				some[k] = v
			}
		}
		undecided, problems := policy.Decide(files, some)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if p, problems := policy.Load(undecided); p != nil || len(problems) == 0 {
			t.Errorf("taken without %s", key)
		}
	}
	if n < 6 {
		t.Errorf("%d periods", n)
	}
}

// A unit that is dissolved takes its activities with it, also those that are not over.
func TestU14WithItsUnit(t *testing.T) {
	h := openHouse(t, "unionen")
	h.do("sec", func(d *desk.Desk) error {
		a, err := d.AddActivity(ctx, "tallasen", record.Activity{Name: "Kvällskurs", Ends: register.DayOf(h.now).Add(30)})
		if err != nil {
			return err
		}
		_, _, err = d.JoinGuest(ctx, a.Path.ID, "Berit Bårdsli", "berit@example.org", "")
		return err
	})
	versions := h.sealedActivities()
	h.do("sec", func(d *desk.Desk) error { _, err := d.EraseUnit(ctx, "tallasen", nil); return err })
	if n := h.opened(versions, "sec"); n != 0 || len(versions) != 2 {
		t.Errorf("%d of %d versions open still", n, len(versions))
	}
	h.do("sec", func(d *desk.Desk) error {
		ms, err := d.Mails(nil)
		if err == nil && len(ms) != 1 {
			t.Errorf("%d asked about", len(ms))
		}
		return err
	})
}
