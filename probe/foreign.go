// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"spotos/internal/kernelbtf"
)

// Kernels before 6.12.58 lose a redirection in one case: a function is redirected, then it gets a trampoline that has
// entry programs only, and then its first exit program. The kernel forgets to tell the new trampoline that it has to
// call what the redirection says; in some releases it even leaves ftrace without a handler, which is its end until the
// next boot. Our pair begins with the exit program, so it does not do that to itself. With entry programs of another
// tool it would.

// errShared says why a function is not probed there.
var errShared = errors.New("another tool has a probe on its entry, and a probe on its exit beside that would undo " +
	"the redirection on this kernel; watch it again once that tool has gone")

// mayAttach returns nil if an exit program can be attached to a function without harm.
func mayAttach(name string) error {
	old, err := losesRedirections()
	if err != nil || !old {
		return err
	}
	redirected, trampoline, err := ftraceState(name)
	if err != nil || !redirected || !trampoline {
		return err
	}
	// With an exit program on it, the trampoline knows of the redirection, and will not forget it.
	switch has, err := hasExitProgram(name); {
	case err != nil:
		return err
	case has:
		return nil
	}
	return errShared
}

func losesRedirections() (bool, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return false, fmt.Errorf("reading the kernel's release: %w", err)
	}
	return losesRedirectionsIn(unix.ByteSliceToString(u.Release[:])), nil
}

func losesRedirectionsIn(release string) bool {
	var major, minor, patch int
	if n, _ := fmt.Sscanf(release, "%d.%d.%d", &major, &minor, &patch); n < 2 {
		return true // an unknown one
	}
	return major < 6 || major == 6 && (minor < 12 || minor == 12 && patch < 58)
}

// ftraceState reports whether anything redirects a function, and whether BPF programs share a trampoline on it.
func ftraceState(name string) (redirected, trampoline bool, err error) {
	const list = "enabled_functions"
	data, err := os.ReadFile("/sys/kernel/tracing/" + list)
	if errors.Is(err, fs.ErrNotExist) {
		data, err = os.ReadFile("/sys/kernel/debug/tracing/" + list)
	}
	if err != nil {
		return false, false, fmt.Errorf("reading who traces %s: %w: mount -t tracefs tracefs /sys/kernel/tracing", name, err)
	}
	redirected, trampoline = ftraceFlags(string(data), name)
	return redirected, trampoline, nil
}

// ftraceFlags reads lines such as "pair_encode [pair_target] (2) R I D	tramp: …" for a function. Lines of several
// functions of that name count together.
func ftraceFlags(list, name string) (redirected, trampoline bool) {
	for line := range strings.Lines(list) {
		head, _, _ := strings.Cut(line, "\ttramp:")
		of, flags, ok := strings.Cut(head, ") ")
		if !ok || strings.HasPrefix(line, "\t") {
			continue
		}
		if first, _, _ := strings.Cut(of, " "); first != name {
			continue
		}
		for _, flag := range strings.Fields(flags) {
			redirected = redirected || flag == "I"
			trampoline = trampoline || flag == "D"
		}
	}
	return redirected, trampoline
}

// hasExitProgram reports whether a program is attached that runs at the end of a function's calls.
func hasExitProgram(name string) (bool, error) {
	has := false
	err := eachTracing(func(_ link.ID, t *link.TracingInfo) error {
		if kind := ebpf.AttachType(t.AttachType); kind == ebpf.AttachTraceFExit || kind == ebpf.AttachModifyReturn {
			target, err := targetOf(t)
			has = has || err == nil && target == name
		}
		return nil
	})
	return has, err
}

// targetOf returns the name of the function that a program is attached to.
func targetOf(t *link.TracingInfo) (string, error) {
	handle, err := btf.NewHandleFromID(btf.ID(t.TargetObjectId))
	if err != nil {
		return "", fmt.Errorf("opening the BTF of a program's target: %w", err)
	}
	defer handle.Close()
	info, err := handle.Info()
	if err != nil {
		return "", fmt.Errorf("reading the BTF of a program's target: %w", err)
	}
	if !info.IsVmlinux() && !info.IsModule() {
		return "", errors.New("the target is a program")
	}
	spec, err := kernelbtf.Types(info.Name)
	if err != nil {
		return "", err
	}
	var target btf.Type
	if err := kernelbtf.Unfold(func() error {
		target, err = spec.TypeByID(btf.TypeID(t.TargetBtfId))
		return err
	}); err != nil {
		return "", err
	}
	return target.TypeName(), nil
}
