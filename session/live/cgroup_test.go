// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/probe"
	"spotos/session"
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
	procs, threads := map[string]string{}, map[string]string{}
	extra := map[int]int{40: 11} // threads besides the first: 4001 and so on
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
		92: {"outside", 1, 92, "/../elsewhere"},
		95: {"namesake", 1, 95, "/system/namesake"},
	} {
		dir := filepath.Join(s.proc, fmt.Sprint(pid))
		write(p.comm+"\n", dir, "comm")
		write(fmt.Sprintf("Name:\t%s\nTgid:\t%d\nThreads:\t%d\n", p.comm, pid, 1+extra[pid]), dir, "status")
		write(fmt.Sprintf("%d (%s) S %d %d %d 0 -1\n", pid, p.comm, p.parent, pid, p.session), dir, "stat")
		text := "1:name=systemd:/\n"
		if p.group != "" {
			text += "0::" + p.group + "\n"
			procs[p.group] += fmt.Sprintln(pid)
			if threads[p.group] += fmt.Sprintln(pid); pid == 95 {
				threads[p.group] = "7\n" // what is mounted there is another cgroup of that name
			}
			for i := range extra[pid] {
				threads[p.group] += fmt.Sprintln(pid*100 + i + 1)
				write(text, s.proc, fmt.Sprint(pid*100+i+1), "cgroup")
			}
		}
		write(text, dir, "cgroup")
	}
	for group, pids := range procs {
		write(pids, s.cgroups, group, "cgroup.procs")
		write(threads[group], s.cgroups, group, "cgroup.threads")
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
	n := &nudger{sys: made(t)}
	holders := []probe.Holder{{PID: 40, TGID: 40, Comm: "nginx"}, {PID: 4003, TGID: 40, Comm: "nginx"},
		{PID: 41, TGID: 41, Comm: "worker"},
		{PID: 42, TGID: 2, Comm: "kworker", Kthread: true}, {PID: 1, TGID: 1, Comm: "init"},
		{PID: 30, TGID: 30, Comm: "less"}, {PID: 50, TGID: 50, Comm: "old"}, {PID: 60, TGID: 60, Comm: "kept"},
		{PID: 70, TGID: 70, Comm: "alone"}, {PID: 80, TGID: 80, Comm: "below"}, {PID: 90, TGID: 90, Comm: "lost"},
		{PID: 92, TGID: 92, Comm: "outside"}, {PID: 95, TGID: 95, Comm: "namesake"}, {PID: 99, TGID: 99, Comm: "gone"}}
	if err := n.planFreeze(holders); err != nil {
		t.Fatal(err)
	}
	pool := session.Program{PID: 41, Comm: "worker", Threads: 1, Holders: 1}
	want := []session.FreezeGroup{
		{Path: "/system/nginx", Holders: []int{40, 4003}, Threads: 13, Processes: 2,
			Programs: []session.Program{{PID: 40, Comm: "nginx", Threads: 12, Holders: 2}, pool}},
		{Path: "/system/nginx/pool", Holders: []int{41}, Threads: 1, Processes: 1, Programs: []session.Program{pool}}}
	if diff := cmp.Diff(want, n.groups); diff != "" {
		t.Errorf("frozen (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{40, 4003, 41}, n.pids); diff != "" {
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
		"outside (pid 92): its cgroup /../elsewhere is outside this cgroup namespace: run it on the machine itself",
		"namesake (pid 95): it is not in " + s.dir("/system/namesake") +
			", as its cgroup is named: mount the whole of cgroup2 there",
		"gone (pid 99): open " + filepath.Join(s.proc, "99", "cgroup") + ": no such file or directory"}
	if diff := cmp.Diff(left, n.leftOut); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
}

// A frozen cgroup takes with it whoever is in it, and in those below. Those with holders are named first.
func TestDescribeGroup(t *testing.T) {
	s := made(t)
	got := s.describe("/system/nginx", s.members("/system/nginx"), []int{41}, map[int]int{41: 1})
	want := session.FreezeGroup{Path: "/system/nginx", Holders: []int{41}, Threads: 13, Processes: 2,
		Programs: []session.Program{{PID: 41, Comm: "worker", Threads: 1, Holders: 1},
			{PID: 40, Comm: "nginx", Threads: 12}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if in := s.members("/nowhere"); len(in.threads)+len(in.pids) > 0 {
		t.Errorf("in a group that is gone: %v", in)
	}
}

// TestPlanSignal checks which holders are woken, which only after a while, and which never are. This process (20) is
// woken like others, but nobody asks what it would notice.
func TestPlanSignal(t *testing.T) {
	holders := []probe.Holder{{PID: 41, TGID: 40, Comm: "worker"}, {PID: 3, Comm: "kworker", Kthread: true},
		{PID: 1, TGID: 1, Comm: "init"}, {PID: 21, TGID: 20, Comm: "spotos"}, {PID: 50, TGID: 50, Comm: "poller"},
		{PID: 60, TGID: 60, Comm: "iou-wrk-60", IOWorker: true}}
	left := []string{"iou-wrk-60 (pid 60): a worker of io_uring has no outside to wait in"}
	const last = "it would notice, and is woken last: epoll_wait returns EINTR"
	for _, c := range []struct {
		sparing       bool
		pids          []int
		notices, left []string
	}{
		{false, []int{41, 3, 1, 21, 50},
			[]string{"init (pid 1): epoll_wait returns EINTR", "poller (pid 50): epoll_wait returns EINTR"}, left},
		{true, []int{41, 3, 21}, nil, append([]string{"init (pid 1): " + last, "poller (pid 50): " + last}, left...)},
	} {
		n := &nudger{o: &operation{}, sys: system{self: 20}, sparing: c.sparing}
		n.notice = func(h probe.Holder, _ programs) string {
			if h.PID == 1 || h.PID == 50 || h.PID == 21 || h.Kthread { // nobody asks of the last two
				return "epoll_wait returns EINTR"
			}
			return ""
		}
		n.planSignal(holders)
		if diff := cmp.Diff([][]string{c.notices, c.left}, [][]string{n.notices, n.leftOut}); diff != "" {
			t.Errorf("notices, left out (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(c.pids, n.pids); diff != "" {
			t.Errorf("woken (-want +got):\n%s", diff)
		}
	}
}
