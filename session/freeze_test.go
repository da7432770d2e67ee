// SPDX-License-Identifier: GPL-2.0-only

package session

import "testing"

func TestFreezeGroup(t *testing.T) {
	server := Program{PID: 40, Comm: "server", Threads: 12, Holders: 1}
	sh := Program{PID: 50, Comm: "sh", Threads: 1}
	for want, g := range map[string]FreezeGroup{
		"/a: 12 threads, 1 holder among them: server (pid 40, 12 threads, 1 holder)": {"/a", []int{41}, 12, 1,
			[]Program{server}},
		"/a: 15 threads, 1 holder among them: server (pid 40, 12 threads, 1 holder), sh (pid 50, 1 thread), " +
			"sh (pid 50, 1 thread), and 2 more": {"/a", []int{41}, 15, 5, []Program{server, sh, sh, sh}},
		"/a: 0 threads, 0 holders among them": {Path: "/a"},
	} {
		if got := g.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	group := FreezeGroup{"/a", []int{41}, 12, 1, []Program{server}}
	for want, e := range map[string]Nudged{
		"waking 2 holders": {How: "signal", PIDs: []int{1, 2}},
		"waking 2 holders; will notice: a, b, c, and 1 more": {How: "signal", PIDs: []int{1, 2},
			Notices: []string{"a", "b", "c", "d"}},
		"freezing 1 holder; stands still: " + group.String() + "; left out: init (pid 1): why": {How: "freeze",
			PIDs: []int{41}, Groups: []FreezeGroup{group}, LeftOut: []string{"init (pid 1): why"}},
		"the freeze is over; goes on: " + group.String(): {How: "thaw", Groups: []FreezeGroup{group}},
	} {
		if _, got := Describe(e); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
