// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// ring is the ring buffer of zeros. Only its wake-ups matter, and a full one wakes nobody, so it has to be emptied.
// It is not polled as ring buffers usually are: each zero would wake the poller, and that delays the attempt.
type ring struct{ consumer, producer []byte } // pages that begin with a position

func openRing(m *ebpf.Map) (*ring, error) {
	r, size := &ring{}, os.Getpagesize()
	var err error
	if r.consumer, err = unix.Mmap(m.FD(), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return nil, fmt.Errorf("mapping the ring of zeros: %w", err)
	}
	if r.producer, err = unix.Mmap(m.FD(), int64(size), size, unix.PROT_READ, unix.MAP_SHARED); err != nil {
		unix.Munmap(r.consumer)
		return nil, fmt.Errorf("mapping the ring of zeros: %w", err)
	}
	return r, nil
}

func position(page []byte) *uint64 { return (*uint64)(unsafe.Pointer(&page[0])) }

// drain empties the ring. It skips a record that is being written, whose place is free long before it is needed
// again.
func (r *ring) drain() {
	atomic.StoreUint64(position(r.consumer), atomic.LoadUint64(position(r.producer)))
}

func (r *ring) close() error {
	return errors.Join(unix.Munmap(r.consumer), unix.Munmap(r.producer))
}
