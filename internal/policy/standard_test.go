package policy

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// standard returns the standard policy files.
func standard(t testing.TB) map[string][]byte {
	t.Helper()
	return read(t, filepath.Join("..", "..", "policies"))
}

func read(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range AllFiles() {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if slices.Contains(OptionalFiles(), name) && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
	}
	return files
}

func load(t testing.TB) *Policy {
	t.Helper()
	p, problems := Load(standard(t))
	for _, x := range problems {
		t.Errorf("%s\n\thint: %s", x, x.Hint)
	}
	if p == nil {
		t.FailNow()
	}
	return p
}

func TestStandardOrganisation(t *testing.T) {
	p := load(t)
	if p.Name != "Folkerørsla Prøve" || p.Country != "NO" || p.Root().ID != "national" {
		t.Errorf("%s, %s, root %s", p.Name, p.Country, p.Root().ID)
	}
	var under []string
	for _, u := range p.Children("akershus") {
		under = append(under, string(u.ID))
	}
	if s := strings.Join(under, " "); s != "asker baerum lillestrom" {
		t.Errorf("under akershus: %s", s)
	}
	if c := p.Children("asker"); c != nil {
		t.Errorf("under asker: %v", c)
	}
	if c := p.Children(""); c != nil {
		t.Errorf("under nothing: %v", c)
	}
	if u, ok := p.Unit("karasjok"); !ok || u.Name != "Kárášjohka" || u.Under != "finnmark" || u.Level != "branch" {
		t.Errorf("karasjok: %+v", u)
	}
	if _, ok := p.Unit("oslo"); ok {
		t.Error("a unit that there is not")
	}
	for _, c := range []struct {
		id, other register.UnitID
		want      bool
	}{
		{"asker", "asker", true}, {"asker", "akershus", true}, {"asker", "national", true}, {"national", "national", true},
		{"akershus", "asker", false}, {"asker", "finnmark", false}, {"asker", "baerum", false}, {"national", "asker", false},
		{"oslo", "national", false}, {"oslo", "oslo", false}, {"asker", "oslo", false}, {"asker", "", false}, {"", "", false},
	} {
		if got := p.Below(c.id, c.other); got != c.want {
			t.Errorf("%q below %q: %v", c.id, c.other, got)
		}
	}
}

func TestStandardOffices(t *testing.T) {
	p := load(t)
	for _, c := range []struct {
		id, level, scope, may string
		seats                 Seats
	}{
		{"secretariat", "national", ScopeAll, "read add edit move close reopen request merge grant policy erase draw send dues activity", Seats{Min: 1, Max: 6}},
		{"region-officer", "region", ScopeSubtree, "read add edit move request draw send activity", Seats{Min: 1, Max: 2}},
		{"chair", "branch", ScopeOwn, "read add edit request draw send activity", Seats{Min: 1, Max: 1}},
		{"member-officer", "branch", ScopeOwn, "read add edit request draw send activity", Seats{Min: 1, Max: 2}},
		{"treasurer", "branch", ScopeOwn, "read request", Seats{Min: 0, Max: 1}},
	} {
		o, ok := p.Office(c.id)
		if !ok {
			t.Errorf("%s: missing", c.id)
			continue
		}
		var may []string
		for _, a := range Acts {
			if o.Can(a) {
				may = append(may, string(a))
			}
		}
		if o.Level != c.level || o.Scope != c.scope || strings.Join(may, " ") != c.may || !reflect.DeepEqual(o.Seats, c.seats) {
			t.Errorf("%s: %+v", c.id, o)
		}
	}
	if o, ok := p.MergingOffice(); !ok || o.ID != "secretariat" {
		t.Errorf("merging: %+v", o)
	}
	if _, ok := p.Office("webmaster"); ok {
		t.Error("an office that there is not")
	}
	if p.Limits.Files != 100_000 {
		t.Errorf("limit %d", p.Limits.Files)
	}
}

func TestOnlyTheSecretariatCloses(t *testing.T) {
	for _, o := range load(t).Offices {
		for _, a := range []Act{ActClose, ActReopen, ActMerge, ActGrant, ActPolicy, ActErase} {
			if o.Can(a) != (o.ID == "secretariat") {
				t.Errorf("%s may %s: %v", o.ID, a, o.Can(a))
			}
		}
	}
}

