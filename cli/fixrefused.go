// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"spotos/patchset/build"
	"spotos/patchset/running"
	"spotos/patchset/source"
	"spotos/session"
)

// refusedFix gives the error of a fix that cannot become a patch the exit code for that, and takes what the compiler
// said out of the sentence.
func refusedFix(err error) error {
	var refused *build.RefusedError
	var other *running.Difference
	var compiler *build.CompileError
	switch {
	case errors.As(err, &compiler):
		return &session.Explained{Raw: compiler.Output, Sentence: err.Error()}
	case errors.As(err, &refused), errors.As(err, &other), errors.Is(err, build.ErrSame), len(source.Refusals(err)) > 0:
		var files []string
		if refused != nil {
			files = refused.Files
		}
		return noPatch(err, files)
	}
	return err
}

// mostReasons is how many reasons a refusal gives, each a line.
const mostReasons = 12

// noPatch refuses a fix. Of many reasons it gives the first ones, and names files with the rest of them.
func noPatch(err error, files []string) *session.Refusal {
	reasons := strings.Split(err.Error(), "\n")
	refused := &session.Refusal{}
	if more := len(reasons) - mostReasons; more > 1 || len(files) > 0 {
		refused.All = strings.Join(append(slices.Clone(reasons), files...), "\n")
		if more > 1 {
			reasons = append(reasons[:mostReasons], fmt.Sprintf("and %d more reasons", more))
		}
		reasons = append(reasons, "(--verbose names all of them)")
	}
	refused.Reason = "no patch was made: " + strings.Join(reasons, "\n")
	return refused
}
