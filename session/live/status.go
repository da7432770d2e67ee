// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"spotos/kmod"
	"spotos/patchset"
	"spotos/session"
)

// Status asks the module which patches are loaded, armed and applied. The error is kmod.ErrNotLoaded,
// kmod.ErrPermission, or that of the device.
func Status() ([]session.PatchStatus, error) {
	d, err := kmod.Open()
	if err != nil {
		return nil, err
	}
	defer d.Close()
	list, err := d.Patches()
	var out []session.PatchStatus
	for _, p := range list {
		s := session.PatchStatus{Name: patchset.DisplayName(p.Name), State: stateOf(p.State)}
		if s.State.Armed() {
			s.ArmedBy = owners(p.Name)
		}
		out = append(out, s)
	}
	return out, err
}

// owners names the running processes that have a socket for the patch: those that armed it.
func owners(module string) []string {
	var names []string
	for _, path := range sockets(module) {
		pid := strings.TrimPrefix(strings.TrimSuffix(filepath.Base(path), ".sock"), module+".")
		if comm, err := os.ReadFile(filepath.Join("/proc", pid, "comm")); err == nil {
			names = append(names, fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(comm)), pid))
		}
	}
	return names
}
