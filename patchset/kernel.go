// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"spotos/internal/kernelbtf"
	"spotos/internal/ko"
	"spotos/internal/safego"
)

// Kernel holds what a kernel reported of itself at one moment. A fact that could not be read is kept as its error, so
// that a verdict can name it.
type Kernel struct {
	Release  string
	Vermagic string   // release and flags, read from one of its own modules; "" without any
	Symbols  *Symbols // nil if they could not be read: see SymbolsErr

	SymbolsErr error

	root         fs.FS
	live         bool   // root is that of the running machine
	traceable    []byte // a function a line
	traceableErr error
	modules      map[string]bool
	modulesErr   error
	livepatches  map[Site]string
	livepatchErr error
	ftrace       string // kernel.ftrace_enabled
	ftraceErr    error
	btf          kernelBTF
}

// Site is a function by its name in the object it lives in. The same name may stand in several objects.
type Site struct{ Object, Function string }

// Owners says which patch spotos.ko has switched each function to, or is armed to, at one moment. The module is asked
// by the caller, once for all functions. The zero value says that none is switched.
type Owners struct {
	By  map[Site]string
	Err error // the module could not be asked, so that nothing is known
}

// LiveKernel reads the facts about the running kernel. Facts that only root can read are missing without it, and the
// verdicts say so. It returns an error only if not even the release can be read.
func LiveKernel() (*Kernel, error) {
	return readKernel(os.DirFS("/"), nil, true)
}

// ReadKernel reads the facts from a file system laid out like a running machine's: proc, sys and lib/modules. The files
// of one machine can be recorded and judged on another.
func ReadKernel(root fs.FS) (*Kernel, error) { return readKernel(root, nil, false) }

// Again reads the facts about the same machine again, after modules were loaded or unloaded.
func (k *Kernel) Again() (*Kernel, error) { return readKernel(k.root, k.Symbols, k.live) }

func readKernel(root fs.FS, before *Symbols, live bool) (*Kernel, error) {
	release, err := fs.ReadFile(root, "proc/sys/kernel/osrelease")
	if err != nil {
		return nil, fmt.Errorf("reading the kernel's release: %w", err)
	}
	k := &Kernel{Release: strings.TrimSpace(string(release)), root: root, live: live}
	// These three take longest, and none needs the others.
	var reading sync.WaitGroup
	safego.Go(&reading, "facts", k.readTraceable)
	if live {
		safego.Go(&reading, "facts", func() { _, _ = kernelbtf.Types(VMLinux) }) // who uses them gets the error
	}
	k.Symbols, k.SymbolsErr = readSymbols(root, before)
	reading.Wait()
	k.Vermagic = ownVermagic(root, k.Release)
	k.modules, k.modulesErr = readModules(root)
	k.readLivepatches()
	k.readFtrace()
	return k, nil
}

func (k *Kernel) readTraceable() {
	const list = "available_filter_functions"
	k.traceable, k.traceableErr = fs.ReadFile(k.root, path.Join("sys/kernel/tracing", list))
	if k.traceableErr == nil {
		return
	}
	// Where tracefs has no mount of its own, debugfs often shows it.
	if data, err := fs.ReadFile(k.root, path.Join("sys/kernel/debug/tracing", list)); err == nil {
		k.traceable, k.traceableErr = data, nil
	}
}

// isTraceable reports whether ftrace has a site at the start of a function.
func (k *Kernel) isTraceable(object, function string) bool {
	line := function + "\n"
	if object != VMLinux {
		line = fmt.Sprintf("%s [%s]\n", function, object)
	}
	return bytes.HasPrefix(k.traceable, []byte(line)) || bytes.Contains(k.traceable, []byte("\n"+line))
}

// HasModule reports whether a module was loaded. VMLinux always is.
func (k *Kernel) HasModule(name string) bool { return name == VMLinux || k.modules[name] }

func readModules(root fs.FS) (map[string]bool, error) {
	modules := make(map[string]bool)
	data, err := fs.ReadFile(root, "proc/modules")
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // the kernel has no modules at all
	}
	for line := range strings.Lines(string(data)) {
		name, _, _ := strings.Cut(line, " ")
		modules[name] = true
	}
	return modules, err
}

// readFtrace reads whether ftrace is switched on. Once it has met an inconsistency the file cannot be read.
func (k *Kernel) readFtrace() {
	on, err := fs.ReadFile(k.root, "proc/sys/kernel/ftrace_enabled")
	if k.ftrace, k.ftraceErr = strings.TrimSpace(string(on)), err; err == nil && k.ftrace != "0" && k.ftrace != "1" {
		k.ftraceErr = fmt.Errorf("kernel.ftrace_enabled is %q", k.ftrace)
	}
}

// brokenFtrace reports whether ftrace does nothing any more on this machine until a reboot.
func (k *Kernel) brokenFtrace() bool {
	return errors.Is(k.ftraceErr, unix.ENODEV) || errors.Is(k.traceableErr, unix.ENODEV)
}

// readLivepatches lists the functions that livepatch owns: sys/kernel/livepatch/PATCH/OBJECT/FUNCTION,POSITION. A
// kernel without livepatch lacks the directory; without sysfs nothing is known.
func (k *Kernel) readLivepatches() {
	const dir = "sys/kernel/livepatch"
	k.livepatches = make(map[Site]string)
	patches, err := fs.ReadDir(k.root, dir)
	if errors.Is(err, fs.ErrNotExist) {
		if _, other := fs.Stat(k.root, path.Dir(dir)); other != nil {
			err = fmt.Errorf("reading /%s: sysfs is not there", dir)
		}
	}
	if err != nil {
		k.livepatchErr = err
		return
	}
	for _, p := range patches {
		for _, object := range k.subdirs(path.Join(dir, p.Name())) {
			for _, at := range k.subdirs(path.Join(dir, p.Name(), object)) {
				if function, _, ok := strings.Cut(at, ","); ok {
					k.livepatches[Site{object, function}] = p.Name()
				}
			}
		}
	}
}

// subdirs returns the directories of a livepatch or of an object in it. Nothing is in one that goes away meanwhile.
func (k *Kernel) subdirs(dir string) []string {
	entries, err := fs.ReadDir(k.root, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		k.livepatchErr = err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// ownVermagic reads the flags that the kernel demands of a module from one of its own modules: the running kernel shows
// them nowhere.
func ownVermagic(root fs.FS, release string) string {
	var magic string
	// A module that cannot be read leaves the flags unknown. The release is compared in any case.
	_ = fs.WalkDir(root, path.Join("lib/modules", release, "kernel"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !ko.HasName(name) {
			return nil
		}
		magic, err = vermagicOf(root, name)
		if err != nil {
			return nil
		}
		return fs.SkipAll
	})
	return magic
}

func vermagicOf(root fs.FS, name string) (string, error) {
	data, err := ko.ReadFile(root, name)
	if err != nil {
		return "", err
	}
	file, err := ko.Parse(data)
	if err != nil {
		return "", err
	}
	info, err := file.Modinfo()
	if err == nil && info.First("vermagic") == "" {
		err = errors.New("no vermagic")
	}
	return info.First("vermagic"), err
}
