// SPDX-License-Identifier: GPL-2.0-only

package patchset_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/patchset"
)

// built lists what the modules of this tree say of themselves, whatever kernel they were built for.
var built = map[string]patchset.Patch{
	"patches/version_banner.ko": {
		Name: "version-banner", Module: "version_banner",
		Title:       "/proc/version says that the kernel is patched",
		Description: "SPOTOS patch: /proc/version says that the kernel is patched",
		Severity:    "low", Look: "cat /proc/version", Depends: []string{"spotos"},
		Functions: []patchset.Function{fn("version_proc_show", "vmlinux", "spotos_version_proc_show")},
	},
	"patches/no_oob.ko": {
		Name: "no-oob", Module: "no_oob",
		Title:       "TCP urgent data is no longer received",
		Description: "SPOTOS patch: TCP urgent data (MSG_OOB) is no longer received",
		Severity:    "medium", Look: "cat /sys/module/no_oob/parameters/calls", Depends: []string{"spotos"},
		Functions: []patchset.Function{fn("inet_recvmsg", "vmlinux", "spotos_inet_recvmsg")},
	},
	"patches/pair.ko": {
		Name: "pair", Module: "pair",
		Title:       "Two functions that must change together",
		Description: "SPOTOS patch: another encoding for the lab's pair of functions",
		Severity:    "low", Look: "cat /proc/pair_target", Depends: []string{"pair_target", "spotos"},
		Functions: []patchset.Function{
			fn("pair_encode", "pair_target", "spotos_pair_encode"),
			fn("pair_decode", "pair_target", "spotos_pair_decode"),
		},
	},
	"bad/same_function_twice.ko": {
		Name: "same-function-twice", Module: "same_function_twice",
		Title: "Lists one function twice", Description: "Bad patch for tests", Depends: []string{"spotos"},
		Functions: []patchset.Function{
			fn("version_proc_show", "vmlinux", "first"),
			fn("version_proc_show", "vmlinux", "second"),
		},
	},
	"bad/livepatch_version.ko": {
		Name: "livepatch-version", Module: "livepatch_version",
		Title: "Livepatch module for tests", Description: "Livepatch module for tests", Livepatch: true,
		Functions: []patchset.Function{fn("version_proc_show", "vmlinux", "livepatch_version_proc_show")},
	},
	"bad/livepatch_many.ko": {
		Name: "livepatch-many", Module: "livepatch_many",
		Title: "Livepatch module for tests", Description: "Livepatch module for tests", Livepatch: true,
		Functions: []patchset.Function{
			fn("version_proc_show", "vmlinux", "livepatch_version_proc_show"),
			fn("cmdline_proc_show", "vmlinux", "livepatch_cmdline_proc_show"),
			fn("pair_decode", "pair_target", "livepatch_pair_decode"),
		},
	},
}

func TestRead(t *testing.T) {
	for _, dir := range builds(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			for file, want := range built {
				path := filepath.Join(dir, file)
				got, err := patchset.Read(path)
				if err != nil {
					t.Errorf("%s: %v", file, err)
					continue
				}
				if !strings.HasPrefix(got.Vermagic, got.Release()+" SMP ") {
					t.Errorf("%s: vermagic %q", file, got.Vermagic)
				}
				want.Path, want.Vermagic, want.Sum = path, got.Vermagic, got.Sum
				want.References, want.Depends = got.References, append([]string{}, want.Depends...)
				if diff := cmp.Diff(&want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", file, diff)
				}
			}
		})
	}
}

func TestReadNoPatch(t *testing.T) {
	for _, dir := range builds(t) {
		path := filepath.Join(dir, "pair_target.ko")
		if _, err := patchset.Read(path); !errors.Is(err, patchset.ErrNotPatch) {
			t.Errorf("%s is no patch, got error %v", path, err)
		}
	}
}

func TestDir(t *testing.T) {
	src := filepath.Join(builds(t)[0])
	dir := t.TempDir()
	for from, to := range map[string]string{
		"patches/pair.ko":           "b.ko",
		"patches/version_banner.ko": "a.ko",
		"pair_target.ko":            "no-patch.ko",
		"obj/patchset/Kbuild":       "corrupt.ko",
	} {
		data, err := os.ReadFile(filepath.Join(src, from))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, to), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	patches, err := patchset.Dir(dir)
	if err == nil || !strings.Contains(err.Error(), "corrupt.ko") {
		t.Errorf("the corrupt file is not named: %v", err)
	}
	if len(patches) != 2 || patches[0].Name != "pair" || patches[1].Name != "version-banner" {
		t.Errorf("got %v", patches)
	}
	for _, name := range []string{"version-banner", "version_banner"} {
		if p, err := patchset.Find(patches, name); err != nil || p.Module != "version_banner" {
			t.Errorf("finding %s: %v, %v", name, p, err)
		}
	}
	if _, err := patchset.Find(patches, "none"); err == nil || !strings.Contains(err.Error(), "pair, version-banner") {
		t.Errorf("the error does not name what there is: %v", err)
	}
}

func fn(name, object, replacement string) patchset.Function {
	return patchset.Function{Name: name, Object: object, Replacement: replacement}
}
