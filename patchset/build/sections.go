// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"debug/elf"
	"slices"
	"strings"
)

// role is what a section's content is to the kernel.
type role int

const (
	ignored  role = iota // nothing at run time, or nothing that a patch takes along
	code                 // functions
	constant             // data that nobody writes
	writable             // data that the running kernel may have changed
	text                 // strings that the linker may merge
	literal              // numbers of one length that the linker may merge
	table                // entries that each belong to a function
	bootOnly             // what the kernel looks at while it boots, or in vmlinux only
)

// left are sections that no patch takes along: notes for tools, what a module says of itself, exports (of which
// exported() keeps an eye), and calls at boot.
var left = []string{".comment", ".note", ".modinfo", "__ksymtab", "___ksymtab", "__kcrctab", "___kcrctab",
	".export_symbol", ".initcall", ".exitcall", ".discard.", ".orc_header", ".gnu.", "__versions"}

// dataNames begin the names of sections with data that a module may have too.
var dataNames = []string{".data", ".bss", ".rodata", "__dyndbg"}

// roleOf returns what a section is.
func roleOf(s *Section) role {
	_, known := shapes[s.Name]
	switch {
	case known:
		return table
	case s.Flags&elf.SHF_ALLOC == 0 || hasPrefix(s.Name, left),
		s.Name == ".BTF" || s.Name == orcData || s.Name == replacements:
		return ignored
	case s.Flags&elf.SHF_EXECINSTR != 0:
		return code
	case !hasPrefix(s.Name, dataNames):
		return bootOnly
	case s.Flags&elf.SHF_STRINGS != 0 && s.EntSize > 0:
		return text
	case s.Flags&elf.SHF_MERGE != 0 && s.EntSize > 0:
		return literal
	case s.Flags&elf.SHF_WRITE != 0:
		return writable
	}
	return constant
}

func hasPrefix(name string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// noModule says why a module's loader makes something else of data in this section, "" if it does not: compiled into
// the kernel, they lie in sections that only its own linker script knows.
func noModule(section string) string {
	switch {
	case strings.HasPrefix(section, ".data..percpu."):
		return "is new per-CPU data of a kind that a module cannot have: declare it with DEFINE_PER_CPU"
	case strings.HasPrefix(section, ".data..decrypted"), strings.HasPrefix(section, ".bss..decrypted"):
		return "is new data that must not be encrypted, which a module cannot have: reboot into the fixed kernel"
	}
	return ""
}

// noReplacement says why a function in this section cannot be replaced, "" if it can.
func noReplacement(section string) string {
	switch {
	case strings.HasPrefix(section, ".init.") || strings.HasPrefix(section, ".meminit."):
		return "runs only while the kernel boots or its module is loaded, and its code is gone by now: " +
			"leave it out of the diff, or reboot into the fixed kernel"
	case strings.HasPrefix(section, ".exit."):
		return "runs only while its module is unloaded, when the patch must be gone already: leave it out of the diff"
	case strings.HasPrefix(section, ".noinstr") || strings.HasPrefix(section, ".entry") ||
		strings.HasPrefix(section, ".cpuidle") || strings.HasPrefix(section, ".irqentry") ||
		strings.HasPrefix(section, ".kprobes"):
		return "is entry or noinstr code (" + section + "), where nothing may be traced and so nothing replaced: " +
			"leave it out of the diff, or reboot into the fixed kernel"
	case section == ".text":
		return "is assembly in a C file: leave it out of the diff, or reboot into the fixed kernel"
	case !strings.HasPrefix(section, ".text."):
		return "is in section " + section + ", whose functions are placed by hand: leave it out of the diff"
	}
	return ""
}

// copied are variables of a function's own that travel with it, since nobody else can know them and starting again
// does no harm: what the compiler or a macro of the kernel makes at each use.
var copied = []string{"__func__", "__FUNCTION__", "__PRETTY_FUNCTION__", "__already_done", "__warned", "__key", "_rs",
	"__print_once", "CSWTCH", "descriptor", "__msg"}

// isCopied reports whether a variable of a function's own travels with its readers, by its name and its section. What
// is written must be a macro's: where a macro puts it, or of a type that has no content.
func isCopied(p *part) bool {
	name, numbered := base(p.name)
	switch {
	case p.section.Name == "__dyndbg":
		return true
	case !numbered || !slices.Contains(copied, name):
		return false
	case p.role == constant:
		return true
	}
	return strings.Contains(p.section.Name, ".once") || name == "__key" || name == "_rs"
}

// base returns a static variable's name without the number that the compiler gives to those in functions, and whether
// it had one.
func base(name string) (string, bool) {
	end := strings.TrimRight(name, "0123456789")
	if end == name || !strings.HasSuffix(end, ".") || end == "." {
		return name, false
	}
	return strings.TrimSuffix(end, "."), true
}
