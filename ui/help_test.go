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

// The key table, which the help page, the man page and docs/keys.md print, has every key of the key map and no other.
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

const keysDoc = "../docs/keys.md"

// docs/keys.md is made from the key map and from the words of the help page.
func TestDocHasTheKeys(t *testing.T) {
	want := keysInDoc()
	if *update {
		if err := os.WriteFile(keysDoc, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(keysDoc)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s has\n%s\nwant (go test ./ui -run Doc -update writes it)\n%s", keysDoc, got, want)
	}
}

// keysInDoc returns docs/keys.md.
func keysInDoc() string {
	var b strings.Builder
	b.WriteString("# The console's keys\n<!-- Generated: go test ./ui -run Doc -update writes this file. -->\n\n" +
		"`?` shows them in the console too, first those of the pane that one is in; the last line of the screen names\n" +
		"those of that pane as well. With `--mouse` a click gives a pane the focus and chooses a row, a click on the\n" +
		"chosen row does what `enter` does, the wheel scrolls what is under it, and a click in the timeline of a\n" +
		"recording seeks there; a click answers no question and opens no patch.\n")
	for _, s := range DefaultKeys().Sections() {
		fmt.Fprintf(&b, "\n## %s\n| key | what it does |\n|---|---|\n", s.Title)
		for _, r := range s.Rows {
			fmt.Fprintf(&b, "| `%s` | %s |\n", r.Name, r.Text)
		}
	}
	for _, s := range []HelpSection{unicodeGlyphs.words(), unicodeGlyphs.signs()} {
		fmt.Fprintf(&b, "\n## %s\n| sign | meaning |\n|---|---|\n", s.Title)
		for _, r := range s.Rows {
			fmt.Fprintf(&b, "| `%s` | %s |\n", r.Name, r.Text)
		}
	}
	return b.String()
}
