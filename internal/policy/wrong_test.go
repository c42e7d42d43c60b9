package policy

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

type wrongCase struct{ file, old, new, at, path, msg, hint string }

// wrong holds one change of the sample policy each, and a problem that it makes.
// at is the text that stands where the problem is, in the changed file; with it,
// the problem is the only one.
var wrong = map[string]wrongCase{
	// form
	"unknown key":          {"organisation.yaml", "contact: medlem", "contatc: x\ncontact: medlem", "contatc", "/contatc", `unknown key "contatc"`, `did you mean "contact"?`},
	"unknown key far off":  {"organisation.yaml", "contact: medlem", "webmaster: x\ncontact: medlem", "webmaster", "/webmaster", `unknown key "webmaster"`, ""},
	"unknown key in a row": {"organisation.yaml", "level: region, name: Akershus", "levle: x, level: region, name: Akershus", "levle", "/units/1/levle", `unknown key "levle"`, `did you mean "level"?`},
	"missing key":          {"organisation.yaml", "contact: medlem@prove.example\n", "", "name: Folke", "", "missing contact", "add the line"},
	"missing key in a row": {"organisation.yaml", "level: region, name: Akershus", "name: Akershus", "{id: akershus", "/units/1", "missing level", "add the line"},
	"duplicate key":        {"organisation.yaml", "contact: medlem", "name: Other\ncontact: medlem", "name: Other", "/name", "already used on line", "keep one"},
	"empty value":          {"organisation.yaml", "contact: medlem@prove.example\n", "contact:\n", "", "/contact", "empty", "leave the line out"},
	"empty text":           {"organisation.yaml", "contact: medlem@prove.example\n", "contact: \"\"\n", `""`, "/contact", "empty", "leave the line out"},
	"number for text":      {"organisation.yaml", "contact: medlem@prove.example\n", "contact: 22334455\n", "22334455", "/contact", "a number where text belongs", "put it in quotes"},
	"leading zero":         {"organisation.yaml", "contact: medlem@prove.example\n", "contact: 0150\n", "0150", "/contact", "read as a number", "quotes"},
	"hexadecimal":          {"access.yaml", "  files: 100000", "  files: 0xff", "0xff", "/limits/files", "read as a number", "plain digits"},
	"underscore":           {"access.yaml", "  files: 100000", "  files: 100_000", "100_000", "/limits/files", "read as a number", "plain digits"},
	"text for number":      {"access.yaml", "  files: 100000", "  files: many", "many", "/limits/files", "a text where a whole number belongs", ""},
	"text for list":        {"organisation.yaml", "languages: [nb, sv, da, en]", "languages: nb", "nb", "/languages", "a text where a list belongs", ""},
	"list for text":        {"organisation.yaml", "contact: medlem@prove.example", "contact: [medlem]", "[medlem]", "/contact", "a list where a text belongs", ""},
	"empty list":           {"organisation.yaml", "languages: [nb, sv, da, en]", "languages: []", "[]", "/languages", "an empty list", "at least 1"},
	"not decided":          {"retention.yaml", "keep: 6", "keep: not_stated", "not_stated", "/reasons/2/keep", "not decided yet", "must decide"},
	"too small":            {"retention.yaml", "keep: 6", "keep: -6", "-6", "/reasons/2/keep", "at least 0", ""},
	"too large":            {"retention.yaml", "keep: 6", "keep: 601", "601", "/reasons/2/keep", "at most 600", ""},
	"too long":             {"organisation.yaml", "contact: medlem@prove.example", "contact: " + strings.Repeat("x", 301), "xxx", "/contact", "301 characters, at most 300", "shorten"},
	"unknown word":         {"access.yaml", "scope: subtree\n", "scope: subtre\n", "subtre\n", "/offices/1/scope", `unknown word "subtre"`, `did you mean "subtree"?`},
	"unknown act":          {"access.yaml", "[read, add, edit, move, request]", "[read, add, eidt, move, request]", "eidt", "/offices/1/may/2", `unknown word "eidt"`, `did you mean "edit"?`},
	"malformed key":        {"access.yaml", "id: treasurer", "id: Treasurer!", "Treasurer!", "/offices/4/id", `malformed "Treasurer!"`, "a letter first"},
	"unknown language":     {"organisation.yaml", "languages: [nb, sv, da, en]", "languages: [nb, sv, dk, en]", "dk", "/languages/2", `unknown word "dk"`, `did you mean "da"?`},
	"name in no":           {"organisation.yaml", "nb: Fylkeslag,", "no: Fylke, nb: Fylkeslag,", "no: Fylke,", "/levels/1/name/no", `unknown language "no"`, "nb for bokmål"},
	"alias":                {"organisation.yaml", "contact: medlem@prove.example", "contact: &c x\n", "&c", "/contact", "anchors (&name)", "leave it out"},
	"merge key":            {"organisation.yaml", "- {id: alta, level", "- {<<: {name: x}, id: alta, level", "<<", "/units/6", "merge keys (<<)", "write the lines out"},
	"tag":                  {"organisation.yaml", "contact: medlem@prove.example", "contact: !x y", "!x", "/contact", "tags (!name)", "leave it out"},
	"key with a tag":       {"organisation.yaml", "contact: medlem", "!x y: z\ncontact: medlem", "!x", "", "not a key", "one word and a colon"},
	"escaped direction":    {"organisation.yaml", "contact: medlem@prove.example", `contact: "a\u202eb"`, `"a\u202e`, "/contact", "control character", "without it"},
	"nested too deeply":    {"organisation.yaml", "contact: medlem@prove.example", "contact: " + strings.Repeat("[", 30) + strings.Repeat("]", 30), "", "", "nested too deeply", ""},

	// organisation.yaml
	"unknown country":     {"organisation.yaml", `country: "NO"`, `country: "XX"`, `"XX"`, "/country", `unknown country "XX"`, "ISO 3166"},
	"country in words":    {"organisation.yaml", `country: "NO"`, `country: Norge`, `Norge`, "/country", `malformed "Norge"`, "two capital letters"},
	"language twice":      {"organisation.yaml", "languages: [nb, sv, da, en]", "languages: [nb, sv, nb, en]", "nb, en]", "/languages/2", `language "nb" stands twice`, "keep one"},
	"no name in":          {"organisation.yaml", ", en: Branch}", "}", "name: {sv: Lokal", "/levels/2/name", "no name in en", "add en:"},
	"own folder beside":   {"organisation.yaml", "contact: medlem", "beside: [docs, DATA]\ncontact: medlem", "DATA", "/beside/1", `"DATA" is the register's own`, "leave it out"},
	"path beside":         {"organisation.yaml", "contact: medlem", "beside: [docs/x]\ncontact: medlem", "docs/x", "/beside/0", "malformed", "without slashes"},
	"level twice":         {"organisation.yaml", "  - id: branch\n", "  - id: region\n", "id: region\n    under: region", "/levels/2", `the level "region" stands on line`, "another id"},
	"unknown level above": {"organisation.yaml", "    under: region\n", "    under: regoin\n", "regoin", "/levels/2/under", `unknown level "regoin"`, `did you mean "region"?`},
	"two top levels":      {"organisation.yaml", "    under: region\n", "", "id: branch", "/levels/2", `a second level at the top, besides "national"`, "under which level"},
	"level under itself":  {"organisation.yaml", "    under: region\n", "    under: branch\n", "branch\n    name: {sv: Lokal", "/levels/2/under", `"branch" is under itself`, "without under"},
	"unit twice":          {"organisation.yaml", "{id: alta,", "{id: asker,", "{id: asker, level: branch, name: Alta", "/units/6", `the unit "asker" stands on line`, "another id"},
	"malformed unit":      {"organisation.yaml", "{id: alta,", "{id: Älta,", "Älta", "/units/6/id", `malformed unit "Älta"`, "folder name"},
	"reserved unit":       {"organisation.yaml", "{id: alta,", "{id: con,", "con, level", "/units/6/id", "Windows", "folder name"},
	"unknown level":       {"organisation.yaml", "level: branch, name: Alta", "level: brnach, name: Alta", "brnach", "/units/6/level", `unknown level "brnach"`, `did you mean "branch"?`},
	"unknown parent":      {"organisation.yaml", "name: Alta, under: finnmark", "name: Alta, under: finmark", "finmark}", "/units/6/under", `unknown unit "finmark"`, `did you mean "finnmark"?`},
	"second root":         {"organisation.yaml", "name: Finnmark, under: national", "name: Finnmark", "{id: finnmark", "/units/5", `a second unit at the top, besides "national"`, "under which unit"},
	"no root":             {"organisation.yaml", "name: Folkerørsla Prøve}", "name: X, under: alta}", "", "/units", "no unit at the top", "has no under"},
	"branch under branch": {"organisation.yaml", "name: Alta, under: finnmark", "name: Alta, under: asker", "asker}\n  - {id: kara", "/units/6/under", "a branch cannot be under a branch", "a level above"},
	"region under branch": {"organisation.yaml", "name: Finnmark, under: national", "name: Finnmark, under: asker", "asker}\n  - {id: alta", "/units/5/under", "a region cannot be under a branch", "a level above"},
	"root of a low level": {"organisation.yaml", "level: national, name: Folke", "level: branch, name: Folke", "", "/units/0/level", `of the level "branch", not of the top level`, "give it the top level"},

	// access.yaml
	"office twice":         {"access.yaml", "id: treasurer", "id: chair", "id: chair\n    name: {sv: Kass", "/offices/4", `the office "chair" stands on line`, "another id"},
	"office of no level":   {"access.yaml", "level: region\n", "level: county\n", "county", "/offices/1/level", `unknown level "county"`, "national, region, branch"},
	"scope all too low":    {"access.yaml", "    scope: subtree\n", "    scope: all\n", "all\n    may: [read, add, edit, move, request]", "/offices/1/scope", "every unit below the top level", `"national"`},
	"seats":                {"access.yaml", "{min: 1, max: 6}", "{min: 7, max: 6}", "7, max", "/offices/0/seats/min", "more seats at least than at most", "smaller"},
	"no seats":             {"access.yaml", "{min: 1, max: 6}", "{min: 0, max: 0}", "0}", "/offices/0/seats/max", "at least 1", ""},
	"act twice":            {"access.yaml", "[read, add, edit, move, request]", "[read, add, edit, add, request]", "add, request]", "/offices/1/may/3", `"add" stands twice`, "keep one"},
	"edit without read":    {"access.yaml", "[read, add, edit, move, request]", "[add, edit, move, request]", "", "/offices/1/may/0", "may add, edit, move without read", "add read"},
	"grant by a branch":    {"access.yaml", "    may: [read, request]\n", "    may: [read, request, grant]\n", "grant]", "/offices/4/may/2", "may grant without the scope all", "only the secretariat"},
	"acts without scope":   {"access.yaml", "    scope: own\n    may: [read, request]\n", "    scope: none\n    may: [read, request]\n", "read, request]", "/offices/4/may/0", "without any scope that may read", "give it a scope"},
	"nobody merges":        {"access.yaml", "request, merge, grant", "request, grant", "- id: secretariat", "/offices", "no office that may merge", "scope all"},
	"office without names": {"access.yaml", ", da: Formand for lokalforeningen", "", "name: {sv: Ordförande i", "/offices/2/name", "no name in da", "add da:"},

	// fields.yaml
	"field twice":        {"fields.yaml", "key: joined", "key: family", "key: family\n    name: {sv: Medlem sedan", "/fields/12", `the field "family" stands on line`, "another id"},
	"reserved field":     {"fields.yaml", "key: joined", "key: closed", "closed", "/fields/12/key", `"closed" is the register's own`, "another"},
	"yaml word":          {"fields.yaml", "key: joined", "key: \"yes\"", `"yes"`, "/fields/12/key", `malformed key "yes"`, "another"},
	"unknown type":       {"fields.yaml", "type: email", "type: e-mail", "e-mail", "/fields/3/type", `unknown word "e-mail"`, `did you mean "email"?`},
	"choices missing":    {"fields.yaml", "type: email", "type: choice", "choice\n    category: address", "/fields/3/type", "choice without choices", "add choices"},
	"choices too much":   {"fields.yaml", "type: email", "type: email\n    choices: [{id: x, name: {sv: x, da: x, nb: x, en: x}}]", "choices: [{", "/fields/3/choices", "choices in a field of type email", "choice or choices"},
	"choice twice":       {"fields.yaml", "{id: youth, name", "{id: member, name", "{id: member, name: {sv: Ung", "/fields/10/choices/2", `the choice "member" stands on line`, "another id"},
	"word twice":         {"fields.yaml", "also: [Ungdom, Junior", "also: [LAHTTU, Junior", "{id: youth", "/fields/10/choices/2", `"LAHTTU" stands for "member" already`, "leave it out"},
	"word without":       {"fields.yaml", "also: [Ungdom, Junior", "also: [\"-\", Junior", "{id: youth", "/fields/10/choices/2", `"-" has no letter`, "leave it out"},
	"max of a date":      {"fields.yaml", "type: email", "type: email\n    max: 20", "max: 20", "/fields/3/max", "max in a field of type email", "leave it out"},
	"unknown purpose":    {"fields.yaml", "    purpose: democracy\n    legal-basis: interest", "    purpose: demokracy\n    legal-basis: interest", "demokracy", "/fields/2/purpose", `unknown purpose "demokracy"`, `did you mean "democracy"?`},
	"unknown basis":      {"fields.yaml", "    legal-basis: interest", "    legal-basis: habit", "habit", "/fields/2/legal-basis", `unknown legal basis "habit"`, "agreement, interest, consent"},
	"no basis":           {"fields.yaml", "    legal-basis: interest\n", "", "key: born", "/fields/2", "missing legal-basis", "add the line"},
	"unknown category":   {"fields.yaml", "    category: identity\n    purpose: democracy", "    category: idenity\n    purpose: democracy", "idenity", "/fields/2/category", `unknown category "idenity"`, `"identity"`},
	"term twice":         {"fields.yaml", "  - id: service\n", "  - id: contact\n    name: {sv: x, da: x, nb: x, en: x}\n  - id: service\n", "id: contact\n    name: {sv: x", "/purposes/3", `the purpose "contact" stands on line`, "another id"},
	"unknown seer":       {"fields.yaml", "legal-basis: consent\n    see: [secretariat, region-officer, chair, member-officer]", "legal-basis: consent\n    see: [secretariat, chairs]", "chairs", "/fields/13/see/1", `unknown office "chairs"`, `did you mean "chair"?`},
	"unknown editor":     {"fields.yaml", "legal-basis: consent\n", "legal-basis: consent\n    edit: [chairs]\n", "chairs", "/fields/13/edit/0", `unknown office "chairs"`, `did you mean "chair"?`},
	"blind editor":       {"fields.yaml", "legal-basis: consent\n    see: [secretariat, region-officer,", "legal-basis: consent\n    edit: [chair, region-officer]\n    see: [secretariat,", "region-officer]", "/fields/13/edit/1", "edit what it does not see", "add it to see"},
	"editor who may not": {"fields.yaml", "legal-basis: consent\n", "legal-basis: consent\n    edit: [treasurer]\n", "treasurer]", "/fields/13/edit/0", "may neither add nor edit", "let it edit"},
	"required unseen":    {"fields.yaml", "    required: true\n    category: identity\n    purpose: membership\n    legal-basis: agreement\n\n  - key: family", "    required: true\n    category: identity\n    purpose: membership\n    legal-basis: agreement\n    edit: [secretariat, region-officer, chair]\n\n  - key: family", "true\n", "/fields/0/required", `"member-officer" may add members and may not fill this field in`, "let it"},
	"heading twice":      {"fields.yaml", "headings: [Målform,", "headings: [Målform, fornavn,", "fornavn,", "/fields/9/headings/1", `"fornavn" stands for the field "given" already`, "leave it out"},
	"whole name twice":   {"fields.yaml", "whole-name: [Namn,", "whole-name: [Namn, Efternavn,", "Efternavn,", "/whole-name/1", `"Efternavn" stands for the field "family" already`, "leave it out"},
	"heading without":    {"fields.yaml", "headings: [Målform,", "headings: [Målform, \"-\",", `"-"`, "/fields/9/headings/1", `"-" has no letter`, "leave it out"},

	// retention.yaml
	"reason twice": {"retention.yaml", "id: died", "id: left", "id: left\n    keep: 1", "/reasons/1", `the reason "left" stands on line`, "another id"},
}

