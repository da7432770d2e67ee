// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"fmt"
	"os"
	"path"
	"strings"
)

// Exports are the symbols that modules may use by their names.
type Exports map[string]Export

// Export is which module has a symbol, running.VMLinux or a name with underscores, and the namespace that a user of it
// must import, "" if there is none.
type Export struct{ Module, Namespace string }

// ReadExports reads files Module.symvers. Of a name that is in several, the last says who has it.
func ReadExports(symvers ...string) (Exports, error) {
	x := make(Exports)
	for _, file := range symvers {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading what is exported to modules: %w", err)
		}
		for line := range strings.Lines(string(text)) {
			// CRC, name, module, kind, namespace
			part := strings.Split(strings.TrimRight(line, "\n"), "\t")
			if len(part) >= 4 {
				x[part[1]] = Export{strings.ReplaceAll(path.Base(part[2]), "-", "_"), append(part, "")[4]}
			}
		}
	}
	return x, nil
}

// Of returns the first symbol by name that a module exports, "" if it exports none outside of namespaces.
func (x Exports) Of(module string) string {
	first := ""
	for name, by := range x {
		if by == (Export{Module: module}) && (first == "" || name < first) {
			first = name
		}
	}
	return first
}
