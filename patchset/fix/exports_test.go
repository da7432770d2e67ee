// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"os"
	"path/filepath"
	"testing"

	"spotos/patchset/build"
	"spotos/patchset/running"
)

// TestExports uses a symbol of a namespace by its name, and imports that. It keeps a module loaded by a symbol of no
// namespace, or else by a reference on its structure.
func TestExports(t *testing.T) {
	file := filepath.Join(t.TempDir(), "Module.symvers")
	const text = "0x1\tdma_buf_put\tvmlinux\tEXPORT_SYMBOL_GPL\tDMA_BUF\n" +
		"0x2\tb_get\tdrivers/b/b-mod\tEXPORT_SYMBOL\t\n0x3\ta_get\tdrivers/b/b-mod\tEXPORT_SYMBOL\tPRIVATE\n" +
		"0x4\tc_get\tdrivers/c/c\tEXPORT_SYMBOL\tPRIVATE\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	exports, err := ReadExports(file)
	if err != nil {
		t.Fatal(err)
	}
	m := &maker{exports: exports, pins: make(map[string]string), namespaces: make(map[string]bool),
		targets: make(map[string]build.Target)}
	from := taken{proof: &running.Proof{}, code: &running.Code{Object: running.VMLinux}}
	err = m.resolve(build.Reference{Name: "dma_buf_put", Symbol: "dma_buf_put"}, from)
	if err != nil || len(m.targets) > 0 {
		t.Errorf("%v, late %v", err, m.targets)
	}
	if !m.namespaces["DMA_BUF"] || len(m.namespaces) != 1 {
		t.Errorf("namespaces %v", m.namespaces)
	}
	m.pin(build.Target{Object: "b_mod", Name: "x"})
	if m.pins["b_mod"] != "b_get" || len(m.held) > 0 {
		t.Errorf("pins %v, held %v", m.pins, m.held)
	}
	m.pin(build.Target{Object: "c", Name: "x"})
	m.pin(build.Target{Object: "c", Name: "y"})
	want := build.Target{Object: "c", Name: "__this_module"}
	if len(m.held) != 1 || m.targets["spotos_module_c"] != want {
		t.Errorf("held %v, late %v", m.held, m.targets)
	}
	m.pin(build.Target{Object: running.VMLinux, Name: "x"})
	if len(m.held) != 1 || len(m.pins) != 1 {
		t.Errorf("pins %v, held %v", m.pins, m.held)
	}
}
