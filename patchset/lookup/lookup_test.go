// SPDX-License-Identifier: GPL-2.0-only

package lookup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spotos/patchset/build"
	"spotos/patchset/fix"
	"spotos/patchset/prototype"
)

// labKernels opens Debian's own kernels in the lab, without flavours, which lack modules. Where there is none it skips
// the test, or fails it if SPOTOS_REQUIRE_LAB is set.
func labKernels(t *testing.T) map[string]*Kernel {
	t.Helper()
	dirs, err := filepath.Glob("../../.kernels/6.*[0-9]")
	if err != nil {
		t.Fatal(err)
	}
	kernels := map[string]*Kernel{}
	for _, dir := range dirs {
		if strings.Contains(filepath.Base(dir), "-") {
			continue
		}
		files, err := fix.FindKernel(dir)
		if err != nil {
			t.Log(err)
			continue
		}
		if kernels[filepath.Base(dir)], err = Open(files); err != nil {
			t.Fatal(err)
		}
	}
	if len(kernels) == 0 && os.Getenv("SPOTOS_REQUIRE_LAB") == "1" {
		t.Fatal("no kernels in .kernels: make kernels fetches them")
	}
	if len(kernels) == 0 {
		t.Skip("no kernels in .kernels: make kernels fetches them")
	}
	return kernels
}

var found = []struct{ given, heading string }{
	{"unix_ioctl", "static int f(struct socket *sock, unsigned int cmd, unsigned long arg)"},
	{"inode_permission", "static int f(struct %s *%s, struct inode *inode, int mask)"},
	{"arch_report_meminfo", "static void f(struct seq_file *m)"},
	{"proc_self_get_link", "static const char *f(struct dentry *dentry, struct inode *inode, struct delayed_call *done)"},
	{"__x64_sys_getpid", "static long f(const struct pt_regs *__unused)"},
	{"__x64_sys_openat", "static long f(const struct pt_regs *regs)"},
	{"vsock:vsock_connectible_setsockopt",
		"static int f(struct socket *sock, int level, int optname, struct spotos_sockptr_t optval, unsigned int optlen)"},
}

// TestFind finds functions of the lab's kernels, and their types.
func TestFind(t *testing.T) {
	for name, k := range labKernels(t) {
		for _, c := range found {
			all, err := k.FindAll([]string{c.given})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			heading, err := prototype.New(nil, false).Heading("f", all[0].Type)
			if err != nil {
				t.Errorf("%s: %s: %v", name, c.given, err)
			}
			heading = strings.Join(strings.Fields(heading), " ")
			want := c.heading
			if c.given == "inode_permission" {
				words := map[bool][]any{true: {"user_namespace", "mnt_userns"}, false: {"mnt_idmap", "idmap"}}
				want = fmt.Sprintf(want, words[name == "6.1"]...)
			}
			if heading != want {
				t.Errorf("%s: %s is\n%s\nwant\n%s", name, c.given, heading, want)
			}
		}
	}
}

var unserved = []struct{ given, why string }{
	{"schedule", "is part of how the machine is stopped"},
	{"panic", "never returns"},
	{"tcp_v4_init", "is __init"},
	{"start_kernel", "is __init"},
	{"init_task", "is in vmlinux, and is no function"},
	{"no_such_function", "is no function of the kernel itself"},
	{"sys_openat", "is called __x64_sys_openat here"},
	{"m_show", "is found 2 times in vmlinux: a name cannot tell which is meant: say which by its position"},
	{"m_show,3", "is found 2 times in vmlinux: there is no number 3"},
	{"m_show,x", "has no number as its position"},
	{"m_show,2", "is found several times in vmlinux, and the BTF of this kernel does not say which"},
	{"native_read_msr", "cannot be traced"},
	{"__fentry__", "cannot be traced"},
	{"vsock:no_such_function", "is no function of module vsock"},
	{"vsock:vsock_init", "is in vsock, and is no function that outlasts the boot"},
}

// TestRefused refuses what cannot be patched, each by name, and all at once.
func TestRefused(t *testing.T) {
	for name, k := range labKernels(t) {
		var all []string
		for _, c := range unserved {
			all = append(all, c.given)
		}
		_, err := k.FindAll(all)
		var refused *build.RefusedError
		if !errors.As(err, &refused) || len(refused.Refusals) != len(all) {
			t.Fatalf("%s: %v", name, err)
		}
		for i, c := range unserved {
			if said := refused.Refusals[i].Why + ": " + refused.Refusals[i].Remedy; !strings.HasPrefix(said, c.why) {
				t.Errorf("%s: %s %s\nwant %s", name, c.given, said, c.why)
			}
		}
		if _, err := k.FindAll([]string{"unix_ioctl", "unix_ioctl"}); err == nil || !strings.Contains(err.Error(), "twice") {
			t.Errorf("%s: a function that is named twice: %v", name, err)
		}
		if _, err := k.FindAll([]string{"none:f"}); err == nil || !strings.Contains(err.Error(), "has no module none") {
			t.Errorf("%s: a module that is not there: %v", name, err)
		}
	}
}

// TestConsistent reads which version of pahole made a kernel's type information.
func TestConsistent(t *testing.T) {
	for config, want := range map[string]bool{"": false, "CONFIG_PAHOLE_VERSION=124\n": false,
		"CONFIG_A=y\nCONFIG_PAHOLE_VERSION=125\nCONFIG_B=y\n": true, "CONFIG_PAHOLE_VERSION=130\n": true,
		"# CONFIG_PAHOLE_VERSION=130\n": false} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, ".config"), []byte(config), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := consistent(dir); err != nil || got != want {
			t.Errorf("%q: %v, %v", config, got, err)
		}
	}
	if got, err := consistent(t.TempDir()); err != nil || got {
		t.Errorf("without a configuration: %v, %v", got, err)
	}
}
