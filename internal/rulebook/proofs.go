package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// proof is a test: a Go function, or a script.
type proof struct {
	Name string // TestK20, seats.txt
	File string // from the top of the repository, with slashes
}

// proofs are the tests of a repository.
type proofs struct {
	rows    map[string][]proof // by the row that they name, sorted
	tests   map[string][]proof // Go tests by name
	scripts map[string]proof   // by file
	faults  []string           // tests that seem to name a row and do not
}

var (
	// testOfRow is a Go test that names a row, or means to. Only the letters of rows
	// count: TestX25519 is about something else.
	testOfRow = regexp.MustCompile(`^Test([PKDUNB][0-9]+)(.*)$`)
	// lineOfRow is a script's comment that names a row, or means to.
	lineOfRow = regexp.MustCompile(`(?m)^# *[Rr]ules? ([PKDUNB][0-9]+)(.*)$`)
	rowID     = regexp.MustCompile(`^[A-Z][0-9]{2}$`)
	wordsOf   = regexp.MustCompile(`^(?:[A-Z_][A-Za-z0-9_]*)?$`)
)

// find reads the tests below root: Go's, and the scripts in testdata folders.
func find(root string) (*proofs, error) {
	p := &proofs{rows: map[string][]proof{}, tests: map[string][]proof{}, scripts: map[string]proof{}}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		file, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		file = filepath.ToSlash(file)
		inTestdata := strings.Contains("/"+file, "/testdata/")
		switch {
		case d.IsDir():
			if file != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
				return filepath.SkipDir
			}
		case strings.HasSuffix(file, "_test.go") && !inTestdata:
			return p.goFile(path, file)
		case strings.HasSuffix(file, ".txt") && inTestdata:
			return p.script(path, file)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, list := range p.rows {
		slices.SortFunc(list, func(a, b proof) int {
			return strings.Compare(a.Name+" "+a.File, b.Name+" "+b.File)
		})
	}
	return p, nil
}

// goFile takes the tests of one Go file.
func (p *proofs) goFile(path, file string) error {
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || !isTest(fn) {
			continue
		}
		t := proof{Name: fn.Name.Name, File: file}
		p.tests[t.Name] = append(p.tests[t.Name], t)
		m := testOfRow.FindStringSubmatch(t.Name)
		switch {
		case m == nil:
		case !rowID.MatchString(m[1]) || !wordsOf.MatchString(m[2]):
			p.faults = append(p.faults, fmt.Sprintf("%s: %s seems to name a row: want Test, a letter, two digits, and words that begin with a capital", file, t.Name))
		default:
			p.rows[m[1]] = append(p.rows[m[1]], t)
		}
	}
	return nil
}

// isTest tells whether go test would run a function.
func isTest(fn *ast.FuncDecl) bool {
	if fn.Recv != nil || !strings.HasPrefix(fn.Name.Name, "Test") || len(fn.Type.Params.List) != 1 {
		return false
	}
	star, ok := fn.Type.Params.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	sel, ok := star.X.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "T"
}

// script takes one script: the comment lines before its first file.
func (p *proofs) script(path, file string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	s := proof{Name: file[strings.LastIndexByte(file, '/')+1:], File: file}
	p.scripts[file] = s
	if i := bytes.Index(append([]byte("\n"), text...), []byte("\n-- ")); i >= 0 {
		text = text[:i]
	}
	for _, m := range lineOfRow.FindAllSubmatch(text, -1) {
		id, rest := string(m[1]), string(m[2])
		if !rowID.MatchString(id) || !bytes.HasPrefix(m[0], []byte("# Rule ")) || rest != "" && !strings.ContainsRune(".:", rune(rest[0])) {
			p.faults = append(p.faults, fmt.Sprintf("%s: %q seems to name a row: want a line of its own for each, # Rule K20", file, m[0]))
		} else if !slices.Contains(p.rows[id], s) {
			p.rows[id] = append(p.rows[id], s)
		}
	}
	return nil
}

// named returns the Go test of a name, or the script of a path.
func (p *proofs) named(name string) (proof, error) {
	if s, ok := p.scripts[name]; ok {
		return s, nil
	}
	switch list := p.tests[name]; len(list) {
	case 0:
		return proof{}, fmt.Errorf("there is no test %q: want a Go test's name or a script's path", name)
	case 1:
		return list[0], nil
	default:
		return proof{}, fmt.Errorf("%d packages have a test %s", len(list), name)
	}
}

// ids returns the ids that tests name, sorted.
func (p *proofs) ids() []string { return slices.Sorted(maps.Keys(p.rows)) }
