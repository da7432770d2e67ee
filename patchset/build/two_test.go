// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// userFile is one of two files that include a header with an inline function; FIX chooses the header's version. Both
// have static parts of the same names.
const userFile = `
static inline int limit(void) { return FIX ? 7000 : 3000; }
static int calls = FIRST;
static noinline int helper(int i) { asm volatile(""); return i + calls++; }
int NAME(void) { return helper(0) + limit(); }
int stays_NAME(void) { return helper(1); }
`

const usersMain = `#include <stdio.h>
int one(void), two(void), stays_one(void), stays_two(void), spotos_new_one(void), spotos_new_2__two(void);
int main(void)
{
	printf("%d %d\n", one(), two());
	printf("%d %d\n", spotos_new_one(), spotos_new_2__two());
	printf("%d %d\n", stays_one(), stays_two());
	printf("%d %d\n", one(), two());
	return 0;
}
`

// TestTwoFiles extracts what a header changes out of two files, links both as one patch and runs it: each goes on with
// the static function and the variable of its own original, and what does not use the change is not replaced.
func TestTwoFiles(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, object *Object) {
		data, err := object.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), string(data))
	}
	for i, name := range []string{"one", "two"} {
		text := strings.NewReplacer("FIRST", fmt.Sprint(10*(i+1)), "NAME", name).Replace(userFile)
		var objects []*Object
		for _, fixed := range []string{"-DFIX=0", "-DFIX=1"} {
			objects = append(objects, compileC(t, text, "-mcmodel=small", fixed))
		}
		made, err := Extract(objects[0], objects[1], Options{Tag: []string{"", "2_"}[i]})
		if err != nil {
			t.Fatal(err)
		}
		if len(made.Replacements) != 1 || made.Replacements[0].Function != name {
			t.Errorf("%s: replaces %v", name, made.Replacements)
		}
		for _, r := range made.References { // what MakeLate does in the kernel
			for _, s := range objects[0].Symbols {
				if r.Local && s.Name == r.Name {
					s.Name, s.Info = r.Symbol, s.Info&0xf|1<<4
				}
			}
		}
		put("fix_"+name+".o", made.Object)
		put("original_"+name+".o", objects[0])
	}
	if err := os.WriteFile(filepath.Join(dir, "main.c"), []byte(usersMain), 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("sh", "-ec", "ld -r -o patch.o fix_one.o fix_two.o && "+
		"gcc -no-pie -o main main.c patch.o original_one.o original_two.o && ./main")
	build.Dir = dir
	out, err := build.CombinedOutput()
	want := "3010 3020\n7011 7021\n13 23\n3013 3023\n"
	if diff := cmp.Diff(want, string(out)); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}
