// SPDX-License-Identifier: GPL-2.0-only

package kmod

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Question asks what the module would say to arming a patch of one function.
type Question struct {
	Name, Object string // as in the patch: "name", or "name,2" for the second of that name in its object
	Patch        string // whose own function it may be already, or ""
	Address      uint64 // where it is expected; 0: anywhere
	Copies       bool   // the patch replaces the compiler's copies of it too
}

// Place is where the module found a function.
type Place struct {
	Address, Size uint64
	Position      int // among those of its name in its object, from 1
}

// Judge asks for the verdict and changes nothing. A *Refused says what stands in the way of switching the function,
// as arming would.
func (d *Device) Judge(q Question) (Place, error) {
	req := judgeRequest{Address: q.Address}
	if len(q.Name) >= len(req.Name) || len(q.Object) >= len(req.Object) || len(q.Patch) >= len(req.Patch) {
		return Place{}, &Refused{fmt.Sprintf("%s of %s: a name is longer than a patch can have it", q.Name, q.Object),
			unix.ENAMETOOLONG}
	}
	copy(req.Name[:], q.Name)
	copy(req.Object[:], q.Object)
	copy(req.Patch[:], q.Patch)
	if q.Copies {
		req.Flags |= judgeCopies
	}
	err := d.ioctl("judging", iocJudge, unsafe.Pointer(&req))
	var errno unix.Errno
	if reason := cString(req.Reason[:]); reason != "" && errors.As(err, &errno) {
		err = &Refused{reason, errno}
	}
	return Place{req.Address, req.Size, int(req.Position)}, err
}
