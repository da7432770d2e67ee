// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"testing"

	"spotos/patchset/build"
)

// What modpost and the compiler print becomes one sentence, which says what to do about the patch.
func TestWhyBuildFailed(t *testing.T) {
	for _, c := range []struct{ output, want string }{
		{"  CC [M]  /home/me/hello/hello.o\n/home/me/hello/hello.c:33:1: error: unknown type name 'nonsense'\n" +
			"/home/me/hello/hello.c:34:1: error: more\nmake[3]: *** [scripts/Makefile.build:244] Error 1\n",
			"hello.c:33:1: error: unknown type name 'nonsense'"},
		{"hello.c:4:10: fatal error: spotos_patch.h: No such file or directory\ncompilation terminated.\n",
			"hello.c:4:10: fatal error: spotos_patch.h: No such file or directory"},
		{`ERROR: modpost: "vfs_secret" [/home/me/hello/hello.ko] undefined!` + "\nmake[3]: *** Error 1\n",
			"it uses vfs_secret, which neither the kernel nor spotos.ko exports to modules"},
		{"ERROR: modpost: GPL-incompatible module hello.ko uses GPL-only symbol 'spotos_register'\n",
			`it uses spotos_register, which only a module with MODULE_LICENSE("GPL") may`},
		{"ERROR: modpost: missing MODULE_LICENSE() in hello.o\n", `hello.o has no MODULE_LICENSE("GPL")`},
		{"make[2]: *** No rule to make target 'helo.o', needed by 'hello.mod'.  Stop.\n",
			"there is no file helo.o, nor a rule to make it"},
		{"/bin/sh: 1: gcc-99: not found\n", "there is no gcc-99"},
		{"hello.c:3:1: fatal error: error writing to /nowhere/cc.s: No space left on device\ncompilation terminated.\n",
			(&build.FullError{Dir: "/nowhere"}).Error()},
		{"", "it gives no reason that is known here"},
	} {
		if got := whyBuildFailed(".", c.output); got != c.want {
			t.Errorf("%q: %q, want %q", c.output, got, c.want)
		}
	}
}
