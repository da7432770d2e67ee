// SPDX-License-Identifier: GPL-2.0-only

package byhand

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/internal/ko"
	"spotos/patchset"
	"spotos/patchset/build"
	"spotos/patchset/running"
)

// compile compiles sources of testdata as kbuild compiles modules, and links them to one object.
func compile(t *testing.T, sources []string, flags ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	link := []string{"-r", "-o", filepath.Join(dir, "linked.o")}
	for _, source := range sources {
		object := filepath.Join(dir, source+".o")
		args := append([]string{"-c", "-O2", "-mcmodel=kernel", "-fno-pic", "-fno-pie", "-fcf-protection=none",
			"-fno-asynchronous-unwind-tables", "-o", object}, flags...)
		run(t, "gcc", append(args, filepath.Join("testdata", source))...)
		link = append(link, object)
	}
	run(t, "ld", link...)
	data, err := os.ReadFile(filepath.Join(dir, "linked.o"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if output, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, output)
	}
}

// finderFor returns a finder for a patch of testdata, compiled with a macro that chooses what it uses, whose kernel and
// module are other sources of testdata.
func finderFor(t *testing.T, use string) (*finder, error) {
	t.Helper()
	m, err := readModule(compile(t, []string{"patch.c"}, "-DUSE_"+use))
	if err != nil {
		return nil, err
	}
	f := &finder{module: m, codes: make(map[string]*running.Code), patch: &patchset.Patch{Functions: []patchset.Function{
		{Name: "patched", Object: running.VMLinux, Replacement: "new_patched"},
		{Name: "driver_entry", Object: "driver", Replacement: "new_driver_entry"}}}}
	for object, sources := range map[string][]string{running.VMLinux: {"file.c", "kernel.c"},
		"driver": {"driver.c"}} {
		if f.codes[object], err = running.Module(object, compile(t, sources)); err != nil {
			return nil, err
		}
	}
	return f, m.unused()
}

// TestFind finds what a patch uses, by the code that refers to it, by a unique name, or as its source says.
func TestFind(t *testing.T) {
	for _, c := range []struct {
		use  string
		want []Use
	}{
		{"UNIQUE", []Use{{Name: "only_one", Target: build.Target{Object: "vmlinux", Name: "only_one"}}}},
		{"BY_CODE", []Use{{Name: "show", Target: build.Target{Object: "vmlinux", Name: "show", Position: 2}, By: "patched"}}},
		{"DATA_BY_CODE", []Use{{Name: "table", Target: build.Target{Object: "vmlinux", Name: "table"}, By: "patched"}}},
		{"POSITION", []Use{{Name: "show", Target: build.Target{Object: "vmlinux", Name: "show", Position: 1}, Given: true}}},
		{"FUNCTION", []Use{{Name: "show", Target: build.Target{Object: "vmlinux", Name: "show", Position: 1},
			By: "first_user"}}},
		{"MODULE", []Use{{Name: "driver_state", Target: build.Target{Object: "driver", Name: "driver_state"},
			By: "driver_entry"}}},
	} {
		f, err := finderFor(t, c.use)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.findAll()
		for i := range got {
			if !strings.HasPrefix(got[i].Near, "between ") || !strings.Contains(got[i].String(), "not exported") {
				t.Errorf("%s: %q, %s", c.use, got[i].Near, got[i])
			}
			got[i].Near = ""
		}
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v: %s", c.use, err, diff)
		}
	}
}

// TestRefused refuses by name what cannot be found, cannot be told from a namesake, or must not be used.
func TestRefused(t *testing.T) {
	for use, want := range map[string]string{
		"TYPO":         "only_won is neither exported nor a symbol of vmlinux or driver: it is misspelled",
		"AMBIGUOUS":    "twice is the name of 2 symbols, and the code that the patch replaces refers to none",
		"INIT":         "setup is __init or __initdata of vmlinux or driver",
		"COPY":         "compute.isra.0 is a copy or a part that the compiler made",
		"ONLY_COPIES":  "compute has only copies that the compiler made of it, with other arguments: compute.isra.0",
		"CALLED_DATA":  "table is data of vmlinux, and the patch calls it",
		"SEALED":       "only_one is a function whose address the patch takes and the kernel never does",
		"DETOUR":       "patched is called by new_patched, its own replacement",
		"ITSELF":       "patched is called by new_patched, its own replacement",
		"NO_NUMBER":    "show is found 2 times in vmlinux: there is no number 3",
		"NO_USER":      "show is not what the code of only_one refers to",
		"SAID_UNUSED":  "only_one is named by SPOTOS_SYMBOL(), and the patch does not use it",
		"SAID_TWICE":   "it says twice which show is meant",
		"SAID_NOTHING": `it says "show=vmlinux,0" of a symbol`,
	} {
		f, err := finderFor(t, use)
		var list []Use
		if err == nil {
			list, err = f.findAll()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want %s", use, list, err, want)
		}
		var refused *build.RefusedError
		if !strings.HasPrefix(use, "SAID_T") && use != "SAID_NOTHING" && !errors.As(err, &refused) {
			t.Errorf("%s: %T", use, err)
		}
	}
}

// TestLink makes references late, that to the structure of a module that exports nothing too, and seals the file. What
// was built without the header cannot be sealed.
func TestLink(t *testing.T) {
	u := &Uses{List: []Use{{Name: "only_one", Target: build.Target{Object: "vmlinux", Name: "only_one", Position: 2}}},
		buildID: "aa", builds: map[string]string{"driver": "bb", "sctp": "cc"}, pins: []string{"sctp_do_peeloff"},
		held: []string{"driver"}}
	header, err := u.Header()
	for _, line := range []string{`extern char spotos_pin_0[] __asm__("sctp_do_peeloff");`,
		"extern struct module spotos_module_driver;",
		`MODULE_INFO(spotos_build_id, "aa");`, `MODULE_INFO(spotos_build_id_of, "driver=bb");`} {
		if !strings.Contains(string(header), line+"\n") {
			t.Errorf("%v: no line %s in\n%s", err, line, header)
		}
	}
	linked, err := u.Link(compile(t, []string{"patch.c"}, "-DUSE_LINKED"))
	if err != nil {
		t.Fatal(err)
	}
	if err := ko.CheckSeal(linked); err != nil {
		t.Error(err)
	}
	object, err := build.Read(linked)
	if err != nil {
		t.Fatal(err)
	}
	var late []string
	for _, s := range object.Symbols {
		if s.Undefined() && s.Name != "" {
			t.Errorf("%s is undefined", s.Name)
		}
		if strings.HasPrefix(s.Name, ".klp.sym.") {
			late = append(late, s.Name)
		}
	}
	slices.Sort(late)
	if diff := cmp.Diff([]string{".klp.sym.driver.__this_module,0", ".klp.sym.vmlinux.only_one,2"}, late); diff != "" {
		t.Error(diff)
	}
	u.held = nil
	if _, err := u.Link(compile(t, []string{"patch.c"}, "-DUSE_UNIQUE")); err == nil {
		t.Error("what was built without the header was sealed")
	}
}
