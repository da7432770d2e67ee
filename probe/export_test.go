// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// SetProgramRoom sets how many entries the table of programs has, and returns what sets it back.
func SetProgramRoom(n uint32) (back func()) {
	was := programRoom
	programRoom = n
	return func() { programRoom = was }
}

// WritableTable maps the marks of a watch into memory until the process ends.
func WritableTable(w *Watch) (slots []uint64, err error) {
	b, err := unix.Mmap(w.base.Maps[".bss"].FD(), 0, int(unsafe.Sizeof(watchTable{})), unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	return (*watchTable)(unsafe.Pointer(&b[0])).Slots[:], nil
}

// AddToCount changes the count of the f-th function, while none is called.
func AddToCount(w *Watch, f int, n int64) error {
	shared, err := w.counts()
	if err != nil {
		return err
	}
	shared.Inflight[f] += n
	return w.base.Maps[".data.shared"].Put(uint32(0), shared)
}

// SkipExit has one more exit of the f-th function skipped, as far as the watch knows.
func SkipExit(w *Watch, f int) {
	w.skips.mu.Lock()
	defer w.skips.mu.Unlock()
	w.skips.forgiven[f]--
}

// OfFunction returns a mark of the first function as the f-th's.
func OfFunction(mark uint64, f int) uint64 { return mark ^ uint64(f)<<funcShift }
