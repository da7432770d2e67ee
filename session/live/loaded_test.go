// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"spotos/kmod"
	"spotos/patchset"
	"spotos/session"
)

var errNoAnswer = errors.New("asking for a patch: input/output error")

// answer returns the answer of a module with three patches.
func answer() loaded {
	funcs := []kmod.FuncStatus{{Name: "show", Object: "vmlinux", Replacement: 0x10,
		ReplacementSize: 7},
		{Name: "show", Object: "ext4", Replacement: 0x20}}
	return loaded{snapshot: kmod.Snapshot{
		{PatchStatus: kmod.PatchStatus{Name: "idle", State: kmod.Loaded},
			Functions: []kmod.FuncStatus{{Name: "other", Object: "vmlinux"}}},
		{PatchStatus: kmod.PatchStatus{Name: "on_it", State: kmod.Applied}, Functions: funcs[:1]},
		{PatchStatus: kmod.PatchStatus{Name: "soon", State: kmod.ArmedApply}, Functions: funcs[1:]},
	}}
}

// TestLoadedState checks the states. If the module cannot be asked, every state is unknown.
func TestLoadedState(t *testing.T) {
	for _, c := range []struct {
		name, module string
		now          loaded
		want         session.State
	}{
		{"loaded", "idle", answer(), session.StateLoaded},
		{"applied", "on_it", answer(), session.StateApplied},
		{"armed", "soon", answer(), session.StateArmed},
		{"not loaded", "absent", answer(), session.StateNotLoaded},
		{"no module", "on_it", loaded{}, session.StateNotLoaded},
		{"an ioctl failed", "on_it", loaded{err: errNoAnswer}, session.StateUnknown},
		{"a state of a newer module", "new", loaded{snapshot: kmod.Snapshot{{PatchStatus: kmod.PatchStatus{Name: "new",
			State: 4}}}}, session.StateUnknown},
	} {
		if got := c.now.state(c.module); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestLoadedOwners checks that a function is owned in its own object only, and that an error is passed on.
func TestLoadedOwners(t *testing.T) {
	want := map[patchset.Site]string{{Object: "vmlinux", Function: "show"}: "on-it",
		{Object: "ext4", Function: "show"}: "soon"}
	if diff := cmp.Diff(want, answer().owners().By); diff != "" {
		t.Errorf("owners (-want +got):\n%s", diff)
	}
	to := map[patchset.Site]text{{Object: "vmlinux", Function: "show"}: {0x10, 7}}
	if diff := cmp.Diff(to, answer().replacements(), cmp.AllowUnexported(text{})); diff != "" {
		t.Errorf("replacements (-want +got):\n%s", diff)
	}
	if err := (loaded{err: errNoAnswer}).owners().Err; !errors.Is(err, errNoAnswer) {
		t.Errorf("the owners without an answer have the error %v, want %v", err, errNoAnswer)
	}
}

// TestDescribeUnknown describes a patch while the module does not answer. The patch may be applied, so its state must
// not be "not loaded".
func TestDescribeUnknown(t *testing.T) {
	k, err := patchset.ReadKernel(fstest.MapFS{"proc/sys/kernel/osrelease": {Data: []byte("6.1.0\n")}})
	if err != nil {
		t.Fatal(err)
	}
	p := &patchset.Patch{Name: "on-it", Module: "on_it", Vermagic: "6.1.0 SMP", Depends: []string{"spotos"}}
	info := describe(p, k, loaded{err: errNoAnswer})
	if info.State != session.StateUnknown || len(info.Refusals) != 1 || !strings.Contains(info.Refusals[0],
		errNoAnswer.Error()) {
		t.Errorf("described as %s, refused for %q", info.State, info.Refusals)
	}
}

// TestUnfinishedNote checks the note on an arming whose console died.
func TestUnfinishedNote(t *testing.T) {
	for _, c := range []struct {
		patch string
		now   loaded
		want  string // the end of the note; "": no note
	}{
		{"idle", answer(), "its arming was taken back with it"},
		{"absent", answer(), "its arming was taken back with it"},
		{"soon", answer(), ""},
		{"soon", loaded{err: errNoAnswer}, "whether it is armed now is unknown: " + errNoAnswer.Error()},
	} {
		got := unfinishedNote(session.Armed{Head: session.Head{Patch: c.patch, Time: time.Unix(0, 0)},
			Direction: session.Apply}, c.now)
		if (got == "") != (c.want == "") || !strings.HasSuffix(got, c.want) {
			t.Errorf("%s: note %q, want %q at its end", c.patch, got, c.want)
		}
	}
}
