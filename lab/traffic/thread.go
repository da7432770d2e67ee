// SPDX-License-Identifier: GPL-2.0-only

package traffic

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Thread is a thread of the workload, as its ready line shows it.
type Thread struct {
	Role string `json:"role"` // producer, consumer or acceptor
	Comm string `json:"comm"` // role/number
	TID  int    `json:"tid"`
	Idle bool   `json:"idle"` // waits for good until woken
	link link   // a consumer's or acceptor's own
}

// startThread runs work on a thread of its own with a name of its own, and returns once the thread's pid is known.
func (w *Workload) startThread(t *Thread, group *sync.WaitGroup, work func() error) {
	known := make(chan struct{})
	group.Go(func() {
		runtime.LockOSThread() // never unlocked: the name must not stay on a thread of Go's pool
		name, err := unix.BytePtrFromString(t.Comm)
		if err == nil {
			err = unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(name)), 0, 0, 0)
		}
		t.TID = unix.Gettid()
		close(known)
		if err == nil {
			err = work()
		}
		if err != nil {
			w.fail(fmt.Errorf("%s: %w", t.Comm, err))
		}
	})
	<-known
	w.Threads = append(w.Threads, t)
}

// awaitBlocked returns once t waits inside its system call.
func (t *Thread) awaitBlocked(limit time.Duration) error {
	want := strconv.Itoa(int(t.link.waitsIn()))
	file := fmt.Sprintf("/proc/self/task/%d/syscall", t.TID)
	for deadline := time.Now().Add(limit); ; time.Sleep(time.Millisecond) {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("watching %s: %w", t.Comm, err)
		}
		if number, _, _ := strings.Cut(string(text), " "); number == want {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("watching %s: not yet in system call %s after %v, but in %s", t.Comm, want, limit,
				strings.TrimSpace(string(text)))
		}
	}
}
