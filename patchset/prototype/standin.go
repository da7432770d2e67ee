// SPDX-License-Identifier: GPL-2.0-only

package prototype

import (
	"errors"

	"github.com/cilium/ebpf/btf"
)

// inRegisters is up to how many bytes of a structure are passed in registers: see "Parameter Passing" in the x86-64
// psABI. A larger one is on the stack, whatever is in it.
const inRegisters = 16

// passed returns the bytes of a structure or union for which an array of as many bytes is passed in the same way. A
// small one with floating-point numbers is in other registers, and one with a field that is not aligned in none.
func passed(t btf.Type) (int, error) {
	size, err := btf.Sizeof(t)
	if err != nil {
		return 0, err
	}
	if size <= inRegisters {
		err = plain(t, 0)
	}
	return size, err
}

var errUnaligned = errors.New("a field of it is not aligned, so that it is passed in a way of its own")

// plain returns why a part of a structure, at an offset in bytes, is not passed as a whole number would be.
func plain(t btf.Type, at int) error {
	var members []btf.Member
	switch t := btf.UnderlyingType(t).(type) {
	case *btf.Float:
		return errFloat
	case *btf.Struct:
		members = t.Members
	case *btf.Union:
		members = t.Members
	case *btf.Array:
		return plain(t.Type, at)
	default:
		size, err := btf.Sizeof(t)
		if err == nil && size > 0 && at%min(size, inRegisters/2) != 0 {
			err = errUnaligned
		}
		return err
	}
	for _, m := range members {
		if m.BitfieldSize > 0 {
			continue
		}
		if err := plain(m.Type, at+int(m.Offset.Bytes())); err != nil {
			return err
		}
	}
	return nil
}