func TestFieldRights(t *testing.T) {
	p := load(t)
	for _, c := range []struct {
		office, field string
		want          Right
	}{
		{"secretariat", "born", Edit}, {"secretariat", "note", Edit}, {"secretariat", record.Closed, Edit}, {"secretariat", record.Reason, Edit},
		{"chair", "given", Edit}, {"chair", "born", Edit}, {"chair", "note", Edit}, {"chair", record.Closed, Read},
		{"member-officer", "note", Edit}, {"region-officer", "born", Edit},
		{"treasurer", "given", Read}, {"treasurer", "email", Read}, {"treasurer", "born", Hidden}, {"treasurer", "note", Hidden},
		{"treasurer", record.Reason, Read},
		{"chair", "shoe-size", Hidden}, {"stranger", "given", Hidden}, {"", "", Hidden},
	} {
		if got := p.FieldRight(c.office, c.field); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.office, c.field, got, c.want)
		}
	}
}

func TestFieldRightsByEditAndByAct(t *testing.T) {
	files := sample(t)
	change(t, files, "fields.yaml", "    legal-basis: consent\n    see: [secretariat, region-officer, chair, member-officer]\n",
		"    legal-basis: consent\n    edit: [secretariat]\n")
	change(t, files, "access.yaml", "    scope: own\n    may: [read, request]\n", "    scope: none\n    may: [request]\n")
	p, problems := Load(files)
	if problems != nil {
		// The treasurer no longer reads and is not named in see; nothing is wrong.
		t.Fatal(problems)
	}
	for office, want := range map[string]Right{"secretariat": Edit, "chair": Read, "treasurer": Hidden} {
		if got := p.FieldRight(office, "note"); got != want {
			t.Errorf("%s: %s, want %s", office, got, want)
		}
	}
	if got := p.FieldRight("treasurer", record.Closed); got != Hidden {
		t.Errorf("an office that does not read sees when a membership was closed")
	}
}

func TestStandardFields(t *testing.T) {
	p := load(t)
	var keys, required []string
	for _, f := range p.Fields {
		keys = append(keys, f.Key)
		if f.Required {
			required = append(required, f.Key)
		}
	}
	if s := strings.Join(keys, " "); s != "given family born email phone street postcode city country language class offices joined note" {
		t.Errorf("fields: %s", s)
	}
	if s := strings.Join(required, " "); s != "given family" {
		t.Errorf("required: %s", s)
	}
	s := p.Schema()
	if len(s.Fields) != len(p.Fields) || s.Country != "NO" {
		t.Errorf("schema of %d fields in %s", len(s.Fields), s.Country)
	}
	f, ok := p.Field("offices")
	if !ok || f.Type != record.TypeChoices || len(f.Choices) != len(f.Options) {
		t.Fatalf("offices: %+v", f)
	}
	if c, ok := f.Choice("treasurer"); !ok || p.Label(c.Name, "sv") != "Kassör" {
		t.Errorf("treasurer: %+v", c)
	}
	if _, ok := f.Choice("emperor"); ok {
		t.Error("a choice that there is not")
	}
	if _, ok := p.Field("shoe-size"); ok {
		t.Error("a field that there is not")
	}
	for _, f := range p.Fields {
		purpose, ok1 := FindTerm(p.Purposes, f.Purpose)
		basis, ok2 := FindTerm(p.LegalBases, f.LegalBasis)
		category, ok3 := FindTerm(p.categoryTerms(), f.Category)
		if !ok1 || !ok2 || !ok3 {
			t.Errorf("%s: purpose %v, legal basis %v, category %v", f.Key, purpose, basis, category)
		}
	}
}

// TestHeadingsOfRealLists holds the headings of lists as they arrive.
func TestHeadingsOfRealLists(t *testing.T) {
	p := load(t)
	for heading, want := range map[string]string{
		// a Norwegian county
		"Fornavn": "given", "Etternavn": "family", "Fødselsdato": "born", "Adresse": "street", "Postnr": "postcode", "Poststed": "city",
		"Mobil": "phone", "E-post": "email", "Innmeldt": "joined", "Verv": "offices",
		// a Swedish local group
		"E-postadress": "email", "Mobiltelefon": "phone", "Gatuadress": "street", "Postnummer": "postcode", "Ort": "city",
		"Medlem sedan": "joined", "Kategori": "class",
		// a Danish association
		"Efternavn": "family", "Postnr.": "postcode", "By": "city", "Telefon": "phone", "E-mail": "email", "Indmeldt": "joined",
		// a migration
		"given name": "given", "family name": "family", "born": "born", "street": "street", "postal code": "postcode", "city": "city",
		"phone": "phone", "e-mail": "email", "joined": "joined",
		// as people vary them
		"FORNAVN": "given", "E-Mail:": "email", "epost": "email", "Tlf.": "phone", "Post-nr": "postcode", "Foedselsdato": "born",
		"zip code": "postcode", "Förnamn": "given", "Land": "country", "Språk": "language", "Sprog": "language", "Medlemstype": "class",
		"Merknad": "note", "Hverv": "offices", "language": "language", "offices": "offices",
	} {
		if got, ok := p.Heading(heading); !ok || got != want {
			t.Errorf("%q: %q, want %q", heading, got, want)
		}
	}
	for _, h := range []string{"Namn", "Navn", "Name", "NAVN", "Fullt navn", "Etternavn, fornavn"} {
		if _, ok := p.Heading(h); ok || !p.IsWholeName(h) {
			t.Errorf("%q is not the whole name", h)
		}
	}
	for _, h := range []string{"", "Skostørrelse", "Fornavn og", "."} {
		if got, ok := p.Heading(h); ok || p.IsWholeName(h) {
			t.Errorf("%q: %q", h, got)
		}
	}
}

