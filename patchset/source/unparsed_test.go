// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"strings"
	"testing"
)

// TestUnparsed breaks a diff in the ways in which one comes to be broken: the line and its file are named, and what to
// do, and none of the parser's own words.
func TestUnparsed(t *testing.T) {
	const names = "--- a/net/ipv4/raw.c\n+++ b/net/ipv4/raw.c\n"
	const git = "diff --git a/net/x.c b/net/x.c\n"
	const at22 = "net/ipv4/raw.c: line 22 of x"
	change := func(old, fresh string) string { return strings.Replace(mail, old, fresh, 1) }
	for name, c := range map[string]struct{ text, at, why string }{
		"cut off": {mail[:strings.Index(mail, "+\tr += 10")], at22 + `, "@@ -103,5 +103,5 @@ int one(int a)"`,
			"announces 5 old and 5 new lines, and 3 and 2 follow; it was cut"},
		"cut after its head": {mail[:strings.Index(mail, " \tint r")], at22, "and 0 and 0 follow"},
		"wrong numbers":      {change("@@ -103,5", "@@ -103,9"), at22, "announces 9 old"},
		"one number":         {change("@@ -103,5 +103,5", "@@ -103 +103,7"), at22, "announces 1 old"},
		"before another": {change("@@ -103,5", "@@ -103,9") + hunk("net/b.c", "4", " a\n-b\n"), at22,
			"and 5 and 5 follow"},
		"a second mail": {mail + change("@@ -103,5", "@@ -103,9"), "net/ipv4/raw.c: line 53 of x", "announces 9 old"},
		"a wrapped line": {change("r += 1;", "r +=\n1;"), `net/ipv4/raw.c: line 26 of x, "1;"`,
			"begins with no blank, + or -, as each line of a hunk does; a mail program"},
		"no blanks": {change(" \tint r", "\tint r"), `net/ipv4/raw.c: line 23 of x, "\tint r = a;"`, "begins with no blank"},
		"no names":  {"@@ -1,1 +1,1 @@\n-a\n+b\n", `line 1 of x, "@@ -1,1 +1,1 @@"`, "and no line before it says of which"},
		"no change": {names + "@@ -1,1 +1,1 @@\n a\n", "net/ipv4/raw.c: line 3 of x", "takes no line away"},
		"no place":  {names + "@@ -one,1 +1,1 @@\n a\n", "net/ipv4/raw.c: line 3 of x", "does not say of which lines"},
		"new": {git + "new file mode 100644\n--- /dev/null\n+++ b/net/x.c\n@@ -1 +1 @@\n-a\n+b\n", "net/x.c: line 5 of x",
			"said to be new"},
		"gone": {git + "deleted file mode 100644\n--- a/net/x.c\n+++ /dev/null\n@@ -1 +1 @@\n-a\n+b\n",
			"net/x.c: line 5 of x", "said to be deleted"},
		"fewer numbers": {change("@@ -103,5 +103,5", "@@ -103,2 +103,2") + hunk("net/b.c", "4", " a\n-b\n"),
			at22, "announces 2 old and 2 new lines, and 5 and 5 follow"},
		"a line more": {change(" }\n-- ", " }\n+int x;\n-- "), at22,
			"announces 5 old and 5 new lines, and 5 and 6 follow"},
		"no numbers": {change("@@ -103,5 +103,5", "@@ 103") + hunk("net/b.c", "4", " a\n-b\n"),
			at22, "does not say of which lines"},
		"no second place": {hunk("net/b.c", "4", " a\n-b\n") + "@@ one @@\n a\n-b\n", "net/b.c: line 6 of x",
			"does not say of which lines"},
		"binary":  {git + "index 1..2\nGIT binary patch\nliteral x\n", `line 4 of x, "literal x"`, "data of a binary file"},
		"no data": {git + "index 1..2\nGIT binary patch\n", "line 3 of x", "has no data"},
		"a mode":  {git + "new file mode x\n", `line 2 of x, "new file mode x"`, "is none that git writes"},
		"a name":  {"--- \n+++ b/net/x.c\n@@ -1,2 +1,2 @@\n-a\n+b\n", `line 1 of x, "--- "`, "does not name a file"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadDiffs("x", strings.NewReader(c.text))
			got := Refusals(err)
			if len(got) != 1 || got[0].Kind != Unreadable || got[0].Do == "" {
				t.Fatalf("got %v", err)
			}
			if text := err.Error(); !strings.HasPrefix(text, c.at) || !strings.Contains(text, c.why) ||
				strings.Contains(text, "gitdiff") || strings.Contains(text, "fragment") {
				t.Errorf("got %s\nwant %s … %s", text, c.at, c.why)
			}
		})
	}
}
