// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// kernels returns the directories of Debian's own kernels in the lab, without flavours such as 6.12-cloud, which lack
// modules. Where there is none it skips the test, or fails it if SPOTOS_REQUIRE_LAB is set.
func kernels(tb testing.TB) []string {
	tb.Helper()
	found, err := filepath.Glob(filepath.Join("..", "..", ".kernels", "[0-9]*", "vmlinuz"))
	if err != nil {
		tb.Fatal(err)
	}
	found = slices.DeleteFunc(found, func(file string) bool {
		return strings.Contains(filepath.Base(filepath.Dir(file)), "-")
	})
	if len(found) == 0 && os.Getenv("SPOTOS_REQUIRE_LAB") == "1" {
		tb.Fatal("no kernels in .kernels: make kernels fetches them")
	}
	if len(found) == 0 {
		tb.Skip("no kernels in .kernels: make kernels fetches them")
	}
	for i := range found {
		found[i] = filepath.Dir(found[i])
	}
	return found
}

// TestKernels reads the lab's kernels and looks for symbols that each must have.
func TestKernels(t *testing.T) {
	for _, dir := range kernels(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			code, err := ReadKernel(filepath.Join(dir, "vmlinuz"))
			if err != nil {
				t.Fatal(err)
			}
			if n := len(code.Symbols()); n < 50_000 || n > 500_000 {
				t.Errorf("%d symbols", n)
			}
			if len(code.BuildID) != 40 {
				t.Errorf("build ID %q", code.BuildID)
			}
			for name, kind := range map[string]byte{"_text": 'T', "schedule": 'T', "tcp_sendmsg": 'T', "init_task": 'D',
				"linux_banner": 'D', "raw_sendmsg": 't', "__fentry__": 'T', "_end": 'B', "jiffies": 'D'} {
				found := code.Named(name)
				if len(found) != 1 {
					t.Errorf("%s is there %d times", name, len(found))
					continue
				}
				if s := found[0]; s.Type != kind || s.Text() && code.Bytes(s.Addr, 5) == nil {
					t.Errorf("%s is of the type %c at %#x", name, s.Type, s.Addr)
				}
			}
			banner, _ := code.text(code.Named("linux_banner")[0].Addr)
			t.Logf("%d symbols, %s, %s", len(code.Symbols()), code.BuildID, banner)
		})
	}
}

// TestModules reads modules of the lab's kernels, one of them large.
func TestModules(t *testing.T) {
	for _, dir := range kernels(t) {
		for _, file := range []string{"kernel/net/sctp/sctp.ko", "kernel/fs/ext4/ext4.ko", "kernel/net/sched/sch_hhf.ko"} {
			code, err := ReadModule(os.DirFS(filepath.Join(dir, "modules")), file)
			if err != nil {
				t.Errorf("%s: %v", dir, err)
				continue
			}
			lasting := 0
			for _, s := range code.Symbols() {
				if s.Text() && !s.Init {
					lasting++
				}
			}
			if lasting < 10 || len(code.BuildID) != 40 {
				t.Errorf("%s of %s: %d functions, build ID %q", file, dir, lasting, code.BuildID)
			}
		}
	}
}
