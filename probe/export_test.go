// SPDX-License-Identifier: GPL-2.0-only

package probe

// SetProgramRoom sets how many entries the table of programs has, and returns what sets it back.
func SetProgramRoom(n uint32) (back func()) {
	was := programRoom
	programRoom = n
	return func() { programRoom = was }
}
