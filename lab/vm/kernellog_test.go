// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"strings"
	"testing"
)

func TestAlarms(t *testing.T) {
	for line, want := range map[string]bool{
		"[    1.0] WARNING: CPU: 0 PID: 1 at kernel/trace/ftrace.c:2123 ftrace_bug+0x1": true,
		"[    1.0] ------------[ cut here ]------------":                                true,
		"[    1.0] BUG: sleeping function called from invalid context":                  true,
		"[    1.0] BUG: KASAN: slab-out-of-bounds in f+0x1":                             true,
		"[    1.0] UBSAN: array-index-out-of-bounds in a.c:1:2":                         true,
		"[    1.0] WARNING: suspicious RCU usage":                                       true,
		"[    1.0] WARNING: inconsistent lock state":                                    true,
		"[    1.0] [ BUG: Invalid wait context ]":                                       true,
		"[    1.0] BUG: MAX_LOCKDEP_KEYS too low!":                                      true,
		"[    1.0] kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug)":      true,
		"[    1.0] kmemleak: Kernel memory leak detector disabled":                      true,
		"[    1.0] ODEBUG: Out of memory. ODEBUG disabled":                              true,
		"[    1.0] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [sh:1]":            true,
		"[    1.0] rcu_tasks detected stalls on tasks:":                                 true,
		"[    1.0] kmemleak: Kernel memory leak detector initialized":                   false,
		"[    1.0] watchdog: Delayed init of the lockup detector failed: 0":             false,
		"[    1.0] Oops: 0000 [#1] PREEMPT SMP NOPTI":                                   true,
		"[    1.0] general protection fault, probably for address 0x1: 0000 [#1] SMP":   true,
		"[    1.0] WARNING: possible circular locking dependency detected":              true,
		"[    1.0] INFO: task sh:1 blocked for more than 120 seconds.":                  true,
		"[    1.0] rcu: INFO: rcu_preempt self-detected stall on CPU":                   true,
		"[    1.0] Kernel panic - not syncing: sysrq triggered crash":                   true,
		"[    1.0] Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on":    false,
		"[    1.0] x.test[93]: segfault at 0 ip 1 sp 2 error 4":                         false,
		"[    1.0] spotos: loading out-of-tree module taints kernel.":                   false,
		"[    1.0] rcu: Preemptible hierarchical RCU implementation.":                   false,
		"[    1.0] Freeing SMP alternatives memory: 36K":                                false,
	} {
		var log kernelLog
		for _, part := range []string{"[    0.1] quiet\r\n", line[:9], line[9:] + "\r", "\nlater\r\n"} {
			log.Write([]byte(part))
		}
		if got := log.firstAlarm(); want && got != line || !want && got != "" {
			t.Errorf("alarm %q in the line %q", got, line)
		}
	}
}

func TestLogIsBounded(t *testing.T) {
	var log kernelLog
	line := []byte(strings.Repeat("x", 1023) + "\n")
	for range maxLog/len(line) + 1 {
		log.Write(line)
	}
	log.Write([]byte("the end\n"))
	var out strings.Builder
	if err := log.dump(&out); err != nil {
		t.Fatal(err)
	}
	if out.Len() > maxLog+len(line) || !strings.HasSuffix(out.String(), "the end\n") ||
		!strings.HasPrefix(out.String(), "[the older half") {
		t.Errorf("%d bytes kept of a longer log, from %q", out.Len(), out.String()[:40])
	}
}
