// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"cmp"
	"slices"
	"strings"
)

// Refusal is one reason why a difference cannot become a patch.
type Refusal struct {
	Symbol string // the function, variable or section in the way
	Why    string // begins with a verb: "is written to"
	Remedy string // what to do instead
}

func (r Refusal) String() string { return r.Symbol + " " + r.Why + ": " + r.Remedy }

// RefusedError has all the reasons why two objects cannot become a patch, by the symbols' names.
type RefusedError struct {
	Refusals []Refusal
	Files    []string // all of those of which a refusal names only the first ones
}

func (e *RefusedError) Error() string {
	lines := make([]string, len(e.Refusals))
	for i, r := range e.Refusals {
		lines[i] = r.String()
	}
	return strings.Join(lines, "\n")
}

// Refused returns the error for some refusals, each once, or nil if there are none.
func Refused(refusals []Refusal) error {
	if len(refusals) == 0 {
		return nil
	}
	slices.SortFunc(refusals, func(a, b Refusal) int {
		return cmp.Or(cmp.Compare(a.Symbol, b.Symbol), cmp.Compare(a.Why, b.Why))
	})
	return &RefusedError{Refusals: slices.Compact(refusals)}
}

func (l *layout) refuse(symbol, why, remedy string) {
	l.broken = append(l.broken, Refusal{symbol, why, remedy})
}
