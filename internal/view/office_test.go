package view

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem"
	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

const officeDay = "2026-11-22"

// standardPolicy is the policy that registers begin with.
func standardPolicy(t *testing.T) *policy.Policy {
	t.Helper()
	files := map[string][]byte{}
	names, err := fs.Glob(medlem.Policies, "policies/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if files[path.Base(n)], err = medlem.Policies.ReadFile(n); err != nil {
			t.Fatal(err)
		}
	}
	p, problems := policy.Load(files)
	if p == nil {
		t.Fatal(problems)
	}
	return p
}

func officeRecord(id, unit string, fields ...string) *record.Record {
	r := &record.Record{ID: register.RecordID(id), Unit: register.UnitID(unit), Rev: 1, Fields: map[string]record.Value{}}
	for i := 0; i < len(fields); i += 2 {
		r.Fields[fields[i]] = record.Text(fields[i+1])
	}
	return r
}

// officePage makes the page of an office in a unit, as JSON.
func officePage(t *testing.T, p *policy.Policy, office, unit string, reads []register.UnitID, members []*record.Record, draws ...*access.Draw) (officeData, string) {
	t.Helper()
	o, ok := p.Office(office)
	if !ok {
		t.Fatal(office)
	}
	in := OfficeInput{State: (&access.State{}).With(p), Draws: draws}
	in.Members = func(u register.UnitID) ([]*record.Record, error) {
		return slices.DeleteFunc(slices.Clone(members), func(r *record.Record) bool { return r.Unit != u }), nil
	}
	in.Count = func(u register.UnitID) (int, error) { ms, err := in.Members(u); return len(ms), err }
	x := OfficePage{Unit: register.UnitID(unit), Office: o, Holders: []register.Handle{"o-aaaaaaaaaa"}, Reads: reads}
	data, err := New(Options{Policy: p, Day: officeDay}).Office(x, in)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	var d officeData
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	return d, string(b)
}

func askers() []*record.Record {
	return []*record.Record{
		officeRecord("maaaaaaaaaaaa", "asker", "given", "Åse", "family", "Kvåle", "born", "1950-05-17", "phone", "+47 400 00 001", "email", "Aase@Example.org", "note", "ringer etter seks"),
		officeRecord("mbbbbbbbbbbbb", "asker", "given", "Bo", "family", "Øster", "email", "bo@example.org"),
		officeRecord("mcccccccccccc", "asker", "given", "Cecilie", "family", "Ås"),
		officeRecord("mdddddddddddd", "asker", "given", "Dag", "family", "Ærlig"),
	}
}

// What an office does not see is not on its page, in no form: not in a cell, not in
// what is searched. The others find it there.
func TestOfficeSees(t *testing.T) {
	p := standardPolicy(t)
	own := []register.UnitID{"asker"}
	_, chair := officePage(t, p, "chair", "asker", own, askers())
	_, treasurer := officePage(t, p, "treasurer", "asker", own, askers())
	for _, hidden := range []string{"1950", "17. mai", "ringer etter seks"} {
		if strings.Contains(treasurer, hidden) {
			t.Errorf("the treasurer sees %q", hidden)
		}
	}
	for _, seen := range []string{"17. mai 1950", "ringer etter seks"} {
		if !strings.Contains(chair, seen) {
			t.Errorf("the chair does not see %q", seen)
		}
	}
	if !strings.Contains(treasurer, "+47 400 00 001") {
		t.Error("the treasurer sees no telephone number")
	}
}

