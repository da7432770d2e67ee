// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// tables is a function with entries in tables, between two that have some of their own.
const tables = `
extern int key;
#define JUMP asm volatile(".balign 4\n1: nop\n.pushsection __jump_table,\"aw\"\n.balign 8\n" \
	".long 1b - .\n.long 1b - .\n.quad key + 1 - .\n.popsection")
#define ALTERNATIVE(to) asm volatile("1: nop\n.pushsection .altinstructions,\"a\"\n.long 1b - .\n.long 3f - .\n" \
	".long 7\n.byte 1, 5\n.popsection\n.pushsection .altinstr_replacement,\"ax\"\n3: call " #to "\n.popsection")
void before(void) { BUG_AT(1); JUMP; ALTERNATIVE(other); }
void f(int i) { FIX; BUG_AT(2); JUMP; ALTERNATIVE(printk); asm volatile("1: nop"); EXTABLE(1b, 1b);
	asm volatile("1:\n.pushsection .discard.reachable,\"a\"\n.long 1b - .\n.popsection"); }
void after(void) { BUG_AT(3); JUMP; ALTERNATIVE(other); }
`

// TestTables takes a function's entries out of tables, and leaves those of its neighbours.
func TestTables(t *testing.T) {
	for _, later := range []bool{false, true} {
		made, err := Extract(compileC(t, strings.ReplaceAll(tables, "FIX;", "")),
			compileC(t, strings.ReplaceAll(tables, "FIX;", "other(i);")), Options{ObjtoolLater: later})
		if err != nil {
			t.Fatal(err)
		}
		got := make(map[string]string)
		for _, s := range made.Object.Sections {
			if s.Name == ".note.GNU-stack" || strings.HasPrefix(s.Name, ".text") {
				continue
			}
			var to []string
			for _, r := range s.Relocs {
				name := r.Symbol.Name
				if r.Symbol.Section != nil {
					name = short(r.Symbol.Section.Name)
				}
				to = append(to, fmt.Sprintf("%d %s", r.Offset, name))
			}
			got[short(s.Name)] = fmt.Sprintf("%d: %s", s.Size, strings.Join(to, ", "))
		}
		want := map[string]string{
			"__bug_table":           "12: 0 .text.f, 4 strings",
			"__jump_table":          "16: 0 .text.f, 4 .text.f, 8 key",
			"__ex_table":            "12: 0 .text.f, 4 .text.f",
			".altinstructions":      "14: 0 .text.f, 4 .altinstr_replacement",
			".altinstr_replacement": "5: 1 printk",
			"strings":               "8: ",
		}
		if later {
			want[".discard.reachable"] = "4: 0 .text.f"
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("objtool later: %v (-want +got)\n%s", later, diff)
		}
	}
}

