// SPDX-License-Identifier: GPL-2.0-only

package ko

import (
	"encoding/binary"
	"encoding/hex"
)

// noteBuildID is the type of the note that holds a build ID; its owner is called GNU.
const noteBuildID = 3

// BuildID returns the build ID among notes, in hexadecimal; "" if there is none.
func BuildID(notes []byte) string {
	for len(notes) >= 12 {
		name := uint64(binary.LittleEndian.Uint32(notes))
		length := uint64(binary.LittleEndian.Uint32(notes[4:]))
		kind := binary.LittleEndian.Uint32(notes[8:])
		begin := 12 + (name+3)&^3
		if end := begin + length; end > uint64(len(notes)) {
			return ""
		}
		if kind == noteBuildID && string(notes[12:12+name]) == "GNU\x00" {
			return hex.EncodeToString(notes[begin : begin+length])
		}
		notes = notes[min(begin+(length+3)&^3, uint64(len(notes))):]
	}
	return ""
}
