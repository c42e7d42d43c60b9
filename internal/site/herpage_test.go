package site

import (
	"bytes"
	"encoding/json"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/medlem-register/medlem"
	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/reference"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sitepipe"
	"github.com/medlem-register/medlem/internal/subject"
	hers "github.com/medlem-register/medlem/internal/view"
)

// herPages is a policy of pages with everything in it.
const herPages = `drop: https://drop.example.org/in
mail: inn@prove.example
lock-after: 7
consents: [newsletter]
confirm: {field: confirmed, every: 12}
leave: [left]
`

// herDues is a policy of dues.
const herDues = `collected-by: national
claim: {from: "01-02", to: "01-31"}
new-member-days: 5
reminders: {min: 2, max: 4}
channels: [email]
means:
  - {id: bank, for: [join, renewal], says: {sv: Betala gärna i banken., da: Betal gerne i banken., nb: Betal gjerne i banken., en: Please pay at the bank.}}
lapse: {unpaid-years: 2, clock: claims, reason: left}
keep-years: 5
`

// herPolicy is the standard policy, as an organisation could have it that lets members
// do everything on their own pages. files take the place of its own; "" removes one.
func herPolicy(t testing.TB, files map[string]string) *policy.Policy {
	t.Helper()
	all := map[string][]byte{"pages.yaml": []byte(herPages), "dues.yaml": []byte(herDues)}
	for _, n := range policy.AllFiles() {
		if b, err := medlem.Policies.ReadFile("policies/" + n); err == nil && all[n] == nil {
			all[n] = b
		}
	}
	all["organisation.yaml"] = append(all["organisation.yaml"], "\ncontroller: national\nprocessor: {level: branch, agreement: required}\n"...)
	may := string(all["access.yaml"])
	if i := strings.Index(may, "    may: ["); i > 0 && !strings.Contains(may, " dues]") { // the secretariat collects
		all["access.yaml"] = []byte(may[:i+10] + "dues, " + may[i+10:])
	}
	fields := strings.ReplaceAll(string(all["fields.yaml"]), "    own: true\n", "")
	for _, key := range []string{"born", "email", "phone", "country", "language", "offices", "note"} {
		fields = strings.Replace(fields, "  - key: "+key+"\n", "  - key: "+key+"\n    own: true\n", 1)
	}
	fields = strings.Replace(fields, "  - key: note\n", `  - key: newsletter
    name: {sv: Nyhetsbrev, da: Nyhedsbrev, nb: Nyhetsbrev, en: Newsletter}
    type: yesno
    category: other
    purpose: service
    legal-basis: consent

  - key: photo
    own: true
    name: {sv: Bild, da: Billede, nb: Bilde, en: Picture}
    type: yesno
    category: other
    purpose: service
    legal-basis: consent

  - key: confirmed
    name: {sv: Bekräftat, da: Bekræftet, nb: Bekreftet, en: Confirmed}
    type: date
    category: other
    purpose: service
    legal-basis: agreement

  - key: note
`, 1)
	all["fields.yaml"] = []byte(fields)
	for name, text := range files {
		if all[name] = []byte(text); text == "" {
			delete(all, name)
		}
	}
	p, problems := policy.Load(all)
	if p == nil {
		t.Fatalf("%v", problems)
	}
	return p
}

// herSubject is an invented member as the register has her; fields are laid over hers.
func herSubject(fields map[string]record.Value) hers.Subject {
	r := &record.Record{ID: "m4k7aaaaaaaaa", Unit: "asker", Rev: 3, Fields: map[string]record.Value{
		"given": record.Text("Åse <b>"), "family": record.Text("Kvåle & Søn"), "born": record.Text("1957-05-04"),
		"email": record.Text("ase@example.org"), "country": record.Text("SE"), "class": record.Text("member"),
		"offices": record.List("leader", "auditor"), "newsletter": record.Text("true"), "confirmed": record.Text("2026-03-09"),
		"note": record.Text("ringer etter seks\nikke på søndag"),
	}}
	for k, v := range fields {
		r.Set(k, v)
	}
	return hers.Subject{Record: r, Closed: 1,
		Readers: []subject.Interval{
			{Unit: "asker", Office: "chair", Of: "asker", From: "2025-01-15", Seats: 1},
			{Unit: "asker", Office: "secretariat", Of: "national", From: "2024-02-01", Seats: 2},
			{Unit: "lillestrom", Office: "member-officer", Of: "lillestrom", From: "2023-02-01", To: "2024-03-31", Seats: 1, Copy: 2},
			{Unit: "asker", Office: "", Of: "", From: "2024-04-01", To: "2024-04-02", Seats: 1, Copy: 2},
		},
		Lists: []hers.List{
			{Receipt: &access.Draw{ID: "aaaaaaaaaaaaa", Unit: "asker", Purpose: "letters", Drawn: "2026-01-05", Day: "2026-02-04", For: "o-aaaaaaaaaa", Units: []register.UnitID{"asker"}, Columns: []string{"given", "email"}, Form: access.FormList},
				For: []hers.Holder{{Office: "chair", Of: "asker"}}},
			{Receipt: &access.Draw{ID: "baaaaaaaaaaaa", Unit: "asker", Purpose: "letters", Drawn: "2026-03-05", Day: "2026-04-04", For: "o-aaaaaaaaaa", Units: []register.UnitID{"asker"}, Columns: []string{"given", "family"}, Form: access.FormLabels}},
		}}
}

