// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"spotos/internal/labtest"
	"spotos/kmod"
	"spotos/session"
	"spotos/session/live"
)

// stay attaches another tool's program that does nothing to version_proc_show, and leaves it there for good: on 6.1
// the kernel may warn when it is detached.
func stay(t *testing.T, name string, where ebpf.AttachType) {
	t.Helper()
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Name: name, Type: ebpf.Tracing, AttachType: where,
		AttachTo: "version_proc_show", License: "GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := link.AttachTracing(link.TracingOptions{Program: p})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Pin(filepath.Join("/sys/fs/bpf", name)); err != nil {
		t.Fatal(err)
	}
}

// bannerState returns the patch's state as the program shows it, and what it says about it.
func bannerState(t *testing.T) session.PatchStatus {
	t.Helper()
	list, err := live.Status()
	if err != nil || len(list) != 1 {
		t.Fatalf("status %v, %v", list, err)
	}
	return list[0]
}

// openedState returns the state that the console shows first.
func openedState(t *testing.T) session.State {
	t.Helper()
	op := openOnly(t, "version-banner")
	defer op.Close()
	state := session.State("")
	for e := range events(t, op) {
		switch e := e.(type) {
		case session.Started:
			if state = e.State; state != session.StateNotRunning {
				return state
			}
		case session.Sampled:
			return e.State
		}
	}
	return state
}

// TestLabBroken has another tool attach programs to a function that is switched. 6.1 breaks its own ftrace by that: the
// next call runs the old code. The state must say so before anybody calls, and a revert must be refused: it could
// panic. It leaves a kernel that warns at the next reading of /proc/version, so it has a VM of its own.
func TestLabBroken(t *testing.T) {
	labtest.LoadSpotos(t)
	if err := unix.Mount("bpf", "/sys/fs/bpf", "bpf", 0, ""); err != nil && !errors.Is(err, unix.EBUSY) {
		t.Fatal(err)
	}
	patched := func() bool {
		text, err := os.ReadFile("/proc/version")
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(text, []byte("SPOTOS"))
	}
	labtest.Load(t, "patches/version_banner", "")
	d := openDevice(t)
	if patched() {
		t.Fatal("/proc/version shows the patch before it is applied")
	}
	switchNow(t, d, "version_banner", kmod.Apply)
	if s := bannerState(t); s.State != session.StateApplied || !patched() {
		t.Fatalf("applied: %+v, patched %v", s, patched())
	}
	stay(t, "foreign_entry", ebpf.AttachTraceFEntry)
	if s := bannerState(t); s.State != session.StateApplied || !patched() {
		t.Fatalf("with a foreign fentry: %+v, patched %v", s, patched())
	}
	stay(t, "foreign_exit", ebpf.AttachTraceFExit)
	s := bannerState(t)
	t.Logf("with a foreign fentry and fexit: %+v", s)
	if s.State == session.StateApplied {
		if !patched() {
			t.Error("applied, and the old code runs")
		}
		switchNow(t, d, "version_banner", kmod.Revert)
		if patched() {
			t.Error("reverted, and the replacement runs")
		}
		return
	}
	if s.State != session.StateNotRunning || !strings.Contains(s.Problem, "reboot") {
		t.Errorf("it is said to be %+v", s)
	}
	if first := openedState(t); first != session.StateNotRunning {
		t.Errorf("the console shows it as %s", first)
	}
	var refused *kmod.Refused
	err := d.Arm("version_banner", kmod.ArmOptions{Direction: kmod.Revert, TriggerFD: -1, SharedFD: -1})
	if !errors.As(err, &refused) || !strings.Contains(refused.Reason, "reboot") {
		t.Errorf("reverting it: %v", err)
	}
}
