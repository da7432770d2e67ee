// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"spotos/patchset"
	"spotos/patchset/fix"
	"spotos/patchset/lookup"
	"spotos/patchset/prototype"
)

// moduleName matches the names that a patch's module may have.
var moduleName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,54}$`)

// newPatchFlags say of which functions a patch is started, and for which kernel.
type newPatchFlags struct {
	value         string // to return at once; "" for a patch by hand
	kernel        string
	source, cache string
	file          string // of the source, that the functions are in

	headers string // of the kernel, once it is found
}

// patchNewCommand returns the command patch new.
func (f *flags) patchNewCommand() *cobra.Command {
	var x newPatchFlags
	cmd := &cobra.Command{Use: "new NAME [FUNCTION...]", Args: cobra.MinimumNArgs(1),
		Short: "Start a patch by hand, or a stop-gap that has functions refuse at once",
		Long: `Makes the directory NAME with a patch of these functions that builds as it is: its source, a Makefile, and the
header spotos_patch.h. The patch gets the name of the directory. The functions' types come from the kernel's own type
information (BTF), so no source is needed. What cannot be patched is refused by name (exit code 5).

With --return the functions do nothing but return that value: a stop-gap for a hole that has no fix yet. It is an error
such as -EOPNOTSUPP, a number, true or false, NULL, ERR_PTR:-EIO where a pointer is returned, a constant of the
enumeration that is returned, or void. A value that a function's type cannot have is refused.

Without it the bodies are yours to write. Where the kernel's source is at hand, in --cache or as --source, the original
stands below each as a comment; nothing is downloaded.

FUNCTION is the name of a function of the kernel itself, MODULE:NAME of one in a module; NAME,2 is the second of that
name in the order of /proc/kallsyms. If NAME stands alone and is a function of the kernel, the patch is of that one;
else it is an example, which replaces what prints /proc/version.`,
		Example: `  spotos patch new no-unix-ioctl --return -EOPNOTSUPP unix_ioctl
  spotos patch new my-fix unix_ioctl sctp:sctp_setsockopt
  spotos patch new unix_ioctl`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("return") && x.value == "" {
				return usageError{errors.New("--return names no value: leave it out for a patch by hand")}
			}
			return f.newPatch(cmd, &x, args[0], args[1:])
		}}
	flags := cmd.Flags()
	flags.StringVar(&x.value, "return", "", "have the functions return this `VALUE` at once")
	flags.StringVar(&x.kernel, "kernel", fix.Running,
		"kernel to patch: its release, or a `directory` of the lab's kernels")
	flags.StringVar(&x.source, "source", "", "the kernel's source: a directory, a tarball, or Debian's package")
	f.add(flags, "cache")
	flags.StringVar(&x.file, "file", "", "`file` of the source that the functions are in")
	return cmd
}

// newPatch makes the directory of a patch.
func (f *flags) newPatch(cmd *cobra.Command, x *newPatchFlags, given string, functions []string) error {
	x.cache = f.cache
	dir, err := filepath.Abs(given)
	if err != nil {
		return err
	}
	name := patchset.DisplayName(filepath.Base(dir))
	module := patchset.ModuleName(name)
	if !moduleName.MatchString(module) {
		return usageError{fmt.Errorf("%q is no name for a patch: "+
			"want at most 55 small letters, digits and dashes, a letter first", filepath.Base(dir))}
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("making a patch in %s: the directory is not empty: name a new one", given)
	}
	files, err := x.files(cmd.Context(), given, name, functions, cmd.Flags().Changed("kernel"))
	if err != nil {
		return refusedFix(err)
	}
	if err := writeFiles(dir, files); err != nil {
		return fmt.Errorf("making a patch in %s: %w", given, err)
	}
	f.printFile(filepath.Join(given, module+".c"))
	x.next(given)
	return nil
}

// next says what to do with a new patch.
func (x *newPatchFlags) next(dir string) {
	build := "spotos patch build " + dir
	if x.kernel != fix.Running {
		build += " --kernel-dir " + x.headers
	}
	if x.value == "" {
		note("edit it, then: " + build)
		return
	}
	note("look who uses it, see docs/patches.md, then: " + build)
}

// files returns the content of the patch's directory, by the files' names.
func (x *newPatchFlags) files(ctx context.Context, given, name string, functions []string, chosen bool) (
	map[string][]byte, error) {
	var value *prototype.Value
	if x.value != "" {
		v, err := prototype.ParseValue(x.value)
		if err != nil {
			return nil, usageError{fmt.Errorf("--return: %w", err)}
		}
		value = &v
		if len(functions) == 0 {
			return nil, usageError{errors.New("--return: name the patch, and then the functions that are to return that")}
		}
	}
	if n := len(functions); n > patchset.MaxFunctions {
		return nil, usageError{fmt.Errorf("%d functions: a patch can have %d", n, patchset.MaxFunctions)}
	}
	files, err := fix.FindKernel(x.kernel)
	alone := len(functions) == 0
	if err != nil && alone && !chosen {
		return exampleFiles(name) // no kernel is needed for that
	}
	if err != nil {
		return nil, err
	}
	x.headers = files.Headers
	k, err := lookup.Open(files)
	if err != nil {
		return nil, err
	}
	switch meant := !strings.ContainsAny(given, "/-") && k.Has(given); {
	case alone && !meant:
		return exampleFiles(name)
	case alone:
		functions = []string{given}
	case meant && len(functions) > 0 && functions[0] != given:
		return nil, usageError{fmt.Errorf("%s is a function of the kernel, and the patch's name comes first: write "+
			"spotos patch new NAME %s %s", given, given, strings.Join(functions, " "))}
	}
	found, err := k.FindAll(functions)
	if err != nil {
		return nil, err
	}
	return x.functionFiles(ctx, k, name, value, found)
}
