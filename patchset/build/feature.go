// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"debug/elf"
	"slices"
)

// featureTests is a section of code that static_cpu_has() jumps to until alternatives have decided it at boot: an asm
// goto, which tests the feature there and jumps back. All functions of a file have their tests in this one section.
const featureTests = ".altinstr_aux"

// isTest reports whether a part is what a function's static_cpu_has() jumps to.
func (p *part) isTest() bool { return p.section.Name == featureTests }

// splitTests cuts the section featureTests before each place that a jump leads to, so that each piece is compared as a
// part of the function that jumps there. Only code jumps: the unwinder's tables lead to other places in it.
func (l *layout) splitTests(s *Section) []*part {
	starts := []uint64{0}
	for _, from := range l.object.Sections {
		for _, r := range from.Relocs {
			const field = 4 // of a jump, which ends with it
			at := int64(r.Symbol.Value) + r.Addend + field
			if from.Flags&elf.SHF_EXECINSTR != 0 && r.Symbol.Section == s && isPCRelative(r.Type) &&
				at > 0 && at < int64(s.Size) {
				starts = append(starts, uint64(at))
			}
		}
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)
	var parts []*part
	for i, start := range starts {
		parts = append(parts, &part{role: code, section: s, start: start, end: s.Size, name: s.Name})
		if i > 0 {
			parts[i-1].end = start
		}
	}
	return parts
}

// testsFeature refuses a function that jumps to such a test.
func testsFeature(from *part) Refusal {
	return Refusal{from.unit(), "tests a CPU feature by static_cpu_has() or cpu_feature_enabled(), whose asm goto leads " +
		"into section " + featureTests + ", which no patch can take along", "write boot_cpu_has() instead in the fixed " +
		"version; where an inline function of a header tests, reboot into the fixed kernel"}
}
