// SPDX-License-Identifier: GPL-2.0-only

package kmod

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/rlimit"
	"golang.org/x/sys/unix"
)

// fuzzer throws random calls at the device from one thread.
type fuzzer struct {
	r     *rand.Rand
	fd    int
	mem   []byte // what arguments point into; its end borders on nothing
	files []int  // of other kinds; the last is put to another use all the time, by all threads
}

var (
	calls   = []*uintptr{&iocInfo, &iocPatch, &iocFunc, &iocArm, &iocDisarm, &iocRetry, &iocHolders, &iocNudge}
	patches = []string{"version_banner", "pair", "no_oob", "", "no such patch", strings.Repeat("x", 56)}
)

func (f *fuzzer) step() {
	if f.fd < 0 {
		f.fd, _ = unix.Open(Path, unix.O_RDWR|unix.O_NONBLOCK, 0)
		return
	}
	switch f.r.IntN(11) {
	case 10:
		unix.Dup3(f.files[f.r.IntN(len(f.files)-1)], f.files[len(f.files)-1], unix.O_CLOEXEC)
	case 0:
		unix.Close(f.fd)
		f.fd = -1
	case 1:
		unix.Read(f.fd, f.mem[:f.r.IntN(512)])
	case 2:
		unix.Poll([]unix.PollFd{{Fd: int32(f.fd), Events: int16(f.r.Uint32())}}, f.r.IntN(3))
	case 3:
		unix.Write(f.fd, f.mem[:f.r.IntN(512)])
	case 4:
		f.ioctl(uintptr(f.r.Uint32()), f.pointer())
	case 5:
		f.ioctl(uintptr(f.r.Uint32N(16))<<16|'S'<<8|0x40+uintptr(f.r.Uint32N(10))|uintptr(f.r.Uint32N(4))<<30, f.pointer())
	default:
		f.likely()
	}
}

// likely makes a call that is nearly right: known patches, small numbers, file descriptors that exist.
func (f *fuzzer) likely() {
	nr := *calls[f.r.IntN(len(calls))]
	p := f.pointer()
	if nr == iocArm {
		req := (*armRequest)(unsafe.Pointer(&f.mem[0]))
		*req = armRequest{
			Direction: f.r.Uint32N(3), Strategy: f.r.Uint32N(3), TimeoutNS: f.r.Uint64N(5e7), Attempts: f.r.Uint32N(3),
			IntervalNS: f.r.Uint64N(2) * (1e6 + f.r.Uint64N(5e6)), TriggerFD: f.anyFD(), SharedFD: f.anyFD(),
		}
		copy(req.Patch[:], patches[f.r.IntN(len(patches))])
		p = uintptr(unsafe.Pointer(req))
	} else if f.r.IntN(2) == 0 {
		copy(f.mem, patches[f.r.IntN(len(patches))])
		p = uintptr(unsafe.Pointer(&f.mem[0]))
	}
	f.ioctl(nr, p)
}

// anyFD is most often a file that may do, or nearly.
func (f *fuzzer) anyFD() int32 {
	switch f.r.IntN(8) {
	case 0:
		return -1
	case 1:
		return int32(f.fd)
	case 2:
		return f.r.Int32N(64)
	case 3:
		return int32(f.files[len(f.files)-1])
	}
	return int32(f.files[f.r.IntN(len(f.files))])
}

func (f *fuzzer) ioctl(nr, arg uintptr) { unix.Syscall(unix.SYS_IOCTL, uintptr(f.fd), nr, arg) }

// pointer is into random memory, or its last bytes, or nowhere.
func (f *fuzzer) pointer() uintptr {
	for i := 0; i < 64; i += 8 {
		binary.NativeEndian.PutUint64(f.mem[f.r.IntN(len(f.mem)-8):], f.r.Uint64()>>f.r.IntN(64))
	}
	switch f.r.IntN(8) {
	case 0:
		return uintptr(f.r.Uint64())
	case 1:
		return uintptr(unsafe.Pointer(&f.mem[len(f.mem)-1-f.r.IntN(64)]))
	}
	return uintptr(unsafe.Pointer(&f.mem[f.r.IntN(len(f.mem)/2)]))
}

// TestLabFuzz loads modules, so it runs only in a throw-away VM, with SPOTOS_LAB=1 and SPOTOS_BUILD naming
// the modules. Kernel warnings are the lab's to see.
func TestLabFuzz(t *testing.T) {
	if os.Getenv("SPOTOS_LAB") != "1" {
		t.Skip("runs in the lab's VM with SPOTOS_LAB=1")
	}
	build := os.Getenv("SPOTOS_BUILD")
	modules := []string{"spotos", "pair_target", "patches/version_banner", "patches/pair", "patches/no_oob"}
	for _, m := range modules {
		load(t, filepath.Join(build, m+".ko"))
	}
	seed := fuzzSeed(t)
	files := otherFiles(t)
	end := time.Now().Add(10 * time.Second)
	var all sync.WaitGroup
	for i := range uint64(4) {
		all.Go(func() {
			mem, err := unix.Mmap(-1, 0, 64<<10, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
			if err != nil {
				t.Error(err)
				return
			}
			f := &fuzzer{rand.New(rand.NewPCG(seed, i)), -1, mem, files}
			for time.Now().Before(end) {
				f.step()
			}
			unix.Close(f.fd)
		})
	}
	all.Wait()
	for _, fd := range files {
		unix.Close(fd)
	}
	revertAll(t)
	for i := len(modules) - 1; i >= 0; i-- {
		name := filepath.Base(modules[i])
		if err := unix.DeleteModule(name, unix.O_NONBLOCK); err != nil {
			t.Errorf("unloading %s: %v", name, err)
		}
	}
}

// fuzzSeed is SPOTOS_SEED, or new. It is told before anything can go wrong.
func fuzzSeed(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("SPOTOS_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("reading SPOTOS_SEED: %v", err)
		}
	}
	fmt.Printf("%s: SPOTOS_SEED=%d\n", t.Name(), seed)
	return seed
}

// otherFiles are maps that an arming takes, maps that it must not, and files that are no maps.
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

// revertAll sees that the module still works.
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
}

func load(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.FinitModule(int(f.Fd()), "", 0); err != nil {
		t.Fatalf("loading %s: %v", path, err)
	}
}
