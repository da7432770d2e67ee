// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"cmp"
	"debug/elf"
	"errors"
	"slices"
	"strings"
)

// Options say how an object is extracted.
type Options struct {
	// Tag tells the files of one patch apart in the names of symbols: two may have a static function of one name.
	Tag string
	// ObjtoolLater says that kbuild runs objtool over the linked module, and not over each object: see ObjtoolLater.
	ObjtoolLater bool
	// Rebuild names functions that are replaced although they are the same, so that a switch can be measured by itself.
	Rebuild []string
}

// Prefixes of names in an extracted object, before the tag. A replacement that had its original's name would hide it.
const (
	newPrefix = "spotos_new_"
	oldPrefix = "spotos_old_"
)

// Extracted is an object that holds what changed.
type Extracted struct {
	Object       *Object
	Replacements []Replacement
	References   []Reference
	New          []string // functions for other files that the original does not have, by their names
	Gone         []string // and those that only the original has
	Kept         []string // what somebody may keep a pointer to that outlives a revert, a sentence each
}

// Replacement is a function that is to be switched.
type Replacement struct {
	Function string // as the original object calls it
	Symbol   string // the new one, which other objects of the module may refer to
}

// Reference is a symbol that the object refers to and does not have.
type Reference struct {
	Symbol   string // in the extracted object
	Name     string // in the kernel
	Local    bool   // it is a static symbol of the original object, which only MakeLate can have resolved
	Address  bool   // not only called
	Function bool   // it is known to be a function of the original object
}

// ErrSame says that two objects do not differ in any function that could be replaced.
var ErrSame = errors.New("no function's machine code changed: the diff touches only comments, line numbers, types, " +
	"or what is not compiled for this kernel")

// Extract makes an object of what changed between two objects of one source file. What stands in the way of a patch is
// returned as a *RefusedError with all reasons; objects without a difference give ErrSame.
//
// References to functions that the kernel has go to the originals, so that a callback survives a revert; entries in
// tables go to the new ones.
func Extract(original, patched *Object, options Options) (*Extracted, error) {
	d := compare(takeApart(original, options.ObjtoolLater), takeApart(patched, options.ObjtoolLater))
	if err := d.rebuild(options.Rebuild); err != nil {
		return nil, err
	}
	s := choose(d)
	if err := s.checkTypes(); err != nil {
		return nil, err
	}
	if err := Refused(s.refusals); err != nil {
		return nil, err
	}
	if len(s.travels) == 0 {
		return &Extracted{Gone: s.goneForOthers()}, ErrSame
	}
	x := &extractor{selection: s, options: options, out: Extracted{Kept: s.kept, Gone: s.goneForOthers()},
		placed: make(map[*part]place), entered: make(map[*entry]place),
		sections: make(map[*Section]*Section), starts: make(map[*Section]*Symbol),
		outside: make(map[string]*Symbol), names: make(map[string]bool)}
	for _, p := range s.inOrder() {
		x.place(p)
	}
	for _, p := range s.inOrder() {
		for i := range p.entries {
			x.entry(p, &p.entries[i])
		}
		to := x.placed[p]
		to.section.Relocs = append(to.section.Relocs, x.relocs(p.refs, to.start, true)...)
	}
	x.nameKeys()
	x.out.Object.Sections = append(x.out.Object.Sections, &Section{Name: ".note.GNU-stack", Type: elf.SHT_PROGBITS,
		Align: 1, Data: []byte{}})
	slices.SortFunc(x.out.References, func(a, b Reference) int { return cmp.Compare(a.Symbol, b.Symbol) })
	return &x.out, nil
}

// extractor puts the parts that travel into a new object.
type extractor struct {
	*selection
	options  Options
	out      Extracted
	placed   map[*part]place
	entered  map[*entry]place
	sections map[*Section]*Section // new ones, by those of the patched object
	starts   map[*Section]*Symbol  // of new sections
	outside  map[string]*Symbol
	names    map[string]bool // taken
}

// place is where a part has been put.
type place struct {
	section *Section
	start   uint64
}

// section returns the new section for what comes from one of the patched object. It is not mergeable, so that nobody
// moves what is in it.
func (x *extractor) section(from *Section) *Section {
	if to := x.sections[from]; to != nil {
		return to
	}
	if x.out.Object == nil {
		x.out.Object = &Object{}
	}
	to := &Section{Name: from.Name, Type: from.Type, Align: from.Align, Info: from.Info,
		Flags: from.Flags &^ (elf.SHF_MERGE | elf.SHF_STRINGS | elf.SHF_GROUP)}
	x.sections[from] = to
	x.out.Object.Sections = append(x.out.Object.Sections, to)
	start := &Symbol{Section: to, Info: elf.ST_INFO(elf.STB_LOCAL, elf.STT_SECTION)}
	x.starts[to] = start
	x.out.Object.Symbols = append(x.out.Object.Symbols, start)
	return to
}

// grow appends to a section, at a place that is aligned as it was at from, and returns where.
func (to *Section) grow(data []byte, size, from uint64) uint64 {
	start := to.Size + (from-to.Size)%to.Align
	to.Size = start + size
	if to.Type != elf.SHT_NOBITS {
		to.Data = append(append(to.Data, make([]byte, start-uint64(len(to.Data)))...), data...)
	}
	return start
}

// place puts a part into its section and gives it its symbol.
func (x *extractor) place(p *part) {
	to := x.section(p.section)
	at := place{to, to.grow(p.content(), p.size(), p.start)}
	x.placed[p] = at
	if p.symbol == nil {
		return
	}
	original := x.pairs.original[p]
	symbol := &Symbol{Name: p.name, Section: to, Value: at.start + p.entry, Other: p.symbol.Other,
		Size: min(p.symbol.Size, p.size()-p.entry)}
	bind := elf.STB_LOCAL
	switch {
	case p.role == code && original != nil && p.parent() == "":
		bind, symbol.Name = elf.STB_GLOBAL, x.free(newPrefix+x.tag()+p.name)
		x.out.Replacements = append(x.out.Replacements, Replacement{original.name, symbol.Name})
	case original == nil && !p.local():
		bind = elf.STB_GLOBAL // other files of the patch know it by this name
	case p.parent() != "":
		symbol.Name = cName(newPrefix+x.tag()+p.parent()) + ".cold" // objtool finds the function by it
	default:
		symbol.Name = newPrefix + x.tag() + p.name
	}
	if p.role == code && original == nil && p.parent() == "" && !p.local() {
		x.out.New = append(x.out.New, p.name)
	}
	symbol.Info = elf.ST_INFO(bind, p.symbol.Type())
	x.out.Object.Symbols = append(x.out.Object.Symbols, symbol)
}

func (x *extractor) tag() string {
	if x.options.Tag == "" {
		return ""
	}
	return x.options.Tag + "_"
}

// free returns a name that C can spell and that no other replacement has.
func (x *extractor) free(name string) string {
	name = cName(name)
	for x.names[name] {
		name += "_"
	}
	x.names[name] = true
	return name
}

// cName makes a name one of C: the compiler's clones of functions have points in theirs.
func cName(name string) string { return strings.ReplaceAll(name, ".", "_") }
