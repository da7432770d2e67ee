// SPDX-License-Identifier: GPL-2.0-only

package doctor

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func rights(p Place) []Line {
	const name = "rights"
	for line := range strings.Lines(p.text("proc/self/status")) {
		hex, found := strings.CutPrefix(line, "CapEff:")
		if !found {
			continue
		}
		caps, err := strconv.ParseUint(strings.TrimSpace(hex), 16, 64)
		if err == nil && caps>>unix.CAP_SYS_ADMIN&1 == 1 {
			return ok(name, "CAP_SYS_ADMIN")
		}
	}
	return []Line{{name, Fail, "no CAP_SYS_ADMIN: some of what follows cannot be seen either",
		"run it as root: sudo spotos doctor"}}
}

// tried lists the kernels that SPOTOS is tested on.
var tried = []string{"6.1.", "6.12."}

func release(p Place) []Line {
	const name = "kernel"
	r := p.text("proc/sys/kernel/osrelease")
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
	data, err := fs.ReadFile(p.Root, "proc/kallsyms")
	if err != nil || len(data) == 0 {
		return []Line{{"CONFIG_KALLSYMS", Fail, "/proc/kallsyms cannot be read",
			"it needs a kernel with CONFIG_KALLSYMS, and /proc mounted"}}
	}
	symbols := string(data)
	var lines []Line
	var found []string
	for _, n := range needed {
		// A clone of it, such as register_kprobe.part.0, counts as well.
		if strings.Contains(symbols, " "+n.function+"\n") || strings.Contains(symbols, " "+n.function+".") {
			found = append(found, n.option)
			continue
		}
		lines = append(lines, Line{n.option, Fail, "not in this kernel: it has no function " + n.function,
			n.why + ": it needs a kernel built with " + n.option})
	}
	return append(lines, Line{name, OK, strings.Join(found, " "), ""})
}

func btf(p Place) []Line {
	const name = "type information"
	if _, err := fs.Stat(p.Root, "sys/kernel/btf/vmlinux"); err != nil {
		return []Line{{name, Warn, "no /sys/kernel/btf/vmlinux: nothing can be counted, only the slow check finds a safe " +
			"point",
			"counting needs a kernel with CONFIG_DEBUG_INFO_BTF"}}
	}
	return ok(name, "/sys/kernel/btf/vmlinux")
}

func tracefs(p Place) []Line {
	const name, list = "tracefs", "available_filter_functions"
	for _, dir := range []string{"sys/kernel/tracing/", "sys/kernel/debug/tracing/"} {
		if f, err := p.Root.Open(dir + list); err == nil {
			f.Close()
			return ok(name, "/"+strings.TrimSuffix(dir, "/"))
		}
	}
	return []Line{{name, Warn, "not to be read: nobody can tell beforehand whether a function can be traced",
		"mount it: mount -t tracefs tracefs /sys/kernel/tracing"}}
}

func ftraceEnabled(p Place) []Line {
	const name = "ftrace"
	switch p.text("proc/sys/kernel/ftrace_enabled") {
	case "1":
		return ok(name, "kernel.ftrace_enabled = 1")
	case "0":
		return []Line{{name, Fail, "kernel.ftrace_enabled = 0: no call is redirected",
			"switch it on: sysctl kernel.ftrace_enabled=1"}}
	}
	return []Line{{name, Fail, "no kernel.ftrace_enabled", "it needs a kernel with CONFIG_DYNAMIC_FTRACE"}}
}

func jit(p Place) []Line {
	const name = "BPF compiler"
	if p.text("proc/sys/net/core/bpf_jit_enable") == "0" {
		return []Line{{name, Warn, "net.core.bpf_jit_enable = 0: no probe can be attached",
			"switch it on: sysctl net.core.bpf_jit_enable=1"}}
	}
	return ok(name, "on")
}

func lockdown(p Place) []Line {
	const name = "lockdown"
	modes := p.text("sys/kernel/security/lockdown")
	switch {
	case strings.Contains(modes, "[confidentiality]"):
		return []Line{{name, Fail, "confidentiality: no probe may read the kernel, and unsigned modules are refused",
			"boot without lockdown=confidentiality; integrity does with signed modules"}}
	case strings.Contains(modes, "[integrity]"):
		return []Line{{name, Warn, "integrity: only signed modules load",
			"sign spotos.ko and the patches with a key that the kernel trusts"}}
	}
	return ok(name, "none")
}

func signatures(p Place) []Line {
	const name = "module signatures"
	if p.text("sys/module/module/parameters/sig_enforce") == "Y" {
		return []Line{{name, Warn, "enforced: only signed modules load",
			"sign spotos.ko and the patches with a key that the kernel trusts"}}
	}
	return ok(name, "not enforced")
}

func modulesDisabled(p Place) []Line {
	const name = "loading modules"
	if p.text("proc/sys/kernel/modules_disabled") == "1" {
		return []Line{{name, Fail, "kernel.modules_disabled = 1: no patch can be loaded", "only a reboot takes that back"}}
	}
	return ok(name, "allowed")
}
