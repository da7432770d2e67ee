// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"spotos/kmod"
	"spotos/patchset"
)

// PatchStatus is what the module says of a loaded patch.
type PatchStatus struct {
	Name  string `json:"patch"`
	State State  `json:"state"`
	// ArmedBy names the processes whose consoles armed it, each with its pid. One that cannot be asked is not known.
	ArmedBy []string `json:"armed_by,omitempty"`
}

// Status asks the module what is loaded, armed and applied.
func Status() ([]PatchStatus, error) {
	d, err := kmod.Open()
	if err != nil {
		return nil, err
	}
	defer d.Close()
	list, err := d.Patches()
	var out []PatchStatus
	for _, p := range list {
		s := PatchStatus{Name: patchset.DisplayName(p.Name), State: stateOf(p.State)}
		if s.State == StateArmed || s.State == StateReverting {
			s.ArmedBy = owners(p.Name)
		}
		out = append(out, s)
	}
	return out, err
}

// owners names the living processes with a door.
func owners(module string) []string {
	var names []string
	for _, path := range doors(module) {
		pid := strings.TrimPrefix(strings.TrimSuffix(filepath.Base(path), ".sock"), module+".")
		if comm, err := os.ReadFile(filepath.Join("/proc", pid, "comm")); err == nil {
			names = append(names, fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(comm)), pid))
		}
	}
	return names
}
