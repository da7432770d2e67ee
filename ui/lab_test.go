// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"spotos/internal/labtest"
	"spotos/session"
	"spotos/session/live"
)

// These tests end the console while a patch is armed and a cgroup is frozen, on the running kernel: only in a
// throw-away VM.

const (
	holderGroup     = "/sys/fs/cgroup/held"
	groupFreezeFile = holderGroup + "/cgroup.freeze"
)

// watching starts a console that watches the patch pair.
func watching(t *testing.T, env ...string) *terminal {
	t.Helper()
	s := startTerminal(t, theMachine, 80, 24, env...)
	s.Wait("[ WATCHING ]")
	return s
}

// ask comes as far as the question whether to arm. Two tasks are inside: one can be frozen out, the other cannot.
func (s *terminal) ask() {
	s.TB.Helper()
	s.Keys("a")
	s.Wait("[____]")
	s.Keys("pair")
	s.Wait("y: yes") // not before the plan of the freeze is known
}

// arm arms the patch.
func (s *terminal) arm() {
	s.TB.Helper()
	s.ask()
	s.Keys("y")
}

// armedAndFrozen starts a console that has armed the patch and frozen the cgroup.
func armedAndFrozen(t *testing.T) *terminal {
	t.Helper()
	s := watching(t)
	s.arm()
	s.Wait("kernel: armed")
	s.Await("the cgroup to be frozen", func() error { return hasContent(groupFreezeFile, "1\n") })
	return s
}

// labEnds are the ends that no goroutine of the console takes part in.
var labEnds = map[string]func(*testing.T, *terminal){
	"SIGTERM": func(t *testing.T, s *terminal) { s.signal(syscall.SIGTERM) },
	"SIGHUP":  func(t *testing.T, s *terminal) { s.signal(syscall.SIGHUP) },
	"SIGKILL": func(t *testing.T, s *terminal) { s.signal(syscall.SIGKILL) },
	"lost line": func(t *testing.T, s *terminal) {
		s.Slave.Close()
		s.TTY.Close()
	},
}

// labPanics sets off panics in the goroutines that run only on a real kernel.
var labPanics = map[string]func(*testing.T) *terminal{
	"sampler": func(t *testing.T) *terminal {
		s := armedAndFrozen(t)
		s.plant("sampler")
		return s
	},
	"reader": func(t *testing.T) *terminal { // when the kernel reports the arming
		s := watching(t)
		s.ask() // before it is planted: the reader may start only when the patch is on the screen already
		s.plant("reader")
		s.Keys("y")
		return s
	},
	"nudger": func(t *testing.T) *terminal {
		s := watching(t)
		s.plant("nudger")
		s.arm()
		return s
	},
	"inspector": func(t *testing.T) *terminal { // at the first sample that finds it armed
		s := watching(t)
		s.ask()
		s.plant("inspector")
		s.Keys("y")
		return s
	},
	"thawer": func(t *testing.T) *terminal { // after the freeze
		s := watching(t)
		s.plant("thawer")
		s.arm()
		return s
	},
	"answerer": func(t *testing.T) *terminal {
		s := armedAndFrozen(t)
		s.plant("answerer")
		m, err := live.NewMachine(live.MachineOptions{Patches: "/lib/spotos/patches"})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = m.Abort(t.Context(), "pair") // the console that it asks panics
		return s
	},
	"guard": func(t *testing.T) *terminal { // it starts with the question: the answer may come too late
		s := watching(t)
		s.plant("guard")
		s.Keys("a")
		return s
	},
	"facts":  func(t *testing.T) *terminal { return startTerminal(t, theMachine, 80, 24, childPlanted+"=facts") },
	"prober": func(t *testing.T) *terminal { return startTerminal(t, theMachine, 80, 24, childPlanted+"=prober") },
}

func TestLabConsoleEnds(t *testing.T) {
	labtest.WithSpotos(t)
	holdPair(t)
	// What is left after one would be found after all the others too: the first failure is the last test.
	labtest.Eventually(t, labtest.Left)
	for name, end := range labEnds {
		if t.Failed() {
			return
		}
		t.Run(name, func(t *testing.T) {
			s := armedAndFrozen(t)
			end(t, s)
			if code := s.End(); code == 0 {
				t.Error("exit code 0")
			}
			if strings.HasPrefix(name, "SIG") && name != "SIGKILL" {
				s.Restored()
			}
			s.checkNothingLeft()
		})
	}
	for name, set := range labPanics {
		if t.Failed() {
			return
		}
		t.Run(name+" panics", func(t *testing.T) {
			s := set(t)
			s.endsWithPanic(name)
			s.checkNothingLeft()
		})
	}
}

// signal sends a signal to the console.
func (s *terminal) signal(sig syscall.Signal) {
	s.TB.Helper()
	if err := s.Cmd.Process.Signal(sig); err != nil {
		s.TB.Fatal(err)
	}
}

// hasContent returns an error unless file contains want.
func hasContent(file, want string) error {
	text, err := os.ReadFile(file)
	if err == nil && string(text) != want {
		err = fmt.Errorf("%s: %q", file, text)
	}
	return err
}

// holdPair keeps two tasks asleep in a function of the patch until the test ends, one of them in a cgroup.
func holdPair(t testing.TB) {
	t.Helper()
	labtest.Load(t, "pair_target", "")
	if err := os.MkdirAll(holderGroup, 0o755); err != nil {
		t.Fatal(err)
	}
	var tasks []*exec.Cmd
	for _, enter := range []string{"", "echo $$ >" + holderGroup + "/cgroup.procs;"} {
		task := exec.Command("sh", "-c", enter+"while :; do echo hold 0 >/proc/pair_target; done")
		// A session of its own: otherwise the task would count as the console's own and be spared.
		task.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := task.Start(); err != nil {
			t.Fatal(err)
		}
		tasks = append(tasks, task)
	}
	t.Cleanup(func() {
		for _, task := range tasks {
			_ = task.Process.Kill()
			_ = task.Wait()
		}
		_ = exec.Command("rmmod", "pair").Run() // the last console may have done it
		labtest.Unload(t, "pair_target")
	})
}

// checkNothingLeft waits until nothing is armed, frozen, traced or counted.
func (s *terminal) checkNothingLeft() {
	s.TB.Helper()
	s.Await("everything to be as before", func() error {
		list, err := live.Status()
		if err != nil {
			return err
		}
		for _, p := range list {
			if p.State != session.StateLoaded {
				return fmt.Errorf("%s is %s", p.Name, p.State)
			}
		}
		return errors.Join(labtest.Left(), hasContent(groupFreezeFile, "0\n"))
	})
}
