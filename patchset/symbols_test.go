// SPDX-License-Identifier: GPL-2.0-only

package patchset_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"spotos/patchset"
)

func TestSymbols(t *testing.T) {
	symbols, err := recorded(t, "6.1").Symbols()
	if err != nil {
		t.Fatal(err)
	}
	found := symbols.Addresses("m_show")
	want := []patchset.Symbol{
		{Addr: 0xffffffff9e94da00, Name: "m_show", Text: true},
		{Addr: 0xffffffff9eb912d0, Name: "m_show", Text: true},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("addresses of m_show (-want +got):\n%s", diff)
	}
	for addr, text := range map[uint64]string{
		0xffffffff9e94da00:     "m_show+0x0",
		0xffffffff9f0c9365:     "inet_recvmsg+0x5",
		0xffffffffc0392539:     "pair_encode+0x9 [pair_target]",
		0xffffffffc039252f:     "pair_decode+0x4af [pair_target]",
		0xffffffff9e8a7010 - 1: "0xffffffff9e8a700f", // before the first symbol
		0xffffffffffffffff:     "0xffffffffffffffff", // too far after the last
		0:                      "0x0",
	} {
		if got := symbols.Format(addr); got != text {
			t.Errorf("%#x is %s, want %s", addr, got, text)
		}
	}
	name, off, ok := symbols.Lookup(0xffffffff9f0c9365)
	if name != "inet_recvmsg" || off != 5 || !ok {
		t.Errorf("got %s+%d, %v", name, off, ok)
	}
}

// TestSymbolsHidden reads what a kernel shows to a user without rights: names at address 0.
func TestSymbolsHidden(t *testing.T) {
	dir := t.TempDir()
	lines := "0000000000000000 T inet_recvmsg\n0000000000000000 t m_show\n0000000000000000 t m_show\n"
	for path, text := range map[string]string{"proc/kallsyms": lines, "proc/sys/kernel/osrelease": "6.1\n"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kernel, err := patchset.ReadKernel(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := kernel.Symbols()
	if err != nil || !symbols.Hidden() || !errors.Is(kernel.AddressesErr, patchset.ErrHidden) {
		t.Errorf("not noticed: %v, %v", err, kernel.AddressesErr)
	}
	if n := len(symbols.Addresses("m_show")); n != 2 {
		t.Errorf("m_show was found %d times, not twice", n)
	}
	if _, _, ok := kernel.Lookup(1); ok {
		t.Error("an address has a name though all are hidden")
	}
}

// over is a file system some files of which another one has.
type over struct {
	fs.FS
	other fstest.MapFS
}

func (o over) Open(name string) (fs.File, error) {
	if o.other[name] != nil {
		return o.other.Open(name)
	}
	return o.FS.Open(name)
}

// TestJudgeHidden judges where addresses are hidden: the patch can be switched, but nobody can tell who is inside.
func TestJudgeHidden(t *testing.T) {
	recorded := os.DirFS("testdata/kernels/6.12")
	names, err := fs.ReadFile(recorded, "proc/kallsyms")
	if err != nil {
		t.Fatal(err)
	}
	hidden := regexp.MustCompile(`(?m)^[0-9a-f]+`).ReplaceAll(names, []byte("0000000000000000"))
	kernel, err := patchset.ReadKernel(over{recorded, fstest.MapFS{"proc/kallsyms": {Data: hidden}}})
	if err != nil {
		t.Fatal(err)
	}
	got := patchset.Judge(replaces(kernel, "inet_csk_accept"), kernel, patchset.Owners{})
	if len(got) != 1 || got[0].Kind != patchset.NoWatch || got[0].Why != patchset.ErrHidden.Error() {
		t.Errorf("%+v", got)
	}
	if _, err := kernel.Locate("inet_csk_accept", patchset.Owners{}); !errors.Is(err, patchset.ErrHidden) {
		t.Errorf("it may be watched: %v", err)
	}
}

// TestJudgeFtrace judges where ftrace is broken or off, and where nobody can tell.
func TestJudgeFtrace(t *testing.T) {
	root := os.DirFS("testdata/kernels/6.12")
	for _, c := range []struct {
		err  error
		kind patchset.Kind
		says string
	}{
		{unix.ENODEV, patchset.NoSwitch, "nothing can be redirected; reboot it"},
		{fs.ErrPermission, patchset.Unknown, "reading whether ftrace is switched on"},
	} {
		k, err := patchset.ReadKernel(failing{root, "proc/sys/kernel/ftrace_enabled", c.err})
		if err != nil {
			t.Fatal(err)
		}
		got := patchset.Judge(replaces(k, "inet_csk_accept"), k, patchset.Owners{})
		if len(got) != 1 || got[0].Kind != c.kind || !strings.Contains(got[0].String(), c.says) {
			t.Errorf("%v: %+v", c.err, got)
		}
	}
}

// TestJudgeSited judges a function of which ftrace lists no site: the module, where it is there, has the last word.
func TestJudgeSited(t *testing.T) {
	root := over{os.DirFS("testdata/kernels/6.12"), fstest.MapFS{
		"sys/kernel/tracing/available_filter_functions_addrs": {Data: []byte("ffffffff81000004 another\n")}}}
	for _, c := range []struct {
		name string
		dry  func(patchset.Function, uint64, string, bool) error
		says string
	}{
		{"no module", nil, "ftrace has no site"},
		{"it can", func(patchset.Function, uint64, string, bool) error { return nil }, ""},
		{"it cannot", func(patchset.Function, uint64, string, bool) error { return errors.New("no") },
			"ftrace has no site"},
		{"it does not answer", func(patchset.Function, uint64, string, bool) error { return patchset.ErrUnknown },
			"ftrace has no site"},
	} {
		k, err := patchset.ReadKernel(root)
		if err != nil {
			t.Fatal(err)
		}
		got := patchset.JudgeSwitch(replaces(k, "inet_csk_accept"), k, patchset.Owners{DryRun: c.dry})
		_, unwatched := k.Locate("inet_csk_accept", patchset.Owners{})
		if k, err = patchset.ReadKernel(root); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Locate("inet_csk_accept", patchset.Owners{DryRun: c.dry}); (err == nil) != (c.says == "") {
			t.Errorf("%s: by its name alone: %v", c.name, err)
		}
		if c.says == "" && (len(got) > 0 || unwatched != nil) ||
			c.says != "" && (len(got) != 1 || !strings.Contains(got[0].Why, c.says) || unwatched == nil) {
			t.Errorf("%s: %v, watching: %v", c.name, got, unwatched)
		}
	}
}

// failing is a file system in which one file exists and gives an error.
type failing struct {
	fs.FS
	name string
	err  error
}

func (f failing) Open(name string) (fs.File, error) {
	if name == f.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: f.err}
	}
	return f.FS.Open(name)
}
