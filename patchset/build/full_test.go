// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFullIn reads what gcc 12, its assembler, the linker, make and a shell print where there is no room, as seen on a
// file system of some kB.
func TestFullIn(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	other := t.TempDir()
	for printed, want := range map[string]string{
		"net/ipv4/tcp.c:4862:1: fatal error: error writing to " + temp + "/run/ccZ.s: No space left on device\n" +
			" 4862 | }\n      | ^\ncompilation terminated.\n": temp,
		"a.c:1: fatal error: when writing output to " + other + "/a.i: No space left on device\n": other,
		temp + "/ccZ.s: Assembler messages:\n" + temp + "/ccZ.s: Fatal error: can't write 37 bytes to section .text of " +
			other + "/a.o: 'No space left on device'\n": other,
		"objcopy: " + other + "/a.o[.text]: No space left on device\n":           other,
		"cp: error writing '" + other + "/a.o': No space left on device\n":       other,
		temp + "/ccZ.s: Fatal error: can't close a.o: No space left on device\n": "unsaid",
		"ld: final link failed: No space left on device\n":                       "unsaid",
		"bash: echo: write error: Disk quota exceeded\n":                         "unsaid",
		"a.c:1:1: error: unknown type name 'x'\n":                                "",
		"a.c:1:1: error: bad\n 1 | say(\"is full: No space left on device\");\n": "",
	} {
		got := FullIn(printed, other)
		switch {
		case want == "" && got != nil, want != "" && got == nil,
			want == "unsaid" && got.Dir != temp && got.Dir != other, filepath.IsAbs(want) && got.Dir != want:
			t.Errorf("%q: %v, want %s", printed, got, want)
		}
	}
	if text := (&FullError{temp}).Error(); !strings.HasPrefix(text, temp+" is full") ||
		!strings.Contains(text, "TMPDIR=") {
		t.Errorf("said %s", text)
	}
	if text := (&FullError{other}).Error(); strings.Contains(text, "TMPDIR") {
		t.Errorf("of another directory: %s", text)
	}
}

// TestFull takes the directory alone out of an error that says it is full.
func TestFull(t *testing.T) {
	temp := os.TempDir()
	no := errors.New("no")
	write := &fs.PathError{Op: "write", Path: "/cache/source/index", Err: unix.ENOSPC}
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("keeping: %w", write), "/cache/source"},
		{fmt.Errorf("net/a.c: %w", errors.Join(no, &fs.PathError{Path: temp + "/x/y", Err: unix.EDQUOT})), temp},
		{fmt.Errorf("net/a.c: %w", &FullError{"/d"}), "/d"},
	} {
		var full *FullError
		if err := Full(c.err); !errors.As(err, &full) || full.Dir != c.want || err.Error() != full.Error() {
			t.Errorf("%v became %v", c.err, err)
		}
	}
	if Full(no) != no || Full(nil) != nil {
		t.Error("another error is changed")
	}
}

// TestCompileFull blames no line of the source for a directory that is full, and so does the preprocessor.
func TestCompileFull(t *testing.T) {
	kernel, tree := fakeKernel(t, `echo "$(M)/a.c:1:1: fatal error: error writing to $$TMPDIR/c.s: `+
		`No space left on device"; exit 1`), t.TempDir()
	write(t, filepath.Join(tree, "net/a.c"), "int f(void) { return 1; }\n")
	source := Source{KernelDir: kernel, Tree: tree, File: "net/a.c"}
	_, _, err := Compile(t.Context(), source)
	for range 2 {
		var full *FullError
		var compiler *CompileError
		if !errors.As(err, &full) || errors.As(err, &compiler) || full.Dir != os.TempDir() {
			t.Errorf("said %v", err)
		}
		write(t, filepath.Join(kernel, "Makefile"), "%.i:\n\t@echo 'make: write error: No space left on device'; exit 1\n")
		_, err = Preprocess(t.Context(), source, []string{"net/a.c"})
	}
}
