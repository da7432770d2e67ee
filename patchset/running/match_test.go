// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// one returns the object of testdata/one.c with a section for each of its parts, and a kernel that was linked from it,
// compiled without them, and from testdata/two.c.
func one(t *testing.T) (*Object, *Code) {
	t.Helper()
	return parse(t, compile(t, "one.c", bySection...)), kernel(t, compile(t, "two.c"), compile(t, "one.c"))
}

// address returns the last address of a name: testdata/one.c is linked last.
func address(t *testing.T, code *Code, name string) uint64 {
	t.Helper()
	found := code.Named(name)
	if len(found) == 0 {
		t.Fatalf("no symbol %s", name)
	}
	return found[len(found)-1].Addr
}

// TestProve finds each function of the object in the kernel, also those that are there several times.
func TestProve(t *testing.T) {
	o, code := one(t)
	proof := o.Prove(code)
	for _, name := range []string{"entry", "helper", "same", "counted", "speak", "begin"} {
		m, err := proof.Function(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if want := address(t, code, name); m.Addr != want {
			t.Errorf("%s is found at %#x and is at %#x", name, m.Addr, want)
		}
	}
	if _, err := proof.Function("overridden"); err == nil || !strings.Contains(err.Error(), "overrides this weak one") {
		t.Errorf("a weak function that is overridden: %v", err)
	}
	if _, err := proof.Function("nothing"); err == nil || !strings.Contains(err.Error(), "no function nothing") {
		t.Errorf("a function that is not there: %v", err)
	}
}

// TestImplied demands the address of everything that a function refers to.
func TestImplied(t *testing.T) {
	o, code := one(t)
	m, err := o.Prove(code).Function("entry")
	if err != nil {
		t.Fatal(err)
	}
	var want []Implied
	for _, name := range []string{"counted", "counter", "entry", "helper", "same", "say"} {
		want = append(want, Implied{Name: name, Addr: address(t, code, name), Listed: name})
	}
	if diff := cmp.Diff(want, m.Implied); diff != "" {
		t.Error(diff)
	}
}

// TestDifference flips each byte of a function in the kernel, and one of a text that it shows. All must be refused.
func TestDifference(t *testing.T) {
	o, code := one(t)
	f, ok := o.Function("entry")
	if !ok {
		t.Fatal("no function entry")
	}
	addr := address(t, code, "entry")
	for at := range f.Size {
		b := code.Bytes(addr+at, 1)
		b[0] ^= 1
		_, err := o.Match(f, code, addr)
		var d *Difference
		if !errors.As(err, &d) || d.Function != "entry" || d.Offset > at {
			t.Errorf("byte %#x was changed: %v", at, err)
		}
		b[0] ^= 1
	}
	if _, err := o.Match(f, code, addr); err != nil {
		t.Errorf("nothing is changed any more: %v", err)
	}
	for _, s := range code.Sections() {
		if at := strings.Index(string(s.Data), "both have"); at >= 0 {
			s.Data[at] = 'B'
		}
	}
	if _, err := o.Match(f, code, addr); err == nil || !strings.Contains(err.Error(), "the kernel's is") {
		t.Errorf("a text was changed: %v", err)
	}
}

// TestElsewhere compares at addresses where the function is not.
func TestElsewhere(t *testing.T) {
	o, code := one(t)
	f, _ := o.Function("helper")
	for _, addr := range []uint64{0, 1, ^uint64(0), address(t, code, "counter"), address(t, code, "helper") + 1,
		code.Named("helper")[0].Addr} {
		if _, err := o.Match(f, code, addr); err == nil {
			t.Errorf("helper was found at %#x", addr)
		}
	}
}

// TestAmbiguous refuses a function whose code is there twice when no other function says which is meant, by name.
func TestAmbiguous(t *testing.T) {
	o, code := one(t)
	o.functions = slices.DeleteFunc(o.functions, func(f Function) bool { return f.Name != "same" })
	_, err := o.Prove(code).Function("same")
	if err == nil || !strings.Contains(err.Error(), "same is not found in the code of vmlinux") ||
		!strings.Contains(err.Error(), "nothing says which is meant") {
		t.Errorf("two are the same: %v", err)
	}
}

// TestMoved refuses a function that refers to a symbol which the table has elsewhere.
func TestMoved(t *testing.T) {
	o, code := one(t)
	for i := range code.symbols {
		if code.symbols[i].Name == "outside" {
			code.symbols[i].Addr++
		}
	}
	code.index()
	if _, err := o.Prove(code).Function("same"); err == nil || !strings.Contains(err.Error(), "it refers to outside at") {
		t.Errorf("outside is elsewhere: %v", err)
	}
}

// TestNamesake refuses a function that differs from the kernel's, though another file has the very same one.
func TestNamesake(t *testing.T) {
	o := parse(t, compile(t, "one.c", bySection...))
	code := kernel(t, compile(t, "two.c"), compile(t, "one.c", "-DCHANGED"))
	_, err := o.Prove(code).Function("same")
	if err == nil || !strings.Contains(err.Error(), "another file's function of this name") {
		t.Errorf("another file's function was taken for the object's: %v", err)
	}
}
