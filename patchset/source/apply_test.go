// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const rawC = `/* first */
int one(int a)
{
	int r = a;

	r += 1;
	return r;
}

int two(int a)
{
	int r = a;

	r += 2;
	return r;
}
`

const mail = `From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001
From: =?UTF-8?q?J=C3=BCrgen?= <j@example.org>
Date: Fri, 8 May 2026 21:59:49 +0200
Subject: [PATCH 6.1 012/345] ipv4: raw: check the length of
 the header

[ Upstream commit fedcba9876543210fedcba9876543210fedcba98 ]

It was not checked (CVE-2026-11111, CVE-2026-22222).

Fixes: abcdef012345 ("ipv4: first version")
Fixes: 1234567890ab ("ipv4: second version")
Signed-off-by: Sasha Levin <sashal@kernel.org>
---
 net/ipv4/raw.c | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

diff --git a/net/ipv4/raw.c b/net/ipv4/raw.c
index 111..222 100644
--- a/net/ipv4/raw.c
+++ b/net/ipv4/raw.c
@@ -103,5 +103,5 @@ int one(int a)
 	int r = a;
 
-	r += 1;
+	r += 10;
 	return r;
 }
-- 
2.39.5

`

// hunk returns a diff of one hunk, for a line of a file.
func hunk(file, line, body string) string {
	old, fresh := 0, 0
	for l := range strings.Lines(body) {
		if l[0] != '+' {
			old++
		}
		if l[0] != '-' {
			fresh++
		}
	}
	count := func(n int) string { return line + "," + string(rune('0'+n)) }
	return "--- a/" + file + "\n+++ b/" + file + "\n@@ -" + count(old) + " +" + count(fresh) + " @@\n" + body
}

func readTree(files map[string]string) func(string) ([]byte, error) {
	return func(file string) ([]byte, error) {
		if text, ok := files[file]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	}
}

func TestReadDiffs(t *testing.T) {
	second := "From ffffffffffffffffffffffffffffffffffffffff Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\n" +
		"Subject: [PATCH] net: two\n\n---\n" +
		hunk("net/ipv4/raw.c", "14", " \tr += 2;\n-\treturn r;\n+\treturn 2;\n }\n")
	dos := strings.ReplaceAll(mail+second, "\n", "\r\n")
	for name, text := range map[string]string{"unix": mail + second, "dos": dos} {
		got, err := ReadDiffs(name, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		want := []*Diff{{
			Title: "ipv4: raw: check the length of the header", Author: "Jürgen <j@example.org>",
			Upstream: "fedcba9876543210fedcba9876543210fedcba98", CVEs: []string{"CVE-2026-11111", "CVE-2026-22222"},
			Fixes: []string{`abcdef012345 ("ipv4: first version")`, `1234567890ab ("ipv4: second version")`}, Text: mail,
		}, {Title: "net: two", Author: "A <a@example.org>", Upstream: strings.Repeat("f", 40), Text: second}}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Diff{})); diff != "" {
			t.Error(name, diff)
		}
		if diff := cmp.Diff([]string{"net/ipv4/raw.c"}, Paths(got)); diff != "" {
			t.Error(diff)
		}
		result, err := Apply(got, readTree(map[string]string{"net/ipv4/raw.c": rawC}))
		if err != nil {
			t.Fatal(err)
		}
		patched := strings.NewReplacer("r += 1;", "r += 10;", "r += 2;\n\treturn r;", "r += 2;\n\treturn 2;").Replace(rawC)
		wantResult := &Result{Files: []File{{Path: "net/ipv4/raw.c", Original: rawC, Patched: patched}},
			Notes: []string{"net/ipv4/raw.c: hunk 1 is for line 103 and fits line 4"}}
		if diff := cmp.Diff(wantResult, result); diff != "" {
			t.Error(name, diff)
		}
	}
}

func TestUnreadable(t *testing.T) {
	for _, text := range []string{"", "no diff\n", mail[:strings.Index(mail, "+\tr += 10")],
		strings.Replace(mail, "@@ -103,5", "@@ -103,9", 1)} {
		_, err := ReadDiffs("x", strings.NewReader(text))
		if got := Refusals(err); len(got) != 1 || got[0].Kind != Unreadable {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestApplyRefuses(t *testing.T) {
	ten := " \tint r = a;\n \n-\tr += 1;\n+\tr += 10;\n \treturn r;\n"
	files := map[string]string{"net/ipv4/raw.c": rawC, "net/Makefile": "obj-y += a.o\nobj-y += b.o\n",
		"net/twice.c": rawC + rawC, "include/net/raw.h": rawC, "net/done.c": strings.Replace(rawC, "r += 1;", "r += 10;", 1)}
	const fresh = "diff --git a/net/x.c b/net/x.c\nnew file mode 100644\n--- /dev/null\n+++ b/net/x.c\n" +
		"@@ -0,0 +1 @@\n+int x;\n"
	const gone = "diff --git a/net/x.c b/net/x.c\ndeleted file mode 100644\n--- a/net/x.c\n+++ /dev/null\n" +
		"@@ -1 +0,0 @@\n-int x;\n"
	const renamed = "diff --git a/net/x.c b/net/y.c\nsimilarity index 100%\nrename from net/x.c\nrename to net/y.c\n"
	for name, c := range map[string]struct {
		diff string
		want string // KIND FILE HUNK of each refusal, or what was done
	}{
		"fits":       {hunk("net/ipv4/raw.c", "4", ten), "patched net/ipv4/raw.c"},
		"a header":   {hunk("include/net/raw.h", "4", ten), "header include/net/raw.h"},
		"not there":  {hunk("net/ipv6/raw.c", "4", ten), "not in the source net/ipv6/raw.c 0"},
		"other":      {hunk("net/ipv4/raw.c", "4", " \tlong r = a;\n-\n"), "does not apply net/ipv4/raw.c 1"},
		"already":    {hunk("net/done.c", "4", ten), "applied already net/done.c 0"},
		"two places": {hunk("net/twice.c", "9", ten), "ambiguous net/twice.c 1"},
		"no context": {hunk("net/ipv4/raw.c", "6", "-\tr += 1;\n+\tr += 10;\n"), "ambiguous net/ipv4/raw.c 1"},
		"comment": {hunk("net/ipv4/raw.c", "1", "-/* first */\n+/* one\n+   and only */\n int one(int a)\n"),
			"comments only net/ipv4/raw.c 0"},
		"Makefile":   {hunk("net/Makefile", "1", " obj-y += a.o\n-obj-y += b.o\n"), "build rules net/Makefile 0"},
		"Kconfig":    {hunk("net/Kconfig", "1", " a\n-b\n"), "build rules net/Kconfig 0"},
		"assembly":   {hunk("arch/x86/entry/entry.S", "1", " a\n-b\n"), "assembly arch/x86/entry/entry.S 0"},
		"document":   {hunk("Documentation/x.rst", "1", " a\n-b\n"), "documentation Documentation/x.rst 0"},
		"Rust":       {hunk("rust/a.rs", "1", " a\n-b\n"), "not C rust/a.rs 0"},
		"other arch": {hunk("arch/arm64/kernel/a.c", "1", " a\n-b\n"), "other machine arch/arm64/kernel/a.c 0"},
		"new":        {fresh, "new file net/x.c 0"},
		"deleted":    {gone, "deleted file net/x.c 0"},
		"renamed":    {renamed, "renamed file net/x.c 0"},
		"out":        {hunk("../../etc/passwd", "1", " a\n-b\n"), "not in the source ../../etc/passwd 0"},
		"and a paper": {hunk("net/ipv4/raw.c", "4", ten) + hunk("Documentation/x.rst", "1", " a\n-b\n"),
			"patched net/ipv4/raw.c, left Documentation/x.rst"},
		"several": {hunk("net/Makefile", "1", " a\n-b\n") + fresh, "build rules net/Makefile 0, new file net/x.c 0"},
	} {
		t.Run(name, func(t *testing.T) {
			diffs, err := ReadDiffs("x", strings.NewReader(c.diff))
			if err != nil {
				t.Fatal(err)
			}
			result, err := Apply(diffs, readTree(files))
			if got := said(result, err); got != c.want {
				t.Errorf("got %q, want %q: %v", got, c.want, err)
			}
		})
	}
}

func said(result *Result, err error) string {
	var out []string
	for _, r := range Refusals(err) {
		out = append(out, strings.Join([]string{string(r.Kind), r.File, string(rune('0' + r.Hunk))}, " "))
	}
	if result == nil {
		return strings.Join(out, ", ")
	}
	for _, f := range result.Files {
		out = append(out, map[bool]string{false: "patched ", true: "header "}[f.Header]+f.Path)
	}
	for _, l := range result.Left {
		out = append(out, "left "+l.File)
	}
	return strings.Join(out, ", ")
}

func TestApplyReadFails(t *testing.T) {
	diffs, err := ReadDiffs("x", strings.NewReader(mail))
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken disk")
	if _, err := Apply(diffs, func(string) ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestMismatchNamesTheLine(t *testing.T) {
	text := hunk("net/ipv4/raw.c", "4", " \tint r = a;\n \n-\tr += 3;\n+\tr += 4;\n \treturn r;\n")
	diffs, err := ReadDiffs("x", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Apply(diffs, readTree(map[string]string{"net/ipv4/raw.c": rawC}))
	want := `net/ipv4/raw.c, hunk 1: it does not apply: where the diff has "r += 3;", line 6 of this source is "r += 1;"; `
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v", err)
	}
}
