// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// A serial line takes seconds to send what the kernel keeps for it: every picture more would only be shown later, and
// with it what a key does.

// backlog returns how many bytes are written to the terminal and not sent yet; nil: that is not known. Only the drivers
// of real lines know it: a terminal program or sshd takes all at once.
type backlog func() int

const (
	// lineRoom is how many bytes may be unsent when the next picture is drawn: a quarter of a second at 9600 baud.
	lineRoom = 256
	// longestHeld is for how long samples wait at most: the screen must not look as if it stood.
	longestHeld = 3 * time.Second
)

// backlogOf returns the backlog of an output.
func backlogOf(output any) backlog {
	f, ok := output.(*os.File)
	if !ok {
		return nil
	}
	return func() int {
		n, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCOUTQ)
		if err != nil {
			return 0
		}
		return n
	}
}

// behind reports whether the line has not sent yet what was drawn before.
func (b backlog) behind() bool { return b != nil && b() > lineRoom }