// The list is in the order of the organisation's own language, and is searched as
// medlem find searches.
func TestOfficeList(t *testing.T) {
	d, _ := officePage(t, standardPolicy(t), "chair", "asker", []register.UnitID{"asker"}, askers())
	var names []string
	for _, m := range d.Members {
		names = append(names, m.Name)
	}
	if want := []string{"Åse Kvåle", "Dag Ærlig", "Bo Øster", "Cecilie Ås"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	if d.Members[0].Find != record.Fold("aase kvale")+"|aase@example.org|4740000001|maaaaaaaaaaaa" {
		t.Errorf("searched: %q", d.Members[0].Find)
	}
	if c := d.Members[0].Cells; len(c) != len(d.Columns) || c[0].To != "tel:+4740000001" || c[1].To != "mailto:Aase@Example.org" {
		t.Errorf("cells: %+v", c)
	}
	if len(d.Units) != 0 || d.Members[0].Unit != "" || d.Total != 4 || d.Title != "Leder i lokallaget" || d.Locale != "nb" || d.Day != "22. november 2026" {
		t.Errorf("the page of one unit: %+v", d.Units)
	}
	region, _ := officePage(t, standardPolicy(t), "region-officer", "akershus", []register.UnitID{"akershus", "asker", "baerum"}, append(askers(), officeRecord("meeeeeeeeeeee", "baerum", "given", "Eva", "family", "Lie")))
	if region.Total != 5 || len(region.Units) != 2 || region.Units[1] != (officeUnit{"Bærum", 1}) || region.Members[1].Unit != "Bærum" {
		t.Errorf("the page of several: %d, %+v", region.Total, region.Units)
	}
}

// An office that reaches too many for a page has no list; nothing is opened for it.
func TestOfficeLong(t *testing.T) {
	p := standardPolicy(t)
	o, _ := p.Office("secretariat")
	data, err := New(Options{Policy: p, Day: officeDay}).Office(OfficePage{Unit: "national", Office: o, Reads: []register.UnitID{"asker", "baerum"}}, OfficeInput{
		State: (&access.State{}).With(p),
		Count: func(register.UnitID) (int, error) { return OfficeRows/2 + 1, nil },
		Members: func(register.UnitID) ([]*record.Record, error) {
			t.Error("a record was opened")
			return nil, nil
		},
	})
	if d := data.(officeData); err != nil || !d.Long || d.Total != OfficeRows+2 || len(d.Units) != 2 || len(d.Members) != 0 {
		t.Errorf("%v, %v", data, err)
	}
}

// Nor has one whose members have so much in their records that it would not fit.
func TestOfficeFull(t *testing.T) {
	note := strings.Repeat("å", 1000)
	var few, many []*record.Record
	for i := range 8000 {
		r := officeRecord(fmt.Sprintf("m%012d", i), "asker", "given", "Åse", "family", "Kvåle", "note", note)
		if many = append(many, r); i < 5000 {
			few = many
		}
	}
	for n, members := range map[int][]*record.Record{5000: few, 0: many} {
		d, _ := officePage(t, standardPolicy(t), "chair", "asker", []register.UnitID{"asker"}, members)
		if len(d.Members) != n || d.Long != (n == 0) || d.Total != len(members) {
			t.Errorf("%d members: %d rows, long %t", len(members), len(d.Members), d.Long)
		}
	}
}

// Due are the lists of those who hold the office, of members whom it reaches, that
// nobody has said to be destroyed; and members who lack what the office can fill in.
func TestOfficeDue(t *testing.T) {
	p := standardPolicy(t)
	list := func(id, day, who, unit string) *access.Draw {
		return &access.Draw{Unit: register.UnitID(unit), Day: register.Day(day), ID: register.RecordID(id), Purpose: "mailing", For: register.Handle(who), Units: []register.UnitID{register.UnitID(unit)}, Count: 4, Format: access.FormatXLSX}
	}
	done := list("dcccccccccccc", "2026-11-01", "o-aaaaaaaaaa", "asker")
	for _, part := range p.Lists.Attest {
		done.Destroyed = append(done.Destroyed, access.Destruction{Part: part, Day: "2026-11-02"})
	}
	members := append(askers(), officeRecord("mffffffffffff", "asker", "given", "Frøydis"))
	d, all := officePage(t, p, "chair", "asker", []register.UnitID{"asker"}, members, list("daaaaaaaaaaaa", "2026-12-01", "o-aaaaaaaaaa", "asker"), list("dbbbbbbbbbbbb", "2026-11-01", "o-aaaaaaaaaa", "asker"),
		done, list("ddddddddddddd", "2026-11-01", "o-bbbbbbbbbb", "asker"), list("deeeeeeeeeeee", "2026-11-01", "o-aaaaaaaaaa", "baerum"))
	if len(d.Due) != 3 || !d.Due[0].Overdue || !strings.HasPrefix(d.Due[0].Command, "medlem draw destroyed dbbbbbbbbbbbb --") || d.Due[1].Overdue || !strings.Contains(d.Due[1].Command, "daaaaaaaaaaaa") {
		t.Errorf("due: %+v", d.Due)
	}
	if l := d.Due[len(d.Due)-1]; l.What != "lacks" || l.Count != 1 || l.Command != "medlem missing --unit asker" {
		t.Errorf("lacking: %+v", l)
	}
	treasurer, _ := officePage(t, p, "treasurer", "asker", []register.UnitID{"asker"}, members)
	if len(treasurer.Due) != 0 {
		t.Errorf("the treasurer, who changes nothing, is to fill in: %+v", treasurer.Due)
	}
	if strings.Contains(all, "o-aaaaaaaaaa") {
		t.Error("the page names a handle")
	}
}