const herRecipient = "age1pq1testtesttest"

// herRendered renders pages of members of a policy, as medlem-site does.
func herRendered(t testing.TB, p *policy.Policy, subjects ...hers.Subject) []string {
	t.Helper()
	m := hers.New(hers.Options{Policy: p, Day: "2026-11-22", Recipients: map[register.UnitID]string{"asker": herRecipient}})
	same, err := m.Shared("https://prove.example/register/")
	if err != nil {
		t.Fatal(err)
	}
	templates, err := OpenTemplates(Spec{Theme: Theme(), Files: map[string]Source{same.Name: {Body: same.Body}},
		Options: sitepipe.Options{BaseURL: "https://prove.example/register/", Day: "2026-11-22", Languages: p.Languages, Views: true, Title: p.Organisation.Name}})
	if err != nil {
		t.Fatal(err)
	}
	defer templates.Close()
	var out []string
	for _, s := range subjects {
		f, err := m.Frame(s)
		if err != nil {
			t.Fatal(err)
		}
		var page bytes.Buffer
		if err := view(templates, &page, f); err != nil {
			t.Fatal(err)
		}
		out = append(out, page.String())
	}
	return out
}

// plainly renders a page with html/template and a template that is written out.
func plainly(t testing.TB, p *policy.Policy, x hers.Subject) string {
	t.Helper()
	m := hers.New(hers.Options{Policy: p, Day: "2026-11-22", Recipients: map[register.UnitID]string{"asker": herRecipient}})
	same, err := m.Shared("https://prove.example/register/")
	if err != nil {
		t.Fatal(err)
	}
	var shared, data map[string]any
	f, err := m.Frame(x)
	if err != nil || json.Unmarshal(same.Body, &shared) != nil || json.Unmarshal(f.Body, &data) != nil {
		t.Fatal("not JSON", err)
	}
	texts := map[string]any{}
	b, err := fs.ReadFile(Theme(), "i18n/"+f.Lang+".yaml")
	if err != nil || yaml.Unmarshal(b, &texts) != nil {
		t.Fatal("no texts", err)
	}
	who := texts["who_merges"].(string)
	named(texts, strings.NewReplacer("{who}", who, "{Who}", firstUpper(who)))
	data["t"] = texts
	plain := template.New("")
	plain.Funcs(template.FuncMap{
		"hugo": func() any { return map[string]any{"Data": map[string]any{"views": shared}} },
		"int":  func(x float64) int { return int(x) },
		"i18n": func(key string, n int) string {
			form := "other"
			if n == 1 {
				form = "one"
			}
			return strings.Replace(texts[key].(map[string]any)[form].(string), "{{ .Count }}", strconv.Itoa(n), 1)
		},
		"partialCached": func(name string, data any, _ ...any) (template.HTML, error) {
			var b strings.Builder
			err := plain.ExecuteTemplate(&b, path.Base(name), data)
			return template.HTML(b.String()), err
		},
	})
	if _, err := plain.ParseGlob("testdata/view/plain/*.html"); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := plain.ExecuteTemplate(&out, "me.html", data); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var space = regexp.MustCompile(`\s+`)

// sameHTML brings a page to a form in which two can be compared: spaces, and the place
// of the id among the attributes, do not matter.
func sameHTML(page string) string {
	page = strings.Replace(page, ` data-id="m4k7aaaaaaaaa"`, "", 1)
	return strings.NewReplacer("> <", "><", "&#34;", "&quot;").Replace(space.ReplaceAllString(page, " "))
}

// The page is put together of pieces, for speed. It is what html/template makes of the
// same data with a template that is written out, whatever stands in a field.
func TestHerPageIsPlain(t *testing.T) {
	odd := `"><script>x</script>'&{{ .t }} ` + "\u2028"
	for name, x := range map[string]struct {
		files  map[string]string
		fields map[string]record.Value
		bare   bool
	}{
		"everything":    {},
		"in Swedish":    {fields: map[string]record.Value{"language": record.Text("sv")}},
		"in English":    {fields: map[string]record.Value{"language": record.Text("en")}},
		"odd values":    {fields: map[string]record.Value{"given": record.Text(odd), "email": record.Text(odd), "note": record.Text(odd), "offices": record.List(odd), "language": record.Text(odd)}},
		"restricted":    {fields: map[string]record.Value{"restricted": record.Text("2026-11-01"), "objects": record.List("all", "letters", odd)}},
		"objects":       {fields: map[string]record.Value{"objects": record.List("letters")}},
		"channels":      {fields: map[string]record.Value{"objects": record.List("all", "by-email", "by-letter", "by-sms")}},
		"messages":      {fields: map[string]record.Value{"given": record.Text(odd)}},
		"claims":        {fields: herClaims},
		"nobody, yet":   {bare: true},
		"without pages": {files: map[string]string{"pages.yaml": "", "dues.yaml": ""}},
		"no consents":   {files: map[string]string{"pages.yaml": "lock-after: 3\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, s := herPolicy(t, x.files), herSubject(x.fields)
			if x.bare {
				s.Readers, s.Lists, s.Closed = nil, nil, 0
			}
			if name == "messages" {
				s.Messages = []hers.Sent{{Day: "2026-11-20", Channel: "sms", Subject: odd, Office: "chair", Of: "asker"}, {Day: "2026-11-01", Channel: "email"}}
			}
			got, want := sameHTML(herRendered(t, p, s)[0]), sameHTML(plainly(t, p, s))
			if got != want {
				at := 0
				for at < min(len(got), len(want)) && got[at] == want[at] {
					at++
				}
				t.Errorf("differs at %d:\n%.200s\nwant:\n%.200s", at, got[max(0, at-60):], want[max(0, at-60):])
			}
			if strings.Contains(got, "<script") || strings.Contains(got, "\uE000") {
				t.Error("a value is not escaped, or a mark was left")
			}
		})
	}
}

// herClaims are of a year that is paid, one that is paid in part, and one that is open.
var herClaims = map[string]record.Value{record.Dues: record.List("2025 join 1234567890 2025-01-05 2025-02-04 paid 2025-01-20 35000",
	"2026 renewal 1234567891 2026-01-05 2026-02-04 part 2026-02-01 35000", "2027 renewal 1234567892 2026-11-20 2026-12-20 open - 35000")}

// Rule N44: her own page tells which years are paid, and of what is open by when and by
// which reference; amounts where the policy has every officer see them.
func TestN44HerPageSaysWhatIsPaid(t *testing.T) {
	ref := func(payload string) string {
		s, err := reference.KIDMod10.Make(payload)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	form := herDues + "currency: NOK\nreference-form: {scheme: kid-mod10}\namounts:\n  - {id: adult, amount: 35000}\n"
	for lang, want := range map[string][]string{
		"nb": {`<caption>Hva som er krevd av deg, og hva som er betalt</caption>`, `>betalt 20. januar 2025</td>`, `>delvis betalt, resten forfaller 4. februar 2026</td>`, `>ikke betalt, forfaller 20. desember 2026</td>`},
		"sv": {`>betald 20 januari 2025</td>`, `>delvis betald, resten förfaller 4 februari 2026</td>`, `>inte betald, förfaller 20 december 2026</td>`},
		"da": {`>betalt 20. januar 2025</td>`, `>delvis betalt, resten forfalder 4. februar 2026</td>`, `>ikke betalt, forfalder 20. december 2026</td>`},
		"en": {`>paid 20 January 2025</td>`, `>paid in part, the rest due 4 February 2026</td>`, `>not paid, due 20 December 2026</td>`},
	} {
		x := herSubject(herClaims)
		x.Record.Set("language", record.Text(lang))
		page := herRendered(t, herPolicy(t, map[string]string{"dues.yaml": form}), x)[0]
		for _, w := range append(want, ref("1234567891"), ref("1234567892")) {
			if !strings.Contains(page, w) {
				t.Errorf("%s: no %s", lang, w)
			}
		}
		if strings.Contains(page, "350") || strings.Contains(page, ref("1234567890")) {
			t.Errorf("%s: an amount, or the reference of what is paid", lang)
		}
	}
	seen := herRendered(t, herPolicy(t, map[string]string{"dues.yaml": form + "seen: amounts\n"}), herSubject(herClaims))[0]
	if !strings.Contains(seen, "forfaller 20. desember 2026 (350,00 NOK)</td>") {
		t.Error("no amounts where they are seen")
	}
	if bare := herRendered(t, herPolicy(t, nil), herSubject(nil))[0]; strings.Contains(bare, `id="claims"`) {
		t.Error("a table of claims of whom nothing was claimed")
	}
}

// What stands on a page, in each language: expected by hand.
func TestHerPageSays(t *testing.T) {
	rows := func(all ...string) []string { return all }
	for lang, want := range map[string][]string{
		"nb": rows(
			`lang="nb" data-unit="asker" data-built="2026-11-22" data-drop="https://drop.example.org/in" data-mail="inn@prove.example" data-lock="7" data-title="Din side – Folkerørsla Prøve" data-id="m4k7aaaaaaaaa">`,
			`<h1>Åse &lt;b&gt; Kvåle &amp; Søn</h1>`,
			`<th scope="row">Fødselsdato</th><td data-title="Det som står">4. mai 1957</td><td data-title="Formål">Vite hvem som har stemmerett og verv</td><td data-title="Rettslig grunnlag">Organisasjonens berettigede interesse`,
			`<th scope="row">Land</th><td data-title="Det som står">Sverige</td>`,
			`<th scope="row">Verv</th><td data-title="Det som står">Leder, Revisor</td>`,
			`<th scope="row">Nyhetsbrev</th><td data-title="Det som står">ja</td>`,
			`<p>Ingenting står under: Telefon, Adresse,`,
			`<label for="own-born">Fødselsdato</label> <input id="own-born" name="born" type="date" value="1957-05-04" autocomplete="bday">`,
			`<input type="checkbox" name="newsletter" checked> Nyhetsbrev`,
			`Du sa det sist 9. mars 2026.`,
			`<tr><th scope="row">Leder i lokallaget</th><td data-title="I">Asker</td><td data-title="Personer">1</td><td data-title="Siden">15. januar 2025</td></tr>`,
			`<td data-title="I">Lillestrøm (da du hørte til Lillestrøm)</td><td data-title="Personer">1</td><td data-title="Fra">1. februar 2023</td><td data-title="Til">31. mars 2024</td>`,
			`<th scope="row">tilgang som var igjen</th>`,
			`<th scope="row">5. januar 2026</th><td data-title="Formål">letters (liste)</td><td data-title="Inneholder">Fornavn, E-post</td><td data-title="Til">Leder i lokallaget, Asker</td><td data-title="Makulert">senest 4. februar 2026</td>`,
			`Årets kontingent kreves inn 2. januar – 31. januar.`, `innen 5 dager.`, `2–4.`, `Betal gjerne i banken.`,
			`<th scope="row">Har meldt seg ut</th><td data-title="Lagres">3 måneder</td>`,
			`<option value="left" data-keep="3 måneder">Har meldt seg ut</option>`,
			`<a href="https://www.datatilsynet.no/">Datatilsynet</a>`,
			`<a href="https://prove.example/register/nb/information/">`,
		),
		"sv": rows(`<h2 id="kept">Det här har vi om dig</h2>`, `<td data-title="Det här står">4 maj 1957</td>`, `<td data-title="Det här står">Ordförande, Revisor</td>`, `>ja</td>`, `Du sade det senast 9 mars 2026.`,
			`Betala gärna i banken.`, `3 månader`, `<dt>Personuppgiftsansvarig</dt><dd>Folkerørsla Prøve</dd>`, `<th scope="row">5 mars 2026</th>`),
		"da": rows(`<h2 id="kept">Det har vi om dig</h2>`, `<td data-title="Det står der">4. maj 1957</td>`, `>Formand, Revisor</td>`, `Betal gerne i banken.`, `3 måneder`, `<dt>Dataansvarlig</dt><dd>Folkerørsla Prøve</dd>`, `<th scope="row">5. marts 2026</th>`),
		"en": rows(`<h2 id="kept">What we keep about you</h2>`, `<td data-title="What it says">4 May 1957</td>`, `>Chair, Auditor</td>`, `>Sweden</td>`, `>yes</td>`, `Please pay at the bank.`, `3 months`, `<dt>Controller</dt><dd>Folkerørsla Prøve</dd>`, `Your membership ends`),
	} {
		p := herPolicy(t, nil)
		page := space.ReplaceAllString(herRendered(t, p, herSubject(map[string]record.Value{"language": record.Text(lang)}))[0], " ")
		for _, w := range want {
			if !strings.Contains(page, w) {
				t.Errorf("%s: no %s", lang, w)
			}
		}
		if err := checkPage("x/index.html", []byte("<!doctype html>"+page)); err != nil {
			t.Errorf("%s: %v", lang, err)
		}
	}
}

// The language is hers where the organisation has it, the nearest where it has not, and
// the organisation's own where she has said nothing.
func TestHerPageLanguage(t *testing.T) {
	for language, want := range map[string]string{"": "nb", "nb": "nb", "nn": "nb", "sv": "sv", "fi": "sv", "se": "nb", "en": "en"} {
		page := herRendered(t, herPolicy(t, nil), herSubject(map[string]record.Value{"language": record.Text(language)}))[0]
		if !strings.Contains(page, `<article id="page" class="me" lang="`+want+`"`) {
			t.Errorf("%q: not in %s", language, want)
		}
	}
}

// Rule K09: the member's page names controller and processor, as the policy says who
// they are; where every unit answers for itself, that unit.
func TestK09HerPageNamesBoth(t *testing.T) {
	p := herPolicy(t, nil)
	page := herRendered(t, p, herSubject(nil))[0]
	for _, want := range []string{`<dt>Behandlingsansvarlig</dt><dd>Folkerørsla Prøve</dd>`, `<dt>Databehandler</dt><dd>Asker</dd>`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	each := *p
	each.Controller, each.Processor = policy.EachUnit, policy.Processor{}
	page = herRendered(t, &each, herSubject(nil))[0]
	if !strings.Contains(page, `<dt>Behandlingsansvarlig</dt><dd>Asker</dd>`) || strings.Contains(page, "Databehandler") {
		t.Error("not the unit itself")
	}
}

// Without a policy of pages a page can be read, and sends nothing; as where the unit has
// nobody to seal to yet.
func TestHerPageWithoutForms(t *testing.T) {
	elsewhere := herSubject(nil)
	elsewhere.Record.Unit = "alta"
	for name, page := range map[string]string{
		"no pages.yaml": herRendered(t, herPolicy(t, map[string]string{"pages.yaml": ""}), herSubject(nil))[0],
		"no recipient":  herRendered(t, herPolicy(t, nil), elsewhere)[0],
	} {
		if strings.Contains(page, "<form") || strings.Contains(page, "age1pq1") || !strings.Contains(page, "Er noe feil, eller vil du noe? Skriv til:") || !strings.Contains(page, "4. mai 1957") {
			t.Errorf("%s: forms, or nothing to read", name)
		}
	}
}

// BenchmarkHerPage is one page, as the renderer makes it: direct is the template alone,
// served is with the JSON of it.
func BenchmarkHerPage(b *testing.B) {
	p := herPolicy(b, nil)
	m := hers.New(hers.Options{Policy: p, Day: "2026-11-22", Recipients: map[register.UnitID]string{"asker": strings.Repeat("a", 1959)}})
	same, err := m.Shared("https://prove.example/register/")
	if err != nil {
		b.Fatal(err)
	}
	templates, err := OpenTemplates(Spec{Theme: Theme(), Files: map[string]Source{same.Name: {Body: same.Body}},
		Options: sitepipe.Options{BaseURL: "https://prove.example/register/", Day: "2026-11-22", Languages: p.Languages, Views: true, Title: p.Organisation.Name}})
	if err != nil {
		b.Fatal(err)
	}
	defer templates.Close()
	f, err := m.Frame(herSubject(nil))
	if err != nil {
		b.Fatal(err)
	}
	var data map[string]any
	if err := json.Unmarshal(f.Body, &data); err != nil {
		b.Fatal(err)
	}
	var page bytes.Buffer
	b.Run("direct", func(b *testing.B) {
		for b.Loop() {
			page.Reset()
			if err := templates.Execute(&page, f.Lang, f.Template, data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("served", func(b *testing.B) {
		for b.Loop() {
			page.Reset()
			if err := view(templates, &page, f); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("making", func(b *testing.B) {
		s := herSubject(nil)
		for b.Loop() {
			if _, err := m.Frame(s); err != nil {
				b.Fatal(err)
			}
		}
	})
}
