// SPDX-License-Identifier: GPL-2.0-only

package fix_test

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"spotos/patchset/build"
	"spotos/patchset/fix"
	"spotos/patchset/running"
	"spotos/patchset/source"
)

// What TestEqual compares on each kernel: so many files, and the share of their functions that must equal the kernel's.
const (
	equalFiles   = 20
	equalPercent = 99
)

// equalKernels are the kernels, with the version of Debian's source that each was built of and another one. With the
// headers of 7.3 no other version of it is at hand; some of the older one's files can be compiled.
var equalKernels = []struct{ dir, release, own, other string }{
	{"../../.kernels/47", "6.1.0-47-amd64", "6.1.170-3", "6.1.192-2"},
	{"../../.kernels/6.12", "6.12.117+deb12-amd64", "6.12.117-1~deb12u1", "6.12.107-1~deb12u1"},
	{"../../.kernels/7.3", "7.3.4+deb13-amd64", "7.3.4-1~bpo13+1", "6.12.117-1~deb12u1"},
}

// TestEqual wants the source that a kernel was built of to be found equal to the kernel's code, and another version to
// be refused in each function in which it is other code.
func TestEqual(t *testing.T) {
	cache := os.Getenv("SPOTOS_ORACLE")
	if cache == "" {
		t.Skip("compiles 60 files twice, some ten minutes: SPOTOS_ORACLE names the cache of kernel sources")
	}
	store := &source.Store{Dir: cache}
	for _, k := range equalKernels {
		t.Run(k.release, func(t *testing.T) {
			kernel, err := fix.FindKernel(k.dir + "/")
			if err != nil || kernel.Release != k.release {
				t.Skipf("needs the kernel %s in %s: %v", k.release, k.dir, err)
			}
			if err := kernel.Tools(); err != nil {
				t.Skip(err)
			}
			var pair source.Pair
			if pair.Old, err = store.Get(t.Context(), k.own); err == nil {
				pair.New, err = store.Get(t.Context(), k.other)
			}
			if err != nil {
				t.Skip(err)
			}
			code, err := running.ReadKernel(kernel.Image)
			if err != nil {
				t.Fatal(err)
			}
			testEqual(t, kernel, pair, code)
		})
	}
}

// equality is what was counted.
type equality struct{ files, functions, equal, changed, accepted int }

func testEqual(t *testing.T, kernel *fix.Kernel, pair source.Pair, code *running.Code) {
	t.Helper()
	later, err := build.ObjtoolLater(kernel.Headers)
	if err != nil {
		t.Fatal(err)
	}
	var n equality
	for _, file := range candidates(t, pair) {
		if n.files == equalFiles {
			break
		}
		own := compileWhole(t, kernel, pair.Old, file)
		if own == nil {
			continue
		}
		proof := prove(t, own, code)
		if len(proof.Matches) == 0 {
			t.Logf("%s: left out: none of it is in the kernel itself", file)
			continue
		}
		n.files++
		n.functions += len(proof.Matches)
		n.equal += len(proof.Matches)
		for _, d := range proof.Differences {
			if !strings.Contains(d.Reason, "overrides this weak one") { // then the file has not the kernel's function
				n.functions++
				t.Logf("%s: %v", file, d)
			}
		}
		if other := compileWhole(t, kernel, pair.New, file); other != nil {
			changed := slices.DeleteFunc(build.Compare(own, other, later), func(c build.Change) bool {
				return !c.Function || c.State != build.Changed || sameCode(own, other, c.Name)
			})
			n.refused(t, file, changed, prove(t, other, code))
		}
	}
	t.Logf("%d files: %d of %d functions equal; of another version %d functions are other code, %d of them accepted",
		n.files, n.equal, n.functions, n.changed, n.accepted)
	if n.files < equalFiles || n.equal*100 < n.functions*equalPercent || n.changed == 0 || n.accepted != 0 {
		t.Errorf("want %d files, %d %% equal, and no function of the other version accepted", equalFiles, equalPercent)
	}
}

// refused counts the functions of another version that are other code, and which of them the proof took all the same.
func (n *equality) refused(t *testing.T, file string, changes []build.Change, proof *running.Proof) {
	for _, c := range changes {
		n.changed++
		if _, err := proof.Function(c.Name); err == nil {
			n.accepted++
			t.Logf("%s: %s of another version was taken for the kernel's", file, c.Name)
		}
	}
}

// sameCode reports whether two objects have the same code for a function, with the same names in its fields. Compare
// may call it changed all the same: of several variables that a macro makes it cannot tell which belongs to which.
func sameCode(one, other *build.Object, name string) bool {
	a, b := functionSection(one, name), functionSection(other, name)
	return a != nil && b != nil && bytes.Equal(a.Data, b.Data) &&
		slices.EqualFunc(a.Relocs, b.Relocs, func(x, y build.Reloc) bool {
			return x.Offset == y.Offset && x.Type == y.Type && x.Addend == y.Addend && named(x.Symbol) == named(y.Symbol)
		})
}

func functionSection(o *build.Object, name string) *build.Section {
	for _, s := range o.Symbols {
		if s.Name == name && s.Type() == elf.STT_FUNC {
			return s.Section
		}
	}
	return nil
}

// named returns the name of a symbol without the number of a static variable; that of its section where it has none.
func named(s *build.Symbol) string {
	name := s.Name
	if name == "" && s.Section != nil {
		name = s.Section.Name
	}
	return strings.TrimRight(name, ".0123456789")
}

// compileWhole compiles a file of a source with the kernel's headers; nil for one that they do not suffice for, and for
// a part of a module.
func compileWhole(t *testing.T, kernel *fix.Kernel, from *source.Source, file string) *build.Object {
	t.Helper()
	tree := t.TempDir()
	if err := from.Checkout(t.Context(), tree, path.Dir(file)+"/*"); err != nil {
		t.Fatal(err)
	}
	object := compileIn(t, kernel, tree, file)
	command, err := os.ReadFile(path.Join(tree, path.Dir(file), "."+strings.TrimSuffix(path.Base(file), ".c")+".o.cmd"))
	if object == nil || err != nil || bytes.Contains(command, []byte(" -DMODULE ")) {
		return nil
	}
	return object
}

// compileIn compiles a file of a tree; nil for one that the compiler refuses there.
func compileIn(t *testing.T, kernel *fix.Kernel, tree, file string) *build.Object {
	t.Helper()
	object, _, err := build.Compile(t.Context(), build.Source{KernelDir: kernel.Headers, Tree: tree, File: file})
	var refused *build.CompileError
	if errors.As(err, &refused) {
		t.Logf("%s: left out: %v", file, err)
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return object
}

func prove(t *testing.T, object *build.Object, code *running.Code) *running.Proof {
	t.Helper()
	data, err := object.Loaded().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := running.ParseObject(data)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Prove(code)
}
