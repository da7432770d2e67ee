// SPDX-License-Identifier: GPL-2.0-only

package fixes

import (
	"slices"
	"strings"

	"spotos/patchset/source"
)

// Entry is a function that differs, or a file of which no function is meant, with the fixes that are assigned to it.
type Entry struct {
	File     *File  // nil: nobody knows where the fix is
	Function string // as Changes has it; "" for the file as such
	Fixes    []Assigned
}

// Assigned is a fix at one of its places.
type Assigned struct {
	*Fix
	Guessed bool
}

// Filter says which entries are wanted: those for which all hold that are not "".
type Filter struct {
	CVE       string
	Subsystem string // beginning of the file's path: net, net/ipv4
	Word      string // in the path, the function or the title of a fix, in small or large letters
}

// Entries puts files and fixes together, by path and function. Fixes whose place is not known come last.
func Entries(files []File, all []Fix) []Entry {
	at := make(map[Place][]Assigned)
	var nowhere []Entry
	for i := range all {
		fix := &all[i]
		for _, p := range fix.Places {
			key := Place{File: p.File, Function: p.Function}
			at[key] = append(at[key], Assigned{fix, p.Guessed})
		}
		if len(fix.Places) == 0 {
			nowhere = append(nowhere, Entry{Fixes: []Assigned{{fix, false}}})
		}
	}
	var entries []Entry
	for i := range files {
		f := &files[i]
		functions := f.Functions()
		if whole := at[Place{File: f.Path}]; len(whole) > 0 || len(functions) == 0 {
			entries = append(entries, Entry{File: f, Fixes: whole})
		}
		for _, name := range functions {
			entries = append(entries, Entry{File: f, Function: name, Fixes: at[Place{File: f.Path, Function: name}]})
		}
	}
	return append(entries, nowhere...)
}

// Wants reports whether an entry is wanted.
func (w Filter) Wants(e Entry) bool {
	word := strings.ToLower(w.Word)
	has := func(text string) bool { return strings.Contains(strings.ToLower(text), word) }
	switch {
	case w.CVE != "" && !slices.ContainsFunc(e.Fixes, func(f Assigned) bool { return slices.Contains(f.CVEs, w.CVE) }):
		return false
	case w.Subsystem != "" && (e.File == nil || !below(e.File.Path, strings.TrimSuffix(w.Subsystem, "/"))):
		return false
	case word == "" || has(e.Function) || e.File != nil && has(e.File.Path):
		return true
	}
	return slices.ContainsFunc(e.Fixes, func(f Assigned) bool { return has(f.Title) })
}

// below reports whether a path is a directory or file, or below it.
func below(file, dir string) bool {
	rest, is := strings.CutPrefix(file, dir)
	return is && (rest == "" || rest[0] == '/')
}

// How returns what changes in a function: "body", "heading", "new" or "gone".
func (e Entry) How() string {
	c := source.Changes{}
	if e.File != nil {
		c = e.File.Changes
	}
	for _, how := range []struct {
		functions []string
		word      string
	}{{c.Heads, "heading"}, {c.New, "new"}, {c.Gone, "gone"}, {c.Bodies, "body"}} {
		if slices.Contains(how.functions, e.Function) {
			return how.word
		}
	}
	return ""
}
