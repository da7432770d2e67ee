// SPDX-License-Identifier: GPL-2.0-only

package lookup

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"spotos/patchset/build"
	"spotos/patchset/prototype"
	"spotos/patchset/running"
)

// TestMany takes random functions of the lab's kernels that can be traced, and has the kernel's own rules compile a
// heading of each, as a stop-gap has it and as a patch by hand has it. It is asked for by SPOTOS_MANY, the number of
// functions; SPOTOS_MANY_DIR keeps what was made, SPOTOS_MANY_SEED takes others.
func TestMany(t *testing.T) {
	count, err := strconv.Atoi(os.Getenv("SPOTOS_MANY"))
	if err != nil {
		t.Skip("SPOTOS_MANY is no number of functions")
	}
	for name, k := range labKernels(t) {
		t.Run(name, func(t *testing.T) { many(t, k, name, count) })
	}
}

func many(t *testing.T, k *Kernel, name string, count int) {
	dir := t.TempDir()
	if kept := os.Getenv("SPOTOS_MANY_DIR"); kept != "" {
		dir = filepath.Join(kept, name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	headers, err := prototype.ReadHeaders(k.Files.Headers)
	if err != nil {
		t.Fatal(err)
	}
	functions := serve(t, k, random(k, count))
	var objects []string
	const together = 5 // functions in a file
	for part := range slices.Chunk(functions, together) {
		for _, whole := range []bool{false, true} {
			object := fmt.Sprintf("part%d.o", len(objects))
			objects = append(objects, object)
			file := filepath.Join(dir, strings.TrimSuffix(object, ".o")+".c")
			if err := os.WriteFile(file, []byte(written(t, headers, part, whole)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	err = os.WriteFile(filepath.Join(dir, "Kbuild"), []byte("obj-m := "+strings.Join(objects, " ")+"\n"), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-k", "-C", k.Files.Headers, "M=" + dir, "KCFLAGS=-Werror"}, objects...)
	output, err := exec.Command("make", args...).CombinedOutput()
	if err != nil {
		t.Errorf("make in %s: %v\n%s", dir, err, output)
	}
}

// random returns names of functions of the kernel itself that can be traced, the same ones each time.
func random(k *Kernel, count int) []string {
	o := k.objects[running.VMLinux]
	var names []string
	for _, s := range o.code.Symbols() {
		if s.Text() && o.traceable(s.Addr) && !o.code.Freed(s.Addr) {
			names = append(names, s.Name)
		}
	}
	seed, _ := strconv.ParseUint(os.Getenv("SPOTOS_MANY_SEED"), 10, 64)
	rand.New(rand.NewPCG(13, seed)).Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names[:min(count, len(names))]
}

// serve returns those that are not refused, and says how many are for which reason.
func serve(t *testing.T, k *Kernel, names []string) []*Function {
	var functions []*Function
	reasons := map[string]int{}
	for _, name := range names {
		f, err := k.find(name)
		var refused *build.RefusedError
		switch {
		case errors.As(err, &refused):
			reasons[strings.Join(strings.Fields(refused.Refusals[0].Why)[:3], " ")]++
		case err != nil:
			t.Fatal(err)
		default:
			functions = append(functions, f)
		}
	}
	t.Logf("of %d functions %d are served; refused: %v", len(names), len(functions), reasons)
	return functions
}

// written returns a file of C with these functions.
func written(t *testing.T, headers *prototype.Headers, functions []*Function, whole bool) string {
	file := prototype.New(headers, whole)
	var text strings.Builder
	for _, f := range functions {
		heading, err := file.Heading("spotos_"+f.Name, f.Type)
		if err != nil {
			t.Logf("%s %v", f.Name, err)
			continue
		}
		body, _, err := file.Placeholder(f.Type)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		fmt.Fprintf(&text, "%s\n{\n\t%s\n}\nstatic void *const keep_%s __used = spotos_%s;\n", heading, body, f.Name, f.Name)
	}
	var head strings.Builder
	for _, include := range append(file.Includes(), "linux/module.h", "linux/err.h") {
		fmt.Fprintf(&head, "#include <%s>\n", include)
	}
	return head.String() + strings.Join(file.Declarations(), "\n") + "\n" + text.String()
}
