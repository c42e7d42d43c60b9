package policy

import (
	"reflect"
	"strings"
	"testing"
)

func TestCompose(t *testing.T) {
	files := sample(t)
	units := []byte("units:\n  - {id: riks, level: national, name: 'Riks: \"vi\"'}\n  - {id: skane, level: region, name: Skåne, under: riks}\n")
	text, problems := Compose(files["organisation.yaml"], "Folkrörelsen: \"Prov\" # 1", units)
	if problems != nil {
		t.Fatal(problems)
	}
	files["organisation.yaml"] = text
	p, problems := Load(files)
	if problems != nil {
		t.Fatalf("%v\n%s", problems, text)
	}
	if p.Name != "Folkrörelsen: \"Prov\" # 1" || len(p.Units) != 2 || p.Units[0].Name != `Riks: "vi"` || p.Units[1].Under != "riks" {
		t.Errorf("%s, %+v", p.Name, p.Units)
	}
	for _, keep := range []string{"# THE ORGANISATION", "# The units: every part", "levels:\n"} {
		if !strings.Contains(string(text), keep) {
			t.Errorf("%q is lost", keep)
		}
	}
	same, problems := Compose(sample(t)["organisation.yaml"], "", nil)
	if problems != nil || string(same) != string(sample(t)["organisation.yaml"]) {
		t.Error("nothing to put in, and the text changed")
	}
}

// TestComposeLeavesOut: a new register does not inherit what only the template's
// has, its keyrings' folder above all.
func TestComposeLeavesOut(t *testing.T) {
	files := sample(t)
	template := string(files["organisation.yaml"]) + "\n# What lies beside.\n# It is left alone.\nbeside: [docs,\n  cmd]\n\n# Where keyrings are.\nkeyrings:\n  folder: elsewhere\n"
	for _, units := range [][]byte{nil, []byte("units:\n  - {id: riks, level: national, name: Riks}\n")} {
		text, problems := Compose([]byte(template), "", units)
		if problems != nil {
			t.Fatal(problems)
		}
		files["organisation.yaml"] = text
		p, problems := Load(files)
		if problems != nil {
			t.Fatalf("%v\n%s", problems, text)
		}
		if p.Beside != nil || p.Keyrings.Folder != "" {
			t.Errorf("beside %v, keyrings in %q", p.Beside, p.Keyrings.Folder)
		}
		for _, gone := range []string{"What lies", "left alone", "Where keyrings", "folder: else"} {
			if strings.Contains(string(text), gone) {
				t.Errorf("%q is still there:\n%s", gone, text)
			}
		}
		if !strings.Contains(string(text), "# The units: every part") {
			t.Error("another comment is lost")
		}
	}
}

func TestComposeFromTheStandardFile(t *testing.T) {
	files := standard(t)
	text, problems := Compose(files["organisation.yaml"], "Prøve", []byte("units:\n  - {id: n, level: national, name: \"no\"}\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	files["organisation.yaml"] = text
	p, problems := Load(files)
	if problems != nil {
		t.Fatalf("%v\n%s", problems, text)
	}
	if p.Name != "Prøve" || p.Root().ID != "n" || p.Root().Name != "no" || p.Beside != nil || p.Keyrings.Folder != "" {
		t.Errorf("%+v", p.Organisation)
	}
}

func TestComposeRefuses(t *testing.T) {
	org := sample(t)["organisation.yaml"]
	for _, name := range []string{"a\nb", "\xff", "a\x00"} {
		if _, problems := Compose(org, name, nil); len(problems) != 1 || problems[0].Path != "/name" {
			t.Errorf("the name %q: %v", name, problems)
		}
	}
	for name, c := range map[string]struct{ template, units, file, msg string }{
		"no units":         {string(org), "x: 1\n", "units.yaml", "missing units"},
		"no name":          {string(org), "units:\n  - {id: a, level: national}\n", "units.yaml", "missing name"},
		"more than units":  {string(org), "name: x\nunits:\n  - {id: a, level: national, name: A}\n", "units.yaml", `unknown key "name"`},
		"on one line":      {`{name: x, country: "NO", languages: [en], contact: x, levels: [{id: a, name: {en: A}}], units: [{id: a, level: a, name: A}]}`, "", "organisation.yaml", "between braces"},
		"not YAML":         {string(org), "units: [\n", "units.yaml", "not well-formed"},
		"template without": {"name: x\n", "units:\n  - {id: a, level: national, name: A}\n", "organisation.yaml", "missing"},
	} {
		text, problems := Compose([]byte(c.template), "", []byte(c.units))
		if text != nil || len(problems) == 0 || problems[0].File != c.file || !strings.Contains(problems[0].Msg, c.msg) {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

// FuzzCompose: whatever the units are, the result reads as YAML with those units.
func FuzzCompose(f *testing.F) {
	org := sample(f)["organisation.yaml"]
	for _, s := range []string{"units:\n  - {id: a, level: b, name: C}\n", "units: [{id: '', level: x, name: \"\\n\\\\\"\", under: -}]", "units:\n- id: no\n  level: y\n  name: '# x'\n"} {
		f.Add(s, "Navn")
	}
	f.Fuzz(func(t *testing.T, units, name string) {
		text, problems := Compose(org, name, []byte(units))
		if problems != nil {
			return
		}
		d := parseDocument("organisation.yaml", text)
		if d.problems != nil {
			t.Fatalf("%v\n%s", d.problems, text)
		}
	})
}

// What a unit says besides its name comes along, and what is not decided yet in
// the template is no reason not to write the units.
func TestComposeKeepsUnits(t *testing.T) {
	files := full(t)
	_, after, _ := strings.Cut(string(files["organisation.yaml"]), "units:\n")
	units, _, _ := strings.Cut(after, "controller:")
	change(t, files, "organisation.yaml", "sensitivity: politics", "sensitivity: not_stated")
	text, problems := Compose(files["organisation.yaml"], "", []byte("units:\n"+units))
	if problems != nil {
		t.Fatal(problems)
	}
	files["organisation.yaml"] = text
	p, problems := LoadPack(files)
	if p == nil {
		t.Fatal(problems)
	}
	want := loadFull(t)
	if !reflect.DeepEqual(p.Units, want.Units) {
		t.Errorf("%+v", p.Units)
	}
}
