// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// kernelFile is a source file as it runs, and below as a fix leaves it: FIX chooses. It is compiled for user space, so
// that both can be linked into one program and run.
const kernelFile = `
static int calls = 100;                      /* the running kernel's, which the fix must go on counting */
static const int table[] = {1, 2, FIX ? 30 : 3};
int limit = 7;
__attribute__((noinline)) static int helper(int i) { return i * 2 + calls++; }
static int depth(int i) __attribute__((noinline));
static int depth(int i) { return i <= 0 ? 0 : helper(0) + depth(i - 1); }
int unchanged(int i) { return helper(i) + depth(1); }
#if FIX
static int own = 5;
__attribute__((noinline)) static int added(int i) { return own++ + i; }
#endif
int target(int i)
{
	static int times;
	times++;
	if (i > limit) {
		printk("%s: too large, %d\n", __func__, i);
		fatal(i);
		return -1;
	}
#if FIX
	return 1000 * times + table[i] + helper(i) + added(1);
#else
	return 1000 * times + table[i] + helper(i);
#endif
}
`

// kernelMain defines what the file refers to, runs the original, then the fix, then the original again.
const kernelMain = `#include <stdio.h>
#include <stdarg.h>
int target(int), unchanged(int), spotos_new_target(int);
__attribute__((cold)) void fatal(int i) { printf("fatal %d\n", i); }
int printk(const char *f, ...) { va_list a; va_start(a, f); vprintf(f, a); va_end(a); return 0; }
int main(void)
{
	printf("%d\n", target(2)); printf("%d\n", spotos_new_target(2)); printf("%d\n", spotos_new_target(2));
	printf("%d\n", target(2)); printf("%d\n", unchanged(1)); spotos_new_target(8); target(9); return 0;
}
`

// TestEffect links the extracted object beside the original and runs both. The replacement must call the original's
// static function, count in its variables, and read its own new constant.
func TestEffect(t *testing.T) {
	const head = "extern int printk(const char *, ...); __attribute__((cold)) extern void fatal(int);\n"
	flags := []string{"-mcmodel=small"}
	originalBytes := compileBytes(t, head+kernelFile, append(flags, "-DFIX=0")...)
	original, err := Read(originalBytes)
	if err != nil {
		t.Fatal(err)
	}
	patched, err := Read(compileBytes(t, head+kernelFile, append(flags, "-DFIX=1")...))
	if err != nil {
		t.Fatal(err)
	}
	made, err := Extract(original, patched, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Replacement{{"target", "spotos_new_target"}}, made.Replacements); diff != "" {
		t.Errorf("replacements (-want +got)\n%s", diff)
	}
	dir := t.TempDir()
	// In the kernel MakeLate gives static symbols to the loader. Here the original's are made global instead.
	statics := make(map[string]string)
	for _, r := range made.References {
		if r.Local {
			statics[r.Name] = r.Symbol
		}
	}
	for _, s := range original.Symbols {
		if name := statics[s.Name]; name != "" {
			s.Name, s.Info = name, s.Info&0xf|1<<4
		}
	}
	for name, object := range map[string]*Object{"original.o": original, "fix.o": made.Object} {
		data, err := object.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "main.c"), []byte(kernelMain), 0o600); err != nil {
		t.Fatal(err)
	}
	// ld -r, as kbuild links modules, first.
	build := exec.Command("sh", "-ec", "ld -r -o both.o fix.o && gcc -no-pie -o main main.c both.o original.o && ./main")
	build.Dir = dir
	out, err := build.CombinedOutput()
	want := strings.Join([]string{"1107", "2141", "3143", "4110", "211", "target: too large, 8", "fatal 8",
		"target: too large, 9", "fatal 9", ""}, "\n")
	if diff := cmp.Diff(want, string(out)); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}
