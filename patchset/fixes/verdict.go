// SPDX-License-Identifier: GPL-2.0-only

package fixes

import (
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"spotos/patchset/source"
)

// Verdict is whether the difference of a function or file can become a patch, judged by its text. Building it has the
// answer: the compiler may have put the function into its callers, or make data of its own of what changes.
type Verdict string

// The verdicts.
const (
	Likely   Verdict = "likely"
	Doubtful Verdict = "doubtful"
	Refused  Verdict = "refused"
)

// Judge judges the difference of a function of the file, or of the file itself if function is "", and says why.
func (f *File) Judge(function string) (v Verdict, why string) {
	if why := f.barred(); why != "" {
		return Refused, why
	}
	c := f.Changes
	switch {
	case f.Header():
		return Doubtful, "it is a header: all that it reaches must change with it"
	case function == "" && len(f.Functions()) == 0:
		return Doubtful, "only data, types or macros change"
	case function == "" && len(c.Outside) > 0:
		return Doubtful, "data, types or macros change too"
	case function == "":
		return Likely, ""
	case slices.Contains(c.Boot, function):
		return Refused, "it runs only at boot, or when its module is loaded or removed"
	case slices.Contains(c.Untraced, function):
		return Refused, "it cannot be traced"
	case slices.ContainsFunc(c.Doubts, func(d string) bool { return strings.HasPrefix(d, function+": ") }):
		return Doubtful, "where it begins or ends is not certain"
	case slices.Contains(c.Heads, function):
		return Doubtful, "its parameters or attributes change"
	case slices.Contains(c.New, function):
		return Likely, "it is new: take it with those that call it"
	case slices.Contains(c.Gone, function):
		return Likely, "it is gone: take those that called it"
	}
	return Likely, ""
}

// barred returns why nothing of the file can become a patch, "" if something may.
func (f *File) barred() string {
	_, refusal := source.Place(f.Path)
	switch {
	case refusal != nil:
		return refusal.Why
	case f.State == New:
		return "the file is new"
	case f.State == Gone:
		return "the file is gone"
	case len(f.Parts) == 0 && !f.Header():
		return "it is not compiled in this kernel"
	case len(f.Parts) > 1:
		return "it is linked into several modules: " + strings.Join(f.Parts, ", ")
	}
	return ""
}

// Use is whether a machine uses what a file is compiled into.
type Use string

// The uses of a File.
const (
	BuiltIn   Use = "built in"
	Loaded    Use = "loaded"
	NotLoaded Use = "not loaded"
	No        Use = "no"      // it is not compiled
	Unknown   Use = "unknown" // a header, assembly, or nobody knows which modules are loaded
)

// Use returns whether the machine uses the file; loaded are its modules, nil if they are not known.
func (f *File) Use(loaded map[string]bool) Use {
	isLoaded := func(part string) bool { return loaded[part] }
	switch {
	case slices.Contains(f.Parts, VMLinux):
		return BuiltIn
	case f.Header() || path.Ext(f.Path) == ".S" || len(f.Parts) > 0 && loaded == nil:
		return Unknown
	case slices.ContainsFunc(f.Parts, isLoaded):
		return Loaded
	case len(f.Parts) > 0:
		return NotLoaded
	}
	return No
}

// LoadedModules returns the names of the modules that are loaded, with underscores. Everybody may ask.
func LoadedModules() (map[string]bool, error) {
	text, err := os.ReadFile("/proc/modules")
	if err != nil {
		return nil, fmt.Errorf("asking which modules are loaded: %w", err)
	}
	loaded := make(map[string]bool)
	for line := range strings.Lines(string(text)) {
		name, _, _ := strings.Cut(line, " ")
		loaded[name] = true
	}
	return loaded, nil
}
