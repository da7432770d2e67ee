// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestDriversComeInOrder reads Debian's own modules, plain and packed.
func TestDriversComeInOrder(t *testing.T) {
	for series, packed := range map[string]bool{"6.1": false, "6.12": true} {
		if has := os.Getenv("SPOTOS_KERNELS"); has != "" && !slices.Contains(strings.Fields(has), series) {
			t.Logf("SPOTOS_KERNELS names no %s: testing on %s", series, has)
			continue
		}
		dir := "../../.kernels/" + series
		if _, err := os.Stat(dir); err != nil {
			if os.Getenv("CI") == "true" || os.Getenv("SPOTOS_REQUIRE_LAB") == "1" {
				t.Fatalf("the lab is required here, but: %v", err)
			}
			t.Skipf("no kernel to read: make kernels fetches it: %v", err)
		}
		kernel, err := FindKernel(dir)
		if err != nil {
			t.Fatal(err)
		}
		if release, err := os.ReadFile(dir + "/release"); err != nil || strings.TrimSpace(string(release)) != kernel.Release {
			t.Errorf("the image says release %s, the directory %s (%v)", kernel.Release, release, err)
		}
		if _, err := os.Stat(kernel.Modules + "/kernel/fs/9p/9p.ko"); (err != nil) != packed {
			t.Fatalf("%s: modules are packed or not, other than this test means to try: %v", series, err)
		}
		drivers, err := kernel.drivers("9p", "9pnet_virtio", "no_such_module")
		if err != nil {
			t.Fatal(err)
		}
		place := map[string]int{}
		for i, d := range drivers {
			place[d.name] = i
			if !strings.HasPrefix(string(d.data), "\x7fELF") {
				t.Errorf("%s: module %s is not unpacked", series, d.name)
			}
		}
		for _, name := range []string{"9p", "9pnet", "9pnet_virtio", "netfs"} {
			if !slices.ContainsFunc(drivers, func(d driver) bool { return d.name == name }) {
				t.Errorf("%s: module %s is missing", series, name)
			}
		}
		if place["9pnet"] > place["9p"] || place["netfs"] > place["9p"] || place["9pnet"] > place["9pnet_virtio"] {
			t.Errorf("%s: modules stand before what they depend on: %v", series, place)
		}
	}
}

func TestFindKernelSaysWhatIsMissing(t *testing.T) {
	for name, want := range map[string]string{
		"2.4":            "lab/fetch-kernels.sh .kernels 2.4",
		"/proc/self/exe": "not a bzImage",
		"/no/such/image": "no such file",
	} {
		if _, err := FindKernel(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("finding %s gave %v, want %q in it", name, err, want)
		}
	}
}
