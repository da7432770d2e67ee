// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"spotos/patchset"
)

// waitingThread is a thread of ours that waits in a receive on a TCP connection over the loopback.
type waitingThread struct {
	tid   int
	ends  [2]int // both sockets of the connection; the thread reads from the first
	ended chan error
}

// startWaiting starts such a thread, and returns once the kernel shows that it waits. Call release afterwards.
func startWaiting() (*waitingThread, error) {
	ends, err := loopbackConnection()
	if err != nil {
		return nil, err
	}
	t := &waitingThread{ends: ends, ended: make(chan error, 2)}
	tid := make(chan int)
	go func() {
		runtime.LockOSThread() // and never unlock it: the thread ends with the goroutine
		// A signal would interrupt the receive for a moment.
		var all unix.Sigset_t
		for i := range all.Val {
			all.Val[i] = ^uint64(0)
		}
		if err := unix.PthreadSigmask(unix.SIG_SETMASK, &all, nil); err != nil {
			t.ended <- err
		}
		tid <- unix.Gettid()
		_, _, err := unix.Recvfrom(ends[0], make([]byte, 1), 0)
		t.ended <- err
	}()
	t.tid = <-tid
	if err := t.awaitReceive(); err != nil {
		t.release()
		return nil, err
	}
	return t, nil
}

// awaitReceive waits until the kernel shows that the thread sleeps in the system call.
func (t *waitingThread) awaitReceive() error {
	path := ownThread(t.tid) + "/syscall"
	want := fmt.Sprintf("%d ", unix.SYS_RECVFROM)
	for end := time.Now().Add(proofLimit); time.Now().Before(end); time.Sleep(time.Millisecond) {
		now, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.HasPrefix(string(now), want) {
			return nil
		}
		select {
		case err := <-t.ended:
			t.ended <- err
			return fmt.Errorf("it did not wait: %w", errors.Join(errors.New("the receive returned"), err))
		default:
		}
	}
	return errors.New("it was not seen to wait in recvfrom")
}

// frame is a function that a thread is inside of.
type frame struct{ function, object string }

// frames returns the functions that the thread is inside of while it waits, innermost first. Which these are differs
// between kernels: a function that ends in a call of another may have left when that waits.
func (t *waitingThread) frames() ([]frame, error) {
	return framesOf(ownThread(t.tid))
}

// ownThread is the directory in /proc of a thread of this process.
func ownThread(tid int) string { return fmt.Sprintf("/proc/self/task/%d", tid) }

// framesOf reads the functions that the thread with a directory in /proc is inside of, innermost first.
func framesOf(thread string) ([]frame, error) {
	text, err := os.ReadFile(thread + "/stack")
	if err != nil {
		return nil, err
	}
	return parseFrames(string(text)), nil
}

// parseFrames reads lines such as "[<0>] pair_encode+0x55/0xc0 [pair_target]".
func parseFrames(stack string) []frame {
	var list []frame
	for line := range strings.Lines(stack) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		f := frame{object: patchset.VMLinux}
		f.function, _, _ = strings.Cut(fields[1], "+")
		if len(fields) > 2 {
			f.object = strings.Trim(fields[2], "[]")
		}
		list = append(list, f)
	}
	return list
}

// release ends the receive, waits for its end and closes the connection.
func (t *waitingThread) release() {
	_ = unix.Shutdown(t.ends[0], unix.SHUT_RDWR)
	<-t.ended
	unix.Close(t.ends[0])
	unix.Close(t.ends[1])
}

// loopbackConnection makes a TCP connection of this process with itself. Both sockets block.
func loopbackConnection() (ends [2]int, err error) {
	listener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return ends, err
	}
	defer unix.Close(listener)
	if err := unix.Bind(listener, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return ends, fmt.Errorf("on the loopback: %w (is lo up?)", err)
	}
	if err := unix.Listen(listener, 1); err != nil {
		return ends, err
	}
	at, err := unix.Getsockname(listener)
	if err != nil {
		return ends, err
	}
	if ends[0], err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return ends, err
	}
	if err = unix.Connect(ends[0], at); err == nil {
		ends[1], _, err = unix.Accept4(listener, unix.SOCK_CLOEXEC)
	}
	if err != nil {
		unix.Close(ends[0])
		return ends, fmt.Errorf("over the loopback: %w (is lo up?)", err)
	}
	return ends, nil
}
