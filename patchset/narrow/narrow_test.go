// SPDX-License-Identifier: GPL-2.0-only

package narrow_test

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/patchset/narrow"
)

// preprocess returns what gcc's preprocessor makes of a file that includes a header.
func preprocess(t *testing.T, header, file string) string { return string(gcc(t, header, file, "-E")) }

// gcc returns what gcc makes of a file that includes a header.
func gcc(t *testing.T, header, file, what string) []byte {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"h.h": header, "f.c": "#include \"h.h\"\n" + file} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("gcc", what, "-O2", "-w", "-o", "out", "f.c")
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s\n%s", err, said, file)
	}
	out, err := os.ReadFile(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// code returns what an object has besides names, by section.
func code(t *testing.T, object []byte) map[string]string {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]string)
	for _, s := range file.Sections {
		if data, err := s.Data(); err == nil && s.Type != elf.SHT_SYMTAB && s.Type != elf.SHT_STRTAB {
			found[s.Name] = string(data)
		}
	}
	return found
}

// touched preprocesses a file with two versions of a header: OLD in it becomes NEW.
func touched(t *testing.T, header, file string) string {
	t.Helper()
	return narrow.Touched(preprocess(t, header, file), preprocess(t, strings.ReplaceAll(header, "OLD", "NEW"), file))
}

const (
	inline = "static inline __attribute__((__gnu_inline__)) __attribute__((unused)) "
	added  = inline + "int f(int a) { return a + OLD; }\n"
)

// TestUntouched wants files to be left out that cannot depend on what changed, and the compiler to be of that opinion.
func TestUntouched(t *testing.T) {
	for _, test := range []struct{ name, header, file string }{
		{"a function that nobody uses", added, "int g(void) { return 1; }\n"},
		{"by way of one that nobody uses", added + inline + "int h(int a) { return f(a); }\n", "int g(void) { return 1; }\n"},
		{"of each other", inline + "int h(int a);\n", "int g(void) { return 1; }\n"},
		{"a macro that nobody uses", "#define F(a) ((a) + OLD)\n", "int g(void) { return 1; }\n"},
		{"a macro in a function that nobody uses", "#define F(a) ((a) + OLD)\n" + inline + "int h(int a) { return F(a); }\n",
			"int g(void) { return 1; }\n"},
		{"blanks and comments", "/* OLD */ int   x;\n", "int g(void) { return x; }\n"},
		{"a part of the name", added, "int ff, f_, af; int g(void) { return ff; }\n"},
		{"a part of the name in a string", added, "const char *g = \"of fa f_ \\x66g\";\n"},
		{"the other branch of a condition", "#if 0\n#define F OLD\n#endif\n", "#ifdef F\nint x;\n#endif\nint y;\n"},
		{"its own static", inline + "int f(void) { static int n = OLD; return n++; }\n", "int g;\n"},
		{"its own static in a section", inline + "int f(void) { static struct s { int a; } __attribute__((__aligned__(8))) " +
			"__attribute__((section(\"x\"))) d = { OLD }; return d.a; }\n", "int g;\n"},
		{"a check at compile time", inline + "int f(void) { do { __attribute__((__noreturn__)) extern void " +
			"__compiletime_assert_1(void) __attribute__((__error__(\"OLD\"))); if (0) __compiletime_assert_1(); } while (0); " +
			"return 0; }\n", "int g;\n"},
		{"assembly", inline + "void f(void) { asm volatile(\"OLD\" ::: \"memory\"); if (0) asm volatile(\"OLD\"); }\n",
			"int g;\n"},
		{"a structure among the parameters", inline + "int f(struct s *p, int (*c)(int)) { return c(OLD); }\n", "int g;\n"},
		{"a structure before", "struct s { int a; };\n" + added + "struct t { int b; } t;\n", "int g;\n"},
		{"a pragma that only warns", inline + "int f(void) {\n" +
			"_Pragma(\"GCC diagnostic ignored \\\"-Wall\\\"\") return OLD; }\n",
			"int g;\n"},
		{"numbers that count on", "#define U3(p, c) p##c\n#define U2(p, c) U3(p, c)\n#define U(p) U2(p, __COUNTER__)\n" +
			"#if OLDER\n" + inline + "int f(void) { int U(__UNIQUE_ID_a) = 1; return 0; }\n#endif\n",
			"int U(__UNIQUE_ID_b); int U(__UNIQUE_ID_c);\n"},
	} {
		header := test.header
		if strings.Contains(header, "OLDER") {
			header = "#define NEWER 1\n" + header
		}
		if why := touched(t, header, test.file); why != "" {
			t.Errorf("%s: %s", test.name, why)
		}
		changed := strings.ReplaceAll(header, "OLD", "NEW")
		numbers := "#define OLD 1\n#define NEW 2\n"
		diff := cmp.Diff(code(t, gcc(t, numbers+header, test.file, "-c")), code(t, gcc(t, numbers+changed, test.file, "-c")))
		if diff != "" {
			t.Errorf("%s: the objects differ:\n%s", test.name, diff)
		}
	}
}

