// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"fmt"
	"slices"
)

// Difference is how a function differs from the code that it was compared with. It is an error.
type Difference struct {
	Function string
	Object   string // of the code
	Addr     uint64 // where the function would begin; 0: nowhere
	Offset   uint64 // of the first byte that differs, from there
	Source   []byte // from that byte on: what was compiled
	Running  []byte // and what the kernel has
	Reason   string // what differs, if it is not the bytes themselves
	Mend     string // what to do about it, if not what helps against other bytes
}

// anotherSource is what helps if the bytes differ.
const anotherSource = "take the source, the configuration and the compiler of this very kernel"

// Error says what differs and what to do about it.
func (d *Difference) Error() string {
	mend := d.Mend
	if mend == "" {
		mend = anotherSource
	}
	return d.What() + "; " + mend
}

// What says what differs.
func (d *Difference) What() string {
	what := d.Reason
	if what == "" {
		what = fmt.Sprintf("the source gives % x, the kernel has % x", d.Source, d.Running)
	}
	if d.Addr == 0 {
		return fmt.Sprintf("%s is not found in the code of %s: %s", d.Function, d.Object, what)
	}
	return fmt.Sprintf("%s is not the code of %s at %#x: at +%#x %s", d.Function, d.Object, d.Addr, d.Offset, what)
}

// shown is how many bytes of a difference are kept.
const shown = 8

// differs makes the error; reason "" stands for the bytes.
func (c *comparison) differs(at uint64, reason string) error {
	from := func(data []byte) []byte {
		at := min(at, uint64(len(data)))
		return slices.Clone(data[at:min(at+shown, uint64(len(data)))])
	}
	return &Difference{Function: c.function.Name, Object: c.code.Object, Addr: c.addr, Offset: at,
		Source: from(c.source), Running: from(c.running), Reason: reason}
}
