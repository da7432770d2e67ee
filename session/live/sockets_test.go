// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spotos/session"
)

func TestSocket(t *testing.T) {
	dir := t.TempDir() + "/"
	for name, text := range map[string]string{
		"tcp": "0: 0100007F:1F90 00000000:0000 0A 0:0 00:0 0 0 0 100 1\n" +
			"1: 0100007F:1F90 0100007F:C350 08 0:0 00:0 0 0 0 101 1\n",
		"tcp6": "0: 0000000000000000FFFF00000100000A:0016 0000000000000000FFFF00000200000A:C350 01 0:0 00:0 0 0 0 102 1\n" +
			"1: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 103 1\n",
		"udp": "5: 3500007F:0035 00000000:0000 07 0:0 00:0 0 0 0 104 2 0\n",
		"unix": "Num       RefCount Protocol Flags    Type St Inode Path\n" +
			"0000000000000000: 00000002 00000000 00010000 0001 01 105 /run/a socket\n" +
			"0000000000000000: 00000003 00000000 00000000 0001 03 106\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for inode, want := range map[string]string{
		"100": "TCP that listens on 127.0.0.1:8080",
		"101": "TCP 127.0.0.1:8080 to 127.0.0.1:50000 (CLOSE-WAIT)",
		"102": "TCP 10.0.0.1:22 to 10.0.0.2:50000",
		"103": "TCP that listens on [::1]:22",
		"104": "UDP 127.0.0.53:53, not connected",
		"105": "unix socket that listens on /run/a socket",
		"106": "unix socket without a name",
		"10":  "a socket", // a part of others' numbers
	} {
		if got := socket(dir, inode).String(); got != want {
			t.Errorf("%s is %q, want %q", inode, got, want)
		}
	}
}

func TestSignature(t *testing.T) {
	for _, c := range []struct {
		number int
		args   [6]uint64
		want   []string
		limit  time.Duration
	}{
		{0, [6]uint64{3, 0x7f00, 1}, []string{"3", "memory", "1 bytes"}, 0},
		{7, [6]uint64{0x7f00, 2, 0xffffffff}, []string{"memory", "2", "no time limit"}, 0},
		{232, [6]uint64{5, 0x7f00, 64, 1500}, []string{"5", "memory", "64", "1500 ms"}, 1500 * time.Millisecond},
		{202, [6]uint64{0x7f00, 0x80, 2, 0}, []string{"memory", "0x80", "2", "no time limit"}, 0},
		{257, [6]uint64{0xffffff9c, 0x7f00, 0x40}, []string{"AT_FDCWD", "memory", "0x40"}, 0},
		{23, [6]uint64{5, 1, 1, 1, 0x7f00}, []string{"5", "a time limit"}, 0},
	} {
		got, limit := signatures[c.number].shown(c.args)
		if diff := cmp.Diff(c.want, got); diff != "" || limit != c.limit {
			t.Errorf("%s: limit %s (-want +got):\n%s", signatures[c.number].name, limit, diff)
		}
	}
	if _, ok := signatures[202].descriptor([6]uint64{}); ok {
		t.Error("futex has no descriptor")
	}
}

// A call that may be noticed is described like every other.
func TestNoticingCallsHaveSignatures(t *testing.T) {
	for number, c := range noticing {
		if signatures[number].name == "" {
			t.Errorf("%s has no signature", c.name)
		}
	}
}

func TestPlaced(t *testing.T) {
	const id = "3f4e5d6c7b8a99887766554433221100ffeeddccbbaa99887766554433221100"
	for _, c := range []struct{ cgroup, engine, box, unit string }{
		{"/", "", "", ""},
		{"/system.slice/nginx.service", "", "", "nginx.service"},
		{`/system.slice/system-getty.slice/getty@tty1.service`, "", "", "getty@tty1.service"},
		{"/user.slice/user-1000.slice/session-3.scope", "", "", "session-3.scope"},
		{"/system.slice/docker-" + id + ".scope", "docker", "3f4e5d6c7b8a", ""},
		{"/docker/" + id, "docker", "3f4e5d6c7b8a", ""},
		{"/machine.slice/libpod-" + id + ".scope/container", "podman", "3f4e5d6c7b8a", ""},
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-" + id + ".scope",
			"containerd", "3f4e5d6c7b8a", ""},
		{"/kubepods/burstable/pod1-2/" + id, "kubernetes", "3f4e5d6c7b8a", ""},
		{"/lxc.payload.web1/system.slice/cron.service", "lxc", "web1", "cron.service"},
		{"/lxc/web1", "lxc", "web1", ""},
		{`/system.slice/my\x2dapp.service`, "", "", "my-app.service"},
	} {
		engine, box, unit := placed(c.cgroup)
		if diff := cmp.Diff(c, struct{ cgroup, engine, box, unit string }{c.cgroup, engine, box, unit},
			cmp.AllowUnexported(c)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.cgroup, diff)
		}
	}
}

// A file that is no socket says what it is.
func TestOpenFile(t *testing.T) {
	s := made(t)
	h := waiting(t, s)
	for fd, link := range map[int]string{5: "pipe:[77]", 6: "/dev/pts/3", 7: "anon_inode:[eventfd]"} {
		if err := os.Symlink(link, filepath.Join(s.proc, "71", "fd", string(rune('0'+fd)))); err != nil {
			t.Fatal(err)
		}
	}
	for fd, want := range map[int]session.OpenFile{
		4: {FD: 4, Type: session.FileTCP, Local: "10.0.0.1:50000", Remote: "10.0.0.7:80"},
		5: {FD: 5, Type: session.FilePipe},
		6: {FD: 6, Type: session.FilePath, Name: "/dev/pts/3"},
		7: {FD: 7, Type: session.FileOther, Name: "eventfd"},
	} {
		if diff := cmp.Diff(&want, s.openFile(h.PID, fd)); diff != "" {
			t.Errorf("descriptor %d (-want +got):\n%s", fd, diff)
		}
	}
	if got := s.openFile(h.PID, 9); got != nil {
		t.Errorf("%+v is not open", got)
	}
}
