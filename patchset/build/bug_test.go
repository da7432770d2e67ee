// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"debug/elf"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// longBugs has warnings as 7.x has them: an entry is 16 bytes long, and the code hands on where it is.
const longBugs = `
#define WARN_AT(line) ({ void *bug; asm volatile("lea 2f(%%rip), %0\n1:\n.pushsection __bug_table,\"aw\"\n" \
	"2: .long 1b - .\n.long %c1 - .\n.long %c2 - .\n.word %c3\n.word 9\n.popsection" \
	: "=r" (bug) : "i" ("what is wrong"), "i" (__FILE__), "i" (line)); keep[0] = bug; })
`

// TestLongBugs compares functions with such warnings: neither their lines nor entries before are a difference.
func TestLongBugs(t *testing.T) {
	compile := func(text string) *Object { return compileC(t, longBugs+text) }
	original := compile(`void a(void) { WARN_AT(1); } void f(void) { WARN_AT(2); WARN_AT(3); }`)
	for _, test := range []struct {
		patched string
		want    []string
	}{
		{`void a(void) { WARN_AT(1); } void f(void) { WARN_AT(4); WARN_AT(5); }`, nil},
		{`void a(void) { WARN_AT(1); WARN_AT(1); } void f(void) { WARN_AT(2); WARN_AT(3); }`, []string{"changed a"}},
		{`void a(void) { WARN_AT(1); } void f(void) { WARN_AT(2); }`, []string{"changed f"}},
	} {
		var got []string
		for _, c := range Compare(original, compile(test.patched), false) {
			if c.State != Same {
				got = append(got, c.State.String()+" "+c.Name)
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.patched, diff)
		}
	}
}

// TestLongBugsTravel takes a function out with its own entries, to which its code refers where they are then.
func TestLongBugsTravel(t *testing.T) {
	compile := func(text string) *Object { return compileC(t, longBugs+text) }
	made, err := Extract(compile(`void a(void) { WARN_AT(1); } void f(void) { WARN_AT(2); WARN_AT(3); }`),
		compile(`void a(void) { WARN_AT(1); } void f(void) { other(1); WARN_AT(2); WARN_AT(3); }`), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var entries []int64
	for _, s := range made.Object.Sections {
		if s.Name == bugTable && s.Size != 32 {
			t.Errorf("the table has %d bytes", s.Size)
		}
		for _, r := range s.Relocs {
			if s.Flags&elf.SHF_EXECINSTR != 0 && r.Symbol.Section != nil && r.Symbol.Section.Name == bugTable {
				entries = append(entries, r.Addend+4)
			}
		}
	}
	if diff := cmp.Diff([]int64{0, 16}, entries); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestOthersBug refuses a function that refers to another one's entry: what that is in the kernel nobody can say.
func TestOthersBug(t *testing.T) {
	const others = longBugs + `
void a(void) { WARN_AT(1); }
void f(void) { FIX void *bug; asm volatile(".pushsection __bug_table,\"aw\"\n.popsection\nlea __bug_table(%%rip), %0" :
	"=r" (bug)); keep[1] = bug; }
`
	_, err := Extract(compileC(t, others, "-DFIX="), compileC(t, others, "-DFIX=other(1);"), Options{})
	if refused := (*RefusedError)(nil); !errors.As(err, &refused) {
		t.Errorf("it is not refused: %v", err)
	}
}
