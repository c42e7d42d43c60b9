package site

import (
	"regexp"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/subject"
	hers "github.com/medlem-register/medlem/internal/view"
)

// packPolicy is a pack, with lines of its files replaced: was, then is.
func packPolicy(t testing.TB, pack string, changes ...[3]string) *policy.Policy {
	t.Helper()
	files := packFiles(t, pack)
	for _, c := range changes {
		if !strings.Contains(string(files[c[0]]), c[1]) {
			t.Fatalf("%s: no %q", c[0], c[1])
		}
		files[c[0]] = []byte(strings.Replace(string(files[c[0]]), c[1], c[2], 1))
	}
	p, problems := policy.LoadPack(files)
	if p == nil {
		t.Fatal(problems)
	}
	return p
}

func hersIn(unit register.UnitID, values map[string]record.Value, readers ...subject.Interval) hers.Subject {
	r := &record.Record{ID: "m4k7aaaaaaaaa", Unit: unit, Rev: 1, Fields: map[string]record.Value{"given": record.Text("Åsa"), "family": record.Text("Grahn")}}
	for k, v := range values {
		r.Set(k, v)
	}
	return hers.Subject{Record: r, Readers: readers}
}

// herRows are the cells of a page's table of what is kept, by the field's name: what
// stands there, its purpose, its legal basis.
func herRows(t testing.TB, page string) map[string][3]string {
	t.Helper()
	_, table, _ := strings.Cut(page, `<section aria-labelledby="kept">`)
	table, _, ok := strings.Cut(table, "</table>")
	rows := regexp.MustCompile(`<tr><th scope="row">([^<]*)</th><td[^>]*>([^<]*)</td><td[^>]*>([^<]*)</td><td[^>]*>([^<]*)</td></tr>`).FindAllStringSubmatch(space.ReplaceAllString(table, " "), -1)
	if !ok || len(rows)+1 != strings.Count(table, "<tr>") {
		t.Fatalf("%d rows of %d", len(rows), strings.Count(table, "<tr>")-1)
	}
	out := map[string][3]string{}
	for _, r := range rows {
		out[r[1]] = [3]string{r[2], r[3], r[4]}
	}
	return out
}

// P32: beside each value on a member's page stand its purpose and its legal basis, as
// the policy has them.
func TestP32HerPage(t *testing.T) {
	p := packPolicy(t, "posk", [3]string{"fields.yaml", "name: not_stated", `name: {sv: "Avtalet om medlemskap"}`})
	values := map[string]record.Value{"email": record.Text("asa@example.org"), "phone": record.Text("+46 70 000 00 01"), "city": record.Text("Alvesta"), "class": record.Text("elected"), "assignments": record.List("local-board")}
	rows := herRows(t, herRendered(t, p, hersIn("alvesta", values))[0])
	for key := range values {
		f, _ := p.Field(key)
		why, _ := policy.FindTerm(p.Vocabulary.Purposes, f.Purpose)
		basis, _ := policy.FindTerm(p.LegalBases, f.LegalBasis)
		got := rows[f.Name["sv"]]
		if got[0] == "" || got[1] != why.Name["sv"] || got[2] != basis.Name["sv"] || got[1] == "" || got[2] != "Avtalet om medlemskap" {
			t.Errorf("%s: %q, want %q and %q", key, got, why.Name["sv"], basis.Name["sv"])
		}
	}
}

// P21: an identity number stands on its member's page with what her group has said that
// it needs it for; on the page of a group that the service bureau has it for, without.
func TestP21HerPage(t *testing.T) {
	const why = "Vi anmäler kandidater, och då krävs det."
	p := packPolicy(t, "posk", [3]string{"organisation.yaml", "{id: alvesta, level: local, name: Alvesta, under: vaxjo}", `{id: alvesta, level: local, name: Alvesta, under: vaxjo, purposes: {personnummer: "` + why + `"}}`})
	number := map[string]record.Value{"personnummer": record.Text("19850399-0001")}
	pages := herRendered(t, p, hersIn("alvesta", number), hersIn("vetlanda", number))
	general, _ := policy.FindTerm(p.Vocabulary.Purposes, "service-bureau")
	if got := herRows(t, pages[0])["Personnummer"]; got[0] != "19850399-0001" || got[1] != general.Name["sv"]+": "+why {
		t.Errorf("%q", got)
	}
	if got := herRows(t, pages[1])["Personnummer"]; got[0] == "" || got[1] != general.Name["sv"] {
		t.Errorf("another group's: %q", got)
	}
}

