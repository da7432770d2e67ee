// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"
)

// shape is what a table of the kernel looks like. The first relocation of an entry leads into the function that the
// entry belongs to.
type shape struct {
	sizes   []uint64  // how long an entry is, in the kernels that are known
	refs    []uint64  // where in an entry there must be relocations
	line    [2]uint64 // the bytes that hold a line number, which is no difference; they count from the entry's end
	objtool bool      // objtool makes the table
	notes   bool      // it is for objtool, and nobody looks at it in a running kernel
}

// Names of sections that go with a table.
const (
	orcPlaces    = ".orc_unwind_ip"
	orcData      = ".orc_unwind" // one record for each entry of orcPlaces
	alternatives = ".altinstructions"
	replacements = ".altinstr_replacement" // code that alternatives refer to
	bugTable     = "__bug_table"
	entryTable   = "__mcount_loc" // functions that ftrace can redirect
	addressable  = ".discard.addressable"
)

// shapes are the tables in which a function has entries. Tables whose entries have but one possible length are told
// from damaged ones by their relocations all the same.
var shapes = map[string]shape{
	bugTable:                        {sizes: []uint64{12, 16}, refs: []uint64{0}, line: [2]uint64{4, 2}},
	"__ex_table":                    {sizes: []uint64{12}, refs: []uint64{0, 4}},
	"__jump_table":                  {sizes: []uint64{16}, refs: []uint64{0, 4, 8}},
	alternatives:                    {sizes: []uint64{12, 13, 14}, refs: []uint64{0, 4}},
	".parainstructions":             {sizes: []uint64{16}, refs: []uint64{0}},
	".smp_locks":                    {sizes: []uint64{4}, refs: []uint64{0}},
	entryTable:                      {sizes: []uint64{8}, refs: []uint64{0}},
	"__patchable_function_entries":  {sizes: []uint64{8}, refs: []uint64{0}},
	".static_call_sites":            {sizes: []uint64{8}, refs: []uint64{0, 4}, objtool: true},
	".retpoline_sites":              {sizes: []uint64{4}, refs: []uint64{0}, objtool: true},
	".return_sites":                 {sizes: []uint64{4}, refs: []uint64{0}, objtool: true},
	".call_sites":                   {sizes: []uint64{4}, refs: []uint64{0}, objtool: true},
	".ibt_endbr_seal":               {sizes: []uint64{4}, refs: []uint64{0}, objtool: true},
	orcPlaces:                       {sizes: []uint64{4}, refs: []uint64{0}, objtool: true},
	".discard.reachable":            {sizes: []uint64{4, 8}, refs: []uint64{0}, notes: true},
	".discard.unreachable":          {sizes: []uint64{4, 8}, refs: []uint64{0}, notes: true},
	".discard.retpoline_safe":       {sizes: []uint64{4, 8}, refs: []uint64{0}, notes: true},
	".discard.instr_begin":          {sizes: []uint64{4, 8}, refs: []uint64{0}, notes: true},
	".discard.instr_end":            {sizes: []uint64{4, 8}, refs: []uint64{0}, notes: true},
	".discard.unwind_hints":         {sizes: []uint64{8, 12}, refs: []uint64{0}, notes: true},
	".discard.intra_function_calls": {sizes: []uint64{4, 8}, refs: []uint64{0}, notes: true},
	".discard.annotate_insn":        {sizes: []uint64{8}, refs: []uint64{0}, notes: true},
	".discard.validate_unret":       {sizes: []uint64{4, 8}, refs: []uint64{0}, notes: true},
	addressable:                     {sizes: []uint64{8}, refs: []uint64{0}, notes: true},
}

// entry is an entry of a table.
type entry struct {
	table  *Section
	at     uint64 // where in the table
	number int    // among its function's entries, from 1
	data   []byte
	refs   []ref
	extra  []byte // the record of orcData, or the code in replacements
	places []ref  // relocations of that code
	beside ref    // the entry's own relocation for that code, which is not among refs
}

// readTables gives each function its entries. Those of objtool are left out if it is to run again, and what is for
// objtool if it is not.
func (l *layout) readTables(annotations bool) {
	for _, s := range l.object.Sections {
		shape, known := shapes[s.Name]
		if !known || s.Size == 0 || (annotations && shape.objtool) || (!annotations && shape.notes) {
			continue
		}
		relocs := make(map[uint64]*Reloc)
		for i := range s.Relocs {
			relocs[s.Relocs[i].Offset] = &s.Relocs[i]
		}
		size := shape.fit(s, relocs)
		if size == 0 {
			l.refuse(s.Name, "has entries of a length that is not known here, so nobody can say which function they "+
				"belong to", "build this patch for a kernel of the list that spotos doctor has tried")
			continue
		}
		for at := uint64(0); at < s.Size; at += size {
			if err := l.readEntry(s, at, min(size, s.Size-at), relocs); err != nil {
				l.refuse(s.Name, fmt.Sprintf("cannot be read: %v", err), "compile the file again")
				break
			}
		}
	}
}

