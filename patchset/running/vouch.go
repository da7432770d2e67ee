// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"cmp"
	"debug/elf"
	"fmt"
	"regexp"
	"slices"
)

// numbered matches a name that ends with a number that the compiler gave it: of what is static in a function, such as
// __already_done.12, or of what has to be unique in its file, such as __UNIQUE_ID_ddebug345.
var numbered = regexp.MustCompile(`^(.+\.|__UNIQUE_ID_.*[^0-9])[0-9]+$`)

// stem returns a name without the number at its end.
func stem(name string) string {
	if m := numbered.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return name
}

// vouch asks the symbol table whether a symbol is at an address. It returns a reason if the symbol is elsewhere. A
// compiler's number at the end of a name may differ, since it counts what else is in the file.
func (c *Code) vouch(name string, addr uint64) (in Implied, reason string) {
	in = Implied{Name: name, Addr: addr}
	here := c.At(addr)
	for _, s := range here {
		if s.Name == name {
			in.Listed, in.Other = name, s.Other
			return in, ""
		}
	}
	if short := stem(name); short != name {
		for _, s := range here {
			if stem(s.Name) == short {
				in.Listed, in.Other = s.Name, s.Other
				return in, ""
			}
		}
	}
	named := c.Named(name)
	if len(named) == 0 {
		return in, ""
	}
	return in, fmt.Sprintf("it refers to %s at %#x, but %s has %s at %#x%s", name, addr, c.Object, name, named[0].Addr,
		more(len(named)))
}

// more says that there are more places than the one just named.
func more(count int) string {
	if count < 2 {
		return ""
	}
	return fmt.Sprintf(" and %d other places", count-1)
}

// implied lists where each symbol must be that the function refers to, and checks it with the symbol table.
func (c *comparison) implied() ([]Implied, error) {
	found := map[string]Implied{}
	add := func(i int, addr uint64) error {
		symbol := c.object.symbols[i]
		name := symbol.Name
		in, reason := c.code.vouch(name, addr)
		if must := symbol.Section == elf.SHN_UNDEF || elf.ST_TYPE(symbol.Info) == elf.STT_FUNC; in.Listed == "" && must &&
			reason == "" {
			reason = fmt.Sprintf("it refers to %s, and the kernel has nothing of that name", name)
		}
		if before, ok := found[name]; ok && before.Addr != addr {
			reason = fmt.Sprintf("%s must be both at %#x and at %#x", name, before.Addr, addr)
		}
		if reason != "" {
			return c.differs(0, reason)
		}
		found[name] = in
		return nil
	}
	for i, addr := range c.others {
		if elf.ST_BIND(c.object.symbols[i].Info) == elf.STB_WEAK && addr == 0 {
			continue // nobody has it, and the code asks whether somebody does
		}
		if err := add(i, addr); err != nil {
			return nil, err
		}
	}
	for section, base := range c.bases {
		for _, i := range c.object.named[section] {
			if elf.ST_BIND(c.object.symbols[i].Info) == elf.STB_WEAK {
				continue // the kernel may have another file's under that name
			}
			if err := add(i, base+c.object.symbols[i].Value); err != nil {
				return nil, err
			}
		}
	}
	list := make([]Implied, 0, len(found))
	for _, in := range found {
		list = append(list, in)
	}
	slices.SortFunc(list, func(a, b Implied) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}
