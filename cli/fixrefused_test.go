// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"spotos/patchset/build"
	"spotos/patchset/source"
	"spotos/session"
)

// TestManyReasons gives the first of many reasons and how many more there are, and keeps all of them for --verbose.
func TestManyReasons(t *testing.T) {
	var of build.RefusedError
	var hunks []error
	for i := range 40 {
		of.Refusals = append(of.Refusals, build.Refusal{Symbol: fmt.Sprint("f", i), Why: "is gone", Remedy: "keep it"})
		hunks = append(hunks, &source.Refusal{File: fmt.Sprint("f", i), Why: "is gone"})
	}
	few := &build.RefusedError{Refusals: of.Refusals[:13]}
	files := &build.RefusedError{Refusals: of.Refusals[:1], Files: []string{"a.S", "b.S"}}
	for name, c := range map[string]struct {
		err        error
		lines, all int
		end        string
	}{
		"functions": {&of, 14, 40, "\nand 28 more reasons\n(--verbose names all of them)"},
		"hunks":     {errors.Join(hunks...), 14, 40, "\nand 28 more reasons\n(--verbose names all of them)"},
		"few":       {few, 13, 0, "f12 is gone: keep it"},
		"files":     {files, 2, 3, "f0 is gone: keep it\n(--verbose names all of them)"},
	} {
		var refused *session.Refusal
		if !errors.As(refusedFix(c.err), &refused) {
			t.Fatalf("%s: not refused", name)
		}
		all := 0
		if refused.All != "" {
			all = strings.Count(refused.All, "\n") + 1
		}
		if lines := strings.Count(refused.Reason, "\n") + 1; lines != c.lines || all != c.all ||
			!strings.HasSuffix(refused.Reason, c.end) {
			t.Errorf("%s: %d lines, and %d in all:\n%s", name, lines, all, refused.Reason)
		}
	}
}
