// SPDX-License-Identifier: GPL-2.0-only

package fix_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/patchset"
	"spotos/patchset/build"
	"spotos/patchset/fix"
	"spotos/patchset/source"
)

const pairHeader = "drivers/pair/pair_target.h"

// TestHeader changes two constants in a header that three files of one module include: the functions that use them are
// in the patch, whichever file they are in, and no other ones. The rules of the directory above may compile them too.
func TestHeader(t *testing.T) {
	const before = "#include \"pair_internal.h\"\n"
	const needsMore = before + "#include <more.h>\n#ifndef MORE\n#error none\n#endif\n"
	t.Run("own rules", func(t *testing.T) { testHeader(t, pairSource(t, "", "")) })
	t.Run("rules above", func(t *testing.T) { testHeader(t, pairSourceWith(t, before, needsMore, rulesAbove())) })
}

func testHeader(t *testing.T, src *source.Source) {
	k := labKernels(t)[0]
	text, err := src.Read(pairHeader)
	if err != nil {
		t.Fatal(err)
	}
	_, stays, _ := strings.Cut(string(text), "enum pair_stay {")
	stays, _, _ = strings.Cut(stays, "};")
	lines := strings.SplitAfter(stays, "\n")
	lines[4], lines[5] = lines[5], lines[4] // PAIR_SPIN and PAIR_HOLD
	made, err := makeOf(t, k, src, pairHeader, stays, strings.Join(lines, ""))
	if err != nil {
		t.Fatal(err)
	}
	in := make(map[string][]string)
	for _, f := range made.Functions {
		in[f.File] = append(in[f.File], f.Name)
	}
	// Some compilers put pair_command into the function that calls it.
	for file, functions := range map[string][]string{"pair.c": {"pair_stay_inside"}, "pair_callers.c": {"timed_call"},
		"pair_proc.c": {"pair_command", "pair_write"}} {
		if !slices.ContainsFunc(functions, func(f string) bool { return slices.Contains(in["drivers/pair/"+file], f) }) {
			t.Errorf("%v of %s is not replaced: %v", functions, file, in)
		}
	}
	if slices.Contains(in["drivers/pair/pair_callers.c"], "pair_resume") {
		t.Errorf("a function that uses neither constant is replaced: %v", in)
	}
	patch, err := patchset.Read(made.Out)
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, f := range made.Functions {
		want = append(want, f.Symbol)
	}
	for _, f := range patch.Functions {
		got = append(got, f.Replacement)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestHeaderRefused wants a structure of another layout, and a header that nobody includes, to be refused.
func TestHeaderRefused(t *testing.T) {
	k := labKernels(t)[0]
	for _, test := range []struct{ file, old, new, symbol, says string }{
		{pairHeader, "\tenum pair_stay stay;\n", "\tlong more;\n\tenum pair_stay stay;\n", "struct pair_call",
			"has other members"},
		{"include/linux/alone.h", "", "#define A 1\n", "include/linux/alone.h", "is included by no file"},
		{pairHeader, "int pair_encode(struct pair_call *call);", "int pair_encode(struct pair_call *call, int more);",
			pairHeader, "which cannot be compiled"},
	} {
		var refused *build.RefusedError
		_, err := makeOf(t, k, pairSource(t, "", ""), test.file, test.old, test.new)
		if !errors.As(err, &refused) || !slices.ContainsFunc(refused.Refusals, func(r build.Refusal) bool {
			return r.Symbol == test.symbol && strings.Contains(r.Why, test.says)
		}) {
			t.Errorf("%s: %v", test.says, err)
		}
	}
}

// TestHeaderNarrowed changes an inline function that no file uses: none is compiled for it.
func TestHeaderNarrowed(t *testing.T) {
	const header = "drivers/pair/pair_internal.h"
	k, src := labKernels(t)[0], pairSource(t, "struct seq_file;\n",
		"struct seq_file;\nstatic inline int pair_odd(int a) { return a + 1; }\n")
	text, err := src.Read(header)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	_, err = fix.Make(t.Context(), fix.Request{Kernel: k, Source: src, Out: filepath.Join(t.TempDir(), "none.ko"),
		Files: []source.File{{Path: header, Original: string(text), Header: true,
			Patched: strings.Replace(string(text), "a + 1", "a + 2", 1)}},
		Say: func(line string) { said = append(said, line) }})
	if !errors.Is(err, build.ErrSame) {
		t.Errorf("no file uses what changed: %v", err)
	}
	all := strings.Join(said, "\n")
	if !strings.Contains(all, "changes the code of none of the 3 files that include it") ||
		strings.Contains(all, "compiling") {
		t.Error(all)
	}
}
