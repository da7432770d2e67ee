// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDefinitions finds a function in the files that are named, or in all that are there.
func TestDefinitions(t *testing.T) {
	tree := t.TempDir()
	for file, text := range map[string]string{
		"Makefile": "", "kernel/Makefile": "", "include/linux/kernel.h": "static inline int ask(void) { return 0; }\n",
		"net/a.c": "#include <linux/net.h>\n #include <x.h>\n#include \"own.h\"\n\nint ask(void);\n\nint ask(void)\n" +
			"{\n\treturn 1;\n}\n",
		"net/b/b.c": "static int ask(void)\n{\n\treturn tell();\n}\n",
		"fs/c.c":    "SYSCALL_DEFINE1(close, unsigned int, fd)\n{\n\treturn ask();\n}\n",
	} {
		path := filepath.Join(tree, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	given, err := (&Store{Dir: t.TempDir()}).Given(tree)
	if err != nil {
		t.Fatal(err)
	}
	first := Definition{File: "net/a.c", Line: 7, Text: "int ask(void)\n{\n\treturn 1;\n}",
		Includes: []string{"#include <linux/net.h>"}}
	second := Definition{File: "net/b/b.c", Line: 1, Text: "static int ask(void)\n{\n\treturn tell();\n}"}
	for _, c := range []struct {
		function string
		patterns []string
		want     []Definition
	}{
		{"ask", nil, []Definition{first, second}},
		{"ask", []string{"net/*"}, []Definition{first}},
		{"ask", []string{"net/b/b.c"}, []Definition{second}},
		{"tell", nil, nil},
		{"__x64_sys_close", nil, []Definition{{File: "fs/c.c", Line: 1,
			Text: "SYSCALL_DEFINE1(close, unsigned int, fd)\n{\n\treturn ask();\n}"}}},
	} {
		got, err := given.Definitions(t.Context(), c.function, c.patterns...)
		if err != nil {
			t.Errorf("%s in %v: %v", c.function, c.patterns, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s in %v: %s", c.function, c.patterns, diff)
		}
	}
	if _, kept := (&Store{Dir: tree}).Kept("6.1.170-3"); kept {
		t.Error("a source that is nowhere is kept")
	}
}
