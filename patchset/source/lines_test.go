// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
	"github.com/google/go-cmp/cmp"
)

// FuzzUnified looks that a diff made here leads from the one text to the other, by this package's own way and by the
// library's.
func FuzzUnified(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nc\nb\nc")
	f.Add(rawC, strings.Replace(rawC+oddC, "return r;", "return 2;\n}\n{", 1))
	f.Add(oddC, rawC)
	f.Add("x\n}\n}\n}\ny\n", "}\n}\nx\n}\n")
	f.Fuzz(func(t *testing.T, from, to string) {
		if strings.Contains(from+to, "\r") {
			t.Skip("lines of mails are not lines of C")
		}
		pairs, a, b := common(splitLines(from), splitLines(to)), splitLines(from), splitLines(to)
		last := -1
		for i, at := range pairs {
			if at >= 0 && (at <= last || a[at] != b[i]) {
				t.Fatalf("line %d pairs with %d: %v", i, at, pairs)
			}
			last = max(last, at)
		}
		if from == "" || to == "" {
			return
		}
		files, _, err := gitdiff.Parse(strings.NewReader(Unified("net/a.c", from, to)))
		if err != nil || from != to && len(files) != 1 {
			t.Fatalf("%v in %s", err, Unified("net/a.c", from, to))
		}
		if from == to {
			return
		}
		var out strings.Builder
		if err := gitdiff.Apply(&out, strings.NewReader(from), files[0]); err != nil || out.String() != to {
			t.Fatalf("%v: %q became %q", err, from, out.String())
		}
		kept := KeepLines(from, to)
		var without []string
		for line := range strings.Lines(kept) {
			if !strings.HasPrefix(line, "#line ") || strings.Contains(to, "#line") {
				without = append(without, line)
			}
		}
		if !strings.Contains(to, "#line") && strings.Join(without, "") != to {
			t.Fatalf("more than #line in %q", kept)
		}
	})
}

func TestKeepLines(t *testing.T) {
	original := `int a(void)
{
	return __LINE__ + 5;
}
#define M(x) \
	first(x); \
	second(x)
int b(void)
{
	call(__LINE__ + 10,
	     2);
	return __LINE__ + 11;
}
#ifdef A
int c(void)
{
	return __LINE__ + 12;
}
#else
int d(void)
{
	return __LINE__ + 13;
}
#endif
/* a comment
   that goes on */
int e(void) { return __LINE__ + 14; }
`
	patched := strings.NewReplacer("\tfirst(x);", "\tzero(x); \\\n\tfirst(x);", "\tcall(__LINE__ + 10,\n",
		"\tif (x)\n\t\treturn 0;\n\tcall(__LINE__ + 10,\n\t     1,\n", "int c(void)\n{", "int c(void)\n{\n\tint c;",
		"that goes on", "that goes\n   on").Replace(original)
	want := strings.NewReplacer("int b(void)", "#line 8\nint b(void)", "\tcall(__", "#line 10\n\tcall(__",
		"\treturn __LINE__ + 11", "#line 12\n\treturn __LINE__ + 11",
		"\treturn __LINE__ + 12", "#line 17\n\treturn __LINE__ + 12",
		"int d(", "#line 20\nint d(", "#endif\n", "#endif\n#line 25\n", "int e(", "#line 27\nint e(").Replace(patched)
	if diff := cmp.Diff(want, KeepLines(original, patched)); diff != "" {
		t.Error(diff)
	}
	for _, option := range []string{"-DA", "-UA"} {
		if diff := cmp.Diff(numbered(t, option, original), numbered(t, option, KeepLines(original, patched))); diff != "" {
			t.Error(option, diff)
		}
		if cmp.Equal(numbered(t, option, original), numbered(t, option, patched)) {
			t.Error("the compiler numbers the patched text as the original without any #line")
		}
	}
	if got := KeepLines(original, strings.Replace(original, "+ 5", "+ 6", 1)); strings.Contains(got, "#line") {
		t.Errorf("nothing moves, and yet %s", got)
	}
}

// numbered returns what the compiler makes of each __LINE__.
func numbered(t *testing.T, option, text string) []string {
	t.Helper()
	file := write(t, filepath.Join(t.TempDir(), "a.c"), []byte(text), 0o644)
	cmd := exec.Command("gcc", "-E", "-P", option, file)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal("gcc: ", err)
	}
	var found []string
	for line := range strings.Lines(string(out)) {
		if _, rest, ok := strings.Cut(line, " + "); ok {
			before := strings.FieldsFunc(line[:len(line)-len(rest)-3], func(r rune) bool { return r < '0' || r > '9' })
			found = append(found, before[len(before)-1]+" + "+strings.TrimRight(rest, "; }\n,2)"))
		}
	}
	return found
}
