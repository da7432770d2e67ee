// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"debug/elf"
	"slices"
)

// Loaded returns the object without what the kernel never has in memory, such as debugging information. The two share
// their sections and symbols.
func (o *Object) Loaded() *Object {
	out := func(s *Section) bool { return s.Flags&elf.SHF_ALLOC == 0 }
	return &Object{
		Sections: slices.DeleteFunc(slices.Clone(o.Sections), out),
		Symbols: slices.DeleteFunc(slices.Clone(o.Symbols), func(s *Symbol) bool {
			return s.Section != nil && out(s.Section)
		}),
	}
}
