// SPDX-License-Identifier: GPL-2.0-only

package kmod

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The module's files form layers: a file uses only what files below it define, so that each can be read with those
// below it and without those above.

var (
	// Comments, strings and characters, in which nothing is called.
	noCode = regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'`)
	word   = regexp.MustCompile(`\b[A-Za-z_]\w*\b`)
	// Functions and variables at file level; kernel style begins both in the first column.
	function = regexp.MustCompile(`(?m)^([a-z][\w \t*]*?)\b(\w+)\([^;{}]*\)\n\{`)
	lock     = regexp.MustCompile(`(?m)^DEFINE_\w+\((\w+)\);`)
	variable = regexp.MustCompile(`(?m)^([a-z][\w \t*]*?)\b(\w+)(?:\[\w*\])?(?: = [^;]*)?;`)
)

// defined lists the functions and variables of a source that other files can use.
func defined(code string) []string {
	var names []string
	for _, m := range lock.FindAllStringSubmatch(code, -1) {
		names = append(names, m[1])
	}
	for _, form := range []*regexp.Regexp{function, variable} {
		for _, m := range form.FindAllStringSubmatch(code, -1) {
			if !strings.HasPrefix(m[1], "static ") {
				names = append(names, m[2])
			}
		}
	}
	return names
}

// uses lists for each file the others whose names it mentions: in a call, or as a variable or function passed on.
func uses(sources map[string]string) map[string][]string {
	home, code := map[string]string{}, map[string]string{}
	for file, text := range sources {
		code[file] = noCode.ReplaceAllString(text, " ")
		for _, name := range defined(code[file]) {
			home[name] = file
		}
	}
	edges := map[string][]string{}
	for file := range code {
		var to []string
		for _, name := range word.FindAllString(code[file], -1) {
			if other := home[name]; other != "" && other != file {
				to = append(to, other)
			}
		}
		slices.Sort(to)
		edges[file] = slices.Compact(to)
	}
	return edges
}

// layers orders files by what they use, the lowest first. The files left when none can be placed any more are in a
// circle or above one.
func layers(edges map[string][]string) (rows [][]string, left []string) {
	placed := map[string]bool{}
	for len(placed) < len(edges) {
		var row []string
		for file, to := range edges {
			if !placed[file] && !slices.ContainsFunc(to, func(f string) bool { return !placed[f] }) {
				row = append(row, file)
			}
		}
		if len(row) == 0 {
			break
		}
		slices.Sort(row)
		for _, file := range row {
			placed[file] = true
		}
		rows = append(rows, row)
	}
	for _, file := range slices.Sorted(maps.Keys(edges)) {
		if !placed[file] {
			left = append(left, fmt.Sprintf("%s uses %s", file, strings.Join(edges[file], ", ")))
		}
	}
	return rows, left
}

// TestLayers fails when files of the module call each other in a circle.
func TestLayers(t *testing.T) {
	sources := map[string]string{}
	files, _ := filepath.Glob("src/*.c")
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sources[strings.TrimSuffix(filepath.Base(path), ".c")] = string(text)
	}
	edges := uses(sources)
	// These uses exist: if the test does not see them, it proves nothing.
	for from, to := range map[string]string{"attempt": "door", "trigger": "door", "arm": "worker", "worker": "attempt",
		"record": "record_set", "dev": "registry"} {
		if !slices.Contains(edges[from], to) {
			t.Errorf("%s.c uses %s.c, which was not seen", from, to)
		}
	}
	rows, left := layers(edges)
	for _, row := range slices.Backward(rows) {
		t.Log(strings.Join(row, " "))
	}
	if len(left) > 0 {
		t.Errorf("these files are in a circle of calls, or above one:\n%s", strings.Join(left, "\n"))
	}
}

// TestLayersSeesCircles gives the check circles by a call, by a function that is passed on, and by a lock.
func TestLayersSeesCircles(t *testing.T) {
	const low = "int low(int x)\n{\n\treturn x;\n}\n"
	for name, sources := range map[string]map[string]string{
		"call":    {"a": "void a(void)\n{\n\tb();\n}\n", "b": "void b(void)\n{\n\ta();\n\tlow(0);\n}\n", "low": low},
		"pointer": {"a": "void a(void)\n{\n\twith(b);\n}\n", "b": "struct x *b(int i)\n{\n\treturn a(low);\n}\n", "low": low},
		"lock": {"a": "DEFINE_MUTEX(guard);\nvoid a(void)\n{\n\tb();\n}\n",
			"b": "int b(void)\n{\n\treturn lock(&guard);\n}\n", "low": low},
	} {
		rows, left := layers(uses(sources))
		if len(left) != 2 || len(rows) != 1 {
			t.Errorf("%s: layers %v, circle %v", name, rows, left)
		}
	}
	harmless := map[string]string{"a": "void a(void)\n{\n\tb();\n}\n",
		"b":   "/* a() */\nvoid b(void)\n{\n\tsay(\"a\");\n}\nstatic void c(void)\n{\n}\n",
		"low": "static int c(void)\n{\n\treturn 0;\n}\n"}
	if _, left := layers(uses(harmless)); len(left) > 0 {
		t.Errorf("a comment, a string or a static name made a circle: %v", left)
	}
}
