// SPDX-License-Identifier: GPL-2.0-only

// Package live is the running kernel as a session.Console: it runs one operation on one patch, from watching to
// applied, stuck or aborted, and emits what happens as session's events. It is used by root, on the machine that
// is patched; nothing is loaded or attached before an operation is opened.
package live

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"spotos/kmod"
	"spotos/patchset"
	"spotos/session"
)

// MachineOptions say where things are. Zero values are the defaults.
type MachineOptions struct {
	Patches  string        // directory of the catalogue
	Journal  string        // file the events are kept in; "": none
	Interval time.Duration // between samples; 0: 500 ms
	ReadOnly bool          // load no module, and keep no journal: only what watching needs is attached
}

// Machine is the running kernel as a Console. Its methods may be called from any goroutine.
type Machine struct {
	opts    MachineOptions
	host    string
	release string

	latency atomic.Int64 // of the last attempt, ns from zero until all CPUs stood; 0: none was made

	mu      sync.Mutex
	kernel  *patchset.Kernel
	modules string // which were loaded, and where, when kernel was read
}

// NewMachine describes the machine this runs on. Nothing is loaded or attached yet.
func NewMachine(opts MachineOptions) (*Machine, error) {
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return nil, fmt.Errorf("asking for the kernel's release: %w", err)
	}
	if opts.Interval == 0 {
		opts.Interval = 500 * time.Millisecond
	}
	return &Machine{opts: opts, host: unix.ByteSliceToString(uts.Nodename[:]),
		release: unix.ByteSliceToString(uts.Release[:])}, nil
}

// Capabilities says what can be done here.
func (m *Machine) Capabilities() session.Capabilities {
	c := session.Capabilities{Host: m.host, Kernel: m.release, CanWatch: true, CanSwitch: true}
	if os.Geteuid() != 0 {
		c.CanWatch, c.CanSwitch = false, false
		c.Notes = append(c.Notes, "Watching and switching need root (CAP_SYS_ADMIN): run it with sudo.")
		return c
	}
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err != nil {
		c.CanWatch = false
		c.Notes = append(c.Notes, "This kernel has no BTF, so nothing can be counted: that needs one built with CONFIG_DEBUG_INFO_BTF.")
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
	return c
}

// liveKernel reads the kernel's facts once for each set of loaded modules.
func (m *Machine) liveKernel() (*patchset.Kernel, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	mods, err := moduleLayout()
	if err != nil {
		return nil, err
	}
	if m.kernel != nil && m.modules == mods {
		return m.kernel, nil
	}
	k, err := patchset.LiveKernel()
	if err != nil {
		return nil, err
	}
	m.kernel, m.modules = k, mods
	return k, nil
}

// symbols are those of the kernel and of the modules that are loaded now.
func (m *Machine) symbols() (*patchset.Symbols, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	mods, err := moduleLayout()
	if err != nil {
		return nil, err
	}
	if m.kernel != nil && m.kernel.SymbolsErr == nil && m.modules == mods {
		return m.kernel.Symbols, nil
	}
	return patchset.LoadSymbols()
}

// procModules returns /proc/modules, a module a line. A kernel without that file has no modules.
func procModules() (string, error) {
	data, err := os.ReadFile("/proc/modules")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading which modules are loaded: %w", err)
	}
	return string(data), nil
}

// loadedModules names the modules in the kernel.
func loadedModules() ([]string, error) {
	data, err := procModules()
	var names []string
	for line := range strings.Lines(data) {
		name, _, _ := strings.Cut(line, " ")
		names = append(names, name)
	}
	return names, err
}

// moduleLayout says which modules are in the kernel, and where.
func moduleLayout() (string, error) {
	data, err := procModules()
	var layout strings.Builder
	for line := range strings.Lines(data) {
		if f := strings.Fields(line); len(f) > 5 { // name, size, uses, users, state, address
			fmt.Fprintln(&layout, f[0], f[1], f[5])
		}
	}
	return layout.String(), err
}

// Patches lists the catalogue.
func (m *Machine) Patches(context.Context) ([]session.PatchInfo, error) {
	patches, err := patchset.Dir(m.opts.Patches)
	if len(patches) == 0 {
		return nil, m.noPatches(err)
	}
	k, err := m.liveKernel()
	if err != nil {
		return nil, err
	}
	now := askModule()
	var out []session.PatchInfo
	for _, p := range patches {
		info := m.describe(p, k, now)
		out = append(out, info)
	}
	return out, nil
}

// describe judges one patch.
func (m *Machine) describe(p *patchset.Patch, k *patchset.Kernel, now loaded) session.PatchInfo {
	info := session.PatchInfo{Name: p.Name, Title: p.Title, Severity: p.Severity, References: p.References, Look: p.Look,
		File: p.Path, Livepatch: p.Livepatch, State: now.state(p.Module)}
	for _, f := range p.Functions {
		info.Functions = append(info.Functions, f.Name)
	}
	if now.err != nil {
		info.Refusals = append(info.Refusals, now.err.Error())
	}
	if info.State == session.StateNotLoaded || info.State == session.StateLoaded {
		for _, r := range m.refusals(p, k, now) {
			info.Refusals = append(info.Refusals, r.String())
		}
		if len(info.Refusals) > 0 {
			info.State = session.StateUnavailable
		}
	}
	return info
}

// refusals are what stands in the way of switching; a module that only has to be loaded does not.
func (m *Machine) refusals(p *patchset.Patch, k *patchset.Kernel, now loaded) []patchset.Refusal {
	var out []patchset.Refusal
	for _, r := range patchset.Judge(p, k, now.owners()) {
		if r.Kind == patchset.NoSwitch {
			out = append(out, r)
		}
	}
	if p.Livepatch && len(out) == 0 {
		out = append(out, patchset.Refusal{Kind: patchset.NoSwitch,
			Why: p.Name + " is a livepatch module", Do: "load it with insmod: this version switches only patches built for SPOTOS"})
	}
	return out
}

// insmod loads one module file.
func insmod(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	err = unix.FinitModule(int(f.Fd()), "", 0)
	if errors.Is(err, unix.EEXIST) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("loading %s: %w (the kernel's log says more: dmesg; spotos doctor says whether modules may be loaded)", path, err)
	}
	return nil
}

// load puts the patch's module, and those beside the catalogue that it needs, into the kernel. Nothing
// changes by that. It reports whether the patch was not there before.
func (m *Machine) load(p *patchset.Patch) (bool, error) {
	have, err := loadedModules()
	if err != nil {
		return false, err
	}
	if slices.Contains(have, p.Module) {
		return false, nil
	}
	for _, dep := range p.Depends {
		if slices.Contains(have, dep) {
			continue
		}
		path := filepath.Join(filepath.Dir(m.opts.Patches), dep+".ko")
		if _, err := os.Stat(path); err != nil {
			return false, fmt.Errorf("%s needs the module %s: modprobe %s first", p.Name, dep, dep)
		}
		if err := insmod(path); err != nil {
			return false, err
		}
	}
	return true, insmod(p.Path)
}
