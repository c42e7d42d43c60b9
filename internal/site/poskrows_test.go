package site

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/policy"
)

// The decision on having the register, as posk writes it in organisation.yaml, and as a
// board would fill it in.
const (
	openDecision = "  # Dagen för styrelsens beslut.\n  on: not_stated\n  # Var beslutet står, som protokollets paragraf.\n  reference: not_stated\n"
	madeDecision = "  on: \"2020-03-12\"\n  reference: § 14\n"
)

// P01: the public pages print who decided on the register, on which day and where that
// stands, in every language; what is not decided is shown as such; where the policy says
// nothing, nothing stands there.
func TestP01DecisionPage(t *testing.T) {
	files := packFiles(t, "posk")
	text := string(files["organisation.yaml"])
	if !strings.Contains(text, openDecision) {
		t.Fatal("posk says it otherwise")
	}
	for _, page := range []string{"sv/information/index.html", "sv/processing/index.html"} {
		contains(t, prose(t, "posk"), page, `data-policy="organisation.decided.by">POSKs styrelse</data>`, `<data class="policy open" value="not_stated" data-policy="organisation.decided.on">inte beslutat</data>`)
	}
	files["organisation.yaml"] = []byte(strings.Replace(text, openDecision, madeDecision, 1))
	spec, out := proseSpec(t, files)
	if err := Build(spec); err != nil {
		t.Fatal(err)
	}
	contains(t, out, "sv/information/index.html", `data-policy="organisation.decided.by">POSKs styrelse</data>`, `data-policy="organisation.decided.on">12 mars 2020</data>`, `data-policy="organisation.decided.reference">§ 14</data>`)

	four := packFiles(t, "standard")
	four["organisation.yaml"] = append(four["organisation.yaml"], "\ndecided:\n  by: {sv: Årsmötet, da: Generalforsamlingen, nb: Årsmøtet, en: The annual meeting}\n  on: \"2020-03-12\"\n  reference: § 14\n"...)
	spec, out = proseSpec(t, four)
	if err := Build(spec); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string][]string{
		"sv": {"Registret är beslutat av", "Årsmötet</data>", "12 mars 2020</data>", "Beslutet står i"},
		"da": {"Registeret er besluttet af", "Generalforsamlingen</data>", "12. marts 2020</data>", "Beslutningen står i"},
		"nb": {"Registeret er vedtatt av", "Årsmøtet</data>", "12. mars 2020</data>", "Vedtaket står i"},
		"en": {"The register was decided on by", "The annual meeting</data>", "2020</data>", "The decision stands in"},
	} {
		contains(t, out, lang+"/information/index.html", append(want, `data-policy="organisation.decided.reference">§ 14</data>`)...)
	}
	if strings.Contains(prose(t, "standard").files["nb/information/index.html"], "organisation.decided") {
		t.Error("a decision that the policy does not name")
	}
}

// P10: on the page of who holds what, a unit without as many as it should have is said
// to lack them, in words; one that has them is not.
func TestP10OfficesPage(t *testing.T) {
	p := packPolicy(t, "posk")
	office, _ := p.Office("local-officer")
	if office.Seats.Min != 1 {
		t.Fatalf("at least %d", office.Seats.Min)
	}
	spec, out := proseSpec(t, packFiles(t, "posk"))
	one := func(unit, name string, held int) string {
		b, err := json.Marshal(map[string]any{"id": unit, "name": name, "level": policyLevel(p, unit), "offices": []any{map[string]any{"id": office.ID, "name": office.Name, "held": held, "min": office.Seats.Min, "max": office.Seats.Max, "since": map[bool]string{true: "2026-02-20"}[held > 0]}}})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if err := Build(spec.with(map[string]string{"data/offices.json": `{"units": [` + one("alvesta", "Alvesta", 0) + "," + one("are", "Åre", 2) + `]}`})); err != nil {
		t.Fatal(err)
	}
	page := out.files["sv/offices/index.html"]
	part := func(id string) string {
		_, rest, ok := strings.Cut(page, `<h2 id="`+id+`">`)
		if !ok {
			t.Fatalf("no %s", id)
		}
		rest, _, _ = strings.Cut(rest, "</section>")
		return rest
	}
	if !strings.Contains(part("alvesta"), `<strong class="missing">Saknas</strong>`) || strings.Contains(part("are"), "missing") {
		t.Errorf("%s\n%s", part("alvesta"), part("are"))
	}
}

func policyLevel(p *policy.Policy, unit string) string {
	for _, u := range p.Units {
		if string(u.ID) == unit {
			return u.Level
		}
	}
	return ""
}

// Where a pack calls who judges what is sent in something else than the theme does, the
// theme's own texts say it as well: of public pages, and of members' own.
func TestTextsNameWhoMerges(t *testing.T) {
	out := prose(t, "posk")
	contains(t, out, "sv/guides/local-officer/index.html", "Du anmäler till POSKs kansli, som gör det.", "Be POSKs kansli om något:")
	for file, body := range out.files {
		if strings.HasSuffix(file, ".html") && (strings.Contains(body, "{who}") || strings.Contains(body, "{Who}")) {
			t.Errorf("%s: nobody is named", file)
		}
	}
	spec := Spec{Theme: Theme(), Files: map[string]Source{contactData: {Body: []byte(`{"merges": {"sv": "medlemsservice"}}`)}}}
	spec.Options.Languages = []string{"sv", "nb"}
	texts, err := translations(spec)
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"sv": "Medlemsservice ser på det innan det gäller.", "nb": "Sekretariatet ser på det før det gjelder."} {
		if !strings.Contains(string(texts["i18n/"+lang+".yaml"]), want) {
			t.Errorf("%s: no %q", lang, want)
		}
	}
}
