// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// kernelFlags are those of the kernel's that decide what an object looks like.
var kernelFlags = []string{"-O2", "-std=gnu11", "-fno-PIE", "-mcmodel=kernel", "-mno-red-zone", "-ffunction-sections",
	"-fdata-sections", "-fno-asynchronous-unwind-tables", "-fno-strict-aliasing", "-fno-common", "-fno-jump-tables",
	"-fcf-protection=none", "-fno-stack-protector", "-nostdinc", "-w"}

// prelude has what the kernel's headers define, as far as these tests need it. Its bug table and its exception table
// have entries like the kernel's.
const prelude = `
#define noinline __attribute__((noinline))
#define __used __attribute__((used))
#define __section(s) __attribute__((section(s)))
#define BUG_AT(line) asm volatile("1: ud2\n.pushsection __bug_table,\"aw\"\n2: .long 1b - .\n.long %c0 - .\n" \
	".word %c1\n.word 0\n.popsection" : : "i" (__FILE__), "i" (line))
#define EXTABLE(from, to) asm volatile(".pushsection __ex_table,\"a\"\n.long " #from " - .\n.long " #to " - .\n" \
	".long 3\n.popsection")
extern int printk(const char *, ...);
extern int other(int);
extern void *keep[];
`

// compileC compiles C as the kernel is compiled.
func compileC(tb testing.TB, text string, flags ...string) *Object {
	tb.Helper()
	object, err := Read(compileBytes(tb, prelude+"#line 1\n"+text, flags...))
	if err != nil {
		tb.Fatal(err)
	}
	return object
}

func compileBytes(tb testing.TB, text string, flags ...string) []byte {
	tb.Helper()
	out := filepath.Join(tb.TempDir(), "file.o")
	cmd := exec.Command("gcc", append(append(kernelFlags, flags...), "-c", "-x", "c", "-o", out, "-")...)
	cmd.Stdin = strings.NewReader(text)
	if printed, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("gcc: %v\n%s", err, printed)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}
