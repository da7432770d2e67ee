// SPDX-License-Identifier: GPL-2.0-only

// Command record keeps what Judge reads about some functions on the machine it runs on, as root, in a
// directory laid out like the machine: the recordings in testdata/kernels were made by it, in the lab's VM with
// spotos.ko, pair_target.ko and bad/livepatch_version.ko loaded. Lines are the kernel's own, word for
// word; of the BTF only the functions' names are kept, since their types would bring in half the kernel.
//
//	record OUT FUNCTION…
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"
)

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: record OUT FUNCTION…")
	}
	if err := record(os.Args[1], os.Args[2:]); err != nil {
		log.Fatal(err)
	}
}

func record(out string, functions []string) error {
	every := func(string) bool { return true }
	named := func(field int) func(string) bool {
		return func(line string) bool {
			// A clone such as NAME.part.0 goes with its function.
			name, _, _ := strings.Cut(strings.Fields(line)[field], ".")
			return slices.Contains(functions, name)
		}
	}
	for path, wanted := range map[string]func(string) bool{
		"/proc/sys/kernel/osrelease":                     every,
		"/proc/sys/kernel/ftrace_enabled":                every,
		"/proc/modules":                                  every,
		"/proc/kallsyms":                                 named(2),
		"/sys/kernel/tracing/available_filter_functions": named(0),
	} {
		if err := keep(out, path, wanted); err != nil {
			return err
		}
	}
	owned, err := filepath.Glob("/sys/kernel/livepatch/*/*/*,*")
	if err != nil {
		return err
	}
	for _, dir := range owned {
		// git keeps no empty directories.
		if err := write(filepath.Join(out, dir, "directory"), nil); err != nil {
			return err
		}
	}
	return keepBTF(out, functions)
}

func keep(out, path string, wanted func(line string) bool) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var kept bytes.Buffer
	for line := range strings.Lines(string(data)) {
		if wanted(line) {
			kept.WriteString(line)
		}
	}
	return write(filepath.Join(out, path), kept.Bytes())
}

func keepBTF(out string, functions []string) error {
	spec, err := btf.LoadKernelSpec()
	if err != nil {
		return err
	}
	var kept []btf.Type
	for _, name := range functions {
		var fn *btf.Func
		if spec.TypeByName(name, &fn) == nil {
			kept = append(kept, &btf.Func{Name: name, Type: &btf.FuncProto{Return: &btf.Void{}}, Linkage: fn.Linkage})
		}
	}
	builder, err := btf.NewBuilder(kept, nil)
	if err != nil {
		return fmt.Errorf("keeping BTF: %w", err)
	}
	data, err := builder.Marshal(nil, nil)
	if err != nil {
		return fmt.Errorf("keeping BTF: %w", err)
	}
	return write(filepath.Join(out, "/sys/kernel/btf/vmlinux"), data)
}

func write(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
