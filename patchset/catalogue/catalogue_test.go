// SPDX-License-Identifier: GPL-2.0-only

package catalogue

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRecipes reads every recipe as it is in the catalogue: each has the name of its directory, and a program beside it
// just if it says what that prints.
func TestRecipes(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range all {
		names = append(names, r.Name)
		_, err := os.Stat(filepath.Join("recipes", r.Name, "show.c"))
		if has := err == nil; has != (r.Show != nil) {
			t.Errorf("%s: show.c is there: %t, [show] is there: %t", r.Name, has, r.Show != nil)
		}
	}
	entries, err := os.ReadDir("recipes")
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, e := range entries {
		if e.IsDir() {
			there = append(there, e.Name())
		}
	}
	if diff := cmp.Diff(there, names); diff != "" {
		t.Errorf("directories (-) and recipes (+):\n%s", diff)
	}
}

// TestEnough looks whether the catalogue has what it is to show.
func TestEnough(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, r := range all {
		for _, k := range r.Kernels {
			series := strings.Join(strings.SplitN(k.From, ".", 3)[:2], ".")
			counts[series]++
			if r.Show != nil {
				counts[series+" shown"]++
			}
			if slices.ContainsFunc(k.Files, func(file string) bool { return strings.HasPrefix(file, "net/") }) {
				counts[series+" network"]++
			}
			if len(r.Modules) > 0 {
				counts[series+" modules"]++
			}
		}
	}
	for what, least := range map[string]int{"6.1": 12, "6.1 network": 6, "6.1 shown": 4, "6.1 modules": 2, "6.12": 4} {
		if counts[what] < least {
			t.Errorf("%s: %d recipes, want at least %d", what, counts[what], least)
		}
	}
}

const good = `name = "a-fix"
title = "A title"
severity = "low"
fixes = "What was wrong."
changelog = ["a: title"]
cve = ["CVE-2026-1234"]
shown = "It is seen."
modules = ["net/a/a"]
[show]
before = "ok"
applied = "EPERM"
[[kernel]]
release = "6.1.0-47-amd64"
from = "6.1.170-3"
to = "6.1.192-2"
files = ["net/a/a.c"]
functions = ["a_b"]
`

func TestParse(t *testing.T) {
	r, err := parse("a-fix", good)
	if err != nil {
		t.Fatal(err)
	}
	want := &Recipe{Name: "a-fix", Title: "A title", Severity: "low", Fixes: "What was wrong.",
		Changelog: []string{"a: title"}, CVE: []string{"CVE-2026-1234"}, Shown: "It is seen.", Modules: []string{"net/a/a"},
		Show: &Show{Before: "ok", Applied: "EPERM"}, Kernels: []Kernel{{Release: "6.1.0-47-amd64", From: "6.1.170-3",
			To: "6.1.192-2", Files: []string{"net/a/a.c"}, Functions: []string{"a_b"}}}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	if k := r.For("6.1.0-47-amd64"); k != &r.Kernels[0] {
		t.Errorf("For(its kernel) = %v", k)
	}
	if k := r.For("6.1.0-48-amd64"); k != nil {
		t.Errorf("For(another kernel) = %v", k)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tt := range []struct{ old, new, want string }{
		{`severity = "low"`, `severtiy = "low"`, "no recipe has a key severtiy"},
		{`files = [`, `file = [`, "no recipe has a key kernel.file"},
		{`before = "ok"`, `earlier = "ok"`, "no recipe has a key show.earlier"},
		{`name = "a-fix"`, `name = "A fix"`, `name: "A fix" is none`},
		{`severity = "low"`, `severity = "bad"`, `severity: "bad" is none`},
		{`CVE-2026-1234`, `2026-1234`, `cve: "2026-1234" is none`},
		{`title = "A title"`, ``, "title: want one line"},
		{`shown = "It is seen."`, ``, "fixes and shown"},
		{`applied = "EPERM"`, `applied = "ok"`, "show: want"},
		{`modules = ["net/a/a"]`, `modules = ["../a"]`, `modules: "../a" is none`},
		{`to = "6.1.192-2"`, `to = "6.1.170-3"`, "to: is the version that it is from"},
		{`to = "6.1.192-2"`, ``, `to: "" is none`},
		{`"net/a/a.c"`, `"net/../a.c"`, "no file of C"},
		{`"net/a/a.c"`, `"net/a/a.S"`, "no file of C"},
		{`"net/a/a.c"`, `"net/a/a.c", "net/b.c"`, "functions: a part"},
		{`"a_b"`, `"a b"`, `functions: "a b" is none`},
		{`files = ["net/a/a.c"]`, `files = []`, "files: want at least one"},
		{`name = "a-fix"`, `name = `, "reading recipe a-fix"},
	} {
		text := strings.Replace(good, tt.old, tt.new, 1)
		if text == good {
			t.Fatalf("%q is not in the recipe", tt.old)
		}
		if _, err := parse("a-fix", text); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s instead of %s: error %v, want %q in it", tt.new, tt.old, err, tt.want)
		}
	}
	twice := good + good[strings.Index(good, "[[kernel]]"):]
	if _, err := parse("a-fix", twice); err == nil || !strings.Contains(err.Error(), "stands twice") {
		t.Errorf("a kernel that stands twice: error %v", err)
	}
	if _, err := parse("a-fix", good[:strings.Index(good, "[[kernel]]")]); err == nil ||
		!strings.Contains(err.Error(), "at least one [[kernel]]") {
		t.Errorf("no kernel: error %v", err)
	}
}

func TestFind(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.toml")
	if err := os.WriteFile(file, []byte(good), 0o644); err != nil {
		t.Fatal(err)
	}
	if r, err := Find(file); err != nil || r.Name != "a-fix" {
		t.Errorf("Find(file) = %v, %v", r, err)
	}
	if r, err := Find("unix-ioctl"); err != nil || r.Name != "unix-ioctl" {
		t.Errorf("Find(name) = %v, %v", r, err)
	}
	if _, err := Find("nosuch"); err == nil || !strings.Contains(err.Error(), `no recipe "nosuch"`) {
		t.Errorf("Find(nosuch): error %v", err)
	}
}

// A severity is known of the CVEs that recipes are about, and of no others.
func TestSeverity(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		for _, cve := range r.CVE {
			if got, err := Severity([]string{"commit 1", cve}); err != nil || got != r.Severity {
				t.Errorf("%s of %s: %q, %v, want %q", cve, r.Name, got, err, r.Severity)
			}
		}
	}
	for _, cves := range [][]string{nil, {"CVE-1999-0001", ""}} {
		if got, err := Severity(cves); err != nil || got != "" {
			t.Errorf("%q: %q, %v", cves, got, err)
		}
	}
}
