// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reachTree is a source in which files use include/net/a.h in every way.
var reachTree = map[string]string{
	"Makefile": "", "kernel/Makefile": "", "include/linux/kernel.h": "", "include/linux/kconfig.h": "",
	"include/net/a.h": aHeader,
	"include/net/b.h": `#include <net/a.h>
static inline int twice(void) { return 2 * limit(); }
#define CALL(x) li##x()
#define CALL_LATER(x) CALL(x)
#define GLUE(a, b) a##b
`,
	"include/net/more.h":       "#define JIFFY 4\nint more(void);\n",
	"arch/x86/include/asm/x.h": "",
	"include/asm-generic/g.h":  "#include <net/a.h>\n",
	"net/beside.h":             "#include <net/a.h>\n",
	"net/direct.c":             "#include <net/a.h>\nint f(void) { return limit(); }\n",
	"net/by_way.c":             "#include <net/b.h>\nint f(void) { return twice(); }\n",
	"net/pasted.c":             "#include <net/b.h>\nint f(void) { return CALL_LATER(mit); }\n",
	"net/glued.c":              "#include <net/b.h>\nint f(void) { return GLUE(lim, it)(); }\n",
	"net/other.c":              "#include \"beside.h\"\nint f(void) { return other(); }\n",
	"net/member.c":             "#include <net/b.h>\nint f(struct s *s) { return s->a + JIFFY; }\n",
	"net/generic.c":            "#include <asm/g.h>\nint f(void) { return limit(); }\n",
	"net/none.c":               "#include <linux/kernel.h>\nint limit(void) { return 1; }\n",
	"net/included.h":           "int in_header(void) { return limit(); }\n",
	"net/includes.c":           "#include <net/a.h>\n#include \"included.h\"\n",
	"net/assembly.S":           "#include <net/a.h>\n\tmov $LIMIT, %eax\n",
	"net/table.h":              "{ LIMIT }, { 2 },\n",
	"net/table.c":              "#include <net/a.h>\nint t[][1] = {\n#include \"table.h\"\n};\n",
	"net/list.h":               "OTHER, LIMIT\n",
	"net/list.c":               "#include <net/a.h>\nint t[] = {\n#include \"list.h\"\n};\n",
	"net/second.c":             "#include <net/a.h>\nint f(void) { return SECOND; }\n",
	"net/kind.c":               "#include <net/a.h>\nint f(enum kind k) { return k; }\n",
	"arch/arm/net/away.c":      "#include <net/a.h>\nint f(void) { return limit(); }\n",
}

const aHeader = `#ifndef A_H
#define A_H
#define LIMIT 3
#ifdef CONFIG_A
#define SMALL 1
#endif
static inline int limit(void)
{
	return LIMIT;
}
static inline int other(void) { return 1; }
struct s { int a; int b; };
enum kind { FIRST, SECOND, LAST = 20 };
#ifdef __ASSEMBLY__
.macro HALT
#ifdef CONFIG_HALT
	hlt
#define HALTED 1
	ret
#endif
.endm
#endif
/* the end */
#endif
`

// users are all files of the tree that mention limit().
const users = "net/by_way.c net/direct.c net/generic.c net/glued.c net/includes.c net/pasted.c"

// others are those that include it and do not.
const others = "net/table.c net/list.c net/member.c net/other.c net/second.c net/kind.c"

var reachCases = []struct{ name, old, new, want string }{
	{"a function's body", "return LIMIT;", "return LIMIT + 1;", users},
	{"a macro", "LIMIT 3", "LIMIT 4", "net/assembly.S net/table.c net/list.c " + users},
	{"a function that one file uses", "return 1;", "return 2;", "net/other.c"},
	{"a comment", "the end", "it ends here", ""},
	{"a new function that nobody uses", "struct s", "static inline int fresh(void) { return 1; }\nstruct s", ""},
	{"a function that is gone", "static inline int other(void) { return 1; }\n", "", "net/other.c"},
	{"a member", "int b;", "long a2; int b;", "net/member.c"},
	{"a member's type", "int a;", "long a;", "net/member.c"},
	{"another constant at the end of an enum", "20 }", "20, MORE }", ""},
	{"another constant before others", "FIRST,", "FIRST, BETWEEN,", "net/second.c"},
	{"the last constant", "LAST = 20", "LAST = 21", ""},
	{"a constant that may need a sign", "LAST = 20", "LAST = -1", "net/kind.c"},
	{"an enum that is gone", "enum kind { FIRST, SECOND, LAST = 20 };", "", "net/kind.c net/second.c"},
	{"a conditional", "#ifdef CONFIG_A", "#ifndef CONFIG_A", ""},
	{"a conditional around a function", "static inline int other(void) { return 1; }",
		"#ifdef CONFIG_B\nstatic inline int other(void) { return 1; }\n#endif", "net/other.c"},
	{"another include, of whose macros a file uses one", "struct s", "#include <net/more.h>\nstruct s",
		"net/member.c"},
	{"what a macro makes", "struct s", "MAKE(limit)\nstruct s", "net/assembly.S " + users + " " + others},
	{"assembly", "hlt", "nop", "net/assembly.S " + users + " " + others},
	{"assembly behind a macro", "\tret\n#endif", "\tiret\n#endif", "net/assembly.S " + users + " " + others},
	{"a function that each file has", "static inline int other", "int other",
		"net/assembly.S " + users + " " + others},
}

func TestReach(t *testing.T) {
	dir := t.TempDir()
	for file, text := range reachTree {
		to := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	src, err := (&Store{Dir: t.TempDir()}).Given(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range reachCases {
		t.Run(test.name, func(t *testing.T) {
			header := File{Path: "include/net/a.h", Original: aHeader, Patched: strings.Replace(aHeader, test.old, test.new, 1),
				Header: true}
			if header.Original == header.Patched {
				t.Fatal("nothing changes")
			}
			reached, err := src.Reach(t.Context(), []File{header}, func(string) bool { return true })
			if err != nil {
				t.Fatal(err)
			}
			got := make(map[string]bool)
			for _, file := range reached.Files {
				got[file] = true
			}
			want := make(map[string]bool)
			for _, file := range strings.Fields(test.want) {
				want[file] = true
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s\nby %v, %s", diff, reached.Names, reached.Wild)
			}
		})
	}
}

func TestItemize(t *testing.T) {
	const text = `#define A 1
#ifdef X
int f(int i) {
#else
int f(long i) {
#endif
	return i;
}
static inline struct s *g(void) __must_check;
DECLARE(x)
DECLARE(y);
struct t { int a, b; int (*call)(int c, int d); enum { E1, E2 } e; };
typedef struct { int m; } t_t;
extern int v[A];
struct later;
static const int table[] = { E1 };
`
	var got []string
	for _, it := range itemize(text) {
		line := strings.Join(it.names, " ")
		if it.wild != "" {
			line += "!"
		}
		got = append(got, line)
	}
	want := []string{"A", "f!", "g", "!", "!", "t a b call E1 E2 e", "m t_t", "v", "", "table"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
