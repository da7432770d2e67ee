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

// plant makes a goroutine of the child panic the next time it passes its point.
func (s *terminal) plant(name string) {
	s.TB.Helper()
	if err := os.WriteFile(filepath.Join(s.plants, name), nil, 0o600); err != nil {
		s.TB.Fatal(err)
	}
}

// panics sets off a panic in each goroutine of the console. The console must restore the terminal and exit after
// each.
var panics = map[string]func(*testing.T) *terminal{
	"signal waiter": func(t *testing.T) *terminal {
		s := armed(t, 80, 24)
		s.plant("signal waiter")
		if err := s.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		return s
	},
	"command": func(t *testing.T) *terminal { // while a request goes to the operation
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
		s.Keys(take)
		s.Wait("event 1 of")
		s.plant("player")
		s.Keys(".")
		return s
	},
	"job": func(t *testing.T) *terminal {
		s := armed(t, 80, 24, childFixes+"=here")
		s.plant("job")
		s.Keys("f")
		return s
	},
	// At its start, before anything is drawn.
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

// endsWithPanic checks that the console exits with code 1 and restores the terminal, and that the terminal then shows
// the panic and its stack.
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

// Goroutines that run while the console has the terminal must be started by the package safego. The tests above and
// in the lab make each of them panic.
func TestEveryGoroutineIsCaught(t *testing.T) {
	// These do not run in the console: a process that only thaws, and the check of `spotos doctor`.
	apart := map[string]bool{"../session/live/guardproc.go": true, "../session/live/prove_thread.go": true}
	found := 0
	dirs := []string{".", "../session", "../session/live", "../session/replay", "../kmod", "../probe", "../patchset"}
	for _, dir := range dirs {
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

// goroutines checks how a file starts goroutines and counts them.
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
			t.Errorf("%s: started by go: %s", set.Position(n.Pos()), leavesRaw)
		case *ast.CallExpr:
			call, ok := n.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			from, ours := call.X.(*ast.Ident)
			ours = ours && from.Name == "safego"
			if call.Sel.Name == "Go" && !ours {
				t.Errorf("%s: started by another package: %s", set.Position(n.Pos()), leavesRaw)
			}
			starts := ours && slices.Contains([]string{"Go", "Start", "Recover"}, call.Sel.Name)
			if starts || call.Sel.Name == "alongside" {
				found++
				checkNameIsTested(t, set.Position(n.Pos()).String(), n.Args)
			}
		}
		return true
	})
	return found
}

const leavesRaw = "a panic in it would leave the terminal raw; use the package safego"

// checkNameIsTested checks that a test makes the goroutine of the name in args panic.
func checkNameIsTested(t *testing.T, where string, args []ast.Expr) {
	t.Helper()
	for _, arg := range args {
		if lit, ok := arg.(*ast.BasicLit); ok {
			name := strings.Trim(lit.Value, `"`)
			if panics[name] == nil && labPanics[name] == nil {
				t.Errorf("%s: no test makes the %s panic", where, name)
			}
		}
	}
}
