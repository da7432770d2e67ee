// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestShorterJump finds a function whose jump to a neighbour is shorter in the kernel, and refuses it with any of its
// bytes changed.
func TestShorterJump(t *testing.T) {
	o, code := one(t)
	f, ok := o.Function("chain")
	addr := address(t, code, "chain")
	if !ok || newComparison(o, f, code, addr).span(0, 0, f.Size) == nil {
		t.Fatal("chain is the same byte by byte, and tests nothing")
	}
	m, err := o.Match(f, code, addr)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, in := range m.Implied {
		if in.Name == "helper" && in.Addr == address(t, code, "helper") {
			found++
		}
	}
	if found != 1 {
		t.Errorf("where helper is was not found: %+v", m.Implied)
	}
	for at := range f.Size - 3 { // the jump is 3 bytes shorter
		b := code.Bytes(addr+at, 1)
		b[0] ^= 1
		if _, err := o.Match(f, code, addr); err == nil {
			t.Errorf("byte %#x was changed, and nothing was noticed", at)
		}
		b[0] ^= 1
	}
}

// assemble assembles testdata/branch.s with values of its symbols.
func assemble(t *testing.T, symbols ...string) string {
	t.Helper()
	object := filepath.Join(t.TempDir(), "branch.o")
	args := []string{"-o", object, filepath.Join("testdata", "branch.s")}
	for _, s := range symbols {
		args = append(args, "--defsym", s)
	}
	run(t, "as", args...)
	return object
}

// TestBranch takes a no-op of the kernel's for a static branch that objtool has not seen yet, if its key asks for that.
func TestBranch(t *testing.T) {
	code := kernel(t, assemble(t, "KEY=2", "NOP=1"))
	for symbol, refused := range map[string]bool{"KEY=2": false, "KEY=0": true} {
		o := parse(t, assemble(t, symbol))
		f, _ := o.Function("branches")
		_, err := o.Match(f, code, address(t, code, "branches"))
		if refused != (err != nil) || err != nil && !strings.Contains(err.Error(), "at +0x7 the source gives eb") {
			t.Errorf("%s: %v", symbol, err)
		}
	}
	if out, err := exec.Command("objdump", "-d", assemble(t, "KEY=2")).Output(); err != nil ||
		!strings.Contains(string(out), "e9 00 00 00 00") {
		t.Errorf("the object has no near jump, and tests nothing: %v", err)
	}
}
