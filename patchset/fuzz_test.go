// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"spotos/internal/ko"
)

// maxHeld is the most that reading a file of this length may allocate. Its constant part is for the reader itself and
// for a packer's dictionary.
func maxHeld(length int) uint64 { return uint64(64*length) + 4*ko.MaxWindow }

// FuzzRead feeds the reader bytes that no compiler made: it must neither panic nor allocate more than maxHeld.
func FuzzRead(f *testing.F) {
	seeds, err := filepath.Glob(filepath.Join("..", "build", "*", "*", "*.ko"))
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range seeds {
		if data, err := os.ReadFile(path); err == nil && len(data) < 20000 {
			f.Add(data)
		}
	}
	f.Add([]byte("\x7fELF\x02\x01\x01"))
	for _, magic := range []string{"\xfd7zXZ\x00", "\x28\xb5\x2f\xfd", "\x1f\x8b"} {
		f.Add([]byte(magic))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		unpacked, err := ko.Unpack(bytes.NewReader(data))
		if err != nil {
			return
		}
		p, err := parse(unpacked)
		runtime.ReadMemStats(&after)
		if held := after.TotalAlloc - before.TotalAlloc; held > maxHeld(len(unpacked)) {
			t.Errorf("%d bytes made the reader allocate %d", len(unpacked), held)
		}
		if err == nil && (p.Module == "" || p.Vermagic == "") {
			t.Errorf("read a patch without name or vermagic: %+v", p)
		}
	})
}
