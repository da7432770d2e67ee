// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestIncludesOf has the forms in which a text can include another.
func TestIncludesOf(t *testing.T) {
	for text, want := range map[string][]string{
		"#include <linux/a.h>\n":                          {"<linux/a.h>"},
		"  # include \"a.h\"\n":                           {`"a.h"`},
		"#include \\\n\t<a.h>\n":                          {"<a.h>"},
		"/* first */ #include <a.h>\n":                    {"<a.h>"},
		"/* over\n two lines */ #include <a.h>\n":         {"<a.h>"},
		"#include <a.h> /* behind */\n":                   {"<a.h>"},
		"#include <a.h>\t// behind */\n":                  {"<a.h>"},
		"#include <a.h> /* over\n two lines */\n":         {"<a.h>"},
		"#include/**/<a.h>\n":                             {"<a.h>"},
		"#/* a */include /* b */ <a.h> /* c */\n":         {"<a.h>"},
		"/* a\n*/ /* b */ #include <a.h> /* c */\n":       {"<a.h>"},
		"#define HEADER <a.h>\n#include HEADER\n":         {"<a.h>"},
		"#define TRACE_INCLUDE_FILE sched\n":              {`"sched.h"`},
		"#if 0\n#include <a.h>\n#endif\n#include <a.h>\n": {"<a.h>"},
		"int include; /* <a.h> */\n":                      nil,
	} {
		if diff := cmp.Diff(want, includesOf([]byte(text))); diff != "" {
			t.Errorf("%q (-want +got)\n%s", text, diff)
		}
	}
}
