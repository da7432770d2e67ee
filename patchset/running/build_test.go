// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// textBase is where the tests' kernels begin, as real ones do.
const textBase = "0xffffffff81000000"

// compile compiles a source of testdata as the kernel's build does, with further flags. It returns the object's file.
func compile(tb testing.TB, source string, flags ...string) string {
	tb.Helper()
	object := filepath.Join(tb.TempDir(), source+".o")
	args := append([]string{"-c", "-O2", "-mcmodel=kernel", "-fno-pie", "-fcf-protection=none", "-fno-stack-protector",
		"-fno-asynchronous-unwind-tables", "-fno-reorder-functions", "-falign-jumps=1",
		"-falign-loops=1", "-o", object}, flags...)
	run(tb, "gcc", append(args, filepath.Join("testdata", source))...)
	return object
}

func run(tb testing.TB, name string, args ...string) {
	tb.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		tb.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// bySection are the flags that give each function and each variable a section.
var bySection = []string{"-ffunction-sections", "-fdata-sections"}

// parse reads an object's file.
func parse(t *testing.T, file string) *Object {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	o, err := ParseObject(data)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// link links objects at textBase, and returns the bytes of the ELF file.
func link(t *testing.T, objects ...string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "vmlinux")
	run(t, "ld", append([]string{"-static", "-nostdlib", "-e", "0", "--build-id=sha1", "-z", "noexecstack",
		"-Ttext=" + textBase, "-o", out}, objects...)...)
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// kernel returns the code of objects linked at textBase, with the symbols that the linker wrote.
func kernel(t *testing.T, objects ...string) *Code {
	t.Helper()
	data := link(t, objects...)
	file, err := elf.NewFile(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	code := &Code{Object: VMLinux}
	for _, s := range file.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 {
			continue
		}
		content, err := contentOf(data, s)
		if err != nil {
			t.Fatal(err)
		}
		code.sections = append(code.sections, Section{s.Name, s.Addr, s.Size, content, s.Flags&elf.SHF_EXECINSTR != 0})
	}
	code.symbols = linked(t, file)
	code.index()
	return code
}

// linked returns a linked file's symbols by address, as kallsyms has them.
func linked(t *testing.T, file *elf.File) []Symbol {
	t.Helper()
	all, err := file.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	var symbols []Symbol
	for _, s := range all {
		if s.Name == "" || s.Section == elf.SHN_UNDEF || int(s.Section) >= len(file.Sections) {
			continue
		}
		symbols = append(symbols, Symbol{Name: s.Name, Addr: s.Value, Type: kind(file.Sections[s.Section], s)})
	}
	slices.SortStableFunc(symbols, func(a, b Symbol) int {
		if a.Addr < b.Addr {
			return -1
		}
		return int(min(a.Addr-b.Addr, 1))
	})
	return symbols
}
