// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Kind is why a fix, or a part of one, cannot become a patch.
type Kind string

// The kinds of refusals.
const (
	Unreadable    Kind = "unreadable"      // no diff, or one that is cut off
	NoMatch       Kind = "does not apply"  // a hunk fits nowhere
	Ambiguous     Kind = "ambiguous"       // a hunk, or a name, fits several places
	Applied       Kind = "applied already" // the source has it
	CommentsOnly  Kind = "comments only"   // the code is the same before and after
	BuildRules    Kind = "build rules"     // Makefile, Kconfig
	Assembly      Kind = "assembly"        // .S, linker scripts
	Documentation Kind = "documentation"   // what no kernel is built from: documents, tools, tests
	OtherArch     Kind = "other machine"   // code of an architecture that is not x86
	NotC          Kind = "not C"           // Rust, tables, firmware
	NotInSource   Kind = "not in the source"
	NewFile       Kind = "new file"
	DeletedFile   Kind = "deleted file"
	RenamedFile   Kind = "renamed file"
	Binary        Kind = "binary"
	NoFunction    Kind = "no such function"
	Unchanged     Kind = "unchanged"
	Doubtful      Kind = "doubtful" // a function whose bounds are not certain
)

// Refusal says what stands in the way, and what to do. Several may be joined in one error.
type Refusal struct {
	Kind Kind
	File string // "" if it is about all of a fix
	Hunk int    // of that file, from 1; 0 if it is about all of it
	Why  string
	Do   string
}

func (r *Refusal) Error() string {
	at := r.File
	if r.Hunk > 0 {
		at += fmt.Sprintf(", hunk %d", r.Hunk)
	}
	if at != "" {
		at += ": "
	}
	if r.Do == "" {
		return at + r.Why
	}
	return at + r.Why + "; " + r.Do
}

// Refusals returns all refusals in an error.
func Refusals(err error) []*Refusal {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var out []*Refusal
		for _, one := range many.Unwrap() {
			out = append(out, Refusals(one)...)
		}
		return out
	}
	var one *Refusal
	if errors.As(err, &one) {
		return []*Refusal{one}
	}
	return nil
}

// Left is a part of a fix that is no part of the patch and need not be.
type Left struct {
	File string
	Kind Kind
	Why  string
}

// aside returns what a file is if a fix of the running kernel can do without the change to it.
func aside(file string) (Left, bool) {
	top, _, _ := strings.Cut(file, "/")
	base := path.Base(file)
	switch {
	case built(file): // in spite of where it is
	case top == "Documentation" || top == "LICENSES" || slices.Contains([]string{".rst", ".txt", ".md"}, path.Ext(base)),
		slices.Contains([]string{"MAINTAINERS", "CREDITS", ".mailmap", ".gitignore", "COPYING"}, base):
		return Left{file, Documentation, "it is a document"}, true
	case slices.Contains([]string{"tools", "samples", "scripts", "usr", "debian"}, top):
		return Left{file, Documentation, "it is a tool, a test or an example and not in the kernel"}, true
	case top == "arch" && !strings.HasPrefix(file, "arch/x86/") && strings.Count(file, "/") > 1,
		slices.Contains([]string{".dts", ".dtsi"}, path.Ext(base)):
		return Left{file, OtherArch, "it is for machines that are not x86"}, true
	}
	return Left{}, false
}

// sharedTool begins the names of what the kernel and its tools are both compiled of.
const sharedTool = "tools/lib/bpf/relo_core."

// built reports whether the kernel is made of a file that looks like a tool or a document: the instruction decoder's
// tables are, and one file that the kernel and the tools share.
func built(file string) bool {
	return file == "arch/x86/lib/x86-opcode-map.txt" || strings.HasPrefix(file, sharedTool)
}

// Place returns what a change to a file is for a patch, by the file's name alone: left is set if a fix of the running
// kernel can do without it, refusal if no patch can have it.
func Place(file string) (left *Left, refusal *Refusal) {
	if l, is := aside(file); is {
		return &l, nil
	}
	return nil, barred(file)
}

// barred returns the refusal of a change to a file that no patch can have.
func barred(file string) *Refusal {
	base := path.Base(file)
	const without = "if the fix makes sense without this file, leave it out of the diff; " +
		"otherwise it takes a new kernel and a reboot"
	switch ext := path.Ext(base); {
	case base == "Makefile" || base == "Kbuild" || strings.HasPrefix(base, "Kconfig") || ext == ".mk",
		strings.HasSuffix(base, "defconfig") || ext == ".config":
		return &Refusal{Kind: BuildRules, File: file, Why: "how the kernel is built cannot be changed while it runs",
			Do: without}
	case ext == ".S" || ext == ".s" || ext == ".lds":
		return &Refusal{Kind: Assembly, File: file, Why: "assembly cannot be replaced function by function", Do: without}
	case built(file) && ext == ".txt":
		return &Refusal{Kind: BuildRules, File: file, Why: "tables of the kernel are made of it", Do: without}
	case ext != ".c" && ext != ".h":
		return &Refusal{Kind: NotC, File: file, Why: "only C files and their headers can be patched",
			Do: "name it in the diff as the kernel's source does, as in a/net/ipv4/af_inet.c, if it is one; " + without}
	}
	return nil
}
