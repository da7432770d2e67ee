// SPDX-License-Identifier: GPL-2.0-only

// Package lookup finds the functions that a person names in the files of a kernel, which need not be the one that runs:
// where they are, whether they can be switched, and of which type they are. What cannot be patched is refused by name
// before anything is written.
package lookup

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"

	"github.com/cilium/ebpf/btf"

	"spotos/internal/ko"
	"spotos/patchset/build"
	"spotos/patchset/fix"
	"spotos/patchset/running"
)

// Kernel has the functions of a kernel. It may not be used by several goroutines at once.
type Kernel struct {
	Files   *fix.Kernel
	objects map[string]*object // the kernel itself and the modules that were asked for
	checked bool               // the type information has no function whose namesakes are of another type
}

// object is the kernel itself or a module.
type object struct {
	code  *running.Code
	types *btf.Spec
	sites []uint64 // addresses of calls of ftrace, in order
}

// Open reads the kernel itself from its image.
func Open(files *fix.Kernel) (*Kernel, error) {
	code, err := running.ReadKernel(files.Image)
	if err != nil {
		return nil, err
	}
	o := &object{code: code}
	at := slices.IndexFunc(code.Sections(), func(s running.Section) bool { return s.Name == ".BTF" })
	if at < 0 {
		return nil, fmt.Errorf("kernel %s describes no types: it was built without CONFIG_DEBUG_INFO_BTF", files.Release)
	}
	if o.types, err = btf.LoadSpecFromReader(bytes.NewReader(code.Sections()[at].Data)); err != nil {
		return nil, fmt.Errorf("reading the BTF of kernel %s: %w", files.Release, err)
	}
	if o.sites, err = kernelSites(code); err != nil {
		return nil, err
	}
	k := &Kernel{Files: files, objects: map[string]*object{running.VMLinux: o}}
	k.checked, err = consistent(files.Headers)
	return k, err
}

// kernelSites reads the list of calls that the kernel's build made for ftrace.
func kernelSites(code *running.Code) ([]uint64, error) {
	begin, end := code.Named("__start_mcount_loc"), code.Named("__stop_mcount_loc")
	if len(begin) != 1 || len(end) != 1 || end[0].Addr < begin[0].Addr {
		return nil, errors.New("the kernel has no list of the functions that can be traced: it was built without " +
			"CONFIG_DYNAMIC_FTRACE")
	}
	return addresses(code.Bytes(begin[0].Addr, end[0].Addr-begin[0].Addr)), nil
}

func addresses(list []byte) []uint64 {
	var all []uint64
	for ; len(list) >= 8; list = list[8:] {
		all = append(all, binary.LittleEndian.Uint64(list))
	}
	slices.Sort(all)
	return all
}

// object returns a module, or the kernel itself.
func (k *Kernel) object(name string) (*object, error) {
	if o := k.objects[name]; o != nil {
		return o, nil
	}
	file, err := k.Files.ModuleFile(name)
	if err != nil {
		return nil, err
	}
	o, err := k.readModule(name, file)
	if err != nil {
		return nil, fmt.Errorf("reading module %s: %w", name, err)
	}
	k.objects[name] = o
	return o, nil
}

func (k *Kernel) readModule(name, file string) (*object, error) {
	data, err := ko.ReadFile(os.DirFS(k.Files.Modules), file)
	if err != nil {
		return nil, err
	}
	o := &object{}
	if o.code, err = running.Module(name, data); err != nil {
		return nil, err
	}
	elf, err := ko.Relocatable(data)
	if err != nil {
		return nil, err
	}
	_, types, err := elf.Content(".BTF")
	if err != nil {
		return nil, &build.RefusedError{Refusals: []build.Refusal{{Symbol: "module " + name,
			Why: "describes no types: it was built without BTF", Remedy: "write the patch by hand from its source"}}}
	}
	if o.types, err = btf.LoadSplitSpecFromReader(bytes.NewReader(types), k.objects[running.VMLinux].types); err != nil {
		return nil, fmt.Errorf("reading its BTF: %w", err)
	}
	for _, s := range o.code.Sections() {
		if s.Name == "__mcount_loc" {
			o.sites = addresses(s.Data)
		}
	}
	return o, nil
}

var paholeVersion = regexp.MustCompile(`(?m)^CONFIG_PAHOLE_VERSION=(\d+)$`)

// consistentSince is the version of pahole, times a hundred, that leaves a function out of the BTF if another one of
// its name is of another type. An older one takes the first that it meets.
const consistentSince = 125

// consistent reports whether the BTF of a kernel was made so.
func consistent(headers string) (bool, error) {
	config, err := os.ReadFile(headers + "/.config")
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading the kernel's configuration: %w", err)
	}
	m := paholeVersion.FindSubmatch(config)
	if m == nil {
		return false, nil
	}
	version, err := strconv.Atoi(string(m[1]))
	return err == nil && version >= consistentSince, nil
}
