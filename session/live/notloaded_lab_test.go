// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spotos/internal/labtest"
	"spotos/session"
	"spotos/session/live"
)

// TestLabNotLoaded has the kernel refuse a patch that uses a symbol which nobody has, which no verdict sees: the error
// names the symbol.
func TestLabNotLoaded(t *testing.T) {
	labtest.WithSpotos(t)
	code, err := os.ReadFile(filepath.Join(labtest.Modules, "patches/version_banner.ko"))
	if err != nil {
		t.Fatal(err)
	}
	const has, hasNot = "spotos_register_patch\x00", "spotos_register_botch\x00"
	dir := t.TempDir()
	code = bytes.ReplaceAll(code, []byte(has), []byte(hasNot))
	if err := os.WriteFile(filepath.Join(dir, "version_banner.ko"), code, 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := live.NewMachine(live.MachineOptions{Patches: dir})
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Open(t.Context(), "version-banner", session.OpenOptions{})
	if err == nil || !strings.Contains(err.Error(), strings.Trim(hasNot, "\x00")) {
		t.Errorf("the error does not name the symbol: %v", err)
	}
}
