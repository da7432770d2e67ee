// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"spotos/internal/labtest"
	"spotos/kmod"
)

// holeInMemory returns a page that whoever reads it waits for, until fill is called.
func holeInMemory(t *testing.T) (page []byte, fill func()) {
	t.Helper()
	const (
		api, register, zeropage = 0xc018aa3f, 0xc020aa00, 0xc020aa04 // UFFDIO_*
		version, missing        = 0xaa, 1
	)
	page, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	fd, _, errno := unix.Syscall(unix.SYS_USERFAULTFD, unix.O_CLOEXEC, 0, 0)
	if errno != 0 {
		t.Fatalf("userfaultfd: %v", errno)
	}
	t.Cleanup(func() { unix.Close(int(fd)) })
	ask := func(what uintptr, args *[4]uint64) error {
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, what, uintptr(unsafe.Pointer(args))); errno != 0 {
			return errno
		}
		return nil
	}
	at, length := uint64(uintptr(unsafe.Pointer(&page[0]))), uint64(len(page))
	if err := ask(api, &[4]uint64{version}); err != nil {
		t.Fatalf("UFFDIO_API: %v", err)
	}
	if err := ask(register, &[4]uint64{at, length, missing}); err != nil {
		t.Fatalf("UFFDIO_REGISTER: %v", err)
	}
	return page, func() {
		if err := ask(zeropage, &[4]uint64{at, length}); err != nil && !errors.Is(err, unix.EEXIST) {
			t.Errorf("UFFDIO_ZEROPAGE: %v", err)
		}
	}
}

// sleepAtEntry has the thread tid read page whenever it enters umask(), in a program that may sleep, beside one at
// its exit; so the kernel has a trampoline call the function. It returns what takes both off.
func sleepAtEntry(t *testing.T, tid int, page []byte) (detach func()) {
	t.Helper()
	var links []link.Link
	detach = func() {
		for _, l := range links {
			l.Close()
		}
	}
	t.Cleanup(detach)
	specs := []*ebpf.ProgramSpec{
		{AttachType: ebpf.AttachTraceFExit, Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}},
		{AttachType: ebpf.AttachTraceFEntry, Flags: unix.BPF_F_SLEEPABLE, Instructions: asm.Instructions{
			asm.FnGetCurrentPidTgid.Call(),
			asm.JNE.Imm32(asm.R0, int32(tid), "end"),
			asm.Mov.Reg(asm.R1, asm.RFP),
			asm.Add.Imm(asm.R1, -8),
			asm.Mov.Imm(asm.R2, 1),
			asm.LoadImm(asm.R3, int64(uintptr(unsafe.Pointer(&page[0]))), asm.DWord),
			asm.FnCopyFromUser.Call(),
			asm.Mov.Imm(asm.R0, 0).WithSymbol("end"),
			asm.Return(),
		}},
	}
	for _, spec := range specs {
		spec.Type, spec.AttachTo, spec.License = ebpf.Tracing, "__x64_sys_umask", "GPL"
		prog, err := ebpf.NewProgram(spec)
		if err != nil && strings.Contains(err.Error(), "is not sleepable") {
			t.Skipf("this kernel lets no program sleep at a function's entry: %v", err)
		}
		if err != nil {
			t.Fatalf("%+v", err)
		}
		defer prog.Close()
		l, err := link.AttachTracing(link.TracingOptions{Program: prog})
		if err != nil {
			t.Fatal(err)
		}
		links = append(links, l)
	}
	return detach
}

// enterUmask returns a thread that calls umask(0) once begin is closed, and what the call will have returned.
func enterUmask(begin <-chan struct{}) (tid int, mask <-chan int) {
	ids, result := make(chan int), make(chan int, 1)
	go func() {
		runtime.LockOSThread() // and never unlock it: the thread ends with the goroutine
		var all unix.Sigset_t
		for i := range all.Val {
			all.Val[i] = ^uint64(0)
		}
		_ = unix.PthreadSigmask(unix.SIG_SETMASK, &all, nil) // a signal would only have it look again
		ids <- unix.Gettid()
		<-begin
		result <- unix.Umask(0)
	}()
	return <-ids, result
}

// TestLabAsleepInTrampoline has a thread sleep in another tool's entry program, in a trampoline that will call the
// original itself. Nobody may switch before it has, also not once the tool has taken its programs off.
func TestLabAsleepInTrampoline(t *testing.T) {
	for _, gone := range []bool{false, true} {
		t.Run(fmt.Sprintf("detached=%v", gone), func(t *testing.T) {
			labtest.WithSpotos(t)
			labtest.Load(t, "bad/system_call", "")
			t.Cleanup(func() { labtest.Unload(t, "system_call") })
			before := unix.Umask(0o22)
			unix.Umask(before)
			t.Cleanup(func() { unix.Umask(before) })
			begin := make(chan struct{})
			page, fill := holeInMemory(t)
			tid, mask := enterUmask(begin)
			detach := sleepAtEntry(t, tid, page)
			close(begin)
			labtest.Eventually(t, func() error {
				stack, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/stack", tid))
				if err == nil && !strings.Contains(string(stack), "handle_userfault") {
					err = fmt.Errorf("the thread does not wait for the page:\n%s", stack)
				}
				return err
			})
			if gone {
				detach()
			}
			held := holds(t, "system_call", tid)
			fill()
			if got := <-mask; got != before {
				t.Errorf("umask() returned %#o to the thread that slept, not %#o", got, before)
			}
			if !held {
				t.Fatal("the patch was switched, or its holder was not named, while a thread was about to call the original")
			}
			d := openDevice(t)
			switchNow(t, d, "system_call", kmod.Apply)
			if got := unix.Umask(0); got != 0o777 {
				t.Errorf("umask() returned %#o while the patch is applied", got)
			}
			switchNow(t, d, "system_call", kmod.Revert)
		})
	}
}

// holds reports whether an attempt to apply a patch finds that thread, and reverts the patch if it is switched.
func holds(t *testing.T, patch string, tid int) bool {
	t.Helper()
	d := openDevice(t)
	if err := d.Arm(patch, kmod.ArmOptions{Strategy: kmod.Retry, Attempts: 1, TriggerFD: -1, SharedFD: -1}); err != nil {
		t.Fatalf("arming %s: %v", patch, err)
	}
	for {
		ev, err := d.ReadEvent()
		if err != nil {
			t.Fatal(err)
		}
		switch ev.Type {
		case kmod.EventSwitched:
			switchNow(t, d, patch, kmod.Revert) // through the same file, which waits for the end of the arming
			return false
		case kmod.EventStuck:
			list, _, err := d.Holders()
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Disarm(); err != nil {
				t.Fatal(err)
			}
			return slices.ContainsFunc(list, func(h kmod.Holder) bool { return int(h.PID) == tid })
		}
	}
}
