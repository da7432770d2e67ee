// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree is a small source of a kernel.
var tree = []tar.Header{
	{Name: "linux-source-6.1/", Typeflag: tar.TypeDir},
	{Name: "linux-source-6.1/Makefile", Linkname: "VERSION = 6\n"},
	{Name: "linux-source-6.1/include/linux/a.h", Linkname: "#define A 1\n"},
	{Name: "linux-source-6.1/include/linux/kernel.h", Linkname: "#define K 1\n"},
	{Name: "linux-source-6.1/include/linux/same.h", Typeflag: tar.TypeSymlink, Linkname: "../linux/a.h"},
	{Name: "linux-source-6.1/kernel/Makefile", Linkname: "obj-y += a.o\n"},
	{Name: "linux-source-6.1/net/ipv4/raw.c", Linkname: "int raw(void)\n{\n\treturn 1;\n}\n"},
	{Name: "linux-source-6.1/net/ipv4/netfilter/nf.c", Linkname: "int nf;\n"},
	{Name: "linux-source-6.1/scripts/run.sh", Mode: 0o755, Linkname: "#!/bin/sh\n"},
}

// tarball packs files; what a regular one has stands in its Linkname.
func tarball(t *testing.T, files []tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, h := range files {
		content := ""
		if h.Typeflag == 0 {
			content, h.Linkname, h.Size = h.Linkname, "", int64(len(h.Linkname))
		}
		err := w.WriteHeader(&h)
		if _, wrote := io.WriteString(w, content); err != nil || wrote != nil {
			t.Fatal(err, wrote)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// packXZ packs as Debian does.
func packXZ(t *testing.T, data []byte) []byte {
	t.Helper()
	cmd := exec.Command("xz", "-c")
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal("xz: ", err)
	}
	return out
}

func write(t *testing.T, path string, data []byte, mode os.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// aptScript answers as apt-get and apt-cache do. $archive has the package, $log a line for each call, and $mode how a
// download goes wrong.
const aptScript = `#!/bin/sh
echo "$(basename "$0") $*" >>"$log"
case "$*" in
madison*) echo " linux-source-6.1 |  6.1.170-3 | http://deb.example bookworm/main amd64 Packages" ;;
*--print-uris*) echo "'http://deb.example/l.deb' l.deb 139047704 SHA256:00" ;;
*download*)
	case $mode in
	half) head -c 100 "$archive" >l.deb; echo "E: No space left on device" >&2; exit 100 ;;
	hang) head -c 100 "$archive" >l.deb; echo downloading >>"$log"; exec sleep 100 ;;
	esac
	cp "$archive" linux-source-6.1_6.1.170-3_all.deb ;;
esac
`

const changelogText = `linux (6.1.170-3) bookworm; urgency=high

  * net: Fix it (CVE-2026-12345)

 -- A <a@example.org>  Fri, 08 May 2026 21:59:49 +0200
`

// archive puts a fake apt into the PATH, with one package to download. It returns its log.
func archive(t *testing.T, mode string) (log string) {
	t.Helper()
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	write(t, filepath.Join(root, "DEBIAN/control"), []byte("Package: linux-source-6.1\nVersion: 6.1.170-3\n"+
		"Architecture: all\nMaintainer: A <a@example.org>\nDescription: x\n"), 0o644)
	write(t, filepath.Join(root, "usr/src/linux-source-6.1.tar.xz"), packXZ(t, tarball(t, tree)), 0o644)
	changelog := exec.Command("gzip", "-c")
	changelog.Stdin = strings.NewReader(changelogText)
	packed, err := changelog.Output()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "usr/share/doc/linux-source-6.1/changelog.Debian.gz"), packed, 0o644)
	deb := filepath.Join(dir, "l.deb")
	if out, err := exec.Command("dpkg-deb", "--root-owner-group", "--build", root, deb).CombinedOutput(); err != nil {
		t.Fatalf("dpkg-deb: %v: %s", err, out)
	}
	for _, name := range []string{"apt-get", "apt-cache"} {
		write(t, filepath.Join(dir, "bin", name), []byte(aptScript), 0o755)
	}
	log = filepath.Join(dir, "log")
	t.Setenv("PATH", filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	t.Setenv("log", log)
	t.Setenv("archive", deb)
	t.Setenv("mode", mode)
	return log
}

func TestGet(t *testing.T) {
	log := archive(t, "")
	var said []string
	store := &Store{Dir: t.TempDir(), Say: func(line string) { said = append(said, line) }}
	for range 2 {
		src, err := store.Get(t.Context(), "6.1.170-3")
		if err != nil {
			t.Fatal(err)
		}
		if err := src.Need(t.Context(), "net/"); err != nil {
			t.Fatal(err)
		}
		releases, err := src.Changelog(t.Context())
		if diff := cmp.Diff(ParseChangelog(changelogText), releases); diff != "" || err != nil {
			t.Errorf("changelog: %v %s", err, diff)
		}
	}
	calls, _ := os.ReadFile(log)
	if n := strings.Count(string(calls), "User=root download"); n != 1 {
		t.Errorf("%d downloads:\n%s", n, calls)
	}
	const first = "downloading linux-source-6.1 6.1.170-3 from Debian's archive: 139 MB"
	if len(said) != 2 || !strings.HasPrefix(said[0], first) {
		t.Errorf("said %q", said)
	}
}

// TestMissing says what would be downloaded, with its size, and downloads nothing.
func TestMissing(t *testing.T) {
	log := archive(t, "")
	store := &Store{Dir: t.TempDir()}
	write(t, filepath.Join(store.Dir, "source/6.1.160-1/package.deb"), nil, 0o644)
	got, err := store.Missing(t.Context(), "6.1.160-1", "6.1.170-3")
	want := []Download{{"linux-source-6.1", "6.1.170-3", 139047704, filepath.Join(store.Dir, "source/6.1.170-3")}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if calls, _ := os.ReadFile(log); strings.Contains(string(calls), "User=root download") {
		t.Errorf("it was downloaded:\n%s", calls)
	}
	if diff := cmp.Diff([]string{"6.1.160-1"}, store.Here("6.1")); diff != "" {
		t.Error(diff)
	}
}

// TestArrived hears how much of a download is there, until it ends.
func TestArrived(t *testing.T) {
	log := archive(t, "hang")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var done, total int64
	store := &Store{Dir: t.TempDir(), Arrived: func(d, all int64) {
		if done, total = d, all; d > 0 {
			cancel()
		}
	}}
	if _, err := store.Get(ctx, "6.1.170-3"); !errors.Is(err, context.Canceled) {
		calls, _ := os.ReadFile(log)
		t.Errorf("got %v, after\n%s", err, calls)
	}
	if done != 100 || total != 139047704 {
		t.Errorf("%d of %d bytes had arrived", done, total)
	}
}

func TestGetGone(t *testing.T) {
	archive(t, "")
	store := &Store{Dir: t.TempDir()}
	_, err := store.Get(t.Context(), "6.1.158-1")
	var gone *GoneError
	if !errors.As(err, &gone) || !cmp.Equal(gone.Has, []string{"6.1.170-3"}) ||
		!strings.Contains(err.Error(), "linux-source-6.1_6.1.158-1_all.deb") {
		t.Errorf("got %v", err)
	}
	if _, err := store.Get(t.Context(), "../../etc"); err == nil {
		t.Error("a path was taken for a version")
	}
}

// TestGetFails makes a download go wrong, and looks whether the cache is good afterwards.
func TestGetFails(t *testing.T) {
	for _, mode := range []string{"half", "hang"} {
		t.Run(mode, func(t *testing.T) {
			log := archive(t, mode)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			store := &Store{Dir: t.TempDir()}
			ended := make(chan error)
			go func() { _, err := store.Get(ctx, "6.1.170-3"); ended <- err }()
			for mode == "hang" {
				if calls, _ := os.ReadFile(log); strings.Contains(string(calls), "\ndownloading") {
					cancel()
					break
				}
			}
			err := <-ended
			if mode == "hang" && !errors.Is(err, context.Canceled) ||
				mode == "half" && (err == nil || !strings.Contains(err.Error(), "No space left")) {
				t.Errorf("got %v", err)
			}
			left, _ := filepath.Glob(filepath.Join(store.Dir, "source/6.1.170-3/*"))
			if len(left) != 1 || filepath.Base(left[0]) != "lock" {
				t.Errorf("left %q", left)
			}
			t.Setenv("mode", "")
			if _, err := store.Get(t.Context(), "6.1.170-3"); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}
