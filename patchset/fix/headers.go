// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"spotos/patchset/build"
	"spotos/patchset/kbuild"
	"spotos/patchset/source"
)

// mostUnits is how many files are compiled because of a header, at most: each takes some seconds, twice.
const mostUnits = 40

// elsewhere are directories whose code is not in the kernel that runs, although kbuild compiles it: it boots it.
var elsewhere = []string{"arch/x86/boot/", "arch/x86/purgatory/", "arch/x86/realmode/rm/",
	"drivers/firmware/efi/libstub/"}

// apart is what is compiled by rules of its own, which no list of objects has, and where it ends up.
var apart = map[string]string{
	"arch/x86/kernel/asm-offsets.c": "which gives assembly its offsets and constants",
	"kernel/bounds.c":               "which gives all files some of their constants",
	"lib/raid6/int.uc":              "of which the build makes several files",
	"tools/lib/bpf/relo_core.c":     "which kernel/bpf/relo_core.o is made of",
}

// vdsoKernel are the files in the directory of the vDSO that the kernel itself has.
var vdsoKernel = []string{"arch/x86/entry/vdso/vma.c", "arch/x86/entry/vdso/extable.c",
	"arch/x86/entry/vdso/vdso32-setup.c"}

// tables are headers of which the build makes files that the source does not have.
var tables = []string{"include/linux/asn1_ber_bytecode.h", "include/linux/asn1.h", "include/linux/asn1_decoder.h",
	"include/linux/oid_registry.h", "include/linux/keyboard.h", "include/linux/kd.h", "include/uapi/linux/keyboard.h",
	"include/uapi/linux/kd.h", "fs/unicode/utf8n.h", "drivers/scsi/aic7xxx/aic7xxx_osm.h",
	"drivers/scsi/aic7xxx/aic79xx_osm.h", "arch/x86/include/asm/cpufeatures.h", "arch/x86/include/asm/vmxfeatures.h"}

// units returns all files to compile: the fix's own C files, and those that its headers may change, as they are. If
// there are too many of these, or some that cannot be compiled alone, that is a *build.RefusedError.
func (m *maker) units(ctx context.Context) ([]source.File, error) {
	var units []source.File
	for _, file := range m.Files {
		if file.Header {
			m.headers = append(m.headers, file)
		} else {
			units = append(units, file)
		}
	}
	if len(m.headers) == 0 {
		return units, nil
	}
	for _, header := range m.headers {
		if slices.Contains(tables, header.Path) {
			return nil, one(header.Path, "is what the build makes tables of, which are not in the source",
				"it takes a new kernel and a reboot")
		}
	}
	reached, err := m.reached(ctx)
	if err != nil {
		return nil, err
	}
	if len(reached) == 0 {
		return nil, one(m.headerNames(), "is included by no file that is compiled for this kernel",
			"there is nothing to patch")
	}
	includers, err := m.users(reached, units)
	if err != nil {
		return nil, err
	}
	users, err := m.changeable(ctx, includers)
	return append(units, users...), err
}

// users returns the C files among those reached that are not the fix's own. Files that stand in the way for one reason
// become one refusal.
func (m *maker) users(reached []string, own []source.File) ([]string, error) {
	var users, whys []string
	barred := make(map[string][]string) // by why
	for _, file := range reached {
		why, isApart := apartFrom(file)
		switch {
		case slices.ContainsFunc(own, func(u source.File) bool { return u.Path == file }):
			continue
		case path.Ext(file) == ".c" && !isApart:
			users = append(users, file)
			continue
		case !isApart:
			why = "which cannot be replaced function by function"
		}
		if barred[why] == nil {
			whys = append(whys, why)
		}
		barred[why] = append(barred[why], file)
	}
	refused := &build.RefusedError{}
	for _, why := range whys {
		refused.Refusals = append(refused.Refusals, m.reachesOther(barred[why], why))
		if len(barred[why]) > mostNamed+1 {
			refused.Files = append(refused.Files, barred[why]...)
		}
	}
	if len(users) > mostIncluders {
		refused.Refusals = append(refused.Refusals, m.tooManyIncluders(users))
		refused.Files = append(refused.Files, users...)
	}
	if len(refused.Refusals) > 0 {
		return nil, refused
	}
	return users, nil
}

// reached returns the files compiled for this kernel that include one of the changed headers. That the text of a file
// does not mention what changed proves nothing: macros put names together, and conditions choose what a name means.
func (m *maker) reached(ctx context.Context) ([]string, error) {
	includes, err := m.Source.Includes(ctx)
	if err != nil {
		return nil, err
	}
	compiled, err := m.compiled(ctx)
	if err != nil {
		return nil, err
	}
	var headers []string
	for _, header := range m.headers {
		headers = append(headers, header.Path)
	}
	return slices.DeleteFunc(includes.Units(headers...), func(file string) bool {
		_, isApart := apartFrom(file)
		return hasDir(elsewhere, file) || !compiled[strings.TrimSuffix(file, path.Ext(file))] && !isApart
	}), nil
}

// apartFrom says where a file ends up that is compiled by rules of its own.
func apartFrom(file string) (where string, is bool) {
	switch {
	case strings.HasPrefix(file, "arch/x86/entry/vdso/") && !slices.Contains(vdsoKernel, file):
		return "which is in every process", true
	case strings.HasSuffix(file, ".lds.S"):
		return "by which the kernel is laid out when it is linked", true
	}
	where, is = apart[file]
	return where, is
}

func hasDir(dirs []string, file string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool { return strings.HasPrefix(file, dir) })
}

// compiled returns the objects of the kernel and its modules, without their ".o".
func (m *maker) compiled(ctx context.Context) (map[string]bool, error) {
	index, err := m.Source.Index(ctx)
	if err != nil {
		return nil, err
	}
	config, err := os.ReadFile(filepath.Join(m.Kernel.Headers, kbuild.ConfigFile))
	if err != nil {
		return nil, fmt.Errorf("reading the kernel's configuration: %w", err)
	}
	list, err := m.Source.Keep(ctx, fmt.Sprintf("units-2-%x", sha256.Sum256(config)), func() ([]byte, error) {
		m.say("finding out which files are compiled for this kernel")
		tree := filepath.Join(m.dir, "rules")
		rules := slices.DeleteFunc(index.All(), func(file string) bool { return !kbuild.IsRule(file) })
		if err := m.Source.Checkout(ctx, tree, rules...); err != nil {
			return nil, err
		}
		found, err := kbuild.Read(ctx, kbuild.Walk{Headers: m.Kernel.Headers, Tree: tree, Whole: true})
		if err != nil {
			return nil, err
		}
		return []byte(strings.Join(found.Units, "\n")), nil
	})
	if err != nil {
		return nil, err
	}
	compiled := make(map[string]bool)
	for line := range strings.Lines(string(list)) {
		compiled[strings.TrimSpace(line)] = true
	}
	return compiled, nil
}
