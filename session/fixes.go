// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"context"
	"strings"
)

// Fixer is a Console that also lists what a newer version of the kernel's source fixes that its kernel lacks, and makes
// patches of that. Its methods may be called from any goroutine and may take minutes. When ctx ends they end soon, and
// nothing half made is left. A recording is no Fixer.
type Fixer interface {
	// Fixes lists the fixes. The error is a *DownloadError where sources would have to be downloaded and work does not
	// allow that.
	Fixes(ctx context.Context, work Work) (FixList, error)
	// BuildFix makes a patch of a fix of the list from and puts it into the catalogue, in place of one of that name. It
	// is a *Refusal if the fix cannot become a patch, and says which functions or programs stand in the way.
	BuildFix(ctx context.Context, from FixList, fix Fix, work Work) (BuiltFix, error)
}

// Work says how work that takes long is done.
type Work struct {
	Download bool           // packages may be downloaded
	Report   func(Progress) // hears what is done; it may be called from any goroutine
}

// Progress reports that a step begins, or how much of the last one is done.
type Progress struct {
	Step        string // "": still the one before
	Done, Total int64  // bytes that have come; Total is 0 where it is not known
}

// DownloadError says what would have to be downloaded first, with the sizes in words.
type DownloadError struct{ Packages []string }

func (e *DownloadError) Error() string {
	return "it would have to be downloaded first: " + strings.Join(e.Packages, "; ")
}

// FixList is what a newer version of the kernel's source has.
type FixList struct {
	Kernel   string // its release
	Running  bool   // it is the kernel that runs
	From, To string // versions of Debian's source; the same: there is nothing newer
	Fixes    []Fix
}

// Fix is what differs in a function, or in a file, with what the changelog says of it.
type Fix struct {
	File     string     `json:"file"`     // "": it is not known where the fix is
	Function string     `json:"function"` // as the source has it; "": the file as such
	Change   string     `json:"change"`   // body, heading, new, gone; "" for a file
	Patch    Verdict    `json:"patch"`
	Why      string     `json:"why"`    // where the verdict is not likely, and at times where it is
	Parts    []string   `json:"parts"`  // what the file is compiled into: vmlinux, or modules
	Here     Use        `json:"here"`   // whether this machine uses the file
	Called   string     `json:"called"` // always unknown: nobody has watched
	Fixes    []FixTitle `json:"fixes"`
	// Take are the functions that belong to one fix with this one and that a patch takes together; none: all that
	// differs in the file.
	Take []string `json:"takes,omitempty"`
	Name string   `json:"name,omitempty"` // of the patch that BuildFix would make
	// Whole is the name of a patch of all that differs in the file; "": that is what BuildFix would make anyhow.
	Whole string `json:"whole,omitempty"`
}

// All returns the fix with all that differs in its file.
func (f Fix) All() Fix {
	if f.Whole != "" {
		f.Take, f.Name, f.Whole = nil, f.Whole, ""
	}
	return f
}

// FixTitle is a fix as the changelog has it.
type FixTitle struct {
	Title    string   `json:"title"`
	CVEs     []string `json:"cves"`
	Version  string   `json:"version"`  // of the package that brought it
	Upstream string   `json:"upstream"` // the stable release that brought it, or ""
	Guessed  bool     `json:"guessed"`  // its place is guessed from words
}

// String returns the title with its CVEs, on one line.
func (t FixTitle) String() string {
	text := t.Title
	if len(t.CVEs) > 0 {
		text += " (" + strings.Join(t.CVEs, ", ") + ")"
	}
	if t.Guessed {
		text += ", guessed"
	}
	return text
}

// Verdict is whether a fix can become a patch, judged by its text. Building it has the answer.
type Verdict string

// The verdicts.
const (
	FixLikely   Verdict = "likely"
	FixDoubtful Verdict = "doubtful"
	FixRefused  Verdict = "refused"
)

// Use is whether a machine uses what a fix is compiled into.
type Use string

// The uses.
const (
	UseBuiltIn   Use = "built in"
	UseLoaded    Use = "loaded"
	UseNotLoaded Use = "not loaded"
	UseNo        Use = "no"      // it is not compiled
	UseUnknown   Use = "unknown" // a header, or another kernel than the one that runs
)

// BuiltFix is a patch that was made of a fix.
type BuiltFix struct {
	Patch     string // its name in the catalogue
	Functions []string
	Notes     []string // what a person should know: what was left out, and why its module stays loaded
}

// PlainFixes returns the list with all texts in it plain.
func PlainFixes(list FixList) FixList {
	list.Kernel, list.From, list.To = Plain(list.Kernel), Plain(list.From), Plain(list.To)
	fixes := make([]Fix, len(list.Fixes))
	for i, f := range list.Fixes {
		f.File, f.Function, f.Why, f.Name = Plain(f.File), Plain(f.Function), Plain(f.Why), Plain(f.Name)
		f.Whole = Plain(f.Whole)
		f.Parts, f.Take = plainList(f.Parts), plainList(f.Take)
		titles := make([]FixTitle, len(f.Fixes))
		for j, t := range f.Fixes {
			titles[j] = FixTitle{Plain(t.Title), plainList(t.CVEs), Plain(t.Version), Plain(t.Upstream), t.Guessed}
		}
		f.Fixes = titles
		fixes[i] = f
	}
	list.Fixes = fixes
	return list
}
