// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Kind says what a refusal prevents.
type Kind string

// The kinds of refusal.
const (
	NoSwitch Kind = "switch"  // the patch cannot be switched here
	NoWatch  Kind = "watch"   // it can be switched, but its calls cannot be counted
	NoModule Kind = "module"  // a module must be loaded first
	Shared   Kind = "shared"  // it can be switched, and another function changes with it
	Unknown  Kind = "unknown" // a fact could not be read, so there is no verdict
)

// Refusal is one thing that stands in the way of a patch.
type Refusal struct {
	Kind     Kind
	Function string // "" where it concerns the whole patch
	Why      string
	Do       string // what a person can do about it
}

// String returns the refusal as one line for a person.
func (r Refusal) String() string { return r.Why + "; " + r.Do }

// Judge says what stands in the way of a patch on a kernel whose functions have these owners. Nothing does if it
// returns none.
func Judge(p *Patch, k *Kernel, owners Owners) []Refusal { return judge(p, k, owners, true) }

// JudgeSwitch says what prevents a switch, and nothing else: it does not read what only watching needs.
func JudgeSwitch(p *Patch, k *Kernel, owners Owners) []Refusal {
	return slices.DeleteFunc(judge(p, k, owners, false), func(r Refusal) bool { return r.Kind != NoSwitch })
}

// judge is Judge; watch: say also what prevents watching.
func judge(p *Patch, k *Kernel, owners Owners, watch bool) []Refusal {
	var found []Refusal
	found = append(found, judgeVersion(p, k)...)
	found = append(found, judgeBuild(p, k)...)
	found = append(found, judgeSymbols(p)...)
	found = append(found, judgeModules(p, k)...)
	found = append(found, judgeFacts(p, k)...)
	if watch {
		found = append(found, judgeTypes(k)...)
	}
	if owners.Err != nil {
		found = append(found, Refusal{Unknown, "",
			fmt.Sprintf("which functions other patches have switched is unknown: %v", owners.Err),
			"spotos doctor says whether the module spotos can be asked"})
	}
	if p.Livepatch {
		found = append(found, Refusal{NoSwitch, "", p.Name + " is a livepatch module",
			"load it with insmod: this version switches only patches built for SPOTOS"})
	}
	if p.Livepatch && len(p.Functions) == 0 {
		found = append(found, Refusal{Unknown, "",
			fmt.Sprintf("%s makes its list of functions when it loads, so the file does not tell them", p.Name),
			"it can be loaded, but not watched before"})
	}
	seen := make(map[Function]bool)
	for _, f := range p.Functions {
		key := Function{Name: f.Name, Object: f.Object, Position: f.Position}
		if seen[key] {
			found = append(found, Refusal{NoSwitch, f.Name, fmt.Sprintf("%s lists %s twice", p.Name, f.Name),
				"list every function once in SPOTOS_PATCH()"})
			continue
		}
		seen[key] = true
		found = append(found, judgeFunction(p, f, k, owners, watch)...)
	}
	return found
}

// judgeVersion compares the kernel that a patch was built for with the one that runs. The kernel itself would load a
// module of another release if the symbols' versions match. SPOTOS refuses it: a replacement is a copy of one
// release's code.
func judgeVersion(p *Patch, k *Kernel) []Refusal {
	if p.Release() != k.Release {
		return []Refusal{{NoSwitch, "",
			fmt.Sprintf("%s was built for kernel %s, and %s runs", p.Name, p.Release(), k.Release),
			fmt.Sprintf("build it against the headers of %s", k.Release)}}
	}
	if k.Vermagic != "" && strings.TrimSpace(p.Vermagic) != strings.TrimSpace(k.Vermagic) {
		return []Refusal{{NoSwitch, "", fmt.Sprintf("%s was built for a kernel with other options: it says %q, the "+
			"kernel's own modules say %q", p.Name, p.Vermagic, k.Vermagic),
			"build it against the headers of the kernel that runs"}}
	}
	return nil
}

