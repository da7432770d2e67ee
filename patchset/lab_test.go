// SPDX-License-Identifier: GPL-2.0-only

package patchset_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"spotos/patchset"
)

// TestLabJudge loads real modules into the running kernel. It runs as root in a throw-away VM only, with SPOTOS_LAB=1
// and with SPOTOS_BUILD naming the modules built for that kernel.
func TestLabJudge(t *testing.T) {
	if os.Getenv("SPOTOS_LAB") != "1" {
		t.Skip("loads modules: runs in the lab's VM with SPOTOS_LAB=1")
	}
	dir := builds(t)[0]
	patches := readDirs(t, filepath.Join(dir, "patches"), filepath.Join(dir, "bad"))
	check := func(name string, want ...patchset.Refusal) {
		t.Helper()
		p, err := patchset.Find(patches, name)
		if err != nil {
			t.Fatal(err)
		}
		kernel, err := patchset.LiveKernel()
		if err != nil {
			t.Fatal(err)
		}
		type short struct {
			Kind     patchset.Kind
			Function string
		}
		var got, wanted []short
		for _, r := range patchset.Judge(p, kernel, patchset.Owners{}) {
			t.Logf("%s: %s: %s", name, r.Kind, r)
			got = append(got, short{r.Kind, r.Function})
		}
		for _, r := range want {
			wanted = append(wanted, short{r.Kind, r.Function})
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}

	missing := patchset.Refusal{Kind: patchset.NoModule}
	check("version-banner", missing)
	check("pair", missing, missing)

	load(t, filepath.Join(dir, "spotos.ko"))
	load(t, filepath.Join(dir, "pair_target.ko"))
	check("version-banner")
	check("no-oob")
	check("pair")
	check("no-such-function", patchset.Refusal{Kind: patchset.NoSwitch, Function: "spotos_no_such_function"})
	check("found-twice", patchset.Refusal{Kind: patchset.NoSwitch, Function: "m_show"})
	check("not-traceable", patchset.Refusal{Kind: patchset.NoSwitch, Function: "trace_clock_local"})
	check("same-function-twice", patchset.Refusal{Kind: patchset.NoSwitch, Function: "version_proc_show"})

	check("livepatch-version")
	load(t, filepath.Join(dir, "bad", "livepatch_version.ko"))
	check("version-banner", patchset.Refusal{Kind: patchset.NoSwitch, Function: "version_proc_show"})
	check("livepatch-version")
}

func readDirs(t *testing.T, dirs ...string) []*patchset.Patch {
	t.Helper()
	var all []*patchset.Patch
	for _, dir := range dirs {
		patches, err := patchset.Dir(dir)
		if err != nil {
			t.Fatal(err)
		}
		all = slices.Concat(all, patches)
	}
	return all
}

// load loads a module and unloads it when the test ends.
func load(t *testing.T, path string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := unix.FinitModule(int(file.Fd()), "", 0); err != nil {
		t.Fatalf("loading %s: %v", path, err)
	}
	p, err := patchset.Read(path)
	if err != nil && !errors.Is(err, patchset.ErrNotPatch) {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err == nil && p.Livepatch {
			disable(t, p.Module)
		}
		name := filepath.Base(path[:len(path)-len(".ko")])
		if err := unix.DeleteModule(name, 0); err != nil {
			t.Errorf("unloading %s: %v", name, err)
		}
	})
}

// disable disables a livepatch and waits until its transition has ended.
func disable(t *testing.T, module string) {
	t.Helper()
	dir := filepath.Join("/sys/kernel/livepatch", module)
	deadline := time.Now().Add(time.Minute)
	for {
		// While the patch is still being enabled this reverses the transition.
		err := os.WriteFile(filepath.Join(dir, "enabled"), []byte("0"), 0)
		if errors.Is(err, os.ErrNotExist) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("livepatch %s is still there after a minute: %v", module, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
