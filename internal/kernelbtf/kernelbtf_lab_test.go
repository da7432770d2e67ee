// SPDX-License-Identifier: GPL-2.0-only

package kernelbtf

import (
	"testing"

	"spotos/internal/labtest"
)

// TestLabReloaded reads a module's types: once while it stays loaded, whatever else is loaded; anew when it comes back.
func TestLabReloaded(t *testing.T) {
	labtest.WithSpotos(t)
	labtest.Load(t, "pair_target", "")
	types := func() any {
		t.Helper()
		spec, err := Types("pair_target")
		if err != nil {
			t.Fatal(err)
		}
		return spec
	}
	first := types()
	labtest.Load(t, "patches/pair", "")
	if types() != first {
		t.Error("it was read again after another module had been loaded")
	}
	labtest.Unload(t, "pair")
	labtest.Unload(t, "pair_target")
	if spec, err := Types("pair_target"); err == nil {
		t.Errorf("the types of a module that is not loaded: %v", spec)
	}
	labtest.Load(t, "pair_target", "")
	defer labtest.Unload(t, "pair_target")
	if types() == first {
		t.Error("it was loaded again, and its old types are believed")
	}
}
