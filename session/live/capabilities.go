// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"spotos/internal/namespace"
	"spotos/kmod"
	"spotos/patchset"
	"spotos/session"
)

// Capabilities returns what this process can do on this machine, with a note for what it cannot.
func (m *Machine) Capabilities() session.Capabilities {
	c := session.Capabilities{Host: m.host, Kernel: m.release, CanWatch: true, CanSwitch: true}
	if os.Geteuid() != 0 {
		c.CanWatch, c.CanSwitch = false, false
		c.Notes = append(c.Notes, "Watching and switching need root (CAP_SYS_ADMIN): run it with sudo.")
		return c
	}
	if err := onlyPart(); err != nil {
		c.CanWatch, c.CanSwitch = false, false
		c.Notes = append(c.Notes, err.Error()+".")
		return c
	}
	if why := uncountable(os.DirFS("/")); why != "" {
		c.CanWatch = false
		c.Notes = append(c.Notes, "Nothing can be counted: "+why+".")
	}
	d, err := kmod.Open()
	if err != nil {
		c.CanSwitch = false
		what := "Patches can be watched but not switched"
		if !c.CanWatch {
			what = "Nothing can be switched either"
		}
		c.Notes = append(c.Notes, fmt.Sprintf("%s: %v.", what, err))
		return c
	}
	d.Close()
	c.SetAside, _ = SetAside(os.DirFS("/")) // doctor says what cannot be read
	return c
}

// SetAside returns the CPUs of the machine under root that are isolated or run without a tick, "" if there are none.
func SetAside(root fs.FS) (string, error) {
	const dir = "sys/devices/system/cpu"
	var found []string
	for _, kind := range []string{"isolated", "nohz_full"} {
		data, err := fs.ReadFile(root, path.Join(dir, kind))
		if errors.Is(err, fs.ErrNotExist) {
			_, err = fs.Stat(root, dir) // a kernel without NO_HZ_FULL lacks the file
		}
		if err != nil {
			return "", err
		}
		if cpus := strings.TrimSpace(string(data)); cpus != "" && cpus != "(null)" { // some kernels print that for none
			found = append(found, kind+"="+cpus)
		}
	}
	return strings.Join(found, " "), nil
}

// onlyPart returns a *session.Refusal if this process sees only a part of the machine, nil if it sees all of it.
func onlyPart() error {
	if why, do := namespace.Why(os.DirFS("/")); why != "" {
		return &session.Refusal{Reason: fmt.Sprintf("SPOTOS cannot watch or switch from here, since %s: %s", why, do)}
	}
	return nil
}

// uncountable returns why no call can be counted on the machine under root, and what to do; "" if nothing is known to
// be in the way.
func uncountable(root fs.FS) string {
	_, err := fs.Stat(root, "sys/kernel/btf/vmlinux")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "this kernel has no BTF; that needs one built with CONFIG_DEBUG_INFO_BTF"
	case err != nil:
		return err.Error()
	}
	switch err := patchset.CheckAddresses(root); {
	case errors.Is(err, patchset.ErrHidden):
		return err.Error() + "; " + patchset.ShowAddresses
	case err != nil:
		return err.Error()
	}
	return ""
}
