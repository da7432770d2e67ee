// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"spotos/patchset"
)

// script returns what runs in the VM. Modules that a patch leads into are loaded first; a driver whose hardware is
// missing may refuse that, and its patch is left out. The files of those that a patch changes are put where patch check
// looks for them.
func (s *sample) script(made []record, needs map[string][]string) (string, error) {
	var modules, loads, applies strings.Builder
	names, found := "", path.Join("/lib/modules", s.kernel.Release, "kernel")
	fmt.Fprintf(&modules, "mkdir -p %s\n", found)
	done := make(map[string]bool)
	for _, r := range made {
		p, err := patchset.Read(filepath.Join(s.dir, r.Module))
		if err != nil {
			return "", err
		}
		for _, id := range p.BuildIDs {
			module, _, _ := strings.Cut(id, "=")
			if files := needs[module]; len(files) > 0 {
				fmt.Fprintf(&modules, "cp /modules/%s %s\n", files[len(files)-1], found)
			}
		}
		there := "true"
		for _, id := range append(slices.Clone(p.BuildIDs), p.Depends...) {
			module, _, _ := strings.Cut(id, "=")
			for _, file := range needs[module] {
				if !done[file] {
					done[file] = true
					fmt.Fprintf(&modules, "insmod /modules/%s\n", file)
				}
			}
			there += " && [ -d /sys/module/" + module + " ]"
		}
		names += " " + r.Module
		fmt.Fprintf(&loads, "if %s; then insmod %s 2>&1; echo result load %[2]s $?; else echo result absent %[2]s 1; "+
			"fi\n", there, r.Module)
	}
	random := rand.New(rand.NewPCG(s.seed, 1))
	random.Shuffle(len(made), func(i, j int) { made[i], made[j] = made[j], made[i] })
	for _, r := range made {
		module := strings.TrimSuffix(r.Module, ".ko")
		fmt.Fprintf(&applies, "one %s %s\n", module, strings.ReplaceAll(module, "_", "-"))
	}
	return fmt.Sprintf(`cd /denominator
%[1]s%[3]sleft=%[4]d
one() { # MODULE NAME: applies and reverts a patch that is loaded
	[ $left -gt 0 ] && [ -d /sys/module/$1 ] || return
	left=$((left - 1))
	rm -rf /tmp/one; mkdir /tmp/one; cp $1.ko /tmp/one
	for do in apply revert; do
		spotos $do $2 --patches /tmp/one >/tmp/said 2>&1
		code=$?
		[ $code = 0 ] || cat /tmp/said
		echo result $do $1.ko $code
	done
}
%[5]sfor file in%[2]s; do spotos patch check --json $file; done
`, modules.String(), names, loads.String(), s.applied, applies.String()), nil
}

// modules returns for each of the kernel's modules the files to load, in their order, below the directory of modules.
func (s *sample) modules(ctx context.Context) (map[string][]string, error) {
	dir, err := os.MkdirTemp("", "spotos-denominator-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	of := filepath.Join(dir, "lib/modules", s.kernel.Release) // depmod writes there, and not beside the modules
	if err := os.MkdirAll(of, 0o755); err != nil {
		return nil, err
	}
	real, err := filepath.EvalSymlinks(filepath.Join(s.kernel.Modules, "kernel"))
	if err != nil {
		return nil, err
	}
	if err := os.Symlink(real, filepath.Join(of, "kernel")); err != nil {
		return nil, err
	}
	depmod := exec.CommandContext(ctx, "depmod", "-b", dir, s.kernel.Release)
	if output, err := depmod.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("depmod: %w: %s", err, output)
	}
	text, err := os.ReadFile(filepath.Join(of, "modules.dep"))
	if err != nil {
		return nil, err
	}
	needs := make(map[string][]string)
	for line := range strings.Lines(string(text)) {
		file, before, _ := strings.Cut(strings.TrimSpace(line), ":")
		var files []string
		for _, other := range strings.Fields(before) {
			files = append([]string{other}, files...)
		}
		name := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), ".ko"), "-", "_")
		needs[name] = append(files, file)
	}
	return needs, nil
}
