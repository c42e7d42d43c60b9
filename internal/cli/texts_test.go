package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/sheet"
)

// sentence is a text of the source: with a number in it, it has a form for one.
type sentence struct {
	one   string
	place string
}

// sentences finds every text that the source passes to tr and trn. Texts must be
// literals, or no catalogue could have them.
func sentences(t *testing.T) map[string]sentence {
	t.Helper()
	set := token.NewFileSet()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]sentence{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			place := set.Position(call.Pos()).String()
			switch sel.Sel.Name {
			case "tr":
				out[literal(t, place, call.Args[0])] = sentence{place: place}
			case "trn":
				out[literal(t, place, call.Args[2])] = sentence{literal(t, place, call.Args[1]), place}
			}
			return true
		})
	}
	return out
}

func literal(t *testing.T, place string, e ast.Expr) string {
	t.Helper()
	switch x := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(x.Value); err == nil && x.Kind == token.STRING {
			return s
		}
	case *ast.BinaryExpr:
		if x.Op == token.ADD {
			return literal(t, place, x.X) + literal(t, place, x.Y)
		}
	}
	t.Fatalf("%s: the text is not a literal", place)
	return ""
}

// entry is a translation: one text, or two where there is a number in it.
type entry struct{ one, other string }

func (e *entry) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		e.other = n.Value
		return nil
	}
	var forms struct{ One, Other string }
	if err := n.Decode(&forms); err != nil {
		return err
	}
	*e = entry{forms.One, forms.Other}
	return nil
}

func catalogue(t *testing.T, lang string) map[string]entry {
	t.Helper()
	b, err := catalogues.ReadFile("texts/" + lang + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]entry{}
	if err := yaml.Unmarshal(b, &out); err != nil { // duplicate keys are errors
		t.Fatalf("%s: %v", lang, err)
	}
	return out
}

var (
	inBraces = regexp.MustCompile(`\{\{\.[A-Za-z]+\}\}`)
	fixed    = regexp.MustCompile("--[a-z][a-z-]*|`[^`]+`") // flags, and what stands for their values
)

// commandsIn finds the commands that a text names, by their whole paths.
func commandsIn(root *cobra.Command, s string) []string {
	var out []string
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			if strings.Contains(s+" ", sub.CommandPath()+" ") {
				out = append(out, sub.CommandPath())
			}
			walk(sub)
		}
	}
	walk(root)
	return out
}

// TestCatalogues holds the catalogues to the source: no sentence too few, none
// too many, the same names in braces, the same flags and commands, and the two
// forms that a number needs.
func TestCatalogues(t *testing.T) {
	source := sentences(t)
	if len(source) < 100 {
		t.Fatalf("only %d sentences were found", len(source))
	}
	root := newApp(Env{Stdin: strings.NewReader(""), Getenv: func(string) string { return "" }}, nil).root()
	for _, lang := range catalogued[1:] {
		c := catalogue(t, lang)
		for _, s := range slices.Sorted(maps.Keys(source)) {
			e, ok := c[s]
			if !ok || e.other == "" {
				t.Errorf("%s: not translated (%s): %q", lang, source[s].place, s)
				continue
			}
			if (source[s].one != "") != (e.one != "") {
				t.Errorf("%s: the forms of a number do not fit: %q", lang, s)
			}
			for _, form := range []string{e.one, e.other} {
				if form == "" {
					continue
				}
				want, got := names(inBraces, s), names(inBraces, form)
				if form == e.one {
					want, got = names(inBraces, source[s].one+s), names(inBraces, form+e.other)
				}
				if !slices.Equal(want, got) {
					t.Errorf("%s: %q has %v, want %v", lang, form, got, want)
				}
			}
			if want, got := names(fixed, s), names(fixed, e.other); !slices.Equal(want, got) {
				t.Errorf("%s: %q has %q, want %q", lang, e.other, got, want)
			}
			plain := strings.NewReplacer(",", " ", ".", " ", ";", " ", ":", " ", ")", " ")
			if want, got := commandsIn(root, plain.Replace(s)), commandsIn(root, plain.Replace(e.other)); !slices.Equal(want, got) {
				t.Errorf("%s: %q has %q, want %q", lang, e.other, got, want)
			}
		}
		for s := range c {
			if _, ok := source[s]; !ok {
				t.Errorf("%s: nothing says this: %q", lang, s)
			}
		}
	}
}