// travelCases say which symbols an extracted object has: its own, and after a bar those it leaves to the kernel.
var travelCases = []struct{ name, original, patched, want string }{
	{"a function that calls itself", `int f(int i) { return i ? other(f(i - 1)) : 0; }`,
		`int f(int i) { return i ? other(f(i - 2)) : 0; }`, "spotos_new_f | f other"},
	{"a callback", `static int cb(void) { return other(1); } int f(void) { keep[0] = cb; return 1; }`,
		`static int cb(void) { return other(2); } int f(void) { keep[0] = cb; return 1; }`, "spotos_new_cb | other"},
	{"a new function and its data", `int f(void) { return 1; }`,
		`static int d = 3; noinline static int g(void) { return d++; } int f(void) { return g() + 1; }`,
		"spotos_new_d spotos_new_f spotos_new_g |"},
	{"a new function for another file", `int f(void) { return 1; }`, `int f(void) { return 1; } int g(void) { return 2; }`,
		"g |"},
	{"a variable of the kernel", `static int d; int f(void) { return d++; }`, `static int d; int f(void) { return d--; }`,
		"spotos_new_f | spotos_old_d"},
	{"a clone", `static noinline int g(int a, int *p) { return other(*p); } int f(int i) { return g(1, &i) + g(2, &i); }`,
		`static noinline int g(int a, int *p) { return other(*p + 1); } int f(int i) { return g(1, &i) + g(2, &i); }`,
		"spotos_new_g_isra_0 | other"},
	{"a constant", `static const int t[] = {1, 2}; int f(int i) { return t[i]; } int g(int i) { return t[i] + 1; }`,
		`static const int t[] = {1, 3}; int f(int i) { return t[i]; } int g(int i) { return t[i] + 1; }`,
		"spotos_new_f spotos_new_g spotos_new_t |"},
	{"a static variable by who uses it",
		`int f(void) { static int n; return n++; } int g(void) { static int n; return n--; }`,
		`int f(void) { static int n; return 2 + n++; } int g(void) { static int n; return n--; }`,
		"spotos_new_f | spotos_old_n"},
	{"a key of no length", `int f(void) { static struct {} __key; return other((long)&__key); }`,
		`int f(void) { static struct {} __key; return 1 + other((long)&__key); }`, "spotos_new___key spotos_new_f | other"},
	{"what a macro makes",
		`int f(void) { static char __section(".data.once") __already_done;
if (!__already_done) __already_done = other(1); return 1; }`,
		`int f(void) { static char __section(".data.once") __already_done;
if (!__already_done) __already_done = other(2); return 1; }`,
		"spotos_new___already_done spotos_new_f | other"},
}

func TestTravel(t *testing.T) {
	for _, test := range travelCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			made, err := Extract(compileC(t, test.original, "-fno-ipa-cp"), compileC(t, test.patched, "-fno-ipa-cp"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			var own, outside []string
			for _, s := range made.Object.Symbols {
				name, _ := base(s.Name)
				if s.Undefined() {
					outside = append(outside, name)
				} else if name != "" {
					own = append(own, name)
				}
			}
			got := strings.TrimSpace(sorted(own) + " | " + sorted(outside))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// short names sections of strings alike: compilers name them after the first user or not.
func short(section string) string {
	if strings.HasPrefix(section, ".rodata") {
		return "strings"
	}
	return section
}

func sorted(names []string) string {
	slices.Sort(names)
	return strings.Join(names, " ")
}

// TestRebuild takes along a function that is the same, and nothing else; one that the compiler has put into its callers
// is refused.
func TestRebuild(t *testing.T) {
	const text = `static inline __attribute__((always_inline)) int in(int i) { return other(i) + 1; }
static int kept; int f(int i) { return in(i) + kept++; } int g(int i) { return f(i) + 2; }`
	if _, err := Extract(compileC(t, text), compileC(t, text), Options{}); !errors.Is(err, ErrSame) {
		t.Errorf("without: %v", err)
	}
	made, err := Extract(compileC(t, text), compileC(t, text), Options{Rebuild: []string{"f"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Replacement{{"f", "spotos_new_f"}}, made.Replacements); diff != "" {
		t.Error(diff)
	}
	var refused *RefusedError
	_, err = Extract(compileC(t, text), compileC(t, text), Options{Rebuild: []string{"in"}})
	if !errors.As(err, &refused) || refused.Refusals[0].Symbol != "in" {
		t.Errorf("an inlined function: %v", err)
	}
}

// TestThisModule leaves to the original's module what a replacement says of its own: the patch's is another.
func TestThisModule(t *testing.T) {
	const text = `extern char __this_module[]; extern int hand(void *); int f(int i) { return hand(__this_module) + i; }`
	made, err := Extract(compileC(t, text), compileC(t, strings.Replace(text, "+ i", "- i", 1)), Options{Tag: "1"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Reference{{Symbol: "hand", Name: "hand"},
		{Symbol: "spotos_old_1___this_module", Name: "__this_module", Address: true}}
	byName := cmpopts.SortSlices(func(a, b Reference) bool { return a.Name > b.Name })
	if diff := cmp.Diff(want, made.References, byName); diff != "" {
		t.Error(diff)
	}
}