// TestTouched wants every file to count that may depend on what changed, in whatever way.
func TestTouched(t *testing.T) {
	const g = "int g(void) { return 1; }\n"
	for _, test := range []struct{ name, header, file string }{
		{"a call", added, "int g(int a) { return f(a); }\n"},
		{"a line", "/* OLD */\n", "int g(void) { return __builtin_LINE(); }\n"},
		{"a call of a caller", added + inline + "int h(int a) { return f(a); }\n", "int g(int a) { return h(a); }\n"},
		{"a pasted name", added + "#define P(a, b) a##b\n#define N f\n",
			"#define Q(a, b) P(a, b)\nint g(int a) { return Q(N,)(a); }\n"},
		{"a condition on the changed macro", "#define F OLD\n#define NEW 1\n#define OLDX 0\n",
			"#if F\nint x;\n#else\nint y;\n#endif\n"},
		{"the macro in the file", "#define F OLD\n", "#define S(a) #a\n#define T(a) S(a)\nconst char *g = T(F);\n"},
		{"assembly that names it", added, "int g(void) { asm(\"call f\"); return 1; }\n"},
		{"assembly that hides it", added, "asm(\".long \" \"\\x66\");\n"},
		{"assembly in two strings", strings.ReplaceAll(added, "int f(", "int food("), "asm(\"call foo\" \"d\");\n"},
		{"a pragma", added, "_Pragma(\"weak f\")\nint x;\n"},
		{"a pragma within", inline + "int f(void) {\n_Pragma(\"pack(1)\") return OLD; }\n", "struct { char a; int b; } x;\n"},
		{"typeof", added, "typeof(f(1)) x;\n"},
		{"an expression of statements", added, "int g(int a) { return ({ int b = f(a); b; }); }\n"},
		{"an alias", added, "int g(int a) __attribute__((alias(\"f\")));\n"},
		{"the function's address", added, "int (*p)(int) = f;\n"},
		{"the address in a table", added, "struct { int (*p)(int); } s[] = { { .p = f } };\n"},
		{"a member of the same name", added, "struct { int f; } s;\n"},
		{"a structure", "struct s { int OLD; };\n", g},
		{"a union", "union s { int OLD; };\n", g},
		{"an enumeration", "enum e { A = sizeof(\"OLDER\"[0]), OLD };\n", g},
		{"a type", "typedef int OLD;\n", g},
		{"a declaration", "int OLD(void);\n", g},
		{"a variable", "static int OLD;\n", g},
		{"a function that is not inline", "static int f(void) { return OLD; }\n", g},
		{"a function for others", "extern inline int f(void) { return OLD; }\n", g},
		{"an inline function that may be for others", "inline int f(void) { return OLD; }\n", g},
		{"used", inline + "__attribute__((used)) int f(void) { return OLD; }\n", g},
		{"a section", inline + "__attribute__((section(\"x\"))) int f(void) { return OLD; }\n", g},
		{"a constructor", inline + "__attribute__((constructor)) void f(void) { extern int x; x = OLD; }\n", g},
		{"a constructor behind", inline + "__attribute__((cold, __constructor__)) void f(void) { " +
			"g(OLD); }\n", "\n"},
		{"an attribute of a later C", "[[gnu::used]] static inline int f(void) { return OLD; }\n", g},
		{"a static that is kept", inline + "int f(void) { static int n __attribute__((used)) = OLD; return n; }\n", g},
		{"a declaration within", inline + "int f(void) { extern int OLD; return 1; }\n", g},
		{"another name within", inline + "int f(void) { int h(void) asm(\"OLD\"); return h(); }\n", g},
		{"an attribute of another within", inline + "int f(void) { " +
			"int h(void) __attribute__((section(\"OLD\"))); return h(); }\n", g},
		{"an attribute before another within", inline + "int f(void) { " +
			"__attribute__((aligned(sizeof(\"OLD\")))) int h(void), i; " +
			"return h(); }\n", g},
		{"an attribute behind a structure", "struct s { int a; } __attribute__((aligned(sizeof(\"OLDER\"))));\n", g},
		{"a structure in the result", "static inline struct __attribute__((packed)) s { char a; int OLD; } f(void) { " +
			"struct s x; return x; }\n", g},
		{"a structure before static", "struct __attribute__((packed)) s { int OLD; } static inline f(void) { " +
			"struct s x; return x; }\n", g},
		{"parameters of old C", "static inline int f(a) int a; { return OLD; }\n", g},
		{"parameters of old C without types", "static inline int f(a) { return OLD; }\n", "int g(void) { return f(1); }\n"},
		{"a function of the library", strings.ReplaceAll(added, "int f(", "int memcpy("), g},
		{"defined twice", "#define TWO " + inline + "int f(void) { return OLD; }\nTWO TWO\n", g},
	} {
		if why := touched(t, test.header, test.file); why == "" {
			t.Errorf("%s: it is left out", test.name)
		}
	}
}
