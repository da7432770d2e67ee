// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"spotos/internal/labtest"
	"spotos/session"
)

// TestLabFreezePlan has two tasks inside, one in a cgroup that holds a bystander below it: the plan names that
// one, and leaves the other out.
func TestLabFreezePlan(t *testing.T) {
	labtest.WithSpotos(t)
	op := openPair(t, 0)
	group := "/sys/fs/cgroup/plan"
	if err := os.MkdirAll(group+"/below", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"echo hold >/proc/pair_target",
		"echo $$ >" + group + "/cgroup.procs; echo hold >/proc/pair_target",
		"echo $$ >" + group + "/below/cgroup.procs; exec sleep 1000"} {
		task := exec.Command("sh", "-c", command)
		task.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := task.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			task.Process.Kill()
			task.Wait()
		}()
	}
	await(t, op, func(s session.Sampled) bool { return s.Total == 2 })
	plan, err := op.Plan(session.NudgeFreeze, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Groups) != 1 || plan.Groups[0].Path != "/plan" || len(plan.Groups[0].Holders) != 1 {
		t.Fatalf("%+v: want one holder in /plan", plan)
	}
	g := plan.Groups[0]
	if g.Threads != 2 || g.Processes != 2 || len(g.Programs) != 2 || g.Programs[0].Comm != "sh" ||
		g.Programs[0].Holders != 1 || g.Programs[1].Comm != "sleep" || g.Programs[1].Holders != 0 {
		t.Errorf("%+v: want the holder, and the one that sleeps below", g)
	}
	if !slices.ContainsFunc(plan.LeftOut, func(s string) bool { return strings.HasPrefix(s, "sh (pid ") }) {
		t.Errorf("left out %q: want the one in the root cgroup", plan.LeftOut)
	}
	one, err := op.Plan(session.NudgeFreeze, plan.Groups[0].Holders[0])
	if err != nil || len(one.Groups) != 1 || len(one.LeftOut) != 0 {
		t.Errorf("for one of them %+v, %v", one, err)
	}
	if text, err := os.ReadFile(filepath.Join(group, "cgroup.freeze")); err != nil || string(text) != "0\n" {
		t.Errorf("planning froze it: %q, %v", text, err)
	}
}
