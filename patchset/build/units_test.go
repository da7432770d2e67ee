// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unitRules are Makefiles as the kernel's are.
var unitRules = map[string]string{
	"Kbuild": "obj-y += net/ kernel/\nobj-$(CONFIG_NONE) += none/\n",
	"net/Makefile": `obj-$(CONFIG_A) += a.o
obj-$(CONFIG_M) += module.o deep/
obj-$(CONFIG_NONE) += b.o
module-y := one.o sub/two.o
module-$(CONFIG_A) += three.o
module-objs += four.o
$(obj)/a.o: generated
	false
`,
	"net/deep/Kbuild":      "obj-m := ../beside.o\nifeq ($(BITS),64)\nobj-y += wide_$(BITS).o\nendif\n",
	"net/deep/Makefile":    "$(error Kbuild comes first)\n",
	"kernel/Makefile":      "include $(srctree)/kernel/Makefile.more\nlib-y := l.o\n",
	"kernel/Makefile.more": "obj-y += $(patsubst %,%.o,x y)\n",
	"lib/Makefile":         "", "arch/x86/lib/Makefile": "", "arch/x86/pci/Makefile": "", "arch/x86/power/Makefile": "",
	"arch/x86/video/Makefile": "",
}

func TestUnits(t *testing.T) {
	kernel, tree := t.TempDir(), t.TempDir()
	write(t, filepath.Join(kernel, "include/config/auto.conf"), "CONFIG_A=y\nCONFIG_M=m\n")
	for file, text := range unitRules {
		if !IsRule(file) {
			t.Errorf("%s is no rule", file)
		}
		write(t, filepath.Join(tree, file), text)
	}
	got, err := Units(t.Context(), kernel, tree)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"kernel/l", "kernel/x", "kernel/y", "net/a", "net/beside", "net/deep/wide_64", "net/four", "net/one",
		"net/sub/two", "net/three"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	write(t, filepath.Join(tree, "kernel/Makefile"), "obj-y := gone/\n")
	_, err = Units(t.Context(), kernel, tree)
	if err == nil || !strings.Contains(err.Error(), "no Makefile in kernel/gone") {
		t.Errorf("a directory without a Makefile: %v", err)
	}
	write(t, filepath.Join(tree, "kernel/Makefile"), "include nothing\n")
	if _, err := Units(t.Context(), kernel, tree); err == nil || !strings.Contains(err.Error(), "kernel/Makefile") {
		t.Errorf("a Makefile that cannot be read: %v", err)
	}
}
