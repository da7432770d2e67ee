// SPDX-License-Identifier: GPL-2.0-only

package kmod

import (
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/rlimit"
	"golang.org/x/sys/unix"
)

// otherFiles returns maps that an arming accepts, maps that it must not, and files that are no maps.
func otherFiles(t *testing.T) []int {
	t.Helper()
	if err := rlimit.RemoveMemlock(); err != nil {
		t.Fatal(err)
	}
	page, shared := uint32(os.Getpagesize()), uint32(unsafe.Sizeof(Shared{}))
	specs := []ebpf.MapSpec{
		{Type: ebpf.RingBuf, MaxEntries: page},
		{Type: ebpf.Array, KeySize: 4, ValueSize: shared, MaxEntries: 1, Flags: unix.BPF_F_MMAPABLE},
		{Type: ebpf.Array, KeySize: 4, ValueSize: shared, MaxEntries: 1},
		{Type: ebpf.Array, KeySize: 4, ValueSize: shared, MaxEntries: 2},
		{Type: ebpf.Array, KeySize: 4, ValueSize: shared - 8, MaxEntries: 1},
		{Type: ebpf.PerCPUArray, KeySize: 4, ValueSize: shared, MaxEntries: 1},
		{Type: ebpf.Hash, KeySize: 4, ValueSize: shared, MaxEntries: 1},
	}
	var files []int
	add := func(fd int, err error) {
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, fd)
	}
	for i := range specs {
		m, err := ebpf.NewMap(&specs[i])
		if err != nil {
			t.Fatal(err)
		}
		add(unix.FcntlInt(uintptr(m.FD()), unix.F_DUPFD_CLOEXEC, 0))
		m.Close()
	}
	add(unix.Open(Path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0))
	add(unix.Eventfd(0, unix.EFD_CLOEXEC))
	add(unix.EpollCreate1(unix.EPOLL_CLOEXEC))
	add(unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0))
	add(unix.FcntlInt(uintptr(files[0]), unix.F_DUPFD_CLOEXEC, 0))
	return files
}

// bell rings as the probes do, with a number of any CPU.
type bell struct {
	memory []byte // of a map that an arming accepts
	helper *ebpf.Program
}

func newBell(t *testing.T, shared int) *bell {
	t.Helper()
	memory, err := unix.Mmap(shared, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	helper, err := ebpf.NewProgram(&ebpf.ProgramSpec{Name: "bell", Type: ebpf.Syscall, License: "GPL",
		Flags:        unix.BPF_F_SLEEPABLE,
		Instructions: asm.Instructions{asm.FnKtimeGetTaiNs.Call(), asm.Mov.Imm(asm.R0, 0), asm.Return()}})
	if err != nil {
		t.Fatal(err)
	}
	return &bell{memory, helper}
}

func (b *bell) ring(number uint32) {
	atomic.StoreUint32(&(*Shared)(unsafe.Pointer(&b.memory[0])).Bell, number)
	_, _ = b.helper.Run(&ebpf.RunOptions{})
}

func (b *bell) close(t *testing.T) {
	t.Helper()
	if err := errors.Join(unix.Munmap(b.memory), b.helper.Close()); err != nil {
		t.Error(err)
	}
}

// awaitSwitched waits until what was armed through d has switched.
func awaitSwitched(t *testing.T, d *Device) {
	t.Helper()
	for {
		ev, err := d.ReadEvent()
		if err != nil {
			t.Fatal(err)
		}
		if ev.Type == EventSwitched {
			break
		}
	}
	if err := d.Disarm(); !errors.Is(err, ErrSwitched) {
		t.Errorf("disarming what has switched: %v", err)
	}
}

// revertAll checks that the module still works.
func revertAll(t *testing.T) {
	d, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	list, err := d.Patches()
	if err != nil || len(list) != 3 {
		t.Fatalf("%d patches, want 3: %v", len(list), err)
	}
	for _, p := range list {
		err := d.Arm(p.Name, ArmOptions{Direction: Revert, TriggerFD: -1, SharedFD: -1})
		if errors.Is(err, unix.EALREADY) {
			continue
		}
		if err != nil {
			t.Fatalf("reverting %s: %v", p.Name, err)
		}
		awaitSwitched(t, d)
	}
}