func TestWrongPolicies(t *testing.T) { testWrong(t, wrong, sample) }

// TestWrongFullPolicies does the same with a policy that uses every key.
func TestWrongFullPolicies(t *testing.T) { testWrong(t, wrongFull, full) }

func testWrong(t *testing.T, wrong map[string]wrongCase, base func(testing.TB) map[string][]byte) {
	for name, c := range wrong {
		files := base(t)
		change(t, files, c.file, c.old, c.new)
		p, problems := Load(files)
		if p != nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		text := string(files[c.file])
		found := false
		for _, x := range problems {
			found = found || x.File == c.file && strings.Contains(x.Msg, c.msg) && strings.Contains(x.Hint, c.hint) &&
				(c.path == "" || x.Path == c.path) && (c.at == "" || strings.HasPrefix(from(text, x.Line, x.Col), c.at))
		}
		if !found {
			t.Errorf("%s: want %q at %q (%s), hint %q; got", name, c.msg, c.at, c.path, c.hint)
		}
		if !found || c.at != "" && len(problems) != 1 {
			for _, x := range problems {
				t.Errorf("\t%s: %s\n\t\thint: %s", name, x, x.Hint)
			}
		}
	}
}

// from returns the text from a line and a column on.
func from(text string, line, col int) string {
	for ; line > 1; line-- {
		_, text, _ = strings.Cut(text, "\n")
	}
	r := []rune(text)
	return string(r[min(max(col-1, 0), len(r)):])
}

