// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spotos/session"
)

func TestProgramsText(t *testing.T) {
	now := time.Date(2026, 11, 27, 14, 3, 0, 0, time.UTC)
	root, user := uint32(0), uint32(1000)
	for _, c := range []struct {
		name string
		list *session.Programs
		want []string
	}{
		{"not asked for", nil, nil},
		{"nobody", &session.Programs{}, []string{"14:03:00.000  no program has called yet"}},
		{"all kinds", &session.Programs{Total: 4, List: []session.ProgramCalls{
			{Kind: session.CallerProgram, Comm: "e\x1b[2Jvil", Exe: "/opt/a\nb", UID: &user, Cgroup: "/user", PID: 12,
				Processes: 1, Calls: 1000, Rate: 12.34, InFlight: 2, Last: now.Add(-2 * time.Second)},
			{Kind: session.CallerProgram, Comm: "curl", UID: &root, PID: 14, Processes: 7, Ended: true, Calls: 500,
				Last: now.Add(time.Millisecond)},
			{Kind: session.CallerInterrupt, Calls: 3, Last: now},
			{Kind: session.CallerKthread, Comm: "kworker/0:1", UID: &root, PID: 9, Processes: 1, InFlight: 1},
		}}, []string{
			"14:03:00.000  e?[2Jvil                      1000 calls      12.3/s  2 in flight, last 2.0 s ago; " +
				"/opt/a b, pid 12, uid 1000, cgroup /user",
			"14:03:00.000  curl                           500 calls       0.0/s  0 in flight, last 0 ns ago; ended, " +
				"7 processes, uid 0",
			"14:03:00.000  interrupt                        3 calls       0.0/s  0 in flight, last 0 ns ago; " +
				"whatever program ran",
			"14:03:00.000  [kworker/0:1]                    0 calls       0.0/s  1 in flight, last before the watch; " +
				"kernel thread, pid 9, uid 0"}},
	} {
		got := slices.Collect(strings.Lines(programsText(c.list, now)))
		for i := range got {
			got[i] = strings.TrimSuffix(got[i], "\n")
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestProgramsTextIsBounded(t *testing.T) {
	list := &session.Programs{Total: 250}
	for i := range session.ProgramsListed {
		list.List = append(list.List, session.ProgramCalls{Kind: session.CallerProgram, Comm: fmt.Sprint("p", i)})
	}
	text := programsText(list, time.Time{})
	const more = "and 240 programs more: --json lists 100 of all"
	if n := strings.Count(text, "\n"); n != programsShown+1 || !strings.Contains(text, more) {
		t.Errorf("%d lines:\n%s", n, text)
	}
}
