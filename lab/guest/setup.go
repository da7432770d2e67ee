// SPDX-License-Identifier: GPL-2.0-only

package guest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"spotos/lab/wire"
)

const hostname = "spotos-lab"

// setUp makes the rest of the system that the job asks for.
func setUp(job *wire.Job) error {
	for path, text := range map[string]string{
		"/etc/passwd":   "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
		"/etc/group":    "root:x:0:\nnogroup:x:65534:\n",
		"/etc/hostname": hostname + "\n",
		"/etc/hosts":    "127.0.0.1 localhost " + hostname + "\n::1 localhost\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return fmt.Errorf("setting up: %w", err)
		}
	}
	for _, dir := range []string{"/root", "/var/log/spotos", "/var/tmp", "/mnt"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("setting up: %w", err)
		}
	}
	if err := unix.Sethostname([]byte(hostname)); err != nil {
		return fmt.Errorf("setting the host name: %w", err)
	}
	os.Clearenv() // it holds the kernel arguments that the kernel did not know
	for name, value := range map[string]string{
		"PATH": "/bin:/sbin:/usr/bin:/usr/sbin", "HOME": "/root", "USER": "root", wire.InitEnv: "1",
	} {
		os.Setenv(name, value)
	}
	if err := loopbackUp(); err != nil {
		return err
	}
	if err := mountShares(job.Shares); err != nil {
		return err
	}
	return loadModules(job.Load)
}

// loopbackUp switches lo on; the kernel gives it 127.0.0.1 and ::1 by itself.
func loopbackUp() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("bringing the loopback up: %w", err)
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return fmt.Errorf("bringing the loopback up: %w", err)
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("bringing the loopback up: %w", err)
	}
	return nil
}

// loadDrivers loads modules in the order given.
func loadDrivers(files []string) error {
	for _, file := range files {
		if err := insertModule(file); err != nil {
			return err
		}
	}
	return nil
}

// loadModules loads those of the project's modules that the image has.
func loadModules(names []string) error {
	for _, name := range names {
		err := insertModule(filepath.Join(wire.ModulesDir, name+".ko"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func insertModule(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("loading module: %w", err)
	}
	defer file.Close()
	if err := unix.FinitModule(int(file.Fd()), "", 0); err != nil && err != unix.EEXIST {
		return fmt.Errorf("loading module %s: %w (the kernel log says more)", path, err)
	}
	return nil
}
