// SPDX-License-Identifier: GPL-2.0-only

package guest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"spotos/lab/wire"
)

// mountAll mounts the file systems that a program expects of a Linux system.
func mountAll() error {
	for _, m := range []struct{ kind, dir, options string }{
		{"proc", "/proc", ""},
		{"sysfs", "/sys", ""},
		{"devtmpfs", "/dev", ""},
		{"devpts", "/dev/pts", "ptmxmode=0666,mode=0620"},
		{"tmpfs", "/dev/shm", "mode=1777"},
		{"tmpfs", "/run", "mode=0755"},
		{"cgroup2", "/sys/fs/cgroup", ""},
		{"bpf", "/sys/fs/bpf", "mode=0700"},
		{"debugfs", "/sys/kernel/debug", ""},
		{"tracefs", "/sys/kernel/tracing", ""},
		{"securityfs", "/sys/kernel/security", ""},
	} {
		if _, err := os.Stat(m.dir); m.kind == "securityfs" && errors.Is(err, fs.ErrNotExist) {
			continue // a kernel without it
		}
		if err := os.MkdirAll(m.dir, 0o755); err != nil {
			return fmt.Errorf("mounting %s: %w", m.dir, err)
		}
		if err := unix.Mount(m.kind, m.dir, m.kind, 0, m.options); err != nil {
			return fmt.Errorf("mounting %s: %w", m.dir, err)
		}
	}
	for _, link := range []struct{ target, path string }{
		{"/proc/self/fd", "/dev/fd"},
		{"/proc/self/fd/0", "/dev/stdin"},
		{"/proc/self/fd/1", "/dev/stdout"},
		{"/proc/self/fd/2", "/dev/stderr"},
	} {
		if err := os.Symlink(link.target, link.path); err != nil {
			return fmt.Errorf("setting up /dev: %w", err)
		}
	}
	return mountTmp()
}

// mountTmp mounts /tmp unless the image has files there: they are in memory just the same.
func mountTmp() error {
	if err := os.MkdirAll("/tmp", 0o777); err != nil {
		return fmt.Errorf("mounting /tmp: %w", err)
	}
	entries, err := os.ReadDir("/tmp")
	if err == nil && len(entries) == 0 {
		err = unix.Mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777")
	}
	if err == nil {
		err = os.Chmod("/tmp", 0o1777|os.ModeSticky)
	}
	if err != nil {
		return fmt.Errorf("mounting /tmp: %w", err)
	}
	return nil
}

// mountShares mounts the host's directories. The guest caches what it reads: what is read-only must not change while
// the VM runs. What it writes it does not keep back, since nothing unmounts when a VM ends.
func mountShares(shares []wire.Share) error {
	for _, s := range shares {
		if err := os.MkdirAll(s.Dir, 0o755); err != nil {
			return fmt.Errorf("mounting share %s: %w", s.Dir, err)
		}
		const options = "trans=virtio,version=9p2000.L,msize=262144,access=any,cache="
		if s.Copied {
			if err := bindReadOnly(s.Copy(), s.Dir); err != nil {
				return fmt.Errorf("mounting share %s: %w", s.Dir, err)
			}
			continue
		}
		cache, flags := "loose", uintptr(unix.MS_RDONLY)
		if s.Writable {
			cache, flags = "none", 0
		}
		if err := unix.Mount(s.Tag, s.Dir, "9p", flags, options+cache); err != nil {
			return fmt.Errorf("mounting share %s: %w (this kernel needs the modules 9p and 9pnet_virtio)", s.Dir, err)
		}
	}
	return nil
}

// bindReadOnly mounts a directory of the image elsewhere, read-only, as one of the host would be.
func bindReadOnly(from, dir string) error {
	if err := unix.Mount(from, dir, "", unix.MS_BIND, ""); err != nil {
		return err
	}
	return unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, "")
}
