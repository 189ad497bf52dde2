package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoGlobalsChange holds that no function assigns to a variable of its
// package: what changes belongs to a value which somebody made and was given,
// or two programs in one process, such as two tests, disturb one another.
func TestNoGlobalsChange(t *testing.T) {
	t.Parallel()
	packages := map[string][]*ast.File{}
	for _, path := range sources(t) {
		dir := filepath.ToSlash(filepath.Dir(path))
		if beneath(dir, "../app/realparts") {
			continue // programs built once for all tests of a process
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		packages[dir] = append(packages[dir], file)
	}
	for dir, files := range packages {
		for _, name := range assignedGlobals(files) {
			t.Errorf("%s: a function assigns to the package's variable %s", dir, name)
		}
	}
}

func TestAssignedGlobals(t *testing.T) {
	t.Parallel()
	const source = `package p
var a, b, c, d, e int
var m map[string]int
var s struct{ field []int }
func f(c int) { a = 1; b++; c = 2; d := 3; d++; m["x"] = e; s.field[0] += 1 }`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(assignedGlobals([]*ast.File{file}), " "); got != "a b m s" {
		t.Errorf("found %q", got)
	}
}

// assignedGlobals gives the package's variables that a function assigns to, but
// for functions in which that name means something of their own.
func assignedGlobals(files []*ast.File) (names []string) {
	globals := map[string]bool{}
	for _, file := range files {
		for _, d := range file.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
				for _, spec := range g.Specs {
					for _, id := range spec.(*ast.ValueSpec).Names {
						globals[id.Name] = true
					}
				}
			}
		}
	}
	for _, file := range files {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				own, assigned := namesIn(f)
				for _, name := range assigned {
					if globals[name] && !own[name] {
						names = append(names, name)
					}
				}
			}
		}
	}
	return names
}

// namesIn gives the names that a function declares and those to which it
// assigns.
func namesIn(f *ast.FuncDecl) (own map[string]bool, assigned []string) {
	own = map[string]bool{}
	declare := func(ids ...*ast.Ident) {
		for _, id := range ids {
			own[id.Name] = true
		}
	}
	change := func(exprs ...ast.Expr) {
		for _, e := range exprs {
			if name := root(e); name != nil && name.Name != "_" {
				assigned = append(assigned, name.Name)
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			declare(n.Names...)
		case *ast.ValueSpec:
			declare(n.Names...)
		case *ast.IncDecStmt:
			change(n.X)
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{n.Key, n.Value} {
				if id, ok := e.(*ast.Ident); ok && n.Tok == token.DEFINE {
					declare(id)
				}
			}
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				change(n.Lhs...)
				break
			}
			for _, e := range n.Lhs {
				if id, ok := e.(*ast.Ident); ok {
					declare(id)
				}
			}
		}
		return true
	})
	return own, assigned
}

// root is the variable of which e is a part.
func root(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}
