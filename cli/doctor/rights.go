// SPDX-License-Identifier: GPL-2.0-only

package doctor

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"spotos/internal/namespace"
)

func rights(p Place) []Line {
	const name = "rights"
	status, err := p.read("proc/self/status")
	if err != nil {
		return unknown(name, err, mountProc)
	}
	if err := namespace.Whole(p.Root, namespace.User); errors.Is(err, namespace.ErrPart) {
		return []Line{{name, Fail, "root of a user namespace, which has no right over the machine",
			"run it as root of the machine"}}
	} else if err != nil {
		return unknown(name, err, mountProc)
	}
	for line := range strings.Lines(status) {
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

// processes looks whether all processes of the machine can be seen, under the numbers that the kernel has for them.
func processes(p Place) []Line {
	const name = "processes"
	why, do := namespace.Why(p.Root)
	switch err := namespace.Whole(p.Root, namespace.PID); {
	case err == nil:
		return ok(name, "all of the machine's")
	case errors.Is(err, namespace.ErrPart):
		return []Line{{name, Fail, why, do}}
	default:
		return unknown(name, err, do)
	}
}

func jit(p Place) []Line {
	const name = "BPF compiler"
	on, err := p.setting("proc/sys/net/core/bpf_jit_enable", "0", "1", "2")
	switch {
	case err != nil:
		return unknown(name, err, "run it in the machine's own network namespace; it needs a kernel with CONFIG_BPF_JIT")
	case on == "0":
		return []Line{{name, Warn, "net.core.bpf_jit_enable = 0: no probe can be attached",
			"switch it on: sysctl net.core.bpf_jit_enable=1"}}
	}
	return ok(name, "on")
}

// lockdown reads the mode in brackets.
func lockdown(p Place) []Line {
	const name = "lockdown"
	modes, err := p.read("sys/kernel/security/lockdown")
	switch {
	case errors.Is(err, fs.ErrNotExist) && p.lacks("lockdown_is_locked_down"):
		return ok(name, "none: this kernel has no lockdown")
	case errors.Is(err, fs.ErrNotExist):
		return unknown(name, err, "mount it: mount -t securityfs securityfs /sys/kernel/security")
	case err != nil:
		return unknown(name, err, runAsRoot)
	case strings.Contains(modes, "[confidentiality]"):
		return []Line{{name, Fail, "confidentiality: no probe may read the kernel, and unsigned modules are refused",
			"boot without lockdown=confidentiality; integrity does with signed modules"}}
	case strings.Contains(modes, "[integrity]"):
		return []Line{{name, Warn, "integrity: only signed modules load", signThem}}
	case strings.Contains(modes, "[none]"):
		return ok(name, "none")
	}
	return unknown(name, errors.New("/sys/kernel/security/lockdown says "+strconv.Quote(modes)), reportIt)
}

const (
	signThem = "sign spotos.ko and the patches with a key that the kernel trusts"
	reportIt = "look at the kernel's documentation, and report this"
)

func signatures(p Place) []Line {
	const name = "module signatures"
	enforced, err := p.setting("sys/module/module/parameters/sig_enforce", "Y", "N")
	switch {
	case errors.Is(err, fs.ErrNotExist) && p.lacks("is_module_sig_enforced"):
		return ok(name, "not enforced: this kernel checks none")
	case err != nil:
		return unknown(name, err, "mount sysfs: mount -t sysfs sysfs /sys")
	case enforced == "Y":
		return []Line{{name, Warn, "enforced: only signed modules load", signThem}}
	}
	return ok(name, "not enforced")
}

func modulesDisabled(p Place) []Line {
	const name = "loading modules"
	disabled, err := p.setting("proc/sys/kernel/modules_disabled", "0", "1")
	switch {
	case err != nil:
		return unknown(name, err, "it needs a kernel with CONFIG_MODULES, and /proc mounted")
	case disabled == "1":
		return []Line{{name, Fail, "kernel.modules_disabled = 1: no patch can be loaded", "only a reboot takes that back"}}
	}
	return ok(name, "allowed")
}
