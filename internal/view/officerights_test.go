package view

import (
	"slices"
	"testing"

	"github.com/medlem-register/medlem"
	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// packPolicies are the standard policy and that of every pack.
func packPolicies(t *testing.T) map[string]*policy.Policy {
	t.Helper()
	out := map[string]*policy.Policy{"standard": standardPolicy(t)}
	for _, name := range policy.Packs() {
		files := map[string][]byte{}
		for _, n := range policy.AllFiles() {
			if b, err := medlem.Policies.ReadFile("policies/packs/" + name + "/" + n); err == nil {
				files[n] = b
			}
		}
		p, problems := policy.LoadPack(files)
		if p == nil {
			t.Fatalf("%s: %v", name, problems)
		}
		out[name] = p
	}
	return out
}

// full is a record with something in every field of a unit.
func full(p *policy.Policy, u register.UnitID) *record.Record {
	r := &record.Record{ID: "maaaaaaaaaaaa", Unit: u, Rev: 1, Fields: map[string]record.Value{}}
	for _, f := range p.FieldsIn(u) {
		r.Fields[f.Key] = record.Text("x " + f.Key)
	}
	return r
}

// N43: an office's page says of every field whether the office may change it, only see
// it, or is not shown it, as the policy does: once for all fields, and beside each value
// of each member. Every office of every pack, in each unit where it can be held.
func TestN43OfficePage(t *testing.T) {
	marks := 0
	for name, p := range packPolicies(t) {
		for i := range p.Offices {
			o := &p.Offices[i]
			for _, held := range p.Units {
				if held.Level != o.Level || !o.Can(policy.ActRead) {
					continue
				}
				x := OfficePage{Unit: held.ID, Office: o}
				for _, u := range p.Units {
					if reaches(p, o, held.ID, u.ID) {
						x.Reads = append(x.Reads, u.ID)
					}
				}
				data, err := New(Options{Policy: p, Day: officeDay}).Office(x, OfficeInput{
					State:   (&access.State{}).With(p),
					Count:   func(register.UnitID) (int, error) { return 1, nil },
					Members: func(u register.UnitID) ([]*record.Record, error) { return []*record.Record{full(p, u)}, nil },
				})
				if err != nil {
					t.Fatal(err)
				}
				marks += sameMarks(t, name, p, x, data.(officeData))
			}
		}
	}
	if marks < 500 {
		t.Errorf("only %d marks", marks)
	}
}

// sameMarks compares an office's page with the policy's table, and counts its marks.
func sameMarks(t *testing.T, pack string, p *policy.Policy, x OfficePage, d officeData) (marks int) {
	t.Helper()
	label := func(f *policy.Field) string { return p.Label(f.Name, p.Languages[0]) }
	all := map[string]string{}
	for _, r := range d.Rights {
		all[r.Label] = r.Right
	}
	exists := 0
	for i := range p.Fields {
		f := &p.Fields[i]
		if slices.ContainsFunc(x.Reads, func(u register.UnitID) bool { return slices.Contains(p.FieldsIn(u), f) }) {
			exists++
			if want := rightTexts[p.FieldRight(x.Office.ID, f.Key)]; all[label(f)] != want {
				t.Errorf("%s, %s in %s: %s is marked %q, want %q", pack, x.Office.ID, x.Unit, f.Key, all[label(f)], want)
			}
		}
	}
	if len(all) != exists || len(d.Rights) != exists || len(d.Members) != len(x.Reads) {
		t.Errorf("%s, %s: %d fields marked of %d", pack, x.Office.ID, len(d.Rights), exists)
	}
	for _, m := range d.Members {
		shown := map[string]string{} // by what stands in the field
		for _, more := range m.May {
			shown[more.Text] = "office_may"
		}
		for _, more := range m.See {
			shown[more.Text] = "office_see"
		}
		for i, c := range m.Cells {
			if c.Text != "" {
				shown[c.Text] = d.Columns[i].Right
			}
		}
		unit := unitOfRow(p, x, d, m)
		for _, f := range p.FieldsIn(unit) {
			right := p.FieldRightIn(x.Office.ID, f.Key, unit)
			got, is := shown["x "+f.Key]
			if f.Type == record.TypeName && d.Name != "" {
				got, is = d.Name, true
			}
			switch {
			case f.Type == record.TypeYesNo || f.Type == record.TypeCountry || f.Type == record.TypeDate: // said in other words
			case is != (right > policy.Hidden) || is && got != rightTexts[right]:
				t.Errorf("%s, %s in %s: %s of a member is marked %q, want %q", pack, x.Office.ID, unit, f.Key, got, rightTexts[right])
			default:
				marks++
			}
		}
	}
	return marks
}

// unitOfRow is the unit of a row of the list, which names it where there are several.
func unitOfRow(p *policy.Policy, x OfficePage, d officeData, m *officeMember) register.UnitID {
	for _, u := range x.Reads {
		if at, _ := p.Unit(u); m.Unit == "" || at.Name == m.Unit {
			return u
		}
	}
	return ""
}
