package desk_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// There is no way to take a list out without its receipt: code from which the call
// that commits it is removed does not compile.
func TestDrawNeedsItsReceipt(t *testing.T) {
	const call = "receipt, err := d.commitReceipt(ctx, x)\n\tif err != nil {\n\t\treturn nil, err\n\t}\n"
	for _, name := range []string{"draw.go", "drawrequest.go"} {
		path, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(src), call); n != 1 {
			t.Fatalf("%s: the call is there %d times, want once", name, n)
		}
		build := func(text string) string {
			other := filepath.Join(t.TempDir(), name)
			overlay, _ := json.Marshal(map[string]map[string]string{"Replace": {path: other}})
			list := filepath.Join(t.TempDir(), "overlay.json")
			for file, b := range map[string][]byte{other: []byte(text), list: overlay} {
				if err := os.WriteFile(file, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			out, _ := exec.Command("go", "build", "-overlay", list, ".").CombinedOutput()
			return string(out)
		}
		if out := build(string(src)); out != "" {
			t.Fatalf("%s as it is does not build: %s", name, out)
		}
		if out := build(strings.Replace(string(src), call, "", 1)); !strings.Contains(out, "undefined: receipt") {
			t.Errorf("%s builds without its receipt: %s", name, out)
		}
	}
}

// writers are the functions that write members' data in a form that leaves the
// register. A template asks for data, the rest of an import goes back to where it
// came from, and a test sheet holds nobody.
var writers = map[string][]string{
	"sheet": {"WriteTable", "WriteCSV"},
	"label": {"Labels", "Letters", "PrintList"},
}

// Every file that leaves the register is written in a function that was given a
// *desk.List, or receivers, whom only such a function makes; and only a draw makes
// a list.
func TestListsLeaveByDrawOnly(t *testing.T) {
	root := filepath.Join("..", "..")
	found := 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		rel = filepath.ToSlash(rel)
		if e.IsDir() {
			switch {
			case strings.HasPrefix(e.Name(), ".") && rel != ".", e.Name() == "testdata":
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return nil // another person's file, half written; the build says so
		}
		found += judgeFile(t, rel, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 3 {
		t.Fatalf("only %d calls that write lists were found", found)
	}
}

// judgeFile counts the calls of writers in a file and reports those that stand
// elsewhere than they may.
func judgeFile(t *testing.T, name string, f *ast.File) (found int) {
	t.Helper()
	own := map[string]bool{} // writers' packages are called in themselves
	for pkg := range writers {
		own["internal/"+pkg] = true
	}
	dir := filepath.ToSlash(filepath.Dir(name))
	var stack []ast.Node
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		stack = append(stack, n)
		switch x := n.(type) {
		case *ast.CompositeLit:
			if isList(x.Type, dir) && name != "internal/desk/drawrows.go" {
				t.Errorf("%s makes a desk.List: only a draw does", name)
			}
			if isReceiver(x.Type, dir) && !inside(stack, func(e ast.Expr) bool { return isList(e, dir) }) {
				t.Errorf("%s makes a receiver that is on no list", name)
			}
		case *ast.SelectorExpr: // also where the function is passed on
			pkg, ok := x.X.(*ast.Ident)
			if !ok || own[dir] {
				return true
			}
			for _, w := range writers[pkg.Name] {
				if w != x.Sel.Name {
					continue
				}
				found++
				if !inside(stack, func(e ast.Expr) bool { return isList(e, dir) || isReceiver(e, dir) }) {
					t.Errorf("%s writes members by %s.%s outside a function that was given a list", name, pkg.Name, w)
				}
			}
		}
		return true
	})
	return found
}

// isList tells whether a type is desk.List, or List in desk itself.
func isList(e ast.Expr, dir string) bool {
	switch x := e.(type) {
	case *ast.SelectorExpr:
		pkg, ok := x.X.(*ast.Ident)
		return ok && pkg.Name == "desk" && x.Sel.Name == "List"
	case *ast.Ident:
		return dir == "internal/desk" && x.Name == "List"
	}
	return false
}

// isReceiver tells whether a type is the one of cli that somebody on a list becomes
// on the way to a label or a letter.
func isReceiver(e ast.Expr, dir string) bool {
	x, ok := e.(*ast.Ident)
	return ok && dir == "internal/cli" && x.Name == "receiver"
}

// inside tells whether one of the functions that a node stands in takes a pointer to,
// or a slice of, such a type.
func inside(stack []ast.Node, such func(ast.Expr) bool) bool {
	for _, n := range stack {
		var typ *ast.FuncType
		switch x := n.(type) {
		case *ast.FuncDecl:
			typ = x.Type
		case *ast.FuncLit:
			typ = x.Type
		default:
			continue
		}
		for _, p := range typ.Params.List {
			switch x := p.Type.(type) {
			case *ast.StarExpr:
				if such(x.X) {
					return true
				}
			case *ast.ArrayType:
				if such(x.Elt) {
					return true
				}
			}
		}
	}
	return false
}
