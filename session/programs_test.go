// SPDX-License-Identifier: GPL-2.0-only

package session

import "testing"

func TestProgramCallsInWords(t *testing.T) {
	for _, c := range []struct {
		calls      ProgramCalls
		name, what string
	}{
		{ProgramCalls{Kind: CallerProgram, Comm: "sh", Exe: "/bin/sh"}, "sh", "/bin/sh"},
		{ProgramCalls{Kind: CallerProgram, Comm: "sh", Exe: "/bin/sh", Ended: true}, "sh", "/bin/sh, ended"},
		{ProgramCalls{Kind: CallerProgram, Comm: "sh", Ended: true}, "sh", "ended"},
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
