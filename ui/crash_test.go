// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// plant has a goroutine of the child's panic the next time it comes by.
func (s *terminal) plant(name string) {
	s.TB.Helper()
	if err := os.WriteFile(filepath.Join(s.plants, name), nil, 0o600); err != nil {
		s.TB.Fatal(err)
	}
}

// panics are the goroutines of the console: a panic is planted in each, set off, and must end well.
var panics = map[string]func(*testing.T) *terminal{
	"signal waiter": func(t *testing.T) *terminal {
		s := armed(t, 80, 24)
		s.plant("signal waiter")
		if err := s.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		return s
	},
	"command": func(t *testing.T) *terminal { // as the operation is asked for something
		s := armed(t, 80, 24)
		s.plant("command")
		s.Keys("x")
		s.Wait("Abort pair")
		s.Keys("y")
		return s
	},
	"clock": func(t *testing.T) *terminal { // Bubble Tea's own goroutine, in our Update
		s := armed(t, 80, 24)
		s.plant("clock")
		s.Keys("x")
		return s
	},
	"closer": func(t *testing.T) *terminal {
		s := armed(t, 80, 24)
		s.plant("closer")
		s.Keys("q")
		s.Wait("Quit?")
		s.Keys("y")
		return s
	},
	"player": func(t *testing.T) *terminal {
		s := startTerminal(t, stuck, 80, 24, childReplay+"=1")
		s.Wait("> no-oob")
		s.Keys(enter)
		s.Wait("event 1 of")
		s.plant("player")
		s.Keys(".")
		return s
	},
	// As soon as it is started, before anything is drawn.
	"screen": func(t *testing.T) *terminal { return startTerminal(t, stuck, 80, 24, childPlanted+"=screen") },
}

func TestPanicRestoresTheTerminal(t *testing.T) {
	for name, set := range panics {
		t.Run(name, func(t *testing.T) {
			s := set(t)
			s.endsWithPanic(name)
			if calls, _ := os.ReadFile(s.calls); name != "player" && name != "screen" && name != "closer" &&
				!strings.HasSuffix(string(calls), "close\n") {
				t.Error("the operation was not closed")
			}
		})
	}
}

// endsWithPanic sees the console end with exit code 1, the terminal given back, and the panic and where it was on it.
func (s *terminal) endsWithPanic(name string) {
	s.TB.Helper()
	if code := s.End(); code != 1 {
		s.TB.Errorf("exit code %d", code)
	}
	s.Restored()
	s.WaitUntil("what happened", func() bool {
		left := s.Output()
		left = left[strings.LastIndex(left, leaveAltScreen)+1:]
		return strings.Contains(left, "planted in the "+name) && strings.Contains(left, "safego.go:")
	})
}

const leaveAltScreen = escape + "[?1049l"

// Goroutines that run while the console has the terminal are started by the package safego, and each is tried above
// or in the lab.
func TestEveryGoroutineIsCaught(t *testing.T) {
	// These are not the console's: a process that only thaws, and the check of `spotos doctor`.
	apart := map[string]bool{"../session/live/guardproc.go": true, "../session/live/prove_thread.go": true}
	found := 0
	for _, dir := range []string{".", "../session", "../session/live", "../session/replay", "../kmod", "../probe", "../patchset"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no Go files: %v", dir, err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") && !apart[file] {
				found += goroutines(t, file)
			}
		}
	}
	if found < 8 {
		t.Errorf("only %d goroutines were found", found)
	}
}

// goroutines looks at where a file starts goroutines, and counts them.
func goroutines(t *testing.T, file string) int {
	t.Helper()
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			t.Errorf("%s: started by go: a panic in it would leave the terminal raw; use the package safego", set.Position(n.Pos()))
		case *ast.CallExpr:
			call, ok := n.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			from, ours := call.X.(*ast.Ident)
			ours = ours && from.Name == "safego"
			if call.Sel.Name == "Go" && !ours {
				t.Errorf("%s: a panic in this goroutine would leave the terminal raw; use the package safego", set.Position(n.Pos()))
			}
			if ours && slices.Contains([]string{"Go", "Start", "Recover"}, call.Sel.Name) || call.Sel.Name == "alongside" {
				found++
				checkNameIsTested(t, set.Position(n.Pos()).String(), n.Args)
			}
		}
		return true
	})
	return found
}

func checkNameIsTested(t *testing.T, where string, args []ast.Expr) {
	t.Helper()
	for _, arg := range args {
		if lit, ok := arg.(*ast.BasicLit); ok {
			name := strings.Trim(lit.Value, `"`)
			if panics[name] == nil && labPanics[name] == nil {
				t.Errorf("%s: no test has the %s panic", where, name)
			}
		}
	}
}
