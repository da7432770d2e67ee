// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"fmt"
	"os/exec"
	"strings"

	"spotos/patchset/build"
)

// ToolsError says which programs are not installed that Make needs.
type ToolsError struct {
	Programs []string
	Packages []string // of Debian, that have them
}

func (e *ToolsError) Error() string {
	return fmt.Sprintf("no patch can be built here: there is no %s: apt-get install %s, or build it on a machine that "+
		"has them, with --kernel", strings.Join(e.Programs, ", nor "), strings.Join(e.Packages, " "))
}

// Tools returns a *ToolsError if a program is not installed that Make needs for the kernel. Make itself would find that
// out one by one, and late.
func (k *Kernel) Tools() error {
	compiler, err := build.CompilerOf(k.Headers)
	if err != nil {
		return err
	}
	var missing ToolsError
	for _, tool := range []struct{ program, from string }{
		{"make", "make"}, {compiler, compiler}, {"objcopy", "binutils"}, {"perl", "perl"}, {"dpkg-deb", "dpkg"},
	} {
		if _, err := exec.LookPath(tool.program); err != nil {
			missing.Programs = append(missing.Programs, tool.program)
			missing.Packages = append(missing.Packages, tool.from)
		}
	}
	if len(missing.Programs) > 0 {
		return &missing
	}
	return nil
}
