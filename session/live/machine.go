// SPDX-License-Identifier: GPL-2.0-only

// Package live implements session.Console for the running kernel. It runs one operation on one patch, from watching to
// applied, stuck or aborted, and emits session's events. It needs root on the machine that is patched. It loads and
// attaches nothing before an operation is opened.
package live

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"spotos/internal/ko"
	"spotos/patchset"
	"spotos/session"
)

// MachineOptions are the options of NewMachine. Zero values are the defaults.
type MachineOptions struct {
	Patches  string        // directory of the catalogue
	Journal  string        // file that events are appended to; "": no journal
	Interval time.Duration // between samples; 0: 500 ms
	ReadOnly bool          // load no module and keep no journal; attach only the probes that watching needs
	// AllHolders lists all holders in each sample, instead of the session.HoldersListed longest inside.
	AllHolders bool
}

// Machine is a session.Console for the running kernel. Its methods may be called from any goroutine.
type Machine struct {
	opts    MachineOptions
	host    string
	release string

	latency atomic.Int64 // ns from zero until all CPUs stood still, in the last attempt; 0: no attempt yet

	mu      sync.Mutex
	kernel  *patchset.Kernel
	modules string // the moduleLayout when kernel was read
}

// NewMachine returns the machine that this process runs on. It loads and attaches nothing.
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

// liveKernel returns the kernel's facts. It reads them again only when modules were loaded or unloaded since.
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
	read := patchset.LiveKernel
	if m.kernel != nil {
		read = m.kernel.Again
	}
	k, err := read()
	if err != nil {
		return nil, err
	}
	m.kernel, m.modules = k, mods
	return k, nil
}

// keepLists keeps for the next command what was read of the kernel.
func (m *Machine) keepLists() {
	m.mu.Lock()
	k := m.kernel
	m.mu.Unlock()
	if k != nil {
		k.Keep()
	}
}

// procModules returns the text of /proc/modules, one line per module. Without that file the kernel has no modules.
func procModules() (string, error) {
	data, err := os.ReadFile("/proc/modules")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading which modules are loaded: %w", err)
	}
	return string(data), nil
}

// loadedModules returns the names of the loaded modules.
func loadedModules() ([]string, error) {
	data, err := procModules()
	var names []string
	for line := range strings.Lines(data) {
		name, _, _ := strings.Cut(line, " ")
		names = append(names, name)
	}
	return names, err
}

// moduleLayout returns the names, sizes and addresses of the loaded modules, to compare with another moment.
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

// Patches lists the catalogue. It judges each patch against the running kernel and asks the module for its state. The
// error says why the catalogue or the kernel cannot be read.
func (m *Machine) Patches(context.Context) ([]session.PatchInfo, error) {
	patches, unread := patchset.Dir(m.opts.Patches)
	var files *patchset.Unread
	if !errors.As(unread, &files) && len(patches) == 0 {
		return nil, m.noPatches(unread)
	}
	k, err := m.liveKernel()
	if err != nil {
		return nil, err
	}
	now := askModule()
	var out []session.PatchInfo
	for _, p := range patches {
		out = append(out, m.describe(p, k, now))
	}
	k.Prefetch(false) // what opening one of them will need
	k.Keep()
	return append(out, unreadable(files)...), nil
}

// unreadable lists the files of the catalogue that cannot be read, each with the reason.
func unreadable(files *patchset.Unread) []session.PatchInfo {
	if files == nil {
		return nil
	}
	var out []session.PatchInfo
	for _, f := range files.Files {
		name := patchset.DisplayName(ko.Name(filepath.Base(f.Path)))
		out = append(out, session.PatchInfo{Name: name, File: f.Path, Functions: []string{},
			State: session.StateUnavailable, Refusals: []string{f.Err.Error()}})
	}
	return out
}

// describe returns one patch for the list, with its state and what stands in its way.
func (m *Machine) describe(p *patchset.Patch, k *patchset.Kernel, now loaded) session.PatchInfo {
	info := session.PatchInfo{Name: p.Name, Title: p.Title, Severity: p.Severity,
		References: p.References, Look: p.Look, File: p.Path, Livepatch: p.Livepatch, State: now.state(p.Module)}
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

// refusals returns the reasons why p cannot be switched. A module that load brings with the patch is none, and of
// spotos itself whoever opens the device speaks.
func (m *Machine) refusals(p *patchset.Patch, k *patchset.Kernel, now loaded) []patchset.Refusal {
	out := patchset.JudgeSwitch(p, k, now.owners())
	missing, _ := p.Missing(k) // what is not known, the loading will say
	for _, name := range missing {
		if name != "spotos" && !m.brings(p, name) {
			out = append(out, p.Needs(name))
		}
	}
	return out
}
