// SPDX-License-Identifier: GPL-2.0-only

package fix_test

import (
	"context"
	"path/filepath"
	"testing"

	"spotos/patchset"
	"spotos/patchset/fix"
	"spotos/patchset/source"
)

// TestRebuild makes a patch of a function's own code, and a livepatch module of the same: only the first has a list of
// functions for SPOTOS.
func TestRebuild(t *testing.T) {
	const file = "drivers/pair/pair.c"
	k := labKernels(t)[0]
	src := pairSource(t, "", "")
	text, err := src.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, livepatch := range map[string]bool{"again.ko": false, "klp_again.ko": true} {
		made, err := fix.Make(context.Background(), fix.Request{Kernel: k, Source: src,
			Rebuild: map[string][]string{file: {"pair_encode"}},
			Files:   []source.File{{Path: file, Original: string(text), Patched: string(text)}},
			About:   fix.About{Title: "again"}, Livepatch: livepatch,
			Symvers: []string{built(t, k, "obj/patchset/Module.symvers"), built(t, k, "Module.symvers.spotos")},
			Out:     filepath.Join(t.TempDir(), name)})
		if err != nil {
			t.Fatal(err)
		}
		if len(made.Functions) != 1 || made.Functions[0].Name != "pair_encode" {
			t.Errorf("%s replaces %v", name, made.Functions)
		}
		patch, err := patchset.Read(made.Out)
		if err != nil {
			t.Fatal(err)
		}
		if patch.Livepatch != livepatch || (len(patch.Functions) == 1) == livepatch {
			t.Errorf("%s: for livepatch %v, it lists %v", name, patch.Livepatch, patch.Functions)
		}
	}
}
