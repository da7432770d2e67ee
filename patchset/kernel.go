// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"spotos/internal/ko"
)

// Kernel holds what a kernel reported of itself at one moment. A fact that could not be read is kept as its error, so
// that a verdict can name it.
type Kernel struct {
	Release  string
	Vermagic string // release and flags, read from one of its own modules; "" without any

	// AddressesErr is ErrHidden if the kernel hides addresses, or says why its symbols could not be read.
	AddressesErr error

	root         fs.FS
	live         bool // root is that of the running machine
	lists        *lists
	traceableErr error // the functions that can be traced cannot be listed
	modules      map[string]bool
	modulesErr   error
	livepatches  map[Site]string
	livepatchErr error
	ftrace       string // kernel.ftrace_enabled
	ftraceErr    error
	btf          kernelBTF
}

// Site is a function by its name in the object it lives in. The same name may stand in several objects, and in one
// object more than once: see SiteOf.
type Site struct {
	Object, Function string
	Position         int // 0: the first or the only one
}

// Owners says which patch spotos.ko has switched each function to, or is armed to, at one moment. The module is asked
// by the caller, once for all functions. The zero value says that none is switched.
type Owners struct {
	By  map[Site]string
	Err error // the module could not be asked, so that nothing is known
	// DryRun asks the module what it would say to arming a patch of one function, of a patch's module. addr is where the
	// function is, 0 if that is not known. The error is ErrUnknown if the module did not answer. copies: the patch
	// replaces the compiler's copies of it too. nil: the module is not loaded.
	DryRun func(f Function, addr uint64, module string, copies bool) error
}

// ErrUnknown says that there is no verdict.
var ErrUnknown = errors.New("the module spotos could not be asked")

// LiveKernel reads the facts about the running kernel. Facts that only root can read are missing without it, and the
// verdicts say so. It returns an error only if not even the release can be read.
func LiveKernel() (*Kernel, error) {
	return readKernel(os.DirFS("/"), nil, true)
}

// ReadKernel reads the facts from a file system laid out like a running machine's: proc, sys and lib/modules. The files
// of one machine can be recorded and judged on another.
func ReadKernel(root fs.FS) (*Kernel, error) { return readKernel(root, nil, false) }

// Again reads the facts about the same machine again, after modules were loaded or unloaded.
func (k *Kernel) Again() (*Kernel, error) {
	return readKernel(k.root, k.lists, k.live)
}

func readKernel(root fs.FS, before *lists, live bool) (*Kernel, error) {
	release, err := fs.ReadFile(root, "proc/sys/kernel/osrelease")
	if err != nil {
		return nil, fmt.Errorf("reading the kernel's release: %w", err)
	}
	k := &Kernel{Release: strings.TrimSpace(string(release)), root: root, live: live,
		lists: newLists(root, live, before)}
	k.AddressesErr = CheckAddresses(root)
	k.traceableErr = tracing(root)
	k.Vermagic = ownVermagic(root, k.Release)
	k.modules, k.modulesErr = readModules(root)
	k.readLivepatches()
	k.readFtrace()
	return k, nil
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
				if strings.Contains(at, ",") {
					k.livepatches[SiteOf(object, at)] = p.Name()
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
