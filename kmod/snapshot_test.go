// SPDX-License-Identifier: GPL-2.0-only

package kmod

import (
	"errors"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// fakeModule answers as the module would.
type fakeModule struct {
	patches []PatchStatus
	funcs   map[string][]FuncStatus
	// What fails.
	patchesErr error
	funcsErr   map[string]error
}

func (m fakeModule) Patches() ([]PatchStatus, error) { return m.patches, m.patchesErr }
func (m fakeModule) Funcs(patch string) ([]FuncStatus, error) {
	return m.funcs[patch], m.funcsErr[patch]
}

// TestSnapshot demands that any failing call fails the snapshot: a patch left out of it would pass for not loaded.
func TestSnapshot(t *testing.T) {
	whole := fakeModule{
		patches: []PatchStatus{{Name: "pair", State: Applied, Funcs: 1}, {Name: "no_oob", State: Loaded, Funcs: 1}},
		funcs: map[string][]FuncStatus{"pair": {{Name: "pair_encode", Object: "pair_target"}},
			"no_oob": {{Name: "inet_recvmsg", Object: "vmlinux"}}},
	}
	for _, c := range []struct {
		name  string
		spoil func(*fakeModule)
		want  Snapshot
		err   error
	}{
		{"all answered", func(*fakeModule) {},
			Snapshot{{whole.patches[0], whole.funcs["pair"]}, {whole.patches[1], whole.funcs["no_oob"]}}, nil},
		{"nothing loaded", func(m *fakeModule) { m.patches = nil }, nil, nil},
		{"no list of patches", func(m *fakeModule) { m.patchesErr = unix.EIO }, nil, unix.EIO},
		{"some of the patches, and then an error", func(m *fakeModule) { m.patches, m.patchesErr = m.patches[:1], unix.EIO },
			nil, unix.EIO},
		{"no functions of one patch", func(m *fakeModule) { m.funcsErr = map[string]error{"no_oob": unix.EFAULT} }, nil,
			unix.EFAULT},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := whole
			c.spoil(&m)
			got, err := snapshot(m)
			if !errors.Is(err, c.err) {
				t.Errorf("error %v, want %v", err, c.err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestMissing distinguishes a module that is not loaded from one whose device is not visible here.
func TestMissing(t *testing.T) {
	if err := missing(fstest.MapFS{"sys/module/loop/initstate": {}}); !errors.Is(err, ErrNotLoaded) {
		t.Errorf("without the module: %v", err)
	}
	err := missing(fstest.MapFS{"sys/module/spotos/initstate": {}})
	if errors.Is(err, ErrNotLoaded) || !errors.Is(err, unix.ENODEV) {
		t.Errorf("with the module, and without its device: %v", err)
	}
}
