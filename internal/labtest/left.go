// SPDX-License-Identifier: GPL-2.0-only

package labtest

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/cilium/ebpf"
)

// Left returns an error that names a function that is traced, or a BPF program that is loaded. Programs go some time
// after the process that had them.
func Left() error {
	text, err := os.ReadFile(Tracing + "enabled_functions")
	if err != nil || len(text) > 0 {
		return fmt.Errorf("traced functions are left: %s (%v)", text, err)
	}
	id, err := ebpf.ProgramGetNextID(0)
	switch {
	case err == nil:
		return fmt.Errorf("BPF program %d is left", id)
	case errors.Is(err, os.ErrNotExist):
		return nil
	}
	return fmt.Errorf("asking for BPF programs: %w", err)
}

// nothingLeft fails a test that leaves something in the kernel: the next ones would fail for it.
func nothingLeft(tb testing.TB) {
	tb.Helper()
	patches, err := os.ReadDir("/sys/module/spotos/holders")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		tb.Error(err)
	}
	for _, patch := range patches {
		tb.Errorf("the test leaves the patch %s loaded", patch.Name())
	}
	Eventually(tb, Left)
}
