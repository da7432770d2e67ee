// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// oddC has what makes functions hard to find.
const oddC = `// int commented(void) { return 1; }
/* int out(void)
{ */
#define MAKE(name) int name(void) \
{ \
	return '"'; \
}
static const struct ops table[] = { { .a = one }, { .b = two } };
struct point { int x, y; } __packed(4);
struct __aligned(8) other
{
	int x;
};
EXPORT_SYMBOL(before)
int before(const char *s)
{
	return s[0] == '{' || s[1] == '\'' || !strcmp(s, "}\"{");
}
static struct point *made(void) { return 0; }

__printf(1, 2) static noinline int
__must_check decorated(const char *format, ...) __acquires(lock)
{
	int a[] = { 1, 2 };
#ifdef A
	if (a[0]) {
#else
	if (a[1]) { /* } */
#endif
		return 1;
	}
	return ({ int b = 2; b; });
}

SYSCALL_DEFINE2(dup2, unsigned int, old, unsigned int, fresh)
{
#ifdef B
	if (old) {
#endif
	fresh = old;
#ifdef B
	}
#endif
	return 0;
}

static int (*getter(int n))(int)
{
	return 0;
}

#ifdef C
int branch(void)
{
	return 1;
}
#else
int branch(void) { return 0; }
#endif

#if 0
don't mind me
#ifdef NEVER
#else
int never(void) { return 1; }
#endif
#else
int ever(void)
{
#if 0
	{
#else
	if (1) {
#endif
	}
	return 1;
}
#endif

#ifdef D
int split(int a)
{
#else
int split(void)
{
#endif
	return 0;
}

I915_SELFTEST(static struct x {
	int y;
} z;)

static BPF_CALL_1(helper, int, a)
{
	return a;
}
int last(void)
{
}
`

func TestFunctions(t *testing.T) {
	var got []string
	for _, f := range Functions(oddC) {
		first, _, _ := strings.Cut(oddC[f.Start:], "\n")
		if oddC[f.End-1] != '}' || f.Line != strings.Count(oddC[:f.Start], "\n")+1 {
			t.Errorf("%s: line %d, ends with %q", f.Name, f.Line, oddC[f.Start:f.End])
		}
		got = append(got, strings.TrimSpace(f.Name+" | "+first+" | "+f.Doubt))
	}
	want := []string{
		"before | int before(const char *s) |",
		"made | static struct point *made(void) { return 0; } |",
		"decorated | __printf(1, 2) static noinline int |",
		"SYSCALL_DEFINE2(dup2) | SYSCALL_DEFINE2(dup2, unsigned int, old, unsigned int, fresh) |",
		"getter | static int (*getter(int n))(int) |",
		"branch | int branch(void) |",
		"branch | int branch(void) { return 0; } |",
		"ever | int ever(void) |",
		"split | int split(int a) | it begins inside a conditional of the preprocessor and ends outside, or the other way",
		"BPF_CALL_1(helper) | static BPF_CALL_1(helper, int, a) |",
		"last | int last(void) |",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if f := Functions(oddC)[3]; !f.Is("dup2") || !f.Is("__x64_sys_dup2") || f.Is("SYSCALL_DEFINE2") {
		t.Errorf("dup2 is %+v", f)
	}
}

func TestDoubts(t *testing.T) {
	for _, text := range []string{
		"int f(void)\n{\n\tif (a) {\n}\nint g(void)\n{\n}\n",          // a brace is missing
		"int f(void)\n{\n\tg((1);\n}\n",                               // a parenthesis is
		"int f(void)\n{\n\tchar c = ';\n}\n",                          // a quote is
		"int f(void)\n{\n#ifdef A\n\tif (a) {\n#endif\n\treturn; }\n", // the end is not where the style has it
		"int f(void) g(int a)\n{\n}\n",                                // two names
		"int f(void)\n{\n",                                            // the text ends
	} {
		if got := Functions(text); len(got) == 0 || got[0].Doubt == "" {
			t.Errorf("no doubt in %q: %+v", text, got)
		}
	}
}

func TestSameCode(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"int a; // x", "int /* y\n */ a ;", true},
		{"#define A 1 /* x */\n", "#define  A \\\n 1\n", true},
		{"#define A 1\n", "#define A 12\n", false},
		{"char *a = \"/* x */\";", "char *a = \"\";", false},
		{"ab", "a b", false},
		{"int a;", "int a;;", false},
	} {
		if got := sameCode(c.a, c.b); got != c.same {
			t.Errorf("%q and %q: %v", c.a, c.b, got)
		}
	}
}

func FuzzFunctions(f *testing.F) {
	f.Add(oddC)
	f.Add(rawC)
	f.Add("#if\n#else\nint f(){\n#endif\n}}}((\"")
	f.Add("#\\\n'\n/*/")
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for _, tok := range lex(text) {
			if tok.at < at || tok.end <= tok.at || tok.end > len(text) {
				t.Fatalf("token %+v behind %d of %d", tok, at, len(text))
			}
			if left := text[at:tok.at]; strings.Trim(left, "\\ \t\r\n\f\v") != "" {
				t.Fatalf("left out %q", left)
			}
			at = tok.end
		}
		for _, fn := range Functions(text) {
			if fn.Start < 0 || fn.End < fn.Start || fn.End > len(text) {
				t.Fatalf("%+v of %d", fn, len(text))
			}
		}
		if !sameCode(text, text) {
			t.Fatal("not like itself")
		}
		if c := Compare(text, text); c.Bodies != nil || c.Heads != nil || c.New != nil || c.Gone != nil || c.Outside != nil {
			t.Fatalf("differs from itself: %+v", c)
		}
	})
}
