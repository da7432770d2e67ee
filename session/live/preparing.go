// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// stages say what a thread that prepares a switch waits for, by the function of the module that it is inside of. The
// first that is found counts.
var stages = []struct{ function, waits string }{
	{"redirect_register", "ftrace puts a handler on each function"},
	{"resolve_patch", "the functions are found and compared with what the patch replaces"},
	{"record_prepare", "the scheduler's switches are recorded from now on"},
	{"recording_begin", "the scheduler's switches are recorded from now on"},
	{"grace_end", "each task has to sleep, or to be outside the kernel, once (RCU's tasks)"},
	{"record_baseline", "the stack of each task is looked at once"},
}

// preparing knows the threads that prepare a switch: the one that asks the module to arm, and then the module's worker,
// which waits before its first attempt. Its methods may be called from any goroutine, waits by one at a time.
type preparing struct {
	asking atomic.Int32 // id of the thread that asks; 0: none
	module string
	looked bool // the worker has been looked for since the last request
	worker string
}

// ask runs the request to arm, which may take seconds, and notes its thread meanwhile.
func (p *preparing) ask(request func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p.asking.Store(int32(unix.Gettid()))
	defer p.asking.Store(0)
	return request()
}

// waits returns what the preparation waits for; "" if there is none or it is not known, as in a container, which sees
// none of the kernel's threads. armed says whether the module has said yes.
func (p *preparing) waits(armed bool) string {
	if tid := p.asking.Load(); tid != 0 {
		p.looked = false
		return stageOf(ownThread(int(tid)))
	}
	if !armed {
		p.looked = false
		return ""
	}
	if !p.looked {
		p.looked, p.worker = true, kernelThread("spotos/"+p.module)
	}
	if p.worker == "" {
		return ""
	}
	stage := stageOf("/proc/" + p.worker)
	if stage == "" {
		p.worker = "" // it waits for a safe point now
	}
	return stage
}

// kernelThread returns the id of the kernel's thread of a name, "" if there is none here.
func kernelThread(name string) string {
	const kthreadd = "/proc/2/task/2/children"
	children, err := os.ReadFile(kthreadd)
	if err != nil {
		return ""
	}
	list := strings.Fields(string(children))
	slices.Reverse(list) // the youngest first
	for _, pid := range list {
		if comm, err := os.ReadFile("/proc/" + pid + "/comm"); err == nil && strings.TrimSpace(string(comm)) == name {
			return pid
		}
	}
	return ""
}

// stageOf returns what the thread with a directory in /proc waits for.
func stageOf(thread string) string {
	frames, err := framesOf(thread)
	if err != nil {
		return "" // it has ended
	}
	return stageIn(frames)
}

func stageIn(frames []frame) string {
	for _, s := range stages {
		if slices.Contains(frames, frame{s.function, "spotos"}) {
			return s.waits
		}
	}
	return ""
}
