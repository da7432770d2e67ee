// SPDX-License-Identifier: GPL-2.0-only

package catalogue

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	nameForm     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,54}$`)
	releaseForm  = regexp.MustCompile(`^[0-9]+\.[0-9]+[0-9A-Za-z.+~-]*$`)
	cveForm      = regexp.MustCompile(`^CVE-[0-9]{4}-[0-9]{4,}$`)
	severityForm = regexp.MustCompile(`^(low|medium|high|critical)$`)
	commitForm   = regexp.MustCompile(`^[0-9a-f]{40}$`)
	idForm       = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	moduleForm   = regexp.MustCompile(`^[a-z0-9_-]+(/[a-z0-9_-]+)+$`)
)

// check returns the first thing in a recipe that cannot be so, by the name of its key.
func (r *Recipe) check() error {
	for _, c := range []struct {
		key    string
		values []string
		form   *regexp.Regexp
		want   string
	}{
		{"name", []string{r.Name}, nameForm, "at most 55 small letters, digits and dashes, a letter first"},
		{"severity", []string{r.Severity}, severityForm, "low, medium, high or critical"},
		{"cve", r.CVE, cveForm, "numbers such as CVE-2026-52928"},
		{"commit", r.Commit, commitForm, "the 40 digits of a commit"},
		{"modules", r.Modules, moduleForm, "paths under the kernel's modules, such as net/atm/atm"},
	} {
		if err := form(c.key, c.values, c.form, c.want); err != nil {
			return err
		}
	}
	switch {
	case r.Title == "" || strings.ContainsAny(r.Title, "\n\""):
		return errors.New("title: want one line without quotes, which the patch can carry")
	case strings.TrimSpace(r.Fixes) == "", strings.TrimSpace(r.Shown) == "":
		return errors.New("fixes and shown: want a sentence each: what was wrong, and how it is seen")
	case r.Show != nil && (r.Show.Before == "" || r.Show.Before == r.Show.Applied || r.Show.Applied == ""):
		return errors.New("show: want what the program prints before and while applied, and not the same")
	case len(r.Kernels) == 0:
		return errors.New("kernel: want at least one [[kernel]] that it is for")
	}
	for i, k := range r.Kernels {
		if err := k.check(); err != nil {
			return fmt.Errorf("[[kernel]] %s: %w", cmp.Or(k.Release, fmt.Sprint(i+1)), err)
		}
		if slices.Index(r.Releases(), k.Release) != i {
			return fmt.Errorf("[[kernel]] %s: stands twice", k.Release)
		}
	}
	return nil
}

func (k *Kernel) check() error {
	for _, c := range []struct {
		key, value string
	}{{"release", k.Release}, {"from", k.From}, {"to", k.To}} {
		if err := form(c.key, []string{c.value}, releaseForm, "a version"); err != nil {
			return err
		}
	}
	for _, file := range k.Files {
		if path.Clean(file) != file || path.IsAbs(file) || path.Ext(file) != ".c" && path.Ext(file) != ".h" {
			return fmt.Errorf("files: %q is no file of C in the kernel's source", file)
		}
	}
	switch {
	case k.From == k.To:
		return errors.New("to: is the version that it is from")
	case len(k.Files) == 0:
		return errors.New("files: want at least one")
	case len(k.Files) > 1 && len(k.Functions) > 0:
		return errors.New("functions: a part can be taken of one file only")
	}
	return form("functions", k.Functions, idForm, "names of C")
}

// form returns an error that names the key if a value has another form.
func form(key string, values []string, form *regexp.Regexp, want string) error {
	for _, value := range values {
		if !form.MatchString(value) {
			return fmt.Errorf("%s: %q is none: want %s", key, value, want)
		}
	}
	return nil
}
