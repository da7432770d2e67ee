// SPDX-License-Identifier: GPL-2.0-only

package fix_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"spotos/patchset"
	"spotos/patchset/build"
	"spotos/patchset/fix"
	"spotos/patchset/running"
	"spotos/patchset/source"
)

// The lab's module pair_target stands for a part of the kernel here: its source is at hand, and it is built for each
// kernel of the lab.

// labKernels returns the lab's kernels for which pair_target is built. Without one the test is skipped, or fails if
// SPOTOS_REQUIRE_LAB is set.
func labKernels(t *testing.T) []*fix.Kernel {
	t.Helper()
	releases, err := filepath.Glob("../../.kernels/*/release")
	if err != nil {
		t.Fatal(err)
	}
	var kernels []*fix.Kernel
	for _, file := range releases {
		dir := filepath.Dir(file)
		if strings.HasPrefix(filepath.Base(dir), "debug") {
			continue // KASAN puts code into a module that a patch of it is compiled without
		}
		k, err := fix.FindKernel(dir)
		if err != nil {
			t.Logf("%s is left out: %v", dir, err)
			continue
		}
		if err := k.Tools(); err != nil {
			t.Logf("%s is left out: %v", k.Release, err) // of another Debian, whose compiler is not installed here
			continue
		}
		target, err := os.ReadFile(filepath.Join("../../build", k.Release, "pair_target.ko"))
		if err != nil {
			continue
		}
		k.Modules = t.TempDir()
		put(t, filepath.Join(k.Modules, "pair_target.ko"), string(target))
		kernels = append(kernels, k)
	}
	if len(kernels) > 0 {
		return kernels
	}
	if os.Getenv("SPOTOS_REQUIRE_LAB") == "1" {
		t.Fatal("no kernels with modules: make all fetches and builds them")
	}
	t.Skip("no kernels with modules: make all fetches and builds them")
	return nil
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// pairSource returns a kernel's source that has pair_target in drivers/pair, with an edit that was made before.
func pairSource(t *testing.T, old, new string) *source.Source {
	t.Helper()
	return pairSourceWith(t, old, new, nil)
}

// pairSourceWith returns the same with other files of kbuild.
func pairSourceWith(t *testing.T, old, new string, rules map[string]string) *source.Source {
	t.Helper()
	dir := t.TempDir()
	for _, file := range []string{"Makefile", "kernel/Makefile", "include/linux/kernel.h", "include/linux/alone.h",
		"lib/Makefile", "arch/x86/lib/Makefile", "arch/x86/pci/Makefile", "arch/x86/power/Makefile",
		"arch/x86/video/Makefile"} {
		put(t, filepath.Join(dir, file), "")
	}
	put(t, filepath.Join(dir, "Kbuild"), "obj-y += kernel/ drivers/pair/\n")
	files, err := filepath.Glob("../lab/pair*.[ch]")
	if err != nil {
		t.Fatal(err)
	}
	objects := ""
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, "drivers/pair", filepath.Base(file)), strings.Replace(string(text), old, new, 1))
		if name, isC := strings.CutSuffix(filepath.Base(file), ".c"); isC {
			objects += " " + name + ".o"
		}
	}
	put(t, filepath.Join(dir, "drivers/pair/Kbuild"), "obj-m := pair_target.o\npair_target-y :="+objects+"\n")
	for file, text := range rules {
		put(t, filepath.Join(dir, file), strings.ReplaceAll(text, "OBJECTS", objects))
	}
	store := &source.Store{Dir: t.TempDir()}
	src, err := store.Given(dir)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// built returns the path of something that is built for a kernel.
func built(t *testing.T, k *fix.Kernel, file string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("../../build", k.Release, file))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// makePair makes a patch of pair.c with one edit.
func makePair(t *testing.T, k *fix.Kernel, src *source.Source, old, new string) (*fix.Result, error) {
	t.Helper()
	return makeOf(t, k, src, "drivers/pair/pair.c", old, new)
}

// makeOf makes a patch of a file with one edit.
func makeOf(t *testing.T, k *fix.Kernel, src *source.Source, file, old, new string) (*fix.Result, error) {
	t.Helper()
	return makeWith(t, k, src, file, old, new, built(t, k, "obj/patchset/Module.symvers"))
}

// makeWith makes it with these lists of what other modules export.
func makeWith(t *testing.T, k *fix.Kernel, src *source.Source, file, old, new string, symvers ...string) (*fix.Result,
	error) {
	t.Helper()
	text, err := src.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	patched := strings.Replace(string(text), old, new, 1)
	return fix.Make(context.Background(), fix.Request{Kernel: k, Source: src,
		Files: []source.File{{Path: file, Original: string(text), Patched: patched,
			Header: filepath.Ext(file) == ".h"}},
		Diff: source.Unified(file, string(text), patched),
		About: fix.About{Title: `one "more" is right`, Severity: "low", References: []string{"CVE-2026-0001"},
			Builder: "SPOTOS 1.2.3"},
		Symvers: append(symvers, built(t, k, "Module.symvers.spotos")),
		Out:     filepath.Join(t.TempDir(), "pair_fix.ko")})
}

