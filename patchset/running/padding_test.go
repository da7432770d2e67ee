// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// assembleLoop assembles testdata/loop.s with values of its symbols, which spaces divide.
func assembleLoop(t *testing.T, symbols string) string {
	t.Helper()
	object := filepath.Join(t.TempDir(), "loop.o")
	args := []string{"-o", object, filepath.Join("testdata", "loop.s")}
	for _, s := range strings.Fields(symbols) {
		args = append(args, "--defsym", s)
	}
	run(t, "as", args...)
	return object
}

// paddings are pairs of a function in the source and in the kernel, and whether they are the same. The room before the
// loop has 26 bytes with BEFORE=0, 10 with 16, and 5 with 21.
var paddings = []struct {
	name           string
	source, kernel string
	same           bool
}{
	{"less room in the kernel", "BEFORE=0", "BEFORE=16", true},
	{"more room in the kernel", "BEFORE=16", "BEFORE=0", true},
	{"no room in the kernel", "BEFORE=16", "BEFORE=26", true},
	{"no room in the source", "BEFORE=26", "BEFORE=16", true},
	{"a call across the room", "BEFORE=0 CALL=1", "BEFORE=16 CALL=1", true},
	{"an address behind the room", "BEFORE=0 LATER=1", "BEFORE=16 LATER=1", true},
	{"code that runs into the room", "BEFORE=0 BEHIND=1", "BEFORE=16 BEHIND=1", true},
	{"another loop", "BEFORE=16", "BEFORE=0 EXTRA=1", false},
	{"a loop that is aligned to less", "BEFORE=0", "BEFORE=0 UNIT=4", false},
	{"a loop that is aligned to more", "BEFORE=0", "BEFORE=0 UNIT=6", false},
	{"a loop that is not aligned", "BEFORE=0", "BEFORE=0 UNIT=0", false},
	{"no loop", "BEFORE=0 ONCE=1", "BEFORE=16 ONCE=1", false},
	{"a jump to the room", "BEFORE=0 INTO=0", "BEFORE=16 INTO=0", false},
	{"a jump into the room", "BEFORE=0 INTO=11", "BEFORE=16 INTO=10", false},
	{"a jump into the kernel's room", "BEFORE=16 INTO=10", "BEFORE=0 INTO=22", false},
	{"other no-ops in the kernel", "BEFORE=0", "BEFORE=16 FILL=10", false},
	{"other no-ops in the source", "BEFORE=0 FILL=26", "BEFORE=16", false},
	{"other code in the room", "BEFORE=0", "BEFORE=21 BEHIND=1", false},
	{"five bytes of room", "BEFORE=0", "BEFORE=21", true},
	{"a static branch for the room", "BEFORE=0", "BEFORE=21 BRANCH=1 ENTRY=0", false},
	{"one in the source", "BEFORE=21 BRANCH=1 ENTRY=0", "BEFORE=0", false},
	{"a static branch in the room", "BEFORE=16", "BEFORE=0 ENTRY=11", false},
	{"one in the source's room", "BEFORE=0 ENTRY=11", "BEFORE=16", false},
	{"an alternative before the room", "BEFORE=0 ALTERNATIVE=2", "BEFORE=16 ALTERNATIVE=2", true},
	{"an alternative that reaches into it", "BEFORE=0", "BEFORE=16 ALTERNATIVE=3", false},
	{"one in the source that does", "BEFORE=0 ALTERNATIVE=3", "BEFORE=16", false},
	{"a field behind the room with an address behind it", "BEFORE=0 LATERFIELD=1", "BEFORE=16 LATERFIELD=1", false},
	{"a name behind the room", "BEFORE=0 NAMED=1", "BEFORE=16 NAMED=1", false},
}

// TestPadding finds a function whose loop has less or more room before it in the kernel, and none in which anything
// else is another one, or may become another one.
func TestPadding(t *testing.T) {
	for _, test := range paddings {
		code, o := kernel(t, assembleLoop(t, test.kernel)), parse(t, assembleLoop(t, test.source))
		f, _ := o.Function("loop")
		addr := address(t, code, "loop")
		if err := newComparison(o, f, code, addr).span(0, 0, f.Size); err == nil {
			t.Errorf("%s: it is the same byte by byte, and tests nothing", test.name)
		}
		if _, err := o.Match(f, code, addr); (err == nil) != test.same {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestPaddingChanged refuses the function of other room with any of its bits changed, those of the room included.
func TestPaddingChanged(t *testing.T) {
	for _, test := range paddings {
		if !test.same {
			continue
		}
		code, o := kernel(t, assembleLoop(t, test.kernel)), parse(t, assembleLoop(t, test.source))
		f, _ := o.Function("loop")
		addr := address(t, code, "loop")
		for bit := range (code.End(addr) - addr) * 8 {
			b := code.Bytes(addr+bit/8, 1)
			b[0] ^= 1 << (bit % 8)
			if _, err := o.Match(f, code, addr); err == nil {
				t.Errorf("%s: bit %d of byte %#x was changed, and nothing was noticed", test.name, bit%8, bit/8)
			}
			b[0] ^= 1 << (bit % 8)
		}
	}
}

// TestPaddingUnknown takes no other room for the same where nobody knows what the kernel rewrites: without its table of
// static branches, or with one of alternatives that cannot be read.
func TestPaddingUnknown(t *testing.T) {
	for name, change := range map[string]func(*Code){
		"no table": func(code *Code) {
			code.sections = slices.DeleteFunc(code.sections, func(s Section) bool { return s.Name == branchTable })
			code.symbols = slices.DeleteFunc(code.symbols, func(s Symbol) bool { return s.Name == "__stop_"+branchTable })
		},
		"an entry that leads nowhere": func(code *Code) {
			for _, s := range code.sections {
				if s.Name == alternativeTable {
					s.Data[7] ^= 0x40 // it leads to where no code is
				}
			}
		},
	} {
		code, o := kernel(t, assembleLoop(t, "BEFORE=16")), parse(t, assembleLoop(t, "BEFORE=0"))
		change(code)
		code.index()
		f, _ := o.Function("loop")
		if _, err := o.Match(f, code, address(t, code, "loop")); err == nil {
			t.Errorf("%s: other room was taken for the same", name)
		}
	}
}
