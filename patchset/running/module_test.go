// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// module links two objects as kbuild links modules, and returns the file's bytes.
func module(t *testing.T) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "a-module.ko")
	run(t, "ld", "-r", "--build-id=sha1", "-o", out, compile(t, "module.c"), compile(t, "one.c"))
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestModule finds an object in a module, and where its functions are among those of their name.
func TestModule(t *testing.T) {
	code, err := ReadModule(fstest.MapFS{"kernel/a-module.ko": {Data: module(t)}}, "kernel/a-module.ko")
	if err != nil {
		t.Fatal(err)
	}
	if code.Object != "a_module" || len(code.BuildID) != 40 {
		t.Errorf("object %q, build ID %q", code.Object, code.BuildID)
	}
	proof := parse(t, compile(t, "one.c", bySection...)).Prove(code)
	for _, d := range proof.Differences {
		t.Error(d)
	}
	// counted is there twice, and the kernel forgets the one of the module's start.
	for name, want := range map[string]int{"entry": 0, "helper": 2, "same": 2, "counted": 0} {
		m, err := proof.Function(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, err := code.Position(name, m.Addr); err != nil || got != want {
			t.Errorf("%s has the position %d, want %d: %v", name, got, want, err)
		}
		for _, in := range m.Implied {
			if other := slices.Contains([]string{"counter", "outside", "say"}, in.Name); in.Other != other {
				t.Errorf("%s refers to %+v", name, in)
			}
		}
	}
	if len(proof.Matches) < 5 {
		t.Errorf("%d functions are proved", len(proof.Matches))
	}
}

// TestNotAModule refuses other files.
func TestNotAModule(t *testing.T) {
	whole := module(t)
	for name, data := range map[string][]byte{"a text": []byte("text"), "a half": whole[:len(whole)/2],
		"a program": link(t, compile(t, "two.c"))} {
		if _, err := Module("m", data); err == nil || !strings.Contains(err.Error(), "not a kernel module") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzModule feeds damaged modules and objects to the readers, and compares what is left of them with each other: it
// must not panic.
func FuzzModule(f *testing.F) {
	for _, source := range []string{"module.c", "one.c"} {
		data, err := os.ReadFile(compile(f, source))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, uint(0), byte(0))
		f.Add(data, uint(len(data)-200), byte(1))
	}
	f.Fuzz(func(_ *testing.T, data []byte, at uint, flip byte) {
		damaged := bytes.Clone(data)
		if len(damaged) > 0 {
			damaged[at%uint(len(damaged))] ^= flip
		}
		code, err := Module("m", damaged)
		if err != nil {
			return
		}
		for _, file := range [][]byte{data, damaged} {
			if o, err := ParseObject(file); err == nil {
				o.Prove(code)
			}
		}
	})
}
