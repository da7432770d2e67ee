// SPDX-License-Identifier: GPL-2.0-only

package fix_test

import (
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/internal/labtest"
	"spotos/patchset/build"
	"spotos/patchset/fix"
	"spotos/patchset/source"
)

// What TestOracle compares: so many files that differ between two versions of Debian's source, out of directories whose
// files need no others to be compiled, in the order that the seed gives.
const (
	oracleFiles  = 30
	oracleSeed   = 13
	oracleKernel = "../../.kernels/47"
	oracleOld    = "6.1.170-3"
	oracleNew    = "6.1.192-2"
)

var oracleRooms = []string{"net/ipv4", "net/ipv6", "net/core", "net/unix", "net/sched", "net/netfilter", "kernel", "mm",
	"fs", "fs/proc"}

// oracle returns what the test compares with, and with what. It is skipped unless it was asked for: it takes ten
// minutes and two kernel sources.
func oracle(t *testing.T) (kpatch labtest.Kpatch, kernel *fix.Kernel, pair source.Pair) {
	t.Helper()
	cache := os.Getenv("SPOTOS_ORACLE")
	if cache == "" {
		t.Skip("compares with kpatch on 30 files, some ten minutes: SPOTOS_ORACLE names the cache of kernel sources")
	}
	kpatch = labtest.NeedKpatch(t, "../..")
	kernel, err := fix.FindKernel(oracleKernel + "/")
	if err != nil {
		t.Skipf("needs the kernel %s: lab/fetch-kernels.sh .kernels 47=6.1.0-47-amd64: %v", oracleKernel, err)
	}
	store := &source.Store{Dir: cache}
	if pair.Old, err = store.Get(t.Context(), oracleOld); err == nil {
		pair.New, err = store.Get(t.Context(), oracleNew)
	}
	if err != nil {
		t.Skip(err)
	}
	return kpatch, kernel, pair
}

// TestOracle wants the same functions to be changed as kpatch's create-diff-object finds.
func TestOracle(t *testing.T) {
	kpatch, kernel, pair := oracle(t)
	later, err := build.ObjtoolLater(kernel.Headers)
	if err != nil {
		t.Fatal(err)
	}
	compared, functions := 0, 0
	for _, file := range candidates(t, pair) {
		if compared == oracleFiles {
			break
		}
		c := compileTwice(t, kernel, pair, file)
		if c == nil {
			continue
		}
		ours := changedFunctions(build.Compare(c.original, c.patched, later))
		theirs, said := kpatch.Changed(t, c.objects[0], c.objects[1])
		if len(ours) == 0 && len(theirs) == 0 {
			continue
		}
		compared, functions = compared+1, functions+len(ours)
		diff := cmp.Diff(theirs, ours)
		switch why := otherwise(c, said, theirs, ours); {
		case diff != "" && why == "":
			t.Errorf("%s (-kpatch +spotos):\n%s%s", file, diff, said)
		case diff != "":
			t.Logf("%s: %s:\n%s%s", file, why, diff, said)
		}
	}
	t.Logf("%d files, %d changed functions", compared, functions)
	if compared < oracleFiles {
		t.Errorf("%d files compared, want %d", compared, oracleFiles)
	}
}

// candidates returns the files that differ, in the seed's order.
func candidates(t *testing.T, pair source.Pair) []string {
	t.Helper()
	all, err := pair.Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	files := slices.DeleteFunc(slices.Clone(all.Changed), func(file string) bool {
		return path.Ext(file) != ".c" || !slices.Contains(oracleRooms, path.Dir(file))
	})
	rand.New(rand.NewPCG(oracleSeed, 0)).Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	return files
}

// twice is one file compiled in both versions.
type twice struct {
	file              string
	original, patched *build.Object
	objects           [2]string // their files
}

// compileTwice compiles both versions of a file; nil for one that is not compiled in this kernel, or not without other
// changes of the newer version.
func compileTwice(t *testing.T, kernel *fix.Kernel, pair source.Pair, file string) *twice {
	t.Helper()
	from, to, err := pair.Text(t.Context(), file)
	if err != nil {
		return nil
	}
	c := &twice{file: file}
	for i, side := range []struct {
		text   string
		object **build.Object
	}{{from, &c.original}, {source.KeepLines(from, to), &c.patched}} {
		tree := t.TempDir()
		if err := pair.Old.Checkout(t.Context(), tree, path.Dir(file)+"/*"); err != nil {
			t.Fatal(err)
		}
		if err := source.Replace(tree, file, []byte(side.text)); err != nil {
			t.Fatal(err)
		}
		object := compileIn(t, kernel, tree, file)
		if object == nil {
			return nil
		}
		*side.object, c.objects[i] = object, filepath.Join(tree, strings.TrimSuffix(file, ".c")+".o")
	}
	return c
}

func changedFunctions(changes []build.Change) []string {
	names := []string{}
	for _, c := range changes {
		if c.Function && c.State == build.Changed {
			names = append(names, c.Name)
		}
	}
	return names
}

// otherwise says why kpatch and spotos may have different opinions of a file; "" if nothing explains it.
func otherwise(c *twice, said string, theirs, ours []string) string {
	more := slices.ContainsFunc(theirs, func(name string) bool { return !slices.Contains(ours, name) })
	same := func(name string) bool { return slices.Contains(theirs, name) || sameCode(c.original, c.patched, name) }
	switch {
	case more:
		return ""
	case !slices.ContainsFunc(ours, func(name string) bool { return !same(name) }):
		return "here it is not told which of several variables of a macro a function uses, and it counts as changed"
	case strings.Contains(said, "has no fentry/mcount call, unable to patch"):
		return "it lists nothing where a function cannot be traced"
	case strings.Contains(said, "changed section .rodata") && strings.Contains(said, "not selected for inclusion"):
		return "it refuses a constant that changed, and here who reads it is changed"
	case strings.Contains(said, "changed section .init.text"):
		return "it refuses functions that share a section, as those that run at boot do"
	}
	return ""
}
