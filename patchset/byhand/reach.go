// SPDX-License-Identifier: GPL-2.0-only

package byhand

import (
	"debug/elf"
	"slices"

	"golang.org/x/arch/x86/x86asm"

	"spotos/patchset/build"
)

// lead notes what a reference to a function of the module itself says of who calls whom. A function's unlikely part is
// one that it jumps to.
func (m *module) lead(object *build.Object, s *build.Section, r build.Reloc) {
	if r.Symbol.Section == nil || r.Symbol.Section.Flags&elf.SHF_EXECINSTR == 0 || s.Flags&elf.SHF_EXECINSTR == 0 {
		return
	}
	to := r.Symbol.Value + uint64(r.Addend)
	if r.Type != elf.R_X86_64_64 {
		to += callField // a relative field counts from its end
	}
	for _, from := range functionsAt(object, s, r.Offset) {
		m.leads[from] = append(m.leads[from], functionsAt(object, r.Symbol.Section, to)...)
	}
}

// callField is the length of the field of a call or jump, which ends the instruction.
const callField = 4

// functionsAt returns the functions that have a place of a section in them.
func functionsAt(object *build.Object, s *build.Section, at uint64) (names []string) {
	for _, f := range object.Symbols {
		if f.Section == s && f.Type() == elf.STT_FUNC && at >= f.Value && at-f.Value < f.Size {
			names = append(names, f.Name)
		}
	}
	return names
}

// reaches reports whether a function of the module calls a symbol, itself or by others of the module.
func (m *module) reaches(function, symbol string) bool {
	seen := map[string]bool{function: true}
	for queue := []string{function}; len(queue) > 0; queue = queue[1:] {
		if slices.Contains(m.within[symbol], queue[0]) {
			return true
		}
		for _, next := range m.leads[queue[0]] {
			if !seen[next] {
				seen[next], queue = true, append(queue, next)
			}
		}
	}
	return false
}

// readNear notes which functions of a section call each other: the assembler needs no relocation for that.
func (m *module) readNear(object *build.Object, s *build.Section) {
	if s.Flags&elf.SHF_EXECINSTR == 0 {
		return
	}
	related := make(map[uint64]bool)
	for _, r := range s.Relocs {
		related[r.Offset+callField] = true
	}
	for _, f := range object.Symbols {
		if f.Section != s || f.Type() != elf.STT_FUNC || f.Value+f.Size > uint64(len(s.Data)) {
			continue
		}
		for at, end := f.Value, f.Value+f.Size; at < end; {
			inst, err := x86asm.Decode(s.Data[at:end], 64)
			if err != nil || inst.Len == 0 {
				at++
				continue
			}
			at += uint64(inst.Len)
			if to, ok := inst.Args[0].(x86asm.Rel); ok && !related[at] {
				m.leads[f.Name] = append(m.leads[f.Name], functionsAt(object, s, at+uint64(int64(to)))...)
			}
		}
	}
}
