// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"spotos/internal/ko"
)

// A driver is a kernel module, unpacked.
type driver struct {
	name string
	data []byte
}

// drivers returns the named modules of k and all that they depend on, in the order to load them. It skips a name that k
// has no module for: that may be built in, and if it is not, the guest reports what it misses.
//
// There is no modules.dep to read: depmod makes it when a kernel is installed, and these kernels are not.
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
		data, depends, err := readModule(file)
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
		files[ko.Name(filepath.Base(path))] = filepath.Join(k.Modules, path+".ko")
	}
	return files, lines.Err()
}

// readModule returns a module, unpacked, and the names of the modules it depends on.
func readModule(path string) ([]byte, []string, error) {
	data, err := ko.ReadFile(os.DirFS(filepath.Dir(path)), filepath.Base(path))
	if err != nil {
		return nil, nil, err
	}
	file, err := ko.Parse(data)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Modinfo()
	return data, info.Depends(), err
}
