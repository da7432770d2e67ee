// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"spotos/patchset/source"
	"spotos/ui"
)

// The layout that the operator chose by key is kept in a file of state, not in the configuration, which is the
// administrator's. It overrides the configuration, and the command line and the variable override it.

// stateDir is where root's choice is kept; others have XDG_STATE_HOME, or its default.
const stateDir = "/var/lib/spotos"

// layoutFile returns the file that keeps the layout, "" if there is no place for it.
func layoutFile() string {
	const name = "layout"
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "spotos", name)
	}
	home, err := os.UserHomeDir()
	switch {
	case os.Geteuid() == 0:
		return filepath.Join(stateDir, name)
	case err != nil:
		return ""
	}
	return filepath.Join(home, ".local/state/spotos", name)
}

// chosenLayout returns the layout to begin with. What was kept and is none is left out.
func (f *flags) chosenLayout() string {
	if f.layoutGiven {
		return f.layout
	}
	data, _ := os.ReadFile(layoutFile()) // mostly there is none
	if kept := strings.TrimSpace(string(data)); slices.Contains(ui.Layouts(), kept) {
		return kept
	}
	return f.layout
}

// keepLayout returns what keeps a layout, nil where nothing is to be written.
func (f *flags) keepLayout() func(string) error {
	file := layoutFile()
	if file == "" || f.readOnly {
		return nil
	}
	return func(layout string) error {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		return source.WriteWhole(file, func(to *os.File) error {
			_, err := fmt.Fprintln(to, layout)
			return err
		})
	}
}
