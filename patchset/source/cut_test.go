// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const oldC = `#define LIMIT 1

/* one counts */
static int one(int a)
{
	return a;
}

static int gone(void)
{
	return 1;
}

int two(int a)
{
	return a + gone() + LIMIT;
}

int three(int a)
{
	return 3;
}
`

const newC = `#define LIMIT 2
static int table[LIMIT];

/* one counts, and more */
static int one(int a)
{
	return a < 0 ? 0 : a;
}

static int fresh(void)
{
	return table[0];
}

int two(int a)
{
	return a + fresh() + LIMIT;
}

int three(long a)
{
	return 3; /* three */
}

int four(void)
{
	return 4;
}
`

func TestCut(t *testing.T) {
	for _, c := range []struct {
		names        []string
		replace      []string // pairs that make the result of the older text
		taken, needs []string
		left         []string
	}{
		{[]string{"one"}, []string{"return a;", "return a < 0 ? 0 : a;"}, []string{"one"}, nil,
			[]string{"two", "three", "fresh", "four", "gone"}},
		{[]string{"two"}, []string{"a + gone()", "a + fresh()"}, []string{"two"}, []string{"fresh", "LIMIT"},
			[]string{"one", "three", "fresh", "four", "gone"}},
		{[]string{"two", "fresh", "gone", "two"}, []string{"a + gone()", "a + fresh()",
			"static int gone(void)\n{\n\treturn 1;\n}\n\n", "", "\treturn a;\n}\n",
			"\treturn a;\n}\n\nstatic int fresh(void)\n{\n\treturn table[0];\n}\n"},
			[]string{"gone", "fresh", "two"}, []string{"table", "LIMIT"}, []string{"one", "three", "four"}},
		{[]string{"three", "four"}, []string{"int three(int a)\n{\n\treturn 3;\n}\n",
			"int three(long a)\n{\n\treturn 3; /* three */\n}\n\nint four(void)\n{\n\treturn 4;\n}\n"},
			[]string{"three", "four"}, nil, []string{"one", "two", "fresh", "gone"}},
	} {
		got, err := Cut("net/a.c", oldC, newC, c.names)
		if err != nil {
			t.Fatal(c.names, err)
		}
		want := &CutResult{Text: strings.NewReplacer(c.replace...).Replace(oldC), Taken: c.taken, Left: c.left,
			Outside: []string{"#define LIMIT 2", "static int table [ LIMIT ] ;"}, Needs: c.needs}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", c.names, diff)
		}
	}
}

// TestCutSeveral has what a conditional chooses between, and a new function before all others.
func TestCutSeveral(t *testing.T) {
	const old = "#ifdef A\n/* f */\nint f(void)\n{\n\treturn 1;\n}\n#else\nint f(void) { return 0; }\n#endif\n" +
		"\n/* g */\nint g(void)\n{\n}\n"
	const fresh = "int e(void)\n{\n}\n" + old
	for _, c := range []struct{ to, name, want string }{
		{strings.Replace(old, "return 1", "return 2", 1), "f", strings.Replace(old, "return 1", "return 2", 1)},
		{strings.Replace(old, "return 0", "return 2", 1), "f", strings.Replace(old, "return 0", "return 2", 1)},
		{fresh, "e", strings.Replace(old, "/* g */", "int e(void)\n{\n}\n\n/* g */", 1)},
	} {
		got, err := Cut("net/a.c", old, c.to, []string{c.name})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got.Text); diff != "" {
			t.Error(diff)
		}
	}
}

func TestCutRefuses(t *testing.T) {
	const twice = "int f(void)\n{\n}\nint f(void)\n{\n}\n"
	const open = "int f(void)\n{\n\tif (1) {\n}\n"
	for name, c := range map[string]struct {
		from, to, function string
		want               Kind
	}{
		"no function": {oldC, newC, "table", NoFunction},
		"the same":    {oldC, oldC, "one", Unchanged},
		"twice":       {"int f(void)\n{\n}\n", twice, "f", Ambiguous},
		"doubtful":    {open, oldC, "f", Doubtful},
		"no place":    {"int a;\n", "int a;\nint f(void)\n{\n}\n", "f", Doubtful},
	} {
		_, err := Cut("net/a.c", c.from, c.to, []string{c.function})
		if got := Refusals(err); len(got) != 1 || got[0].Kind != c.want || got[0].File != "net/a.c" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCompare(t *testing.T) {
	want := Changes{Bodies: []string{"one", "two"}, Heads: []string{"three"}, New: []string{"fresh", "four"},
		Gone: []string{"gone"}, Outside: []string{"#define LIMIT 2", "static int table [ LIMIT ] ;"}}
	if diff := cmp.Diff(want, Compare(oldC, newC)); diff != "" {
		t.Error(diff)
	}
}

// TestPair cuts a fix out of two sources, and applies it to the older one.
func TestPair(t *testing.T) {
	store := &Store{Dir: t.TempDir()}
	var pair Pair
	for i, text := range []string{oldC, newC} {
		files := append(tree[:7:7], tree[6])
		files[6].Linkname = text + fmt.Sprintf("SYSCALL_DEFINE1(dup, int, a)\n{\n\treturn %d;\n}\n", i)
		files[7].Name, files[7].Linkname = "linux-source-6.1/net/same.c", []string{"int a;", "/* a */ int a;"}[i]
		path := write(t, filepath.Join(t.TempDir(), "linux.tar"), tarball(t, files), 0o644)
		src, err := store.Given(path)
		if err != nil {
			t.Fatal(err)
		}
		*[]**Source{&pair.Old, &pair.New}[i] = src
	}
	diff, _, err := pair.Cut(t.Context(), "net/ipv4/raw.c", "one", "four")
	if err != nil {
		t.Fatal(err)
	}
	diffs, err := ReadDiffs("cut", strings.NewReader(diff))
	if err != nil {
		t.Fatal(err)
	}
	result, err := Apply(diffs, pair.Old.Read)
	if err != nil {
		t.Fatal(err)
	}
	from, to, err := pair.Text(t.Context(), "net/ipv4/raw.c")
	if err != nil {
		t.Fatal(err)
	}
	cut, err := Cut("net/ipv4/raw.c", from, to, []string{"one", "four"})
	if err != nil || len(result.Files) != 1 || result.Files[0].Patched != cut.Text || result.Notes != nil {
		t.Errorf("%v, %+v", err, result)
	}
	for file, want := range map[string]Kind{"net/same.c": CommentsOnly, "Makefile": BuildRules, "net/x.c": NotInSource,
		"include/linux/a.h": Unchanged} {
		if _, _, err := pair.Cut(t.Context(), file); len(Refusals(err)) != 1 || Refusals(err)[0].Kind != want {
			t.Errorf("%s: %v", file, err)
		}
	}
	for _, function := range []string{"fresh", "__x64_sys_dup"} {
		found, err := pair.Find(t.Context(), function)
		if got := cmp.Diff([]string{"net/ipv4/raw.c"}, found); got != "" || err != nil {
			t.Error(function, err, got)
		}
	}
}
