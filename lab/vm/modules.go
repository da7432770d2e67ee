// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"bufio"
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/therootcompany/xz"
)

// A driver is a kernel module, unpacked.
type driver struct {
	name string
	data []byte
}

// drivers returns the named modules of k and all they depend on, in the order to load them. A
// name that k has no module for is left out: it may be built in, and if it is not, the guest says
// what it misses.
//
// There is no modules.dep to read: depmod makes it when a kernel is installed, and these are not.
func (k Kernel) drivers(names ...string) ([]driver, error) {
	files, err := k.moduleFiles()
	if err != nil {
		return nil, err
	}
	var ordered []driver
	seen := map[string]bool{}
	var add func(name string) error
	add = func(name string) error {
		file, known := files[name]
		if seen[name] || !known {
			return nil
		}
		seen[name] = true
		data, err := unpackModule(file)
		if err != nil {
			return fmt.Errorf("reading module %s: %w", name, err)
		}
		depends, err := moduleDepends(data)
		if err != nil {
			return fmt.Errorf("reading module %s: %w", name, err)
		}
		for _, other := range depends {
			if err := add(other); err != nil {
				return err
			}
		}
		ordered = append(ordered, driver{name, data})
		return nil
	}
	for _, name := range names {
		if err := add(name); err != nil {
			return nil, err
		}
	}
	return ordered, nil
}

// moduleFiles maps the modules' names to their files.
func (k Kernel) moduleFiles() (map[string]string, error) {
	files := map[string]string{}
	if k.Modules == "" {
		return files, nil
	}
	order, err := os.Open(filepath.Join(k.Modules, "modules.order"))
	if err != nil {
		return nil, fmt.Errorf("listing the modules of %s: %w", k.Release, err)
	}
	defer order.Close()
	lines := bufio.NewScanner(order)
	for lines.Scan() {
		path := strings.TrimSuffix(strings.TrimSuffix(lines.Text(), ".ko"), ".o")
		files[moduleName(filepath.Base(path))] = filepath.Join(k.Modules, path+".ko")
	}
	return files, lines.Err()
}

// moduleName is how the kernel calls a module, whatever its file is called.
func moduleName(file string) string { return strings.ReplaceAll(file, "-", "_") }

// unpackModule reads a module, plain or with .xz after its name.
func unpackModule(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err == nil {
		return data, nil
	}
	packed, err := os.Open(path + ".xz")
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	r, err := xz.NewReader(bufio.NewReader(packed), 0)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// moduleDepends returns the names in the depends= entry of .modinfo.
func moduleDepends(data []byte) ([]string, error) {
	file, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	section := file.Section(".modinfo")
	if section == nil {
		return nil, fmt.Errorf("no section .modinfo")
	}
	info, err := section.Data()
	if err != nil {
		return nil, err
	}
	for entry := range strings.SplitSeq(string(info), "\x00") {
		if names, found := strings.CutPrefix(entry, "depends="); found && names != "" {
			return strings.Split(moduleName(names), ","), nil
		}
	}
	return nil, nil
}
