// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// preprocessRule does to a file what kbuild's rule for NAME.i does, as far as Preprocess sees it.
const preprocessRule = "%.i:\n\t@set -- $(CC) -Wp,-MMD,$(M)/.$@.d -nostdinc -I$(CURDIR)/include $(KCFLAGS) " +
	`-E -o $(M)/$@ $(M)/$*.c; echo "  $$*"; "$$@" && mv $(M)/.$@.d $(M)/.$@.cmd` + "\n"

// TestPreprocess wants the text of each file with the tree's own header, and an error for the one that has none.
func TestPreprocess(t *testing.T) {
	kernel, tree := fakeKernel(t, ""), t.TempDir()
	write(t, filepath.Join(kernel, "Makefile"), preprocessRule)
	write(t, filepath.Join(tree, "include/linux/types.h"), "#define WHICH long\n")
	write(t, filepath.Join(tree, "net/a.c"), "#include <linux/types.h>\nWHICH a;\n")
	write(t, filepath.Join(tree, "net/b.c"), "#include <linux/none.h>\n")
	write(t, filepath.Join(tree, "net/c.c"), "#include <linux/types.h>\nWHICH c;\n")
	first := Source{KernelDir: kernel, Tree: tree, Rules: "net", OwnHeaders: true}
	made, err := Preprocess(t.Context(), first, []string{"net/a.c", "net/b.c", "net/c.c"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"long a;\n", "", "long c;\n"} {
		if p := made[i]; (p.Err != nil) != (want == "") || !strings.HasSuffix(p.Text, want) {
			t.Errorf("file %d: %v\n%s", i, p.Err, p.Text)
		}
	}
	var refused *CompileError
	if !errors.As(made[1].Err, &refused) || refused.File != "net/b.c" {
		t.Errorf("a header that is missing: %v", made[1].Err)
	}
	if got := strings.Join(made[0].MadeOf, " "); got != "include/linux/types.h net/a.c" {
		t.Errorf("made of %s", got)
	}
	left, err := os.ReadDir(filepath.Join(tree, "net"))
	if err != nil || len(left) != 3 {
		t.Errorf("beside the source stays %v, %v", left, err)
	}
}
