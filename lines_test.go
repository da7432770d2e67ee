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
	"unicode/utf8"
)

const lineLimit = 120

var unbreakable = regexp.MustCompile(`^(//go:generate|\||!\[)`)

// TestLines keeps lines of Go and of documents readable side by side. gofmt does not break them. Those of C are
// kmod/style.sh's. A table's row and a picture's line cannot be broken.
func TestLines(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != "." && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case !slices.Contains([]string{".go", ".md"}, filepath.Ext(path)) || strings.Contains(path, "_bpfel"):
			return nil
		}
		seen++
		text, err := os.ReadFile(path)
		for i, line := range strings.Split(string(text), "\n") {
			if utf8.RuneCountInString(line) > lineLimit && !unbreakable.MatchString(line) {
				t.Errorf("%s:%d is longer than %d", path, i+1, lineLimit)
			}
		}
		return err
	})
	if err != nil || seen < 100 {
		t.Fatalf("%d files, %v", seen, err)
	}
}