// fit returns the length of a table's entries: the first one with relocations where each entry must have them. Of
// several a shorter one comes first: where entries are longer, it finds none in their middle.
func (shape shape) fit(s *Section, relocs map[uint64]*Reloc) uint64 {
next:
	for _, size := range shape.sizes {
		last := shape.refs[len(shape.refs)-1] + 4
		if s.Size%size != 0 && s.Size%size < last {
			continue
		}
		for at := uint64(0); at < s.Size; at += size {
			for _, offset := range shape.refs {
				if relocs[at+offset] == nil {
					continue next
				}
			}
		}
		return size
	}
	return 0
}

// readEntry gives an entry to its function. One that belongs to no part, in code that was left out, is passed over.
func (l *layout) readEntry(s *Section, at, size uint64, relocs map[uint64]*Reloc) error {
	e := entry{table: s, at: at, data: s.Data[at : at+size]}
	for offset := uint64(0); offset < size; offset++ {
		if r := relocs[at+offset]; r != nil {
			e.refs = append(e.refs, l.resolve(r, at, 0, false))
		}
	}
	switch s.Name {
	case orcPlaces:
		if err := l.orcRecord(&e, at/size, s.Size/size); err != nil {
			return err
		}
	case alternatives:
		if err := l.replacement(&e); err != nil {
			return err
		}
	case addressable:
		l.keepName(e)
		return nil
	}
	if owner := e.refs[0].to; owner != nil && owner.role == code {
		e.number = len(owner.entries) + 1
		owner.entries = append(owner.entries, e)
	}
	return nil
}

// findOwn finds references of a function to entries of its own in a table: a warning with arguments hands its entry on.
// One to another function's entry stays a reference to the table, with which nothing travels.
func (l *layout) findOwn() {
	for _, p := range l.parts {
		for i := range p.refs {
			r := &p.refs[i]
			if r.to != nil || r.symbol == nil || r.symbol.Section == nil {
				continue
			}
			at := int64(r.symbol.Value) + r.offset
			of := slices.IndexFunc(p.entries, func(e entry) bool {
				return e.table == r.symbol.Section && int64(e.at) == at
			})
			if of >= 0 {
				r.own, r.offset = &p.entries[of], 0
			}
		}
	}
}

// lineOf returns the bytes of an entry that hold a line number.
func (e entry) lineOf() [2]uint64 {
	line, size := shapes[e.table.Name].line, uint64(len(e.data))
	if line[0] == 0 || line[0] > size {
		return [2]uint64{}
	}
	return [2]uint64{size - line[0], size - line[1]}
}

// orcRecord adds the record that tells the unwinder what the stack looks like from here on.
func (l *layout) orcRecord(e *entry, number, of uint64) error {
	data := l.section(orcData)
	if data == nil || data.Size%of != 0 || data.Data == nil {
		return fmt.Errorf("section %s does not go with %s", orcData, orcPlaces)
	}
	size := data.Size / of
	e.extra = data.Data[number*size : (number+1)*size]
	return nil
}

// replacement adds the code that may replace an instruction, whose length is the entry's last byte.
func (l *layout) replacement(e *entry) error {
	to := e.refs[1]
	e.beside, e.refs = to, slices.Delete(e.refs, 1, 2)
	s, length := to.reloc.Symbol.Section, uint64(e.data[len(e.data)-1])
	if s == nil || s.Name != replacements || s.Data == nil {
		return fmt.Errorf("an alternative is not in %s", replacements)
	}
	from := to.reloc.Symbol.Value + uint64(to.reloc.Addend)
	if from > s.Size || length > s.Size-from {
		return fmt.Errorf("an alternative reaches past the end of %s", replacements)
	}
	e.extra = s.Data[from : from+length]
	next := make(map[uint64]pcRelative)
	for _, pc := range pcRelatives(e.extra) {
		next[pc.field] = pc
	}
	for i := range s.Relocs {
		r := &s.Relocs[i]
		if r.Offset < from || r.Offset >= from+length {
			continue
		}
		skip, pc := int64(0), next[r.Offset-from]
		if isPCRelative(r.Type) {
			skip = int64(max(pc.next, 4))
		}
		place := l.resolve(r, from, skip, false)
		place.branch = pc.branch || r.Type == elf.R_X86_64_PLT32
		e.places = append(e.places, place)
	}
	return nil
}

// keepName notes the key of a static call, which is to be named in the symbol table: objtool looks for it there.
func (l *layout) keepName(e entry) {
	name := ""
	switch r := e.refs[0]; {
	case r.symbol != nil:
		name = r.symbol.Name
	case r.to != nil:
		name = r.to.name
	}
	if strings.HasPrefix(name, staticCallKey) {
		l.keys = append(l.keys, name)
	}
}

// staticCallKey and staticCallCode begin the names of a static call's two symbols.
const (
	staticCallKey  = "__SCK__"
	staticCallCode = "__SCT__"
)

func (l *layout) section(name string) *Section {
	for _, s := range l.object.Sections {
		if s.Name == name && s.Type != elf.SHT_NOBITS {
			return s
		}
	}
	return nil
}
