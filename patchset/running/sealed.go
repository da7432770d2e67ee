// SPDX-License-Identifier: GPL-2.0-only

package running

import "encoding/binary"

// sealList is the section with a distance for each function whose address nothing takes. At the start the kernel takes
// the mark away (endbr64) that such a function begins with, so that it cannot be called through a pointer any more.
const sealList = ".ibt_endbr_seal"

// Sealed reports whether the function at an address must not be called through a pointer: on a CPU with indirect branch
// tracking that stops the machine.
func (c *Code) Sealed(addr uint64) bool {
	for i := range c.sections {
		s := &c.sections[i]
		if s.Name != sealList {
			continue
		}
		for at := 0; at+4 <= len(s.Data); at += 4 {
			if s.Addr+uint64(at)+uint64(int64(int32(binary.LittleEndian.Uint32(s.Data[at:])))) == addr {
				return true
			}
		}
	}
	return false
}
