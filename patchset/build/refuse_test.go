// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// refuseCases say of two sources which symbols stand in the way, and a word of why.
var refuseCases = []struct {
	name, original, patched string
	want                    []string
}{
	{"nothing", `int f(void) { return 1; }`, `int f(void) { return 2; }`, nil},
	{"written data", `static int d = 1; int f(void) { return d++; }`, `static int d = 2; int f(void) { return d++; }`,
		[]string{"d: may have changed"}},
	{"several at once", `int d = 1, e = 1; int f(void) { return d + e; }`,
		`int d = 2, e = 2; int f(void) { return d - e; }`,
		[]string{"d: may have changed", "e: may have changed"}},
	{"a global constant", `const int t[] = {1, 2}; int f(int i) { return t[i]; }`,
		`const int t[] = {1, 3}; int f(int i) { return t[i]; }`, []string{"t: other files may read it"}},
	{"a constant that data points to", `static const int t[] = {1, 2}; const int *p = t; int f(int i) { return t[i]; }`,
		`static const int t[] = {1, 3}; const int *p = t; int f(int i) { return t[i]; }`, []string{"t: p points to it"}},
	{"a constant that functions read", `static const int t[] = {1, 2}; int f(int i) { return t[i]; }
int g(int i) { return t[i & 1]; }`, `static const int t[] = {1, 3}; int f(int i) { return t[i]; }
int g(int i) { return t[i & 1]; }`, nil},
	{"a table of functions", `static int a(void) { return 1; } static int b(void) { return other(2); }
static int (*const t[])(void) = {a, b}; void f(int i) { keep[0] = (void *)t; }`,
		`static int a(void) { return 1; } static int b(void) { return other(2); }
static int (*const t[])(void) = {b, a}; void f(int i) { keep[0] = (void *)t; }`,
		[]string{"t: holds pointers to functions"}},
	{"a new function that is called", `int f(void) { return 1; }`,
		`static noinline int g(int i) { return other(i); } int f(void) { return g(2) + g(3); }`, nil},
	{"a table of functions within a function", `int g(void) { return other(1); }
int f(void) { static int (*const t[])(void) = {g, g}; keep[0] = (void *)t; return 1; }`,
		`int g(void) { return other(1); }
int f(void) { static int (*const t[])(void) = {g, g}; keep[0] = (void *)t; return 2; }`, nil},
	{"flags of what BPF may call", `int f(void) { return 1; }
asm(".section .BTF_ids,\"a\"\n.type __BTF_ID__func__f__12, @object\n.size __BTF_ID__func__f__12, 8\n` +
		`__BTF_ID__func__f__12: .long 0, 1\n.previous");`, `int f(void) { return 2; }
asm(".section .BTF_ids,\"a\"\n.type __BTF_ID__func__f__13, @object\n.size __BTF_ID__func__f__13, 8\n` +
		`__BTF_ID__func__f__13: .long 0, 2\n.previous");`, []string{"__BTF_ID__func__f__13: .BTF_ids is changed"}},
	{"a parameter that is gone", `static int d; int f(void) { return d++; }
static void *__param_d __used __section("__param") = &d;`, `static int d; int f(void) { return d--; }`,
		[]string{"__param_d: is gone"}},
	{"another name that becomes a function", `int f(void) { return 1; } int g(void) __attribute__((alias("f")));`,
		`int f(void) { return 1; } int g(void) { return 2; } int h(void) { return 3; }`,
		[]string{"f: has other names"}},
	{"a variable in another's place", `static int list; int f(void) { return list++; }`,
		`static int list2; int f(void) { return list2++; }`, []string{"list2: is new while list is gone"}},
	{"per-CPU data of a kind of its own", `int f(void) { return 1; }`,
		`static int n __section(".data..percpu..shared_aligned") = 0; int f(void) { return n++; }`,
		[]string{"n: a module cannot have"}},
	{"init", `__section(".init.text") int f(void) { return 1; }`, `__section(".init.text") int f(void) { return 2; }`,
		[]string{"f: while the kernel boots"}},
	{"a new initcall", `int f(void) { return 1; }`,
		`int f(void) { return 2; } static __used int i(void) { return other(1); }
asm(".section .initcall6.init,\"a\"\n.long i - .\n.previous");`, []string{"i: only while the kernel boots"}},
	{"exit", `__section(".exit.text") int f(void) { return 1; }`, `__section(".exit.text") int f(void) { return 2; }`,
		[]string{"f: module is unloaded"}},
	{"noinstr", `__section(".noinstr.text") int f(void) { return 1; }`,
		`__section(".noinstr.text") int f(void) { return 2; }`,
		[]string{"f: noinstr"}},
	{"placed by hand", `__section(".spinlock.text") int f(void) { return 1; }`,
		`__section(".spinlock.text") int f(void) { return 2; }`, []string{"f: placed by hand"}},
	{"assembly", `asm("nop"); int f(void) { return 1; }`, `asm("nop; nop"); int f(void) { return 1; }`,
		[]string{".text: assembly"}},
	{"exported and gone", `int f(void) { return 1; } int g(void) { return 2; }
asm(".section ___ksymtab+f,\"a\"\n.long f - .\n.previous");`, `int g(void) { return 3; }`,
		[]string{"f: is gone"}},
	{"exported newly", `int f(void) { return 1; }`, `int f(void) { return 3; }
asm(".section ___ksymtab+f,\"a\"\n.long f - .\n.previous");`, nil},
	{"what a macro counts", `int f(void) { return 1; } static void *__UNIQUE_ID_x12 __used __section(".init.data") = f;`,
		`int f(void) { return 2; } static void *__UNIQUE_ID_x345 __used __section(".init.data") = f;`, nil},
	{"a new parameter", `static int d; int f(void) { return d++; }`, `static int d; int f(void) { return d--; }
static void *__param_d __used __section("__param") = &d;`, []string{"__param_d: looks at that section only at boot"}},
	{"statics that cannot be told apart",
		`int f(int i) { if (i) { static int n; return n++; } else { static int n; return n--; } }`,
		`int f(int i) { if (i) { static int n; return n++; } else { static int n; return 1 + n--; } }`,
		[]string{"n: one of several", "n: one of several"}},
	{"entries of no known length", `void f(void) { asm volatile("1: nop\n.pushsection __jump_table,\"aw\"\n` +
		`.long 1b - .\n.long 0\n.quad 0\n.popsection"); }`,
		`void f(void) { other(1); asm volatile("1: nop\n.pushsection __jump_table,\"aw\"\n` +
			`.long 1b - .\n.long 0\n.quad 0\n.popsection"); }`, []string{"__jump_table: length"}},
	{"an entry that only vmlinux may have",
		`void f(void) { asm volatile("nop\n1: nop\n.pushsection runtime_ptr_x,\"a\"\n.long 1b - .\n.popsection"); }`,
		`void f(void) { asm volatile("nop\n1: nop\n.pushsection runtime_ptr_x,\"a\"\n.long 1b - .\n.popsection");
other(1); }`,
		[]string{"f: runtime_ptr_x"}},
	{"what ftrace does not know", `int f(void) { return 1; } int g(void) { return 1; }
asm(".section __mcount_loc,\"a\"\n.quad g\n.previous");`, `int f(void) { return 2; } int g(void) { return 1; }
asm(".section __mcount_loc,\"a\"\n.quad g\n.previous");`, []string{"f: not to be traced"}},
}

