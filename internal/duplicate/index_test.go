package duplicate

import (
	"fmt"
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/record"
)

// A record's person has the record's own fields.
func TestOf(t *testing.T) {
	r := &record.Record{ID: "1", Unit: "akershus", Rev: 3}
	for key, v := range map[string]string{"given": kari.Given, "family": kari.Family, "born": kari.Born, "email": kari.Email,
		"phone": kari.Phone, "street": kari.Street, "postcode": kari.Postcode, "city": kari.City, "shirt": "m"} {
		r.Set(key, record.Text(v))
	}
	if got := Of(r); got != kari {
		t.Error("a field is missing, or in the wrong place")
	}
	if got, want := Of(&record.Record{ID: "2"}), (Person{ID: "2"}); got != want {
		t.Error("an empty record gives a person with fields")
	}
}

// However many share everything, one search compares a bounded number: a key that
// is everybody's finds nobody, and the others go on finding.
func TestCrowd(t *testing.T) {
	x := NewIndex(0)
	p := kari
	for i := range 5 * crowd {
		p.ID = fmt.Sprint("row ", i)
		x.Add(p)
	}
	if got := x.Find(kari); len(got) != 0 {
		t.Errorf("%d found in a crowd of the same", len(got))
	}
	x = NewIndex(0)
	for i := range 5 * crowd {
		q := but(func(p *Person) {
			p.Given, p.Family, p.Phone, p.Street, p.Born = "Per", fmt.Sprint("Lie", i), "", "", ""
		})
		q.ID = fmt.Sprint("row ", i)
		x.Add(q)
	}
	same := kari
	same.ID = "same"
	x.Add(same)
	got := x.Find(kari)
	if len(got) != 1 || got[0].ID != "same" || got[0].Unit != "akershus" {
		t.Errorf("%d found by the other keys, want 1", len(got))
	}
	if x.Len() != 5*crowd+1 {
		t.Errorf("%d in the index", x.Len())
	}
}

// A record is not its own duplicate, another with the same content is; those found
// stand in order.
func TestFind(t *testing.T) {
	x := NewIndex(4)
	x.Add(kari)
	for i, change := range []func(*Person){func(*Person) {}, func(p *Person) { p.Given, p.Born = "Per", "" }, func(p *Person) { p.Unit = "buskerud" }} {
		q := but(change)
		q.ID = fmt.Sprint(9 - i)
		x.Add(q)
	}
	ids := func(ms []Match) (out []string) {
		for _, m := range ms {
			out = append(out, m.ID)
		}
		return out
	}
	if got, want := ids(x.Find(kari)), []string{"9", "7", "8"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	nameless := kari
	nameless.ID = ""
	if got := x.Find(nameless); len(got) != 4 {
		t.Errorf("%d found for a record without ID, want 4", len(got))
	}
}

// Households and namesakes are told from other matches, and nothing that is asked
// about is either.
func TestWeakMatches(t *testing.T) {
	kinds := map[string]string{
		"N55 e-mail": "household", "wife and husband": "household", "twins": "household", "mother and daughter": "household",
		"wife and husband, days of birth not known": "household", "twins with one name in common": "household",
		"brother and sister, days of birth not known":    "household",
		"N55 name and postal code, days of birth unlike": "namesake",
	}
	seen := 0
	for _, c := range pairsTable {
		s, why := Score(c.a, c.b)
		m := Match{Score: s, Reasons: why}
		got := ""
		switch {
		case m.Household() && m.Namesake():
			got = "both"
		case m.Household():
			got = "household"
		case m.Namesake():
			got = "namesake"
		}
		if got != kinds[c.name] {
			t.Errorf("%s: %q, want %q", c.name, got, kinds[c.name])
		}
		if got != "" {
			seen++
		}
	}
	if seen != len(kinds) {
		t.Errorf("%d weak pairs in the table, want %d", seen, len(kinds))
	}
}
