// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"spotos/internal/labtest"
	"spotos/session"
	"spotos/session/live"
)

// caller starts a program of a name of its own that runs script. It ends when its input does.
func caller(t *testing.T, name, script string) (path string, end func()) {
	t.Helper()
	shell, err := os.ReadFile("/bin/busybox")
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, shell, 0o755); err != nil {
		t.Fatal(err)
	}
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := &exec.Cmd{Path: path, Args: []string{"sh", "-c", script}, Stdin: in}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	return path, func() {
		out.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// brief is the name of a program that may have ended before anybody looks at it.
const brief = "fivehundred"

// programs waits until a sample has the callers of those names, as they must be, and returns all callers by name.
func programs(t *testing.T, op session.Operation, want map[string]session.ProgramCalls) {
	t.Helper()
	ignore := cmpopts.IgnoreFields(session.ProgramCalls{}, "ID", "UID", "Cgroup", "PID", "Rate", "Last")
	labtest.Eventually(t, func() error {
		got := map[string]session.ProgramCalls{}
		for _, p := range nextPrograms(t, op).List {
			if p.Ended && p.Comm == brief && filepath.Base(p.Exe) == brief {
				p.Exe = "" // a sample may have come while it ran
			}
			if _, ok := want[p.Name()]; ok {
				got[p.Name()] = p
			}
			if p.Kind == session.CallerProgram && (p.UID == nil || *p.UID != 0 || p.Cgroup == "") {
				t.Errorf("user or cgroup: %+v", p)
			}
			if p.Calls > 0 && p.Last.IsZero() {
				t.Errorf("no last call: %+v", p)
			}
		}
		if diff := cmp.Diff(want, got, ignore); diff != "" {
			return fmt.Errorf("programs (-want +got):\n%s", diff)
		}
		return nil
	})
}

// nextPrograms returns who calls by the next sample.
func nextPrograms(t *testing.T, op session.Operation) *session.Programs {
	t.Helper()
	for e := range op.Events() {
		switch e := e.(type) {
		case session.Failed:
			t.Fatal(e.Reason)
		case session.Sampled:
			if e.Programs == nil {
				t.Fatalf("no programs: %+v", e)
			}
			return e.Programs
		}
	}
	t.Fatal(io.ErrUnexpectedEOF)
	return nil
}

// TestLabByProgram has programs of known names call a known number of times.
func TestLabByProgram(t *testing.T) {
	labtest.Require(t)
	labtest.Load(t, "pair_target", "")
	t.Cleanup(func() { labtest.Unload(t, "pair_target") })
	early, endEarly := caller(t, "early", "echo hold >/proc/pair_target; read x || :")
	labtest.Eventually(t, func() error {
		if n := labtest.PairFigure(t, "holders"); n != 1 {
			return fmt.Errorf("%d calls are held", n)
		}
		return nil
	})
	m, err := live.NewMachine(live.MachineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	op, err := m.Watch(t.Context(), []string{"pair_encode", "pair_decode"}, session.OpenOptions{ByProgram: true})
	if err != nil {
		t.Fatal(err)
	}
	defer op.Close()
	thousand, endThousand := caller(t, "thousand", "echo time 1000 >/proc/pair_target; read x || :")
	_, endShort := caller(t, brief, "echo time 500 >/proc/pair_target")
	endShort()
	both := func(n uint64) []session.FunctionCalls {
		return []session.FunctionCalls{{Name: "pair_encode", Calls: n}, {Name: "pair_decode", Calls: n}}
	}
	program := func(exe string, n uint64) session.ProgramCalls {
		return session.ProgramCalls{Kind: session.CallerProgram, Comm: filepath.Base(exe), Exe: exe, Processes: 1,
			Calls: 2 * n, Functions: both(n)}
	}
	want := map[string]session.ProgramCalls{"early": program(early, 0), "thousand": program(thousand, 1000),
		brief: program(brief, 500)}
	inside, short := want["early"], want[brief]
	inside.InFlight, inside.Functions = 1, []session.FunctionCalls{{Name: "pair_encode", InFlight: 1}}
	short.Ended, short.Exe = true, ""
	want["early"], want[brief] = inside, short
	programs(t, op, want)

	labtest.SetPair(t, "threads", 2)
	defer labtest.SetPair(t, "threads", 0)
	labtest.OrderPair(t, "softirq 500")
	labtest.Eventually(t, func() error {
		list := nextPrograms(t, op).List
		for _, kind := range []session.CallerKind{session.CallerKthread, session.CallerInterrupt} {
			if !slices.ContainsFunc(list, func(p session.ProgramCalls) bool { return p.Kind == kind && p.Rate > 1 }) {
				return fmt.Errorf("no %s calls: %+v", kind, list)
			}
		}
		return nil
	})
	labtest.OrderPair(t, "softirq 0")

	endThousand()
	labtest.OrderPair(t, "release")
	endEarly()
	ended := want["thousand"]
	ended.Ended = true
	// What was inside when the watch began has called pair_decode since, and ended.
	last := session.ProgramCalls{Kind: session.CallerProgram, Comm: "early", Processes: 1, Calls: 1, Ended: true,
		Functions: []session.FunctionCalls{{Name: "pair_decode", Calls: 1}}, Exe: early}
	programs(t, op, map[string]session.ProgramCalls{"thousand": ended, brief: short, "early": last})
}