// FuzzLoad: no file makes Load panic, and every problem has a place in it.
func FuzzLoad(f *testing.F) {
	base := full(f)
	n := 0
	for i, name := range AllFiles() {
		f.Add(i, base[name])
		n++
	}
	for _, c := range wrong {
		files := sample(f)
		change(f, files, c.file, c.old, c.new)
		f.Add(slices.Index(AllFiles(), c.file), files[c.file])
		n++
	}
	for _, c := range wrongFull {
		files := full(f)
		change(f, files, c.file, c.old, c.new)
		f.Add(slices.Index(AllFiles(), c.file), files[c.file])
		n++
	}
	if n < 150 {
		f.Fatalf("%d seeds, want at least 150", n)
	}
	f.Fuzz(func(t *testing.T, which int, text []byte) {
		name := AllFiles()[((which%len(base))+len(base))%len(base)]
		lines := strings.Count(string(text), "\n") + 1
		// Alone first, which is fast: the other files are then missing.
		_, problems := LoadPack(map[string][]byte{name: text})
		sound := true
		for _, x := range problems {
			if x.File != name || x.Msg == "missing" {
				continue
			}
			sound = false
			if x.Msg == "" || x.Line < 0 || x.Line > lines+1 || x.Line == 0 && x.Path != "" {
				t.Fatalf("%+v in %d lines", x, lines)
			}
		}
		if !sound {
			return
		}
		files := maps.Clone(base)
		files[name] = text
		if p, problems := LoadPack(files); (p == nil) != (problems != nil) {
			t.Fatalf("policy of a pack %v, problems %v", p != nil, problems)
		}
		decisions := map[string]string{}
		for _, o := range Undecided(files) {
			decisions[o.Key()] = "[x, \"y]\"]"
		}
		decided, problems := Decide(files, decisions)
		if problems != nil || len(Undecided(decided)) != 0 {
			t.Fatalf("%v, open still %v", problems, Undecided(decided))
		}
		Diff(base, files)
		p, problems := Load(files)
		if (p == nil) != (problems != nil) {
			t.Fatalf("policy %v, problems %v", p != nil, problems)
		}
		if p == nil {
			return
		}
		for _, u := range p.Units {
			if !p.Below(u.ID, p.Root().ID) {
				t.Fatalf("%s is not below the root", u.ID)
			}
		}
		for _, fld := range p.Fields {
			p.FieldRight(p.Offices[0].ID, fld.Key)
			p.FieldRightIn(p.Offices[0].ID, fld.Key, p.Root().ID)
			p.Label(fld.Name, "nb")
		}
	})
}