func names(re *regexp.Regexp, s string) []string {
	found := re.FindAllString(s, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// kinds returns the values of the constants of a type in a file of another
// package.
func kinds(t *testing.T, file, typ string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if id, ok := spec.Type.(*ast.Ident); ok && id.Name == typ {
				out = append(out, literal(t, file, spec.Values[0]))
			}
		}
		return true
	})
	if len(out) < 5 {
		t.Fatalf("%s: only %d constants of type %s were found", file, len(out), typ)
	}
	return out
}

// TestKinds proves that what other packages only name is said in words, in the
// person's language.
func TestKinds(t *testing.T) {
	en, nb := &app{texts: newTexts("en")}, &app{texts: newTexts("nb")}
	check := func(kind string, say func(a *app) string) {
		if e := say(en); e == kind || !strings.Contains(e, " ") || e == say(nb) {
			t.Errorf("%s: %q in English, %q in Norwegian", kind, e, say(nb))
		}
	}
	for _, k := range kinds(t, "../desk/warning.go", "WarningKind") {
		w := desk.Warning{Kind: desk.WarningKind(k), Topic: "asker-x", N: 3}
		check(k, func(a *app) string { msg, _ := a.warning(w); return msg })
		check(k, func(a *app) string { _, hint := a.warning(w); return hint })
	}
	for _, k := range kinds(t, "../sheet/note.go", "NoteKind") {
		check(k, func(a *app) string { return a.noted(sheet.Note{Kind: sheet.NoteKind(k), Name: ";", N: 3}) })
	}
}

// TestSpeaks proves that each language is read, and that plural forms are chosen.
func TestSpeaks(t *testing.T) {
	for lang, want := range map[string][2]string{
		"en": {"1 member", "2 members"}, "sv": {"1 medlem", "2 medlemmar"}, "da": {"1 medlem", "2 medlemmer"}, "nb": {"1 medlem", "2 medlemmer"},
		"nn": {"1 medlem", "2 medlemmer"}, "se_NO.UTF-8": {"1 medlem", "2 medlemmer"}, "fi": {"1 medlem", "2 medlemmar"}, "xx": {"1 member", "2 members"},
	} {
		a := &app{texts: newTexts(lang)}
		for i, w := range want {
			if got := a.trn(i+1, "{{.N}} member", "{{.N}} members"); got != w {
				t.Errorf("%s: %q, want %q", lang, got, w)
			}
		}
	}
}

func TestLanguage(t *testing.T) {
	env := func(kv ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(kv); i += 2 {
				if kv[i] == name {
					return kv[i+1]
				}
			}
			return ""
		}
	}
	for _, tt := range []struct {
		name   string
		getenv func(string) string
		args   []string
		lang   string
		chosen bool
	}{
		{"nothing says", env(), nil, "en", false},
		{"a locale", env("LANG", "nb_NO.UTF-8"), nil, "nb_NO.UTF-8", true},
		{"LC_ALL counts most", env("LANG", "nb_NO", "LC_ALL", "sv_SE"), nil, "sv_SE", true},
		{"C is English", env("LC_ALL", "C.UTF-8"), nil, "en", true},
		{"a flag counts more", env("LC_ALL", "sv_SE"), []string{"list", "--lang", "da"}, "da", true},
		{"with an equals sign", env(), []string{"--lang=da", "list"}, "da", true},
		{"after -- it is no flag", env(), []string{"find", "--", "--lang=da"}, "en", false},
		{"without a value", env(), []string{"list", "--lang"}, "en", false},
	} {
		if lang, chosen := language(tt.getenv, tt.args); lang != tt.lang || chosen != tt.chosen {
			t.Errorf("%s: %q %v", tt.name, lang, chosen)
		}
	}
}
