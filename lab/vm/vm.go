// SPDX-License-Identifier: GPL-2.0-only

// Package vm boots a kernel in QEMU and runs one command in it.
//
// None of its files has a name in a file system, and QEMU dies with the thread that started it: whatever kills the
// runner, nothing is left behind.
package vm

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"spotos/lab/wire"
)

const qemuProgram = "qemu-system-x86_64"

// Run boots the VM, runs the job and switches it off. When ctx ends it stops the VM at once and
// returns the context's cause. A guest that failed, or had not ended at ctx's deadline, gives a *GuestError.
func Run(ctx context.Context, config Config) (*Result, error) {
	run, err := prepare(&config)
	if err != nil {
		return nil, err
	}
	defer run.close()
	started := make(chan error)
	go run.qemu(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", qemuProgram, err)
	}
	return run.follow(ctx)
}

// lines holds the host's ends of the VM's lines.
type lines struct{ log, tty, control, stdin, stdout, stderr net.Conn }

// running is a VM that runs.
type running struct {
	config *Config
	cmd    *exec.Cmd
	ended  chan struct{}   // closed when QEMU has ended; only then may said be read
	said   strings.Builder // by QEMU itself
	lines  lines
	theirs []*os.File // inherited by QEMU, ours until it has started
	log    kernelLog
	stdout *outlet
	stderr *outlet
}

// prepare makes the image, the lines and QEMU's command.
func prepare(config *Config) (*running, error) {
	program, err := exec.LookPath(qemuProgram)
	if err != nil {
		return nil, fmt.Errorf("starting the lab: %w: install it (Debian: apt-get install qemu-system-x86)", err)
	}
	run := &running{config: config, ended: make(chan struct{}), stdout: newOutlet(config.Stdout),
		stderr: newOutlet(config.Stderr)}
	features, err := run.features()
	if err != nil {
		run.close()
		return nil, err
	}
	fds := &descriptors{}
	var flags, args []string
	for _, f := range features {
		flags = append(flags, f.flags(fds)...)
		args = append(args, f.kernelArgs()...)
	}
	run.cmd = exec.Command(program, append(flags, "-append", strings.Join(args, " "))...)
	run.cmd.ExtraFiles = fds.files
	run.cmd.Stderr = &run.said
	// In a process group of its own, so that a terminal's ctrl-c reaches only this program.
	run.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	return run, nil
}

// features lists the parts of this VM.
func (r *running) features() ([]feature, error) {
	c := r.config
	wanted := []string{"virtio_pci", "virtio_console"}
	shares, err := c.shareDirs()
	if err != nil {
		return nil, err
	}
	if len(shares) > 0 {
		wanted = append(wanted, "9pnet_virtio", "9p")
	}
	drivers, err := c.Kernel.drivers(wanted...)
	if err != nil {
		return nil, err
	}
	initrd, copied, err := buildImage(*c, drivers)
	if err != nil {
		return nil, err
	}
	r.theirs = append(r.theirs, initrd)
	memory := c.Memory
	if copied > 0 {
		memory = enlarged(memory, 4*copied) // the image's files may fill half of the memory, and the image is in it, too
	}
	computer := machine{cpus: c.CPUs, memory: memory, icount: c.ICount, idles: c.Job.Console != nil, kvm: kvmUsable()}
	features := []feature{computer, patience(c.HungTask), bootFiles{c.Kernel.Image, initrd}}
	if !computer.icount && !computer.kvm {
		features = append(features, clockRate(timeStampKHz()))
	}
	features = append(features, shares...)
	links, err := r.connect()
	if err != nil {
		return nil, err
	}
	return append(append(features, links...), appended(c.Append)), nil
}

// connect makes the lines between this program and QEMU.
func (r *running) connect() ([]feature, error) {
	features := []feature{portBus{}}
	for _, line := range []struct {
		name string
		conn *net.Conn
		make func(*os.File) feature
	}{
		{"kernel log", &r.lines.log, func(f *os.File) feature { return serialLog{f} }},
		{"console", &r.lines.tty, func(f *os.File) feature { return serialConsole{f} }},
		{wire.PortControl, &r.lines.control, func(f *os.File) feature { return port{wire.PortControl, f} }},
		{wire.PortStdin, &r.lines.stdin, func(f *os.File) feature { return port{wire.PortStdin, f} }},
		{wire.PortStdout, &r.lines.stdout, func(f *os.File) feature { return port{wire.PortStdout, f} }},
		{wire.PortStderr, &r.lines.stderr, func(f *os.File) feature { return port{wire.PortStderr, f} }},
	} {
		conn, theirs, err := socketPair(line.name)
		if err != nil {
			return nil, err
		}
		*line.conn = conn
		r.theirs = append(r.theirs, theirs)
		features = append(features, line.make(theirs))
	}
	return features, nil
}

// qemu starts QEMU and waits for it, on a thread that lives as long: the kernel sends the death signal when the thread
// that forked ends, not the process.
func (r *running) qemu(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := r.cmd.Start()
	for _, f := range r.theirs {
		f.Close()
	}
	r.theirs = nil
	started <- err
	if err == nil {
		r.cmd.Wait()
		close(r.ended)
	}
}

func (r *running) close() {
	for _, f := range r.theirs {
		f.Close()
	}
	l := r.lines
	for _, conn := range []net.Conn{l.log, l.tty, l.control, l.stdin, l.stdout, l.stderr} {
		if conn != nil {
			conn.Close()
		}
	}
}
