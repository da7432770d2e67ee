// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"path/filepath"
	"testing"
)

// assembleLoop assembles testdata/loop.s with values of its symbols.
func assembleLoop(t *testing.T, symbols ...string) string {
	t.Helper()
	object := filepath.Join(t.TempDir(), "loop.o")
	args := []string{"-o", object, filepath.Join("testdata", "loop.s")}
	for _, s := range symbols {
		args = append(args, "--defsym", s)
	}
	run(t, "as", args...)
	return object
}

// TestPadding finds a function whose loop has less or more room before it in the kernel, and none in which anything
// else is another one.
func TestPadding(t *testing.T) {
	for _, test := range []struct {
		name           string
		source, kernel []string
		same           bool
	}{
		{"the same place", []string{"BEFORE=0"}, []string{"BEFORE=0"}, true},
		{"less room in the kernel", []string{"BEFORE=0"}, []string{"BEFORE=16"}, true},
		{"more room in the kernel", []string{"BEFORE=16"}, []string{"BEFORE=0"}, true},
		{"another loop", []string{"BEFORE=16"}, []string{"BEFORE=0", "EXTRA=1"}, false},
		{"a table's entry in the room", []string{"BEFORE=16", "ENTRY=1"}, []string{"BEFORE=0"}, false},
	} {
		code, o := kernel(t, assembleLoop(t, test.kernel...)), parse(t, assembleLoop(t, test.source...))
		f, _ := o.Function("loop")
		addr := address(t, code, "loop")
		if err := newComparison(o, f, code, addr).span(0, 0, f.Size); test.name != "the same place" && err == nil {
			t.Errorf("%s: it is the same byte by byte, and tests nothing", test.name)
		}
		if _, err := o.Match(f, code, addr); (err == nil) != test.same {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestPaddingChanged refuses the function of more room with any of its bytes changed, those of the room included.
func TestPaddingChanged(t *testing.T) {
	code, o := kernel(t, assembleLoop(t, "BEFORE=0")), parse(t, assembleLoop(t, "BEFORE=16"))
	f, _ := o.Function("loop")
	addr := address(t, code, "loop")
	for at := range f.Size + 16 {
		b := code.Bytes(addr+at, 1)
		b[0] ^= 1
		if _, err := o.Match(f, code, addr); err == nil {
			t.Errorf("byte %#x was changed, and nothing was noticed", at)
		}
		b[0] ^= 1
	}
}
