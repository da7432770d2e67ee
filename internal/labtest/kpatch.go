// SPDX-License-Identifier: GPL-2.0-only

package labtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Kpatch is Debian 13's create-diff-object, which says which functions differ between two objects.
type Kpatch struct{ tool string }

// NeedKpatch returns the tool that lab/debian13.sh has unpacked under build, in the top directory of the source. The
// test is skipped where it is not there, or does not run.
func NeedKpatch(tb testing.TB, root string) Kpatch {
	tb.Helper()
	tool, err := filepath.Abs(filepath.Join(root, "build/kpatch-build/usr/lib/kpatch/create-diff-object"))
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := os.Stat(tool); err != nil {
		tb.Skip("kpatch's create-diff-object is not here: lab/debian13.sh kpatch-build build/kpatch-build")
	}
	if out, err := exec.Command(tool, "--usage").CombinedOutput(); err != nil {
		tb.Skipf("%s does not run here: %v\n%s", tool, err, out)
	}
	return Kpatch{tool}
}

// kpatchSizes are those of the entries of 6.1's tables, which the tool wants to be told.
var kpatchSizes = []string{"ALT_STRUCT_SIZE=12", "BUG_STRUCT_SIZE=12", "EX_STRUCT_SIZE=12", "JUMP_STRUCT_SIZE=16",
	"PARA_STRUCT_SIZE=16", "STATIC_CALL_STRUCT_SIZE=8", "PRINTK_INDEX_STRUCT_SIZE=8", "ORC_STRUCT_SIZE=6"}

var kpatchChanged = regexp.MustCompile(`changed function: (\S+)`)

// Changed returns the functions that the tool calls changed between two objects of one file, in order, and all that it
// said. Where it refuses the change it has listed them before. A function's unlikely part counts as the function.
func (k Kpatch) Changed(tb testing.TB, original, patched string) (names []string, said string) {
	tb.Helper()
	// It looks up positions in the symbols of the kernel; those of the original object serve for that as well.
	symbols, err := exec.Command("readelf", "-s", "--wide", original).Output()
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	symtab, symvers := filepath.Join(dir, "symtab"), filepath.Join(dir, "Module.symvers")
	for file, text := range map[string]string{symtab: string(symbols), symvers: ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	cmd := exec.Command(k.tool, original, patched, "vmlinux", symtab, symvers, "oracle", filepath.Join(dir, "out.o"))
	cmd.Env = append(os.Environ(), kpatchSizes...)
	out, err := cmd.CombinedOutput()
	names = []string{}
	for _, match := range kpatchChanged.FindAllStringSubmatch(string(out), -1) {
		names = append(names, strings.TrimSuffix(match[1], ".cold"))
	}
	slices.Sort(names)
	said = string(out)
	if err != nil {
		said += err.Error()
	}
	return slices.Compact(names), said
}
