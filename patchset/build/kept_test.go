// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// keptCases are fixes after which somebody may or may not keep a pointer into the patch.
var keptCases = []struct {
	name, original, patched string
	want                    []string
}{
	{"a new callback", `int f(void) { return 1; }`, `static int cb(void) { return other(1); }
int f(void) { keep[0] = (void *)cb; keep[1] = (void *)cb; return 2; }`,
		[]string{"cb is a new function whose address is taken"}},
	{"a new table of functions", `int g(void) { return other(1); } int f(void) { return 1; }`,
		`int g(void) { return other(1); } static int (*const t[])(void) = {g, g};
int f(void) { keep[0] = (void *)t; return 2; }`, []string{"t is a new table with pointers to functions"}},
	{"a new variable that points to a new function", `int f(void) { return 1; }`,
		`static int cb(void) { return other(1); } static struct { int (*call)(void); int n; } timer = { cb, 0 };
int f(void) { keep[0] = &timer; return timer.n++; }`, []string{
			"timer is a new variable, which something may keep a pointer to", "cb is a new function whose address is taken"}},
	{"a new variable with a callback that the kernel has", `int cb(void) { return other(1); } int f(void) { return 1; }`,
		`int cb(void) { return other(1); } static struct { int (*call)(void); } nb = { cb };
int f(void) { keep[0] = &nb; return 2; }`, []string{"nb is a new variable, which something may keep a pointer to"}},
	{"a new function that sets itself up", `int f(void) { return 1; }`,
		`static noinline void again(void) { keep[0] = (void *)again; } int f(void) { again(); return 2; }`,
		[]string{"again is a new function whose address is taken"}},
	{"a callback that the kernel has", `static int cb(void) { return other(1); } int g(void) { return cb(); }
int f(void) { return 1; }`, `static noinline int cb(void) { return other(1); } int g(void) { return cb(); }
int f(void) { keep[0] = (void *)g; return 2; }`, nil},
	{"a new function whose address assembly takes", `int f(void) { return 1; }`,
		`static noinline __used int cb(void) { return other(1); }
int f(void) { void *to; asm("leaq cb(%%rip), %0" : "=r" (to)); keep[0] = to; return 2; }`,
		[]string{"cb is a new function whose address is taken"}},
	{"a new function that assembly puts on the stack", `int f(void) { return 1; }`,
		`static noinline __used int cb(void) { return other(1); }
int f(void) { asm volatile("pushq $cb\n\tpopq keep(%rip)"); return 2; }`,
		[]string{"cb is a new function whose address is taken"}},
	{"a new function that assembly compares with", `int f(void) { return 1; }`,
		`static noinline __used int cb(void) { return other(1); }
int f(void) { asm volatile("cmpq $cb, keep(%%rip)" ::: "cc"); return 2; }`,
		[]string{"cb is a new function whose address is taken"}},
	{"a new function whose address another one asks for by assembly in a new function", `int f(void) { return 1; }`,
		`static noinline __used int cb(void) { return other(1); }
static noinline void *g(void) { void *to; asm("leaq cb(%%rip), %0" : "=r" (to)); return to; }
int f(void) { keep[0] = g(); return 2; }`, []string{"cb is a new function whose address is taken"}},
	{"a new function that assembly calls, jumps to or branches to", `int f(void) { return 1; }`,
		`static noinline __used int cb(void) { return other(1); }
int f(void) { asm volatile("call cb\n\ttest %%eax, %%eax\n\tjz cb\n\tjmp cb" ::: "memory"); return 2; }`, nil},
	{"a new function that is called", `int f(void) { return 1; }`,
		`static noinline int g(int i) { return other(i); } int f(void) { return g(2) + g(3); }`, nil},
}

func TestKept(t *testing.T) {
	for _, test := range keptCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			x, err := Extract(compileC(t, test.original), compileC(t, test.patched), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, x.Kept); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestAddress tells functions of the kernel that a patch only calls from those whose address it takes.
func TestAddress(t *testing.T) {
	const kernel = `static noinline int called(int i) { return other(i); }
static noinline int handed(int i) { return other(-i); }
int g(int i) { return called(i) + handed(i); }`
	x, err := Extract(compileC(t, kernel+" int f(int i) { return 1; }"),
		compileC(t, kernel+" int f(int i) { keep[0] = (void *)handed; return called(2); }"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]bool)
	for _, r := range x.References {
		if r.Function {
			got[r.Name] = r.Address
		}
	}
	if diff := cmp.Diff(map[string]bool{"called": false, "handed": true}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
