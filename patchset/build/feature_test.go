// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// features has what static_cpu_has() is before alternatives have decided it.
const features = `
extern unsigned char caps[];
static inline __attribute__((always_inline)) int has(int bit) {
	asm goto("jmp 6f\n.pushsection .altinstr_aux,\"ax\"\n6: testb %[b],caps(%%rip)\njnz %l[yes]\njmp %l[no]\n.popsection\n"
		".pushsection .orc_unwind_ip,\"a\"\n.long 6b - .\n.popsection\n.pushsection .orc_unwind,\"a\"\n.long 1\n.popsection"
		: : [b] "i" (1 << bit) : : yes, no);
yes:
	return 1;
no:
	return 0;
}
int f(int i) { return has(1) ? other(i) : 2; }
`

// TestFeatures refuses a function that tests a CPU feature, by its name. One that does not may stand beside such ones.
func TestFeatures(t *testing.T) {
	const plain, asks = `int g(int i) { return other(i); }`, `int g(int i) { return has(2) ? other(i) : 3; }`
	for name, c := range map[string]struct{ original, patched, want string }{
		"only others ask":        {plain, `int g(int i) { return other(i) + 1; }`, ""},
		"it asks in both":        {asks, `int g(int i) { return has(2) ? other(i) + 1 : 3; }`, "g"},
		"it asks now":            {plain, asks, "g"},
		"it asks no more":        {asks, `int g(int i) { return caps[1] & 2 ? other(i) : 3; }`, ""},
		"it asks something else": {asks, strings.Replace(asks, "has(2)", "has(3)", 1), "g"},
		"a new one asks":         {"", asks, "g"},
		"its unlikely part asks": {asks, `int g(int i) {
if (__builtin_expect(i, 0)) return has(3) + other(9); return i; }`, "g"},
		"one that asks less": {`int g(int i) { return has(2) + has(3) + i; }`, asks, "g"},
		"another one stands before": {plain, `static noinline int a(int i) { return other(i + 1); }
int g(int i) { return a(i) + a(i + 1); }`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Extract(compileC(t, features+c.original), compileC(t, features+c.patched), Options{})
			var refused *RefusedError
			if err != nil && !errors.As(err, &refused) {
				t.Fatal(err)
			}
			var got []string
			if refused != nil {
				for _, r := range refused.Refusals {
					got = append(got, r.Symbol)
					if !strings.Contains(r.Why, "static_cpu_has()") || !strings.Contains(r.Remedy, "boot_cpu_has()") {
						t.Errorf("said %s", r)
					}
				}
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("(-want +got)\n%s\n%v", diff, err)
			}
		})
	}
}
