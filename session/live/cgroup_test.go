// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/probe"
)

// process is one of a made-up system.
type process struct {
	comm            string
	parent, session int
	group           string // "": in no cgroup v2
}

// made writes a system: init, a login shell, the console (pid 20) below it, and others.
func made(t *testing.T) system {
	t.Helper()
	root := t.TempDir()
	s := system{filepath.Join(root, "proc"), filepath.Join(root, "cgroup"), 20}
	write := func(text string, path ...string) {
		file := filepath.Join(path...)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	procs := map[string]string{}
	for pid, p := range map[int]process{
		1:  {"init", 0, 1, "/init.scope"},
		10: {"a) shell", 1, 10, "/user/login"},
		20: {"spotos", 10, 10, "/user/login/console"},
		30: {"less", 10, 10, "/user/pager"},
		40: {"nginx", 1, 40, "/system/nginx"},
		41: {"worker", 40, 40, "/system/nginx/pool"},
		42: {"kworker", 2, 0, "/"},
		50: {"old", 1, 50, ""},
		60: {"kept", 1, 60, "/system/kept"},
		70: {"alone", 1, 70, "/"},
		80: {"below", 1, 80, "/user"},
		90: {"lost", 1, 90, "/system/lost"},
	} {
		dir := filepath.Join(s.proc, fmt.Sprint(pid))
		write(p.comm+"\n", dir, "comm")
		write(fmt.Sprintf("%d (%s) S %d %d %d 0 -1\n", pid, p.comm, p.parent, pid, p.session), dir, "stat")
		text := "1:name=systemd:/\n"
		if p.group != "" {
			text += "0::" + p.group + "\n"
			procs[p.group] += fmt.Sprintln(pid)
		}
		write(text, dir, "cgroup")
	}
	for group, pids := range procs {
		write(pids, s.cgroups, group, "cgroup.procs")
		if group != "/" && group != "/system/lost" {
			write("0\n", s.cgroups, group, "cgroup.freeze")
		}
	}
	write("1\n", s.cgroups, "/system/kept", "cgroup.freeze")
	return s
}

func TestSpared(t *testing.T) {
	got, err := made(t).spared()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"/init.scope": "init", "/user/login": "a process of this session",
		"/user/login/console": "a process of this session", "/user/pager": "a process of this session"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Who cannot say what to spare freezes nothing.
	for _, broken := range []string{"10/cgroup", "20/stat", "1/cgroup"} {
		s := made(t)
		if err := os.Remove(filepath.Join(s.proc, broken)); err != nil {
			t.Fatal(err)
		}
		if spared, err := s.spared(); err == nil {
			t.Errorf("without %s it spares %v", broken, spared)
		}
	}
}

// TestPlanFreeze checks which cgroups are frozen, and the reason given for every holder left out.
func TestPlanFreeze(t *testing.T) {
	n := &nudger{sys: made(t), groups: map[string][]int{}}
	holders := []probe.Holder{{PID: 40, TGID: 40, Comm: "nginx"}, {PID: 41, TGID: 41, Comm: "worker"},
		{PID: 42, TGID: 2, Comm: "kworker", Kthread: true}, {PID: 1, TGID: 1, Comm: "init"},
		{PID: 30, TGID: 30, Comm: "less"}, {PID: 50, TGID: 50, Comm: "old"}, {PID: 60, TGID: 60, Comm: "kept"},
		{PID: 70, TGID: 70, Comm: "alone"}, {PID: 80, TGID: 80, Comm: "below"}, {PID: 90, TGID: 90, Comm: "lost"},
		{PID: 99, TGID: 99, Comm: "gone"}}
	if err := n.planFreeze(holders); err != nil {
		t.Fatal(err)
	}
	want := map[string][]int{"/system/nginx": {40}, "/system/nginx/pool": {41}}
	if diff := cmp.Diff(want, n.groups); diff != "" {
		t.Errorf("frozen (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{40, 41}, n.pids); diff != "" {
		t.Errorf("reached (-want +got):\n%s", diff)
	}
	s := n.sys
	left := []string{"kworker (pid 42): a kernel thread cannot be frozen",
		"init (pid 1): its cgroup /init.scope holds init too, which must not be frozen",
		"less (pid 30): its cgroup /user/pager holds a process of this session too, which must not be frozen",
		"old (pid 50): it is in no cgroup v2 (mount cgroup2 on " + s.cgroups + ")",
		"kept (pid 60): its cgroup /system/kept is frozen already, by somebody else",
		"alone (pid 70): it is in the root cgroup, which cannot be frozen: move it into one of its own",
		"below (pid 80): its cgroup /user holds a process of this session too, which must not be frozen",
		"lost (pid 90): its cgroup cannot be frozen: open " + freezeFile(s.dir("/system/lost")) +
			": no such file or directory",
		"gone (pid 99): open " + filepath.Join(s.proc, "99", "cgroup") + ": no such file or directory"}
	if diff := cmp.Diff(left, n.leftOut); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
}

// A frozen cgroup takes with it whoever is in it, and in those below.
func TestOthersIn(t *testing.T) {
	s := made(t)
	if diff := cmp.Diff([]string{"worker (pid 41)"}, s.othersIn("/system/nginx", map[int]bool{40: true})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if others := s.othersIn("/nowhere", nil); others != nil {
		t.Errorf("in a group that is gone: %q", others)
	}
}

// TestPlanSignal checks which holders are woken, and which never are.
func TestPlanSignal(t *testing.T) {
	n := &nudger{sys: system{self: 20}}
	n.planSignal([]probe.Holder{{PID: 41, TGID: 40, Comm: "worker"}, {PID: 3, Comm: "kworker", Kthread: true},
		{PID: 5, TGID: 1, Comm: "init"}, {PID: 21, TGID: 20, Comm: "spotos"}})
	if diff := cmp.Diff([]int{41}, n.pids); diff != "" {
		t.Errorf("woken (-want +got):\n%s", diff)
	}
	left := []string{"kworker (pid 3): a kernel thread cannot be nudged", "init (pid 5): init is never nudged",
		"spotos (pid 21): this console does not nudge itself"}
	if diff := cmp.Diff(left, n.leftOut); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
}
