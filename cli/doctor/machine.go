// SPDX-License-Identifier: GPL-2.0-only

package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"golang.org/x/sys/unix"

	"spotos/kmod"
	"spotos/patchset"
	"spotos/session/live"
)

// module asks spotos.ko of the running kernel, even where the other checks read a recording.
func module(p Place) []Line {
	const name = "module spotos"
	d, err := kmod.Open()
	switch {
	case errors.Is(err, kmod.ErrNotLoaded):
		return []Line{{name, Fail, "not loaded", "load it: modprobe spotos; where it is not installed: dkms install spotos"}}
	case err != nil:
		return []Line{{name, Fail, err.Error(), "load the module that came with this program, as root"}}
	}
	defer d.Close()
	info, err := d.Info()
	if err != nil {
		return []Line{{name, Fail, err.Error(), "load the module that came with this program"}}
	}
	found := fmt.Sprintf("loaded, version %d of its user API, %s, %d armed", info.ABI, numberOf(int(info.Patches)),
		info.Armed)
	lines := ok(name, found)
	if info.Flags&kmod.InfoTestBuild == 0 {
		return lines
	}
	test := Line{"test build", Warn, "spotos.ko was built for tests: its check can be switched off",
		"load the one that was not: never use this one on a machine that matters"}
	switch ignored, err := p.setting("sys/module/spotos/parameters/ignore_check", "Y", "N"); {
	case err != nil:
		test.Verdict, test.Found = Unknown, "spotos.ko was built for tests, and may ignore its check: "+err.Error()
	case ignored == "Y":
		test.Verdict, test.Found = Fail, "spotos.ko was built for tests, and its check is switched off (ignore_check)"
	}
	return append(lines, test)
}

func livepatches(p Place) []Line {
	const name, dir, mountSys = "livepatch", "sys/kernel/livepatch", "run it as root, with sysfs mounted on /sys"
	entries, err := fs.ReadDir(p.Root, dir)
	if errors.Is(err, fs.ErrNotExist) {
		// A kernel without livepatch lacks the directory; without sysfs all of them are missing.
		_, err = fs.Stat(p.Root, path.Dir(dir))
	}
	if err != nil {
		return unknown(name, err, mountSys)
	}
	if len(entries) == 0 {
		return ok(name, "none loaded")
	}
	var lines []Line
	for _, e := range entries {
		line := Line{name, Warn, e.Name() + " is loaded: the functions it owns are refused",
			"see them: ls /" + path.Join(dir, e.Name()) + "/*"}
		switch moving, err := p.setting(path.Join(dir, e.Name(), "transition"), "0", "1"); {
		case err != nil:
			line.Verdict, line.Found = Unknown, fmt.Sprintf("whether %s is in transition is unknown: %v", e.Name(), err)
			line.Do = mountSys
		case moving == "1":
			line.Found = e.Name() + " is in transition: watching its functions holds it up"
			line.Do = "wait until /" + path.Join(dir, e.Name(), "transition") + " is 0"
		}
		lines = append(lines, line)
	}
	return lines
}

// setAside reports CPUs that are isolated or run without a tick: attempts stop these too.
func setAside(p Place) []Line {
	const name = "CPUs set aside"
	switch found, err := live.SetAside(p.Root); {
	case err != nil:
		return unknown(name, err, "mount sysfs: mount -t sysfs sysfs /sys")
	case found != "":
		return []Line{{name, Warn, found,
			"every attempt stops these too, for well under a millisecond: arm when that does no harm"}}
	}
	return ok(name, "none")
}

// numberOf says how many patches there are.
func numberOf(patches int) string {
	if patches == 1 {
		return "1 patch"
	}
	return fmt.Sprintf("%d patches", patches)
}

func catalogue(p Place) []Line {
	const name = "catalogue"
	patches, err := patchset.Dir(p.Patches)
	found := numberOf(len(patches)) + " in " + p.Patches
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []Line{{name, Warn, "no directory " + p.Patches, "put patches there, or name another with --patches"}}
	case err != nil:
		return []Line{{name, Warn,
			fmt.Sprintf("%s, and what cannot be read: %v", found, err),
			"remove or rebuild what cannot be read"}}
	case len(patches) == 0:
		return []Line{{name, Warn, "no patch in " + p.Patches, "put patches there, or name another with --patches"}}
	}
	return ok(name, found)
}

// journal checks that the file, or the nearest existing directory above it, may be written and has space.
func journal(p Place) []Line {
	const name, do = "journal", "name another with --journal"
	if p.Journal == "" {
		return []Line{{name, Warn, "none is kept", "name a file with --journal"}}
	}
	if info, err := os.Stat(p.Journal); err == nil && !info.Mode().IsRegular() {
		return []Line{{name, Fail, p.Journal + " is no regular file, so nothing can be armed with it", do}}
	}
	at, err := filepath.Abs(p.Journal)
	for err == nil {
		err = unix.Access(at, unix.W_OK)
		if !errors.Is(err, unix.ENOENT) || at == "/" {
			break
		}
		at, err = filepath.Dir(at), nil
	}
	if err != nil {
		return []Line{{name, Warn, fmt.Sprintf("%s cannot be written: %s: %v", p.Journal, at, err),
			"switching goes on without it; " + do}}
	}
	var disk unix.Statfs_t
	switch err := unix.Statfs(at, &disk); {
	case err != nil:
		return unknown(name, err, do)
	case disk.Blocks > 0 && disk.Bavail == 0:
		return []Line{{name, Warn, "the disk is full, so lines of " + p.Journal + " are lost", "make space there, or " + do}}
	}
	return ok(name, p.Journal)
}
