// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"spotos/patchset/catalogue"
	"spotos/patchset/fix"
	"spotos/patchset/source"
)

// notInName is what a module's name cannot have, and numbered what git puts before the name of a mail.
var (
	notInName = regexp.MustCompile(`[^a-z0-9]+`)
	numbered  = regexp.MustCompile(`^[0-9]+-`)
)

// module returns the name of the patch's module.
func (x *fixFlags) module(diffs []*source.Diff) (string, error) {
	name := x.name
	switch {
	case name != "":
		if module := strings.ReplaceAll(name, "-", "_"); moduleName.MatchString(module) {
			return module, nil
		}
		return "", usageError{fmt.Errorf("%q is no name for a patch: want at most 55 small letters, digits and dashes, "+
			"a letter first", name)}
	case len(x.rebuild) > 0:
		name = "again_" + rebuiltNames(x.rebuild)[0]
	case len(x.functions) > 0:
		name = x.functions[0]
	case len(x.diffs) > 0 && x.diffs[0] != "-":
		name = numbered.ReplaceAllString(filepath.Base(x.diffs[0]), "")
		name = strings.TrimSuffix(name, filepath.Ext(name))
	default:
		name = cmp.Or(diffs[0].Title, filepath.Base(source.Paths(diffs)[0]))
	}
	name = nameFrom(name)
	if !moduleName.MatchString(name) {
		return "", usageError{fmt.Errorf("%q makes no name for a patch: give one with --name", name)}
	}
	return name, nil
}

// nameFrom makes a module's name of a function's, a file's or a title, "" if it has nothing that could be one.
func nameFrom(text string) string {
	name := strings.Trim(notInName.ReplaceAllString(strings.ToLower(text), "_"), "_")
	return strings.Trim(name[:min(len(name), 40)], "_")
}

// about returns what the patch says of itself. Where nobody says how bad it is not to have it, a recipe that is about
// the same CVE may.
func (x *fixFlags) about(diffs []*source.Diff, name string) (fix.About, error) {
	about := fix.About{Title: x.title, Severity: x.severity, References: slices.Clone(x.references),
		Builder: "SPOTOS " + Version}
	for _, d := range diffs {
		about.Title = cmp.Or(about.Title, d.Title)
		about.References = append(about.References, d.CVEs...)
		if d.Upstream != "" {
			about.References = append(about.References, "commit "+d.Upstream)
		}
	}
	if x.to != "" {
		what := strings.Join(slices.Concat(x.functions, x.files), ", ")
		about.Title = cmp.Or(about.Title, fmt.Sprintf("%s as in Debian's kernel %s", what, x.to))
	}
	if len(x.rebuild) > 0 {
		about.Title = cmp.Or(about.Title, titleOf(rebuiltNames(x.rebuild)))
	}
	about.Title = cmp.Or(about.Title, strings.ReplaceAll(name, "_", "-"))
	known, err := catalogue.Severity(about.References)
	about.Severity = cmp.Or(about.Severity, known)
	return about, err
}