const (
	check     = "if (decoded != call->value)"
	moreCheck = "if (decoded != call->value + 1)"
)

// TestMake makes a patch whose function uses a variable that is static in the module.
func TestMake(t *testing.T) {
	for _, k := range labKernels(t) {
		t.Run(k.Release, func(t *testing.T) {
			made, err := makePair(t, k, pairSource(t, "", ""), check, moreCheck)
			if err != nil {
				t.Fatal(err)
			}
			patch, err := patchset.Read(made.Out)
			if err != nil {
				t.Fatal(err)
			}
			want := &patchset.Patch{Name: "pair-fix", Module: "pair_fix", Path: made.Out, Title: `one "more" is right`,
				Description: `one "more" is right`, Severity: "low", References: []string{"CVE-2026-0001"},
				Builder: "SPOTOS 1.2.3", Uses: []string{"pair_target"}, Functions: []patchset.Function{
					{Name: "pair_check", Object: "pair_target", Replacement: "spotos_new_pair_check"},
					{Name: "pair_encode", Object: "pair_target", Replacement: "spotos_new_pair_encode"}, // it is inlined there
				}}
			ignored := cmpopts.IgnoreFields(patchset.Patch{}, "Vermagic", "BuildID", "BuildIDs", "DiffSum", "Depends", "Sum")
			if diff := cmp.Diff(want, patch, ignored); diff != "" {
				t.Error(diff)
			}
			carried, err := patch.Carried()
			if err != nil || !strings.Contains(carried.Diff, "+++ b/drivers/pair/pair.c\n") ||
				!strings.HasPrefix(carried.Compiler, "GCC: ") || carried.Signed {
				t.Errorf("the patch carries %+v, %v", carried, err)
			}
			code, err := patch.Code()
			if err != nil {
				t.Fatal(err)
			}
			if patch.BuildID == "" || len(patch.BuildIDs) != 1 || !strings.HasPrefix(patch.BuildIDs[0], "pair_target=") {
				t.Error("the patch does not say for which build it is")
			}
			// A symbol that the module exports keeps it loaded.
			if diff := cmp.Diff([]string{"pair_target", "spotos"}, slices.Sorted(slices.Values(patch.Depends))); diff != "" {
				t.Error(diff)
			}
			for _, name := range []string{".klp.sym.pair_target.mismatches,0", patchset.DiffSection, ".klp.rela.vmlinux..text"} {
				if !strings.Contains(string(code), name) {
					t.Errorf("the module has no %s", name)
				}
			}
			testRepeat(t, k, patch)
			testPositions(t, k, patch)
			testFlips(t, k, patch)
		})
	}
}

// TestHold makes a patch that leads into a module which exports nothing. It must find that module's own structure, to
// take a reference on it.
func TestHold(t *testing.T) {
	for _, k := range labKernels(t) {
		made, err := makeWith(t, k, pairSource(t, "", ""), "drivers/pair/pair.c", check, moreCheck)
		if err != nil {
			t.Fatal(k.Release, err)
		}
		patch, err := patchset.Read(made.Out)
		if err != nil {
			t.Fatal(k.Release, err)
		}
		code, err := patch.Code()
		if err != nil {
			t.Fatal(k.Release, err)
		}
		if !strings.Contains(string(code), ".klp.sym.pair_target.__this_module,0") {
			t.Errorf("%s: nothing leads to the module's structure", k.Release)
		}
		if diff := cmp.Diff([]string{"spotos"}, patch.Depends); diff != "" {
			t.Errorf("%s: %s", k.Release, diff)
		}
		if _, refused := repeated(t, patch, machine(t, k, patch)); refused != "" {
			t.Errorf("%s: the proof is not what it was where the patch was made: %s", k.Release, refused)
		}
	}
}

// TestStays makes a patch of which a pointer is kept: it says that its module stays loaded.
func TestStays(t *testing.T) {
	const before = "void pair_check(const struct pair_call *call, u64 decoded)\n{\n"
	const after = `static u64 one_more(u64 value)
{
	return value + 1;
}

static u64 (*volatile change)(u64) = one_more;

` + before + "\tdecoded = change(decoded);\n"
	k := labKernels(t)[0]
	made, err := makePair(t, k, pairSource(t, "", ""), before, after)
	if err != nil {
		t.Fatal(err)
	}
	patch, err := patchset.Read(made.Out)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"change is a new variable, which something may keep a pointer to",
		"one_more is a new function whose address is taken"}
	slices.Sort(patch.Stays)
	if diff := cmp.Diff([][]string{want, want}, [][]string{made.Stays, patch.Stays}); diff != "" {
		t.Error(diff)
	}
}

