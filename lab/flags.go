// SPDX-License-Identifier: GPL-2.0-only

package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"spotos/internal/timescale"
	"spotos/lab/vm"
)

// Time limits, stretched by SPOTOS_TIME_SCALE.
const (
	bootLimit = 2 * time.Minute
	stopLimit = 30 * time.Second
	hungTask  = 2 * time.Minute // the kernel's own default
)

// vmFlags holds the flags of every command that boots a VM.
type vmFlags struct {
	kernel  string
	cpus    int
	memory  string
	icount  bool
	append  string
	shares  []string
	files   []string
	roots   []string
	modules string
	load    []string
	env     []string
}

func (f *vmFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.kernel, "kernel", "6.12", "kernel to boot: a series under .kernels, such a directory, or a vmlinuz")
	flags.IntVar(&f.cpus, "cpus", 2, "virtual CPUs")
	flags.StringVar(&f.memory, "memory", "1G", "the VM's memory")
	flags.BoolVar(&f.icount, "icount", false,
		"let guest time count instructions, so that figures repeat, and skip what is idle, but not on the console; on one "+
			"CPU whatever --cpus says")
	flags.StringVar(&f.append, "append", "", "further kernel `arguments`")
	flags.StringArrayVar(&f.shares, "share", nil, "mount a host directory read-only, as `DIR[:GUESTDIR]`")
	flags.StringArrayVar(&f.files, "file", nil, "copy a host file into the VM, as `HOST:GUEST`")
	flags.StringArrayVar(&f.roots, "root", nil, "copy all files below a host `directory` into the VM, as if it were its /")
	flags.StringVar(&f.modules, "modules", "",
		"`directory` of the project's kernel modules (default ../build/RELEASE beside this program)")
	flags.StringSliceVar(&f.load, "load", []string{"spotos"}, "modules of those to load where they exist; '' for none")
	flags.StringArrayVar(&f.env, "env", nil, "set a variable for the command, as `NAME=VALUE`, or NAME to pass it on")
}

// config turns the flags into the description of a run.
func (f *vmFlags) config() (vm.Config, error) {
	kernel, err := vm.FindKernel(f.kernel)
	if err != nil {
		return vm.Config{}, err
	}
	if f.cpus < 1 {
		return vm.Config{}, errors.New("reading --cpus: a VM has at least one")
	}
	scale, err := timescale.Factor()
	if err != nil {
		return vm.Config{}, err
	}
	config := vm.Config{
		Kernel: kernel, CPUs: f.cpus, Memory: f.memory, ICount: f.icount, Append: f.append,
		Shares: map[string]string{},
		// Where a machine has it: spotos patch check proves a fix by the code in it.
		Files:     map[string]string{"/boot/vmlinuz-" + kernel.Release: kernel.Image},
		BootLimit: time.Duration(scale * float64(bootLimit)),
		StopLimit: time.Duration(scale * float64(stopLimit)),
		HungTask:  time.Duration(scale * float64(hungTask)),
	}
	if config.Modules, err = f.modulesDir(kernel.Release); err != nil {
		return vm.Config{}, err
	}
	for _, name := range f.load {
		if name != "" {
			config.Job.Load = append(config.Job.Load, name)
		}
	}
	for _, name := range f.env {
		if !strings.Contains(name, "=") {
			name += "=" + os.Getenv(name)
		}
		config.Job.Env = append(config.Job.Env, name)
	}
	return config, f.addPaths(&config)
}

// addRoot adds all files below a directory.
func addRoot(config *vm.Config, dir string) error {
	return filepath.WalkDir(dir, func(host string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("reading --root: %w", err)
		}
		inside, err := filepath.Rel(dir, host)
		if err == nil && !entry.IsDir() {
			config.Files["/"+filepath.ToSlash(inside)] = host
		}
		return err
	})
}

// addPaths reads --root, --share and --file.
func (f *vmFlags) addPaths(config *vm.Config) error {
	for _, dir := range f.roots { // first, so that --file has the last word
		if err := addRoot(config, dir); err != nil {
			return err
		}
	}
	for _, s := range f.shares {
		host, inside, split := strings.Cut(s, ":")
		host, err := filepath.Abs(host)
		if err != nil {
			return fmt.Errorf("reading --share %s: %w", s, err)
		}
		if !split {
			inside = host
		}
		if info, err := os.Stat(host); err != nil {
			return fmt.Errorf("reading --share %s: %w", s, err)
		} else if !info.IsDir() {
			return fmt.Errorf("reading --share %s: %s is no directory: copy it with --file", s, host)
		}
		config.Shares[inside] = host
	}
	for _, s := range f.files {
		host, inside, split := strings.Cut(s, ":")
		if !split || !filepath.IsAbs(inside) {
			return fmt.Errorf("reading --file %s: want HOST:GUEST with an absolute path in the guest", s)
		}
		config.Files[inside] = host
	}
	return nil
}

// modulesDir returns the directory of the project's modules for a kernel, "" if they are not built.
func (f *vmFlags) modulesDir(release string) (string, error) {
	if f.modules != "" {
		if _, err := os.Stat(f.modules); err != nil {
			return "", fmt.Errorf("reading --modules: %w", err)
		}
		return f.modules, nil
	}
	exe, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding the modules: %w", err)
	}
	dir := filepath.Join(filepath.Dir(exe), "..", "build", release)
	if _, err := os.Stat(dir); err != nil {
		if _, err := os.Stat(filepath.Dir(dir)); err == nil { // for other kernels it is
			fmt.Fprintf(os.Stderr, "spotos.ko is not built for %s, so nothing can be switched in the VM: "+
				"make modules KERNELS=%s\n", release, filepath.Base(f.kernel))
		}
		return "", nil
	}
	return dir, nil
}
