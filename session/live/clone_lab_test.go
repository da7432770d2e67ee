// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"spotos/internal/labtest"
	"spotos/session"
)

// cloneEnv tells a process of TestLabCloneAndExit what it is to do until it is killed.
const cloneEnv = "SPOTOS_CLONE"

const cloneGroup = "/sys/fs/cgroup/clone"

// TestLabCloneAndExit has threads die while the module looks at their stacks, and their memory go meanwhile: a clone
// takes the stack of a thread that has just died and gives it back to the kernel, since its cgroup is at its limit.
// The look is made to wait before it reads, on a CPU of its own.
func TestLabCloneAndExit(t *testing.T) {
	labtest.WithSpotos(t)
	reload(t, "test/spotos", "stack_delay_ms=20")
	t.Cleanup(func() { reload(t, "spotos", "") })
	op := openPair(t, 0)
	tainted := read(t, "/proc/sys/kernel/tainted")
	level := read(t, "/proc/sys/kernel/printk")
	labtest.Write(t, "/proc/sys/kernel/printk", "1") // each failed clone fills a page of the console
	defer func() { labtest.Write(t, "/proc/sys/kernel/printk", strings.Fields(level)[0]) }()

	labtest.Write(t, "/sys/fs/cgroup/cgroup.subtree_control", "+memory")
	if err := os.Mkdir(cloneGroup, 0o755); err != nil {
		t.Fatal(err)
	}
	defer func() { labtest.Eventually(t, func() error { return os.Remove(cloneGroup) }) }()
	labtest.Write(t, cloneGroup+"/memory.max", "2097152")
	for _, what := range []string{"victims", "limit"} {
		cmd := exec.Command("taskset", "1", os.Args[0], "-test.run", "LabCloneProcess")
		cmd.Env = append(os.Environ(), cloneEnv+"="+what)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Wait()
		defer cmd.Process.Kill()
	}
	labtest.Eventually(t, func() error {
		if !strings.Contains(read(t, cloneGroup+"/memory.events"), "max 0") {
			return nil
		}
		return errors.New("the cgroup is not at its limit")
	})
	t.Log("the cgroup is at its limit")
	released := labtest.HoldPair(time.Hour)
	await(t, op, func(session.Sampled) bool { return labtest.PairFigure(t, "holders") == 1 })
	for range 3 {
		if err := op.Arm(session.ArmOptions{Direction: session.Apply, Strategy: session.SafePointStrategy}); err != nil {
			t.Fatal(err)
		}
		pinWorker(t)
		armed(t, op)
		t.Log("armed")
		time.Sleep(labtest.Limit(t, 2*time.Second)) // for as long as the stacks are read, nothing else can be waited for
		if err := op.Abort(); err != nil {
			t.Fatal(err)
		}
		aborted(t, op)
		t.Log("aborted")
	}
	t.Log(read(t, cloneGroup+"/memory.events"))
	labtest.ReleasePair(t, released)
	if now := read(t, "/proc/sys/kernel/tainted"); now != tainted {
		t.Errorf("the kernel is tainted %s, before it was %s", now, tainted)
	}
}

// armed and aborted wait for the event.
func armed(t *testing.T, op session.Operation) {
	t.Helper()
	for e := range events(t, op) {
		if _, ok := e.(session.Armed); ok {
			return
		}
	}
}

func aborted(t *testing.T, op session.Operation) {
	t.Helper()
	for e := range events(t, op) {
		if _, ok := e.(session.Aborted); ok {
			return
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// pinWorker has the module's thread run on the second CPU alone.
func pinWorker(t *testing.T) {
	t.Helper()
	labtest.Eventually(t, func() error {
		names, _ := filepath.Glob("/proc/[0-9]*/comm")
		for _, name := range names {
			if text, err := os.ReadFile(name); err != nil || string(text) != "spotos/pair\n" {
				continue
			}
			var pid int
			fmt.Sscanf(name, "/proc/%d/comm", &pid)
			set := unix.CPUSet{}
			set.Set(1)
			return unix.SchedSetaffinity(pid, &set)
		}
		return errors.New("there is no thread spotos/pair")
	})
}

// TestLabCloneProcess is no test but the processes of TestLabCloneAndExit.
func TestLabCloneProcess(t *testing.T) {
	switch os.Getenv(cloneEnv) {
	case "victims":
		dieOften()
	case "limit":
		cloneAtLimit(t)
	default:
		t.Skip("runs as a part of TestLabCloneAndExit")
	}
}

// dieOften keeps 150 threads alive, each of which sleeps twice and dies.
func dieOften() {
	room := make(chan bool, 150)
	for {
		room <- true
		go func() {
			runtime.LockOSThread() // the thread ends with the goroutine
			for range 2 {
				unix.Nanosleep(&unix.Timespec{Nsec: rand.Int64N(300e6)}, nil)
			}
			<-room
		}()
	}
}

// cloneAtLimit makes clones that cannot succeed, for want of memory for their stack or, after they got one, because
// the wanted pid is taken. It takes nearly all of its cgroup's memory, a page more each time.
func cloneAtLimit(t *testing.T) {
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	const pages = 2048
	mem, err := unix.Mmap(-1, 0, pages*4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	base := uintptr(unsafe.Pointer(unsafe.SliceData(mem)))
	labtest.Write(t, "/proc/self/oom_score_adj", "-1000") // it is to fail, not to be killed
	labtest.Write(t, cloneGroup+"/cgroup.procs", "0")
	one := int32(1)
	args := struct{ flags, pidfd, childTID, parentTID, signal, stack, stackSize, tls, setTID, setTIDSize uint64 }{
		setTID: uint64(uintptr(unsafe.Pointer(&one))), setTIDSize: 1,
	}
	for {
		for page := uintptr(0); page < pages; page++ {
			const populateWrite = 23
			_, _, full := unix.RawSyscall(unix.SYS_MADVISE, base+page*4096, 4096, populateWrite)
			if full == 0 {
				continue
			}
			// Room for a task's structure, but not for its stack.
			for back := page - 10; back < page; back++ {
				unix.RawSyscall(unix.SYS_MADVISE, base+back*4096, 4096, unix.MADV_DONTNEED)
				for range 3 {
					unix.RawSyscall(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&args)), unsafe.Sizeof(args), 0)
				}
			}
			page -= 10
		}
	}
}
