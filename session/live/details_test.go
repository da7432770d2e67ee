// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spotos/probe"
	"spotos/session"
)

// waiting writes into a made-up system a thread, 71 of process 70, that waits in recvfrom(4), and returns it as a
// holder that was found inside.
func waiting(t *testing.T, s system) subject {
	t.Helper()
	files := map[string]string{
		"syscall": "45 0x4 0x7ffd1000 0x10000 0x0 0x0 0x0 0x7ffd0f00 0x7f0000001000\n",
		"cmdline": "/usr/bin/curl\x00--silent\x00http://a b/\x00",
		"cgroup":  "0::/system.slice/fetch.service\n",
		"net/tcp": "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" +
			"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5550 1 0 100\n" +
			"   1: 0100000A:C350 0700000A:0050 01 00000000:00000000 00:00000000 00000000     0        0 555 1 0 20\n",
	}
	dir := filepath.Join(s.proc, "71")
	for name, text := range files {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "fd"), 0o755); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"exe": "/usr/bin/curl", "fd/4": "socket:[555]"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	identify(t, s, 70, 500, 7)
	return subject{probe.Holder{PID: 71, TGID: 70, Comm: "curl", Switches: 7}, true, 6 * time.Second, ""}
}

// identify writes what identifies thread 71: its process, when it began, in ticks, and its switches.
func identify(t *testing.T, s system, tgid, ticks, switches int) {
	t.Helper()
	stat := fmt.Sprintf("71 (a) b) S 1 70 70 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 2 0 %d 1 1\n", ticks)
	status := fmt.Sprintf("Name:\tcurl\nTgid:\t%d\nUid:\t4242\t0\t0\t0\nvoluntary_ctxt_switches:\t%d\n"+
		"nonvoluntary_ctxt_switches:\t1\n", tgid, switches-1)
	for name, text := range map[string]string{"stat": stat, "status": status} {
		if err := os.WriteFile(filepath.Join(s.proc, "71", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func nothing(probe.Holder, programs) string { return "" }

func TestDetails(t *testing.T) {
	s := made(t)
	got, _ := s.details(waiting(t, s), nothing)
	uid := uint32(4242)
	want := session.Details{PID: 71, Exe: "/usr/bin/curl", Command: "/usr/bin/curl --silent http://a b/", UID: &uid,
		Cgroup: "/system.slice/fetch.service", Unit: "fetch.service",
		Call: &session.SystemCall{Name: "recvfrom", Args: []string{"4", "memory", "65536 bytes", "0x0"},
			File: &session.OpenFile{FD: 4, Type: session.FileTCP, Local: "10.0.0.1:50000", Remote: "10.0.0.7:80"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Of another thread that has the number by now nothing is said, and of a thread that has run nothing of its call.
func TestDetailsOfSomebodyElse(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*testing.T, system)
		during  bool // it changes while it is read
		unknown string
		noCall  string
	}{
		{"another process", func(t *testing.T, s system) { identify(t, s, 69, 500, 7) }, false, "another's", ""},
		{"began later", func(t *testing.T, s system) { identify(t, s, 70, 601, 7) }, false, "another's", ""},
		{"ended", func(_ *testing.T, s system) { os.RemoveAll(filepath.Join(s.proc, "71")) }, false, hasEnded, ""},
		{"ended meanwhile", func(_ *testing.T, s system) { os.RemoveAll(filepath.Join(s.proc, "71")) }, true, hasEnded, ""},
		{"reused meanwhile", func(t *testing.T, s system) { identify(t, s, 70, 550, 7) }, true, hasEnded, ""},
		{"has run", func(t *testing.T, s system) { identify(t, s, 70, 500, 8) }, false, "", hasRun},
		{"ran meanwhile", func(t *testing.T, s system) { identify(t, s, 70, 500, 8) }, true, "", hasRun},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := made(t)
			h := waiting(t, s)
			if !c.during {
				c.change(t, s)
			}
			got, _ := s.details(h, func(probe.Holder, programs) string {
				if c.during {
					c.change(t, s)
				}
				return ""
			})
			if got.Call != nil || got.NoCall != c.noCall {
				t.Errorf("the call is %+v, %q; want none, %q", got.Call, got.NoCall, c.noCall)
			}
			if c.unknown != "" {
				if rest := (session.Details{PID: 71, Unknown: got.Unknown}); !cmp.Equal(rest, got) || got.Unknown == "" {
					t.Errorf("%+v is said of somebody else", got)
				}
			} else if got.Exe == "" || got.Unknown != "" {
				t.Errorf("%+v lacks whose thread it is", got)
			}
		})
	}
}

// Without probes nothing tells whether it is the same call.
func TestDetailsWithoutCounts(t *testing.T) {
	s := made(t)
	h := waiting(t, s)
	h.counted = false
	if got, _ := s.details(h, nothing); got.Call != nil || got.NoCall != notCounted || got.Exe == "" {
		t.Errorf("%+v", got)
	}
}
