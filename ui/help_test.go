// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"charm.land/bubbles/v2/key"
)

// The key table has every key of the key map, and no other.
func TestSectionsHaveEveryKey(t *testing.T) {
	var names []string
	for _, s := range DefaultKeys().Sections() {
		for _, r := range s.Rows {
			names = append(names, r.Name)
		}
	}
	keys := reflect.ValueOf(DefaultKeys())
	for i := range keys.NumField() {
		at := slices.Index(names, keys.Field(i).Interface().(key.Binding).Help().Key)
		if at < 0 {
			t.Errorf("%s is not in it", keys.Type().Field(i).Name)
			continue
		}
		names = slices.Delete(names, at, at+1) // enter is there twice
	}
	if len(names) > 0 {
		t.Errorf("it has keys that are none: %q", names)
	}
}

const (
	readme      = "../README.md"
	readmeBegin = "<!-- keys: go test ./ui -run Readme -update writes them -->\n"
	readmeEnd   = "<!-- end of the keys -->\n"
)

// The README's table of keys is made from the key map.
func TestReadmeHasTheKeys(t *testing.T) {
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), readmeBegin)
	got, after, ended := strings.Cut(rest, readmeEnd)
	if !ok || !ended {
		t.Fatalf("README.md lacks the lines %q and %q", readmeBegin, readmeEnd)
	}
	want := keysForReadme()
	if *update && got != want {
		if err := os.WriteFile(readme, []byte(before+readmeBegin+want+readmeEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		got = want
	}
	if got != want {
		t.Errorf("README.md has\n%s\nwant (go test ./ui -run Readme -update writes it)\n%s", got, want)
	}
}

// keysForReadme returns the key table in Markdown.
func keysForReadme() string {
	var b strings.Builder
	b.WriteString("| key | what it does |\n|---|---|\n")
	for _, s := range DefaultKeys().Sections() {
		fmt.Fprintf(&b, "| | **%s** |\n", s.Title)
		for _, r := range s.Rows {
			fmt.Fprintf(&b, "| `%s` | %s |\n", r.Name, r.Text)
		}
	}
	return b.String()
}
