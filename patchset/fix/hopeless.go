// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"fmt"
	"regexp"

	"spotos/patchset/build"
)

// mistake is what the compiler says of text that is no C. Anything else that it says of a patched file, whose original
// it took, is for want of what other files of the fix's version have: a function, a field, a constant. lacking is what
// it says of a file that cannot be compiled apart from the rest of the source.
var (
	mistake = regexp.MustCompile(`\bexpected |stray |missing terminating|unterminated|at end of input|#else|#end`)
	lacking = regexp.MustCompile(`No such file or directory|nor a rule to make it`)
)

// hopeless makes a refusal of the compiler's error if it is no mistake in the fix: the original compiles and the
// patched file needs what other files lack, or the original needs more than its directory to be compiled.
func (m *maker) hopeless(c *compiled, err *build.CompileError) error {
	switch {
	case m.implied[c.file]: // it is the header's change that it does not go with, see notCompiled
		return err
	case c.original != nil && !mistake.MatchString(err.Reason):
		return one(c.file, fmt.Sprintf("needs more than its own changes, since the rest of this kernel's source does not "+
			"go with it (%s)", err.Reason), "add the changes of the other file, a header mostly, to the diff, or take the "+
			"functions that need none of them")
	case c.original == nil && lacking.MatchString(err.Reason):
		return one(c.file, fmt.Sprintf("cannot be compiled apart from the rest of the kernel (%s)", err.Reason),
			"write this patch by hand, see spotos patch new")
	}
	return err
}