// D06: the purpose for which somebody of the staff has access stands on the member's
// page beside her office, today's and that of who had it before.
func TestD06HerPage(t *testing.T) {
	p := packPolicy(t, "dkf")
	var office *policy.Office
	for i := range p.Offices {
		if len(p.Offices[i].Purposes) > 0 {
			office = &p.Offices[i]
		}
	}
	if office == nil {
		t.Fatal("no office with purposes")
	}
	unit := p.Units[len(p.Units)-1].ID
	one := func(why string, to register.Day) subject.Interval {
		return subject.Interval{Unit: unit, Office: office.ID, Of: p.Units[0].ID, Why: why, From: "2025-01-15", To: to, Seats: 1}
	}
	page := space.ReplaceAllString(herRendered(t, p, hersIn(unit, nil, one(office.Purposes[0].ID, ""), one("", ""), one(office.Purposes[0].ID, "2026-01-15")))[0], " ")
	with := `<th scope="row">` + office.Name["da"] + ` <span class="small">Formål: ` + office.Purposes[0].Name["da"] + `</span></th>`
	if n := strings.Count(page, with); n != 2 || strings.Count(page, `<th scope="row">`+office.Name["da"]+`</th>`) != 1 {
		t.Errorf("%d with a purpose: want %s", n, with)
	}
}

// N01: who has not said for as long as the policy gives that what is kept is right is
// asked when she opens her page, and others are not.
func TestN01HerPageAsks(t *testing.T) {
	p := herPolicy(t, nil)
	for confirmed, asked := range map[string]bool{"": true, "2025-11-21": true, "2025-11-22": false, "2026-03-09": false} {
		page := herRendered(t, p, herSubject(map[string]record.Value{"confirmed": record.Text(confirmed)}))[0]
		if got := strings.Contains(page, `<p class="asked">Stemmer dette fortsatt?`); got != asked {
			t.Errorf("said %q: asked %t", confirmed, got)
		}
	}
}

// A long page begins with what is on it; each part is there.
func TestHerPageContents(t *testing.T) {
	for _, files := range []map[string]string{nil, {"pages.yaml": "", "dues.yaml": ""}} {
		page := herRendered(t, herPolicy(t, files), herSubject(nil))[0]
		nav, _, _ := strings.Cut(page[strings.Index(page, `<nav class="contents"`):], "</nav>")
		links := regexp.MustCompile(`<a href="#(\w+)">([^<]+)</a>`).FindAllStringSubmatch(nav, -1)
		if sections := strings.Count(page, "<section ") - 1; len(links) != sections { // that of passkeys can do nothing here
			t.Errorf("%d links for %d sections", len(links), sections)
		}
		for _, l := range links {
			if !strings.Contains(page, `<h2 id="`+l[1]+`">`+l[2]+`</h2>`) {
				t.Errorf("no part %q called %q", l[1], l[2])
			}
		}
	}
}

// P08: a member sees on her own page which assignments she has, and from which day.
func TestP08HerPage(t *testing.T) {
	p := packPolicy(t, "posk")
	rows := herRows(t, herRendered(t, p, hersIn("alvesta", map[string]record.Value{"assignments": record.List("local-board", "member-officer"), "assigned": record.Text("2026-03-02")}))[0])
	if rows["Uppdrag"][0] != "Ledamot av gruppens styrelse, Medlemsansvarig" || rows["Uppdragen gäller från"][0] != "2 mars 2026" {
		t.Errorf("%q from %q", rows["Uppdrag"][0], rows["Uppdragen gäller från"][0])
	}
}
