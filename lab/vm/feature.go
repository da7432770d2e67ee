// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"spotos/lab/wire"
)

// A feature is one part of the VM. It returns the arguments that it needs of QEMU and of the kernel's command line.
type feature interface {
	flags(fds *descriptors) []string
	kernelArgs() []string
}

// descriptors lists the files that QEMU inherits, so that none needs a name in a file system.
type descriptors struct{ files []*os.File }

// add returns the number that f will have in QEMU.
func (d *descriptors) add(f *os.File) int {
	d.files = append(d.files, f)
	return 2 + len(d.files)
}

// machine is the computer itself.
type machine struct {
	cpus   int
	memory string // as QEMU takes it: 1G
	icount bool   // guest time counts instructions; one CPU
	idles  bool   // with icount: a sleep lasts as long for the host as for the guest
	kvm    bool
}

// emulatedCPU has all that QEMU emulates but cmpxchg16b. QEMU 7.2 computes the flags of that instruction from an
// outdated state: an interrupt right after it may then return with any flag set, which is a double fault. The kernel's
// memory allocator executes it all the time, unless the CPU lacks it.
const emulatedCPU = "max,-cx16"

func (m machine) flags(*descriptors) []string {
	flags := []string{
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-machine", "q35", "-m", m.memory,
	}
	switch {
	case m.icount:
		count := "shift=0,sleep=off"
		if m.idles {
			count = "shift=0"
		}
		return append(flags, "-cpu", emulatedCPU, "-smp", "1", "-accel", "tcg,thread=single", "-icount", count)
	case m.kvm:
		return append(flags, "-cpu", "host", "-smp", strconv.Itoa(m.cpus), "-accel", "kvm")
	}
	return append(flags, "-cpu", emulatedCPU, "-smp", strconv.Itoa(m.cpus), "-accel", "tcg,thread=single")
}

func (machine) kernelArgs() []string {
	// An oops leaves a broken kernel behind, so it ends the run at once; a warning is reported after the run.
	// The ratelimit on user space's lines would hide some of those that tests write to /dev/kmsg. While it boots the
	// kernel counts the timer's interrupts, and takes the timer for broken where a busy host runs it too slowly.
	return []string{"panic=-1", "oops=panic", "printk.devkmsg=on", "no_timer_check", wire.InitEnv + "=1"}
}

// patience is how long the kernel lets a task be blocked before it warns: as much longer on a slow host as all else may
// take.
type patience time.Duration

func (patience) flags(*descriptors) []string { return nil }

func (p patience) kernelArgs() []string {
	return []string{fmt.Sprintf("sysctl.kernel.hung_task_timeout_secs=%.0f", time.Duration(p).Seconds())}
}

// bootFiles are the kernel and its initramfs.
type bootFiles struct {
	kernel string
	initrd *os.File
}

func (b bootFiles) flags(fds *descriptors) []string {
	return []string{"-kernel", b.kernel, "-initrd", fmt.Sprintf("/proc/self/fd/%d", fds.add(b.initrd))}
}

func (bootFiles) kernelArgs() []string { return nil }

// serialLog is the first serial line, where the kernel logs.
type serialLog struct{ end *os.File }

func (s serialLog) flags(fds *descriptors) []string {
	return []string{"-chardev", socketChardev("log", fds.add(s.end)), "-serial", "chardev:log"}
}

func (serialLog) kernelArgs() []string { return []string{"console=ttyS0", "loglevel=7"} }

// serialConsole is the second serial line, the interactive one.
type serialConsole struct{ end *os.File }

func (s serialConsole) flags(fds *descriptors) []string {
	return []string{"-chardev", socketChardev("tty", fds.add(s.end)), "-serial", "chardev:tty"}
}

func (serialConsole) kernelArgs() []string { return nil }

// portBus holds the ports.
type portBus struct{}

func (portBus) flags(*descriptors) []string { return []string{"-device", "virtio-serial-pci"} }
func (portBus) kernelArgs() []string        { return nil }

// port is a virtio port with a name.
type port struct {
	name string
	end  *os.File
}

func (p port) flags(fds *descriptors) []string {
	return []string{
		"-chardev", socketChardev(p.name, fds.add(p.end)),
		"-device", fmt.Sprintf("virtserialport,chardev=%s,name=%s", p.name, p.name),
	}
}

func (port) kernelArgs() []string { return nil }

// appended are the user's own kernel arguments, last so that they win.
type appended string

func (appended) flags(*descriptors) []string { return nil }
func (a appended) kernelArgs() []string      { return strings.Fields(string(a)) }

func socketChardev(id string, fd int) string {
	return fmt.Sprintf("socket,id=%s,fd=%d", id, fd)
}

// kvmUsable reports whether KVM can run a stock kernel here. That /dev/kvm exists is not enough: the CPU must offer
// hardware virtualization.
func kvmUsable() bool {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return false
	}
	fields := strings.Fields(string(info))
	for _, field := range fields {
		if field == "vmx" || field == "svm" {
			return unix.Access("/dev/kvm", unix.R_OK|unix.W_OK) == nil
		}
	}
	return false
}