// typeCases are compiled with debug information.
// counts is the source of two strings with names that a macro of the kernel would give them.
func counts(names ...string) (source string) {
	for _, name := range names {
		source += "static const char __UNIQUE_ID_a" + name + ` __used __section(".modinfo") = "ab";` + "\n"
	}
	return source
}

var typeCases = []struct{ name, original, patched, want string }{
	{"a structure", `struct s { int a, b; }; int f(struct s *s) { return s->a; }`,
		`struct s { int c, a, b; }; int f(struct s *s) { return s->a; }`, "struct s: has other members"},
	{"a structure that this file reads as before", `struct s { int a, b; }; int f(struct s *s) { return s->a; }`,
		`struct s { int a, b, c; }; int f(struct s *s) { return s->a; }`, "struct s: has other members"},
	{"a structure within one, without a name", `struct s { int z; union { struct { int a, b; }; long l; }; };
int f(struct s *s) { return s->z; }`, `struct s { int z; union { struct { int b, a; }; long l; }; };
int f(struct s *s) { return s->z; }`, "struct s: has other members"},
	{"an array of structures without a name", `struct s { int z; struct { short a, b; } of[2]; };
int f(struct s *s) { return s->z; }`, `struct s { int z; struct { short b, a; } of[2]; };
int f(struct s *s) { return s->z; }`, "struct s: has other members"},
	{"a structure without a name", `static struct { int a; short b[2]; } v; int f(void) { return v.a++; }`,
		`static struct { short b[2]; int a; } v; int f(void) { return v.a++; }`, "v: has another form"},
	{"what a macro counts", counts("7[3]", "8[5]") + `int f(void) { return 1; }`,
		counts("6[3]", "7[5]") + `int f(void) { return 2; }`, ""},
	{"a member that is an array of others", `struct s { short a[2]; }; int f(struct s *s) { return s->a[1]; }`,
		`struct s { char a[4]; }; int f(struct s *s) { return s->a[3]; }`, "struct s: has other members"},
	{"what only its function has", `int f(void) { short a[2]; other((long)a); return a[1]; }`,
		`int f(void) { char a[4]; other((long)a); return a[3]; }`, ""},
	{"a structure with another name only", `typedef struct { int a, b; } s_t; int f(s_t *s) { return s->a; }`,
		`typedef struct { int c, a, b; } s_t; int f(s_t *s) { return s->a; }`, "s_t: has other members"},
	{"a member of another sign", `struct s { int a; }; int f(struct s *s) { return s->a > 1; }`,
		`struct s { unsigned a; }; int f(struct s *s) { return s->a > 1; }`, ""},
	{"a qualifier", `struct s { int a; }; int f(struct s *s) { return s->a; }`,
		`struct s { int a; }; int f(const struct s *s) { return s->a + 1; }`, ""},
	{"a parameter", `int f(int a) { return a; }`, `int f(int a, int b) { return a + b; }`, "f: takes other parameters"},
	{"a result", `int f(int a) { return a; }`, `long f(int a) { return a; }`, "f: takes other parameters"},
	{"a static function's parameter", `static noinline int f(int a) { return other(a); } int g(void) { return f(1) + 1; }`,
		`static noinline int f(int a, int b) { return other(a) + other(b); }
int g(void) { return f(other(2), other(3)); }`, ""},
}

