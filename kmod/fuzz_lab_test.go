// SPDX-License-Identifier: GPL-2.0-only

package kmod

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"spotos/internal/labtest"
)

// fuzzer makes random calls to the device from one thread.
type fuzzer struct {
	r     *rand.Rand
	fd    int
	mem   []byte // arguments point into it; no memory lies behind its end
	files []int  // of other kinds; all threads replace the last one all the time
	bell  *bell
	armed *atomic.Int64
}

var (
	calls = []*uintptr{&iocInfo, &iocPatch, &iocFunc, &iocArm, &iocDisarm, &iocRetry, &iocHolders, &iocNudge,
		&iocJudge, &iocPrepare}
	patches = []string{"version_banner", "pair", "no_oob", "", "no such patch", strings.Repeat("x", 56)}
)

func (f *fuzzer) step() {
	if f.fd < 0 {
		f.fd, _ = unix.Open(Path, unix.O_RDWR|unix.O_NONBLOCK, 0)
		return
	}
	switch f.r.IntN(12) {
	case 11:
		f.bell.ring(f.r.Uint32N(4))
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
		f.ioctl(uintptr(f.r.Uint32N(16))<<16|'S'<<8|0x40+uintptr(f.r.Uint32N(11))|uintptr(f.r.Uint32N(4))<<30, f.pointer())
	default:
		f.likely()
	}
}

// likely makes a call that is nearly right: with known patches, small numbers, existing file descriptors.
func (f *fuzzer) likely() {
	if f.r.IntN(3) == 0 {
		f.arm()
		return
	}
	p := f.pointer()
	if f.r.IntN(2) == 0 {
		copy(f.mem, patches[f.r.IntN(len(patches))])
		p = uintptr(unsafe.Pointer(&f.mem[0]))
	}
	f.ioctl(*calls[f.r.IntN(len(calls))], p)
}

func (f *fuzzer) arm() {
	req := (*armRequest)(unsafe.Pointer(&f.mem[0]))
	*req = armRequest{
		Direction: f.r.Uint32N(3), Strategy: f.r.Uint32N(3), TimeoutNS: f.r.Uint64N(5e7), Attempts: f.r.Uint32N(3),
		IntervalNS: f.r.Uint64N(2) * (1e6 + f.r.Uint64N(5e6)), TriggerFD: f.anyFD(), SharedFD: f.anyFD(),
	}
	switch f.r.IntN(3) {
	case 0:
		req.TriggerFD, req.SharedFD = -1, -1
	case 1:
		req.TriggerFD, req.SharedFD = int32(f.files[0]), int32(f.files[1])
	}
	copy(req.Patch[:], patches[f.r.IntN(len(patches))])
	if f.ioctl(iocArm, uintptr(unsafe.Pointer(req))) == 0 {
		f.armed.Add(1)
	}
}

// anyFD returns most often a file that is accepted, or nearly.
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

func (f *fuzzer) ioctl(nr, arg uintptr) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(f.fd), nr, arg)
	return errno
}

// pointer returns an address in random memory, in its last bytes, or of nothing.
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

// enough armings show that what an arming does was reached.
const enough = 10

// TestLabFuzz loads modules, so it runs only in a throw-away VM. The lab fails the run on a kernel warning.
func TestLabFuzz(t *testing.T) {
	labtest.WithoutSpotos(t)
	modules := []string{"spotos", "pair_target", "patches/version_banner", "patches/pair", "patches/no_oob"}
	for _, m := range modules {
		labtest.Load(t, m, "")
	}
	seed := labtest.Seed(t)
	files := otherFiles(t)
	bell := newBell(t, files[1])
	begin := time.Now()
	limit := labtest.Limit(t, 2*time.Minute)
	var all sync.WaitGroup
	var armed atomic.Int64
	for i := range uint64(4) {
		all.Go(func() {
			mem, err := guarded(64 << 10)
			if err != nil {
				t.Error(err)
				return
			}
			f := &fuzzer{rand.New(rand.NewPCG(seed, i)), -1, mem, files, bell, &armed}
			// For ten seconds, and on a slow host until enough was armed.
			for time.Since(begin) < 10*time.Second || armed.Load() < enough && time.Since(begin) < limit {
				f.step()
			}
			unix.Close(f.fd)
		})
	}
	all.Wait()
	t.Logf("%d armings were accepted", armed.Load())
	if armed.Load() < enough {
		t.Error("hardly anything was armed: what an arming does was not reached")
	}
	for _, fd := range files {
		unix.Close(fd)
	}
	bell.close(t)
	revertAll(t)
	for i := len(modules) - 1; i >= 0; i-- {
		labtest.Unload(t, filepath.Base(modules[i]))
	}
}

// guarded returns memory with none before and behind it, so that what the module writes for a structure that does
// not fit hits none of the test's own.
func guarded(size int) ([]byte, error) {
	page := os.Getpagesize()
	all, err := unix.Mmap(-1, 0, size+2*page, unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	mem := all[page : page+size : page+size]
	return mem, unix.Mprotect(mem, unix.PROT_READ|unix.PROT_WRITE)
}
