// SPDX-License-Identifier: GPL-2.0-only

// Package kernelbtf reads the type information (BTF) of the running kernel and its modules once for the whole process:
// it is large, and each watch read it several times.
package kernelbtf

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"
)

const dir = "/sys/kernel/btf"

var (
	mu    sync.Mutex
	cache *btf.Cache
	read  map[string]uint64 // what the cache may have read: see files
)

// unfolding is held by whoever looks up a type. The types of a module continue those of the kernel, and the library,
// which unfolds a type when it is first looked up, locks the former but not the latter: two look-ups at the same time,
// in a module and in the kernel or in two modules, end the process.
var unfolding sync.Mutex

// Unfold runs look, which looks up types in what Types returned, while nobody else does. What it finds may be used
// afterwards.
func Unfold(look func() error) error {
	unfolding.Lock()
	defer unfolding.Unlock()
	return look()
}

// current returns what is read once. If a module has gone since, or was loaded again, all of it is forgotten first: the
// module's types may be others now, and a program would be attached to the wrong function.
func current() (*btf.Cache, error) {
	mu.Lock()
	defer mu.Unlock()
	now, err := files()
	if err != nil {
		return nil, err
	}
	if cache == nil || stale(read, now) {
		cache = btf.NewCache()
	}
	read = now
	return cache, nil
}

// stale reports whether a module has gone or was loaded again. One that was loaded since does no harm.
func stale(before, now map[string]uint64) bool {
	for name, id := range before {
		if now[name] != id {
			return true
		}
	}
	return false
}

// recheck forgets all if modules came or went while it was used: what was read of one that came is not known to files.
func recheck() {
	mu.Lock()
	defer mu.Unlock()
	if now, err := files(); err != nil || !maps.Equal(read, now) {
		cache = nil
	}
}

// files returns the inodes of the files that hold the types of the kernel and of each module, by name. sysfs gives out
// their numbers one after the other, so that a module that is loaded again has another one.
func files() (map[string]uint64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("listing the kernel's BTF: %w", err)
	}
	all := map[string]uint64{}
	for _, entry := range entries {
		var st unix.Stat_t
		switch err := unix.Stat(filepath.Join(dir, entry.Name()), &st); {
		case err == nil:
			all[entry.Name()] = st.Ino
		case !errors.Is(err, fs.ErrNotExist): // it was unloaded just now
			return nil, fmt.Errorf("looking at the BTF of %s: %w", entry.Name(), err)
		}
	}
	return all, nil
}

// Types returns the types of the kernel, or of a module together with the kernel's. Do not change them, and look types
// up by Unfold. Any goroutine may call it.
func Types(object string) (*btf.Spec, error) {
	c, err := current()
	if err != nil {
		return nil, err
	}
	defer recheck()
	if object == "vmlinux" {
		return c.Kernel()
	}
	return c.Module(object)
}

// NewCollection loads programs and maps, some of which may be there already. What the programs read is looked up among
// the kernel's own types; the function that one is attached to may be a module's. It needs root. Any goroutine
// may call it. Where the short way does not do, for whatever reason, the library goes the long one: it knows why, too.
func NewCollection(spec *ebpf.CollectionSpec, there map[string]*ebpf.Map) (*ebpf.Collection, error) {
	if coll, err := loadCut(spec, there); err == nil {
		return coll, nil
	}
	return loadWhole(spec, there)
}

// loadWhole is NewCollection by the library alone.
func loadWhole(spec *ebpf.CollectionSpec, there map[string]*ebpf.Map) (*ebpf.Collection, error) {
	c, err := current()
	if err != nil {
		return nil, err
	}
	defer recheck()
	kernel, err := c.Kernel()
	if err != nil {
		return nil, fmt.Errorf("reading the kernel's BTF: %w", err)
	}
	var coll *ebpf.Collection
	err = Unfold(func() error {
		coll, err = ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{
			MapReplacements: there, Programs: ebpf.ProgramOptions{KernelTypes: kernel}, Cache: c})
		return err
	})
	return coll, err
}
