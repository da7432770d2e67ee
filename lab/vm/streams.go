// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"fmt"
	"io"
	"net"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// socketPair returns a connection and its other end, for QEMU.
func socketPair(name string) (net.Conn, *os.File, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("making the line for %s: %w", name, err)
	}
	ours := os.NewFile(uintptr(pair[0]), name)
	defer ours.Close()
	theirs := os.NewFile(uintptr(pair[1]), name)
	conn, err := net.FileConn(ours)
	if err != nil {
		theirs.Close()
		return nil, nil, fmt.Errorf("making the line for %s: %w", name, err)
	}
	return conn, theirs, nil
}

// An outlet passes on one of the command's output streams and counts its bytes, so that the VM is not switched off
// before all of them have arrived.
type outlet struct {
	to   io.Writer
	mu   sync.Mutex
	more *sync.Cond
	n    int64
	done bool
	err  error // of writing to to; the rest of the stream is dropped
}

func newOutlet(to io.Writer) *outlet {
	o := &outlet{to: to}
	o.more = sync.NewCond(&o.mu)
	return o
}

// run copies until from ends.
func (o *outlet) run(from io.Reader) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		var failed error
		if n > 0 && o.err == nil {
			_, failed = o.to.Write(buf[:n])
		}
		o.mu.Lock()
		o.n += int64(n)
		o.done = err != nil
		if failed != nil {
			o.err = failed
		}
		o.more.Broadcast()
		o.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// wait waits until n bytes have arrived. It returns an error if the stream ends before.
func (o *outlet) wait(n int64) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.n < n && !o.done {
		o.more.Wait()
	}
	if o.n < n {
		return fmt.Errorf("reading output: %d of %d bytes came: %w", o.n, n, io.ErrUnexpectedEOF)
	}
	return o.err
}
