// SPDX-License-Identifier: GPL-2.0-only

package patchset_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"spotos/patchset"
	"spotos/patchset/running"
)

// featuresOf is what Debian's kernels have, as docs/kernels.md says it too.
var featuresOf = []struct {
	name      string
	of61      string
	of612     string
	of73      string
	ofNothing string // where neither types nor configuration can be read
}{
	{"jump trampolines", "no", "no", "yes", "unknown"},
	{"sessions", "no", "no", "yes", "unknown"},
	{"reliable BPF frames", "no", "no", "yes", "unknown"},
	{"argument words", "6", "12", "12", "unknown"},
	{"unions as arguments", "no", "no", "yes", "unknown"},
	{"bytes of on_cpu", "4", "4", "1", "unknown"},
	{"rethook", "yes", "yes", "yes", "unknown"},
	{"counted interrupts off", "no", "no", "yes", "unknown"},
	{"bytes of a warning's entry", "12", "12", "16", "unknown"},
	{"lazy preemption", "no", "no", "yes", "unknown"},
	{"interrupts in threads", "no", "no", "no", "unknown"},
}

// TestFeatures finds what each of the lab's kernels has, by its types and its configuration.
func TestFeatures(t *testing.T) {
	want := map[string]map[string]string{"6.1": {}, "6.12": {}, "7.3": {}, "": {}}
	for _, f := range featuresOf {
		want["6.1"][f.name], want["6.12"][f.name], want["7.3"][f.name] = f.of61, f.of612, f.of73
		want[""][f.name] = f.ofNothing
	}
	found := 0
	for name, features := range want {
		kernel, err := patchset.ReadKernel(labKernel(t, name))
		if err != nil {
			t.Fatal(err)
		}
		all, err := kernel.Features()
		if (err != nil) != (all[0].Value == "unknown") {
			t.Errorf("%s: %v", name, err)
		}
		if name != "" && err != nil {
			t.Logf("%s is not in the lab: %v", name, err)
			continue
		}
		found++
		got := map[string]string{}
		for _, f := range all {
			got[f.Name] = f.Value
		}
		if diff := cmp.Diff(features, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if found < 2 {
		needLab(t, "no kernels in .kernels: make kernels fetches them")
	}
}

// labKernel returns what a machine with a kernel of the lab has in its files; less of one that is not there.
func labKernel(t *testing.T, name string) fstest.MapFS {
	t.Helper()
	dir := filepath.Join("../.kernels", name)
	release := "none"
	if text, err := os.ReadFile(filepath.Join(dir, "release")); err == nil {
		release = strings.TrimSpace(string(text))
	}
	root := fstest.MapFS{"proc/sys/kernel/osrelease": {Data: []byte(release)}}
	for _, file := range []string{"boot/config-" + release, "modules/config"} {
		if text, err := os.ReadFile(filepath.Join(dir, file)); err == nil {
			root["boot/config-"+release] = &fstest.MapFile{Data: text}
		}
	}
	code, err := running.ReadKernel(filepath.Join(dir, "vmlinuz"))
	if err != nil {
		return root
	}
	for _, s := range code.Sections() {
		if s.Name == ".BTF" {
			root["sys/kernel/btf/vmlinux"] = &fstest.MapFile{Data: s.Data}
		}
	}
	return root
}

// TestFeaturesDocument has docs/kernels.md say the same.
func TestFeaturesDocument(t *testing.T) {
	text, err := os.ReadFile("../docs/kernels.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range featuresOf {
		row := "| " + strings.Join([]string{f.name, f.of61, f.of612, f.of73}, " | ") + " | "
		if !strings.Contains(string(text), "\n"+row) {
			t.Errorf("docs/kernels.md has no line that begins %q", row)
		}
	}
}
