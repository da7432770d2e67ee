// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var labTest = regexp.MustCompile(`(?m)^func (TestLab\w*)\(`)

// Every VM test runs in exactly one lane. The tests of the log run in each.
func TestEveryLabTestRunsOnce(t *testing.T) {
	found := 0
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && slices.Contains([]string{".git", ".kernels", "build"}, entry.Name()) {
			return skipDir(err)
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		pkg, err := filepath.Rel("../..", filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, match := range labTest.FindAllStringSubmatch(string(text), -1) {
			found++
			if n := runs(pkg, match[1]); n != 1 && pkg != logStep.pkg {
				t.Errorf("%s of %s runs in %d lanes", match[1], pkg, n)
			}
		}
		return nil
	})
	if err != nil || found < 10 {
		t.Errorf("%d VM tests found: %v", found, err)
	}
}

// skipDir returns an error of the walk, or has it pass over a directory.
func skipDir(err error) error {
	if err != nil {
		return err
	}
	return fs.SkipDir
}

// runs counts the steps that run a test.
func runs(pkg, test string) int {
	n := 0
	for _, l := range lanes {
		for _, s := range l.steps {
			skipped := s.skip != "" && regexp.MustCompile(s.skip).MatchString(test)
			if s.pkg == pkg && regexp.MustCompile(s.run).MatchString(test) && !skipped {
				n++
			}
		}
	}
	return n
}

// TestNoTestMatches asks for a test that a package does not have.
func TestNoTestMatches(t *testing.T) {
	dir := t.TempDir()
	t.Chdir("../..")
	pkg := "internal/timescale"
	if err := compile(t.Context(), dir, []lane{{name: "here", steps: []step{{pkg: pkg, run: "Limit"}}}}); err != nil {
		t.Error(err)
	}
	err := compile(t.Context(), t.TempDir(), []lane{{name: "nowhere", steps: []step{{pkg: pkg, run: "LabPiar/x"}}}})
	if err == nil || !strings.Contains(err.Error(), `no test of internal/timescale matches "LabPiar"`) {
		t.Errorf("got %v", err)
	}
}
