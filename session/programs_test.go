// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"slices"
	"testing"
)

func TestProgramCallsInWords(t *testing.T) {
	for _, c := range []struct {
		calls      ProgramCalls
		name, what string
	}{
		{ProgramCalls{Kind: CallerProgram, Comm: "sh", Exe: "/bin/sh"}, "sh", "/bin/sh"},
		{ProgramCalls{Kind: CallerProgram, Comm: "sh", Exe: "/bin/sh", Ended: true}, "sh", "/bin/sh, ended"},
		{ProgramCalls{Kind: CallerProgram, Comm: "sh", Ended: true}, "sh", "ended"},
		{ProgramCalls{Kind: CallerProgram, Comm: "spotos", Exe: "/bin/spotos", Own: true}, "spotos",
			"/bin/spotos (SPOTOS itself)"},
		{ProgramCalls{Kind: CallerProgram, Comm: "sh"}, "sh", "executable not known"},
		{ProgramCalls{Kind: CallerKthread, Comm: "kworker/0:1"}, "[kworker/0:1]", "kernel thread"},
		{ProgramCalls{Kind: CallerInterrupt}, "interrupt", "whatever program ran"},
		{ProgramCalls{Kind: CallerOthers}, "others", "programs beyond those that the table has room for"},
	} {
		if name, what := c.calls.Name(), c.calls.What(); name != c.name || what != c.what {
			t.Errorf("%+v: %q, %q; want %q, %q", c.calls, name, what, c.name, c.what)
		}
	}
}

// TestOwn names what SPOTOS itself has called, each function once, and nothing that others have.
func TestOwn(t *testing.T) {
	calls := func(names ...string) (list []FunctionCalls) {
		for _, name := range names {
			list = append(list, FunctionCalls{Name: name, Calls: 1})
		}
		return append(list, FunctionCalls{Name: "inside", InFlight: 1}) // since before the watch
	}
	p := &Programs{List: []ProgramCalls{{Functions: calls("a", "b")}, {Own: true, Functions: calls("b", "c")},
		{Own: true, Functions: calls("c", "d")}}}
	if got := p.Own(); !slices.Equal(got, []string{"b", "c", "d"}) {
		t.Errorf("%q", got)
	}
	if got := (*Programs)(nil).Own(); got != nil {
		t.Errorf("uncounted: %q", got)
	}
}
