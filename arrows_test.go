// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestArrows keeps who may know whom: data flows from patchset, probe and kmod by way of session/live to the commands
// and the console, and nobody calls up. docs/architecture.md draws it.
func TestArrows(t *testing.T) {
	const ebpf, screen = "github.com/cilium/ebpf", "charm.land/"
	for _, rule := range []struct {
		room   string
		lacks  []string // what it must not link, by the beginning of the path
		within []string // the only parts of this project that it may link; nil: no such rule
	}{
		{"spotos/session", []string{ebpf, screen, "golang.org/", "github.com/"}, []string{}},
		{"spotos/lab/load", []string{screen, ebpf, "github.com/"}, []string{}},
		{"spotos/lab/experiment", []string{screen, ebpf, "gonum.org/"}, nil},
		{"spotos/lab", []string{"gonum.org/"}, nil},
		{"spotos/session/replay", []string{ebpf, screen}, []string{"spotos/session", "spotos/internal/safego"}},
		{"spotos/ui", []string{ebpf}, []string{"spotos/session", "spotos/internal/safego"}},
		{"spotos/session/live", []string{screen, "spotos/ui", "spotos/cli", "spotos/lab"}, nil},
		{"spotos/probe", []string{screen, "spotos/ui", "spotos/cli", "spotos/session", "spotos/kmod", "spotos/patchset"},
			nil},
		{"spotos/kmod", []string{screen, ebpf, "spotos/ui", "spotos/cli", "spotos/session", "spotos/patchset",
			"spotos/probe"}, nil},
		{"spotos/patchset/build", []string{screen, ebpf}, []string{"spotos/internal/ko"}},
		{"spotos/patchset/source", []string{screen, ebpf}, []string{"spotos/internal/safego"}},
		{"spotos/patchset/narrow", []string{screen, ebpf}, []string{}},
		{"spotos/patchset/kbuild", []string{screen, ebpf}, []string{"spotos/internal/ko", "spotos/patchset/build"}},
		{"spotos/patchset/prototype", []string{screen}, []string{}},
		{"spotos/patchset/lookup", []string{screen, "spotos/ui", "spotos/cli", "spotos/session", "spotos/probe",
			"spotos/kmod"}, nil},
		{"spotos/patchset/byhand", []string{screen, "spotos/ui", "spotos/cli", "spotos/session", "spotos/probe",
			"spotos/kmod"}, nil},
		{"spotos/patchset/proof", []string{screen, "spotos/patchset/fix", "spotos/patchset/build", "spotos/patchset/source",
			"spotos/ui", "spotos/cli", "spotos/session", "spotos/probe", "spotos/kmod"}, nil},
		{"spotos/patchset/catalogue", []string{screen, ebpf}, []string{}},
		{"spotos/patchset/fix", []string{screen, "spotos/ui", "spotos/cli", "spotos/session", "spotos/probe",
			"spotos/kmod"}, nil},
		{"spotos/patchset/fixes", []string{screen, ebpf}, []string{"spotos/internal/ko", "spotos/internal/safego",
			"spotos/patchset/build", "spotos/patchset/kbuild", "spotos/patchset/source"}},
		{"spotos/patchset", []string{screen, "spotos/ui", "spotos/cli", "spotos/session", "spotos/probe", "spotos/kmod"},
			nil},
		{"spotos/patchset/running", []string{screen, ebpf}, []string{"spotos/internal/ko"}},
	} {
		deps := deps(t, rule.room)
		for _, dep := range deps {
			if slices.ContainsFunc(rule.lacks, func(no string) bool { return strings.HasPrefix(dep, no) }) {
				t.Errorf("%s links %s", rule.room, dep)
			}
			if rule.within != nil && strings.HasPrefix(dep, "spotos/") && !slices.Contains(rule.within, dep) {
				t.Errorf("%s links %s: it may know only %q", rule.room, dep, rule.within)
			}
		}
	}
}

// deps are the packages that a package links, itself left out.
func deps(t *testing.T, room string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", room).Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", room, err)
	}
	return slices.DeleteFunc(strings.Fields(string(out)), func(dep string) bool { return dep == room })
}
