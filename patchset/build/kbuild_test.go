// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// kernelSource is a file as the kernel has them; FIXED chooses the fixed version.
const kernelSource = `#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <linux/ratelimit.h>

static int counter;
static noinline int helper(int i) { return i + counter++; }

int sample_function(int i, int __user *to)
{
	WARN_ON_ONCE(i == 77);
	might_sleep();
	if (i > 5)
		pr_info_ratelimited("%s: %d\n", __func__, i);
	return put_user(helper(i FIXED), to);
}

MODULE_LICENSE("GPL");
`

const kernelList = `#include <linux/module.h>
extern char spotos_new_sample_function[];
void *list[] __used = { spotos_new_sample_function };
MODULE_LICENSE("GPL");
`

// TestKbuild has kbuild compile a file against the headers of each kernel at hand, link what is extracted into a
// module, and has its static references made late. It takes half a minute, so it runs where the lab is asked for.
func TestKbuild(t *testing.T) {
	headers, err := filepath.Glob("../../.kernels/6.*/build")
	if err != nil || len(headers) == 0 || os.Getenv("SPOTOS_REQUIRE_LAB") != "1" {
		t.Skip("needs the kernels' headers (make kernels) and SPOTOS_REQUIRE_LAB=1")
	}
	for _, dir := range headers {
		t.Run(strings.Split(dir, "/")[3], func(t *testing.T) { linkWith(t, dir) })
	}
}

func linkWith(t *testing.T, kernel string) {
	later, err := ObjtoolLater(kernel)
	if err != nil {
		t.Fatal(err)
	}
	var objects []*Object
	for _, fixed := range []string{"", "+ 1"} {
		tree := t.TempDir()
		write(t, filepath.Join(tree, "kernel/Makefile"), "obj-y := sample.o\n")
		write(t, filepath.Join(tree, "kernel/sample.c"), strings.ReplaceAll(kernelSource, "FIXED", fixed))
		object, _, err := Compile(t.Context(), Source{KernelDir: kernel, Tree: tree, File: "kernel/sample.c"})
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, object)
	}
	made, err := Extract(objects[0], objects[1], Options{ObjtoolLater: later})
	if err != nil {
		t.Fatal(err)
	}
	module, printed := link(t, kernel, made)
	if strings.Contains(printed, "objtool") {
		t.Errorf("objtool complains:\n%s", printed)
	}
	targets := make(map[string]Target)
	for _, r := range made.References {
		if r.Local {
			targets[r.Symbol] = Target{"vmlinux", r.Name, 1}
		}
	}
	late, err := MakeLate(module, targets)
	if err != nil {
		t.Fatal(err)
	}
	if got := lateRelocs(t, late)[".klp.rela.vmlinux..text.sample_function"]; got != ".klp.sym.vmlinux.helper,1" {
		t.Errorf("the late relocations of the function are of %q", got)
	}
	object, err := Read(late)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{orcPlaces, orcData, bugTable, entryTable, ".return_sites"} {
		if !strings.Contains(sectionNames(object), " "+name+" ") {
			t.Errorf("the module has no %s", name)
		}
	}
}

// link links an extracted object into a module as a patch is linked.
func link(t *testing.T, kernel string, made *Extracted) (module []byte, printed string) {
	t.Helper()
	data, err := made.Object.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "extracted.o_shipped"), string(data))
	write(t, filepath.Join(dir, ".extracted.o.cmd"), "")
	write(t, filepath.Join(dir, "list.c"), kernelList)
	write(t, filepath.Join(dir, "Kbuild"), "obj-m := fix.o\nfix-y := list.o extracted.o\n")
	out, err := exec.Command("make", "-C", kernel, "M="+dir, "KBUILD_MODPOST_WARN=1",
		"CONFIG_DEBUG_INFO_BTF_MODULES=", "modules").CombinedOutput()
	if err != nil {
		t.Fatalf("make: %v\n%s", err, out)
	}
	if module, err = os.ReadFile(filepath.Join(dir, "fix.ko")); err != nil {
		t.Fatal(err)
	}
	return module, string(out)
}

func sectionNames(o *Object) string {
	names := " "
	for _, s := range o.Sections {
		names += s.Name + " "
	}
	return names
}
