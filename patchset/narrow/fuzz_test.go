// SPDX-License-Identifier: GPL-2.0-only

package narrow_test

import (
	"testing"

	"spotos/patchset/narrow"
)

// FuzzTouched compares texts that no preprocessor made: that must not crash, the order must not matter, and what is
// added to a file's text outside of a function must be seen.
func FuzzTouched(f *testing.F) {
	f.Add(added, inline+"int f(int a) { return a; }\n")
	f.Add("# 1 \"a.c\"\nint a[] = { 1, 2 };\n#pragma pack(1)\n", "struct { int a:1; } __attribute__((packed)) s;")
	f.Add("static inline int f(void) { asm(\"x\"); extern void __compiletime_assert_1(void) "+
		"__attribute__((error(\"\\x66\"))); }", "int __UNIQUE_ID_a1 = 'a' + 0x1fp-3;")
	f.Fuzz(func(t *testing.T, a, b string) {
		ab, ba := narrow.Touched(a, b), narrow.Touched(b, a)
		if (ab == "") != (ba == "") {
			t.Errorf("one way %q, the other way %q", ab, ba)
		}
		if narrow.Touched(a, a) == "" && narrow.Touched(a, a+"\n;int spotos_more;\n") == "" {
			t.Error("a variable more is not seen")
		}
	})
}
