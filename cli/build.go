// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"spotos/patchset/fix"
)

// Places of the Module.symvers of spotos.ko, which a patch is built against: a file beside the catalogue, or a
// directory in which DKMS keeps one per kernel.
const (
	symversFile = "Module.symvers.spotos"
	symversDir  = "/lib/spotos/symvers"
)

// patchBuildCommand returns the command patch build.
func (f *flags) patchBuildCommand() *cobra.Command {
	var kernelDir, symvers string
	var from fixFlags
	cmd := &cobra.Command{Use: "build [DIR]", PreRunE: f.load, Args: cobra.MaximumNArgs(1),
		Short: "Build a patch from a fix of the kernel's source, or from a directory",
		Long: `Builds one patch.

From a fix: --diff names a unified diff or a mail with one, - for standard input; --to a newer version of Debian's
kernel source, of which --file and --function take a part; --recipe a fix that is known, by its name.
The source of the kernel is downloaded as Debian's package, which is said before, and kept in --cache; --source names
one that is here already. Only the touched files are compiled, as they were and as they are to be; what they were is
proved to be the code of the kernel; what changed becomes the patch. What cannot be switched is refused by name (exit
code 5).

From a directory that spotos patch new made: runs make there, with the kernel's headers in --kernel-dir. What the patch
declares extern and the kernel does not export is found in the files of that kernel and said; what cannot be found, or
not told from a namesake, is refused by name (exit code 5). If make fails its first error is said; build.log in the
directory has its whole output, which --verbose prints. Warnings are always printed.`,
		Example: `  spotos patch build --diff fix.patch
  spotos patch build --recipe unix-ioctl
  spotos patch build --to 6.1.192-2 --file net/unix/af_unix.c --function unix_ioctl`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if from.wanted() {
				return f.buildFix(cmd.Context(), &from, args, symvers)
			}
			if len(args) == 0 {
				return usageError{errors.New("name what to build: a fix by --diff, --to or --recipe, or a directory that " +
					"spotos patch new made")}
			}
			kernelDir, err := headers(kernelDir)
			if err != nil {
				return err
			}
			if symvers, err = f.symversFor(kernelDir, symvers); err != nil {
				return err
			}
			made := &directory{path: args[0], headers: kernelDir, symvers: symvers}
			return f.buildDirectory(cmd.Context(), made)
		}}
	f.registerFix(cmd.Flags(), &from)
	cmd.Flags().StringVar(&kernelDir, "kernel-dir", "",
		"for a directory: `directory` of the kernel's headers (default /lib/modules/RELEASE/build)")
	cmd.Flags().StringVar(&symvers, "symvers", "",
		"Module.symvers `file` of spotos.ko (default: beside the catalogue, or where DKMS keeps it)")
	return cmd
}

// symversFor returns the Module.symvers of spotos.ko for the kernel of these headers, given unless it is "". The kernel
// loads no patch that was built without one.
func (f *flags) symversFor(kernelDir, given string) (string, error) {
	if given != "" {
		return filepath.Abs(given)
	}
	release, err := fix.ReleaseOf(kernelDir)
	if err != nil {
		return "", fmt.Errorf("%w: name a kernel's headers with --kernel-dir, or the Module.symvers with --symvers", err)
	}
	places := []string{filepath.Join(filepath.Dir(f.patches), symversFile),
		filepath.Join(symversDir, release, "Module.symvers")}
	for _, file := range places {
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
	}
	return "", fmt.Errorf("finding what spotos.ko exports: neither %s: dkms install spotos for that kernel, "+
		"or name the Module.symvers of its build with --symvers", strings.Join(places, " nor "))
}

// headers returns the absolute path of the kernel's headers; those of the running kernel if dir is "".
func headers(dir string) (string, error) {
	const remedy = "the package linux-headers-RELEASE has them; or name their directory with --kernel-dir"
	if dir == "" {
		var uts unix.Utsname
		if err := unix.Uname(&uts); err != nil {
			return "", fmt.Errorf("asking for the kernel's release: %w", err)
		}
		dir = filepath.Join("/lib/modules", unix.ByteSliceToString(uts.Release[:]), "build")
	}
	if _, err := os.Stat(filepath.Join(dir, "Makefile")); err != nil {
		return "", fmt.Errorf("finding the kernel's headers: %w: %s", err, remedy)
	}
	return filepath.Abs(dir)
}
