// SPDX-License-Identifier: GPL-2.0-only

package crash_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"spotos/crash"
)

// A panic is told to whoever catches, with the stack it happened on, and the group's wait ends.
func TestPanicIsTold(t *testing.T) {
	var got *crash.Panic
	release := crash.Catch(func(p *crash.Panic) { got = p })
	defer release()
	var group sync.WaitGroup
	crash.Go(&group, "counter", divide)
	group.Wait()
	if got == nil || got.Goroutine != "counter" || !strings.Contains(string(got.Stack), "crash_test.divide") {
		t.Fatalf("told of %+v", got)
	}
	if text := got.Error(); !strings.Contains(text, "panic in the counter: runtime error: integer divide by zero") {
		t.Errorf("it reads %q", text)
	}
}

func divide() {
	zero := 0
	_ = 1 / zero
}

// Goroutines that run while the console has the terminal are started here, each under a name of its own.
func TestEveryGoroutineIsCaught(t *testing.T) {
	// These are not the console's: a process that only thaws, and the check of `spotos doctor`.
	apart := map[string]bool{"../session/freeze.go": true, "../session/held.go": true}
	names := map[string]string{}
	for _, dir := range []string{"../ui", "../session", "../kmod", "../probe", "../patchset"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no Go files: %v", dir, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || apart[file] {
				continue
			}
			inspect(t, file, names)
		}
	}
	if len(names) < 8 {
		t.Errorf("only these goroutines were found: %v", names)
	}
}

// inspect looks for goroutines of a file. Names are those found so far, and where.
func inspect(t *testing.T, file string, names map[string]string) {
	t.Helper()
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		where := func() string { return set.Position(n.Pos()).String() }
		switch n := n.(type) {
		case *ast.GoStmt:
			t.Errorf("%s: started by go: a panic in it would leave the terminal raw; use crash.Go", where())
		case *ast.CallExpr:
			call, ok := n.Fun.(*ast.SelectorExpr)
			if !ok || call.Sel.Name != "Go" {
				return true
			}
			if from, ok := call.X.(*ast.Ident); !ok || from.Name != "crash" {
				t.Errorf("%s: a panic in this goroutine would leave the terminal raw; use crash.Go", where())
			} else if name, ok := n.Args[1].(*ast.BasicLit); ok {
				names[name.Value] = where()
			}
		}
		return true
	})
}