// TestChoicesOfRealLists holds the words of lists as they arrive.
func TestChoicesOfRealLists(t *testing.T) {
	s := load(t).Schema()
	for _, c := range []struct{ field, raw, want string }{
		{"offices", "leder", "leader"}, {"offices", "kasserer", "treasurer"}, {"offices", "styremedlem", "board-member"},
		{"offices", "Ordförande", "leader"}, {"offices", "kassör; sekreterare", "secretary, treasurer"}, {"offices", "næstformand / kasserer", "deputy, treasurer"},
		{"offices", "Chair, auditor", "leader, auditor"}, {"offices", "board member", "board-member"}, {"offices", "varamedlem", "substitute"},
		{"class", "medlem", "member"}, {"class", "kandidat", "candidate"}, {"class", "förtroendevald", "elected"}, {"class", "Æresmedlem", "honorary"},
		{"language", "norsk", "nb"}, {"language", "Nynorsk", "nn"}, {"language", "sv", "sv"}, {"language", "Samisk", "se"},
	} {
		v, _, err := s.Normalise(c.field, c.raw)
		if err != nil || v.String() != c.want {
			t.Errorf("%s %q: %q, %v; want %q", c.field, c.raw, v, err, c.want)
		}
	}
	_, _, err := s.Normalise("offices", "keiser")
	var f *record.Fault
	if !errors.As(err, &f) || f.Rule != record.RuleChoice || !strings.Contains(f.Hint, "leader, deputy") {
		t.Errorf("keiser: %v", err)
	}
}

func TestStandardRetention(t *testing.T) {
	p := load(t)
	if p.KeepVersions != 30 || p.Rotate != 31 || p.LongestKeep() != 12 {
		t.Errorf("keep-versions %d, rotate %d, longest %d", p.KeepVersions, p.Rotate, p.LongestKeep())
	}
	if r, ok := p.Reason("left"); !ok || r.Keep != 3 || p.Label(r.Name, "nb") != "Har meldt seg ut" {
		t.Errorf("left: %+v", r)
	}
	if r, ok := p.Reason("bored"); ok {
		t.Errorf("bored: %+v", r)
	}
}

func TestDefaults(t *testing.T) {
	files := sample(t)
	change(t, files, "access.yaml", "limits:\n  files: 100000\n", "")
	change(t, files, "retention.yaml", "keep-versions: 30\n", "")
	change(t, files, "retention.yaml", "rotate: 31\n", "")
	p, problems := Load(files)
	if problems != nil {
		t.Fatal(problems)
	}
	if p.Limits.Files != DefaultFiles || p.KeepVersions != DefaultKeepVersions || p.Rotate != DefaultRotate {
		t.Errorf("%+v, %d, %d", p.Limits, p.KeepVersions, p.Rotate)
	}
}

// TestStandardFilesAreForReading: a person of seventy reads them.
func TestStandardFilesAreForReading(t *testing.T) {
	for name, b := range standard(t) {
		lines := strings.Split(string(b), "\n")
		want := "# yaml-language-server: $schema=" + schemaBase + strings.TrimSuffix(name, ".yaml") + ".json"
		if lines[0] != want {
			t.Errorf("%s:1: %q, want %q", name, lines[0], want)
		}
		comments := 0
		for i, l := range lines {
			if strings.HasPrefix(strings.TrimSpace(l), "#") {
				comments++
				if n := len([]rune(l)); i > 0 && n > 84 {
					t.Errorf("%s:%d: a comment of %d characters", name, i+1, n)
				}
			}
			for _, jargon := range []string{"YAML", "JSON", "git ", "commit ", "regex", "boolean", "hash"} {
				if i > 0 && strings.Contains(l, jargon) {
					t.Errorf("%s:%d: says %s", name, i+1, jargon)
				}
			}
		}
		if comments < 10 {
			t.Errorf("%s: %d lines of explanation", name, comments)
		}
	}
}
