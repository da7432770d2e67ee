// SPDX-License-Identifier: GPL-2.0-only

package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/sys/unix"

	"spotos/patchset"
)

// What to do about facts that cannot be read.
const (
	mountProc = "mount /proc: mount -t proc proc /proc"
	runAsRoot = "run it as root of the machine itself: sudo spotos doctor"
)

// tried lists the kernels that SPOTOS is tested on.
var tried = []string{"6.1.", "6.12."}

func release(p Place) []Line {
	const name = "kernel"
	r, err := p.read("proc/sys/kernel/osrelease")
	if err != nil {
		return unknown(name, err, mountProc)
	}
	var major, minor int
	if _, err := fmt.Sscanf(r, "%d.%d", &major, &minor); err != nil || major < 6 || major == 6 && minor < 1 {
		return []Line{{name, Fail, r, "it needs Linux 6.1 or newer: before 6.0, redirections and probes exclude each other"}}
	}
	for _, series := range tried {
		if strings.HasPrefix(r, series) {
			return ok(name, r)
		}
	}
	return []Line{{name, Warn, r, "SPOTOS is tested on Debian's 6.1 and 6.12: try a harmless patch first"}}
}

// needed lists kernel options, each with a function that exists only with it. So no configuration file is needed.
var needed = []struct{ option, function, why string }{
	{"CONFIG_KPROBES", "register_kprobe", "functions are found by name with it"},
	{"CONFIG_DYNAMIC_FTRACE_WITH_REGS", "ftrace_regs_caller", "calls are redirected with it"},
	{"CONFIG_UNWINDER_ORC", "unwind_module_init", "stacks are read with it"},
	{"CONFIG_MODULE_UNLOAD", "__do_sys_delete_module", "reverted patches are unloaded with it"},
	{"CONFIG_BPF_SYSCALL", "bpf_prog_load", "calls are counted with it"},
}

func options(p Place) []Line {
	const name = "kernel options"
	switch {
	case errors.Is(p.symbolsErr, fs.ErrNotExist) || p.symbolsErr == nil && p.symbols == "":
		return []Line{{"CONFIG_KALLSYMS", Fail, "/proc/kallsyms cannot be read",
			"it needs a kernel with CONFIG_KALLSYMS, and /proc mounted"}}
	case p.symbolsErr != nil:
		return unknown("CONFIG_KALLSYMS", p.symbolsErr, runAsRoot)
	}
	var lines []Line
	var found []string
	for _, n := range needed {
		if p.has(n.function) {
			found = append(found, n.option)
			continue
		}
		lines = append(lines, Line{n.option, Fail, "not in this kernel: it has no function " + n.function,
			n.why + ": it needs a kernel built with " + n.option})
	}
	return append(lines, Line{name, OK, strings.Join(found, " "), ""})
}

// addresses looks whether the kernel shows where its functions are.
func addresses(p Place) []Line {
	const name = "addresses"
	switch err := patchset.CheckAddresses(p.Root); {
	case errors.Is(err, patchset.ErrHidden):
		return []Line{{name, Unknown, err.Error(), patchset.ShowAddresses}}
	case err != nil:
		return unknown(name, err, mountProc)
	}
	return ok(name, "shown")
}

func btf(p Place) []Line {
	const name = "type information"
	_, err := fs.Stat(p.Root, "sys/kernel/btf/vmlinux")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []Line{{name, Warn, "no /sys/kernel/btf/vmlinux: nothing can be counted, only the slow check finds a safe " +
			"point",
			"counting needs a kernel with CONFIG_DEBUG_INFO_BTF"}}
	case err != nil:
		return unknown(name, err, runAsRoot)
	}
	return ok(name, "/sys/kernel/btf/vmlinux")
}

// broken is the line for ftrace after it met an inconsistency. It then does nothing any more until a reboot, and every
// file of its says that there is no such device.
func broken(name string) []Line {
	return []Line{{name, Fail, "ftrace is broken on this machine (see dmesg), so nothing can be redirected", "reboot it"}}
}

func tracefs(p Place) []Line {
	const name, list = "tracefs", "available_filter_functions"
	var found error
	for _, dir := range []string{"sys/kernel/tracing/", "sys/kernel/debug/tracing/"} {
		f, err := p.Root.Open(dir + list)
		switch {
		case err == nil:
			f.Close()
			return ok(name, "/"+strings.TrimSuffix(dir, "/"))
		case errors.Is(err, unix.ENODEV):
			return broken(name)
		case !errors.Is(err, fs.ErrNotExist):
			found = err
		}
	}
	if found != nil {
		return unknown(name, found, runAsRoot)
	}
	return []Line{{name, Warn, "not to be read: nobody can tell beforehand whether a function can be traced",
		"mount it: mount -t tracefs tracefs /sys/kernel/tracing"}}
}

func ftraceEnabled(p Place) []Line {
	const name, file = "ftrace", "proc/sys/kernel/ftrace_enabled"
	on, err := p.setting(file, "0", "1")
	switch {
	case errors.Is(err, unix.ENODEV):
		return broken(name)
	case errors.Is(err, fs.ErrNotExist):
		return []Line{{name, Fail, "no kernel.ftrace_enabled", "it needs a kernel with CONFIG_DYNAMIC_FTRACE"}}
	case err != nil:
		return unknown(name, err, runAsRoot)
	case on == "0":
		return []Line{{name, Fail, "kernel.ftrace_enabled = 0: no call is redirected",
			"switch it on: sysctl kernel.ftrace_enabled=1"}}
	}
	return ok(name, "kernel.ftrace_enabled = 1")
}
