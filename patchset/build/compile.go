// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Source is one C file of a kernel's source, to be compiled as kbuild does.
type Source struct {
	KernelDir string // the kernel's headers, configured, as linux-headers has them
	Tree      string // the source; of the file's directory all must be there
	File      string // relative to Tree: net/ipv4/raw.c
	Rules     string // the directory whose rules compile it, relative to Tree; "": the file's own
	// OwnHeaders has headers under Tree/include and Tree/arch/x86/include come before those of KernelDir.
	OwnHeaders bool

	ending string // of what make makes, "" for an object
}

// CompileError says that the compiler or make refused a file.
type CompileError struct {
	File   string
	Reason string // the first error, with file and line where there are any
	Output string // all that was printed
}

func (e *CompileError) Error() string { return "compiling " + e.File + ": " + e.Reason }

// Compile compiles a file and returns its object and what make and the compiler printed. It writes beside the source;
// only one file of a directory may be compiled at a time. When ctx ends it kills make and all that make started, and
// leaves no object. If the object was made of files outside of Tree, KernelDir and the compiler's own, it fails.
func Compile(ctx context.Context, source Source) (*Object, string, error) {
	source, err := source.checked()
	if err != nil {
		return nil, "", err
	}
	if err := source.clean(); err != nil {
		return nil, "", err
	}
	args, err := source.args()
	if err != nil {
		return nil, "", err
	}
	output, err := source.run(ctx, "make", append(args, source.target())...)
	if err == nil {
		err = source.unmixed(output)
	}
	if err != nil {
		_ = os.Remove(source.object())
		return nil, output, err
	}
	data, err := os.ReadFile(source.object())
	if err != nil {
		return nil, output, fmt.Errorf("compiling %s: make made no object: %w", source.File, err)
	}
	object, err := Read(data)
	if err != nil {
		return nil, output, fmt.Errorf("reading the object of %s: %w", source.File, err)
	}
	return object, output, nil
}

// clean removes what make has made of the file before.
func (s Source) clean() error {
	for _, old := range []string{s.object(), s.kept(".cmd"), s.kept(".d")} {
		if err := os.Remove(old); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("removing an earlier object of %s: %w", s.File, err)
		}
	}
	return nil
}

// names are flags that have the file and the kernel's headers named as the kernel's build named them, wherever they
// are: since 6.13 kbuild does so only for what it builds itself, and names a file by its path from the rules. make
// knows where the headers are.
func (s Source) names() []string {
	target := s.target()
	file := strings.TrimSuffix(target, filepath.Ext(target)) + ".c"
	return []string{"-fmacro-prefix-map=$(abs_srctree)/=", "-fmacro-prefix-map=" + file + "=" + s.File}
}

// args returns the arguments for make but for the targets.
func (s Source) args() ([]string, error) {
	args := []string{"-C", s.KernelDir, "M=" + s.rules(), "V=1",
		"KCFLAGS=" + strings.Join(append(s.flags(), s.names()...), " ")}
	// The kernel's Makefile takes check… and help… for what needs neither, checkpoint.o and helpers.o as well.
	args = append(args, "need-config=1", "need-compiler=1")
	if s.OwnHeaders {
		compiler, err := s.compiler()
		if err != nil {
			return nil, err
		}
		args = append(args, "CC="+compiler)
	}
	return args, nil
}

// checked returns the source with absolute paths that no link hides, as the compiler will name them.
func (s Source) checked() (Source, error) {
	for _, dir := range []*string{&s.KernelDir, &s.Tree} {
		path, err := filepath.Abs(*dir)
		if err == nil {
			path, err = filepath.EvalSymlinks(path)
		}
		if err != nil {
			return s, fmt.Errorf("compiling %s: %w", s.File, err)
		}
		*dir = path
	}
	if !filepath.IsLocal(s.File) || filepath.Ext(s.File) != ".c" {
		return s, fmt.Errorf("%s is no C file of a kernel's source, so it cannot be compared by functions", s.File)
	}
	if s.Rules == "" {
		s.Rules = filepath.Dir(s.File)
	}
	if !filepath.IsLocal(s.Rules) {
		return s, fmt.Errorf("compiling %s: the rules in %s are of another source", s.File, s.Rules)
	}
	// kbuild's command lines know no quoting.
	if strings.ContainsAny(s.Tree+s.KernelDir+s.File+s.Rules, " \t\n#$\"'\\:") {
		return s, fmt.Errorf("compiling %s: make takes no path with spaces or signs like # and $: move %s or %s", s.File,
			s.Tree, s.KernelDir)
	}
	if _, err := os.Stat(s.path()); err != nil {
		return s, fmt.Errorf("compiling %s: %w", s.File, err)
	}
	return s, nil
}

func (s Source) path() string  { return filepath.Join(s.Tree, s.File) }
func (s Source) rules() string { return filepath.Join(s.Tree, s.Rules) }

// object is what make makes of the file.
func (s Source) object() string { return strings.TrimSuffix(s.path(), ".c") + cmp.Or(s.ending, ".o") }

// target is what make calls the object: by its path from the rules.
func (s Source) target() string {
	target, err := filepath.Rel(s.rules(), s.object())
	if err != nil { // both are absolute
		panic(err)
	}
	return target
}

// kept is a file in which kbuild or the compiler keeps of what the object was made.
func (s Source) kept(suffix string) string {
	return filepath.Join(filepath.Dir(s.path()), "."+filepath.Base(s.object())+suffix)
}

// flags have each function and variable in a section of its own, and name files in messages as the kernel's build does.
func (s Source) flags() []string {
	flags := []string{"-ffunction-sections", "-fdata-sections", "-fmacro-prefix-map=" + s.Tree + "/="}
	if s.OwnHeaders {
		flags = append(flags, "-g") // whatever the configuration says: types are compared
	}
	return flags
}

// run runs a command in the directory of the kernel's headers.
func (s Source) run(ctx context.Context, name string, args ...string) (string, error) {
	output, err := Run(ctx, s.KernelDir, name, args...)
	if ctx.Err() != nil {
		return output, fmt.Errorf("compiling %s: %w", s.File, ctx.Err())
	}
	var full *FullError
	if errors.As(err, &full) {
		return output, full
	}
	if err != nil {
		return output, &CompileError{s.File, strings.ReplaceAll(firstError(output, err), s.Tree+"/", ""), output}
	}
	return output, nil
}
