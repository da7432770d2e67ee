// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"fmt"
	"path/filepath"
	"strings"

	"spotos/patchset"
)

const livepatches = "/sys/kernel/livepatch"

// livepatchOn returns the livepatch module that has taken a function, "" if none has.
func livepatchOn(root string, f patchset.Function) string {
	found, err := filepath.Glob(filepath.Join(root, "*", f.Object, fmt.Sprintf("%s,%d", f.Name, max(f.Position, 1))))
	if err != nil || len(found) == 0 {
		return ""
	}
	taken := strings.TrimPrefix(found[0], root+"/")
	module, _, _ := strings.Cut(taken, "/")
	return module
}

// doubtOf says why the count of the i-th function may be wrong for a reason that the probes do not see. Its calls that
// were in a livepatch's replacement before the watch are not in its text, so no listing finds them; and where livepatch
// comes or goes during the watch, the kernel makes another trampoline, and calls inside the old one do not report their
// end.
func (o *operation) doubtOf(i int) string {
	module := livepatchOn(livepatches, o.p.Functions[i])
	if module == "" {
		return ""
	}
	const text = "livepatch module %s replaces the function: its calls from before the watch are not counted"
	return fmt.Sprintf(text, module)
}
