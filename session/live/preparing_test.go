// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"strings"
	"testing"
)

// TestStageIn finds what a thread waits for by functions of the module alone, and the innermost that counts.
func TestStageIn(t *testing.T) {
	for name, c := range map[string]struct{ stack, want string }{
		"the worker, in its wait for tasks": {`[<0>] grace_end+0x9a/0x110 [spotos]
[<0>] record_baseline+0x45/0x2c0 [spotos]
[<0>] worker_run+0x8e/0x3d0 [spotos]
[<0>] kthread+0xda/0x100
`, "each task has to sleep"},
		"the worker, at the baseline": {`[<0>] record_baseline+0x1d3/0x2c0 [spotos]
[<0>] worker_run+0x8e/0x3d0 [spotos]
`, "the stack of each task"},
		"the worker, at work": {`[<0>] worker_run+0x2a1/0x3d0 [spotos]
[<0>] kthread+0xda/0x100
`, ""},
		"who asks, in ftrace": {`[<0>] ftrace_modify_all_code+0xc9/0x160
[<0>] redirect_register+0x14f/0x2b0 [spotos]
[<0>] arm+0x21d/0x4a0 [spotos]
`, "ftrace puts a handler"},
		"another module's function of that name": {"[<0>] grace_end+0x9a/0x110 [other]\n", ""},
		"a function of the kernel's":             {"[<0>] grace_end+0x9a/0x110\n", ""},
	} {
		got := stageIn(parseFrames(c.stack))
		if !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
