// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"spotos/internal/labtest"
)

// fakeKernel writes headers whose makefile does to one file what kbuild does, as far as Compile sees it.
func fakeKernel(t *testing.T, recipe string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "include/linux/types.h"), "typedef int which;\n")
	write(t, filepath.Join(dir, "include/config/auto.conf"), "CONFIG_CC_VERSION_TEXT=\"gcc (Any) 1\"\n")
	write(t, filepath.Join(dir, "Makefile"), "%.o:\n\t@"+recipe+"\n")
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// kbuildRecipe compiles like kbuild, prints the command and keeps the names of the files it read.
const kbuildRecipe = `set -- $(CC) -Wp,-MMD,$(M)/.a.o.d -nostdinc -I$(CURDIR)/include $(KCFLAGS) ` +
	`-c -o $(M)/a.o $(M)/a.c; echo "  $$*"; "$$@" && mv $(M)/.a.o.d $(M)/.a.o.cmd`

func TestCompile(t *testing.T) {
	kernel, tree := fakeKernel(t, kbuildRecipe), t.TempDir()
	write(t, filepath.Join(tree, "net/a.c"), "#include <linux/types.h>\nwhich f(void) { return sizeof(which); }\n")
	write(t, filepath.Join(tree, "include/linux/types.h"), "typedef long which;\n#define MORE 1\n")
	source := Source{KernelDir: kernel, Tree: tree, File: "net/a.c"}
	one, _, err := Compile(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	source.OwnHeaders = true
	two, _, err := Compile(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	want := []Change{{"f", true, Changed}}
	if diff := cmp.Diff(want, Compare(one, two, false)); diff != "" {
		t.Errorf("with its own headers (-want +got)\n%s", diff)
	}
	write(t, filepath.Join(tree, "net/a.c"), "#include <linux/types.h>\nwhich f(void) { return MORE; }\n")
	if _, _, err = Compile(t.Context(), source); err != nil {
		t.Errorf("what only its own headers define: %v", err)
	}
	other := t.TempDir()
	write(t, filepath.Join(other, "x.h"), "")
	write(t, filepath.Join(tree, "net/a.c"), "#include \""+other+"/x.h\"\n")
	if _, _, err := Compile(t.Context(), source); err == nil || !strings.Contains(err.Error(), "another kernel") {
		t.Errorf("mixed trees: %v", err)
	}
}

func TestCompileErrors(t *testing.T) {
	kernel, tree := fakeKernel(t, kbuildRecipe), t.TempDir()
	write(t, filepath.Join(tree, "net/a.c"), "int f(void)\n{\n\treturn x;\n}\n")
	write(t, filepath.Join(tree, "net/a.o"), "an earlier object")
	_, output, err := Compile(t.Context(), Source{KernelDir: kernel, Tree: tree, File: "net/a.c"})
	var failed *CompileError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "net/a.c, line 3: 'x' undeclared") {
		t.Errorf("said %v of\n%s", err, output)
	}
	if _, err := os.Stat(filepath.Join(tree, "net/a.o")); err == nil {
		t.Error("an object is left")
	}
	for file, says := range map[string]string{"../a.c": "no C file", "x86/entry.S": "no C file", "net/b.c": "no such"} {
		_, _, err := Compile(t.Context(), Source{KernelDir: kernel, Tree: tree, File: file})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestCompileKilled ends the context while what make started runs, and looks whether it is gone.
func TestCompileKilled(t *testing.T) {
	kernel, tree := fakeKernel(t, `sleep 1000 & echo $$! >$(M)/pid.new; mv $(M)/pid.new $(M)/pid; wait`), t.TempDir()
	write(t, filepath.Join(tree, "net/a.c"), "")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, _, err := Compile(ctx, Source{KernelDir: kernel, Tree: tree, File: "net/a.c"})
		done <- err
	}()
	pid := 0
	labtest.Eventually(t, func() error {
		text, err := os.ReadFile(filepath.Join(tree, "net/pid"))
		if err == nil {
			pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
		}
		return err
	})
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	labtest.Eventually(t, func() error {
		// A killed process is there until somebody has collected it.
		if unix.Kill(pid, 0) == nil && !zombie(pid) {
			return fmt.Errorf("process %d goes on", pid)
		}
		return nil
	})
}

func zombie(pid int) bool {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err != nil || strings.Contains(string(text), ") Z ")
}

// TestCompileCheck compiles a file whose name begins like a target for which the kernel's Makefile reads no
// configuration.
func TestCompileCheck(t *testing.T) {
	kernel, tree := fakeKernel(t, ""), t.TempDir()
	write(t, filepath.Join(kernel, "Makefile"), "need-config := 1\nifneq ($(filter check%,$(MAKECMDGOALS)),)\n"+
		"need-config :=\nendif\n%.o:\n\t@$(if $(need-config),,exit 1;)"+strings.ReplaceAll(kbuildRecipe, "a.", "check.")+"\n")
	write(t, filepath.Join(tree, "net/check.c"), "int f(void) { return 1; }\n")
	if _, output, err := Compile(t.Context(), Source{KernelDir: kernel, Tree: tree, File: "net/check.c"}); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
