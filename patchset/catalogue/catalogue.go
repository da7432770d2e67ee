// SPDX-License-Identifier: GPL-2.0-only

package catalogue

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// recipes has a directory for each recipe, named as it is.
//
//go:embed recipes/*/recipe.toml
var recipes embed.FS

// All returns the recipes of the catalogue, by their names.
func All() ([]*Recipe, error) {
	files, err := fs.Glob(recipes, "recipes/*/recipe.toml")
	if err != nil {
		return nil, err
	}
	var all []*Recipe
	for _, file := range files {
		text, err := recipes.ReadFile(file)
		if err != nil {
			return nil, err
		}
		r, err := parse(path.Base(path.Dir(file)), string(text))
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// Find returns the recipe of that name in the catalogue; if it is the path of a file (with a slash or .toml in it), the
// one in that file.
func Find(name string) (*Recipe, error) {
	if strings.ContainsRune(name, os.PathSeparator) || path.Ext(name) == ".toml" {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading a recipe: %w", err)
		}
		return parse(name, string(text))
	}
	all, err := All()
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.Name == name {
			return r, nil
		}
	}
	return nil, fmt.Errorf("there is no recipe %q: spotos patch recipes lists them", name)
}

// severities are how bad it may be not to have a fix, the worst last.
var severities = []string{"low", "medium", "high", "critical"}

// Severity returns how bad the recipes say that it is not to have what fixes one of these CVEs, the worst of them; ""
// where no recipe is about any.
func Severity(cves []string) (string, error) {
	all, err := All()
	if err != nil {
		return "", err
	}
	worst := -1
	for _, r := range all {
		if slices.ContainsFunc(r.CVE, func(cve string) bool { return slices.Contains(cves, cve) }) {
			worst = max(worst, slices.Index(severities, r.Severity))
		}
	}
	if worst < 0 {
		return "", nil
	}
	return severities[worst], nil
}