func TestTypes(t *testing.T) {
	for _, test := range typeCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Extract(compileC(t, test.original, "-g"), compileC(t, test.patched, "-g"), Options{})
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			name, why, _ := strings.Cut(test.want, ": ")
			var refused *RefusedError
			if !errors.As(err, &refused) || refused.Refusals[0].Symbol != name ||
				!strings.Contains(refused.Refusals[0].Why, why) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range refuseCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Extract(compileC(t, test.original), compileC(t, test.patched), Options{})
			var refused *RefusedError
			if err != nil && !errors.As(err, &refused) {
				t.Fatal(err)
			}
			var got []string
			if refused != nil {
				for i, r := range refused.Refusals {
					name, _ := base(r.Symbol)
					if i < len(test.want) {
						if _, why, _ := strings.Cut(test.want[i], ": "); strings.Contains(r.Why, why) {
							got = append(got, name+": "+why)
							continue
						}
					}
					got = append(got, name+": "+r.Why)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s\n%v", diff, err)
			}
			if refused != nil && strings.Contains(refused.Error(), ": \n") {
				t.Errorf("no remedy in %q", refused)
			}
		})
	}
}

// TestSame has nothing that a patch could replace.
func TestSame(t *testing.T) {
	text := `int f(void) { return 1; }`
	if _, err := Extract(compileC(t, text), compileC(t, "\n// more\n"+text), Options{}); !errors.Is(err, ErrSame) {
		t.Errorf("got %v", err)
	}
}

// TestRefused says each reason once.
func TestRefused(t *testing.T) {
	one := Refusal{"struct s", "has other members", "keep them"}
	err := Refused([]Refusal{one, {"f", "is gone", "keep it"}, one, one})
	if want := "f is gone: keep it\nstruct s has other members: keep them"; err == nil || err.Error() != want {
		t.Errorf("said %v", err)
	}
}