// judgeSymbols refuses a patch that was built without the versions of spotos.ko's symbols: the kernel would not load
// it.
func judgeSymbols(p *Patch) []Refusal {
	if p.Livepatch || slices.Contains(p.Depends, "spotos") {
		return nil
	}
	return []Refusal{{NoSwitch, "", fmt.Sprintf("%s was built without the versions of spotos.ko's symbols, so the "+
		"kernel will not load it", p.Name),
		"build it with spotos patch build, or with KBUILD_EXTRA_SYMBOLS naming the Module.symvers of spotos.ko"}}
}

// judgeModules names the modules that must be loaded before the patch and are not.
func judgeModules(p *Patch, k *Kernel) []Refusal {
	missing, err := p.Missing(k)
	if err != nil {
		return []Refusal{{Unknown, "", err.Error(), "/proc must be mounted and readable"}}
	}
	var found []Refusal
	for _, name := range missing {
		found = append(found, p.Needs(name))
	}
	return found
}

// needSymbols says what to do if the kernel's symbols cannot be read.
const needSymbols = "the kernel needs CONFIG_KALLSYMS, and /proc must be mounted"

// judgeFacts reports what is missing for a verdict on any function.
func judgeFacts(p *Patch, k *Kernel) []Refusal {
	var found []Refusal
	switch {
	case errors.Is(k.AddressesErr, ErrHidden):
		found = append(found, Refusal{NoWatch, "", ErrHidden.Error(), ShowAddresses})
	case k.AddressesErr != nil:
		found = append(found, Refusal{Unknown, "", k.AddressesErr.Error(), needSymbols})
	}
	found = append(found, judgeFtrace(k)...)
	if k.livepatchErr != nil && !errors.Is(k.livepatchErr, fs.ErrNotExist) {
		found = append(found, Refusal{Unknown, "",
			fmt.Sprintf("which functions livepatch has switched is unknown: %v", k.livepatchErr),
			"run as root, with sysfs mounted on /sys"})
	} else if p.Livepatch && k.livepatchErr != nil {
		found = append(found, Refusal{NoSwitch, "", fmt.Sprintf("this kernel has no livepatch: %v", k.livepatchErr),
			"it needs a kernel with CONFIG_LIVEPATCH"})
	}
	return found
}

// judgeTypes says whether the kernel's types, which probes need, can be read.
func judgeTypes(k *Kernel) []Refusal {
	if err := k.btfErr(VMLinux); err != nil {
		return []Refusal{{NoWatch, "", err.Error(), "watching needs a kernel with CONFIG_DEBUG_INFO_BTF"}}
	}
	return nil
}

// needTracing says what to do if the functions that can be traced cannot be listed.
const needTracing = "run as root, with tracefs mounted: mount -t tracefs tracefs /sys/kernel/tracing"

// judgeFtrace says whether calls can be redirected at all.
func judgeFtrace(k *Kernel) []Refusal {
	var found []Refusal
	switch {
	case k.brokenFtrace():
		return []Refusal{{NoSwitch, "", "ftrace is broken on this machine (see dmesg), so nothing can be redirected",
			"reboot it"}}
	case k.ftraceErr != nil:
		found = append(found, Refusal{Unknown, "", fmt.Sprintf("reading whether ftrace is switched on: %v", k.ftraceErr),
			"it needs a kernel with CONFIG_DYNAMIC_FTRACE, and /proc mounted"})
	case k.ftrace == "0":
		// The module refuses to arm: it could not tell that from a function that something else redirects.
		found = append(found, Refusal{NoSwitch, "", "ftrace is switched off, and calls are redirected by it",
			"switch it on: sysctl kernel.ftrace_enabled=1"})
	}
	if k.traceableErr != nil {
		found = append(found, Refusal{Unknown, "", fmt.Sprintf("reading which functions can be traced: %v", k.traceableErr),
			needTracing})
	}
	return found
}
