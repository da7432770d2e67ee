// SPDX-License-Identifier: GPL-2.0-only

package patchset_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/internal/labtest"
	"spotos/patchset"
)

// TestLabJudge loads real modules into the running kernel, so it runs only in a throw-away VM.
func TestLabJudge(t *testing.T) {
	labtest.WithoutSpotos(t)
	patches := readDirs(t, filepath.Join(labtest.Modules, "patches"), filepath.Join(labtest.Modules, "bad"))
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

	load(t, "spotos")
	load(t, "pair_target")
	check("version-banner")
	check("no-oob")
	check("pair")
	check("no-such-function", patchset.Refusal{Kind: patchset.NoSwitch, Function: "spotos_no_such_function"})
	check("found-twice", patchset.Refusal{Kind: patchset.NoSwitch, Function: "m_show"})
	check("not-traceable", patchset.Refusal{Kind: patchset.NoSwitch, Function: "trace_clock_local"})
	check("same-function-twice", patchset.Refusal{Kind: patchset.NoSwitch, Function: "version_proc_show"})

	check("livepatch-version", patchset.Refusal{Kind: patchset.NoSwitch})
	check("by-alias")
	check("unpinned")
	load(t, "bad/livepatch_version")
	check("version-banner", patchset.Refusal{Kind: patchset.NoSwitch, Function: "version_proc_show"})
	check("livepatch-version", patchset.Refusal{Kind: patchset.NoSwitch})
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
func load(t *testing.T, module string) {
	t.Helper()
	labtest.Load(t, module, "")
	p, err := patchset.Read(labtest.File(module))
	if err != nil && !errors.Is(err, patchset.ErrNotPatch) {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err == nil && p.Livepatch {
			disable(t, p.Module)
		}
		labtest.Unload(t, filepath.Base(module))
	})
}

// disable disables a livepatch and waits until its transition has ended.
func disable(t *testing.T, module string) {
	t.Helper()
	dir := filepath.Join("/sys/kernel/livepatch", module)
	labtest.Eventually(t, func() error {
		// While the patch is still being enabled this reverses the transition.
		err := os.WriteFile(filepath.Join(dir, "enabled"), []byte("0"), 0)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return fmt.Errorf("livepatch %s is still there: %w", module, err)
	})
}
