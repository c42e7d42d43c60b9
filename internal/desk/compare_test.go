package desk_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/duplicate"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// What a row of a list is to the records that its officer reads and to the rows
// before it.
func TestCompare(t *testing.T) {
	o := newOffice(t)
	o.join("solveig", "akershus", "region-officer")
	o.join("kari", "asker", "member-officer")
	åse := o.add("sec", "asker", append(slices.Clone(kvåle), "phone=+47 400 00 001")...)
	nils := o.add("sec", "baerum", "given=Nils", "family=Eira", "born=1950-02-03")
	liv := o.add("sec", "asker", "given=Liv", "family=Lie", "born=1970-01-02")
	o.add("sec", "karasjok", "given=Máret", "family=Utsi", "born=1980-05-06") // solveig does not read her
	o.do("sec", func(d *desk.Desk) error { _, _, err := d.CloseMember(ctx, liv, "left", false); return err })
	type want struct {
		status  desk.CompareStatus
		id      register.RecordID
		row     int
		changes []string
	}
	rows := []struct {
		name string
		set  []string
		want want
	}{
		{"the same", kvåle, want{desk.CompareSame, åse, -1, nil}},
		{"fields that the list does not have", kvåle[:3], want{desk.CompareSame, åse, 0, nil}},
		{"another spelling, in another unit", []string{"given=Nils", "family=Ejra", "born=1950-02-03"}, want{desk.CompareAsk, nils, -1, nil}},
		{"has left", []string{"given=Liv", "family=Lie", "born=1970-01-02"}, want{desk.CompareAsk, liv, -1, nil}},
		{"in a unit that she does not read", []string{"given=Máret", "family=Utsi", "born=1980-05-06"}, want{desk.CompareNew, "", -1, nil}},
		{"the row before", []string{"given=Máret", "family=Utsi", "born=1980-05-06"}, want{desk.CompareSame, "", 4, nil}},
		{"the row before, with another value", []string{"given=Máret", "family=Utsi", "born=1980-05-06", "city=Alta"}, want{desk.CompareAsk, "", 4, []string{"city"}}},
		{"like an earlier row", []string{"given=Maret", "family=Utsi Eira", "born=1980-05-06"}, want{desk.CompareAsk, "", 4, nil}},
		{"the mailbox of a household", []string{"given=Per", "family=Strand", "email=aase@example.org"}, want{desk.CompareList, åse, -1, nil}},
		{"her son of her name", []string{"given=Åse", "family=Kvåle", "born=1999-12-11", "email=aase@example.org"}, want{desk.CompareList, åse, -1, nil}},
		{"new", []string{"given=Ragnhild", "family=Myhre", "born=1991-10-09"}, want{desk.CompareNew, "", -1, nil}},
	}
	list := make([]map[string]record.Value, len(rows))
	for i, r := range rows {
		list[i] = values(r.set...)
	}
	compare := func(who string, list []map[string]record.Value) (got []desk.Comparison) {
		t.Helper()
		o.do(who, func(d *desk.Desk) error {
			if _, err := d.Sync(ctx); err != nil {
				return err
			}
			var err error
			got, err = d.Compare("asker", list)
			return err
		})
		return got
	}
	for i, c := range compare("solveig", list) {
		w := rows[i].want
		if c.Status != w.status || c.ID != w.id || c.Row != w.row || w.changes != nil && !slices.Equal(slices.Collect(maps.Keys(c.Changes)), w.changes) {
			t.Errorf("%s: %+v, want %+v", rows[i].name, c, w)
		}
		if c.Closed != (c.ID == liv) {
			t.Errorf("%s: closed: %v", rows[i].name, c.Closed)
		}
		if (c.Score >= duplicate.List) != (c.Status != desk.CompareNew) || (c.Status == desk.CompareList) != (c.Score >= duplicate.List && c.Score < duplicate.Ask) || (len(c.Reasons) > 0) != (c.Score > 0) {
			t.Errorf("%s: score %.2f for %v and %q", rows[i].name, c.Score, c.Reasons, c.Status)
		}
	}
	changed := compare("kari", []map[string]record.Value{values("given=Aase", "family=Kvåle", "email=aase@example.org", "phone=+47 400 00 002", "city=")})
	if c := changed[0]; c.Status != desk.CompareChanged || c.ID != åse || len(c.Changes) != 2 || c.Changes["phone"].String() != "+47 400 00 002" || c.Changes["given"].String() != "Aase" {
		t.Errorf("a new number and another spelling, by name and e-mail: %+v", c)
	}
	if c := compare("kari", list[2:3]); c[0].Status != desk.CompareNew {
		t.Errorf("kari is told of somebody in a unit that she does not read: %+v", c[0])
	}

	// Two records who are surely her: nobody but a person can say which.
	o.add("sec", "asker", kvåle...)
	if c := compare("kari", list[:1]); c[0].Status != desk.CompareAsk {
		t.Errorf("two records of one person: %+v", c[0])
	}
	// In a list of thousands, those who share a mailbox are not told one by one.
	long := make([]map[string]record.Value, 101)
	for i := range long {
		long[i] = map[string]record.Value{}
	}
	long[100] = list[8]
	if c := compare("kari", long); c[100].Status != desk.CompareNew {
		t.Errorf("a household in a long list: %+v", c[100])
	}
	if c := compare("kari", long[1:]); c[99].Status != desk.CompareList {
		t.Errorf("a household in a short list: %+v", c[99])
	}
}

// Whoever enters somebody is shown who looks like her, of those whom she reads.
func TestAlikes(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	åse := o.add("sec", "karasjok", kvåle...)
	here := o.add("sec", "asker", "given=Per", "family=Kvåle", "email=aase@example.org")
	ids := func(who string) (out []register.RecordID) {
		t.Helper()
		o.do(who, func(d *desk.Desk) error {
			if _, err := d.Sync(ctx); err != nil {
				return err
			}
			as, err := d.Alikes("asker", values(kvåle...))
			for _, a := range as {
				out = append(out, a.Member.Path.ID)
			}
			return err
		})
		return out
	}
	if got := ids("kari"); !slices.Equal(got, []register.RecordID{here}) {
		t.Errorf("kari is shown %v, want Asker's own alone", got)
	}
	if got := ids("sec"); !slices.Equal(got, []register.RecordID{åse, here}) {
		t.Errorf("the secretariat is shown %v, want both, the likest first", got)
	}
}
