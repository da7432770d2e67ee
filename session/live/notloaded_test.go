// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestNotLoaded wants the error of a module that was not loaded to say why: in the words of the kernel's log, as far as
// they are about this module, or else in those of the error itself.
func TestNotLoaded(t *testing.T) {
	for _, test := range []struct {
		err      error
		log      string
		says, no string
	}{
		{unix.EINVAL, "livepatch: symbol 'pn_x' not found in symbol table", "symbol 'pn_x' not found", "does not have"},
		{unix.ENOENT, "a_fix: Unknown symbol pn_y (err -2)\nother_fix: Unknown symbol z", "Unknown symbol pn_y", "other_fix"},
		{unix.ENOEXEC, "a_fix: version magic '6.1.0-46' should be '6.1.0-47'", "version magic '6.1.0-46'", "damaged"},
		{unix.ENOENT, "a_fix: module pn is not loaded, or is being unloaded", "pn is not loaded", "what is not there"},
		{unix.EKEYREJECTED, "Loading of unsigned module is rejected", "unsigned module is rejected", "key that"},
		{unix.EINVAL, "module a_fix uses symbol s from namespace N, but does not import it.", "namespace N", "other"},
		{unix.EINVAL, "a_fix: loading out-of-tree module taints kernel.", "does not have in that form", "taints"},
		{unix.EINVAL, "a_fixed: is another", "does not have in that form", "another"},
		{unix.EPERM, "", "spotos doctor says", "dmesg"},
		{unix.ENOMEM, "eth0: link up", "there is no memory for it", "eth0"},
		{unix.EBUSY, "", "try again", "dmesg"},
		{unix.EFAULT, "", "dmesg", "kernel says"},
	} {
		err := notLoaded("/p/a_fix.ko", test.err, about(strings.Split(test.log, "\n"), "a_fix"))
		if !errors.Is(err, test.err) || !strings.HasPrefix(err.Error(), "loading /p/a_fix.ko: ") ||
			!strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), test.no) {
			t.Errorf("%v, %q: %v", test.err, test.log, err)
		}
	}
}
