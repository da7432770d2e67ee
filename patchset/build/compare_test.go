// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// compareCases say what differs between two sources: words like "changed f", functions first.
var compareCases = []struct {
	name, original, patched string
	want                    []string
}{
	{"nothing", `int f(void) { return 1; }`, `int f(void) { return 1; }`, nil},
	{"a body", `int f(void) { return 1; } int g(void) { return 2; }`,
		`int f(void) { return 3; } int g(void) { return 2; }`,
		[]string{"changed f"}},
	{"new and gone", `noinline static int f(void) { return other(1); } int g(void) { return f(); }`,
		`noinline static int h(void) { return other(2); } int g(void) { return h(); }`,
		[]string{"gone f", "changed g", "new h"}},
	{"what is called", `int f(void) { return other(1); } int g(void) { return f() + 1; }`,
		`extern int more(int); int f(void) { return more(1); } int g(void) { return f() + 1; }`,
		[]string{"changed f", "changed g"}}, // g has f inlined
	{"a string", `int f(void) { return printk("old"); } int g(void) { return printk("stays"); }`,
		`int f(void) { return printk("new!"); } int g(void) { return printk("stays"); }`, []string{"changed f"}},
	{"strings that move", `int f(void) { return printk("aaaa") + printk("b"); } int g(void) { return printk("stays"); }`,
		`int f(void) { return printk("a") + printk("b"); } int g(void) { return printk("stays"); }`,
		[]string{"changed f"}},
	{"a static's number", `int f(void) { static int n; return n++; } int g(void) { return 1; }`,
		`int g(void) { static char m[9]; return m[other(2)]++; } int f(void) { static int n; return n++; }`,
		[]string{"changed g", "new m"}},
	{"an immediate behind an address", `static int a[4] __section(".data.all") = {1}, b __section(".data.all") = 2;
void f(void) { *(volatile int *)&b = 5; } int *g(int i) { return &a[i]; }`,
		`static int a[4] __section(".data.all") = {1}, b __section(".data.all") = 2;
void f(void) { *(volatile char *)&b = 5; } int *g(int i) { return &a[i]; }`, []string{"changed f"}},
	{"a line in the bug table", `void f(void) { BUG_AT(10); }`, `void f(void) { BUG_AT(11); }`, nil},
	{"a line in an instruction", `void f(void) { other(__LINE__); }`, "\nvoid f(void) { other(__LINE__); }",
		[]string{"changed f"}},
	{"a handler in a table", `void f(void) { asm volatile("1: nop\n2: nop\n3: nop"); EXTABLE(1b, 2b); }`,
		`void f(void) { asm volatile("1: nop\n2: nop\n3: nop"); EXTABLE(1b, 3b); }`, []string{"changed f"}},
	{"a constant that is read",
		`static const int t[] = {1, 2, 3}; int f(int i) { return t[i]; } int g(void) { return 1; }`,
		`static const int t[] = {1, 2, 4}; int f(int i) { return t[i]; } int g(void) { return 1; }`,
		[]string{"changed f", "changed t"}},
	{"a constant that two functions read, one by way of a third that is inlined",
		`static const int t[] = {1, 2, 3}; static inline int at(int i) { return t[i & 1]; }
int f(int i) { return t[i]; } int g(int i) { return at(other(i)); } int h(int i) { return other(i); }`,
		`static const int t[] = {1, 2, 4}; static inline int at(int i) { return t[i & 1]; }
int f(int i) { return t[i]; } int g(int i) { return at(other(i)); } int h(int i) { return other(i); }`,
		[]string{"changed f", "changed g", "changed t"}},
	{"a constant in a function", `int f(int i) { static const int t[] = {1, 2, 3}; return t[i]; }`,
		`int f(int i) { static const int t[] = {1, 2, 4}; return t[i]; }`, []string{"changed f"}},
	{"data", `int d = 1; int f(void) { return d; }`, `int d = 2; int f(void) { return d; }`, []string{"changed d"}},
	{"data that points elsewhere", `extern int x, y; int *d = &x;`, `extern int x, y; int *d = &y;`,
		[]string{"changed d"}},
	{"the size of zeros", `int d[4]; int f(void) { return d[0]; }`, `int d[5]; int f(void) { return d[0]; }`,
		[]string{"changed d"}},
	{"an unlikely part", `int f(int i) { if (__builtin_expect(i, 0)) { other(1); other(2); } return i; }
extern void cold(int) __attribute__((cold)); int g(int i) { if (i) { cold(1); cold(3); } return other(i); }`,
		`int f(int i) { if (__builtin_expect(i, 0)) { other(1); other(2); } return i; }
extern void cold(int) __attribute__((cold)); int g(int i) { if (i) { cold(1); cold(4); } return other(i); }`,
		[]string{"changed g"}},
	{"functions in one section, of which one grows",
		`__section(".init.text") void a(void) { other(1); } __section(".init.text") noinline static int b(void)
{ return other(2) + 1; } __section(".init.text") int c(void) { return b() + 1; }`,
		`__section(".init.text") void a(void) { other(1); other(1); } __section(".init.text") noinline static int b(void)
{ return other(2) + 1; } __section(".init.text") int c(void) { return b() + 1; }`, []string{"changed a"}},
}

func TestCompare(t *testing.T) {
	for _, test := range compareCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, c := range Compare(compileC(t, test.original), compileC(t, test.patched), false) {
				if c.State != Same {
					name, _ := base(c.Name)
					got = append(got, c.State.String()+" "+name)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestCompareSame compares objects in which all functions lie elsewhere.
func TestCompareSame(t *testing.T) {
	parts := []string{`int f(void) { static int n; return printk("n %d", n++); }`,
		`static const char *names[] = {"one", "two"}; const char *g(int i) { return names[i]; }`,
		`static struct { int a, b; } s = {1, 2}; int h(int i) { return (&s.a)[i]; }`,
		`void k(void) { BUG_AT(3); printk(__func__); }`}
	original := compileC(t, strings.Join(parts, "\n#line 1\n"))
	parts[0], parts[3] = parts[3], parts[0]
	patched := compileC(t, strings.Join(parts, "\n#line 1\n"))
	changes := Compare(original, patched, false)
	if len(changes) < 6 {
		t.Fatalf("saw only %v", changes)
	}
	for _, c := range changes {
		if c.State != Same {
			t.Errorf("%v %s", c.State, c.Name)
		}
	}
}
