package sheet

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A detail is said in four languages, with what stands in it in its place.
func TestDetailIn(t *testing.T) {
	for detail, want := range map[string][3]string{
		"over 100000 cells": {"över 100000 celler", "over 100000 celler", "over 100000 celler"},
		"row 7, column C: a quotation mark opens and never closes": {"rad 7, kolumn C: ett citattecken öppnas och stängs aldrig", "række 7, kolonne C: et anførselstegn åbnes og lukkes aldrig", "rad 7, kolonne C: et anførselstegn åpnes og lukkes aldri"},
		`its part "xl/a#b%.xml" is over 50 MB`:                     {`dess del "xl/a#b%.xml" är över 50 MB`, `dens del "xl/a#b%.xml" er over 50 MB`, `delen "xl/a#b%.xml" er over 50 MB`},
		"nobody has written this":                                  {"nobody has written this", "nobody has written this", "nobody has written this"},
	} {
		e := &Error{Detail: detail}
		if got := [3]string{e.DetailIn("sv"), e.DetailIn("da"), e.DetailIn("nb")}; got != want || e.DetailIn("en") != detail || e.DetailIn("nn") != want[2] {
			t.Errorf("%q: %q", detail, got)
		}
	}
	for english, said := range detailTexts {
		marks := func(s string) (out string) {
			for _, r := range s {
				if r == '#' || r == '%' {
					out += string(r)
				}
			}
			return out
		}
		for _, s := range said {
			if marks(s) != marks(english) || s == "" {
				t.Errorf("%q is said as %q", english, s)
			}
		}
	}
}

// Every detail that the source makes is among those that are translated: the first
// piece of text in each begins one of them, or stands in one.
func TestDetailsTranslated(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	var found []string
	text := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				s, _ := strconv.Unquote(l.Value)
				found = append(found, s)
			}
			return true
		})
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				name, _ := n.Fun.(*ast.Ident)
				sel, _ := n.Fun.(*ast.SelectorExpr)
				of := name != nil && (name.Name == "damaged" || name.Name == "tooLarge" || name.Name == "notTable") || sel != nil && sel.Sel.Name == "damaged"
				if of && len(n.Args) > 0 {
					text(n.Args[0])
				}
			case *ast.KeyValueExpr:
				if k, ok := n.Key.(*ast.Ident); ok && k.Name == "Detail" {
					text(n.Value)
				}
			}
			return true
		})
	}
	if len(found) < 40 {
		t.Fatalf("only %d details were found", len(found))
	}
	normal := strings.NewReplacer("%d", "#", "%q", "%", "%s", "%", "%v", "")
	for _, s := range found {
		s = strings.TrimSpace(normal.Replace(s))
		ok := false
		for english := range detailTexts {
			ok = ok || strings.Contains(english, s)
		}
		if !ok {
			t.Errorf("not translated: %q", s)
		}
	}
}
