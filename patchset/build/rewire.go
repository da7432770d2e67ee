// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"debug/elf"
	"strings"
)

// relocs returns references as relocations of a new section, from a place in it on. In code and data a reference to a
// function's entry goes to the original where there is one; in a table it goes to the new function.
func (x *extractor) relocs(refs []ref, start uint64, toOriginal bool) []Reloc {
	relocs := make([]Reloc, 0, len(refs))
	for _, r := range refs {
		if r.reloc == nil {
			continue // within what is placed as a whole
		}
		reloc := Reloc{Offset: start + r.at, Type: r.reloc.Type, Addend: r.reloc.Addend}
		switch {
		case r.own != nil:
			at := x.entered[r.own]
			reloc.Symbol = x.starts[at.section]
			reloc.Addend = int64(at.start) - r.skip
		case r.to == nil:
			reloc.Symbol = x.external(x.outsideName(r.symbol.Name), r.symbol.Name, Reference{Address: r.takesAddress()})
			reloc.Symbol.Info = r.symbol.Info // it may be weak
		case x.outsideRef(r, toOriginal):
			original := x.pairs.original[r.to]
			reloc.Symbol = x.existing(original, toOriginal && r.takesAddress())
			reloc.Addend = r.offset - int64(original.entry) - r.skip
		default:
			at := x.placed[r.to]
			reloc.Symbol = x.starts[at.section]
			reloc.Addend = int64(at.start) + r.offset - r.skip
		}
		relocs = append(relocs, reloc)
	}
	return relocs
}

// outsideRef reports whether a reference goes to the running kernel.
func (x *extractor) outsideRef(r ref, toOriginal bool) bool {
	if !x.travels[r.to] {
		return true
	}
	entry := r.to.role == code && r.to.parent() == "" && r.offset == int64(r.to.entry)
	return toOriginal && entry && x.pairs.original[r.to] != nil
}

// ownModule is THIS_MODULE. Each module has one, the patch as well.
const ownModule = "__this_module"

// outsideName returns what the extracted object calls a symbol that its file does not have.
func (x *extractor) outsideName(name string) string {
	if name == ownModule {
		return oldPrefix + x.tag() + name
	}
	return name
}

// existing returns a symbol for what the original object has. One that is static there gets a name of its own, since
// other objects of the patch may mean something else by the same name. address says that the reference is no call.
func (x *extractor) existing(original *part, address bool) *Symbol {
	about := Reference{Local: original.local(), Function: original.role == code, Address: address}
	if original.local() {
		return x.external(oldPrefix+x.tag()+original.name, original.name, about)
	}
	return x.external(original.name, original.name, about)
}

// external returns an undefined symbol.
func (x *extractor) external(symbol, name string, about Reference) *Symbol {
	if s := x.outside[symbol]; s != nil {
		for i := range x.out.References {
			if known := &x.out.References[i]; known.Symbol == symbol {
				known.Address = known.Address || about.Address
			}
		}
		return s
	}
	s := &Symbol{Name: symbol, Info: elf.ST_INFO(elf.STB_GLOBAL, elf.STT_NOTYPE)}
	x.outside[symbol] = s
	x.out.Object.Symbols = append(x.out.Object.Symbols, s)
	about.Symbol, about.Name = symbol, name
	x.out.References = append(x.out.References, about)
	return s
}

// entry puts an entry of a function's into its table, and what belongs to it into the section beside.
func (x *extractor) entry(p *part, e *entry) {
	to := x.section(e.table)
	if e.table.Flags&elf.SHF_LINK_ORDER != 0 && to.Link == nil {
		to.Link = x.placed[p].section
	}
	var beside uint64
	switch e.table.Name {
	case orcPlaces:
		x.section(x.patched.section(orcData)).grow(e.extra, uint64(len(e.extra)), 0)
	case alternatives: // whose code is not a part
		code := x.section(x.patched.section(replacements))
		beside = code.grow(e.extra, uint64(len(e.extra)), 0)
		code.Relocs = append(code.Relocs, x.relocs(e.places, beside, true)...)
	}
	start := to.grow(e.data, uint64(len(e.data)), 0)
	x.entered[e] = place{to, start}
	to.Relocs = append(to.Relocs, x.relocs(e.refs, start, false)...)
	if e.table.Name == alternatives {
		to.Relocs = append(to.Relocs, Reloc{Offset: start + e.beside.at, Type: e.beside.reloc.Type,
			Symbol: x.starts[x.sections[x.patched.section(replacements)]], Addend: int64(beside)})
	}
}

// nameKeys has the symbol table name the keys of the static calls that travel: objtool looks for them there.
func (x *extractor) nameKeys() {
	for _, key := range x.patched.keys {
		if x.outside[staticCallCode+strings.TrimPrefix(key, staticCallKey)] != nil {
			x.external(key, key, Reference{})
		}
	}
}