// TestOtherSource wants a source that is not the kernel's to be refused, by the function that shows it.
func TestOtherSource(t *testing.T) {
	for _, k := range labKernels(t) {
		src := pairSource(t, "if (decoded != call->value)", "if (decoded < call->value)")
		_, err := makePair(t, k, src, "if (decoded < call->value)", moreCheck)
		var d *running.Difference
		if !errors.As(err, &d) || d.Function != "pair_check" || d.Object != "pair_target" {
			t.Errorf("%s: %v, want that pair_check differs", k.Release, err)
		}
	}
}

// rulesAbove are files of kbuild that have drivers/pair compiled by the rules of drivers, which name directories of the
// source and take in another file.
func rulesAbove() map[string]string {
	return map[string]string{
		"Kbuild":              "obj-y += drivers/\n",
		"drivers/Kbuild":      "include $(srctree)/drivers/Makefile.inc\nccflags-y := -I $(srctree)/$(src)/more\n",
		"drivers/pair/Kbuild": "# nothing\n",
		"drivers/Makefile.inc": "obj-m := pair_target.o\npair_target-y := $(addprefix pair/,OBJECTS)\n" +
			"ccflags-y += -I$(srctree)/drivers/more\n",
		"drivers/more/more.h": "#define MORE 1\n",
	}
}

// TestRules makes a patch of a file that the rules of the directory above have compiled, which name directories of the
// source, by rules that another directory has.
func TestRules(t *testing.T) {
	k := labKernels(t)[0]
	rules := rulesAbove()
	const before = "#include \"pair_internal.h\"\n"
	src := pairSourceWith(t, before, before+"#include <more.h>\n#ifndef MORE\n#error none\n#endif\n", rules)
	made, err := makePair(t, k, src, check, moreCheck)
	if err != nil {
		t.Fatal(err)
	}
	if len(made.Functions) != 2 || made.Functions[0].Object != "pair_target" {
		t.Errorf("it replaces %v", made.Functions)
	}
	delete(rules, "drivers/more/more.h")
	src = pairSourceWith(t, before, before+"#include <more.h>\n", rules)
	var refused *build.RefusedError
	if _, err := makePair(t, k, src, check, moreCheck); !errors.As(err, &refused) ||
		!strings.Contains(err.Error(), "cannot be compiled apart from the rest of the kernel") {
		t.Errorf("without the header: %v", err)
	}
}

// TestRefused wants data that changes, and what changes nothing, to be refused.
func TestRefused(t *testing.T) {
	k := labKernels(t)[0]
	var refused *build.RefusedError
	_, err := makePair(t, k, pairSource(t, "", ""), "stay_us = 100", "stay_us = 200")
	if !errors.As(err, &refused) || refused.Refusals[0].Symbol != "stay_us" {
		t.Errorf("changed data: %v", err)
	}
	if _, err := makePair(t, k, pairSource(t, "", ""), "/* The two", "/* The same two"); !errors.Is(err, build.ErrSame) {
		t.Errorf("a changed comment: %v", err)
	}
	var compiler *build.CompileError
	_, err = makePair(t, k, pairSource(t, "", ""), check, "if decoded != call->value)")
	if !errors.As(err, &compiler) || !strings.Contains(compiler.Reason, "pair.c, line ") {
		t.Errorf("what does not compile: %v", err)
	}
	// What a newer version's file may use of its headers is no mistake in the fix.
	for _, needs := range []string{"if (decoded != call->nothing)", "if (decoded != nothing(call))",
		"if (decoded != NOTHING)", "if (pair_encode() != 0)", "struct nothing n; if (n.x)"} {
		_, err = makePair(t, k, pairSource(t, "", ""), check, needs)
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "needs more than its own changes") ||
			!strings.Contains(err.Error(), "pair.c, line ") {
			t.Errorf("%s: %v", needs, err)
		}
	}
}

// TestIncluded wants a file that another one includes to be refused: a patch would leave the other's functions.
func TestIncluded(t *testing.T) {
	const before = "#include \"pair_internal.h\"\n"
	src := pairSource(t, before, before+"#if 0\n#include \"pair.c\"\n#endif\n")
	var refused *build.RefusedError
	if _, err := makePair(t, labKernels(t)[0], src, check, moreCheck); !errors.As(err, &refused) ||
		!strings.Contains(err.Error(), "is included by") {
		t.Errorf("%v, want that it is refused", err)
	}
}
