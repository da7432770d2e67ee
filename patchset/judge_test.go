// SPDX-License-Identifier: GPL-2.0-only

package patchset_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/patchset"
)

var update = flag.Bool("update", false, "write the golden files again")

// recorded reads a kernel that testdata/record recorded while livepatch_version, spotos and pair_target were loaded.
func recorded(t *testing.T, name string) *patchset.Kernel {
	t.Helper()
	kernel, err := patchset.ReadKernel(os.DirFS(filepath.Join("testdata", "kernels", name)))
	if err != nil {
		t.Fatal(err)
	}
	return kernel
}

// replaces returns a well-formed patch of these functions of vmlinux, built for that kernel.
func replaces(k *patchset.Kernel, functions ...string) *patchset.Patch {
	p := &patchset.Patch{Name: "a-patch", Module: "a_patch", Vermagic: k.Release + " SMP", Depends: []string{"spotos"}}
	for _, name := range functions {
		p.Functions = append(p.Functions, patchset.Function{Name: name, Object: patchset.VMLinux})
	}
	return p
}

func TestJudge(t *testing.T) {
	for _, name := range []string{"6.1", "6.12"} {
		t.Run(name, func(t *testing.T) {
			k := recorded(t, name)
			owners := patchset.Owners{By: map[patchset.Site]string{
				{Object: "vmlinux", Function: "inet_recvmsg"}:      "no-oob",
				{Object: "vmlinux", Function: "loadavg_proc_show"}: "a-patch",
				{Object: "elsewhere", Function: "inet_csk_accept"}: "a-patch-of-its-namesake",
			}}
			inModule := replaces(k)
			inModule.Functions = []patchset.Function{{Name: "pair_encode", Object: "pair_target"}}
			elsewhere := replaces(k, "pair_encode")
			unloaded := replaces(k)
			unloaded.Functions = []patchset.Function{{Name: "ext4_readdir", Object: "ext4"}}
			uses := replaces(k, "inet_csk_accept")
			uses.Uses = []string{"pair_target", "pn_pep", "phonet"}
			older := replaces(k, "inet_csk_accept")
			older.Vermagic = "5.10.0-1-amd64 SMP mod_unload modversions "
			livepatch := replaces(k, "version_proc_show")
			livepatch.Module, livepatch.Livepatch, livepatch.Depends = "livepatch_version", true, nil
			blind := replaces(k)
			blind.Livepatch, blind.Depends = true, nil

			var got strings.Builder
			for _, c := range []struct {
				name  string
				patch *patchset.Patch
			}{
				{"nothing in its way", replaces(k, "inet_csk_accept")},
				{"nothing in its way, all its own", replaces(k, "loadavg_proc_show")},
				{"nothing in the way of the livepatch that owns it", livepatch},
				{"another kernel", older},
				{"no such function", replaces(k, "spotos_no_such_function")},
				{"found twice", replaces(k, "m_show")},
				{"not traceable", replaces(k, "trace_clock_local")},
				{"never returns", replaces(k, "do_exit")},
				{"partly inlined", replaces(k, "__tcp_send_ack")},
				{"partly inlined, its part listed too", replaces(k, "__tcp_send_ack", "__tcp_send_ack.part.0")},
				{"only a clone is left", replaces(k, "tcp_small_queue_check")},
				{"owned by livepatch", replaces(k, "version_proc_show")},
				{"owned by another patch", replaces(k, "inet_recvmsg")},
				{"listed twice", replaces(k, "inet_csk_accept", "inet_csk_accept")},
				{"in a module without BTF", inModule},
				{"in another object", elsewhere},
				{"in a module that is not loaded", unloaded},
				{"uses symbols of modules that are not loaded", uses},
				{"a livepatch that tells no functions", blind},
			} {
				fmt.Fprintf(&got, "%s:\n", c.name)
				for _, r := range patchset.Judge(c.patch, k, owners) {
					fmt.Fprintf(&got, "  %s %q: %s\n", r.Kind, r.Function, r)
				}
			}
			golden(t, "judge-"+name+".txt", got.String())
		})
	}
}

// TestJudgeBlind judges where next to nothing can be read: a verdict reports every missing fact and assumes none.
func TestJudgeBlind(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "proc/sys/kernel"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "proc/sys/kernel/osrelease"), []byte("6.1.0-1-amd64\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := patchset.ReadKernel(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	p := replaces(k, "inet_recvmsg")
	p.Livepatch = true
	for _, r := range patchset.Judge(p, k, patchset.Owners{}) {
		fmt.Fprintf(&got, "%s %q: %s\n", r.Kind, r.Function, r)
	}
	golden(t, "judge-blind.txt", got.String())
}

// unreadable is a file system in which some files exist and cannot be read.
type unreadable struct {
	fs.FS
	names []string
}

func (u unreadable) Open(name string) (fs.File, error) {
	if slices.Contains(u.names, name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return u.FS.Open(name)
}

// TestJudgeUnknown judges where the module does not answer and where files cannot be read: no verdict takes that for
// "nobody owns it" or "not loaded".
func TestJudgeUnknown(t *testing.T) {
	root := os.DirFS(filepath.Join("testdata", "kernels", "6.12"))
	silent := patchset.Owners{Err: errors.New("listing the patches: asking for a patch: input/output error")}
	var got strings.Builder
	for _, c := range []struct {
		name   string
		hidden []string
		owners patchset.Owners
	}{
		{"the module does not answer", nil, silent},
		{"the list of modules cannot be read", []string{"proc/modules"}, patchset.Owners{}},
		{"the livepatches cannot be read", []string{"sys/kernel/livepatch"}, patchset.Owners{}},
	} {
		k, err := patchset.ReadKernel(unreadable{root, c.hidden})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "%s:\n", c.name)
		for _, r := range patchset.Judge(replaces(k, "inet_csk_accept"), k, c.owners) {
			fmt.Fprintf(&got, "  %s %q: %s\n", r.Kind, r.Function, r)
		}
	}
	golden(t, "judge-unknown.txt", got.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
