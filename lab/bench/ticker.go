// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"spotos/lab/part"
)

const (
	tickEvery    = time.Millisecond
	tickPriority = 90                    // SCHED_FIFO
	tickLate     = 10 * time.Microsecond // what it costs to wake at all
)

// A tick is one that came late.
type tick struct {
	Due  int64 `json:"due"`     // on CLOCK_MONOTONIC, in nanoseconds
	Late int64 `json:"late_ns"` // how long after that its thread ran
}

func (t tick) ran() int64 { return t.Due + t.Late }

// ticks holds the late ticks. One thread appends, another reads.
type ticks struct {
	n    atomic.Int64
	list [1 << 16]tick
}

// Ticker wakes every millisecond at a real-time priority that only the kernel's own threads exceed. For each line of in
// it writes a line of JSON: a list of the ticks since the line before that came late. It returns at the end of in.
func Ticker(in io.Reader, out io.Writer) error {
	runtime.GOMAXPROCS(2) // the thread that ticks never gives its processor back
	debug.SetGCPercent(-1)
	late := new(ticks)
	if err := unix.Mlockall(unix.MCL_CURRENT | unix.MCL_FUTURE); err != nil {
		return fmt.Errorf("keeping the ticker in memory: %w", err)
	}
	started := make(chan error)
	go late.run(started)
	if err := <-started; err != nil {
		return fmt.Errorf("starting the ticker: %w", err)
	}
	told, to := int64(0), json.NewEncoder(out)
	for lines := bufio.NewScanner(in); lines.Scan(); {
		n := late.n.Load()
		if n == int64(len(late.list)) {
			return fmt.Errorf("more than %d ticks came late", n)
		}
		if err := to.Encode(late.list[told:n]); err != nil {
			return err
		}
		told = n
	}
	return nil
}

// run ticks for good.
func (l *ticks) run(started chan<- error) {
	runtime.LockOSThread()
	err := unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO,
		Priority: tickPriority}, 0)
	started <- err
	if err != nil {
		return
	}
	for due := monotonic() + int64(tickEvery); ; due += int64(tickEvery) {
		until := unix.NsecToTimespec(due)
		// Raw, so that Go's scheduler has no part in it. A signal of Go's own may interrupt it.
		for unix.EINTR == sleepUntil(&until) {
		}
		t := tick{due, monotonic() - due}
		if n := l.n.Load(); t.Late > int64(tickLate) && n < int64(len(l.list)) {
			l.list[n] = t
			l.n.Store(n + 1)
		}
		if t.Late > int64(tickEvery) { // what it missed is one stall, not many
			due = t.ran()
		}
	}
}

func sleepUntil(at *unix.Timespec) unix.Errno {
	_, _, err := unix.RawSyscall6(unix.SYS_CLOCK_NANOSLEEP, unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME,
		uintptr(unsafe.Pointer(at)), 0, 0, 0)
	return err
}

func monotonic() int64 {
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) // fails for no clock that there is
	return now.Nano()
}

// ticker is a process that runs Ticker.
type ticker struct{ *part.Part }

func startTicker() (*ticker, error) {
	p, err := part.Start("ticker")
	return &ticker{p}, err
}

// late returns the ticks since the last call that came late.
func (t *ticker) late() ([]tick, error) {
	if _, err := io.WriteString(t.In, "\n"); err != nil {
		return nil, fmt.Errorf("asking the ticker: %w", err)
	}
	if !t.Said.Scan() {
		return nil, errors.Join(errors.New("the ticker ended"), t.Said.Err())
	}
	var late []tick
	if err := json.Unmarshal(t.Said.Bytes(), &late); err != nil {
		return nil, fmt.Errorf("reading the ticker's answer: %w", err)
	}
	return late, nil
}

func (t *ticker) stop() error { return errors.Join(t.In.Close(), t.Cmd.Wait()) }
