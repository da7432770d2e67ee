// SPDX-License-Identifier: GPL-2.0-only

package kbuild

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unitRules are Makefiles as the kernel's are.
var unitRules = map[string]string{
	"Kbuild": "obj-y += net/ kernel/\nobj-$(CONFIG_NONE) += none/\n",
	"net/Makefile": `obj-$(CONFIG_A) += a.o
obj-$(CONFIG_M) += my-module.o deep/
extra-y := first.o
obj-$(CONFIG_NONE) += b.o
my-module-y := one.o sub/two.o
my-module-$(CONFIG_A) += three.o
my-module-objs += four.o
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

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestRead reads what is compiled, and into what. A directory that make cannot read is an error or is left out.
func TestRead(t *testing.T) {
	kernel, tree := t.TempDir(), t.TempDir()
	write(t, filepath.Join(kernel, ConfigFile), "CONFIG_A=y\nCONFIG_M=m\n")
	for file, text := range unitRules {
		if !IsRule(file) {
			t.Errorf("%s is no rule", file)
		}
		write(t, filepath.Join(tree, file), text)
	}
	read := func(whole bool) (*Compiled, error) {
		return Read(t.Context(), Walk{Headers: kernel, Tree: tree, Whole: whole})
	}
	got, err := read(true)
	if err != nil {
		t.Fatal(err)
	}
	want := &Compiled{Units: []string{"kernel/l", "kernel/x", "kernel/y", "net/a", "net/beside", "net/deep/wide_64",
		"net/first", "net/four", "net/one", "net/sub/two", "net/three"},
		Into: map[string][]string{"kernel/l.c": {VMLinux}, "kernel/x.c": {VMLinux}, "kernel/y.c": {VMLinux},
			"net/a.c": {VMLinux}, "net/beside.c": {"beside"}, "net/four.c": {"my_module"}, "net/one.c": {"my_module"},
			"net/sub/two.c": {"my_module"}, "net/three.c": {"my_module"}}, // deep/ is read for modules alone
		By: map[string]string{"kernel/l.c": "kernel", "kernel/x.c": "kernel", "kernel/y.c": "kernel", "net/a.c": "net",
			"net/beside.c": "net/deep", "net/four.c": "net", "net/one.c": "net", "net/sub/two.c": "net",
			"net/three.c": "net"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for text, says := range map[string]string{"obj-y := gone/\n": "no Makefile in kernel/gone",
		"include nothing\n": "kernel/Makefile"} {
		write(t, filepath.Join(tree, "kernel/Makefile"), text)
		if _, err := read(true); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", text, err)
		}
		got, err := read(false)
		if err != nil || len(got.Units) != len(want.Units)-3 {
			t.Errorf("%s left out: %v, %v", text, got, err)
		}
	}
	write(t, filepath.Join(tree, "kernel/Makefile"), "")
	only, err := Read(t.Context(), Walk{Headers: kernel, Tree: tree, Follow: func(dir string) bool {
		return dir == "." || dir == "net"
	}})
	if err != nil || slices.Contains(only.Units, "net/beside") || !slices.Contains(only.Units, "net/a") {
		t.Errorf("%v, %v", only, err)
	}
}
