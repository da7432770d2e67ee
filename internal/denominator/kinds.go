// SPDX-License-Identifier: GPL-2.0-only

package main

import "regexp"

// kinds are the reasons for which a patch is refused, by words of the refusal. The first that matches counts.
var kinds = []struct {
	words *regexp.Regexp
	kind  string
}{
	{regexp.MustCompile(`not compiled in this kernel`), "not in this kernel"},
	{regexp.MustCompile(`included by|linked into several modules`), "compiled into several places"},
	{regexp.MustCompile(`only at boot|only while|\.init\.|\.exit\.`), "code that runs only once"},
	{regexp.MustCompile(`new table with pointers to functions`), "a new table of functions"},
	{regexp.MustCompile(`new function whose address is taken`), "a new function whose address is kept"},
	{regexp.MustCompile(`is a constant that changed`), "a constant that other data points to"},
	{regexp.MustCompile(`has other members`), "a changed structure"},
	{regexp.MustCompile(`is not in the symbol table|is no symbol of`), "a reference that nothing proves"},
	{regexp.MustCompile(`is data that`), "changed initial data"},
	{regexp.MustCompile(`is gone, but`), "something gone that is still used"},
	{regexp.MustCompile(`exports nothing that would keep it loaded`), "a module that exports nothing"},
	{regexp.MustCompile(`is used by no function that is proved`), "a reference that nothing proves"},
	{regexp.MustCompile(`needs more than its own changes`), otherFile},
	{regexp.MustCompile(`cannot be compiled apart`), "a file that compiles only within the whole source"},
	{regexp.MustCompile(`is gone, and`), "something gone that is still used"},
	{regexp.MustCompile(`not to be traced`), "a function that cannot be traced"},
}

const (
	other     = "other" // what none of them is
	otherFile = "a change in another file, a header mostly"
)

// kindOf returns the kind of a refusal.
func kindOf(text string) string {
	for _, k := range kinds {
		if k.words.MatchString(text) {
			return k.kind
		}
	}
	return other
}
