// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// ObjtoolLater reports whether the kernel that these headers are of runs objtool over linked modules, and not over
// each object. Then an object has none of the tables that objtool makes, and must keep the notes that objtool reads.
func ObjtoolLater(kernelDir string) (bool, error) {
	config, err := os.ReadFile(filepath.Join(kernelDir, "include/config/auto.conf"))
	if err != nil {
		return false, fmt.Errorf("reading the kernel's configuration: %w: the package linux-headers-RELEASE has it", err)
	}
	for _, option := range []string{"CONFIG_X86_KERNEL_IBT=y\n", "CONFIG_LTO_CLANG=y\n"} {
		if bytes.Contains(config, []byte("\n"+option)) {
			return true, nil
		}
	}
	return false, nil
}

// CompilerOf returns the name of the compiler that the kernel of these headers was built with, such as gcc-12.
func CompilerOf(kernelDir string) (string, error) {
	config, err := os.ReadFile(filepath.Join(kernelDir, "include/config/auto.conf"))
	if err != nil {
		return "", fmt.Errorf("reading the kernel's configuration: %w: the package linux-headers-RELEASE has it", err)
	}
	match := compilerName.FindSubmatch(config)
	if match == nil {
		return "", fmt.Errorf("the kernel's configuration in %s names no compiler", kernelDir)
	}
	return string(match[1]), nil
}

// compiler returns the compiler that the kernel was built with, told to look into the tree's own headers first. kbuild
// itself has no place for a directory before its own.
func (s Source) compiler() (string, error) {
	command, err := CompilerOf(s.KernelDir)
	if err != nil {
		return "", fmt.Errorf("compiling %s with its own headers: %w", s.File, err)
	}
	for _, dir := range []string{"arch/x86/include", "include", "arch/x86/include/uapi", "include/uapi"} {
		command += " -I" + filepath.Join(s.Tree, dir)
	}
	return command, nil
}

// compilerName is the compiler in a kernel's configuration.
var compilerName = regexp.MustCompile(`(?m)^CONFIG_CC_VERSION_TEXT="?([^\s"]+)`)

// command returns the compiler's command that kbuild printed, "" if it printed none. Since 6.13 kbuild works in the
// module's directory, and names the object by its place there.
func (s Source) command(printed string) string {
	for line := range strings.Lines(printed) {
		if strings.Contains(line, " -o "+s.rules()+"/"+s.target()+" ") || strings.Contains(line, " -o "+s.target()+" ") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// MadeOf returns the files that a compiled object was made of: those of the tree by their paths in it, others by
// absolute ones. It is to be called after Compile.
func (s Source) MadeOf() ([]string, error) {
	s, err := s.checked()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(s.kept(".cmd"))
	if err != nil {
		return nil, fmt.Errorf("compiling %s: nobody said of what the object was made: %w", s.File, err)
	}
	var files []string
	for _, file := range strings.Fields(string(text)) {
		if ext := filepath.Ext(file); strings.HasPrefix(file, "/") && (ext == ".h" || ext == ".c") {
			files = append(files, strings.TrimPrefix(filepath.Clean(file), s.Tree+"/"))
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// unmixed fails if the object was made of a header that belongs neither to the tree nor to the kernel's headers.
func (s Source) unmixed(printed string) error {
	files, err := s.MadeOf()
	if err != nil {
		return err
	}
	mine := []string{s.KernelDir + "/", "/usr/lib/gcc"}
	// Debian has the headers that kernels of one version share in a second package.
	for _, match := range includeDir.FindAllStringSubmatch(s.command(printed), -1) {
		mine = append(mine, match[1]+"/")
	}
	for _, file := range files {
		if strings.HasPrefix(file, "/") && !hasPrefix(file, mine) {
			return fmt.Errorf("compiling %s: it includes %s, which is of another kernel: give each version of the "+
				"source a directory of its own", s.File, file)
		}
	}
	return nil
}

// includeDir is a directory of headers on a compiler's command line, written by kbuild.
var includeDir = regexp.MustCompile(`-I(/\S*?)/include\b`)

// compilerError is what gcc prints of an error; makeErrors is what else stops a build.
var (
	compilerError = regexp.MustCompile(`(?m)^(\S+?):(\d+)(?::\d+)?: (?:fatal )?error: (.*)$`)
	makeErrors    = []struct {
		printed *regexp.Regexp
		means   string
	}{
		{regexp.MustCompile(`No rule to make target '([^']+)'`), "the source has no %s, nor a rule to make it"},
		{regexp.MustCompile(`(\S+): (?:No such file or directory|command not found|not found)\s`), "there is no %s"},
		{regexp.MustCompile(`(?m)^(\S*: (?:warning|error): objtool: .*)$`), "%s"},
	}
)

// firstError returns in one sentence why a build failed.
func firstError(output string, err error) string {
	if m := compilerError.FindStringSubmatch(output); m != nil {
		return fmt.Sprintf("%s, line %s: %s", m[1], m[2], strings.TrimSpace(m[3]))
	}
	for _, e := range makeErrors {
		if m := e.printed.FindStringSubmatch(output); m != nil {
			return fmt.Sprintf(e.means, m[1])
		}
	}
	return fmt.Sprintf("make ended with %v and no reason that is known here", err)
}
