// SPDX-License-Identifier: GPL-2.0-only

package proof

import (
	"debug/elf"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"spotos/internal/ko"
	"spotos/patchset"
	"spotos/patchset/running"
)

// shnLivepatch is the section index of symbols that the kernel's loader looks up in its table of all symbols.
const shnLivepatch = elf.SectionIndex(0xff20)

// moduleItself is the symbol of a module's own structure, by which a patch keeps a module loaded that exports nothing.
const moduleItself = "__this_module"

// lateName is the name of such a symbol: the object, the name, and the position among the object's symbols of that
// name.
var lateName = regexp.MustCompile(`^\.klp\.sym\.([^.,]+)\.([^,]+),(0|[1-9][0-9]{0,9})$`)

// late looks whether each symbol that the module has the kernel's loader look up is the one that the proved code refers
// to. A position that leads to a namesake would be taken by the loader without a word.
func (r *repeater) late(file *ko.File) {
	symbols, err := file.Symbols()
	if err != nil {
		r.refuse(patchset.Unknown, "", fmt.Sprintf("reading the symbols of %s: %v", r.patch.Name, err), rebuild)
		return
	}
	for _, s := range symbols {
		if s.Section != shnLivepatch {
			continue
		}
		part := lateName.FindStringSubmatch(s.Name)
		if part == nil {
			r.refuse(patchset.NoSwitch, "", fmt.Sprintf("%s refers to %q, which names no symbol of the kernel", r.patch.Name,
				s.Name), rebuild)
			continue
		}
		position, _ := strconv.Atoi(part[3])
		code := r.code(part[1])
		if code == nil {
			continue
		}
		addr, shown, why := r.means(code, part[2], position)
		if why != "" {
			r.refuse(patchset.NoSwitch, "", why, rebuild)
			continue
		}
		switch {
		case part[2] == moduleItself: // no code refers to it, and there can be no other
		case shown:
			r.Symbols++
		default:
			r.ByName++
		}
		r.listed(code, part[2], addr)
	}
}

// means returns the address in the code of the symbol of a name and position, and whether proved code refers to it; or
// why it is not the one that is meant. Of a patch by hand it is the one that its author says.
func (r *repeater) means(code *running.Code, name string, position int) (addr uint64, shown bool, why string) {
	here := code.Lasting(name)
	if position > len(here) || position == 0 && len(here) != 1 {
		return 0, false, fmt.Sprintf("%s refers to %s,%d of %s, which has %d of that name", r.patch.Name, name, position,
			code.Object, len(here))
	}
	addr = here[max(position, 1)-1].Addr
	if r.patch.ByHand() {
		return addr, false, ""
	}
	implied := r.implied(code, name)
	meant, err := code.Meant(name, implied)
	switch {
	case err != nil:
		return 0, false, fmt.Sprintf("%s refers to %s,%d of %s, and nothing shows that this one of %d is meant: %v",
			r.patch.Name, name, position, code.Object, len(here), err)
	case !slices.Contains(meant, addr) && len(implied) > 0:
		return 0, false, fmt.Sprintf("%s refers to %s,%d of %s at %#x, and the proved code refers to the one at %#x",
			r.patch.Name, name, position, code.Object, addr, meant[0])
	case !slices.Contains(meant, addr):
		return 0, false, fmt.Sprintf("%s refers to %s,%d of %s at %#x, and by its name alone the global one at %#x is meant",
			r.patch.Name, name, position, code.Object, addr, meant[0])
	}
	return addr, len(implied) > 0, ""
}

// implied returns where the proved code of an object has what has a name.
func (r *repeater) implied(code *running.Code, name string) []uint64 {
	var implied []uint64
	for _, p := range r.proved {
		if p.code != code {
			continue
		}
		for _, m := range p.Matches {
			if m.Function.Name == name { // the function itself is proved to be there
				implied = append(implied, m.Addr)
			}
			for _, in := range m.Implied {
				if in.Listed == name && !in.Other {
					implied = append(implied, in.Addr)
				}
			}
		}
	}
	return implied
}
