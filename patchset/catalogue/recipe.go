// SPDX-License-Identifier: GPL-2.0-only

// Package catalogue has the recipes of SPOTOS: which fix of Debian's kernel source becomes a patch, for which kernel,
// and how its effect is seen. A recipe is a file of TOML and names versions, files and functions; it has no code of the
// kernel. Package patchset/fix makes the patch.
package catalogue

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

// Recipe is a fix, and the kernels it can be made for.
type Recipe struct {
	Name      string   `toml:"name" json:"name"` // of the patch: small letters, digits, dashes
	Title     string   `toml:"title" json:"title"`
	Severity  string   `toml:"severity" json:"severity"` // low, medium, high, critical
	Fixes     string   `toml:"fixes" json:"fixes"`       // what was wrong, in sentences
	Changelog []string `toml:"changelog" json:"changelog"`
	CVE       []string `toml:"cve" json:"cve,omitempty"`
	Commit    []string `toml:"commit" json:"commit,omitempty"` // upstream, where it is known
	Shown     string   `toml:"shown" json:"shown"`             // how its effect is seen, or why it is not
	Modules   []string `toml:"modules" json:"modules,omitempty"`
	Show      *Show    `toml:"show" json:"show,omitempty"`
	Kernels   []Kernel `toml:"kernel" json:"kernels"`
}

// Show says what the program show.c beside the recipe prints. Without it there is no such program.
type Show struct {
	Before  string `toml:"before" json:"before"` // and after the revert
	Applied string `toml:"applied" json:"applied"`
}

// Kernel is a kernel that a recipe is for, and what of which newer source is taken over.
type Kernel struct {
	Release   string   `toml:"release" json:"release"` // as uname -r prints it
	From      string   `toml:"from" json:"from"`       // the version of Debian's source it was built from
	To        string   `toml:"to" json:"to"`
	Files     []string `toml:"files" json:"files"`
	Functions []string `toml:"functions" json:"functions,omitempty"` // of the source; none: all that changed
}

// For returns what the recipe says of a kernel; nil if it is not for that one.
func (r *Recipe) For(release string) *Kernel {
	for i := range r.Kernels {
		if r.Kernels[i].Release == release {
			return &r.Kernels[i]
		}
	}
	return nil
}

// Releases returns the kernels that the recipe is for.
func (r *Recipe) Releases() []string {
	var releases []string
	for _, k := range r.Kernels {
		releases = append(releases, k.Release)
	}
	return releases
}

// parse reads a recipe. where names it in errors.
func parse(where, text string) (*Recipe, error) {
	r := &Recipe{}
	meta, err := toml.Decode(text, r)
	if err != nil {
		return nil, fmt.Errorf("reading recipe %s: %w", where, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		var keys []string
		for _, key := range unknown {
			keys = append(keys, key.String())
		}
		return nil, fmt.Errorf("reading recipe %s: no recipe has a key %s: look at those of another one for its name", where,
			strings.Join(keys, ", "))
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("reading recipe %s: %w", where, err)
	}
	return r, nil
}
